"""M4A: the note as a key, freeform items of iTunes and texts of tracks read; new packets among the old ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notes import JSON, NOTE, OLD
from overt.errors import MediaError, UnsupportedError
from overt.formats import identify, mp4, mp4_sound, mp4_sound_insert
from overt.formats.bmff import Box, Edits, build, children, first, walk
from overt.formats.container import Field
from overt.formats.splice import Buffer
from samples import ffmpeg

CONTAINER = mp4.CONTAINERS[1]
MADE: dict[str, tuple[object, ...]] = {
    "plain.m4a": ("-movflags", "+faststart"),
    "index-behind.m4a": (),
    "alac.m4a": ("-c:a", "alac"),
    "chapters.m4a": ("-i", "CHAPTERS", "-map", "0:a", "-map_metadata", "1"),
    "other-brand.m4a": ("-f", "mp4"),
    "no-edit-list.m4a": ("-use_editlist", "0"),
}
CHAPTERS = (
    ";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2500\ntitle=two\n"
)


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


@pytest.fixture(scope="module")
def sounds(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m4a")
    chapters = folder / "chapters.txt"
    chapters.write_text(CHAPTERS)
    for name, options in MADE.items():
        told = [chapters if option == "CHAPTERS" else option for option in options]
        extra = told if "-i" in told else ["-metadata", "title=T", *told]
        ffmpeg("-i", media / "audio" / "whisper_jfk.flac", *extra, "-t", "2.5", "-ar", "22050", folder / name)
    return folder


@pytest.mark.parametrize("name", ["plain.m4a", "alac.m4a", "chapters.m4a"])
def test_strangers_read_the_note_and_no_packet_changes(sounds: Path, tmp_path: Path, name: str) -> None:
    before = (sounds / name).read_bytes()
    found = identify(before, name)
    assert (found.name, found.media_type) == ("m4a", "audio/mp4")
    after = put(before)
    path = tmp_path / name
    path.write_bytes(after)
    tags = json.loads(output("ffprobe", "-v", "warning", "-show_format", "-of", "json", path))["format"]["tags"]
    assert (tags["AIGC"], tags["title"]) == (JSON, "T")
    (told,) = json.loads(output("exiftool", "-j", "-G1", "-AIGC", path))
    assert told["Keys:AIGC"] == JSON
    assert json.loads(output("mediainfo", "--Output=JSON", path))["media"]["track"][0]["extra"]["AIGC"] == JSON
    hashes = {
        output("ffmpeg", "-v", "warning", "-i", f, "-map", "0:a", "-c", "copy", "-f", "streamhash", "-")
        for f in (sounds / name, path)
    }
    assert len(hashes) == 1
    assert put(after) == put(memoryview(after)) == after


def test_which_of_the_two_names(sounds: Path) -> None:
    general = (sounds / "other-brand.m4a").read_bytes()
    assert identify(general, "a.m4a").name == "m4a"
    assert identify(general, "a.mp4").name == identify(general, "a").name == "mp4"
    assert identify((sounds / "plain.m4a").read_bytes(), "a.mp4").name == "m4a"
    assert identify(b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x08wide", "a.m4a").name == "mp4"


def inside(data: bytes, *kinds: bytes) -> tuple[Box, ...]:
    """Boxes one inside the other."""
    found: list[Box] = []
    boxes = list(walk(data, 0, len(data)))
    for kind in kinds:
        box = first(boxes, kind)
        assert box is not None
        found.append(box)
        boxes = children(data, box) if kind != b"meta" else []
    return tuple(found)


def with_text(data: bytes, where: tuple[bytes, ...], box: bytes) -> bytes:
    """The file with one more box at the end of another."""
    around = inside(data, *where)
    edits = Edits()
    edits.replace(around[-1].stop, around[-1].stop, box, around)
    mp4.relocate(data, list(walk(data, 0, len(data))), edits)
    return edits.splice(data).apply(data)


def freeform(text: str) -> bytes:
    """An item as iTunes writes it, in a list of its own."""
    mean, name = build(b"mean", bytes(4), b"com.apple.iTunes"), build(b"name", bytes(4), b"AIGC")
    item = build(b"----", mean, name, build(b"data", b"\0\0\0\x01", bytes(4), text.encode()))
    handler = build(b"hdlr", bytes(8), b"mdir", b"appl", bytes(9))
    return build(b"udta", build(b"meta", bytes(4), handler, build(b"ilst", item)))


def test_freeform_items_and_texts_of_tracks_are_read_and_replaced(sounds: Path) -> None:
    data = (sounds / "plain.m4a").read_bytes()
    data = with_text(data, (b"moov", b"trak"), freeform(OLD))
    data = with_text(data, (b"moov", b"trak", b"udta"), build(b"AIGC", OLD.encode()))
    assert labels(data) == [
        ("moov/trak/udta/meta/ilst/----:com.apple.iTunes", OLD),
        ("moov/trak/udta", OLD),
    ]
    after = put(data)
    assert labels(after) == [("moov/udta/meta/keys", JSON)]
    assert put(after) == after


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as opened:
        return [bytes(packet) for packet in opened.demux(opened.streams.audio[0]) if packet.size]


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("where", ["start", "middle", "end", "everywhere"])
def test_new_packets_lie_where_they_should_and_old_ones_are_kept(
    sounds: Path, tmp_path: Path, name: str, where: str
) -> None:
    data, path = (sounds / name).read_bytes(), tmp_path / name
    sound = mp4_sound.read(data)
    count, old = sound.track.count, packets(sounds / name)
    new = old[3:8]
    places = {"start": [0], "middle": [9], "end": [count], "everywhere": [0, 9, 11, count]}[where]
    again = 0 if sound.coding == "alac" else 1
    path.write_bytes(mp4_sound_insert.insert(data, sound, new, 1024, places, again).apply(data))

    expected: list[bytes] = []
    begin = 0
    for place in places:
        expected += [*old[begin:place], *new, *(old[place - again : place] if 0 < place < count else [])]
        begin = place
    expected += old[begin:]
    assert packets(path) == expected
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-show_chapters", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert probe.stderr == ""
    told = json.loads(probe.stdout)
    assert told["format"]["tags"]["title"] == "T"
    added = (len(expected) - len(old)) * sound.delta / sound.scale
    assert float(told["format"]["duration"]) == pytest.approx(2.5 + added, abs=0.2)
    if name == "chapters.m4a":
        one, two = told["chapters"]
        before = sum(place * sound.delta / sound.scale < 1.05 for place in places) / len(places)
        assert float(one["start_time"]) == 0
        assert float(two["start_time"]) == pytest.approx(1 + added * before, abs=0.15)
    again_read = mp4_sound.read(path.read_bytes())
    assert again_read.track.count == len(expected)
    assert CONTAINER.survey(path.read_bytes()).faults == ()


def test_gapless_information_follows(sounds: Path) -> None:
    told = " 00000000 00000400 000001A5 0000000000012345" + " 00000000" * 8
    mean, name = build(b"mean", bytes(4), b"com.apple.iTunes"), build(b"name", bytes(4), b"iTunSMPB")
    item = build(b"----", mean, name, build(b"data", b"\0\0\0\x01", bytes(4), told.encode()))
    data = with_text((sounds / "plain.m4a").read_bytes(), (b"moov", b"udta"), build(b"free", item))
    sound = mp4_sound.read(data)
    for places, expected in (
        ([0], (0x840, 0x1A5, 0x400 + 0x12345 + 1024 - 0x840)),
        ([sound.track.count], (0x400, 0, None)),
    ):
        new = mp4_sound_insert.insert(data, sound, [b"x"], 0x840, places, 1).apply(data)
        at = new.index(b"iTunSMPB") + 8 + 16
        parts = [int(part, 16) for part in new[at : at + 44].split()]
        assert parts[:3] == [0, *expected[:2]]
        if expected[2] is not None:
            assert parts[3] == expected[2]


def test_what_is_no_sound_alone_is_refused_with_a_way_out(media: Path) -> None:
    data = (media / "video" / "mdn_flower.mp4").read_bytes()
    with pytest.raises(UnsupportedError) as caught:
        mp4_sound.read(data)
    assert "ffmpeg" in caught.value.hint.en


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("1208", "LC"), ("2b8a0800", "SBR"), ("0a10", "Main"), ("1200", "no channels"), ("120856e5a0", "implicit SBR")],
)
def test_configurations(raw: str, kind: str) -> None:
    if kind == "LC":
        assert mp4_sound._configuration(bytes.fromhex(raw)) == (44100, 1)
    else:
        with pytest.raises(UnsupportedError):
            mp4_sound._configuration(bytes.fromhex(raw))


@given(st.data())
@settings(max_examples=150)
def test_broken_files_raise_only_media_errors(sounds: Path, data: st.DataObject) -> None:
    raw = bytearray((sounds / "chapters.m4a").read_bytes())
    (moov,) = inside(bytes(raw), b"moov")
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(moov.start, moov.stop - 1))] = data.draw(st.integers(0, 255))
    try:
        sound = mp4_sound.read(bytes(raw))
        mp4_sound_insert.insert(bytes(raw), sound, [b"new"], 1024, [0, min(5, sound.track.count)], 1)
    except MediaError:
        pass
