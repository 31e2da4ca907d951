from __future__ import annotations

import io
import json
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import heif, heif_items, mp4, xmp
from overt.formats.bmff import build, first, inside_meta, walk
from overt.formats.container import Container, Field, Note
from overt.formats.mp4_tracks import XMP_UUID

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"1\\"2<&>"}'
OLD = '{"Label":"2"}'
WRAPPED = f'{{"AIGC":{OLD}}}'
NOTE = Note("AIGC", JSON, URI, "TC260")
XMP_TYPE = b"application/rdf+xml\0"


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)
OTHER = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), superseded)


def container(data: bytes) -> Container:
    return max(heif.CONTAINERS, key=lambda each: each.sniff(data[:4096]))


def put(data: bytes, note: Note = NOTE) -> bytes:
    return container(data).put(data, note, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = container(data).survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def exif(text: str = WRAPPED) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    return made.tobytes()


# Pictures of the makers that there are.


def frames() -> list[Image.Image]:
    ground = Image.linear_gradient("L").resize((90, 64))
    return [Image.merge("RGB", (ground, ground.rotate(turn), ground.rotate(180))) for turn in (0, 90, 270)]


def by_heif_enc(name: str, *options: str) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        frames()[0].save(folder / "in.png")
        command = ["heif-enc", *options, folder / "in.png", "-o", folder / name]
        subprocess.run(command, check=True, capture_output=True)
        return (folder / name).read_bytes()

    return make


def by_pillow(**options: Any) -> Callable[[Path], bytes]:
    def make(_: Path) -> bytes:
        out = io.BytesIO()
        first_, *rest = frames()
        first_.save(out, "AVIF", append_images=rest, speed=10, **options)
        return out.getvalue()

    return make


def by_pillow_heif(*, several: bool = False, **options: Any) -> Callable[[Path], bytes]:
    def make(_: Path) -> bytes:
        out = io.BytesIO()
        made = pillow_heif.HeifFile()
        for picture in frames() if several else frames()[:1]:
            made.add_from_pillow(picture)
        made.save(out, **options)
        return out.getvalue()

    return make


def by_ffmpeg(*options: str) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        source = ("-f", "lavfi", "-i", "testsrc=s=64x48:d=0.3:r=10", "-c:v", "libaom-av1", "-cpu-used", "8")
        command = ["ffmpeg", "-v", "error", "-y", *source, *options, folder / "out.avif"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return (folder / "out.avif").read_bytes()

    return make


MADE: dict[str, Callable[[Path], bytes]] = {
    "HEIC by heif-enc": by_heif_enc("a.heic"),
    "HEIC with a thumbnail": by_heif_enc("a.heic", "-t", "32"),
    "HEIC by libheif, with Exif and XMP": by_pillow_heif(exif=exif(), xmp=PACKET),
    "HEIC of several pictures": by_pillow_heif(several=True),
    "AVIF by heif-enc": by_heif_enc("a.avif", "-A"),
    "AVIF by libavif": by_pillow(),
    "AVIF by libavif, with Exif and XMP": by_pillow(exif=exif(), xmp=OTHER),
    "AVIF sequence by libavif": by_pillow(save_all=True, duration=100),
    "AVIF by FFmpeg": by_ffmpeg("-still-picture", "1", "-frames:v", "1"),
    "AVIF sequence by FFmpeg": by_ffmpeg(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    known: dict[str, bytes] = {}

    def get(name: str) -> bytes:
        if name not in known:
            known[name] = MADE[name](tmp_path_factory.mktemp("made"))
        return known[name]

    return get


def pixels(data: bytes) -> list[bytes]:
    if b"avi" in data[8:12]:
        return [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]
    return [picture.to_pillow().tobytes() for picture in pillow_heif.open_heif(data)]


def exiftool(path: Path) -> dict[str, Any]:
    shown = subprocess.run(["exiftool", "-G1", "-a", "-j", path], check=True, capture_output=True).stdout
    return json.loads(shown)[0]


@pytest.mark.parametrize("name", MADE)
def test_a_stranger_reads_the_note_and_sees_the_same_picture(name, made, tmp_path):
    data = made(name)
    marked = put(data)
    path = tmp_path / "marked.avif"
    path.write_bytes(marked)

    seen = exiftool(path)
    assert seen["XMP-TC260:Aigc"] == JSON
    assert "ExifTool:Warning" not in seen
    if "Exif" in name:
        assert seen["IFD0:ImageDescription"] == "kept"
        assert "ExifIFD:UserComment" not in seen or "AIGC" not in seen["ExifIFD:UserComment"]
    if "libavif, with" in name:
        assert seen["XMP-mine:Other"] == "x"
    assert pixels(marked) == pixels(data)
    told = subprocess.run(["heif-info", path], check=True, capture_output=True)
    assert not told.stderr
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked


@pytest.mark.parametrize("name", MADE)
def test_shorter_and_longer_notes_follow_each_other(name, made):
    once = put(made(name))
    longer = put(once, Note("AIGC", JSON + " " * 5000, URI, "TC260"))
    assert put(longer) == once
    assert pixels(longer) == pixels(once)


def test_what_is_not_the_note_is_kept_in_whole_ranges(made):
    data = made("HEIC by heif-enc")
    pieces = heif.CONTAINERS[0].put(data, NOTE, superseded).pieces
    media = first(walk(data, 0, len(data)), b"mdat")
    assert media is not None
    assert any(
        isinstance(piece, range) and piece.start <= media.header and media.stop <= piece.stop for piece in pieces
    )


# Files of our own, for what no maker writes.


def infe(number: int, kind: bytes = b"hvc1", rest: bytes = b"", version: int = 2, protection: int = 0) -> bytes:
    head = bytes([version, 0, 0, 0]) + number.to_bytes(4 if version == 3 else 2, "big") + protection.to_bytes(2, "big")
    return build(b"infe", head, kind if version > 1 else b"", b"\0", rest)


def mime(number: int, content_type: bytes = XMP_TYPE, encoding: bytes = b"", **more: int) -> bytes:
    return infe(number, b"mime", content_type + encoding, **more)


def iloc(version: int, sizes: tuple[int, int, int, int], entries: list[tuple[int, int, int, int, list[Any]]]) -> bytes:
    """Entries are number, method, reference, base and extents of index, offset and length."""
    offset, length, base, index = sizes
    width = 4 if version == 2 else 2
    out = bytes([version, 0, 0, 0, offset << 4 | length, base << 4 | (index if version else 0)])
    out += len(entries).to_bytes(width, "big")
    for number, method, reference, start, extents in entries:
        out += number.to_bytes(width, "big") + (method.to_bytes(2, "big") if version else b"")
        out += reference.to_bytes(2, "big") + start.to_bytes(base, "big") + len(extents).to_bytes(2, "big")
        for at, begin, size in extents:
            out += at.to_bytes(index if version else 0, "big") + begin.to_bytes(offset, "big")
            out += size.to_bytes(length, "big")
    return build(b"iloc", out)


def references(*each: tuple[bytes, int, int]) -> bytes:
    boxes = (build(kind, a.to_bytes(2, "big"), b"\0\1", b.to_bytes(2, "big")) for kind, a, b in each)
    return build(b"iref", bytes(4), *boxes)


PICTURE = bytes(range(256)) * 3


def file(
    packet: bytes | None = PACKET,
    *,
    version: int = 1,
    sizes: tuple[int, int, int, int] = (4, 4, 4, 0),
    method: int = 0,
    info: bytes | None = None,
    parts: int = 1,
    tail: bool = False,
    media_first: bool = False,
    more: bytes = b"",
    extra: Callable[[int], list[Any]] = lambda _: [],
    reference: int = 0,
    refs: bytes | None = None,
    primary: bytes = b"\0\0\0\0\0\1",
) -> bytes:
    """A HEIF file of one picture, and perhaps one XMP packet, in the form that is asked for."""
    content = packet or b""
    ftyp = build(b"ftyp", b"heic", bytes(4), b"mif1heic")
    media = PICTURE + (content if method == 0 else b"")
    mdat = (b"\0\0\0\0mdat" if tail else (8 + len(media)).to_bytes(4, "big") + b"mdat") + media

    def meta(start: int) -> bytes:
        entries = [located(1, 0, 0, start, len(PICTURE))]
        infos = [infe(1)]
        if packet is not None:
            infos.append(mime(2) if info is None else info)
            begin = start + len(PICTURE) if method == 0 else 0 if method == 1 else len(PICTURE)
            entries.append(located(2, method, reference, begin, len(content), parts))
        idat = build(b"idat", content) if method == 1 else b""
        table = iloc(version, sizes, entries + extra(start))
        inside = build(b"iinf", bytes(4), len(infos).to_bytes(2, "big"), *infos)
        found = refs if refs is not None else references((b"cdsc", 2, 1)) if packet is not None else b""
        handler = build(b"hdlr", bytes(8), b"pict", bytes(13))
        return build(b"meta", bytes(4), handler, build(b"pitm", primary), inside, table, idat, found, more)

    def located(number: int, kind: int, where: int, start: int, length: int, count: int = 1) -> tuple[Any, ...]:
        step = length // count
        cuts = [(start + step * at, step if at < count - 1 else length - step * at) for at in range(count)]
        base = 0 if sizes[0] else start
        return number, kind, where, base, [(0, begin - base, size if sizes[1] else 0) for begin, size in cuts]

    if media_first:
        return ftyp + mdat + meta(len(ftyp) + 8)
    return ftyp + meta(len(ftyp) + len(meta(0)) + 8) + mdat


def picture_of(data: bytes) -> bytes:
    items = heif.items_of(data)
    return b"".join(data[part.start : part.stop] for part in items.ranges(data, 1))


FORMS: dict[str, dict[str, Any]] = {
    "iloc of version 0": {"version": 0},
    "iloc of version 2": {"version": 2},
    "offsets of 64 bits": {"sizes": (8, 8, 8, 0)},
    "no base offsets": {"sizes": (4, 4, 0, 0)},
    "base offsets alone": {"sizes": (0, 4, 4, 0)},
    "indices of extents": {"sizes": (4, 4, 4, 4)},
    "in idat": {"method": 1},
    "in two pieces": {"parts": 2},
    "media data to the end of the file": {"tail": True},
    "media data before the meta box": {"media_first": True},
    "media data before it, no XMP": {"media_first": True, "packet": None},
    "no XMP": {"packet": None},
    "no XMP, iloc of version 2, base offsets alone": {"packet": None, "version": 2, "sizes": (0, 8, 8, 0)},
    "no XMP, media data to the end of the file": {"packet": None, "tail": True},
    "an infe of version 3": {"info": mime(2, version=3)},
    "an infe of version 0": {"info": mime(2, version=0)},
    "compressed XMP": {"packet": zlib.compress(PACKET), "info": mime(2, encoding=b"deflate\0")},
    "XMP that says nothing of what it describes": {"refs": b""},
    "a packet with padding": {"packet": PACKET.replace(b"<?xpacket end", b" " * 2000 + b"<?xpacket end")},
    "a picture number of 32 bits": {"primary": b"\1\0\0\0\0\0\0\1"},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_and_written(form):
    data = file(**FORMS[form])
    assert labels(data) == ([] if "no XMP" in form else [("XMP", OLD)])
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert picture_of(marked) == PICTURE
    assert put(marked) == marked
    assert OLD.encode() not in marked
    items = heif.items_of(marked)
    (packet,) = (item for item in items.items if item.is_xmp)
    assert items.describes(packet) == {1}
    assert not packet.encoding


def test_exiftool_reads_every_form(tmp_path):
    paths = [tmp_path / f"{number}.heic" for number in range(len(FORMS))]
    for path, form in zip(paths, FORMS.values(), strict=True):
        path.write_bytes(put(file(**form)))
    shown = subprocess.run(["exiftool", "-G1", "-j", *paths], check=True, capture_output=True).stdout
    assert [seen.get("XMP-TC260:Aigc") for seen in json.loads(shown)] == [JSON] * len(FORMS)


def test_items_made_of_others_are_read():
    """Construction method 2: the packet lies behind the picture, in one item that both are parts of."""
    whole = (3, 0, 0, 0, [])

    def extra(start: int) -> list[Any]:
        return [(*whole[:4], [(0, start, len(PICTURE) + len(PACKET))])]

    data = file(method=2, extra=extra, refs=references((b"cdsc", 2, 1), (b"iloc", 2, 3)))
    data = data.replace(PICTURE, PICTURE + PACKET) if PACKET not in data else data
    size = data.index(b"mdat") - 4
    data = data[:size] + (len(data) - size).to_bytes(4, "big") + data[size + 4 :]
    assert labels(data) == [("XMP", OLD)]
    with pytest.raises(UnsupportedError):
        put(data)


def text_item(content_type: bytes, content: bytes) -> bytes:
    return file(content, info=mime(2, content_type))


UDES = build(b"iprp", build(b"ipco", build(b"udes", bytes(4), b"en\0Title\0", WRAPPED.encode(), b"\0tags\0")))
PLACES: dict[str, tuple[bytes, str, str]] = {
    "a uuid box": (file(None) + build(b"uuid", XMP_UUID, PACKET), "uuid XMP", OLD),
    "a text item": (text_item(b"application/json\0", WRAPPED.encode()), "HEIF item", WRAPPED),
    "a user description": (file(None, more=UDES), "udes", WRAPPED),
    "XMP of another picture": (file(refs=references((b"cdsc", 2, 7))), "XMP", OLD),
    "an Exif item": (file(bytes(3) + b"\6" + exif(), info=infe(2, b"Exif")), "EXIF UserComment", WRAPPED),
    "an Exif item without its offset": (file(exif()[6:], info=infe(2, b"Exif")), "EXIF UserComment", WRAPPED),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_other_place_is_read_and_then_emptied(place):
    data, where, text = PLACES[place]
    assert labels(data) == [(where, text)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert OLD.encode() not in marked
    assert picture_of(marked) == PICTURE
    assert put(marked) == marked


def test_a_sequence_loses_the_older_mark_of_its_film(made):
    data = made("AVIF sequence by FFmpeg")
    moov = first(walk(data, 0, len(data)), b"moov")
    assert moov is not None
    filmed = mp4.CONTAINER.put(data, Note("AIGC", OLD, URI, "TC260"), superseded).apply(data)
    assert labels(filmed) == [("moov/udta/meta/keys", OLD)]
    marked = put(filmed)
    assert labels(marked) == [("XMP", JSON)]
    assert pixels(marked) == pixels(data)


REFUSED: dict[str, tuple[bytes, type[MediaError], str]] = {
    "no primary picture": (file(primary=b"\0\0\0\0\0\7"), UnsupportedError, "primary"),
    "compressed by Brotli": (file(info=mime(2, encoding=b"br\0")), FormatError, "br"),
    "encrypted": (file(info=mime(2, protection=1)), FormatError, "encrypted"),
    "in another file": (file(reference=1), FormatError, "another file"),
    "cut off": (file()[:-1], TruncatedError, "ends inside"),
    "two meta boxes": (file() + build(b"meta", bytes(4)), FormatError, "more than one"),
    "a table of too wide numbers": (file().replace(b"iloc\1\0\0\0\x44", b"iloc\1\0\0\0\x24"), FormatError, "width"),
    "an iloc of the future": (file().replace(b"iloc\1", b"iloc\3"), FormatError, "version 3"),
    "the same item twice": (file(info=infe(1)), FormatError, "same number"),
    "a packet that is no XML": (file(b"<x:xmpmeta><rdf:RDF"), FormatError, "XMP"),
    "a picture outside the file": (
        file(extra=lambda _: [(5, 0, 0, 0, [(0, 1 << 20, 40)])]),
        TruncatedError,
        "claims bytes",
    ),
    "no place in iloc": (file(info=mime(9)), FormatError, "no place"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_written_to_is_refused_with_its_reason(reason):
    data, kind, words = REFUSED[reason]
    with pytest.raises(kind, match=words):
        put(data)


def test_what_cannot_be_read_is_no_absence():
    for reason in ("compressed by Brotli", "encrypted", "in another file", "cut off", "no place in iloc"):
        data = REFUSED[reason][0]
        assert container(data).survey(data).faults, reason
    with pytest.raises(FormatError):
        heif.CONTAINERS[0].survey(build(b"ftyp", b"heic", bytes(4)))
    # Media data to the end of the file do not tell where that was; the places of the pictures do.
    cut = file(None, tail=True)[:-9]
    (fault,) = container(cut).survey(cut).faults
    assert "claims bytes" in fault.reason.en


def test_a_packet_that_shares_its_bytes_is_not_overwritten():
    data = file(extra=lambda start: [(5, 0, 0, 0, [(0, start + len(PICTURE), 40)])])
    with pytest.raises(UnsupportedError, match="shares"):
        put(data)


def test_a_bomb_of_compressed_metadata_is_over_budget(monkeypatch):
    monkeypatch.setattr(heif_items, "MAX_CONTENT", 1 << 16)
    data = file(zlib.compress(bytes(heif_items.MAX_CONTENT + 1)), info=mime(2, encoding=b"deflate\0"))
    (fault,) = container(data).survey(data).faults
    assert "bytes of metadata" in fault.reason.en


def test_items_within_items_have_an_end():
    data = file(method=2, refs=references((b"cdsc", 2, 1), (b"iloc", 2, 2)))
    (fault,) = container(data).survey(data).faults
    assert "too deep" in fault.reason.en


def test_offsets_beyond_32_bits_become_wide():
    """A file of almost 4 GiB, of which only the boxes are there: its last item ends up beyond 32 bits."""

    class Sparse:
        """As a memoryview of a large file that is mostly zeros."""

        def __init__(self, head: bytes, length: int) -> None:
            self.head, self.length = head, length

        def __len__(self) -> int:
            return self.length

        def __getitem__(self, key: slice) -> bytes:
            start, stop, _ = key.indices(self.length)
            part = self.head[start:stop]
            return part + bytes(stop - start - len(part))

    head = file(None, tail=True)
    head = head.replace(b"\0\0\0\0mdat", b"\xff\xff\xff\xf0mdat")
    length = head.index(b"mdat") - 4 + 0xFFFFFFF0
    splice = heif.CONTAINERS[0].put(Sparse(head, length), NOTE, superseded)  # type: ignore[arg-type]
    written = b"".join(piece for piece in splice.pieces if isinstance(piece, bytes))
    assert b"iloc\1\0\0\0\x84" in written  # The offsets take 8 bytes now.
    assert JSON.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode() in written


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (build(b"ftyp", b"heic", bytes(4)), "heic"),
        (build(b"ftyp", b"hevx", bytes(4)), "heic"),
        (build(b"ftyp", b"avis", bytes(4)), "avif"),
        (build(b"ftyp", b"mif1", bytes(4), b"mif1miafavif"), "avif"),
        (build(b"ftyp", b"mif1", bytes(4), b"mif1heic"), "heic"),
        (build(b"ftyp", b"mif1", bytes(4), b"mif1miaf"), "heif"),
        (build(b"ftyp", b"avci", bytes(4)), "heif"),
        (build(b"ftyp", b"isom", bytes(4), b"avif"), None),
        (build(b"ftyp", b"crx ", bytes(4)), None),
        (b"", None),
    ],
)
def test_brands_tell_the_format_and_films_stay_films(head, name):
    certain = [each.name for each in heif.CONTAINERS if each.sniff(head)]
    assert certain == ([name] if name else [])
    if name:
        assert mp4.CONTAINER.sniff(head) < 100


# Hostile files: nothing but our own errors, from either function.


def handled(data: bytes) -> None:
    each = heif.CONTAINERS[0]
    try:
        survey = each.survey(data)
    except MediaError:
        survey = None
    try:
        marked = each.put(data, NOTE, superseded).apply(data)
    except MediaError:
        return
    assert survey is not None
    again = each.survey(marked)
    assert [found.text for found in again.fields if superseded(found)] == [JSON]


def test_cut_off_at_every_byte():
    data = file(method=1, more=UDES)
    for stop in range(len(data) - len(PICTURE)):
        handled(data[:stop])


@pytest.mark.parametrize("name", ["HEIC by libheif, with Exif and XMP", "AVIF sequence by libavif"])
def test_cut_off_at_the_boundaries_of_boxes(name, made):
    data = made(name)
    meta = first(walk(data, 0, len(data)), b"meta")
    assert meta is not None
    for box in [*walk(data, 0, len(data)), *inside_meta(data, meta)]:
        for stop in (box.header, box.header + 4, box.start, box.start + 1, box.stop - 1):
            handled(data[:stop])


def test_every_field_of_the_tables_may_lie():
    data = file(version=2, more=UDES)
    meta = first(walk(data, 0, len(data)), b"meta")
    assert meta is not None
    for at in range(meta.header, meta.stop):
        handled(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        handled(data[:at] + b"\xff" * 4 + data[at + 4 :])


@given(st.binary(max_size=300))
def test_any_bytes_at_all(data):
    handled(data)
    handled(build(b"ftyp", b"heic", bytes(4)) + build(b"meta", bytes(4), data))


SEED = file(version=2, sizes=(4, 4, 4, 4), method=1, more=UDES) + build(b"uuid", XMP_UUID, OTHER)


@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150)
def test_any_bytes_changed(changes):
    data = bytearray(SEED)
    for at, value in changes:
        data[at] = value
    handled(bytes(data))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=200))
@settings(max_examples=40)
def test_any_text_that_xml_holds_survives(text):
    try:
        marked = put(SEED, Note("AIGC", text, URI, "TC260"))
    except UnsupportedError:
        return
    assert [found.text for found in heif.CONTAINERS[0].survey(marked).fields if found.key == "AIGC"] == [text]
