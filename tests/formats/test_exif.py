from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overt.errors import FormatError
from overt.formats import exif
from overt.formats.container import Field

JSON = '{"AIGC":{"Label":"1"}}'


def anything(found: Field) -> bool:
    return True


def entry(order: str, tag: int, kind: int, count: int, value: bytes | int) -> bytes:
    number = value.to_bytes(4, order) if isinstance(value, int) else value.ljust(4, b"\0")
    return tag.to_bytes(2, order) + kind.to_bytes(2, order) + count.to_bytes(4, order) + number


def blob(order: str, *values: tuple[int, int, bytes], following: int = 0) -> bytes:
    """A blob with one directory; each value is a tag, a type of one byte, and its bytes."""
    head = (b"II*\0" if order == "little" else b"MM\0*") + (8).to_bytes(4, order)
    directory, store, start = b"", b"", 8 + 2 + 12 * len(values) + 4
    for tag, kind, value in values:
        if len(value) <= 4:
            directory += entry(order, tag, kind, len(value), value)
        else:
            directory += entry(order, tag, kind, len(value), start + len(store))
            store += value
    return head + len(values).to_bytes(2, order) + directory + following.to_bytes(4, order) + store


def packet(attributes: bytes) -> bytes:
    start = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description xmlns:a="u" '
    return start + attributes + b"/></r:RDF>"


COMMENTS = {
    "ASCII": (b"ASCII\0\0\0" + JSON.encode(), "little", ()),
    "undefined": (bytes(8) + JSON.encode(), "big", ()),
    "zeros after the text": (b"ASCII\0\0\0" + JSON.encode() + b"\0\0\0", "big", ()),
    "UTF-16 in the order of the blob, low byte first": (
        b"UNICODE\0" + JSON.encode("utf-16-le"),
        "little",
        (),
    ),
    "UTF-16 in the order of the blob, high byte first": (b"UNICODE\0" + JSON.encode("utf-16-be"), "big", ()),
    "UTF-16 in the other order": (b"UNICODE\0" + JSON.encode("utf-16-le"), "big", ()),
    "UTF-16 with a mark": (b"UNICODE\0" + JSON.encode("utf-16"), "big", ()),
    "JIS": (b"JIS\0\0\0\0\0" + JSON.encode("iso2022_jp"), "big", ()),
    "no character code": (JSON.encode(), "big", ("no-character-code",)),
}


@pytest.mark.parametrize("reason", COMMENTS)
def test_a_user_comment_is_read_in_every_character_code(reason):
    value, order, defects = COMMENTS[reason]
    data = blob(order, (0x9286, 7, value))
    assert exif.read(data, 5).fields == (Field("EXIF UserComment", "UserComment", JSON, None, 5, defects),)
    assert exif.read(exif.PREFIX + data, 5) == exif.read(data, 5)


def test_what_other_programs_write_is_read():
    made = Image.Exif()
    made[0x010E], made[0x0131], made[0x9C9C] = "a picture", "a program", "雨后\0".encode("utf-16-le")
    made[0x02BC] = packet(b'a:b="c"')
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + JSON.encode()
    found = {(f.place, f.key, f.text) for f in exif.read(made.tobytes()).fields}
    assert found == {
        ("EXIF ImageDescription", "ImageDescription", "a picture"),
        ("EXIF Software", "Software", "a program"),
        ("EXIF XPComment", "XPComment", "雨后"),
        ("EXIF UserComment", "UserComment", JSON),
        ("EXIF XMP", "b", "c"),
    }


@pytest.mark.parametrize("name", ["c2pa_adobe_I.jpg", "exif_nokia.jpg", "mdn_larch.jpg", "thumbor_giunchedi.jpg"])
def test_real_blobs_are_read_as_exiftool_reads_them(media, name):
    path = media / "images" / name
    tags = ("ImageDescription", "Make", "Model", "Software", "Artist", "Copyright", "UserComment", "Orientation")
    asked = [f"-{tag}" for tag in tags]
    run = subprocess.run(["exiftool", "-j", "-n", "-EXIF:all", "-s", *asked, path], capture_output=True, check=True)
    theirs = json.loads(run.stdout)[0]
    with Image.open(path) as picture:
        data = picture.info["exif"]
    survey = exif.read(data)
    assert not survey.faults
    assert survey.fields
    for found in survey.fields:
        assert str(theirs[found.key]).strip() == found.text.strip()
    assert exif.orientation(data) == theirs.get("Orientation", 1)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(("value", "turned"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1), (60000, 1)])
def test_orientation(order, value, turned):
    head = (b"II*\0" if order == "little" else b"MM\0*") + (8).to_bytes(4, order) + (1).to_bytes(2, order)
    data = head + entry(order, 0x0112, 3, 1, value.to_bytes(2, order)) + bytes(4)
    assert exif.orientation(data) == turned
    assert exif.orientation(blob(order)) == 1


def test_blanking_keeps_length_and_everything_else():
    made = Image.Exif()
    made[0x010E], made[0x010F], made[0x0112] = "a mark", "a maker", 6
    made[0x02BC] = packet(b'a:b="c" a:d="e"')
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + JSON.encode()
    data = made.tobytes()
    new = exif.blank(data, lambda found: found.text in {"a mark", JSON, "c"})
    assert len(new) == len(data)
    assert {f.text for f in exif.read(new).fields} == {"a maker", "e"}
    again = Image.Exif()
    again.load(new)
    assert (again[0x010F], again[0x0112]) == ("a maker", 6)
    assert again.get_ifd(0x8769)[0x9286].startswith(b"ASCII\0\0\0")
    assert exif.blank(new, lambda found: "AIGC" in found.text) == new
    assert exif.blank(data, lambda found: False) == data


LOOP = blob("big", (0x010E, 2, b"one"), following=8)
HOSTILE = {
    "no header": b"",
    "another header": b"IIU\0" + bytes(30),
    "cut in the header": b"MM\0*\0",
    "the first directory outside": b"MM\0*\xff\xff\xff\xff",
    "more entries than bytes": b"MM\0*\0\0\0\x08\xff\xff" + bytes(40),
    "a value outside": blob("big", (0x010E, 2, b"12345"))[:-1],
    "a value of 4 GiB": b"MM\0*\0\0\0\x08\0\x01" + entry("big", 0x010E, 2, 0xFFFFFFFF, 8) + bytes(4),
    "a value of 32 GiB": b"MM\0*\0\0\0\x08\0\x01" + entry("big", 0x010E, 12, 0xFFFFFFFF, 8) + bytes(4),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_what_cannot_be_read_is_a_fault(reason):
    survey = exif.read(HOSTILE[reason])
    assert survey.faults
    assert not survey.fields
    assert exif.blank(HOSTILE[reason], anything) == HOSTILE[reason]


@pytest.mark.parametrize("reason", ["no header", "another header", "the first directory outside"])
def test_orientation_of_a_broken_blob_is_not_guessed(reason):
    with pytest.raises(FormatError):
        exif.orientation(HOSTILE[reason])


def test_a_loop_of_directories_is_walked_once():
    survey = exif.read(LOOP)
    assert [f.text for f in survey.fields] == ["one"]
    assert not survey.faults


def test_a_value_shared_by_thousands_of_tags_is_not_multiplied():
    text = b"x" * 100_000
    many = 4_000
    head = b"MM\0*\0\0\0\x08" + many.to_bytes(2, "big")
    shared = entry("big", 0x010E, 2, len(text), 8 + 2 + 12 * many + 4)
    survey = exif.read(head + shared * many + bytes(4) + text)
    assert sum(len(f.text) for f in survey.fields) <= 1 << 24
    assert survey.faults


def test_a_chain_of_directories_is_capped():
    links = 3_000
    body = b"".join(
        (1).to_bytes(2, "big") + entry("big", 0x8769, 4, 1, 8 + 18 * (n + 1)) + bytes(4) for n in range(links)
    )
    assert exif.read(b"MM\0*\0\0\0\x08" + body).faults


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_damage_never_escapes(data):
    made = blob("little", (0x010E, 2, b"a description"), (0x9286, 7, b"UNICODE\0a\0"), (0x02BC, 1, b"<a:b>c</"))
    broken = bytearray(exif.PREFIX + made)
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(broken[: data.draw(st.integers(0, len(broken)))])
    exif.read(cut)
    assert len(exif.blank(cut, anything)) == len(cut)
    try:
        assert 1 <= exif.orientation(cut) <= 8
    except FormatError:
        assert exif.read(cut).faults


@settings(deadline=None, derandomize=True)
@given(st.sampled_from([b"", b"II*\0", b"MM\0*\0\0\0\x08"]), st.binary(max_size=100))
def test_arbitrary_bytes_never_escape(head, tail):
    exif.read(head + tail)
    exif.blank(head + tail, anything)
