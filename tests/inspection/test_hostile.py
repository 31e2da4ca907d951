"""What strangers may throw at an inspection. It answers each time: a verdict with reasons, never a crash or a hang.

Two rules are held besides:

- a file that was cut off, or whose structure is broken, is never told to have no sign ("none");
- what can still be found in it counts.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overt import api
from overt.errors import UsageError
from overt.inspection import Inspection, Inspector
from overt.inspection.inspect import MANY
from overt.marking.pipeline import Released
from samples import BINARY, SUFFIXES

HEAD = 160
CUTS = 40
ANSWERS = {"confirmed", "possible", "suspected", "none", "unreadable"}


@pytest.fixture(scope="module")
def reader() -> Iterator[Inspector]:
    with api.inspector(None, kinds=("metadata",)) as inspector:
        yield inspector


class Thrower:
    """Writes bytes to a file and inspects them."""

    def __init__(self, inspector: Inspector, folder: Path) -> None:
        self.inspector = inspector
        self.folder = folder

    def __call__(self, data: bytes, suffix: str) -> Inspection:
        path = self.folder / f"thrown.{suffix}"
        path.write_bytes(data)
        answer = self.inspector.inspect(path)
        assert answer.verdict.kind in ANSWERS
        assert answer.verdict.reasons
        return answer


@pytest.fixture
def throw(reader: Inspector, tmp_path: Path) -> Thrower:
    return Thrower(reader, tmp_path)


@pytest.fixture
def throw_all(stranger: Inspector, tmp_path: Path) -> Thrower:
    return Thrower(stranger, tmp_path)


@pytest.mark.parametrize("suffix", BINARY)
def test_cut_off_anywhere(suffix: str, released: dict[str, Released], throw: Thrower):
    data = released[suffix].path.read_bytes()
    step = max(1, len(data) // CUTS)
    cuts = [*range(1, min(HEAD, len(data))), *range(HEAD, len(data), step), len(data) - 1]

    told_none = [cut for cut in cuts if throw(data[:cut], suffix).verdict.kind == "none"]

    assert told_none == []


@pytest.mark.parametrize("suffix", BINARY)
def test_cut_off_for_the_readers_of_labels(suffix: str, released: dict[str, Released], throw_all: Thrower):
    data = released[suffix].path.read_bytes()

    for tenth in (1, 4, 7, 9):
        assert throw_all(data[: len(data) * tenth // 10], suffix).verdict.kind != "none"


@pytest.mark.parametrize("suffix", BINARY)
@pytest.mark.parametrize("lie", [0, 0x7FFFFFFF, 0xFFFFFFFF], ids=["zero", "2 GB", "4 GB"])
def test_any_field_of_the_head_lies(suffix: str, lie: int, released: dict[str, Released], throw: Thrower):
    data = released[suffix].path.read_bytes()

    for place in range(0, min(HEAD, len(data) - 4), 2):
        throw(data[:place] + struct.pack(">I", lie) + data[place + 4 :], suffix)


@pytest.mark.parametrize("suffix", BINARY)
def test_bytes_changed_at_random(suffix: str, released: dict[str, Released], throw: Thrower):
    chance = random.Random(suffix)
    data = released[suffix].path.read_bytes()

    for _ in range(40):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            changed[chance.randrange(min(len(data), 4096))] = chance.randrange(256)
        throw(bytes(changed), suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file(suffix: str, throw_all: Thrower):
    assert throw_all(b"", suffix).verdict.kind == "unreadable"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(*chunks: bytes, size: tuple[int, int] = (1, 1)) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunks)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 4))
        + _chunk(b"IEND", b"")
    )


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _nested_boxes(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = _box(b"moov", body)
    return _box(b"ftyp", b"isom\0\0\0\0isom") + body


def _nested_lists(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = b"LIST" + struct.pack("<I", len(body) + 4) + b"INFO" + body
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def _docx(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" '
        b'ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.'
        b'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in {"[Content_Types].xml": types, **parts}.items():
            archive.writestr(name, body)
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(12))
    + b"]><l>&m;</l>"
)
XMP_BOMB = _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + LAUGHS)
XXE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>'
CUSTOM = "docProps/custom.xml"
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "1,000 boxes in each other": ("mp4", lambda: _nested_boxes(1000)),
    "1,000 lists in each other": ("wav", lambda: _nested_lists(1000)),
    "text that inflates to 300 MB": (
        "png", lambda: _png(_chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(b"\0" * 300_000_000, 1))),
    ),
    "entities that multiply, in XMP": ("png", lambda: _png(XMP_BOMB)),
    "entities that multiply, in Office XML": ("docx", lambda: _docx({CUSTOM: LAUGHS})),
    "an entity that reads a file": ("docx", lambda: _docx({CUSTOM: XXE})),
    "a part that inflates to 300 MB": ("docx", lambda: _docx({CUSTOM: b"\0" * 300_000_000})),
    "a billion pixels": ("png", lambda: _png(size=(100_000, 100_000))),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_not_swallowed_and_not_told_to_be_harmless(name: str, throw_all: Thrower):
    suffix, make = BOMBS[name]

    assert throw_all(make(), suffix).verdict.kind == "unreadable"


TRICKS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a part outside the package": ("docx", lambda: _docx({"../../evil.xml": b"<x/>"})),
    "an absolute part": ("docx", lambda: _docx({"/etc/evil.xml": b"<x/>"})),
    "YAML that builds objects": ("md", lambda: b"---\nAIGC: !!python/object/apply:os.system ['true']\n---\ntext\n"),
    "YAML aliases that multiply": ("md", lambda: b"---\na: &a [x,x]\nb: &b [*a,*a]\nAIGC: *b\n---\ntext\n"),
    "front matter without an end": ("md", lambda: b"---\n" + b"k: v\n" * 200_000),
    "a page of open tags": ("html", lambda: b"<html><head>" + b"<div>" * 200_000),
    "a tag without an end": ("html", lambda: b"<!DOCTYPE html><meta name='AIGC' content='" + b"x" * 2_000_000),
    "a label of a megabyte": (
        "png", lambda: _png(_chunk(b"tEXt", b"AIGC\0" + b'{"Label":"1","X":"' + b"x" * (1 << 20) + b'"}')),
    ),
    "100,000 chunks": ("png", lambda: _png(*[_chunk(b"tEXt", b"k\0v")] * 100_000)),
    "JSON nested beyond reason": ("png", lambda: _png(_chunk(b"tEXt", b"AIGC\0" + b"[" * 60_000))),
}  # fmt: skip


@pytest.mark.parametrize("name", TRICKS)
def test_tricks_are_answered(name: str, throw_all: Thrower, tmp_path: Path):
    suffix, make = TRICKS[name]
    before = set(tmp_path.parent.iterdir())

    throw_all(make(), suffix)

    assert set(tmp_path.parent.iterdir()) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_noise(suffix: str, throw_all: Thrower):
    assert throw_all(random.Random(suffix).randbytes(20_000), suffix).verdict.kind == "unreadable"


def test_what_brings_one_reader_down_does_not_silence_the_other(stranger: Inspector, tmp_path: Path):
    label = b'AIGC\0{"Label":"1","ContentProducer":"P","ProduceID":"x"}'
    path = tmp_path / "huge.png"
    path.write_bytes(_png(_chunk(b"tEXt", label), size=(100_000, 100_000)))
    answer = stranger.inspect(path)

    assert answer.verdict.kind == "confirmed"
    assert {reading.mark: reading.state for reading in answer.examination.readings} == {
        "metadata": "found",
        "credential": "absent",
        "trace": "absent",
        "label": "unreadable",
        "watermark": "unreadable",
    }


def test_one_of_many_that_cannot_be_read_is_named(stranger: Inspector, samples: dict[str, Path], tmp_path: Path):
    gone = tmp_path / "gone.txt"

    with pytest.raises(UsageError, match="gone"):
        list(stranger.inspect_all([samples["txt"]] * MANY + [gone]))
