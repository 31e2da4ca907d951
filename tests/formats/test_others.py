from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from overt.errors import UnsupportedError
from overt.formats import HEAD, containers, identify
from overt.formats.magic import BY_MAGIC
from overt.formats.others import recognise

PICTURE = Image.new("RGB", (64, 48), (10, 120, 200))


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    PICTURE.save(buffer, kind)
    return buffer.getvalue()


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), body, method)
    return buffer.getvalue()


def document() -> bytes:
    buffer = io.BytesIO()
    Document().save(buffer)
    return buffer.getvalue()


def tape() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return buffer.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table a (b)")
        return connection.serialize()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "BMP": ("bmp", lambda: picture("BMP")),
    "ICO": ("ico", lambda: picture("ICO")),
    "JPEG 2000": ("jp2", lambda: picture("JPEG2000")),
    "EPS": ("ps", lambda: picture("EPS")),
    "DDS": ("dds", lambda: picture("DDS")),
    "ODG": ("odf", lambda: packed(mimetype=b"application/vnd.oasis.opendocument.graphics")),
    "SXW": ("odf", lambda: packed(mimetype=b"application/vnd.sun.xml.writer")),
    "OFD": ("ofd", lambda: packed(OFD_xml=b"<OFD/>")),
    "ZIP": ("zip", lambda: packed(a=b"a")),
    "empty ZIP": ("zip", packed),
    "gzip": ("gzip", lambda: gzip.compress(b"a")),
    "bzip2": ("bzip2", lambda: bz2.compress(b"a")),
    "empty bzip2": ("bzip2", lambda: bz2.compress(b"")),
    "xz": ("xz", lambda: lzma.compress(b"a")),
    "tar": ("tar", tape),
    "SQLite": ("sqlite", database),
    "this program": ("elf", lambda: Path(sys.executable).read_bytes()),
    "STL": ("stl", lambda: b"an exporter".ljust(80) + struct.pack("<I12fH", 1, 0, 0, 1, *range(9), 0)),
    "STL in text": ("stl", lambda: b"solid box\n  facet normal 0 0 1\n    outer loop\n"),
    "OBJ": ("obj", lambda: b"# Blender\nmtllib a.mtl\no Box\n" + b"v 1.0 -1e-3 1.000000\n" * 4 + b"f 1//1 2//2 3//3\n"),
    "PLY": ("ply", lambda: b"ply\nformat ascii 1.0\n"),
    "RTF": ("rtf", lambda: rb"{\rtf1\ansi Text}"),
    "DOC": ("ole2", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
    "PE": ("pe", lambda: b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(100)),
    "RAR": ("rar", lambda: b"Rar!\x1a\x07\x01\x00"),
    "7z": ("7z", lambda: b"7z\xbc\xaf\x27\x1c\x00\x04"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_known_format_is_named(what: str):
    name, make = FILES[what]
    data = make()

    found = recognise(data[:HEAD])

    assert found is not None
    assert found.name == name
    with pytest.raises(UnsupportedError) as caught:
        identify(data, "file")
    assert caught.value.message == found.advice


# How ffmpeg is asked for each: the muxer, and the codecs where its own choice may not be built in.
MUXED = {
    "ts": ("mpegts", "ts -c:v mpeg2video -c:a mp2"),
    "asf": ("asf", "wmv"),
    "mpeg": ("mpeg", "mpg"),
    "swf": ("swf", "swf -c:v flv -an"),
    "ogv": ("ogg", "ogv -c:v libtheora -an"),
    "au": ("au", "au -vn"),
    "ac3": ("ac3", "ac3 -vn -c:a ac3"),
    "caf": ("caf", "caf -vn -c:a pcm_s16le"),
    "wavpack": ("wv", "wv -vn -c:a wavpack"),
    "rm": ("rm", "rm -c:v rv10 -an"),
}


@pytest.mark.parametrize("name", MUXED)
def test_films_and_sounds_by_ffmpeg(name: str, tmp_path: Path):
    muxer, rest = MUXED[name]
    suffix, *options = rest.split()
    target = tmp_path / f"file.{suffix}"
    film = ["-f", "lavfi", "-i", "testsrc=d=0.4:s=176x144:r=25", "-f", "lavfi", "-i", "sine=d=0.4:r=48000"]
    command = ["ffmpeg", "-v", "error", *film, "-t", "0.4", *options, "-f", muxer, str(target)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    found = recognise(target.read_bytes()[:HEAD])

    assert found is not None
    assert found.name == name


def test_bare_samples_are_known_by_their_name_alone():
    with pytest.raises(UnsupportedError) as caught:
        identify(bytes(range(256)) * 9, "call.pcm")
    assert "FLAC, WAV or MP3" in caught.value.message.en


def test_discs_put_a_time_stamp_before_each_packet():
    assert recognise((bytes(4) + b"\x47" + bytes(187)) * 5).name == "ts"  # type: ignore[union-attr]


OURS = {
    "film of a camera": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + b"\x00\x00\x00\x08wide",
    "MP4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1",
    "MP4 with a picture's brand among others": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommif1",
    "WAV": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "WebP": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "HTML with a drawing in it": b"<!DOCTYPE html><body><svg></svg></body>",
    "XML that is no drawing": b"<?xml version='1.0'?><note>svg</note>",
    "text that begins with BM": b"BMW is a maker of cars and motorcycles",
    "text that begins with MZ": b"MZ was a maker of motorcycles in Zschopau, a town in Saxony, proud of them.",
    "JSON": b'{"asset": "no scene"}',
    "text with words of an OBJ": b"v 1 2 3\nv 1 2 3\nv 1 2 3\nand so on\n",
    "a text about something solid": b"solid ground\nfacets of normal life\n",
    "MP3": b"\xff\xfb\x90\x64" + bytes(413) + b"\xff\xfb\x90\x64",
    "nothing": b"",
    "noughts": bytes(HEAD),
    "noise": bytes(range(1, 256)) * 4,
}


@pytest.mark.parametrize("what", OURS)
def test_what_is_ours_or_unknown_is_left_alone(what: str):
    assert recognise(OURS[what]) is None


def test_a_document_of_ours_is_not_taken_for_a_package():
    data = document()
    assert identify(data, "").name == "docx"


def test_no_real_file_that_we_read_is_taken_for_another(media: Path):
    files = [each for each in media.rglob("*") if each.suffix in {".png", ".jpg", ".flac", ".mp4", ".webp", ".wav"}]
    assert len(files) > 50
    for path in files:
        with path.open("rb") as file:
            assert recognise(file.read(HEAD)) is None, path.name


def test_no_string_hides_another():
    for index, (offset, magic, known) in enumerate(BY_MAGIC):
        head = bytes(offset) + magic
        first = recognise(head)
        assert first is not None
        assert first.name == known.name, index


def test_a_format_is_told_the_same_wherever_it_is_found():
    names = {each.name for each in containers()}
    for _, _, known in BY_MAGIC:
        assert known.name not in names
        assert known.media_type.count("/") == 1
        assert known.title.zh in known.advice.zh
        assert known.title.en in known.advice.en


@given(st.binary(max_size=600))
@example(b"PK\x03\x04" + b"\xff" * 60)
@example(b"PK\x03\x04" * 100)
@example(b"\x1a\x45\xdf\xa3")
@example(b"<!--" * 200)
@example(b'{"asset":{' * 50)
def test_whatever_the_bytes_are_there_is_an_answer(head: bytes):
    recognise(head)


@given(st.sampled_from(sorted(FILES)), st.integers(0, 100), st.binary(max_size=40))
def test_a_known_beginning_may_go_on_or_end_anyhow(what: str, length: int, tail: bytes):
    recognise(FILES[what][1]()[:length] + tail)
