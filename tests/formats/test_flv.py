"""FLV: the script data for strangers' readers, places that follow, no packet touched."""

from __future__ import annotations

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
from overt.formats import amf, flv, identify
from overt.formats.container import Note
from overt.formats.flv import CONTAINER

SORENSON = ["-c:v", "flv", "-g", "5", "-c:a", "libmp3lame", "-ar", "22050"]
FILMS = {
    "plain.flv": [*PICTURES, *TONE, *H264],
    "index.flv": [*PICTURES, *TONE, *SORENSON, "-flvflags", "add_keyframe_index"],
    "no metadata.flv": [*PICTURES, *TONE, *SORENSON, "-flvflags", "no_metadata"],
    "older label.flv": [*PICTURES, *H264, "-metadata", f"AIGC={OLD}", "-metadata", "title=T"],
    "sound alone.flv": [*TONE, "-c:a", "aac"],
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flv")
    for name, arguments in FILMS.items():
        ffmpeg(*arguments, folder / name)
    return folder


@pytest.mark.parametrize("name", FILMS)
def test_strangers_read_the_note_and_no_packet_changes(films: Path, tmp_path: Path, name: str) -> None:
    before = (films / name).read_bytes()
    assert identify(before, "x").name == "flv"
    after = put(CONTAINER, before)
    path = tmp_path / name
    path.write_bytes(after)
    assert ffprobe_tags(path)["AIGC"] == JSON
    assert mediainfo(path) == JSON
    assert exiftool(path)["AIGC"] == JSON
    assert packets(path) == packets(films / name)
    if "sound" not in name:
        assert seeks(path) == seeks(films / name)
    assert texts(CONTAINER, before) == texts(CONTAINER, after)
    assert labels(CONTAINER, after) == [JSON]
    assert put(CONTAINER, after) == put(CONTAINER, memoryview(after)) == after
    _walks_backwards(after)


def _walks_backwards(data: bytes) -> None:
    """What is behind each tag repeats its length (E.3)."""
    for tag in flv.tags(data):
        assert int.from_bytes(data[tag.stop : tag.end], "big") == tag.stop - tag.header


def _metadata(data: bytes) -> dict[str, list[float]]:
    tag = next(tag for tag in flv.tags(data) if tag.kind == flv.SCRIPT)
    reader = amf.Reader(data[tag.start : tag.stop])
    assert reader.text(reader.value()) == "onMetaData"
    found = {}
    for member in reader.value().members:
        inner = {each.name: [reader.number(one.value) for one in each.value.members] for each in member.value.members}
        found[member.name] = inner.get("filepositions") or [reader.number(member.value)]
    return found  # type: ignore[return-value]


def test_places_in_the_file_follow(films: Path) -> None:
    before = (films / "index.flv").read_bytes()
    after = put(CONTAINER, before)
    keys = [t.header for t in flv.tags(after) if t.kind == flv.VIDEO and after[t.start] >> 4 == 1]
    told = _metadata(after)
    assert [int(at) for at in told["keyframes"]] == keys
    assert told["filesize"] == [len(after)]
    # ffmpeg counts this one from before it put the index in.
    assert told["lastkeyframelocation"][0] - _metadata(before)["lastkeyframelocation"][0] == len(after) - len(before)
    assert put(CONTAINER, after) == after


def _script(body: bytes, kind: bytes = b"\x12") -> bytes:
    return kind + len(body).to_bytes(3, "big") + bytes(7) + body + (11 + len(body)).to_bytes(4, "big")


def _object(*members: tuple[str, bytes], closed: bool = True) -> bytes:
    return b"\x03" + b"".join(amf.name(name) + value for name, value in members) + (b"\0\0\x09" if closed else b"")


def _array(count: int, *members: tuple[str, bytes]) -> bytes:
    return b"\x08" + count.to_bytes(4, "big") + _object(*members)[1:]


def _film(*scripts: bytes) -> bytes:
    return b"FLV\x01\x01\0\0\0\x09\0\0\0\0" + b"".join(scripts) + _script(b"\x12\0\0", b"\x09")


META = amf.string("onMetaData")
LONG = b"\x0c" + len(OLD).to_bytes(4, "big") + OLD.encode()
DATE = b"\x0b" + bytes(10)
STRICT = b"\x0a\0\0\0\x02" + amf.string("a") + b"\x00" + bytes(8)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:TC260="{NOTE.namespace}" xmlns:dc="d"><TC260:AIGC>{OLD}</TC260:AIGC>'
    "<dc:a>b</dc:a></rdf:Description></rdf:RDF></x:xmpmeta>"
)
SHAPES = {
    "an object": [META + _object(("width", b"\0" + bytes(8)), ("AIGC", amf.string(OLD)), ("z", amf.string("z")))],
    "an object that nothing closes": [META + _object(("AIGC", amf.string(OLD)), closed=False)],
    "an array with every kind": [
        META + _array(6, ("d", DATE), ("s", STRICT), ("n", b"\x05"), ("u", b"\x06"), ("b", b"\x01\x01"), ("AIGC", LONG))
    ],
    "a count that is a guess": [META + _array(99, ("AIGC", LONG), ("t", amf.string("t")))],
    "twice": [META + _array(2, ("AIGC", LONG), ("AIGC", LONG))],
    "twice, in two tags": [META + _array(1, ("AIGC", LONG)), META + _array(1, ("AIGC", LONG))],
    "inside another object": [META + _array(2, ("x", _object(("AIGC", amf.string(OLD)))), ("t", amf.string("t")))],
    "as an encoder tells a server": [amf.string("@setDataFrame") + META + _array(1, ("AIGC", LONG))],
    "zeros behind": [META + _array(1, ("AIGC", LONG)) + bytes(20)],
    "XMP": [amf.string("onXMPData") + _array(1, ("liveXML", amf.string(XMP)))],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_exactly_one_label_remains(shape: str) -> None:
    before = _film(*map(_script, SHAPES[shape]))
    assert set(labels(CONTAINER, before)) == {OLD}
    after = put(CONTAINER, before)
    assert labels(CONTAINER, after) == [JSON]
    assert texts(CONTAINER, before) == texts(CONTAINER, after)
    assert put(CONTAINER, after) == after
    _walks_backwards(after)


def test_a_count_stays_right(films: Path) -> None:
    for name in FILMS:
        after = put(CONTAINER, (films / name).read_bytes())
        tag = next(tag for tag in flv.tags(after) if tag.kind == flv.SCRIPT)
        reader = amf.Reader(after[tag.start : tag.stop])
        reader.value()
        value = reader.value()
        assert int.from_bytes(reader.data[value.start + 1 : value.start + 5], "big") == len(value.members)


BROKEN = {
    "empty": (b"", TruncatedError),
    "no FLV": (b"FLW\x01\x01\0\0\0\x09" + bytes(4), FormatError),
    "a header of no length": (b"FLV\x01\x01\0\0\0\x03" + bytes(4), FormatError),
    "a tag beyond the end": (_film()[:-10], TruncatedError),
    "a string beyond the end": (_film(_script(META + _array(1, ("AIGC", b"\x02\xff\xff")))), TruncatedError),
    "a value of unknown kind": (_film(_script(META + _array(1, ("x", b"\x55")))), FormatError),
    "objects inside objects": (_film(_script(META + b"\x03\0\x01a" * 100)), BudgetError),
    "an array of 4 billion": (_film(_script(META + _array(1, ("x", b"\x0a\xff\xff\xff\xff")))), MediaError),
    "a tag too long": (_film(_script(META + _array(1, ("x", b"\x0c\0\xff\xff\x40" + bytes(0xFFFF40))))), MediaError),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_files_are_refused(reason: str) -> None:
    data, error = BROKEN[reason]
    with pytest.raises(error):
        put(CONTAINER, data)
    with suppress(MediaError):
        assert CONTAINER.survey(data).faults or reason == "a tag too long"


def test_what_does_not_fit_is_refused(films: Path) -> None:
    big = Note("AIGC", "x" * (1 << 24), NOTE.namespace, NOTE.prefix)
    with pytest.raises(UnsupportedError, match="does not fit"):
        put(CONTAINER, (films / "plain.flv").read_bytes(), big)


def test_truncation_at_every_boundary(films: Path) -> None:
    data = put(CONTAINER, (films / "index.flv").read_bytes())
    script = next(tag for tag in flv.tags(data) if tag.kind == flv.SCRIPT)
    whole = {tag.stop for tag in flv.tags(data)} | {tag.end for tag in flv.tags(data)} | {13}
    cuts = {*range(20), *range(script.header, script.end)} | {t.start for t in flv.tags(data)}
    for cut in cuts - whole - {t.stop + i for t in flv.tags(data) for i in range(4)}:
        with pytest.raises(MediaError):
            put(CONTAINER, data[:cut])
        with suppress(MediaError):
            assert CONTAINER.survey(data[:cut]).faults, cut


@given(st.text(min_size=1, max_size=300).filter(lambda text: text.isprintable()))
@settings(max_examples=60)
def test_any_text_survives(text: str) -> None:
    after = put(CONTAINER, _film(), Note("AIGC", text, NOTE.namespace, NOTE.prefix))
    assert [field.text for field in CONTAINER.survey(after).fields] == [text]


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=200)
def test_arbitrary_bytes(noise: bytes, framed: bool) -> None:
    data = _film(_script(META + noise)) if framed else noise
    for action in (CONTAINER.survey, lambda data: put(CONTAINER, data)):
        with suppress(MediaError):
            action(data)


@given(st.data())
@settings(max_examples=150)
def test_mutated_files(films: Path, data: st.DataObject) -> None:
    content = bytearray((films / data.draw(st.sampled_from(("index.flv", "older label.flv")))).read_bytes()[:5000])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 700))
        content[at] = data.draw(st.integers(0, 255))
    for action in (CONTAINER.survey, lambda data: put(CONTAINER, data)):
        with suppress(MediaError):
            action(bytes(content))


def test_later_texts_of_a_live_recording_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flv, "LOOKED_AT", 1)
    data = _film(_script(META + _array(1, ("t", amf.string("t")))), _script(META + _array(1, ("AIGC", LONG))))
    assert [f.text for f in CONTAINER.survey(data).fields if superseded(f)] == []
