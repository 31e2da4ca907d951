"""Films: written for strangers' readers, read in every variant, with no sample touched."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import mp4
from overt.formats.bmff import Box, Edits, build, children, first, walk
from overt.formats.container import Field, Note
from overt.formats.mp4 import CONTAINER
from overt.formats.mp4_tracks import XMP_UUID
from overt.formats.splice import Buffer

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000000000","PropagateID":"x","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002").replace('"1"', '"2"')
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")


def superseded(field: Field) -> bool:
    return "AIGC" in field.key or field.text.startswith('{"Label"')


def put(data: Buffer) -> bytes:
    return CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: Buffer) -> list[tuple[str, str]]:
    survey = CONTAINER.survey(data)
    assert survey.faults == ()
    return [(field.place, field.text) for field in survey.fields if superseded(field)]


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def packets(path: Path) -> str:
    return output("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-")


FILMS: dict[str, tuple[str, ...]] = {
    "moov-behind-mdat.mp4": (),
    "moov-before-mdat.mp4": ("-movflags", "+faststart"),
    "free-space-behind-moov.mp4": ("-moov_size", "20000"),
    "fragments.mp4": ("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "fragments-absolute-base.mp4": ("-movflags", "frag_keyframe"),
    "fragments-index.mp4": ("-movflags", "dash", "-frag_duration", "300000"),
    "itunes-tags.mp4": ("-movflags", "+faststart", "-metadata", "title=T", "-metadata", "comment=C"),
    "own-keys.mp4": ("-movflags", "+faststart+use_metadata_tags", "-metadata", "title=T"),
    "older-label.mp4": ("-movflags", "+faststart+use_metadata_tags", "-metadata", f"AIGC={OLD}", "-metadata", "z=Z"),
    "quicktime.mov": ("-metadata", "title=T"),
    "quicktime-keys.mov": ("-movflags", "+faststart+use_metadata_tags", "-metadata", "title=T"),
    "video.m4v": ("-movflags", "+faststart"),
    "sound.m4a": ("-vn", "-movflags", "+faststart", "-metadata", "title=T"),
}


@pytest.fixture(scope="module")
def films(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    source = folder / "source.mp4"
    output(
        "ffmpeg", "-v", "error", "-i", media / "video" / "mdn_flower.mp4", "-t", "1.2",
        "-vf", "scale=96:-2", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "aac", source,
    )  # fmt: skip
    for name, options in FILMS.items():
        output("ffmpeg", "-v", "error", "-i", source, "-c", "copy", *options, folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
def test_strangers_read_the_note_and_no_packet_changes(films: Path, tmp_path: Path, name: str) -> None:
    before = (films / name).read_bytes()
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
    tags = json.loads(probe.stdout)["format"]["tags"]
    assert tags["AIGC"] == JSON
    assert packets(path) == packets(films / name)
    kept = {field for field in CONTAINER.survey(before).fields if not superseded(field)}
    assert {(f.place, f.key, f.text) for f in kept} <= {
        (f.place, f.key, f.text) for f in CONTAINER.survey(after).fields
    }
    assert labels(after) == [("moov/udta/meta/keys", JSON)]
    assert put(after) == put(memoryview(after)) == after


@pytest.mark.slow
def test_exiftool_and_mediainfo_read_the_note(films: Path, tmp_path: Path) -> None:
    paths = []
    for name in FILMS:
        path = tmp_path / name
        path.write_bytes(put((films / name).read_bytes()))
        paths.append(path)
    told = json.loads(output("exiftool", "-j", "-G1", "-a", "-AIGC", *paths))
    assert {Path(item["SourceFile"]).name: item["Keys:AIGC"] for item in told} == dict.fromkeys(FILMS, JSON)
    told = json.loads(output("mediainfo", "--Output=JSON", *paths))
    assert [item["media"]["track"][0]["extra"]["AIGC"] for item in told] == [JSON] * len(FILMS)


def test_the_sound_decodes_to_the_same(films: Path, tmp_path: Path) -> None:
    name = "moov-before-mdat.mp4"
    (tmp_path / name).write_bytes(put((films / name).read_bytes()))
    hashes = {output("ffmpeg", "-v", "error", "-i", folder / name, "-f", "hash", "-") for folder in (films, tmp_path)}
    assert len(hashes) == 1


def test_free_space_behind_the_movie_keeps_everything_in_place(films: Path) -> None:
    before = (films / "free-space-behind-moov.mp4").read_bytes()
    after = put(before)
    assert len(after) == len(before)
    assert after[30_000:] == before[30_000:]


def test_free_space_that_fits_exactly_disappears(films: Path) -> None:
    before = (films / "moov-before-mdat.mp4").read_bytes()
    growth = len(put(before)) - len(before)
    _, moov = mp4.movie(before)
    data = _inserted(before, moov.stop, build(b"free", bytes(growth - 8)), ())
    after = put(data)
    assert len(after) == len(data)
    assert [box.kind for box in walk(after, 0, len(after))] == [box.kind for box in walk(before, 0, len(before))]


def _inserted(data: bytes, at: int, new: bytes, parents: tuple[Box, ...]) -> bytes:
    edits = Edits()
    edits.replace(at, at, new, parents)
    mp4.relocate(data, list(walk(data, 0, len(data))), edits)
    return edits.splice(data).apply(data)


def _in_udta(data: bytes, new: bytes) -> bytes:
    _, moov = mp4.movie(data)
    udta = first(children(data, moov), b"udta")
    assert udta is not None
    return _inserted(data, udta.stop, new, (moov, udta))


def _in_moov(data: bytes, new: bytes) -> bytes:
    _, moov = mp4.movie(data)
    return _inserted(data, moov.stop, new, (moov,))


def _data(text: str, kind: int = 1) -> bytes:
    return build(b"data", kind.to_bytes(4, "big"), bytes(4), text.encode("utf-16-be" if kind == 2 else "utf-8"))


def _handler(kind: bytes) -> bytes:
    return build(b"hdlr", bytes(8), kind, bytes(13))


def _keys(*names: str) -> bytes:
    entries = [(8 + len(name)).to_bytes(4, "big") + b"mdta" + name.encode() for name in names]
    return build(b"keys", bytes(4), len(names).to_bytes(4, "big"), *entries)


def _xmp(text: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="video/mp4" '
        f'xmlns:TC260="{NOTE.namespace}"><TC260:AIGC>{text}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def _freeform(name: str) -> bytes:
    mean = build(b"mean", bytes(4), b"com.apple.iTunes")
    return build(b"----", mean, build(b"name", bytes(4), name.encode()), _data(OLD))


def _list(*items: tuple[bytes, bytes]) -> bytes:
    return build(b"ilst", *(build(kind, value) for kind, value in items))


def _meta(handler: bytes, *parts: bytes) -> bytes:
    return build(b"meta", bytes(4), _handler(handler), *parts)


_FIRST, _SECOND = b"\0\0\0\x01", b"\0\0\0\x02"
_QUICKTIME_META = build(
    b"meta", _handler(b"mdta"), _keys("a", "AIGC"), _list((_FIRST, _data("A")), (_SECOND, _data(OLD)))
)

VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "moov/meta/keys": lambda d: _in_moov(d, _QUICKTIME_META),
    "moov/meta/keys with nothing else": lambda d: _in_moov(
        d, _meta(b"mdta", _keys("AIGC"), _list((_FIRST, _data(OLD, 2))))
    ),
    "moov/udta/meta/ilst": lambda d: _in_udta(d, _meta(b"mdir", _list((_FIRST, _data(OLD))))),
    "moov/udta/meta/ilst/----:com.apple.iTunes": lambda d: _in_udta(
        d, _meta(b"mdir", build(b"ilst", build(b"\xa9nam", _data("N")), _freeform("AIGC")))
    ),
    "moov/udta": lambda d: _in_udta(d, build(b"AIGC", OLD.encode())),
    "moov/udta with length and language": lambda d: _in_udta(
        d, build(b"AIGC", len(OLD).to_bytes(2, "big"), bytes(2), OLD.encode())
    ),
    "udta XMP_": lambda d: _in_udta(d, build(b"XMP_", _xmp(OLD))),
    "uuid XMP": lambda d: d + build(b"uuid", XMP_UUID, _xmp(OLD)),
    "uuid XMP before the movie": lambda d: _inserted(
        d, next(walk(d, 0, len(d))).stop, build(b"uuid", XMP_UUID, _xmp(OLD)), ()
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_older_variant_is_read_and_replaced(films: Path, tmp_path: Path, variant: str) -> None:
    data = VARIANTS[variant]((films / "itunes-tags.mp4").read_bytes())
    ((place, text),) = labels(data)
    assert variant.startswith(place)
    assert text == OLD
    after = put(data)
    assert labels(after) == [("moov/udta/meta/keys", JSON)]
    assert OLD.encode() not in after
    assert put(after) == after
    path = tmp_path / "film.mp4"
    path.write_bytes(after)
    assert packets(path) == packets(films / "itunes-tags.mp4")


@pytest.mark.slow
def test_all_older_variants_at_once_leave_one_label(films: Path, tmp_path: Path) -> None:
    data = (films / "older-label.mp4").read_bytes()
    for variant in VARIANTS.values():
        data = variant(data)
    assert len(labels(data)) == len(VARIANTS) + 1
    after = put(data)
    assert labels(after) == [("moov/udta/meta/keys", JSON)]
    assert put(after) == after
    assert {(f.key, f.text) for f in CONTAINER.survey(after).fields} >= {("a", "A"), ("©nam", "N"), ("z", "Z")}
    path = tmp_path / "film.mp4"
    path.write_bytes(after)
    assert packets(path) == packets(films / "older-label.mp4")
    shown = output("exiftool", "-a", "-G1", "-s", "-ee", "-u", path)
    assert shown.count('{"Label"') == 1


def test_texts_beside_the_label_are_fields(films: Path) -> None:
    fields = {(f.place, f.key): f.text for f in CONTAINER.survey((films / "itunes-tags.mp4").read_bytes()).fields}
    assert fields["moov/udta/meta/ilst", "©nam"] == "T"
    assert fields["moov/udta/meta/ilst", "©cmt"] == "C"
    fields = {(f.place, f.key): f.text for f in CONTAINER.survey((films / "quicktime.mov").read_bytes()).fields}
    assert fields["moov/udta", "©nam"] == "T"


# Offsets.


def _film(*moov: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    ftyp = build(b"ftyp", b"isom", bytes(4), b"isom")
    return ftyp + before + build(b"moov", build(b"mvhd", bytes(100)), *moov) + after


def _track(*tables: bytes) -> bytes:
    return build(b"trak", build(b"mdia", build(b"minf", build(b"stbl", *tables))))


def _at(data: bytes, marker: bytes) -> int:
    return data.index(marker)


@pytest.mark.parametrize(
    ("kind", "letter", "head"),
    [(b"stco", "I", bytes(4)), (b"co64", "Q", bytes(4)), (b"saio", "I", bytes(4)), (b"saio", "Q", b"\x01\0\0\0")],
    ids=["stco", "co64", "saio", "saio of 64 bits"],
)
def test_offsets_of_samples_follow(kind: bytes, letter: str, head: bytes) -> None:
    def film(offsets: tuple[int, ...]) -> bytes:
        table = build(kind, head, struct.pack(f">I2{letter}", 2, *offsets))
        return _film(_track(table), before=build(b"mdat", b"FIRST"), after=build(b"mdat", b"SECOND"))

    data = film((_at(film((0, 0)), b"FIRST"), _at(film((0, 0)), b"SECOND")))
    after = put(data)
    assert struct.pack(f">2{letter}", _at(after, b"FIRST"), _at(after, b"SECOND")) in after
    assert _at(after, b"SECOND") > _at(data, b"SECOND")


def test_offsets_of_fragments_follow() -> None:
    def fragment(base: int) -> bytes:
        tfhd = build(b"tfhd", b"\0\0\0\x01", (1).to_bytes(4, "big"), base.to_bytes(8, "big"))
        saio = build(b"saio", bytes(4), struct.pack(">II", 1, 5))
        return build(b"moof", build(b"traf", tfhd, saio)) + build(b"mdat", b"SOUND")

    def film(base: int, moof: int) -> bytes:
        entry = struct.pack(">IIBBB", 0, moof, 1, 1, 1)
        tfra = build(b"tfra", bytes(4), struct.pack(">III", 1, 0, 1), entry)
        return _film(after=fragment(base) + build(b"mfra", tfra))

    draft = film(0, 0)
    data = film(_at(draft, b"SOUND"), _at(draft, b"moof") - 4)
    after = put(data)
    assert b"\0\0\0\x01" + _at(after, b"SOUND").to_bytes(8, "big") in after
    assert struct.pack(">IIBBB", 0, _at(after, b"moof") - 4, 1, 1, 1) in after
    assert struct.pack(">II", 1, 5) in after


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_before_the_movie_follows(version: int) -> None:
    letter = "Q" if version else "I"

    def film(distance: int) -> bytes:
        sidx = build(b"sidx", bytes([version, 0, 0, 0]), struct.pack(f">II2{letter}", 7, 1000, 0, distance), bytes(4))
        return _film(before=sidx, after=build(b"moof"))

    draft = film(0)
    end = _at(draft, b"sidx") - 4 + int.from_bytes(draft[_at(draft, b"sidx") - 4 : _at(draft, b"sidx")], "big")
    after = put(film(_at(draft, b"moof") - 4 - end))
    assert struct.pack(f">II2{letter}", 7, 1000, 0, _at(after, b"moof") - 4 - end) in after


@pytest.mark.parametrize("base", ["item", "none"])
def test_items_of_the_file_follow(base: str) -> None:
    def film(offset: int) -> bytes:
        sizes, where = (b"\x44\x00", struct.pack(">HII", 1, offset, 4)) if base == "none" else (
            b"\x04\x40", struct.pack(">IHI", offset, 1, 4))  # fmt: skip
        iloc = build(b"iloc", bytes(4), sizes, struct.pack(">HHH", 1, 9, 0), where)
        return _film(before=build(b"meta", bytes(4), _handler(b"pict"), iloc), after=build(b"mdat", b"ITEM"))

    after = put(film(_at(film(0), b"ITEM")))
    where = _at(after, b"ITEM")
    assert (struct.pack(">HII", 1, where, 4) if base == "none" else struct.pack(">IHI", where, 1, 4)) in after


class Huge:
    """A file of any length that is zeros but for its beginning, and may be read only there."""

    def __init__(self, head: bytes, length: int) -> None:
        self.head, self.length = head, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, key: slice) -> bytes:
        assert key.stop <= len(self.head) or key.start >= self.length, "sample data was read"
        return self.head[key]


def test_32_bit_offsets_that_overflow_become_64_bit_ones() -> None:
    def head(offset: int) -> bytes:
        return _film(
            _track(build(b"stco", bytes(4), struct.pack(">II", 1, offset))),
            _track(build(b"stco", bytes(4), struct.pack(">II", 1, 1000))),
            after=b"\0\0\0\x01mdat" + (1 << 32).to_bytes(8, "big"),
        )

    offset = 0xFFFF_FFF0
    film = Huge(head(offset), len(head(0)) - 16 + (1 << 32))
    assert CONTAINER.survey(film).fields == ()  # type: ignore[arg-type]
    splice = CONTAINER.put(film, NOTE, superseded)  # type: ignore[arg-type]
    growth = len(splice) - len(film)
    new = b"".join(
        piece if isinstance(piece, bytes) else film.head[piece.start : piece.stop] for piece in splice.pieces
    )
    assert build(b"co64", bytes(4), struct.pack(">IQ", 1, offset + growth)) in new
    assert build(b"stco", bytes(4), struct.pack(">II", 1, 1000 + growth)) in new
    after = Huge(new, len(splice))
    assert labels(after) == [("moov/udta/meta/keys", JSON)]  # type: ignore[arg-type]


def test_a_film_of_a_gigabyte_is_not_read() -> None:
    head = build(b"ftyp", b"isom", bytes(4)) + b"\x40\0\0\0mdat"
    moov = build(b"moov", build(b"mvhd", bytes(100)))

    class Behind(Huge):
        def __getitem__(self, key: slice) -> bytes:
            at = len(head) - 8 + 0x40000000
            assert key.stop <= len(head) or key.start >= at, "sample data was read"
            return (head if key.stop <= len(head) else moov)[
                key.start - (0 if key.stop <= len(head) else at) : key.stop - (0 if key.stop <= len(head) else at)
            ]

    film = Behind(head, len(head) - 8 + 0x40000000 + len(moov))
    assert CONTAINER.survey(film).faults == ()  # type: ignore[arg-type]
    splice = CONTAINER.put(film, NOTE, superseded)  # type: ignore[arg-type]
    assert sum(len(piece) for piece in splice.pieces if isinstance(piece, bytes)) < 1000


# Hostile input.


def test_a_compressed_movie_is_refused_with_a_way_out() -> None:
    data = build(b"ftyp", b"qt  ") + build(b"moov", build(b"cmov", bytes(20)))
    assert CONTAINER.survey(data).faults
    with pytest.raises(UnsupportedError) as caught:
        CONTAINER.put(data, NOTE, superseded)
    assert "ffmpeg" in caught.value.diagnostics().en


def test_a_thousand_nested_movies_are_no_answer() -> None:
    data = build(b"mvhd", bytes(100))
    for _ in range(1000):
        data = build(b"moov", data)
    assert CONTAINER.survey(data).faults
    with pytest.raises(FormatError):
        CONTAINER.put(data, NOTE, superseded)


def _in_film(meta: bytes) -> bytes:
    return _film(build(b"udta", meta))


BROKEN = {
    "no movie": build(b"ftyp", b"isom", bytes(4)) + build(b"mdat", b"x"),
    "a movie of 4 GB": build(b"ftyp", b"isom", bytes(4)) + b"\xff\xff\xff\xffmoov" + build(b"mvhd", bytes(100)),
    "two movies": _film() + _film(),
    "a key of 4 GB": _in_film(_meta(b"mdta", build(b"keys", bytes(4), b"\0\0\0\x01\xff\xff\xff\xffmdta"))),
    "4 thousand million keys": _in_film(_meta(b"mdta", build(b"keys", bytes(4), b"\xff\xff\xff\xff"))),
    "an item larger than its list": _in_film(_meta(b"mdir", build(b"ilst", b"\0\0\xff\xff\xa9nam"))),
    "user data larger than the movie": _film(b"\0\x0f\xff\xffudta"),
    "a movie without its header": build(b"ftyp", b"isom", bytes(4)) + build(b"moov", build(b"udta")),
    "cut sample data": _film(after=b"\0\0\xff\xffmdat"),
}  # fmt: skip


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_films_are_told_never_written(reason: str) -> None:
    data = BROKEN[reason]
    with suppress(MediaError):
        assert CONTAINER.survey(data).faults
    with pytest.raises(MediaError):
        CONTAINER.put(data, NOTE, superseded)


def test_more_offsets_than_the_table_holds() -> None:
    data = _film(_track(build(b"stco", bytes(4), b"\x40\0\0\0")), after=build(b"mdat", b"x"))
    with pytest.raises(FormatError):
        put(data)


def test_the_bytes_of_metadata_are_capped(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = VARIANTS["uuid XMP"]((films / "itunes-tags.mp4").read_bytes())
    monkeypatch.setattr(mp4, "MAX_METADATA", 400)
    assert [fault.place for fault in CONTAINER.survey(data).faults] == ["uuid XMP"]
    with pytest.raises(FormatError):
        put(data)


def test_truncation_at_every_boundary_is_never_absence(films: Path) -> None:
    data = (films / "moov-before-mdat.mp4").read_bytes()
    cuts = set()
    level = list(walk(data, 0, len(data)))
    while level:
        box = level.pop()
        cuts |= {box.header, box.header + 4, box.start, box.stop - 1}
        if box.kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta"):
            level += children(data, box)
    for cut in sorted(cuts - {0}):
        part = data[:cut]
        try:
            survey = CONTAINER.survey(part)
        except FormatError:
            continue
        complete = {box.stop for box in walk(data, 0, len(data))}
        assert survey.faults or cut in complete, cut
        if cut not in complete:
            with pytest.raises(MediaError):
                CONTAINER.put(part, NOTE, superseded)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    after = CONTAINER.put(_film(), Note("AIGC", text, "", ""), superseded).apply(_film())
    assert [(f.key, f.text) for f in CONTAINER.survey(after).fields] == [("AIGC", text)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120))
def test_arbitrary_bytes_raise_only_media_errors(data: bytes) -> None:
    for film in (data, build(b"ftyp", b"isom") + data, _film(data), _film(build(b"udta", data))):
        _survives(film)
    _survives(_film(build(b"udta", build(b"meta", bytes(4), _handler(b"mdta"), data))))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_films_raise_only_media_errors(films: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["fragments.mp4", "own-keys.mp4", "quicktime.mov", "itunes-tags.mp4"]))
    film = bytearray((films / name).read_bytes())
    ftyp, moov = next(walk(film, 0, len(film))), mp4.movie(bytes(film))[1]
    # Bytes of the sample data say nothing: leave them out.
    film = film[: ftyp.stop] + film[moov.header :]
    stop = min(len(film), ftyp.stop + len(moov) + 200)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, stop - 1))
        film[at] = data.draw(st.sampled_from([0, 1, 7, 8, 0x7F, 0x80, 0xFF]))
    _survives(bytes(film))


def _survives(data: bytes) -> None:
    assert 0 <= CONTAINER.sniff(data[:4096]) <= 100
    for action in (CONTAINER.survey, put, mp4.displays):
        with suppress(MediaError):
            action(data)
    with suppress(MediaError):
        mp4.transplant(data, data).apply(data)


def test_sniffing() -> None:
    assert CONTAINER.sniff(build(b"ftyp", b"isom", bytes(4))) > 90
    assert CONTAINER.sniff(build(b"ftyp", b"heic", bytes(4))) == 0
    assert CONTAINER.sniff(build(b"ftyp", b"avif", bytes(4))) == 0
    assert CONTAINER.sniff(b"\0\0\0\x08wide\0\0\0\0mdat") > 0
    assert CONTAINER.sniff(b"\x89PNG\r\n\x1a\n") == 0


# What encoders forget.


@pytest.mark.slow
def test_rotation_as_strangers_see_it(films: Path, tmp_path: Path) -> None:
    for turn in (90, 180, 270):
        path = tmp_path / f"{turn}.mp4"
        source = films / "moov-behind-mdat.mp4"
        output("ffmpeg", "-v", "error", "-i", source, "-c", "copy", "-metadata:s:v:0", f"rotate={turn}", path)
        (told,) = json.loads(output("exiftool", "-j", "-Rotation", path))
        video, sound = mp4.displays(path.read_bytes())
        assert video.rotation == told["Rotation"]
        assert not video.mirrored
        assert (video.handler, sound.handler) == ("vide", "soun")
        assert video.shown == ((54, 96) if turn != 180 else (96, 54))


ONE, MINUS = 1 << 16, (1 << 32) - (1 << 16)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("matrix", "rotation", "mirrored"),
    [
        ((ONE, 0, 0, ONE), 0, False),
        ((0, ONE, MINUS, 0), 90, False),
        ((MINUS, 0, 0, MINUS), 180, False),
        ((0, MINUS, ONE, 0), 270, False),
        ((MINUS, 0, 0, ONE), 0, True),
        ((ONE, 0, 0, MINUS), 180, True),
        ((0, ONE, ONE, 0), 270, True),
        ((ONE // 2, ONE // 2, MINUS + ONE // 2, ONE // 2), None, False),
        ((0, 0, 0, 0), 0, False),
    ],
)
def test_matrices(version: int, matrix: tuple[int, ...], rotation: int | None, mirrored: bool) -> None:
    a, b, c, d = matrix
    wide = "Q" if version else "I"
    head = struct.pack(f">I2{wide}II{wide}", version << 24 | 1, 5, 6, 7, 0, 8)
    numbers = (a, b, 0, c, d, 0, 0, 0, 1 << 30, 40 << 16, 30 << 16)
    tkhd = build(b"tkhd", head, bytes(16), struct.pack(">11I", *numbers))
    mdia = build(b"mdia", build(b"mdhd", bytes(24)), _handler(b"vide"))
    (shown,) = mp4.displays(_film(build(b"trak", tkhd, mdia)))
    assert (shown.track, shown.width, shown.height) == (7, 40, 30)
    assert (shown.rotation, shown.mirrored, shown.pixel_aspect) == (rotation, mirrored, (1, 1))


def test_pixel_aspect(films: Path, tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    output(
        "ffmpeg", "-v", "error", "-i", films / "source.mp4", "-an", "-vf", "setsar=4/3", "-preset", "ultrafast", path
    )
    assert mp4.displays(path.read_bytes())[0].pixel_aspect == (4, 3)


@pytest.mark.slow
def test_a_transplant_brings_back_what_the_encoder_forgot(films: Path, tmp_path: Path) -> None:
    original, encoded, result = (tmp_path / f"{name}.mp4" for name in ("original", "encoded", "result"))
    output(
        "ffmpeg", "-v", "error", "-i", films / "source.mp4", "-c", "copy", "-metadata", "title=T",
        "-metadata", "creation_time=2020-01-02T03:04:05Z", "-metadata:s:a:0", "language=eng",
        "-metadata:s:v:0", "rotate=90", original,
    )  # fmt: skip
    output(
        "ffmpeg", "-v", "error", "-noautorotate", "-i", original, "-map_metadata", "-1", "-preset", "ultrafast",
        "-metadata:s:v:0", "rotate=0", "-movflags", "+faststart", encoded,
    )  # fmt: skip
    source = original.read_bytes() + build(b"uuid", XMP_UUID, _xmp(OLD))
    data = encoded.read_bytes()
    after = mp4.transplant(source, data).apply(data)
    result.write_bytes(after)
    assert mp4.displays(after)[0].rotation == mp4.displays(source)[0].rotation == 270
    told = json.loads(output("ffprobe", "-v", "warning", "-show_format", "-show_streams", "-of", "json", result))
    assert told["format"]["tags"]["title"] == "T"
    assert told["format"]["tags"]["creation_time"].startswith("2020-01-02T03:04:05")
    assert told["streams"][1]["tags"]["language"] == "eng"
    assert packets(result) == packets(encoded)
    assert labels(after) == [("uuid XMP", OLD)]
    assert labels(put(after)) == [("moov/udta/meta/keys", JSON)]
    assert mp4.transplant(source, after).apply(after) == after


def test_a_film_cut_short_is_truncated_not_marked() -> None:
    with pytest.raises(TruncatedError):
        put(_film(after=b"\0\0\xff\xffmdat"))
