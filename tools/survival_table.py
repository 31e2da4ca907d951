"""Measures what ordinary handling leaves of the marks: `python tools/survival_table.py [MEDIA]`.

Makes a sample of each kind from the test media, marks it with a set-up of its own, does to a copy what people do
without a thought (send it on, save it again, convert it), and lets a stranger without our record inspect the result.
Writes the table into `docs/*/explanation/survival.md`.

It shows accidents. What somebody does who means to remove a mark is neither done here nor described.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import docx
import pikepdf
from PIL import Image

from overt import api, settings
from overt.inspection import Inspection
from overt.language import Language, Text
from overt.setup.initialise import initialise

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from samples import SUFFIXES, TECHNIQUES, make  # noqa: E402  # tests are no package

PART = re.compile(r"<!-- measured: .*?<!-- end -->", re.DOTALL)


class Handling(NamedTuple):
    """One thing that happens to files: from which kind, to which, and how."""

    kind: str
    result: str
    name: Text
    do: Callable[[Path, Path], object]


def _pillow(scale: float = 1.0, **options: int) -> Callable[[Path, Path], object]:
    def save(source: Path, target: Path) -> None:
        with Image.open(source) as picture:
            size = (round(picture.width * scale), round(picture.height * scale))
            picture.convert("RGB").resize(size).save(target, **options)

    return save


def _ffmpeg(*options: str) -> Callable[[Path, Path], object]:
    def run(source: Path, target: Path) -> None:
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *options, target], check=True)

    return run


def _docx(source: Path, target: Path) -> None:
    document = docx.Document(str(source))
    document.add_paragraph("One more paragraph.")
    document.save(str(target))


def _pikepdf(source: Path, target: Path) -> None:
    with pikepdf.open(source) as pdf:
        pdf.save(target)


def _first_page(source: Path, target: Path) -> None:
    subprocess.run(["qpdf", source, "--pages", source, "1", "--", target], check=True)


def _edit(source: Path, target: Path) -> None:
    target.write_text(source.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")


_PILLOW = Text(zh="用 Pillow 打开后另存", en="opened and saved again with Pillow")
_SMALL = Text(zh="缩小一半并存为质量 60 的 JPEG", en="half the size, as JPEG of quality 60")
_COPY = Text(zh="ffmpeg -c copy 重新封装", en="packed anew by ffmpeg -c copy")
_EDIT = Text(zh="在编辑器中加一行", en="a line added in an editor")

HANDLINGS = (
    *(
        Handling(kind, kind, Text(zh="复制并改名", en="copied under another name"), shutil.copyfile)
        for kind in SUFFIXES
    ),
    *(Handling(kind, kind, _PILLOW, _pillow()) for kind in ("jpg", "png", "webp")),
    *(Handling(kind, "jpg", _SMALL, _pillow(0.5, quality=60)) for kind in ("jpg", "png", "webp")),
    *(Handling(kind, kind, _COPY, _ffmpeg("-c", "copy")) for kind in ("wav", "mp3", "flac", "mp4")),
    Handling("wav", "mp3", Text(zh="转为 64 kbit/s 的 MP3", en="as MP3 of 64 kbit/s"), _ffmpeg("-b:a", "64k")),
    Handling("flac", "mp3", Text(zh="转为 64 kbit/s 的 MP3", en="as MP3 of 64 kbit/s"), _ffmpeg("-b:a", "64k")),
    Handling(
        "mp4", "mp4", Text(zh="用 x264 重新编码，CRF 30", en="encoded again by x264, CRF 30"), _ffmpeg("-crf", "30")
    ),
    Handling("mp4", "mp4", Text(zh="剪掉前 4 秒", en="the first 4 s cut off"), _ffmpeg("-ss", "4")),
    *(Handling(kind, kind, _EDIT, _edit) for kind in ("txt", "md", "html")),
    Handling("docx", "docx", Text(zh="用 python-docx 加一段后保存", en="a paragraph added with python-docx"), _docx),
    Handling("pdf", "pdf", Text(zh="用 pikepdf 保存", en="saved by pikepdf"), _pikepdf),
    Handling("pdf", "pdf", Text(zh="用 qpdf 取出第一页", en="the first page taken out by qpdf"), _first_page),
)

FILM_SECONDS = "6"
"""Long enough for a part without the label, which stands on the start."""

STATES = {
    "found": Text(zh="发现", en="found"),
    "absent": Text(zh="没有", en="absent"),
    "unreadable": Text(zh="无法读取", en="unreadable"),
}


def _film(media: Path, folder: Path) -> Path:
    target = folder / "sample.mp4"
    scaled = _ffmpeg("-t", FILM_SECONDS, "-vf", "scale=320:240", "-pix_fmt", "yuv420p")
    scaled(media / "video" / "mdn_friday.mp4", target)
    return target


def measure(media: Path) -> list[tuple[Handling, Inspection]]:
    """Every handling, with what a stranger's inspection says of its result."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        initialise(place / "house", "Example-Studio")
        (place / "out").mkdir()
        marked = {}
        with api.marker(settings.load(place / "house" / "overt.toml"), place / "marked") as marker:
            for kind in SUFFIXES:
                source = _film(media, place) if kind == "mp4" else make(kind, media, place)
                target = place / "marked" / f"marked.{kind}"
                marked[kind] = marker.mark(source, target, [TECHNIQUES[kind]]).path
        answers = []
        with api.inspector(None) as stranger:
            for number, handling in enumerate(HANDLINGS):
                result = place / "out" / f"{number}.{handling.result}"
                handling.do(marked[handling.kind], result)
                answers.append((handling, stranger.inspect(result)))
    return answers


def table(answers: list[tuple[Handling, Inspection]], language: Language) -> str:
    """The table as Markdown, with its markers."""
    head = {
        "en": "| file | what happened | metadata mark | label | verdict |",
        "zh": "| 文件 | 经过 | 元数据标识 | 显式标识 | 结论 |",
    }
    lines = ["<!-- measured: tools/survival_table.py -->", "", head[language], "|---|---|---|---|---|"]
    for handling, answer in answers:
        states = {reading.mark: STATES[reading.state].in_(language) for reading in answer.examination.readings}
        cells = [handling.kind, handling.name.in_(language), states["metadata"], states["label"]]
        lines.append(f"| {' | '.join(cells)} | `{answer.verdict.kind}` |")
    return "\n".join([*lines, "", "<!-- end -->"])


def main() -> None:
    """Measures, and writes the pages."""
    media = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "media"
    answers = measure(media)
    for language in ("en", "zh"):
        page = ROOT / "docs" / language / "explanation" / "survival.md"
        written = table(answers, language)
        if page.exists():
            page.write_text(PART.sub(lambda _: written, page.read_text(encoding="utf-8")), encoding="utf-8")  # noqa: B023
        if language == "en":
            print(written)


if __name__ == "__main__":
    main()
