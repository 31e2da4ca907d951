from __future__ import annotations

import io
import json
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence, TiffImagePlugin

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError
from overt.formats import identify, tiff, tiff_directories, xmp
from overt.formats.container import Field, Note

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a<b>&\'c","ReservedCode1":"",'
    '"ContentPropagator":"","PropagateID":"","ReservedCode2":"]]>"}'
)
OLD = '{"Label":"2"}'
NOTE = Note("AIGC", JSON, URI, "TC260")
WRAPPED = f'{{"AIGC":{OLD}}}'


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)
ROOMY = PACKET.replace(b'<?xpacket end="w"?>', b" " * 2000 + b'<?xpacket end="w"?>')


def put(data: bytes, note: Note = NOTE) -> bytes:
    return tiff.CONTAINER.put(data, note, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = tiff.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def saved(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "TIFF", **options)
    return out.getvalue()


@cache
def drawn(kind: str = "plain") -> bytes:
    picture = Image.linear_gradient("L").resize((33, 21)).convert("RGB")
    if kind == "pages":
        turned = [picture.rotate(90, expand=True), picture.convert("1")]
        return saved(picture, save_all=True, append_images=turned)
    if kind == "exif":
        made = TiffImagePlugin.ImageFileDirectory_v2()
        made[0x010E], made[0x0131], made[0x013B] = "a gradient", "Overt tests", "nobody"
        made[0x8769] = {0x9286: b"ASCII\0\0\0" + WRAPPED.encode()}
        # Pillow writes the comment as bytes; Exif wants "undefined".
        data = saved(picture, tiffinfo=made, icc_profile=b"\0" * 128, dpi=(300, 300))
        return data.replace(b"\x86\x92\1\0", b"\x86\x92\7\0")
    if kind == "BigTIFF":
        return saved(picture, big_tiff=True, compression="tiff_adobe_deflate")
    if kind == "big-endian":
        return _by_hand(">", picture)
    if kind in {"packet", "roomy"}:
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[700] = {"packet": PACKET, "roomy": ROOMY}[kind]
        info.tagtype[700] = 1
        return saved(picture, tiffinfo=info)
    modes = {"deep grey": "I;16", "ink": "CMYK", "fax": "1"}
    options = {"compression": "group4"} if kind == "fax" else {}
    return saved(picture.convert("L").convert(modes[kind]) if kind in modes else picture, **options)


def _by_hand(order: str, picture: Image.Image) -> bytes:
    """A TIFF with its directory first, in either byte order."""
    body = picture.tobytes()
    rows = [(256, 3, 1, picture.width), (257, 3, 1, picture.height), (258, 3, 3, 134), (259, 3, 1, 1), (262, 3, 1, 2)]
    rows += [(270, 2, 11, 140), (273, 4, 1, 152), (277, 3, 1, 3), (278, 3, 1, picture.height), (279, 4, 1, len(body))]
    head = struct.pack(f"{order}2sHI", b"MM" if order == ">" else b"II", 42, 8) + struct.pack(f"{order}H", len(rows))
    for tag, kind, count, value in rows:
        short = kind == 3 and count == 1
        head += struct.pack(f"{order}HHI", tag, kind, count)
        head += struct.pack(f"{order}HH", value, 0) if short else struct.pack(f"{order}I", value)
    return (head + bytes(4)).ljust(134, b"\0") + struct.pack(f"{order}3H", 8, 8, 8) + b"a gradient\0\0" + body


KINDS = (
    "plain", "pages", "exif", "BigTIFF", "big-endian", "packet", "roomy", "deep grey", "ink", "fax",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_read_the_note_and_all_else_as_before(kind, tmp_path):
    data = drawn(kind)
    marked = put(data)
    (tmp_path / "a.tif").write_bytes(data)
    (tmp_path / "b.tif").write_bytes(marked)
    command = ["exiftool", "-j", "-G1", "-a", "-s", "-ee", tmp_path / "a.tif", tmp_path / "b.tif"]
    run = subprocess.run(command, capture_output=True, check=True)
    hidden = ("SourceFile", "System", "XMP", "ExifIFD:UserComment")
    one, two = json.loads(run.stdout)
    assert two["XMP-TC260:Aigc"] == JSON
    before, after = ({k: v for k, v in item.items() if not k.startswith(hidden)} for item in (one, two))
    assert after == before
    assert tiffinfo(tmp_path / "b.tif") == tiffinfo(tmp_path / "a.tif")
    for old, new in zip(
        ImageSequence.Iterator(Image.open(io.BytesIO(data))),
        ImageSequence.Iterator(Image.open(io.BytesIO(marked))),
        strict=True,
    ):
        assert old.tobytes() == new.tobytes()
        assert old.info.get("icc_profile") == new.info.get("icc_profile")


def tiffinfo(path: Path) -> list[str]:
    """What libtiff's own tool says of every page; it decodes nothing and warns of what is wrong."""
    run = subprocess.run(["tiffinfo", "-i", path], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    lines = run.stdout.splitlines()
    dropped = ("=== TIFF", "TIFF Directory", "  XMLPacket", "  UserComment")
    kept = [line for line in lines if line.startswith("  ") and not line.startswith(dropped)]
    return [line for line in kept if ":" in line and not line.startswith(("  <", "   "))]


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_note_and_nothing_is_moved(kind):
    data = drawn(kind)
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    again = put(marked, Note("AIGC", OLD, URI, "TC260"))
    assert labels(again) == [("XMP", OLD)]
    assert put(again) == marked
    assert OLD.encode() not in marked
    shape = tiff_directories.form(data)
    for place in range(8, len(data), 997):
        inside = marked[place] == data[place]
        assert inside or kind in {"packet", "roomy", "exif"}
    assert tiff.CONTAINER.survey(memoryview(marked)) == tiff.CONTAINER.survey(marked)
    assert tiff_directories.form(marked) == shape


def test_a_packet_with_room_is_written_over():
    assert len(put(drawn("roomy"))) == len(drawn("roomy"))
    small = put(drawn("packet"))
    assert len(small) > len(drawn("packet"))
    assert len(put(small, Note("AIGC", OLD, URI, "TC260"))) == len(small)


def test_notes_of_other_pages_and_in_other_tags_go():
    picture = Image.new("RGB", (16, 16))
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[0x010E], info[700] = WRAPPED, ROOMY
    second = picture.copy()
    second.encoderinfo = {"tiffinfo": info}
    data = saved(picture, save_all=True, append_images=[second])
    assert labels(data) == [("EXIF ImageDescription", WRAPPED), ("XMP of another page", OLD)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked


def test_a_comment_without_a_character_code_is_emptied_whole():
    data = drawn("exif").replace(b"ASCII\0\0\0" + WRAPPED.encode()[:-8], WRAPPED.encode())
    assert [place for place, _ in labels(data)] == ["EXIF UserComment"]
    assert labels(put(data)) == [("XMP", JSON)]
    assert b'"AIGC"' not in put(data)


def test_texts_are_told():
    told = {(found.place, found.text) for found in tiff.CONTAINER.survey(drawn("exif")).fields}
    assert {
        ("EXIF ImageDescription", "a gradient"),
        ("EXIF Software", "Overt tests"),
        ("EXIF Artist", "nobody"),
    } <= told
    assert ("EXIF UserComment", WRAPPED) in told


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


PLAIN = drawn("big-endian")
ENTRIES = 10
NEXT = 8 + 2 + 12 * ENTRIES
HOSTILE = {
    "only a header": (b"II*\0\x08\0\0\0", TruncatedError),
    "a directory outside": (patched(PLAIN, 4, b"\xff\xff\xff\xf0"), TruncatedError),
    "65,535 entries": (patched(PLAIN, 8, b"\xff\xff"), FormatError),
    "pages in a circle": (patched(PLAIN, NEXT, b"\0\0\0\x08"), FormatError),
    "samples outside": (patched(PLAIN, 10 + 12 * 6 + 8, b"\xff\xff\xff\0"), TruncatedError),
    "samples cut off": (PLAIN[:-1], TruncatedError),
    "strips that are no numbers": (patched(PLAIN, 10 + 12 * 6 + 2, b"\0\x0b"), FormatError),
    "a text of 4 GiB": (patched(PLAIN, 10 + 12 * 5 + 4, b"\xff\xff\xff\xff"), TruncatedError),
    "four thousand million strips": (patched(PLAIN, 10 + 12 * 6 + 4, b"\xff\xff\xff\xff"), BudgetError),
    "no picture": (b"MM\0*\0\0\0\x08\0\0\0\0\0\0", FormatError),
    "another format": (b"MM\0+" + PLAIN[4:], FormatError),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data)


def test_a_text_of_4_gib_is_a_fault_and_the_rest_is_told():
    data = drawn("packet")
    first = next(iter(tiff_directories.walk(data, tiff_directories.form(data))))
    data = patched(data, first.get(258).at, b"\x02\x01\x02\x00\xff\xff\xff\xff")
    survey = tiff.CONTAINER.survey(data)
    assert survey.faults
    assert [found.text for found in survey.fields if superseded(found)] == [OLD]


def test_a_tower_of_directories_ends():
    # Each directory hangs on the one before, 70,000 deep.
    step = 2 + 12 + 4
    body = b"".join(struct.pack(">HHHIII", 1, 0x014A, 4, 1, 8 + step * (number + 1), 0) for number in range(70_000))
    survey = tiff.CONTAINER.survey(b"MM\0*\0\0\0\x08" + body)
    assert survey.faults
    # Directories that overlap, each of thousands of entries.
    crowd = b"MM\0*\0\0\0\x0a\0\0" + struct.pack(">HHHII", 1, 0x014A, 4, 4000, 30) + bytes(6)
    crowd += b"".join(struct.pack(">I", 16_100 + 2 * number) for number in range(4000))
    assert tiff.CONTAINER.survey(crowd + b"\x0f\xa0" * 40_000).faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_never_taken_for_one_without_a_label(kind):
    marked = put(drawn(kind))
    for stop in range(8, len(marked), 13):
        try:
            survey = tiff.CONTAINER.survey(marked[:stop])
        except MediaError:
            continue
        found = [one.text for one in survey.fields if superseded(one)]
        assert survey.faults or found == [JSON]
        with pytest.raises(MediaError):
            put(marked[:stop])


def tolerate(data: bytes) -> None:
    try:
        tiff.CONTAINER.survey(data)
        marked = put(data)
    except MediaError:
        return
    assert JSON in [found.text for found in tiff.CONTAINER.survey(marked).fields]
    assert put(marked) == marked


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(tail):
    for head in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"):
        tolerate(head + tail)


@settings(max_examples=300)
@given(
    kind=st.sampled_from(KINDS),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 1 << 16),
)
def test_damaged_files_raise_only_media_errors(kind, edits, cut):
    data = bytearray(drawn(kind))
    for place, value in edits:
        # Directories matter more than samples: half of the damage goes there.
        data[place % len(data) if place % 2 else place % min(len(data), 300)] = value
    tolerate(bytes(data))
    tolerate(bytes(data[: cut % len(data)]))


def test_a_tiff_is_known_by_its_header_and_a_raw_picture_is_not_one():
    for kind in ("plain", "BigTIFF", "big-endian"):
        assert identify(drawn(kind)).name == "tiff"
    assert tiff.CONTAINER.sniff(b"II*\0\x10\0\0\0CR\x02\0") == 0
