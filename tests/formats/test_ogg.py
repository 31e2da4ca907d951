"""Ogg: the note as a Vorbis comment; every packet of sound, and every page that need not change, is kept."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path, PurePath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notes import JSON, NOTE, OLD
from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import identify, meant_by, ogg, ogg_pages, vorbis
from overt.formats.container import Field, Note
from overt.formats.ogg_pages import CONTINUED, FIRST, LAST, NO_PACKET_ENDS
from overt.formats.splice import Buffer
from samples import ffmpeg

SOUND = b"\x00sound that nobody reads"
HEADS = {
    "opus": b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0",
    "vorbis": b"\x01vorbis" + bytes(23),
    "speex": b"Speex   1.2".ljust(80, b"\0"),
    "flac": b"\x7fFLAC\x01\0\0\x01fLaC" + bytes(38),
}


def superseded(field: Field) -> bool:
    return "AIGC" in field.key.upper()


def put(data: Buffer, note: Note = NOTE) -> bytes:
    return identify(data).put(data, note, superseded).apply(data)


def labels(data: Buffer) -> list[str]:
    survey = identify(data).survey(data)
    assert survey.faults == ()
    return [field.text for field in survey.fields if superseded(field)]


def comments(*entries: str, rest: bytes = b"") -> bytes:
    return vorbis.build(vorbis.Comments(b"vendor", tuple(entry.encode() for entry in entries), rest))


def paged(packets: list[bytes], serial: int = 7, number: int = 0, room: int = 255, last: bool = False) -> bytes:
    """Packets on pages of so many lacing values, headers with position 0."""
    lacing = b"".join(ogg_pages.lacing(len(packet)) for packet in packets)
    body, result, at = b"".join(packets), b"", 0
    for first in range(0, len(lacing), room):
        part = lacing[first : first + room]
        flags = CONTINUED if first and lacing[first - 1] == 255 else 0
        flags |= LAST if last and first + room >= len(lacing) else 0
        granule = bytes(8) if min(part) < 255 else NO_PACKET_ENDS
        result += ogg_pages.build(flags, granule, serial, number, part, body[at : at + sum(part)])
        at, number = at + sum(part), number + 1
    return result


def stream(*entries: str, codec: str = "opus", serial: int = 7, room: int = 255, rest: bytes = b"") -> bytes:
    """A whole stream."""
    lead = {"opus": b"OpusTags", "vorbis": b"\x03vorbis", "speex": b"", "flac": b"\x84"}[codec]
    body = comments(*entries, rest=b"\x01" if codec == "vorbis" else rest)
    if codec == "flac":
        lead += len(body).to_bytes(3, "big")
    headers = [lead + body] + ([b"\x05vorbis" + bytes(600)] if codec == "vorbis" else [])
    first = ogg_pages.build(FIRST, bytes(8), serial, 0, ogg_pages.lacing(len(HEADS[codec])), HEADS[codec])
    middle = paged(headers, serial, 1, room)
    number = 1 + middle.count(b"OggS")
    return first + middle + paged([SOUND] * 300, serial, number, 40, last=True)


def check(data: bytes) -> list[ogg_pages.Page]:
    """A reader of its own: every page has its checksum and its number, flags say what goes on."""
    found, numbers, going = list(ogg_pages.walk(data, 0)), {}, {}
    for page in found:
        assert ogg_pages.is_sound(data, page)
        assert page.sequence == numbers.get(page.serial, -1) + 1
        numbers[page.serial] = page.sequence
        assert bool(page.flags & CONTINUED) == going.get(page.serial, False)
        if page.lacing:
            going[page.serial] = page.lacing[-1] == 255
    assert found[-1].stop == len(data)
    return found


@pytest.fixture(scope="module")
def sounds(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ogg")
    source = ("-i", media / "audio" / "whisper_jfk.flac", "-t", "2", "-metadata", "title=标题")
    for name, options in {
        "vorbis.ogg": ("-c:a", "libvorbis"), "opus.opus": (), "flac.oga": ("-c:a", "flac"),
        "speex.spx": ("-ar", "16000", "-ac", "1"),
    }.items():  # fmt: skip
        ffmpeg(*source, *options, folder / name)
    return folder


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["vorbis.ogg", "opus.opus", "flac.oga", "speex.spx"])
def test_strangers_read_the_note_and_no_packet_changes(sounds: Path, tmp_path: Path, name: str) -> None:
    before = (sounds / name).read_bytes()
    after = put(before)
    path = tmp_path / name
    path.write_bytes(after)
    probe = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_streams", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stderr == ""
    tags = json.loads(probe.stdout)["streams"][0]["tags"]
    assert (tags["AIGC"], tags["title"]) == (JSON, "标题")
    if name != "speex.spx":
        (told,) = json.loads(output("exiftool", "-j", "-G1", "-Aigc", path))
        assert told["Vorbis:Aigc"] == JSON
    if name in ("vorbis.ogg", "opus.opus"):
        told = json.loads(output("mediainfo", "--Output=JSON", path))
        assert told["media"]["track"][0]["extra"]["AIGC"] == JSON
    hashes = {
        output("ffmpeg", "-v", "warning", "-i", file, "-map", "0:a", *options, "-f", "streamhash", "-")
        for file in (sounds / name, path)
        for options in [("-c", "copy")]
    }
    assert len(hashes) == 1
    assert labels(after) == [JSON]
    assert put(after) == put(memoryview(after)) == after
    pages = check(after)
    assert len(pages) == len(check(before))
    assert after.endswith(before[check(before)[-1].start :])


def test_names_and_suffixes(sounds: Path) -> None:
    found = {path.name: identify(path.read_bytes()).name for path in sounds.iterdir()}
    assert found == {"vorbis.ogg": "ogg", "opus.opus": "opus", "flac.oga": "ogg", "speex.spx": "ogg"}


def test_only_header_pages_change() -> None:
    data = stream("TITLE=T", codec="vorbis")
    splice = identify(data).put(data, NOTE, superseded)
    assert sum(isinstance(piece, range) for piece in splice.pieces) == 2
    assert len(splice.pieces) == 3
    assert len(b"".join(piece for piece in splice.pieces if isinstance(piece, bytes))) < 1500


@pytest.mark.parametrize("codec", HEADS)
@pytest.mark.parametrize("room", [255, 3])
def test_the_note_replaces_older_ones_and_is_put_once(codec: str, room: int) -> None:
    data = stream("A=1", f"aigc={OLD}", "B=2", f"TC260:AIGC={OLD}", codec=codec, room=room)
    check(data)
    after = put(data)
    check(after)
    assert labels(after) == [JSON]
    assert [field.key for field in identify(after).survey(after).fields] == ["A", "AIGC", "B"]
    assert put(after) == after
    assert after.count(SOUND) == 300


def test_a_header_that_outgrows_its_pages_renumbers_the_others() -> None:
    body = len(comments(*["TITLE=T", "COVER="]))
    full = stream("TITLE=T", "COVER=" + "x" * (2 * ogg_pages.MAX_BODY - body - 8 - 1))
    assert [len(page.lacing) for page in check(full)[1:3]] == [255, 255]
    after = put(full)
    pages = check(after)
    assert len(pages) == len(check(full)) + 1
    assert labels(after) == [JSON]
    assert put(after) == after
    splice = identify(full).put(full, NOTE, superseded)
    # Of the pages behind, 26 bytes each: no sound is read.
    assert max(len(piece) for piece in splice.pieces[3:] if isinstance(piece, bytes)) == 26


def test_padding_of_opus_gives_way_and_binary_data_stays() -> None:
    padded = stream("TITLE=T", rest=bytes(512))
    assert len(put(padded)) == len(padded)
    assert labels(put(padded)) == [JSON]
    kept = b"\x01binary data" * 9
    binary = stream("TITLE=T", rest=kept)
    assert kept in put(binary)
    assert put(put(binary)) == put(binary)


def test_streams_side_by_side_keep_their_order() -> None:
    opus, other = stream("TITLE=T"), stream(f"AIGC={OLD}", codec="vorbis", serial=9)
    a, b = check(opus), check(other)
    cut = lambda data, page: data[page.start : page.stop]  # noqa: E731
    pages = [cut(opus, a[0]), cut(other, b[0]), cut(opus, a[1]), *(cut(other, page) for page in b[1:])]
    data = b"".join([*pages, *(cut(opus, page) for page in a[2:])])
    check(data)
    after = put(data)
    check(after)
    assert labels(after) == [JSON]
    assert put(after) == after


def test_streams_one_after_another_are_all_read() -> None:
    data = stream("TITLE=1") + stream(f"AIGC={OLD}", serial=8) + stream("TITLE=3", f"AIGC={OLD}", serial=9)
    assert labels(data) == [OLD, OLD]
    after = put(data)
    assert labels(after) == [JSON]
    assert [field.text for field in identify(after).survey(after).fields] == ["1", JSON, "3"]
    assert put(after) == after
    with pytest.raises(FormatError):
        put(stream("TITLE=1") + stream("TITLE=2") + stream(serial=3))


def test_film_is_not_ours() -> None:
    theora = ogg_pages.build(FIRST, bytes(8), 1, 0, b"\x2a", b"\x80theora" + bytes(35))
    with pytest.raises(UnsupportedError) as caught:
        identify(theora + stream())
    assert "film" in caught.value.message.en


def test_sound_on_the_page_of_the_headers_is_refused_with_a_way_out() -> None:
    first = ogg_pages.build(FIRST, bytes(8), 1, 0, b"\x13", HEADS["opus"])
    data = first + paged([b"OpusTags" + comments("T=1"), SOUND], 1, 1)
    with pytest.raises(UnsupportedError) as caught:
        put(data)
    assert "ffmpeg" in caught.value.hint.en


def test_a_wrong_checksum_is_no_place_to_write_to() -> None:
    data = bytearray(stream("TITLE=T"))
    data[check(bytes(data))[1].body + 13] ^= 1
    with pytest.raises(FormatError):
        put(bytes(data))


def test_the_checksum_is_that_of_the_specification() -> None:
    def slow(data: bytes) -> int:
        crc = 0
        for byte in data:
            crc ^= byte << 24
            for _ in range(8):
                crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
        return crc

    for data in (b"", b"\0", b"123456789", bytes(range(256)) * 3):
        assert ogg_pages.checksum(data) == slow(data)


@given(st.text(st.characters(codec="utf-8"), max_size=3000), st.sampled_from(sorted(HEADS)), st.integers(1, 255))
@settings(max_examples=60)
def test_any_text_comes_back(text: str, codec: str, room: int) -> None:
    after = put(stream("TITLE=T", codec=codec, room=room), Note("AIGC", text, "", ""))
    check(after)
    assert labels(after) == [text]


BROKEN = {
    "no page": b"nothing",
    "empty": b"",
    "cut header": b"OggS\0\x02",
    "version 1": b"OggS\x01" + bytes(60),
    "headers cut": stream("TITLE=T" * 100)[:400],
    "no comments": ogg_pages.build(FIRST, bytes(8), 1, 0, b"\x13", HEADS["opus"]) + paged([b"OpusTagz"], 1, 1),
    "4 thousand million comments": ogg_pages.build(FIRST, bytes(8), 1, 0, b"\x13", HEADS["opus"])
    + paged([b"OpusTags" + bytes(4) + b"\xff" * 4], 1, 1),
    "a packet that goes on without a beginning": ogg_pages.build(FIRST, bytes(8), 1, 0, b"\x13", HEADS["opus"])
    + ogg_pages.build(CONTINUED, bytes(8), 1, 1, b"\x05", b"12345"),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cannot_be_read_is_never_absent(reason: str) -> None:
    data = BROKEN[reason]
    container = ogg.CONTAINERS[1]
    with contextlib.suppress(MediaError):
        assert container.survey(data).faults
    with pytest.raises(MediaError):
        container.put(data, NOTE, superseded)


def test_truncation_anywhere_is_told() -> None:
    data = stream("TITLE=T", codec="vorbis", room=2)
    audio = data.index(SOUND)
    for stop in range(0, audio - 70, 7):
        container = ogg.CONTAINERS[0]
        try:
            survey = container.survey(data[:stop])
        except MediaError:
            continue
        assert survey.faults


@given(st.data())
@settings(max_examples=300)
def test_broken_files_raise_only_media_errors(data: st.DataObject) -> None:
    raw = bytearray(stream("TITLE=T", codec=data.draw(st.sampled_from(sorted(HEADS))), room=4))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, min(len(raw) - 1, 900)))] = data.draw(st.integers(0, 255))
    broken = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    for container in ogg.CONTAINERS:
        for action in (container.survey, lambda each: container.put(each, NOTE, superseded)):  # noqa: B023
            with contextlib.suppress(MediaError):
                action(broken)


@given(st.binary(max_size=300))
@example(b"OggS" + bytes(300))
def test_arbitrary_bytes(raw: bytes) -> None:
    for container in ogg.CONTAINERS:
        assert 0 <= container.sniff(raw) <= 100
        for data in (raw, b"OggS\0\x02" + raw):
            with contextlib.suppress(MediaError):
                container.survey(data)


@pytest.mark.parametrize("name", ["voice note.ogg", "voice.oga", "voice.opus"])
def test_opus_in_a_file_named_ogg_may_keep_its_name(name):
    """RFC 7845, 9, recommends .opus; messengers write .ogg."""
    container = identify(stream(), name)
    assert container.name == "opus"
    assert PurePath(name).suffix in container.suffixes
    assert container.suffixes[0] == ".opus"
    assert meant_by("a.ogg").name == "ogg"
