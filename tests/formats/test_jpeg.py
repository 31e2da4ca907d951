from __future__ import annotations

import hashlib
import io
import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats import jpeg, jpeg_segments, xmp, xmp_extended
from overt.formats.container import Field, Note
from overt.formats.jpeg_segments import APP1, COM, MAX_BODY, segment

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000"}'
OLD = '{"Label":"2"}'
NOTE = Note("AIGC", JSON, URI, "TC260")
OLD_NOTE = Note("AIGC", OLD, URI, "TC260")
XAP = b"http://ns.adobe.com/xap/1.0/\0"
NEVER = xmp.set_property(None, Note("other", "x", "urn:x", "x"), lambda found: False)


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


def put(data: bytes) -> bytes:
    return jpeg.CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = jpeg.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def drawn(mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 24)).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


PLAIN = drawn()
JFIF = jpeg_segments.layout(PLAIN).segments[0].stop


def after_jfif(*segments: bytes) -> bytes:
    return PLAIN[:JFIF] + b"".join(segments) + PLAIN[JFIF:]


def exif(text: str) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    return segment(APP1, made.tobytes())


def markers(data: bytes) -> list[int]:
    return [part.marker for part in jpeg_segments.layout(data).segments]


PACKET = segment(APP1, XAP + xmp.set_property(None, OLD_NOTE, superseded))
WRAPPED = f'{{"AIGC":{OLD}}}'
LABELLED = {
    "XMP": (after_jfif(PACKET), "XMP", OLD),
    "EXIF UserComment": (after_jfif(exif(WRAPPED)), "EXIF UserComment", WRAPPED),
    "a comment": (after_jfif(segment(COM, WRAPPED.encode())), "JPEG COM", WRAPPED),
    "a bare label beside JFIF": (after_jfif(segment(0xE5, b"AIGC" + OLD.encode())), "JPEG APP5", OLD),
    "a bare label with a space": (after_jfif(segment(0xE0, b"AIGC: " + OLD.encode() + b"\0")), "JPEG APP0", OLD),
    "an object after an identifier": (after_jfif(segment(0xEA, b"vendor\0" + WRAPPED.encode())), "JPEG APP10", WRAPPED),
    "an object alone": (after_jfif(segment(0xE9, WRAPPED.encode())), "JPEG APP9", WRAPPED),
    "an object inside something else": (
        after_jfif(segment(0xED, b"Photoshop 3.0\0" + bytes(range(200)) + b"AIGC" + OLD.encode() + bytes(9))),
        "JPEG APP13",
        OLD,
    ),
    "two objects": (
        after_jfif(segment(0xE5, b"vendor\0" + b"AIGC" + OLD.encode() + b"; AIGC" + OLD.encode() + b";")),
        "JPEG APP5",
        OLD,
    ),
    "an XMP packet behind the first": (after_jfif(segment(APP1, XAP + NEVER), PACKET), "XMP", OLD),
    "a comment between the picture and its end": (
        PLAIN[:-2] + segment(COM, WRAPPED.encode()) + PLAIN[-2:],
        "JPEG COM",
        WRAPPED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", LABELLED)
def test_every_place_is_read_and_then_replaced(reason):
    data, place, text = LABELLED[reason]
    assert set(labels(data)) == {(place, text)}
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert Image.open(io.BytesIO(marked)).tobytes() == Image.open(io.BytesIO(PLAIN)).tobytes()


def test_one_label_remains_of_many():
    data = after_jfif(exif(WRAPPED), PACKET, segment(COM, WRAPPED.encode()), segment(0xE5, b"AIGC" + OLD.encode()))
    assert len(labels(data)) == 4
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert OLD.encode() not in marked
    assert "kept" in [found.text for found in jpeg.CONTAINER.survey(marked).fields]


def test_what_lies_around_a_label_in_a_vendors_segment_stays():
    data = LABELLED["an object inside something else"][0]
    assert len(put(data)) > len(data)
    assert b"Photoshop 3.0\0" + bytes(range(200)) + b" " * (4 + len(OLD)) + bytes(9) in put(data)


@pytest.mark.parametrize(
    "body",
    [b"JP\0\x01AIGC" + OLD.encode(), b"ICC_PROFILE\0\x01\x01AIGC" + OLD.encode()],
    ids=["credential", "profile"],
)
def test_a_label_inside_binary_data_is_none(body):
    marker = 0xEB if body.startswith(b"JP") else 0xE2
    data = after_jfif(segment(marker, body))
    assert labels(data) == []
    assert segment(marker, body) in put(data)


def test_the_packet_goes_after_jfif_and_exif():
    data = after_jfif(exif("x"), segment(COM, b"hello"))
    assert markers(put(data))[:4] == [0xE0, APP1, APP1, COM]
    assert markers(put(PLAIN))[:3] == [0xE0, APP1, 0xDB]


def test_an_existing_packet_is_updated_where_it_is():
    data = after_jfif(segment(COM, b"hello"), segment(APP1, XAP + NEVER))
    marked = put(data)
    assert markers(marked) == markers(data)
    assert ("other", "x") in [(found.key, found.text) for found in jpeg.CONTAINER.survey(marked).fields]


def test_a_packet_that_no_longer_fits_is_refused_with_advice():
    full = xmp.set_property(None, Note("other", "x" * (MAX_BODY - len(XAP) - len(NEVER) + 1), "urn:x", "x"), superseded)
    with pytest.raises(FormatError, match="convert it to PNG"):
        put(after_jfif(segment(APP1, XAP + full)))


def test_fill_bytes_and_what_follows_the_picture_are_kept():
    data = PLAIN[:JFIF] + b"\xff\xff\xff" + PLAIN[JFIF:] + b"trailing \xff\xd8\xff data"
    assert put(data)[-(len(data) - JFIF) :] == data[JFIF:]


def extended(packet: bytes, size: int = 300) -> tuple[bytes, list[bytes]]:
    guid = hashlib.md5(packet).hexdigest().upper().encode()
    head = xmp_extended.SIGNATURE + guid + len(packet).to_bytes(4, "big")
    starts = range(0, len(packet), size)
    return guid, [segment(APP1, head + at.to_bytes(4, "big") + packet[at : at + size]) for at in starts]


def extended_file(text: str, order: int = 1) -> bytes:
    note = Note("AIGC", text, URI, "TC260")
    guid, parts = extended(
        xmp.set_property(
            xmp.set_property(None, note, superseded),
            Note("Long", "y" * 900, "urn:mine", "mine"),
            superseded=lambda f: f.key == "Long",
        )
    )
    main = xmp.set_property(
        None, Note("HasExtendedXMP", guid.decode(), "http://ns.adobe.com/xmp/note/", "xmpNote"), lambda f: False
    )
    return after_jfif(segment(APP1, XAP + main), *parts[::order])


@pytest.mark.parametrize("order", [1, -1])
def test_extended_xmp_is_put_together_and_named_anew(order, tmp_path):
    data = extended_file(OLD, order)
    assert labels(data) == [("ExtendedXMP", OLD)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    (tmp_path / "x.jpg").write_bytes(marked)
    run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", tmp_path / "x.jpg"], capture_output=True, check=True)
    seen = json.loads(run.stdout)[0]
    assert seen["XMP-TC260:Aigc"] == JSON
    assert seen["XMP-mine:Long"] == "y" * 900
    assert not any("Warning" in key for key in seen)


def test_extended_xmp_with_a_piece_missing_is_a_fault():
    data = extended_file(OLD)
    parts = [p for p in jpeg_segments.layout(data).segments if p.begins(data, APP1, xmp_extended.SIGNATURE)]
    survey = jpeg.CONTAINER.survey(data[: parts[1].start] + data[parts[1].stop :])
    assert [fault.place for fault in survey.faults] == ["ExtendedXMP"]


def test_extended_xmp_of_4_gib_is_a_fault():
    head = xmp_extended.SIGNATURE + b"0" * 32 + b"\xff\xff\xff\xff" + bytes(4)
    assert jpeg.CONTAINER.survey(after_jfif(segment(APP1, head + b"x"))).faults


def test_the_second_picture_is_still_found(media, tmp_path):
    data = (media / "images" / "pyvips_hdr.jpg").read_bytes()
    for new in (put(data), jpeg.transplant(data, drawn(quality=60))):
        path = tmp_path / "x.jpg"
        path.write_bytes(new)
        second = subprocess.run(["exiftool", "-b", "-MPImage2", path], capture_output=True, check=True).stdout
        assert second == data[-len(second) :]
        Image.open(io.BytesIO(second)).load()
        assert exiftool(path)["MPImage1:MPImageLength"] == len(new) - len(second)


HOSTILE = {
    "no marker": (PLAIN[:JFIF] + b"\0\0\0" + PLAIN[JFIF:], FormatError),
    "no end": (PLAIN[:-2], TruncatedError),
    "cut in a segment": (PLAIN[: JFIF + 10], TruncatedError),
    "a segment of no length": (PLAIN[:JFIF] + b"\xff\xe5\0\x01" + PLAIN[JFIF:], TruncatedError),
    "only a start and an end": (b"\xff\xd8\xff\xd9", FormatError),
    "fill bytes without end": (PLAIN[:JFIF] + b"\xff" * 100_000, TruncatedError),
    "packet that is no XML": (after_jfif(segment(APP1, XAP + b"<broken")), FormatError),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data)


def test_what_precedes_and_follows_a_broken_place_counts():
    data = PLAIN[:JFIF] + PACKET + b"\0\0\0" + segment(COM, b"hello") + PLAIN[JFIF:]
    survey = jpeg.CONTAINER.survey(data)
    assert [found.text for found in survey.fields] == [OLD, "hello"]
    assert len(survey.faults) == 1


@pytest.mark.parametrize("piece", [b"\xff\x01", b"\xff\xd8", b"\xff\xe5\0\2", b"\xff\xd80"])
def test_the_number_of_segments_is_capped(piece):
    with pytest.raises(BudgetError):
        jpeg.CONTAINER.survey(b"\xff\xd8" + piece * 30_000)


@pytest.mark.parametrize(
    "body", [b"AIGC" + b'{"' * 20_000, b'AIGC{"' + b'\\"' * 20_000, b"{" * 60_000, b"AIGC " * 9_000]
)
def test_objects_without_end_are_read_in_linear_time(body):
    survey = jpeg.CONTAINER.survey(after_jfif(segment(0xE9, body)))
    assert all(found.defects == ("object-not-closed",) for found in survey.fields)


@pytest.mark.parametrize(
    "name", ["c2pa_adobe_I.jpg", "exif_nokia.jpg", "mdn_redpanda.jpg", "thumbor_giunchedi.jpg", "ai_tm_ufo.jpg"]
)
def test_metadata_is_transplanted_around_a_new_picture(media, name, tmp_path):
    original = (media / "images" / name).read_bytes()
    with Image.open(io.BytesIO(original)) as picture:
        out = io.BytesIO()
        picture.resize((64, 48)).save(out, "JPEG", quality=70)
    new = jpeg.transplant(original, out.getvalue())
    assert Image.open(io.BytesIO(new)).tobytes() == Image.open(out).tobytes()
    (tmp_path / "a.jpg").write_bytes(original)
    (tmp_path / "b.jpg").write_bytes(new)
    before, after = (exiftool(tmp_path / side) for side in ("a.jpg", "b.jpg"))
    assert after == before


def exiftool(path: Path) -> dict[str, object]:
    run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", path], capture_output=True, check=True)
    hidden = ("SourceFile", "System:", "File:", "Composite:", "Adobe:")
    return {key: value for key, value in json.loads(run.stdout)[0].items() if not key.startswith(hidden)}


def test_the_colour_transform_is_that_of_the_new_picture():
    profile = b"acsp" * 40
    original = drawn("CMYK", icc_profile=profile)
    fresh = drawn("RGB", icc_profile=b"new!" * 40)
    new = jpeg.transplant(original, fresh)
    with Image.open(io.BytesIO(new)) as picture:
        assert picture.mode == "RGB"
        assert picture.info["icc_profile"] == b"new!" * 40
        assert picture.tobytes() == Image.open(io.BytesIO(fresh)).tobytes()
    same = jpeg.transplant(original, drawn("CMYK", icc_profile=b"new!" * 40))
    with Image.open(io.BytesIO(same)) as picture:
        assert (picture.mode, picture.info["icc_profile"]) == ("CMYK", profile)
    assert markers(same).count(0xEE) == 1
