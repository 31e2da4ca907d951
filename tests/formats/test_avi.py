"""AVI: LIST INFO for strangers' readers, both kinds of index right, no packet touched."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.film_notes import (
    JSON,
    NOTE,
    OLD,
    PICTURES,
    TONE,
    ffmpeg,
    ffprobe_tags,
    labels,
    mediainfo,
    output,
    packets,
    put,
    seeks,
    texts,
)
from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import avi, identify, riff
from overt.formats.avi import CONTAINER
from overt.formats.avi_index import is_list, places
from overt.formats.container import Note

PCM = ["-c:a", "pcm_s16le", "-ar", "8000"]
FILMS = {
    "mpeg4.avi": [*PICTURES, *TONE, "-c:v", "mpeg4", *PCM, "-metadata", "title=标题 T", "-metadata", "comment=c"],
    "mjpeg.avi": [*PICTURES, "-c:v", "mjpeg"],
}
MADE = ("no room.avi", "absolute index.avi", "several forms.avi", "one short index.avi", "info behind.avi")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("avi")
    for name, arguments in FILMS.items():
        ffmpeg(*arguments, folder / name)
    data = (folder / "mpeg4.avi").read_bytes()
    bare = _without(data, b"JUNK")
    (folder / "no room.avi").write_bytes(bare)
    (folder / "absolute index.avi").write_bytes(_absolute(bare))
    pictures = _pictures((folder / "mjpeg.avi").read_bytes())
    (folder / "several forms.avi").write_bytes(_several(pictures))
    (folder / "one short index.avi").write_bytes(_several(pictures, parts=1, nested=False))
    info = next(c for c in avi.read(data).chunks if is_list(data, c, b"INFO"))
    moved = bytearray(_without(bare, b"INFO") + data[info.header : info.end])
    moved[4:8] = (len(moved) - 8).to_bytes(4, "little")
    (folder / "info behind.avi").write_bytes(moved)
    return folder


def _without(data: bytes, kind: bytes) -> bytes:
    film = avi.read(data)
    changes = [
        (c.header, c.end, b"")
        for c in film.chunks
        if c.fourcc == kind or (c.fourcc == b"LIST" and is_list(data, c, kind))
    ]
    return avi.spliced(data, film, changes).apply(data)


def _absolute(data: bytes) -> bytes:
    """The index counting from the beginning of the file."""
    film, result = avi.read(data), bytearray(data)
    movie = next(c for c in film.chunks if is_list(data, c, b"movi"))
    index = next(c for c in film.chunks if c.fourcc == b"idx1")
    for at in range(index.start, index.stop, 16):
        offset = int.from_bytes(data[at + 8 : at + 12], "little") + movie.start
        result[at + 8 : at + 12] = offset.to_bytes(4, "little")
    return bytes(result)


def _pictures(data: bytes) -> list[bytes]:
    film = avi.read(data)
    movie = next(c for c in film.chunks if is_list(data, c, b"movi"))
    return [data[c.start : c.stop] for c in riff.walk(data, movie.start + 4, movie.stop) if c.fourcc == b"00dc"]


def _list(kind: bytes, *parts: bytes) -> bytes:
    return riff.chunk(b"LIST", kind + b"".join(parts))


def _several(pictures: list[bytes], parts: int = 2, *, nested: bool = True) -> bytes:
    """An OpenDML file in several RIFF forms, without `idx1`: only the indexes of OpenDML tell where pictures are."""
    form = struct.pack("<IiiHHIIiiII", 40, 96, 64, 1, 24, int.from_bytes(b"MJPG", "little"), 18432, 0, 0, 0, 0)
    count = len(pictures)
    stream = b"vidsMJPG" + struct.pack("<IHHIIIIIIIIhhhh", 0, 0, 0, 0, 1, 10, 0, count, 0, 0, 0, 0, 0, 96, 64)
    main = struct.pack("<14I", 100000, 0, 0, 0x10, count, 0, 1, 0, 96, 64, 0, 0, 0, 0)
    share = -(-count // parts)
    groups = [pictures[i : i + share] for i in range(0, count, share)]

    def forms(supers: bytes, movies: list[bytes]) -> bytes:
        strl = _list(b"strl", riff.chunk(b"strh", stream), riff.chunk(b"strf", form), riff.chunk(b"indx", supers))
        head = _list(
            b"hdrl", riff.chunk(b"avih", main), strl, _list(b"odml", riff.chunk(b"dmlh", struct.pack("<I", count)))
        )
        first = riff.chunk(b"RIFF", b"AVI " + head + movies[0])
        return first + b"".join(riff.chunk(b"RIFF", b"AVIX" + movie) for movie in movies[1:])

    def movie(group: list[bytes], base: int) -> tuple[bytes, int]:
        body, entries = b"", b""
        for picture in group:
            entries += struct.pack("<II", 4 + len(body) + 8, len(picture))
            body += riff.chunk(b"00dc", picture)
        index = struct.pack("<HBBI4sQI", 2, 0, 1, len(group), b"00dc", base, 0) + entries
        return _list(b"movi", body, *([riff.chunk(b"ix00", index)] if nested else [])), 4 + len(body)

    if not nested:
        index = struct.pack("<HBBI4sQI", 2, 0, 1, count, b"00dc", 0, 0)
        at, entries = 0, b""
        for picture in pictures:
            entries += struct.pack("<II", 4 + at + 8, len(picture))
            at += len(riff.chunk(b"00dc", picture))
        whole = movie(pictures, 0)[0]
        trial = forms(index + entries, [whole])
        base = trial.index(b"movi")
        return forms(index[:12] + base.to_bytes(8, "little") + index[20:] + entries, [whole])
    supers = struct.pack("<HBBI4sIII", 4, 0, 0, len(groups), b"00dc", 0, 0, 0)
    trial = forms(supers + bytes(16 * len(groups)), [movie(group, 0)[0] for group in groups])
    bases = []
    at = 0
    for _ in groups:
        at = trial.index(b"movi", at + 1)
        bases.append(at)
    made = [movie(group, base) for group, base in zip(groups, bases, strict=True)]
    entries = b"".join(
        struct.pack("<QII", base + inside, 32 + 8 * len(group), len(group))
        for base, (_, inside), group in zip(bases, made, groups, strict=True)
    )
    return forms(supers + entries, [body for body, _ in made])


@pytest.mark.parametrize("name", [*FILMS, *MADE])
def test_strangers_read_the_note_and_no_packet_changes(films: Path, tmp_path: Path, name: str) -> None:
    before = (films / name).read_bytes()
    assert identify(before, "x").name == "avi"
    after = put(CONTAINER, before)
    path = tmp_path / name
    path.write_bytes(after)
    assert ffprobe_tags(path)["AIGC"] == JSON
    assert mediainfo(path) == JSON
    assert packets(path) == packets(films / name)
    assert seeks(path) == seeks(films / name)
    assert int(output("ffprobe", "-v", "error", "-count_packets", "-select_streams", "v", "-show_entries",
                      "stream=nb_read_packets", "-of", "csv=p=0", path)) == 16  # fmt: skip
    assert texts(CONTAINER, before) == texts(CONTAINER, after)
    assert labels(CONTAINER, after) == [JSON]
    assert put(CONTAINER, after) == put(CONTAINER, memoryview(after)) == after
    _sound(before, after)


def _sound(before: bytes, after: bytes) -> None:
    """Sizes are even and fill their form; places in the file hold what they held."""
    assert len(after) % 2 == 0
    film = avi.read(after)
    assert film.fault is None
    assert all(chunks[-1].end == form.stop for form, chunks in film.forms)
    was = [before[value : value + 4] for _, _, value in places(before, avi.read(before).forms)]
    assert was == [after[value : value + 4] for _, _, value in places(after, film.forms)]


def test_free_space_takes_up_the_note(films: Path) -> None:
    before = (films / "mpeg4.avi").read_bytes()
    after = put(CONTAINER, before)
    assert len(after) == len(before)
    movie = before.index(b"movi")
    assert after[movie:] == before[movie:]


@pytest.mark.parametrize("room", [0, 2, 4, 6, 8, 10, 248, 250, 252, 254, 256, 258, 260, 262, 264, 266, 268])
def test_every_amount_of_free_space(films: Path, room: int) -> None:
    data = (films / "absolute index.avi").read_bytes()
    film = avi.read(data)
    at = next(c for c in film.chunks if is_list(data, c, b"movi")).header
    before = avi.spliced(data, film, [(at, at, riff.chunk(b"JUNK", bytes(room)))]).apply(data)
    after = put(CONTAINER, before)
    assert labels(CONTAINER, after) == [JSON]
    assert put(CONTAINER, after) == after
    _sound(before, after)


def _with(films: Path, *chunks: bytes, behind: bool = False) -> bytes:
    data = _without((films / "no room.avi").read_bytes(), b"INFO")
    film = avi.read(data)
    movie = next(c for c in film.chunks if is_list(data, c, b"movi"))
    at = film.chunks[-1].end if behind else movie.header
    return (
        avi.spliced(data, film, [(at, at, b"".join(chunks))]).apply(data)
        if not behind
        else _longer(data, b"".join(chunks))
    )


def _longer(data: bytes, more: bytes) -> bytes:
    return data[:4] + (len(data) + len(more) - 8).to_bytes(4, "little") + data[8:] + more


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:TC260="{NOTE.namespace}" xmlns:dc="d"><TC260:AIGC>{OLD}</TC260:AIGC>'
    "<dc:a>b</dc:a></rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()
AIGC = riff.chunk(b"AIGC", OLD.encode() + b"\0")
TITLE = riff.chunk(b"INAM", "标题".encode("gb18030") + b"\0")
SHAPES = {
    "in INFO": [_list(b"INFO", TITLE, AIGC)],
    "twice": [_list(b"INFO", AIGC, AIGC)],
    "in two lists": [_list(b"INFO", AIGC), _list(b"INFO", TITLE, AIGC)],
    "a chunk of its own": [AIGC],
    "without a zero": [_list(b"INFO", riff.chunk(b"AIGC", OLD.encode()))],
    "in another chunk": [_list(b"INFO", riff.chunk(b"ICMT", OLD.encode() + b"\0"))],
    "XMP": [riff.chunk(b"_PMX", XMP)],
}


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_exactly_one_label_remains(films: Path, shape: str, behind: bool) -> None:
    before = _with(films, *SHAPES[shape], behind=behind)
    assert set(labels(CONTAINER, before)) == {OLD}
    after = put(CONTAINER, before)
    assert labels(CONTAINER, after) == [JSON]
    assert texts(CONTAINER, before) == texts(CONTAINER, after)
    assert put(CONTAINER, after) == after
    _sound(before, after)


def test_texts_of_chinese_windows_are_read_and_kept(films: Path) -> None:
    data = _with(films, _list(b"INFO", TITLE))
    (field,) = [field for field in CONTAINER.survey(data).fields if field.key == "INAM"]
    assert (field.text, field.defects) == ("标题", ("riff-not-utf-8",))
    assert TITLE in put(CONTAINER, data)


def test_broken_files_are_refused(films: Path) -> None:
    data = (films / "mpeg4.avi").read_bytes()
    hostile = bytearray((films / "several forms.avi").read_bytes())
    index = hostile.index(b"indx") + 8 + 24
    hostile[index : index + 8] = (1 << 40).to_bytes(8, "little")
    cases: dict[str, tuple[bytes, type[MediaError]]] = {
        "empty": (b"", TruncatedError),
        "a WAV": (b"RIFF\x04\0\0\0WAVE", FormatError),
        "no film": (b"RIFF\x04\0\0\0AVI ", FormatError),
        "cut": (data[:-50], TruncatedError),
        "a chunk of 4 GB": (_with(films, b"JUNK\xff\xff\xff\xff"), TruncatedError),
        "an entry beyond its list": (_with(films, _list(b"INFO", b"INAM\xff\0\0\0")), MediaError),
        "an index beyond the file": (bytes(hostile), FormatError),
    }
    for reason, (content, error) in cases.items():
        with pytest.raises(error):
            put(CONTAINER, content)
        if reason in ("cut", "a chunk of 4 GB", "an entry beyond its list"):
            assert CONTAINER.survey(content).faults, reason


def test_a_key_that_is_no_chunk_code_is_refused(films: Path) -> None:
    with pytest.raises(UnsupportedError, match="four characters"):
        put(CONTAINER, (films / "mjpeg.avi").read_bytes(), Note("LABEL", "x", NOTE.namespace, NOTE.prefix))


def test_truncation_at_every_boundary(films: Path) -> None:
    data = put(CONTAINER, (films / "several forms.avi").read_bytes())
    film = avi.read(data)
    cuts = set(range(12))
    for form, chunks in film.forms:
        cuts |= {form.header + 4, form.header + 8, form.start} | {
            edge for c in chunks for edge in (c.header + 4, c.start, c.stop - 1)
        }
    for cut in cuts:
        with pytest.raises(MediaError):
            put(CONTAINER, data[:cut])
        with suppress(MediaError):
            assert CONTAINER.survey(data[:cut]).faults, cut


@given(st.text(min_size=1, max_size=300).filter(lambda text: "\0" not in text))
@settings(max_examples=60)
def test_any_text_survives(films: Path, text: str) -> None:
    if text != text.encode("utf-8", "replace").decode():
        return
    after = put(
        CONTAINER, (films / "one short index.avi").read_bytes(), Note("AIGC", text, NOTE.namespace, NOTE.prefix)
    )
    assert text in [field.text for field in CONTAINER.survey(after).fields if field.key == "AIGC"]


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=150)
def test_arbitrary_bytes(noise: bytes, framed: bool) -> None:
    data = b"RIFF" + (4 + len(noise)).to_bytes(4, "little") + b"AVI " + noise if framed else noise
    for action in (CONTAINER.survey, lambda data: put(CONTAINER, data)):
        with suppress(MediaError):
            action(data)


@given(st.data())
@settings(max_examples=120)
def test_mutated_files(films: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(("several forms.avi", "absolute index.avi")))
    content = bytearray((films / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 600) | st.integers(0, len(content) - 1))
        content[min(at, len(content) - 1)] = data.draw(st.integers(0, 255))
    for action in (CONTAINER.survey, lambda data: put(CONTAINER, data)):
        with suppress(MediaError):
            action(bytes(content))
