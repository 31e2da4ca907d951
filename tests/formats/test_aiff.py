"""AIFF: the note as a chunk of its own, with every other chunk and all sound kept."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notes import JSON, NOTE, OLD
from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import aiff, id3, identify
from overt.formats.aiff import CONTAINER, chunk
from overt.formats.container import Field, Note
from overt.formats.splice import Buffer
from samples import ffmpeg

FRAMES = bytes(range(200))
COMM = chunk(b"COMM", b"\0\x01\0\0\0\x64\0\x10\x40\x0e\xac\x44\0\0\0\0\0\0")
SSND = chunk(b"SSND", bytes(8) + FRAMES)
XMP = (
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:TC260="{NOTE.namespace}"><TC260:AIGC>{{}}</TC260:AIGC>'
    f"</rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


def superseded(field: Field) -> bool:
    return "AIGC" in field.key.upper() or "PropagateID" in field.text


def put(data: Buffer) -> bytes:
    return CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: Buffer) -> list[tuple[str, str]]:
    survey = CONTAINER.survey(data)
    assert survey.faults == ()
    return [(field.place, field.text) for field in survey.fields if superseded(field)]


def form(*chunks: bytes, kind: bytes = b"AIFF", behind: bytes = b"") -> bytes:
    body = kind + b"".join(chunks)
    return b"FORM" + len(body).to_bytes(4, "big") + body + behind


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """A reader of its own."""
    stop = 8 + int.from_bytes(data[4:8], "big")
    found, at = [], 12
    assert stop % 2 == 0
    while at < stop:
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        found.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    assert at == stop
    return found


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["plain.aiff", "tagged.aif", "little.aifc"])
def test_the_note_is_there_and_no_sound_changes(media: Path, tmp_path: Path, name: str) -> None:
    source, path = tmp_path / name, tmp_path / f"new-{name}"
    options = {"tagged.aif": ("-write_id3v2", "1"), "little.aifc": ("-c:a", "pcm_s16le")}.get(name, ())
    ffmpeg(
        "-i", media / "audio" / "whisper_jfk.flac", "-t", "1", "-metadata", "title=T", *options, "-f", "aiff", source
    )
    before = source.read_bytes()
    assert identify(before).name == "aiff"
    after = put(before)
    path.write_bytes(after)
    assert chunks(after) == [*chunks(before), (b"AIGC", JSON.encode())]
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-of", "json", path], capture_output=True, text=True, check=True
    )
    assert probe.stderr == ""
    assert json.loads(probe.stdout)["format"]["tags"]["title"] == "T"
    assert "AIFF 'AIGC' chunk" in output("exiftool", "-v3", path)
    hashes = {output("ffmpeg", "-v", "error", "-i", f, "-map", "0:a", "-f", "md5", "-") for f in (source, path)}
    assert len(hashes) == 1
    assert put(after) == put(memoryview(after)) == after


def test_every_text_is_read() -> None:
    tag = id3.build(None, [id3.text_frame(4, "k", "K")])
    comment = b"\0\x01" + bytes(6) + b"\0\x03why\0"
    data = form(
        COMM, chunk(b"NAME", b"title\0"), chunk(b"AUTH", b"who"), chunk(b"ANNO", "说明".encode()),
        chunk(b"(c) ", b"\xa9 me"),
        chunk(b"COMT", comment), chunk(b"ID3 ", tag), chunk(b"APPL", b"XMP " + XMP),
        chunk(b"APPL", b"abcdother"), SSND,
    )  # fmt: skip
    found = {(field.place, field.key): field.text for field in CONTAINER.survey(data).fields}
    assert found == {
        ("AIFF NAME", "NAME"): "title",
        ("AIFF AUTH", "AUTH"): "who",
        ("AIFF ANNO", "ANNO"): "说明",
        ("AIFF (c) ", "(c) "): "© me",
        ("AIFF COMT", "COMT"): "why",
        ("ID3 TXXX", "k"): "K",
        ("AIFF APPL XMP", "AIGC"): "{}",
    }


def test_older_notes_go_wherever_they_are() -> None:
    tag = id3.build(None, [id3.text_frame(4, "AIGC", OLD), id3.text_frame(4, "k", "K")])
    old = OLD.encode()
    comment = b"\0\x02" + bytes(6) + len(old).to_bytes(2, "big") + old + b"\0" * (len(old) % 2) + bytes(6) + b"\0\x02hi"
    data = form(
        COMM, chunk(b"AIGC", old), chunk(b"ANNO", b"kept"), chunk(b"COMT", comment), SSND, chunk(b"aigc", old),
        chunk(b"ID3 ", tag), chunk(b"APPL", b"XMP " + XMP), behind=b"rest",
    )  # fmt: skip
    assert len(labels(data)) == 5
    after = put(data)
    assert labels(after) == [("AIFF chunk", JSON)]
    assert [code for code, _ in chunks(after[:-4])] == [
        b"COMM", b"AIGC", b"ANNO", b"COMT", b"SSND", b"ID3 ", b"APPL"
    ]  # fmt: skip
    assert after.endswith(b"rest")
    assert put(after) == after


def test_an_odd_last_chunk_without_its_pad_byte() -> None:
    data = form(COMM, SSND, b"ANNO\0\0\0\x01x")
    after = put(data)
    assert chunks(after)[-2:] == [(b"ANNO", b"x"), (b"AIGC", JSON.encode())]
    assert put(after) == after


def test_a_form_of_four_gigabytes_is_not_outgrown() -> None:
    with pytest.raises(UnsupportedError):
        CONTAINER.put(form(COMM, SSND), Note("TOOLONG", "x", "", ""), superseded)


@given(st.text(st.characters(codec="utf-8"), max_size=500).filter(lambda text: not text.endswith("\0")))
def test_any_text_comes_back(text: str) -> None:
    data = form(COMM, SSND)
    after = CONTAINER.put(data, Note("AIGC", text, "", ""), superseded).apply(data)
    assert labels(after) == [("AIFF chunk", text)]


BROKEN = {
    "no AIFF": b"RIFF" + bytes(60),
    "empty": b"",
    "a chunk of 4 GB": form(COMM, b"SSND\xff\xff\xff\xff"),
    "half a header": form(COMM, SSND, b"ANN"),
    "cut": form(COMM, SSND)[:-20],
    "an ID3 tag that is none": form(COMM, SSND, chunk(b"ID3 ", b"no tag")),
    "65,535 comments": form(COMM, SSND, chunk(b"COMT", b"\xff\xff")),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cannot_be_read_is_never_absent(reason: str) -> None:
    with contextlib.suppress(MediaError):
        assert CONTAINER.survey(BROKEN[reason]).faults
    with pytest.raises(FormatError):
        put(BROKEN[reason])


def test_too_many_chunks() -> None:
    data = form(COMM, chunk(b"ANNO", b"") * (aiff.MAX_CHUNKS + 1))
    assert CONTAINER.survey(data).faults


@given(st.data())
@settings(max_examples=200)
def test_broken_files_raise_only_media_errors(data: st.DataObject) -> None:
    tag = id3.build(None, [id3.text_frame(4, "k", "K")])
    raw = bytearray(form(COMM, chunk(b"COMT", b"\0\x01" + bytes(8)), chunk(b"ID3 ", tag[:60]), SSND))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    for action in (CONTAINER.survey, put):
        with contextlib.suppress(MediaError):
            action(broken)
