from __future__ import annotations

import contextlib
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pylibjxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import jpeg, jxl, jxl_header, xmp
from overt.formats.bmff import Box, build, walk
from overt.formats.container import Field, Note

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"1\\"2<&>"}'
OLD = '{"Label":"2"}'
WRAPPED = f'{{"AIGC":{OLD}}}'
NOTE = Note("AIGC", JSON, URI, "TC260")
LONGER = Note("AIGC", JSON + " " * 3000, URI, "TC260")


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)
OTHER = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), superseded)


def put(data: bytes, note: Note = NOTE) -> bytes:
    return jxl.CONTAINER.put(data, note, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = jxl.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def boxes(data: bytes) -> list[Box]:
    return list(walk(data, 0, len(data)))


def kinds(data: bytes) -> list[bytes]:
    return [box.kind for box in boxes(data)]


def picture() -> Image.Image:
    ground = Image.linear_gradient("L").resize((90, 64))
    return Image.merge("RGB", (ground, ground.rotate(90), ground.rotate(180)))


def exif(text: str = WRAPPED) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    return made.tobytes()[6:]


def cjxl(folder: Path, source: Path, *options: str) -> bytes:
    command = ["cjxl", source, folder / "out.jxl", *options]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "out.jxl").read_bytes()


def djxl(data: bytes, folder: Path, suffix: str = ".ppm") -> bytes:
    (folder / "in.jxl").write_bytes(data)
    target = folder / f"out{suffix}"
    done = subprocess.run(["djxl", folder / "in.jxl", target], check=True, capture_output=True, text=True)
    assert suffix != ".jpg" or "Reconstructed to JPEG" in done.stderr
    return target.read_bytes()


def exiftool(path: Path) -> dict[str, Any]:
    shown = subprocess.run(["exiftool", "-G1", "-a", "-j", path], check=True, capture_output=True).stdout
    return json.loads(shown)[0]


def unpacked(data: bytes) -> bytes:
    """The file with its metadata boxes as they would be without Brotli."""
    _, found = pylibjxl.decode(data, metadata=True)
    plain = {b"xml ": found.get("xmp", b""), b"Exif": bytes(4) + found.get("exif", b"")}
    parts = []
    for box in boxes(data):
        kind = data[box.start : box.start + 4]
        parts.append(build(kind, plain[kind]) if box.kind == b"brob" else data[box.header : box.stop])
    return b"".join(parts)


def from_png(*options: str) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        picture().save(folder / "in.png")
        return cjxl(folder, folder / "in.png", *options)

    return make


def from_jpeg(packet: bytes | None = None, blob: bytes | None = None) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        out = io.BytesIO()
        picture().save(out, "JPEG", **({"exif": b"Exif\0\0" + blob} if blob else {}))
        data = out.getvalue()
        if packet is not None:
            head = b"http://ns.adobe.com/xap/1.0/\0" + packet
            data = data[:2] + b"\xff\xe1" + (2 + len(head)).to_bytes(2, "big") + head + data[2:]
        (folder / "in.jpg").write_bytes(data)
        return unpacked(cjxl(folder, folder / "in.jpg", "--lossless_jpeg=1"))

    return make


PADDED = OTHER.replace(b"<?xpacket end", b" " * 2000 + b"<?xpacket end")
MADE: dict[str, Callable[[Path], bytes]] = {
    "a bare codestream": from_png("-d", "1"),
    "a lossless one": from_png("-d", "0"),
    "a container": from_png("--container=1"),
    "a JPEG": from_jpeg(),
    "a JPEG with XMP": from_jpeg(OTHER),
    "a JPEG with padded XMP": from_jpeg(PADDED),
    "a JPEG with a label": from_jpeg(PACKET),
    "a JPEG with Exif": from_jpeg(blob=exif()),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    known: dict[str, bytes] = {}

    def get(name: str) -> bytes:
        if name not in known:
            known[name] = MADE[name](tmp_path_factory.mktemp("made"))
        return known[name]

    return get


@pytest.mark.parametrize("name", MADE)
def test_a_stranger_reads_the_note_and_sees_the_same_picture(name, made, tmp_path):
    data = made(name)
    marked = put(data)
    (tmp_path / "a.jxl").write_bytes(marked)
    seen = exiftool(tmp_path / "a.jxl")
    assert seen["XMP-TC260:Aigc"] == JSON
    assert "ExifTool:Warning" not in seen
    assert seen.get("XMP-mine:Other") == ("x" if name in ("a JPEG with XMP", "a JPEG with padded XMP") else None)
    assert djxl(marked, tmp_path) == djxl(data, tmp_path)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert labels(put(put(marked, LONGER))) == [("XMP", JSON)]


@pytest.mark.parametrize("name", [name for name in MADE if "JPEG" in name])
def test_the_jpeg_that_it_was_made_from_can_still_be_given_back(name, made, tmp_path):
    """As far as its own metadata hold no label: what goes back is then the same file."""
    data = made(name)
    before = djxl(data, tmp_path, ".jpg")
    for marked in (put(data), put(data, LONGER), put(put(data), LONGER)):
        after = djxl(marked, tmp_path, ".jpg")
        if name in ("a JPEG", "a JPEG with XMP"):
            assert after == before
        found = [field.text for field in jpeg.CONTAINER.survey(after).fields if superseded(field)]
        assert found in ([], [JSON], [LONGER.text])


def test_a_bare_codestream_is_wrapped_and_lies_there_unchanged(made):
    data = made("a bare codestream")
    assert data.startswith(jxl.CODESTREAM)
    assert jxl.CONTAINER.survey(data).fields == ()
    splice = jxl.CONTAINER.put(data, NOTE, superseded)
    assert splice.pieces[-1] == range(len(data))
    assert kinds(splice.apply(data)) == [b"JXL ", b"ftyp", b"xml ", b"jxlc"]


SIGNATURE = jxl.SIGNATURE + build(b"ftyp", b"jxl ", bytes(4), b"jxl ")
STREAM = pylibjxl.encode(np.asarray(picture()))
CODED = build(b"jxlc", STREAM)
EXIF = build(b"Exif", bytes(4), exif())
PLACES: dict[str, tuple[bytes, str, str]] = {
    "XMP": (SIGNATURE + build(b"xml ", PACKET) + CODED, "XMP", OLD),
    "XMP behind the picture": (SIGNATURE + CODED + build(b"xml ", PACKET), "XMP", OLD),
    "a second packet": (SIGNATURE + build(b"xml ", OTHER) + CODED + build(b"xml ", PACKET), "XMP", OLD),
    "Exif": (SIGNATURE + EXIF + CODED, "EXIF UserComment", WRAPPED),
    "Exif, the picture to the end of the file": (
        SIGNATURE + EXIF + b"\0\0\0\0" + CODED[4:], "EXIF UserComment", WRAPPED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_read_and_then_replaced(place):
    data, where, text = PLACES[place]
    assert labels(data) == [(where, text)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert OLD.encode() not in marked
    assert put(marked) == marked
    assert STREAM in marked
    if "Exif" in place:
        assert b"kept" in marked


def test_other_boxes_are_kept_in_their_order():
    data = SIGNATURE + build(b"jxll", b"\5") + build(b"jumb", b"credential AIGC") + CODED + build(b"mine", b"1")
    marked = put(data)
    assert kinds(marked) == [b"JXL ", b"ftyp", b"jxll", b"jumb", b"xml ", b"jxlc", b"mine"]
    assert marked.replace(build(b"xml ", xmp.set_property(None, NOTE, superseded)), b"") == data


BROTLI = SIGNATURE + build(b"brob", b"xml ", b"\x0b\x00\x80\x03") + CODED
REFUSED: dict[str, tuple[bytes, type[MediaError], str]] = {
    "XMP compressed by Brotli": (BROTLI, UnsupportedError, "Brotli"),
    "Exif compressed by Brotli": (BROTLI.replace(b"xml ", b"Exif"), UnsupportedError, "Brotli"),
    "cut off": (SIGNATURE + CODED[:-1], TruncatedError, "ends inside"),
    "no picture": (SIGNATURE, TruncatedError, "no whole picture"),
    "not all parts of one": (
        SIGNATURE + build(b"jxlp", bytes(4), STREAM[:40]),
        TruncatedError,
        "no whole picture",
    ),
    "a codestream of nothing": (jxl.CODESTREAM, TruncatedError, "header"),
    "another signature": (build(b"JXL ", b"abcd") + CODED, FormatError, "signature"),
    "XMP that is no XML": (SIGNATURE + build(b"xml ", b"<rdf:RDF") + CODED, FormatError, "XMP|XML|prefix"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_written_to_is_refused_with_its_reason(reason):
    data, kind, words = REFUSED[reason]
    with pytest.raises(kind, match=words):
        put(data)


def test_what_cannot_be_read_is_no_absence():
    for reason in (
        "XMP compressed by Brotli",
        "Exif compressed by Brotli",
        "cut off",
        "no picture",
        "not all parts of one",
    ):
        assert jxl.CONTAINER.survey(REFUSED[reason][0]).faults, reason
    with pytest.raises(FormatError):
        jxl.CONTAINER.survey(REFUSED["another signature"][0])
    # What else Brotli compresses is no text, and hides no label.
    assert labels(put(BROTLI.replace(b"xml ", b"jumb"))) == [("XMP", JSON)]


HEADERS: dict[str, tuple[Callable[[Path], bytes], jxl_header.Header]] = {
    "bare": (from_png("-d", "1"), jxl_header.Header(8, False, False, icc=False, srgb=True, further=False, xyb=True)),
    "lossless": (
        from_png("-d", "0"), jxl_header.Header(8, False, False, icc=False, srgb=True, further=False, xyb=False),
    ),
    "a JPEG": (from_jpeg(), jxl_header.Header(8, False, False, icc=False, srgb=True, further=False, xyb=False)),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_tells_how_samples_are_coded(name, tmp_path):
    make, header = HEADERS[name]
    assert jxl_header.read(make(tmp_path)) == header


def written(tmp_path: Path, made_picture: Image.Image, *options: str, **save: Any) -> jxl_header.Header:
    made_picture.save(tmp_path / "in.png", **save)
    return jxl_header.read(cjxl(tmp_path, tmp_path / "in.png", *options))


def test_the_header_tells_depth_profile_transparency_and_animation(tmp_path):
    assert written(tmp_path, Image.new("I;16", (40, 30), 9000)).bits == 16
    assert written(tmp_path, picture().convert("LA")).srgb
    profile = Path("/usr/share/color/icc/ghostscript/a98.icc")
    if profile.exists():
        header = written(tmp_path, picture(), "-d", "0", icc_profile=profile.read_bytes())
        assert (header.icc, header.srgb, header.xyb) == (True, False, False)
    frames = [picture(), picture().rotate(180)]
    assert written(tmp_path, frames[0], save_all=True, append_images=frames[1:], duration=90).animated
    assert jxl_header.read(SIGNATURE + CODED).bits == 8


def handled(data: bytes) -> None:
    for read in (jxl.CONTAINER.survey, jxl_header.read):
        with contextlib.suppress(MediaError):
            read(data)
    try:
        marked = put(data)
    except MediaError:
        return
    assert [found.text for found in jxl.CONTAINER.survey(marked).fields if superseded(found)] == [JSON]


SMALL = (
    SIGNATURE + EXIF + build(b"xml ", PACKET) + build(b"jxlp", b"\x80\0\0\0", STREAM[:40]) + build(b"jbrd", b"\x86\2")
)


def test_cut_off_at_every_byte():
    for stop in range(len(SMALL)):
        handled(SMALL[:stop])


@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_bytes_changed(changes):
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    handled(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_at_all(data):
    handled(data)
    handled(jxl.CODESTREAM + data)
    handled(SIGNATURE + data)
    handled(SIGNATURE + build(b"jbrd", data) + build(b"xml ", OTHER) + CODED)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=200))
def test_any_text_that_xml_holds_survives(text):
    try:
        marked = put(SIGNATURE + CODED, Note("AIGC", text, URI, "TC260"))
    except UnsupportedError:
        return
    assert [found.text for found in jxl.CONTAINER.survey(marked).fields] == [text]
