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
from xml.etree import ElementTree

import docx
import openpyxl
import pikepdf
import pillow_heif
import pptx
import pygltflib
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


def _again(source: Path, target: Path) -> None:
    with Image.open(source) as picture:
        picture.save(target)


def _half(source: Path, target: Path) -> None:
    with Image.open(source) as picture:
        size = (round(picture.width / 2), round(picture.height / 2))
        picture.convert("RGB").resize(size).save(target, quality=60)


def _run(*command: str) -> Callable[[Path, Path], object]:
    """A program; `IN` and `OUT` stand for the files."""

    def run(source: Path, target: Path) -> None:
        places = {"IN": source, "OUT": target}
        subprocess.run([places.get(word, word) for word in command], check=True, stdout=subprocess.DEVNULL)

    return run


def _ffmpeg(*options: str) -> Callable[[Path, Path], object]:
    return _run("ffmpeg", "-v", "error", "-y", "-i", "IN", *options, "OUT")


def _office(source: Path, target: Path) -> None:
    """LibreOffice names its result itself."""
    folder = target.parent / f"{target.stem}-office"
    profile = target.parent / "profile"
    _run(
        "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless",
        "--convert-to", target.suffix[1:], "--outdir", str(folder), "IN",
    )(source, target)  # fmt: skip
    shutil.move(folder / f"{source.stem}{target.suffix}", target)


def _docx(source: Path, target: Path) -> None:
    document = docx.Document(str(source))
    document.add_paragraph("One more paragraph.")
    document.save(str(target))


def _xlsx(source: Path, target: Path) -> None:
    workbook = openpyxl.load_workbook(source)
    workbook.active["H8"] = "One more cell"
    workbook.save(target)


def _pptx(source: Path, target: Path) -> None:
    deck = pptx.Presentation(str(source))
    deck.slides.add_slide(deck.slide_layouts[0])
    deck.save(str(target))


def _gltf(source: Path, target: Path) -> None:
    scene = pygltflib.GLTF2().load(str(source))
    scene.save(str(target))


def _pikepdf(source: Path, target: Path) -> None:
    with pikepdf.open(source) as pdf:
        pdf.save(target)


def _edit(source: Path, target: Path) -> None:
    target.write_text(source.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")


def _xml(source: Path, target: Path) -> None:
    ElementTree.parse(source).write(target, encoding="utf-8", xml_declaration=True)  # noqa: S314  # a file of ours


_PILLOW = Text(zh="用 Pillow 打开后另存", en="opened and saved again with Pillow")
_SMALL = Text(zh="缩小一半并存为质量 60 的 JPEG", en="half the size, as JPEG of quality 60")
_COPY = Text(zh="ffmpeg -c copy 重新封装", en="packed anew by ffmpeg -c copy")
_MP3 = Text(zh="转为 64 kbit/s 的 MP3", en="as MP3 of 64 kbit/s")
_X264 = Text(zh="用 x264 重新编码，CRF 30", en="encoded again by x264, CRF 30")
_EDIT = Text(zh="在编辑器中加一行", en="a line added in an editor")
_OFFICE = Text(zh="用 LibreOffice 打开后另存", en="opened and saved again with LibreOffice")
_TREE = Text(zh="用 Python 的 ElementTree 读写", en="read and written by Python's ElementTree")
_PDF = Text(zh="用 LibreOffice 导出为 PDF", en="exported as PDF by LibreOffice")

_PICTURES = ("jpg", "png", "webp", "gif", "tif", "avif", "heic")
_SOUNDS = ("wav", "aiff", "mp3", "flac", "aac", "m4a", "ogg", "opus")
_FILMS = ("mp4", "m4v", "mkv", "webm", "flv", "avi")
_TEXTS = ("txt", "md", "html")
_OFFICE_FILES = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
_ORDER = (*_PICTURES, "jxl", "svg", *_SOUNDS, *_FILMS, *_TEXTS, "pdf", *_OFFICE_FILES, "epub", "glb", "gltf")

_ALL = (
    *(
        Handling(kind, kind, Text(zh="复制并改名", en="copied under another name"), shutil.copyfile)
        for kind in SUFFIXES
    ),
    *(Handling(kind, kind, _PILLOW, _again) for kind in _PICTURES),
    *(Handling(kind, "jpg", _SMALL, _half) for kind in _PICTURES),
    Handling("heic", "jpg", Text(zh="用 heif-convert 转为 JPEG", en="as JPEG by heif-convert"),
             _run("heif-convert", "IN", "OUT")),
    Handling("jxl", "png", Text(zh="用 djxl 转为 PNG", en="as PNG by djxl"), _run("djxl", "--quiet", "IN", "OUT")),
    Handling("svg", "svg", _TREE, _xml),
    *(Handling(kind, kind, _COPY, _ffmpeg("-c", "copy")) for kind in (*_SOUNDS, *_FILMS)),
    *(Handling(kind, "mp3", _MP3, _ffmpeg("-vn", "-b:a", "64k")) for kind in ("wav", "flac", "m4a", "opus")),
    *(Handling(kind, "mp4", _X264, _ffmpeg("-crf", "30")) for kind in ("mp4", "webm")),
    Handling("mp4", "mp4", Text(zh="剪掉前 4 秒", en="the first 4 s cut off"), _ffmpeg("-ss", "4")),
    *(Handling(kind, kind, _EDIT, _edit) for kind in _TEXTS),
    Handling("docx", "docx", Text(zh="用 python-docx 加一段后保存", en="a paragraph added with python-docx"), _docx),
    Handling("xlsx", "xlsx", Text(zh="用 openpyxl 填一格后保存", en="a cell filled with openpyxl"), _xlsx),
    Handling("pptx", "pptx", Text(zh="用 python-pptx 加一页后保存", en="a slide added with python-pptx"), _pptx),
    *(Handling(kind, kind, _OFFICE, _office) for kind in _OFFICE_FILES),
    *(Handling(kind, "pdf", _PDF, _office) for kind in ("docx", "pptx", "odt")),
    Handling("pdf", "pdf", Text(zh="用 pikepdf 保存", en="saved by pikepdf"), _pikepdf),
    Handling("pdf", "pdf", Text(zh="用 qpdf 取出第一页", en="the first page taken out by qpdf"),
             _run("qpdf", "IN", "--pages", "IN", "1", "--", "OUT")),
    *(
        Handling(kind, kind, Text(zh="用 pygltflib 读写", en="read and written by pygltflib"), _gltf)
        for kind in ("glb", "gltf")
    ),
)  # fmt: skip
HANDLINGS = tuple(sorted(_ALL, key=lambda each: _ORDER.index(each.kind)))
"""What happens to one kind of file stands together."""

FILM_SECONDS = "6"
"""Long enough for a part without the label, which stands on the start."""

STATES = {
    "found": Text(zh="发现", en="found"),
    "absent": Text(zh="没有", en="absent"),
    "unreadable": Text(zh="无法读取", en="unreadable"),
}
BINDINGS = {
    "intact": Text(zh="完好", en="intact"),
    "mismatch": Text(zh="已不符", en="no longer fits"),
    "unknown": Text(zh="无法判断", en="could not tell"),
}
"""Whether a credential that was found still speaks of these bytes."""


def _film(media: Path, folder: Path) -> Path:
    target = folder / "sample.mp4"
    scaled = _ffmpeg("-t", FILM_SECONDS, "-vf", "scale=320:240", "-pix_fmt", "yuv420p")
    scaled(media / "video" / "mdn_friday.mp4", target)
    return target


def measure(media: Path) -> list[tuple[Handling, Inspection]]:
    """Every handling, with what a stranger's inspection says of its result."""
    pillow_heif.register_heif_opener()
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


def _cells(answer: Inspection, language: Language) -> list[str]:
    found = {reading.mark: reading for reading in answer.examination.readings}
    cells = [STATES[found[mark].state].in_(language) for mark in ("metadata", "label")]
    credential = found["credential"]
    binding = credential.values.get("binding")
    told = BINDINGS[binding] if binding in BINDINGS else STATES[credential.state]
    return [*cells, told.in_(language), f"`{answer.verdict.kind}`"]


def table(answers: list[tuple[Handling, Inspection]], language: Language) -> str:
    """The table as Markdown, with its markers."""
    head = {
        "en": "| file | what happened | metadata mark | label | credential | verdict |",
        "zh": "| 文件 | 经过 | 元数据标识 | 显式标识 | 内容凭证 | 结论 |",
    }
    lines = ["<!-- measured: tools/survival_table.py -->", "", head[language], "|---|---|---|---|---|---|"]
    for handling, answer in answers:
        cells = [handling.kind, handling.name.in_(language), *_cells(answer, language)]
        lines.append(f"| {' | '.join(cells)} |")
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
