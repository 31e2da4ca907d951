from __future__ import annotations

import io
import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from overt.errors import FormatError, MediaError, TruncatedError
from overt.formats import gif, gif_blocks, identify, xmp
from overt.formats.container import Field, Note

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a<b>&\'c","ReservedCode1":"",'
    '"ContentPropagator":"","PropagateID":"","ReservedCode2":"]]>"}'
)
OLD = '{"Label":"2"}'
NOTE = Note("AIGC", JSON, URI, "TC260")
MAGIC = bytes([1, *range(255, -1, -1), 0])


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)


def put(data: bytes, note: Note = NOTE) -> bytes:
    return gif.CONTAINER.put(data, note, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    survey = gif.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text, found.defects) for found in survey.fields if superseded(found)]


@cache
def drawn(kind: str = "still") -> bytes:
    picture = Image.linear_gradient("L").resize((33, 21)).convert("RGB")
    out = io.BytesIO()
    if kind == "moving":
        turned = [picture.rotate(angle) for angle in (90, 180)]
        picture.save(out, "GIF", save_all=True, append_images=turned, duration=[40, 80, 120], loop=3, comment=b"mine")
    elif kind == "clear":
        picture.putalpha(Image.radial_gradient("L").resize((33, 21)).point(lambda v: 255 * (v > 100)))
        picture.save(out, "GIF")
    else:
        picture.quantize(200).save(out, "GIF", interlace=kind == "interlaced")
    return out.getvalue()


KINDS = ("still", "interlaced", "moving", "clear")


def with_block(data: bytes, block: bytes, kind: str = "comment") -> bytes:
    """A GIF with one more block: at the beginning, or before the trailer."""
    found = gif_blocks.layout(data)
    at = found.end - 1 if kind == "last" else found.table.stop
    return b"GIF89a" + data[6:at] + block + data[at:]


def application(name: bytes, body: bytes) -> bytes:
    return b"\x21\xff\x0b" + name + gif_blocks.divided(body)


def comment(text: bytes) -> bytes:
    return b"\x21\xfe" + gif_blocks.divided(text)


RAW = b"\x21\xff\x0bXMP DataXMP" + PACKET
FLAWED = ("structure",)
LABELLED = {
    "XMP": (with_block(drawn(), RAW + MAGIC), "XMP", OLD, ()),
    "XMP behind the pictures": (with_block(drawn("moving"), RAW + MAGIC, "last"), "XMP", OLD, ()),
    "XMP in sub-blocks": (with_block(drawn(), application(b"XMP DataXMP", PACKET)), "XMP", OLD, FLAWED),
    "XMP with zeros for a trailer": (with_block(drawn(), RAW + bytes(256)), "XMP", OLD, FLAWED),
    "a comment that is the object": (
        with_block(drawn(), comment(b'{"AIGC":' + OLD.encode() + b"}")), "GIF comment", f'{{"AIGC":{OLD}}}', (),
    ),
    "an application of its own": (
        with_block(drawn(), application(b"AIGC    1.0", OLD.encode())), "GIF extension", OLD, (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", LABELLED)
def test_every_place_is_read_and_then_replaced(reason):
    data, place, text, defects = LABELLED[reason]
    if reason == "XMP with zeros for a trailer":
        # What follows the first zero is no block: the reader says so, and the writer keeps away.
        survey = gif.CONTAINER.survey(data)
        assert [found.text for found in survey.fields if superseded(found)] == [OLD]
        assert survey.faults
        with pytest.raises(FormatError):
            put(data)
        return
    assert labels(data) == [(place, text, defects)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON, ())]
    assert put(marked) == marked
    assert OLD.encode() not in marked


@pytest.mark.parametrize("kind", KINDS)
def test_exiftool_reads_the_note_and_the_picture_is_untouched(kind, tmp_path):
    data = drawn(kind)
    marked = put(data)
    (tmp_path / "a.gif").write_bytes(data)
    (tmp_path / "b.gif").write_bytes(marked)
    run = subprocess.run(
        ["exiftool", "-j", "-G1", "-a", "-s", tmp_path / "a.gif", tmp_path / "b.gif"], capture_output=True, check=True
    )
    hidden = ("SourceFile", "System", "GIF:GIFVersion")
    before, after = ({k: v for k, v in item.items() if not k.startswith(hidden)} for item in json.loads(run.stdout))
    assert after.pop("XMP-TC260:Aigc") == JSON
    assert after == before
    for old, new in zip(
        ImageSequence.Iterator(Image.open(io.BytesIO(data))),
        ImageSequence.Iterator(Image.open(io.BytesIO(marked))),
        strict=True,
    ):
        assert old.convert("RGBA").tobytes() == new.convert("RGBA").tobytes()
        for key in ("duration", "loop", "transparency", "background", "comment"):
            assert new.info.get(key) == old.info.get(key)
    assert frames(tmp_path / "a.gif") == frames(tmp_path / "b.gif")


def frames(path: Path) -> str:
    """Every frame and its time, as ffmpeg decodes them."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "framemd5", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_note_and_all_else_is_kept_ranges(kind):
    data = drawn(kind)
    splice = gif.CONTAINER.put(data, NOTE, superseded)
    marked = splice.apply(data)
    assert labels(marked) == [("XMP", JSON, ())]
    assert put(marked) == marked
    again = put(marked, Note("AIGC", OLD, URI, "TC260"))
    assert put(again) == marked
    kept = [piece for piece in splice.pieces if isinstance(piece, range)]
    for block in gif_blocks.layout(data).blocks:
        assert any(piece.start <= block.start and block.stop <= piece.stop for piece in kept)
    assert gif.CONTAINER.survey(memoryview(marked)) == gif.CONTAINER.survey(marked)


def test_other_texts_stay_and_are_told():
    data = with_block(with_block(drawn("moving"), comment("作者".encode())), application(b"Mine    1.0", b"x" * 600))
    marked = put(data + b"behind the trailer")
    told = {(found.place, found.text) for found in gif.CONTAINER.survey(marked).fields}
    assert {("GIF comment", "mine"), ("GIF comment", "作者"), ("XMP", JSON)} <= told
    assert marked.endswith(b"\x3bbehind the trailer")
    assert application(b"Mine    1.0", b"x" * 600) in marked
    assert marked.index(b"NETSCAPE2.0") < marked.index(b"XMP DataXMP") < marked.index(b"\x21\xf9\x04")


def test_readers_of_sub_blocks_find_the_end_of_any_packet():
    for length in range(300):
        text = "x" * length + "\u4e2d"
        marked = put(drawn(), Note("AIGC", text, URI, "TC260"))
        assert labels(marked) == [("XMP", text, ())]


HOSTILE = {
    "cut in its header": (drawn()[:11], TruncatedError),
    "cut in its colours": (drawn()[:40], TruncatedError),
    "cut in its picture": (drawn()[:-9], TruncatedError),
    "no trailer": (drawn()[:-1], TruncatedError),
    "no picture": (drawn()[: gif_blocks.layout(drawn()).table.stop] + b";", FormatError),
    "a block that is none": (with_block(drawn(), b"\x99"), FormatError),
    "a packet that is no XML": (with_block(drawn(), b"\x21\xff\x0bXMP DataXMP<broken" + MAGIC), FormatError),
    "a packet with a zero": (with_block(drawn(), RAW[:200] + b"\0" + RAW[200:] + MAGIC), FormatError),
    "another format": (b"GIF88a" + drawn()[6:], FormatError),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_never_taken_for_one_without_a_label(kind):
    marked = put(drawn(kind))
    end = marked.index(MAGIC) + len(MAGIC)
    for stop in range(6, len(marked), 5):
        try:
            survey = gif.CONTAINER.survey(marked[:stop])
        except MediaError:
            continue
        assert survey.faults
        if stop >= end:
            assert [found.text for found in survey.fields if superseded(found)] == [JSON]
        with pytest.raises(MediaError):
            put(marked[:stop])


def tolerate(data: bytes) -> None:
    try:
        gif.CONTAINER.survey(data)
        marked = put(data)
    except MediaError:
        return
    assert JSON in [found.text for found in gif.CONTAINER.survey(marked).fields]
    assert put(marked) == marked


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(tail):
    for data in (tail, b"GIF89a" + tail, drawn()[: gif_blocks.layout(drawn()).table.stop] + tail):
        tolerate(data)


@settings(max_examples=300)
@given(
    reason=st.sampled_from(sorted(LABELLED)),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 1 << 16),
)
def test_damaged_files_raise_only_media_errors(reason, edits, cut):
    data = bytearray(LABELLED[reason][0])
    for place, value in edits:
        data[place % len(data)] = value
    tolerate(bytes(data))
    tolerate(bytes(data[: cut % len(data)]))


@settings(max_examples=100)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=80))
def test_any_text_survives(text):
    text = text.replace("\ufffe", "").replace("\uffff", "")
    marked = put(drawn(), Note("AIGC", text, URI, "TC260"))
    assert [f.text for f in gif.CONTAINER.survey(marked).fields if f.key == "AIGC"] == [text]


def test_a_gif_is_known_by_its_signature():
    assert identify(drawn(), "x.txt").name == "gif"
    assert gif.CONTAINER.sniff(b"GIF87a") == 100
    assert gif.CONTAINER.sniff(b"GIF86a") == 0
