"""Matroska and WebM: tags for strangers' readers, indexes and checksums that stay right, no packet touched."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.film_notes import (
    H264,
    JSON,
    NOTE,
    OLD,
    PICTURES,
    TONE,
    exiftool,
    ffmpeg,
    ffprobe_tags,
    labels,
    mediainfo,
    packets,
    put,
    seeks,
    superseded,
    texts,
)
from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import ebml, identify, matroska
from overt.formats import matroska_segment as layout
from overt.formats.container import Note
from overt.formats.matroska_segment import Slot

MKV, WEBM = matroska.CONTAINERS
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "5", "-c:a", "libopus"]

FILMS = {
    "everything.mkv": [*PICTURES, *TONE, "-i", "SUB", "-i", "META", "-map", "0", "-map", "1", "-map", "2",
                       "-map_metadata", "3", "-map_chapters", "3", *H264, "-c:s", "srt", "-attach", "SUB",
                       "-metadata:s:t", "mimetype=text/plain"],
    "plain.webm": [*PICTURES, *TONE, *VP8],
    "live.webm": [*PICTURES, *TONE, *VP8, "-live", "1"],
    "index first.mkv": [*PICTURES, *TONE, *H264, "-reserve_index_space", "1000", "-cluster_time_limit", "400"],
    "no checksums.mkv": [*PICTURES, *H264, "-write_crc32", "0", "-cluster_time_limit", "400"],
    "older label.mkv": [*PICTURES, *H264, "-metadata", f"AIGC={OLD}", "-metadata", "title=T"],
    "sound.mka": [*TONE, "-c:a", "flac", "-f", "matroska"],
}  # fmt: skip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matroska")
    subtitles, meta = folder / "s.srt", folder / "m.txt"
    subtitles.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    meta.write_text(";FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=First\n")
    paths = {"SUB": subtitles, "META": meta}
    for name, arguments in FILMS.items():
        ffmpeg(*(paths.get(part, part) for part in arguments), folder / name)
    for name, data in _made((folder / "index first.mkv").read_bytes()):
        (folder / name).write_bytes(data)
    return folder


MADE = ("tags behind.mkv", "tags behind, unknown.mkv", "room at the head.mkv", "clusters that know.mkv", "no seek.mkv")


def _made(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Layouts of other writers, from a file of ffmpeg's."""
    segment = matroska.only_segment(data)

    def file(slots: list[Slot]) -> bytes:
        return layout.assembled(data, segment, slots, {}).apply(data)

    rest = [Slot(part) for part in segment.parts if part.id != layout.TAGS]
    tags = [Slot(part) for part in segment.of(layout.TAGS)]
    yield "tags behind.mkv", file([*rest, *tags])
    bare = [Slot(part) for part in segment.parts if part.id not in (layout.TAGS, layout.SEEK_HEAD)]
    yield "tags behind, unknown.mkv", file([*bare, *tags])
    room = ebml.void(600)
    yield "room at the head.mkv", file([rest[0], Slot(None, lambda _: room), *rest[1:]])
    knowing = []
    for slot in [*rest[:3], *tags, *rest[3:]]:
        part = slot.old
        if part is not None and part.id == layout.CLUSTER:
            own = ebml.build_number(layout.POSITION, segment.position(part) + 1, 2)
            inside = [bytes(data[each.header : each.stop]) for each in ebml.children(data, part)]
            body = [own if each.startswith(b"\xbf") else each for each in inside]
            made = ebml.build(layout.CLUSTER, ebml.crc(b"".join(body)), *body)
            knowing.append(Slot(part, pieces=[made]))
        else:
            knowing.append(slot)
    once = file(knowing)
    yield "clusters that know.mkv", _knowing(once)
    yield "no seek.mkv", file(bare)


def _knowing(data: bytes) -> bytes:
    """Each cluster's position as it is."""
    segment = matroska.only_segment(data)
    result = bytearray(data)
    for part in segment.of(layout.CLUSTER):
        inside = ebml.children(data, part)
        own = next(each for each in inside if each.id == layout.POSITION)
        result[own.start : own.stop] = segment.position(part).to_bytes(2, "big")
        check = inside[0]
        result[check.start : check.stop] = zlib.crc32(result[check.stop : part.stop]).to_bytes(4, "little")
    return bytes(result)


def container(name: str) -> matroska.Matroska:
    return WEBM if name.endswith("webm") else MKV


@pytest.mark.parametrize("name", [*FILMS, *MADE])
def test_strangers_read_the_note_and_no_packet_changes(films: Path, tmp_path: Path, name: str) -> None:
    before = (films / name).read_bytes()
    assert identify(before, "x").name == container(name).name
    after = put(container(name), before)
    path = tmp_path / name
    path.write_bytes(after)
    assert ffprobe_tags(path)["AIGC"] == JSON
    assert mediainfo(path) == JSON
    assert exiftool(path)["Aigc"] == JSON
    assert packets(path) == packets(films / name)
    if not name.endswith("mka"):
        assert seeks(path) == seeks(films / name)
    assert texts(container(name), before) == texts(container(name), after)
    assert labels(container(name), after) == [JSON]
    assert put(container(name), after) == put(container(name), memoryview(after)) == after
    _sound(after)


def _sound(data: bytes) -> None:
    """Indexes point at what they name, checksums are right, clusters know where they are."""
    segment = matroska.only_segment(data)
    kinds = {segment.position(part): part.id for part in segment.parts}
    for part in (part for part in segment.parts if part.id != ebml.VOID):
        inside = ebml.children(data, part)
        if ebml.is_checked(inside):
            assert inside[0].id == ebml.CRC_32
            told = int.from_bytes(data[inside[0].start : inside[0].stop], "little")
            assert told == zlib.crc32(data[inside[0].stop : part.stop]), f"{part.id:X}"
        if part.id == layout.SEEK_HEAD:
            for entry in inside:
                kind, position = layout._seek(data, entry)
                assert not kind or kinds[position] == kind
        if part.id == layout.CLUSTER:
            for each in inside:
                assert each.id != layout.POSITION or ebml.number(data, each) == segment.position(part)
        if part.id == layout.CUES:
            for place in (e for point in inside if point.id == 0xBB for e in ebml.children(data, point)):
                for each in ebml.children(data, place) if place.id == 0xB7 else ():
                    assert each.id != 0xF1 or kinds[ebml.number(data, each)] == layout.CLUSTER


def test_free_space_at_the_head_takes_up_the_note(films: Path) -> None:
    for name in ("room at the head.mkv", "index first.mkv"):
        before = (films / name).read_bytes()
        after = put(MKV, before)
        assert len(after) == len(before)
        first = matroska.only_segment(before).of(layout.CLUSTER)[0].header
        assert after[first:] == before[first:]


@pytest.mark.parametrize("room", [*range(2, 6), *range(240, 264), 300])
def test_every_amount_of_free_space(films: Path, room: int) -> None:
    """Also one that would leave a single byte, for which there is no Void."""
    data = (films / "no seek.mkv").read_bytes()
    segment = matroska.only_segment(data)
    slots = [Slot(part) for part in segment.parts if part.id != ebml.VOID]
    slots.insert(2, Slot(None, lambda _: ebml.void(room)))
    before = layout.assembled(data, segment, slots, {}).apply(data)
    after = put(MKV, before)
    assert labels(MKV, after) == [JSON]
    assert put(MKV, after) == after
    _sound(after)


def _tags(*tags: bytes) -> bytes:
    return ebml.build(layout.TAGS, *tags)


def _tag(*simple: bytes, targets: bytes = b"") -> bytes:
    return ebml.build(0x7373, ebml.build(0x63C0, targets), *simple)


def _simple(name: str, text: str | None, *nested: bytes) -> bytes:
    value = ebml.build(0x4485, b"\xff\x00") if text is None else ebml.build(0x4487, text.encode())
    return ebml.build(0x67C8, ebml.build(0x45A3, name.encode()), value, *nested)


def _with(films: Path, *parts: bytes) -> bytes:
    data = (films / "no seek.mkv").read_bytes()
    segment = matroska.only_segment(data)
    slots = [Slot(part) for part in segment.parts]
    for part in parts:
        slots.insert(3, Slot(None, lambda _, part=part: part))  # type: ignore[misc]
    return layout.assembled(data, segment, slots, {}).apply(data)


TRACK_ONE = ebml.build_number(0x63C5, 1)
OLDER = {
    "bare": [_tags(_tag(_simple("AIGC", OLD)))],
    "twice in one tag": [_tags(_tag(_simple("AIGC", OLD), _simple("AIGC", OLD), _simple("ARTIST", "A")))],
    "in two lists": [_tags(_tag(_simple("AIGC", OLD))), _tags(_tag(_simple("AIGC", OLD)), _tag(_simple("X", "x")))],
    "nested": [_tags(_tag(_simple("COMMENT", "c", _simple("AIGC", OLD, _simple("deep", "d")))))],
    "of a track": [_tags(_tag(_simple("AIGC", OLD), targets=TRACK_ONE))],
    "another name": [_tags(_tag(_simple("COMMENT", OLD)))],
    "in the title": [
        ebml.build(layout.INFO, ebml.build_number(0x2AD7B1, 1000000, 3), ebml.build(0x7BA9, OLD.encode()))
    ],
    "with zeros": [_tags(_tag(_simple("AIGC", OLD + "\0\0")))],
}


@pytest.mark.parametrize("where", OLDER)
def test_exactly_one_label_remains(films: Path, where: str) -> None:
    before = _with(films, *OLDER[where])
    assert set(labels(MKV, before)) == {OLD}
    after = put(MKV, before)
    assert labels(MKV, after) == [JSON]
    assert texts(MKV, before) - {("Segment/Tags", "deep", "d")} <= texts(MKV, after)
    assert put(MKV, after) == after
    _sound(after)


def test_tags_of_bytes_and_of_tracks_stay(films: Path) -> None:
    kept = _tag(_simple("BLOB", None), _simple("LYRICS", "la"), targets=TRACK_ONE)
    after = put(MKV, _with(films, _tags(kept)))
    assert kept in after
    assert labels(MKV, after) == [JSON]


def test_live_recordings_are_read_and_marked_as_they_are(films: Path) -> None:
    before = (films / "live.webm").read_bytes()
    segment = matroska.only_segment(before)
    assert not segment.element.sized
    after = put(WEBM, before)
    assert not matroska.only_segment(after).element.sized
    # Clusters of unknown size as well, as browsers record.
    open_ended = before
    for part in reversed(segment.of(layout.CLUSTER)):
        width = part.width
        unknown = ((1 << 8 * width) - 1 >> (width - 1)).to_bytes(width, "big")
        open_ended = open_ended[: part.header + 4] + unknown + open_ended[part.start :]
    marked = put(WEBM, open_ended)
    assert labels(WEBM, marked) == [JSON]
    assert put(WEBM, marked) == marked


def test_a_segment_header_that_is_too_narrow_grows(films: Path) -> None:
    data = (films / "no seek.mkv").read_bytes()
    element = matroska.only_segment(data).element
    body = data[element.start : element.stop]
    body += ebml.void((1 << 21) - 3 - len(body))
    narrow = data[: element.header] + ebml.build(layout.SEGMENT, body, width=3)
    after = put(MKV, narrow)
    assert labels(MKV, after) == [JSON]
    assert put(MKV, after) == after


def test_a_file_beside_the_film_is_not_read(films: Path) -> None:
    """An attachment with a label in it is no label."""
    attached = ebml.build(
        layout.ATTACHMENTS, ebml.build(0x61A7, ebml.build(0x466E, b"a"), ebml.build(0x465C, OLD.encode()))
    )
    data = _with(films, attached)
    assert labels(MKV, data) == []
    assert attached in put(MKV, data)


def test_names_of_attachments_are_never_dropped(films: Path) -> None:
    data = _with(films, ebml.build(layout.ATTACHMENTS, ebml.build(0x61A7, ebml.build(0x466E, OLD.encode()))))
    with pytest.raises(UnsupportedError, match="attached"):
        put(MKV, data)


def _broken(films: Path) -> dict[str, tuple[bytes, type[MediaError]]]:
    data = (films / "index first.mkv").read_bytes()
    live = (films / "live.webm").read_bytes()
    head = ebml.build(ebml.HEADER, ebml.build_number(ebml.MAX_ID_LENGTH, 5))
    nested = _simple("x", "y")
    for _ in range(40):
        nested = _simple("x", "y", nested)
    return {
        "cut in the film": (data[:-100], TruncatedError),
        "cut in a live block": (live[:-10], TruncatedError),
        "no segment": (data[: matroska.only_segment(data).element.header], FormatError),
        "two segments": (data + data, UnsupportedError),
        "longer ids": (head + data[40:], UnsupportedError),
        "a tag larger than its list": (_with(films, _tags(b"\x73\x73\x10\x00\xff\xff")), FormatError),
        "tags inside tags": (_with(films, _tags(_tag(nested))), FormatError),
        "tags of 4 GB": (data[:40] + layout.TAGS.to_bytes(4, "big") + b"\x08\xff\xff\xff\xff", FormatError),
    }


def test_broken_files_are_refused_and_what_was_found_counts(films: Path) -> None:
    for reason, (data, error) in _broken(films).items():
        with pytest.raises(error):
            put(MKV, data)
        with suppress(MediaError):
            survey = MKV.survey(data)
            assert survey.faults or reason == "two segments", reason


def test_the_label_before_the_cut_is_found(films: Path) -> None:
    data = put(MKV, (films / "index first.mkv").read_bytes())
    survey = MKV.survey(data[:-1000])
    assert [field.text for field in survey.fields if superseded(field)] == [JSON]
    assert survey.faults


def test_truncation_at_every_boundary(films: Path) -> None:
    data = put(MKV, (films / "everything.mkv").read_bytes())
    segment = matroska.only_segment(data)
    cuts = {0, 1, 4, 5, *range(segment.element.header, segment.element.start + 12)}
    for part in segment.parts:
        cuts |= {part.header, part.header + 2, part.start, part.start + 1, part.stop - 1}
        if part.id not in (layout.CLUSTER, ebml.VOID):
            cuts |= {edge for each in ebml.children(data, part) for edge in (each.header, each.start, each.stop - 1)}
    for cut in sorted(cuts - {len(data)}):
        with pytest.raises(MediaError):
            put(MKV, data[:cut])
        with suppress(MediaError):
            assert MKV.survey(data[:cut]).faults, cut


def test_hostile_sizes_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    head = ebml.build(ebml.HEADER, ebml.build(ebml.DOC_TYPE, b"matroska"))
    many = head + ebml.build(layout.SEGMENT, *[b"\xec\x80"] * 3000)
    monkeypatch.setattr(ebml, "MAX_ELEMENTS", 1000)
    assert MKV.survey(many).faults
    with pytest.raises(BudgetError):
        put(MKV, many)
    cluster = layout.CLUSTER.to_bytes(4, "big") + b"\x01" + b"\xff" * 7
    endless = head + layout.SEGMENT.to_bytes(4, "big") + b"\x01" + b"\xff" * 7 + cluster + b"\xa3\x80" * 5000
    monkeypatch.setattr(layout, "MAX_BLOCKS", 1000)
    assert MKV.survey(endless).faults


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300))
@settings(max_examples=60)
def test_any_text_survives(text: str) -> None:
    data = ebml.build(ebml.HEADER, ebml.build(ebml.DOC_TYPE, b"webm")) + ebml.build(
        layout.SEGMENT, ebml.build(layout.INFO)
    )
    after = put(WEBM, data, Note("AIGC", text, NOTE.namespace, NOTE.prefix))
    assert [field.text for field in WEBM.survey(after).fields] == [text]


@given(st.binary(max_size=400), st.booleans())
@settings(max_examples=150)
def test_arbitrary_bytes(noise: bytes, framed: bool) -> None:
    data = ebml.build(ebml.HEADER) + ebml.build(layout.SEGMENT, noise) if framed else noise
    for action in (MKV.survey, lambda data: put(MKV, data)):
        with suppress(MediaError):
            action(data)


@given(st.data())
@settings(max_examples=120)
def test_mutated_files(films: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(("everything.mkv", "live.webm", "tags behind.mkv")))
    content = bytearray((films / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 1500) | st.integers(0, len(content) - 1))
        content[min(at, len(content) - 1)] = data.draw(st.integers(0, 255))
    for action in (MKV.survey, lambda data: put(MKV, data)):
        with suppress(MediaError):
            action(bytes(content))
