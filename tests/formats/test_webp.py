from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from overt.errors import FormatError, TruncatedError, UnsupportedError
from overt.formats import riff, webp, webp_chunks, xmp
from overt.formats.container import Field, Note

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000"}'
OLD = '{"Label":"2"}'
WRAPPED = f'{{"AIGC":{OLD}}}'
NOTE = Note("AIGC", JSON, URI, "TC260")


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)
OTHER = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), superseded)
PROFILE = b"acsp" * 40


def put(data: bytes) -> bytes:
    return webp.CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = webp.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def drawn(mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize((41, 24)).convert("RGB")
    if mode == "RGBA":
        picture.putalpha(90)
    picture.save(out, "WEBP", **options)
    return out.getvalue()


def exif(text: str) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    assert made.tobytes().startswith(b"Exif\0\0")
    return made.tobytes()


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    assert len(data) % 2 == 0
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    return [(part.fourcc, data[part.start : part.stop]) for part in riff.walk(data, 12, len(data))]


def with_chunks(data: bytes, *extra: bytes) -> bytes:
    body = data[8:] + b"".join(extra)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


FULL = drawn("RGBA", icc_profile=PROFILE, exif=exif(WRAPPED), xmp=PACKET)
LABELLED = {
    "XMP": (drawn(xmp=PACKET), "XMP", OLD),
    "EXIF": (drawn(exif=exif(WRAPPED)), "EXIF UserComment", WRAPPED),
    "EXIF that begins as in a JPEG": (
        with_chunks(drawn(icc_profile=PROFILE), riff.chunk(b"EXIF", exif(WRAPPED))), "EXIF UserComment", WRAPPED,
    ),
    "a second XMP packet": (with_chunks(drawn(xmp=OTHER), riff.chunk(b"XMP ", PACKET)), "XMP", OLD),
    "a chunk of its own": (with_chunks(drawn(), riff.chunk(b"AIGC", OLD.encode())), "RIFF chunk", OLD),
}  # fmt: skip


@pytest.mark.parametrize("reason", LABELLED)
def test_every_place_is_read_and_then_replaced(reason):
    data, place, text = LABELLED[reason]
    assert labels(data) == [(place, text)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert OLD.encode() not in marked
    assert Image.open(io.BytesIO(marked)).tobytes() == Image.open(io.BytesIO(drawn())).tobytes()


def test_one_label_remains_of_many(tmp_path):
    data = with_chunks(FULL, riff.chunk(b"AIGC", OLD.encode()), riff.chunk(b"Mine", b"odd"))
    assert len(labels(data)) == 3
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert [kind for kind, _ in chunks(marked)] == [
        b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"EXIF", b"XMP ", b"Mine",
    ]  # fmt: skip
    (tmp_path / "x.webp").write_bytes(marked)
    seen = exiftool(tmp_path / "x.webp")
    assert (seen["XMP-TC260:Aigc"], seen["IFD0:ImageDescription"]) == (JSON, "kept")


@pytest.mark.parametrize(
    ("data", "flags"),
    [(drawn(), 0x04), (drawn(lossless=True), 0x04), (drawn("RGBA", lossless=True), 0x14)],
    ids=["lossy", "lossless", "lossless with alpha"],
)
def test_a_simple_file_is_given_the_header_it_needs(data, flags):
    assert len(chunks(data)) == 1
    marked = chunks(put(data))
    assert [kind for kind, _ in marked] == [b"VP8X", chunks(data)[0][0], b"XMP "]
    assert marked[0][1] == bytes([flags, 0, 0, 0]) + (40).to_bytes(3, "little") + (23).to_bytes(3, "little")
    assert marked[1] == chunks(data)[0]


def test_a_header_keeps_what_it_says_besides():
    data = bytearray(drawn("RGBA"))
    place = data.index(b"VP8X") + 8
    data[place] |= 0xC0
    data[place + 1] = 7
    assert put(bytes(data))[place : place + 2] == bytes([data[place] | 4, 7])


def test_unknown_chunks_and_their_order_are_kept_and_the_credential_stays_last():
    extra = [riff.chunk(b"C2PA", b"\0\0\0\x09jumb AIGC" + OLD.encode())]
    data = with_chunks(drawn(icc_profile=PROFILE), riff.chunk(b"Mine", b"odd"), *extra)
    marked = put(data)
    assert labels(data) == []
    kinds = [kind for kind, _ in chunks(marked)]
    assert kinds == [b"VP8X", b"ICCP", b"VP8 ", b"XMP ", b"Mine", b"C2PA"]
    assert marked.endswith(extra[0])


def test_an_animation_keeps_its_frames():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=[40, 80, 120], loop=3)
    marked = put(out.getvalue())
    with Image.open(io.BytesIO(marked)) as picture:
        assert (picture.n_frames, picture.info["loop"]) == (3, 3)
    before = [part for part in chunks(out.getvalue()) if part[0] in {b"ANIM", b"ANMF"}]
    assert [part for part in chunks(marked) if part[0] in {b"ANIM", b"ANMF"}] == before


def test_a_pad_byte_left_out_at_the_end_is_made_good():
    body = drawn(icc_profile=PROFILE)[8:] + riff.chunk(b"Mine", b"odd")[:-1]
    data = b"RIFF" + len(body).to_bytes(4, "little") + body
    assert chunks(put(data))[-1] == (b"Mine", b"odd")
    assert put(put(data)) == put(data)


def test_what_follows_the_form_is_kept():
    assert put(drawn() + b"trailing") == put(drawn()) + b"trailing"


HOSTILE = {
    "cut in its picture": (drawn()[:-9], TruncatedError),
    "a chunk of 4 GiB": (with_chunks(drawn(), b"Mine\xff\xff\xff\xff"), TruncatedError),
    "a few bytes too many": (with_chunks(drawn(), b"Mi"), TruncatedError),
    "another form": (b"RIFF\4\0\0\0WAVE", FormatError),
    "nothing inside": (b"RIFF\4\0\0\0WEBP", FormatError),
    "no picture": (with_chunks(b"RIFF\4\0\0\0WEBP", riff.chunk(b"XMP ", PACKET)), FormatError),
    "a picture that is none": (with_chunks(b"RIFF\4\0\0\0WEBP", riff.chunk(b"VP8 ", bytes(20))), FormatError),
    "a lossless picture that is none": (with_chunks(b"RIFF\4\0\0\0WEBP", riff.chunk(b"VP8L", b"")), FormatError),
    "no width": (
        with_chunks(b"RIFF\4\0\0\0WEBP", riff.chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a\0\0\1\0")),
        FormatError,
    ),
    "a header of three bytes": (
        with_chunks(b"RIFF\4\0\0\0WEBP", riff.chunk(b"VP8X", b"abc"), drawn()[12:]),
        FormatError,
    ),
    "packet that is no XML": (drawn(xmp=b"<broken"), FormatError),
}  # fmt: skip


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data)


def test_a_file_cut_after_its_metadata_still_tells_them():
    data = FULL[:-3]
    survey = webp.CONTAINER.survey(data)
    assert [found.text for found in survey.fields if superseded(found)] == [WRAPPED, OLD]
    assert survey.faults


def test_a_side_of_16384_pixels_fits_the_header():
    assert webp_chunks.Header(0, 1 << 24, 1).chunk(4)[-6:] == b"\xff\xff\xff\0\0\0"


def exiftool(path: Path) -> dict[str, object]:
    run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", path], capture_output=True, check=True)
    hidden = ("SourceFile", "System:", "File:", "Composite:", "RIFF:")
    return {key: value for key, value in json.loads(run.stdout)[0].items() if not key.startswith(hidden)}


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [False, True])
def test_metadata_is_transplanted_around_a_new_picture(mode, lossless, tmp_path):
    original = with_chunks(FULL, riff.chunk(b"C2PA", b"box"), riff.chunk(b"Mine", b"odd"))
    encoded = drawn(mode, lossless=lossless, exif=b"Exif\0\0MM\0*\0\0\0\0", icc_profile=b"new!" * 40)
    new = webp.transplant(original, encoded)
    kinds = [kind for kind, _ in chunks(new)]
    assert (kinds[:2], kinds[-4:]) == ([b"VP8X", b"ICCP"], [b"EXIF", b"XMP ", b"Mine", b"C2PA"])
    (tmp_path / "a.webp").write_bytes(original)
    (tmp_path / "b.webp").write_bytes(new)
    assert exiftool(tmp_path / "b.webp") == exiftool(tmp_path / "a.webp")
    with Image.open(io.BytesIO(new)) as picture:
        assert picture.info["icc_profile"] == PROFILE
        assert picture.tobytes() == Image.open(io.BytesIO(encoded)).tobytes()


def test_a_simple_file_stays_simple():
    assert webp.transplant(drawn(), drawn(quality=5)) == drawn(quality=5)
    assert [kind for kind, _ in chunks(webp.transplant(FULL, drawn(lossless=True)))][:3] == [b"VP8X", b"ICCP", b"VP8L"]


def test_an_animation_does_not_become_a_still_picture():
    out = io.BytesIO()
    first = Image.new("RGB", (8, 8))
    first.save(out, "WEBP", save_all=True, append_images=[Image.new("RGB", (8, 8), "red")])
    with pytest.raises(UnsupportedError):
        webp.transplant(out.getvalue(), drawn())
    assert Image.open(io.BytesIO(webp.transplant(out.getvalue(), out.getvalue()))).n_frames == 2
