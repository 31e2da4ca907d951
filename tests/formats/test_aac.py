"""AAC streams: the note as an ID3v2 frame before the sound, which stays byte for byte."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notes import JSON, NOTE, OLD
from overt.errors import FormatError, MediaError
from overt.formats import aac, id3, identify
from overt.formats.aac import CONTAINER
from overt.formats.container import Field
from overt.formats.splice import Buffer
from samples import ffmpeg


def superseded(field: Field) -> bool:
    return "AIGC" in field.key.upper()


def put(data: Buffer) -> bytes:
    return CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: Buffer) -> list[tuple[str, str]]:
    survey = CONTAINER.survey(data)
    assert survey.faults == ()
    return [(field.place, field.text) for field in survey.fields if superseded(field)]


def frame(length: int = 50) -> bytes:
    """A frame of AAC-LC, 44.1 kHz, stereo."""
    return (0xFFF1508 << 28 | length << 13 | 0x7FF << 2).to_bytes(7, "big") + bytes(length - 7)


STREAM = frame(40) + frame(60) + frame(50)


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def test_strangers_read_the_note_and_no_packet_changes(media: Path, tmp_path: Path) -> None:
    source, path = tmp_path / "a.aac", tmp_path / "b.aac"
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "1", source)
    before = source.read_bytes()
    assert identify(before).name == "aac"
    after = put(before)
    path.write_bytes(after)
    assert after.endswith(before)
    assert identify(after).name == "aac"
    assert json.loads(output("ffprobe", "-v", "error", "-show_format", "-of", "json", path))["format"]["tags"] == {
        "AIGC": JSON
    }
    (told,) = json.loads(output("exiftool", "-j", "-UserDefinedText", path))
    assert told["UserDefinedText"] == f"(AIGC) {JSON}"
    assert json.loads(output("mediainfo", "--Output=JSON", path))["media"]["track"][0]["extra"]["AIGC"] == JSON
    hashes = {output("ffmpeg", "-v", "error", "-i", f, "-c", "copy", "-f", "streamhash", "-") for f in (source, path)}
    assert len(hashes) == 1
    assert put(after) == put(memoryview(after)) == after


def test_the_header_is_read() -> None:
    head = aac.header(STREAM)
    assert head is not None
    assert (head.profile, head.rate, head.layout, head.start, head.length, head.blocks) == (1, 44100, 2, 7, 40, 1)


def test_older_notes_are_replaced() -> None:
    tag = id3.build(None, [id3.text_frame(4, "AIGC", OLD), id3.text_frame(4, "k", "K")])
    after = put(tag + STREAM)
    assert labels(after) == [("ID3 TXXX", JSON)]
    assert CONTAINER.survey(after).fields[-1].text == "K"
    assert after.endswith(STREAM)


def test_neither_a_long_tag_nor_a_wrong_name_hides_it() -> None:
    tag = id3.build(None, [id3.frame(4, "APIC", bytes(6000))])
    assert identify(tag + STREAM, "a.aac").name == "aac"
    assert identify(STREAM, "a.mp3").name == "aac"


BROKEN = {
    "empty": b"",
    "one header": STREAM[:6],
    "no frames": b"ID3\4\0\0\0\0\0\0" + b"x" * 99,
    "noise": b"\xff\xf1" * 60,
}


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cannot_be_read_is_never_absent(reason: str) -> None:
    assert CONTAINER.survey(BROKEN[reason]).faults
    with pytest.raises(FormatError):
        put(BROKEN[reason])


@given(st.data())
@settings(max_examples=200)
def test_broken_files_raise_only_media_errors(data: st.DataObject) -> None:
    raw = bytearray(id3.build(None, [id3.text_frame(4, "k", "K")])[:60] + STREAM)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    assert 0 <= CONTAINER.sniff(broken) <= 100
    for action in (CONTAINER.survey, put):
        with contextlib.suppress(MediaError):
            action(broken)
