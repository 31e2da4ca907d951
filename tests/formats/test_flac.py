"""FLAC: the note as a Vorbis comment, with every other block and all sound kept."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError
from overt.formats import flac, id3, vorbis
from overt.formats.container import Field, Note
from overt.formats.flac import CONTAINER
from overt.formats.splice import Buffer

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000000000","PropagateID":"x","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002")
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
FRAMES = b"\xff\xf8sound that nobody reads"


def superseded(field: Field) -> bool:
    return "AIGC" in field.key.upper()


def put(data: Buffer) -> bytes:
    return CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: Buffer) -> list[tuple[str, str]]:
    survey = CONTAINER.survey(data)
    assert survey.faults == ()
    return [(field.place, field.text) for field in survey.fields if superseded(field)]


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def stream(*blocks: tuple[int, bytes]) -> bytes:
    """A stream of STREAMINFO and these blocks."""
    every = [(0, bytes(34)), *blocks]
    parts = [
        bytes([kind | (0x80 if number == len(every) else 0)]) + len(body).to_bytes(3, "big") + body
        for number, (kind, body) in enumerate(every, 1)
    ]
    return b"fLaC" + b"".join(parts) + FRAMES


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """A reader of its own; checks that exactly the last block says so."""
    position, found = data.index(b"fLaC") + 4, []
    while True:
        kind, size = data[position], int.from_bytes(data[position + 1 : position + 4], "big")
        found.append((kind & 0x7F, data[position + 4 : position + 4 + size]))
        position += 4 + size
        if kind & 0x80:
            assert data[position:] == FRAMES
            return found


def comments(*entries: str) -> bytes:
    return vorbis.build(vorbis.Comments(b"vendor", tuple(entry.encode() for entry in entries)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tts_espeak2.flac", "fairseq_6313.flac", "sony_test.flac"])
def test_strangers_read_the_note_and_no_sound_changes(media: Path, tmp_path: Path, name: str) -> None:
    source = media / "audio" / name
    before = source.read_bytes()
    after = put(before)
    path = tmp_path / name
    path.write_bytes(after)
    probe = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stderr == ""
    assert json.loads(probe.stdout)["format"]["tags"]["AIGC"] == JSON
    (told,) = json.loads(output("exiftool", "-j", "-G1", "-a", "-Aigc", path))
    assert told["Vorbis:Aigc"] == JSON
    told = json.loads(output("mediainfo", "--Output=JSON", path))
    assert told["media"]["track"][0]["extra"]["AIGC"] == JSON
    packets = {
        output("ffmpeg", "-v", "error", "-i", file, "-map", "0:a", "-c", "copy", "-f", "streamhash", "-")
        for file in (source, path)
    }
    assert len(packets) == 1
    # Decoding also checks the MD5 of the sound that the encoder left in the header.
    decoded = {output("ffmpeg", "-v", "warning", "-i", file, "-f", "hash", "-") for file in (source, path)}
    assert len(decoded) == 1
    assert labels(after) == [("Vorbis comment", JSON)]
    assert put(after) == put(memoryview(after)) == after


@pytest.mark.parametrize("behind", [True, False])
def test_the_comments_stay_in_place_and_grow_into_padding(behind: bool) -> None:
    between = ((3, bytes(18)), (2, b"appldata"))
    padding = (1, bytes(1000))
    old = (4, comments("TITLE=T"))
    data = stream(*((old, *between, padding) if behind else (padding, *between, old)))
    after = put(data)
    new = (4, comments("TITLE=T", f"AIGC={JSON}"))
    smaller = (1, bytes(1000 - len(new[1]) + len(old[1])))
    assert blocks(after) == blocks(stream(*((new, *between, smaller) if behind else (smaller, *between, new))))
    assert len(after) == len(data)
    assert put(after) == after


def test_without_enough_padding_the_file_grows() -> None:
    after = put(stream((4, comments("TITLE=T")), (1, bytes(50))))
    assert blocks(after)[1:] == [(4, comments("TITLE=T", f"AIGC={JSON}")), (1, bytes(50))]


def test_padding_may_shrink_to_nothing() -> None:
    growth = len(comments("TITLE=T", f"AIGC={JSON}")) - len(comments("TITLE=T"))
    after = put(stream((4, comments("TITLE=T")), (1, bytes(growth))))
    assert blocks(after)[2] == (1, b"")


def test_without_comments_a_block_comes_after_the_first() -> None:
    for data in (stream(), stream((1, bytes(2000))), stream((3, bytes(18)))):
        after = put(data)
        assert blocks(after)[1][0] == 4
        assert labels(after) == [("Vorbis comment", JSON)]
        assert put(after) == after
    assert len(put(stream((1, bytes(2000))))) == len(stream((1, bytes(2000))))


def test_older_labels_are_replaced_in_place() -> None:
    data = stream(
        (4, comments("A=1", f"aigc={OLD}", "B=2", f"AIGC={OLD}", f"TC260:AIGC={OLD}")), (4, comments(f"AIGC={OLD}"))
    )
    assert len(labels(data)) == 4
    after = put(data)
    assert blocks(after)[1:] == [(4, comments("A=1", f"AIGC={JSON}", "B=2")), (4, comments())]
    assert put(after) == after


def test_a_tag_before_the_stream_is_read_and_kept() -> None:
    tag = id3.build(None, [id3.frame(4, "GEOB", b"\0application/c2pa\0\0\0jumb"), id3.text_frame(4, "k", "K")])
    data = tag + stream((4, comments("TITLE=T")))
    assert [(f.place, f.text) for f in CONTAINER.survey(data).fields] == [("ID3 TXXX", "K"), ("Vorbis comment", "T")]
    after = put(data)
    assert after.startswith(tag + b"fLaC")
    assert CONTAINER.sniff(after) > 90
    labelled = id3.build(None, [id3.text_frame(4, "AIGC", OLD), id3.text_frame(4, "k", "K")]) + stream()
    after = put(labelled)
    assert labels(after) == [("Vorbis comment", JSON)]
    assert CONTAINER.survey(after).fields[0].text == "K"
    assert put(after) == after


def test_defects_of_comments() -> None:
    raw = vorbis.build(vorbis.Comments(b"v", (b"nothing", b"TITLE=\xff", b"METADATA_BLOCK_PICTURE=AAAA")))
    fields = CONTAINER.survey(stream((4, raw))).fields
    assert [(f.key, f.text, f.defects) for f in fields] == [
        ("", "nothing", ("vorbis-without-name",)),
        ("TITLE", "\ufffd", ("vorbis-not-utf-8",)),
    ]
    after = put(stream((4, raw)))
    assert b"TITLE=\xff" in after
    assert b"METADATA_BLOCK_PICTURE=AAAA" in after


@given(st.binary(max_size=20), st.lists(st.binary(max_size=30), max_size=6), st.binary(max_size=5))
def test_comments_come_back(vendor: bytes, entries: list[bytes], rest: bytes) -> None:
    header = vorbis.Comments(vendor, tuple(entries), rest)
    assert vorbis.parse(vorbis.build(header)) == header


@pytest.mark.parametrize("key", ["", "A=B", "标识", "A~", "A\n"])
def test_names_that_a_comment_cannot_have(key: str) -> None:
    with pytest.raises(FormatError):
        CONTAINER.put(stream(), Note(key, JSON, "", ""), superseded)


def test_a_block_cannot_be_longer_than_its_length_field() -> None:
    with pytest.raises(FormatError):
        CONTAINER.put(stream(), Note("AIGC", "x" * (1 << 24), "", ""), superseded)


BROKEN = {
    "no stream": b"OggS" + bytes(50),
    "empty": b"",
    "cut header": b"fLaC\0\0",
    "a block of 16 MB": b"fLaC\x80\xff\xff\xff",
    "no STREAMINFO": b"fLaC" + bytes([0x84, 0, 0, 8]) + bytes(8) + FRAMES,
    "two STREAMINFO": stream((0, bytes(34))),
    "the forbidden type": stream((127, b"")),
    "4 thousand million comments": stream((4, bytes(4) + b"\xff\xff\xff\xff")),
    "a comment of 4 GB": stream((4, bytes(4) + b"\1\0\0\0\xff\xff\xff\xff")),
    "a vendor of 4 GB": stream((4, b"\xff\xff\xff\xff")),
    "a tag larger than the file": b"ID3\4\0\0\0\0\x7f\x7f" + stream(),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_files_are_told_never_written(reason: str) -> None:
    with suppress(MediaError):
        assert CONTAINER.survey(BROKEN[reason]).faults
    with pytest.raises(MediaError):
        put(BROKEN[reason])


def test_the_number_of_blocks_is_capped() -> None:
    with pytest.raises(BudgetError):
        put(stream(*[(1, b"")] * flac.MAX_BLOCKS))


def test_the_number_of_comment_blocks_is_capped() -> None:
    data = stream(*[(4, comments("A=1"))] * (flac.MAX_COMMENT_BLOCKS + 1))
    assert CONTAINER.survey(data).faults
    with pytest.raises(FormatError):
        put(data)


def test_truncation_everywhere_in_the_blocks_is_never_absence() -> None:
    data = stream((4, comments("TITLE=T")), (1, bytes(20)))
    for cut in range(len(data) - len(FRAMES)):
        with suppress(MediaError):
            assert CONTAINER.survey(data[:cut]).faults, cut
        with pytest.raises(MediaError):
            put(data[:cut])


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    after = CONTAINER.put(stream(), Note("AIGC", text, "", ""), superseded).apply(stream())
    assert [(f.key, f.text, f.defects) for f in CONTAINER.survey(after).fields] == [("AIGC", text, ())]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=150))
def test_arbitrary_bytes_raise_only_media_errors(kind: int, data: bytes) -> None:
    for file in (data, b"fLaC" + data, stream((kind & 0x7F, data)), stream((4, comments("A=1") + data))):
        _survives(file)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])), min_size=1, max_size=5))
def test_mutated_files_raise_only_media_errors(changes: list[tuple[int, int]]) -> None:
    file = bytearray(stream((4, comments("A=1", f"AIGC={OLD}")), (1, bytes(30)), (3, bytes(18))))
    for at, value in changes:
        file[at % len(file)] = value
    _survives(bytes(file))


def _survives(data: bytes) -> None:
    assert 0 <= CONTAINER.sniff(data[:4096]) <= 100
    with suppress(MediaError):
        CONTAINER.survey(data)
    with suppress(MediaError):
        after = put(data)
        assert labels(after) == [(vorbis.PLACE, JSON)]
        assert put(after) == after
