"""The small sound files that the fuzzer of the parsers starts from, one or more of each format."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
from PIL import Image
from pxr import Usd, UsdUtils

from overt.errors import MediaError
from overt.formats import Note, identify
from overt.marks.metadata.reading import is_label

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "corpus"
sys.path.insert(0, str(ROOT / "tests"))
import samples  # noqa: E402  (the tests' own samples)


def seeds(folder: Path, names: Iterable[str], note: Note) -> dict[str, list[bytes]]:
    """Small sound files of every format, unmarked and marked; those of the corpus with them."""
    _pictures(folder)
    _films_and_sounds(folder)
    _others(folder)
    found: dict[str, list[bytes]] = {name: [] for name in names}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        try:
            container = identify(data, path.name)
        except MediaError:
            continue
        found[container.name].append(data)
        with contextlib.suppress(MediaError):
            found[container.name].append(container.put(data, note, is_label).apply(data))
    for name in found:
        found[name] += [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
    found["identify"] = [each[0] for each in found.values() if each]
    wrapped = '{"AIGC":' + note.text + "}"
    yaml = 'AIGC:\n  Label: "1"\n  ContentProducer: "P"\n'
    found["aigc"] += [note.text.encode(), wrapped.encode(), yaml.encode(), json.dumps(note.text).encode()]
    data = (
        '{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[{"Type":"DS","AlgID":"1.2.156.10197.1.501","TBSData":'
    )
    data += (
        '{"Type":"LabelMataData"},"Signature":"30440220"},{"Type":"PubKey","AlgID":"1.2.156.10197.1.501","KeyValue":"04'
    )
    found["security-data"] += [(data + "ab" * 64 + '"}],"Bindings":[]}}').encode(), b"e2" * 32]
    for name, each in found.items():
        if not each:
            print(f"no sample of {name}: it starts from nothing")
            each.append(b"\0" * 64)
    return found


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _pictures(folder: Path) -> None:
    picture = Image.radial_gradient("L").resize((16, 12)).convert("RGB")
    for suffix in ("jpg", "png", "webp", "gif", "tiff", "avif"):
        picture.save(folder / f"a.{suffix}")
    frames = [picture, picture.rotate(90)]
    picture.save(folder / "b.gif", save_all=True, append_images=frames, comment=b"words")
    picture.save(folder / "b.tiff", save_all=True, append_images=frames, big_tiff=True)
    exif = Image.Exif()
    exif[0x010E], exif[0x0131] = "a description", "a program"
    picture.save(folder / "c.jpg", exif=exif, comment=b"words")
    picture.save(folder / "c.webp", exif=exif)
    _run("heif-enc", "-q", "30", folder / "a.png", "-o", folder / "a.heic")
    _run("cjxl", "-q", "50", folder / "c.jpg", folder / "a.jxl")
    _run("cjxl", "-q", "50", folder / "a.png", folder / "b.jxl")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>t</title><rect width="9" height="9"/></svg>'
    (folder / "a.svg").write_text(svg)
    _run("sh", "-c", f"gzip -c {folder}/a.svg > {folder}/a.svgz")


def _films_and_sounds(folder: Path) -> None:
    film = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=5:duration=0.4"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=0.1"]
    quiet = ["ffmpeg", "-v", "error", "-y"]
    for name, options in {
        "a.mp4": ["-c:v", "libx264"], "b.mov": ["-c:v", "mpeg4"], "a.mkv": ["-c:v", "libx264"],
        "a.webm": ["-c:v", "vp8"],
        "a.flv": ["-c:v", "flv1"], "a.avi": ["-c:v", "mpeg4"],
    }.items():  # fmt: skip
        _run(*quiet, *film, *options, "-metadata", "title=t", "-pix_fmt", "yuv420p", folder / name)
    for name, options in {
        "a.wav": [], "a.mp3": ["-b:a", "8k", "-ar", "8000"], "a.flac": [],
        "a.ogg": ["-c:a", "libvorbis", "-ar", "22050"],
        "a.opus": ["-c:a", "libopus", "-b:a", "8k"], "a.aiff": ["-write_id3v2", "1"], "a.aac": [], "a.m4a": [],
        "b.wav": ["-rf64", "always"],
    }.items():  # fmt: skip
        _run(*quiet, *sound, *options, "-metadata", "title=t", folder / name)


def _others(folder: Path) -> None:

    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(99, 99))
        pdf.save(folder / "a.pdf")
    docx.Document().save(str(folder / "a.docx"))
    openpyxl.Workbook().save(folder / "a.xlsx")
    pptx.Presentation().save(str(folder / "a.pptx"))
    texts = {
        "a.html": "<!doctype html><html><head><meta charset=utf-8><title>t</title></head><body><p>w</p></body></html>",
        "a.md": "---\ntitle: t\n---\n# Title\n\nwords\n",
        "a.txt": "some words\nof two lines\n",
        "a.gltf": '{"asset":{"version":"2.0","generator":"g"},"scenes":[{"nodes":[]}],"extras":{"a":1}}',
        "a.usda": '#usda 1.0\n(\n  doc = "d"\n  customLayerData = {\n    string a = "b"\n  }\n)\n\ndef "a" {\n}\n',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    media = ROOT.parent / "shared" / "media"
    for suffix in ("odt", "ods", "odp", "epub", "glb"):
        if suffix in samples.MAKERS:
            samples.MAKERS[suffix](media, folder / f"s.{suffix}")
    for suffix in ("usdc",):
        stage = Usd.Stage.CreateNew(str(folder / f"a.{suffix}"))
        stage.DefinePrim("/a", "Xform")
        stage.GetRootLayer().customLayerData = {"a": "b"}
        stage.GetRootLayer().Save()
    UsdUtils.CreateNewUsdzPackage(str(folder / "a.usdc"), str(folder / "a.usdz"))
