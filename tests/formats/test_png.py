from __future__ import annotations

import io
import json
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import png, png_chunks, png_texts, xmp
from overt.formats.container import Field, Note
from overt.formats.png_chunks import chunk

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000"}'
OLD = '{"Label":"2"}'
WRAPPED = f'{{"AIGC":{OLD}}}'
NOTE = Note("AIGC", JSON, URI, "TC260")


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


PACKET = xmp.set_property(None, Note("AIGC", OLD, URI, "TC260"), superseded)
OTHER = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), superseded)


def put(data: bytes) -> bytes:
    return png.CONTAINER.put(data, NOTE, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = png.CONTAINER.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


def drawn(mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize((40, 24))
    (picture.quantize(7) if mode == "P" else picture.convert(mode)).save(out, "PNG", **options)
    return out.getvalue()


PLAIN = drawn()
HEADER = png_chunks.layout(PLAIN).chunks[0].stop


def before(*chunks: bytes) -> bytes:
    return PLAIN[:HEADER] + b"".join(chunks) + PLAIN[HEADER:]


def after(*chunks: bytes) -> bytes:
    return PLAIN[:-12] + b"".join(chunks) + PLAIN[-12:]


def kinds(data: bytes) -> list[bytes]:
    return [part.kind for part in png_chunks.layout(data).chunks]


def international(keyword: bytes, text: bytes, *, packed: bool = False) -> bytes:
    body = zlib.compress(text) if packed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([packed, 0]) + b"zh\0\0" + body)


def exif(text: str) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    return made.tobytes()


def raw(name: str, profile: bytes) -> bytes:
    digits = profile.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{name}\n{len(profile):8}\n{lines}\n".encode()
    return chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))


XMP = b"XML:com.adobe.xmp"
LABELLED = {
    "XMP": (before(international(XMP, PACKET)), "XMP", OLD),
    "XMP compressed": (before(international(XMP, PACKET, packed=True)), "XMP", OLD),
    "XMP after the picture": (after(international(XMP, PACKET)), "XMP", OLD),
    "XMP in the wrong kind of text": (before(chunk(b"tEXt", XMP + b"\0" + PACKET)), "XMP", OLD),
    "a second XMP packet": (before(international(XMP, OTHER), international(XMP, PACKET)), "XMP", OLD),
    "a second packet, compressed": (
        before(international(XMP, OTHER), international(XMP, PACKET, packed=True)), "XMP", OLD,
    ),
    "tEXt": (before(chunk(b"tEXt", b"AIGC\0" + OLD.encode())), "PNG tEXt", OLD),
    "tEXt after the picture": (after(chunk(b"tEXt", b"AIGC\0" + WRAPPED.encode())), "PNG tEXt", WRAPPED),
    "zTXt": (before(chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(OLD.encode()))), "PNG zTXt", OLD),
    "iTXt": (before(international(b"AIGC", OLD.encode())), "PNG iTXt", OLD),
    "iTXt compressed": (after(international(b"AIGC", OLD.encode(), packed=True)), "PNG iTXt", OLD),
    "eXIf": (before(chunk(b"eXIf", exif(WRAPPED))), "EXIF UserComment", WRAPPED),
    "a raw EXIF profile": (before(raw("exif", exif(WRAPPED))), "EXIF UserComment", WRAPPED),
    "a raw XMP profile": (before(raw("xmp", PACKET)), "PNG raw profile", OLD),
    "a raw APP1 profile": (before(raw("APP1", b"http://ns.adobe.com/xap/1.0/\0" + PACKET)), "PNG raw profile", OLD),
    "a vendor's chunk": (before(chunk(b"aiGc", WRAPPED.encode())), "PNG aiGc", WRAPPED),
}  # fmt: skip


@pytest.mark.parametrize("reason", LABELLED)
def test_every_place_is_read_and_then_replaced(reason):
    data, place, text = LABELLED[reason]
    assert labels(data) == [(place, text)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert kinds(marked)[:2] == [b"IHDR", b"iTXt"]
    assert Image.open(io.BytesIO(marked)).tobytes() == Image.open(io.BytesIO(PLAIN)).tobytes()


def test_one_label_remains_of_many(tmp_path):
    data = before(
        chunk(b"tEXt", b"AIGC\0" + WRAPPED.encode()), chunk(b"tEXt", b"Software\0a program"),
        international(XMP, PACKET), chunk(b"eXIf", exif(WRAPPED)), international("参数".encode(), b"x"),
    )  # fmt: skip
    assert len(labels(data)) == 3
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert OLD.encode() not in marked
    (tmp_path / "x.png").write_bytes(marked)
    seen = exiftool(tmp_path / "x.png")
    assert [seen[key] for key in ("XMP-TC260:Aigc", "PNG:Software", "IFD0:ImageDescription")] == [
        JSON, "a program", "kept",
    ]  # fmt: skip


def test_a_label_laid_bare_by_the_removal_of_another_goes_too():
    data = before(chunk(b"aiGc", b'{"AIGC":1}' + OLD.encode() + b" and more"))
    assert labels(put(data)) == [("XMP", JSON)]
    with pytest.raises(BudgetError):
        put(before(chunk(b"veNd", b"x AIGC{}" * 9_000)))
    assert png.CONTAINER.survey(before(chunk(b"veNd", b"x AIGC{}" * 2_000))).faults


def test_other_properties_and_a_second_packet_stay():
    data, _, _ = LABELLED["a second XMP packet"]
    assert "x" in [found.text for found in png.CONTAINER.survey(put(data)).fields]


def test_pillow_reads_the_packet():
    with Image.open(io.BytesIO(put(PLAIN))) as picture:
        assert JSON in picture.info["XML:com.adobe.xmp"]


def test_texts_are_decoded_and_what_is_unusual_is_told():
    data = before(
        chunk(b"tEXt", b"Title\0caf\xe9"),
        chunk(b"tEXt", "parameters\0雨后".encode()),
        international(b"Title", "雨后".encode()),
        international(b"Title", b"\xff"),
    )
    assert [(found.text, bool(found.defects)) for found in png.CONTAINER.survey(data).fields] == [
        ("café", False), ("雨后", True), ("雨后", False), ("ÿ", True),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [b"caBX", b"iCCP"])
def test_a_label_inside_binary_data_is_none(kind):
    data = before(chunk(kind, b"AIGC" + OLD.encode()))
    assert labels(data) == []
    assert chunk(kind, b"AIGC" + OLD.encode()) in put(data)


def test_what_follows_the_end_is_kept():
    assert put(PLAIN + b"trailing").endswith(PLAIN[HEADER:] + b"trailing")


BOMB = zlib.compress(bytes(1 << 25), 9)
FAULTY = {
    "a bomb": chunk(b"zTXt", b"x\0\0" + BOMB),
    "a bomb in an international text": chunk(b"iTXt", b"x\0\1\0\0\0" + BOMB),
    "a bomb in a packet": chunk(b"iTXt", XMP + b"\0\1\0\0\0" + BOMB),
    "compressed text cut off": chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(OLD.encode() * 9)[:-9]),
    "compressed text damaged": chunk(b"zTXt", b"AIGC\0\0not deflate"),
    "an unknown compression": chunk(b"zTXt", b"AIGC\0\1"),
    "no keyword": chunk(b"tEXt", OLD.encode()),
    "an international text without its zeros": chunk(b"iTXt", b"AIGC\0"),
    "a raw profile of no digits": chunk(b"tEXt", b"Raw profile type exif\0hello"),
    "a raw profile that is no EXIF": chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\n414243\n"),
    "a packet that is no XML": international(XMP, b"<broken"),
}


@pytest.mark.parametrize("reason", FAULTY)
def test_a_place_that_cannot_be_read_is_a_fault(reason):
    survey = png.CONTAINER.survey(before(FAULTY[reason], chunk(b"tEXt", b"Title\0t")))
    assert len(survey.faults) == 1
    assert [found.text for found in survey.fields] == ["t"]


def test_bombs_in_many_chunks_share_one_allowance():
    part = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1 << 23), 9))
    survey = png.CONTAINER.survey(before(*[part] * 12))
    assert sum(len(found.text) for found in survey.fields) <= 1 << 26
    assert len(survey.faults) == 4
    with pytest.raises(BudgetError):
        png_texts.Allowance(10).inflate(zlib.compress(bytes(11)))


def test_a_wrong_checksum_is_a_fault_and_the_text_still_counts():
    label = chunk(b"tEXt", b"AIGC\0" + OLD.encode())
    data = before(label[:-1] + bytes([label[-1] ^ 1]))
    survey = png.CONTAINER.survey(data)
    assert [(found.text, found.defects) for found in survey.fields] == [(OLD, ("wrong-checksum",))]
    assert [fault.place for fault in survey.faults] == ["PNG tEXt"]
    with pytest.raises(FormatError, match="checksum"):
        put(data)


HOSTILE = {
    "no chunks": (png_chunks.SIGNATURE, MediaError),
    "no end": (PLAIN[:-12], TruncatedError),
    "cut in a chunk": (PLAIN[:-20], TruncatedError),
    "a chunk of 4 GiB": (PLAIN[:HEADER] + b"\xff\xff\xff\xfftEXt" + PLAIN[HEADER:], TruncatedError),
    "no chunk": (PLAIN[:HEADER] + b"\0\0\0\0\0\0\0\0" + PLAIN[HEADER:], FormatError),
    "no header": (png_chunks.SIGNATURE + PLAIN[HEADER:], FormatError),
    "no picture": (PLAIN[:HEADER] + PLAIN[-12:], FormatError),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data)


@pytest.mark.slow
def test_the_number_of_chunks_is_capped():
    with pytest.raises(BudgetError):
        png.CONTAINER.survey(before(chunk(b"tEXt", b"") * 200_001))


def exiftool(path: Path) -> dict[str, object]:
    run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", path], capture_output=True, check=True)
    hidden = ("SourceFile", "System:", "File:", "Composite:", "PNG:Image", "PNG:Bit", "PNG:Color", "PNG:Comp")
    return {key: value for key, value in json.loads(run.stdout)[0].items() if not key.startswith(hidden)}


@pytest.mark.parametrize("name", ["ai_chatgpt-1.png", "compressai_stmalo.png", "skimage_chelsea.png", "kodim01.png"])
def test_metadata_is_transplanted_around_a_new_picture(media, name, tmp_path):
    original = (media / "images" / name).read_bytes()
    with Image.open(io.BytesIO(original)) as picture:
        encoded = drawn(picture.mode, pnginfo=_info())
    new = png.transplant(original, encoded)
    (tmp_path / "a.png").write_bytes(original)
    (tmp_path / "b.png").write_bytes(new)
    assert Image.open(tmp_path / "b.png").tobytes() == Image.open(io.BytesIO(encoded)).tobytes()
    assert exiftool(tmp_path / "b.png") == exiftool(tmp_path / "a.png")


def _info() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "of the new picture")
    return info


def test_what_describes_the_samples_is_transplanted_only_where_it_holds():
    extra = (chunk(b"sBIT", b"\x05\x05\x05"), chunk(b"bKGD", bytes(6)), chunk(b"tRNS", bytes(6)))
    unknown = (chunk(b"opYs", b"safe to copy"), chunk(b"opYS", b"not safe"), chunk(b"gAMA", bytes(4)))
    original = before(*extra, *unknown)
    same = png.transplant(original, drawn())
    assert kinds(same)[:-2] == [b"IHDR", b"sBIT", b"opYs", b"gAMA", b"bKGD", b"tRNS"]
    Image.open(io.BytesIO(same)).load()
    assert kinds(png.transplant(original, drawn("RGBA"))) == [b"IHDR", b"opYs", b"gAMA", b"IDAT", b"IEND"]
    assert kinds(png.transplant(original, drawn("L"))) == [b"IHDR", b"opYs", b"IDAT", b"IEND"]
    palette = png.transplant(original, drawn("P", transparency=1))
    assert kinds(palette) == [b"IHDR", b"opYs", b"gAMA", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert Image.open(io.BytesIO(palette)).info["transparency"] == 1


def test_a_colour_profile_comes_from_the_new_picture_where_grey_became_colour():
    grey, colour = b"grey" * 40, b"rgb!" * 40
    new = png.transplant(drawn("L", icc_profile=grey), drawn("RGB", icc_profile=colour))
    assert Image.open(io.BytesIO(new)).info["icc_profile"] == colour
    same = png.transplant(drawn("LA", icc_profile=grey), drawn("L", icc_profile=colour))
    assert Image.open(io.BytesIO(same)).info["icc_profile"] == grey


def test_text_after_the_picture_stays_after_it():
    original = after(chunk(b"tEXt", b"Title\0t")) + b"trailing"
    new = png.transplant(original, drawn())
    assert kinds(new) == [b"IHDR", b"IDAT", b"tEXt", b"IEND"]
    assert new.endswith(b"trailing")


def test_an_animation_does_not_become_a_still_picture():
    picture = Image.new("RGB", (8, 8))
    frames = {"save_all": True, "append_images": [Image.new("RGB", (8, 8), "red")]}
    out = io.BytesIO()
    picture.save(out, "PNG", **frames)
    with pytest.raises(UnsupportedError):
        png.transplant(out.getvalue(), drawn())
    assert Image.open(io.BytesIO(png.transplant(out.getvalue(), out.getvalue()))).n_frames == 2
