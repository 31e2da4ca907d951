"""Every shape of a metadata label that others write, in a real file: it is read, and each deviation is named.

The list is that of formats/marks.md 2.1 to 2.6. Where an independent program can write a shape, it does.
"""

from __future__ import annotations

import json
import struct
import subprocess
import wave
import zipfile
import zlib
from collections.abc import Callable
from html import escape
from pathlib import Path

import docx
import pikepdf
import pillow_heif
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from overt.marks.examine import examine
from overt.marks.model import Reading
from overt.media.budget import INSPECTION
from samples import ffmpeg

pillow_heif.register_heif_opener()

VALUES = {
    "Label": "1", "ContentProducer": "P", "ProduceID": "x-1", "ReservedCode1": "",
    "ContentPropagator": "P", "PropagateID": "x-1", "ReservedCode2": "",
}  # fmt: skip
BARE = json.dumps(VALUES, separators=(",", ":"))
WRAPPED = '{"AIGC":' + BARE + "}"
NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
XAP = b"http://ns.adobe.com/xap/1.0/\0"
UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def packet(inner: str, *, declared: str = "TC260", attributes: str = "", head: str = "") -> bytes:
    return (
        f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{declared}="{NAMESPACE}" {attributes}>{inner}</rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()


ELEMENT = packet(f"<TC260:AIGC>{BARE}</TC260:AIGC>")
Maker = Callable[[Path, Path], Path]


def jpeg(*segments: tuple[int, bytes]) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        photo = (media / "images" / "wam_sea.jpg").read_bytes()
        extra = b"".join(bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
        return _written(folder / "f.jpg", photo[:2] + extra + photo[2:])

    return make


def exiftool(*arguments: str, name: str = "f.jpg", source: str = "images/wam_sea.jpg") -> Maker:
    def make(media: Path, folder: Path) -> Path:
        path = folder / name
        if Path(source).suffix == path.suffix:
            path.write_bytes((media / source).read_bytes())
        else:
            with Image.open(media / source) as picture:
                picture.resize((64, 48)).save(path)
        subprocess.run(["exiftool", "-q", "-overwrite_original", *arguments, path], check=True)
        return path

    return make


def png(*chunks: tuple[bytes, bytes], late: bool = False) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        path = folder / "f.png"
        with Image.open(media / "images" / "skimage_chelsea.png") as picture:
            picture.resize((64, 48)).save(path)
        data = path.read_bytes()
        extra = b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
        at = len(data) - 12 if late else 33
        return _written(path, data[:at] + extra + data[at:])

    return make


def pillow_png(**texts: str) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        info = PngInfo()
        for key, value in texts.items():
            info.add_text(key, value)
        with Image.open(media / "images" / "skimage_chelsea.png") as picture:
            picture.resize((64, 48)).save(folder / "f.png", pnginfo=info)
        return folder / "f.png"

    return make


def pillow(name: str, **options: object) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        with Image.open(media / "images" / "skimage_chelsea.png") as picture:
            picture.resize((64, 48)).save(folder / name, **options)
        return folder / name

    return make


def exif_comment() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + WRAPPED.encode()
    return exif.tobytes()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def hdlr(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(8), kind, bytes(13))


def data_box(text: str) -> bytes:
    return box(b"data", struct.pack(">II", 1, 0), text.encode())


def film(into: bytes, *boxes: bytes, name: str = "f.mp4", front: bool = False) -> Maker:
    """A real film with boxes at the end of `moov`, or of a new `udta` in it, or of the file."""

    def make(media: Path, folder: Path) -> Path:
        path = folder / name
        flags = ("-movflags", "+faststart") if front else ()
        ffmpeg(
            "-i", media / "video" / "mdn_friday.mp4", "-t", "0.4", "-c:v", "copy", "-an", "-map_metadata", "-1",
            "-fflags", "+bitexact", *flags, path,
        )  # fmt: skip
        data = path.read_bytes()
        added = b"".join(boxes)
        if into == b"file":
            return _written(path, data + added)
        added = box(b"udta", added) if into == b"udta" else added
        at = data.index(b"moov") - 4
        size = int.from_bytes(data[at : at + 4], "big")
        if not front:  # The movie stands behind its samples: nothing points behind it.
            return _written(path, data[:at] + struct.pack(">I", size + len(added)) + data[at + 4 : at + size] + added)
        raise AssertionError("offsets would have to move")

    return make


def remux(name: str, *arguments: str) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        ffmpeg(
            "-i", media / "video" / "mdn_friday.mp4", "-t", "0.4", "-c:v", "copy", "-an", "-map_metadata", "-1",
            *arguments, folder / name,
        )  # fmt: skip
        return folder / name

    return make


KEYED = (
    box(b"keys", bytes(4), struct.pack(">I", 1), struct.pack(">I", 12) + b"mdtaAIGC"),
    box(b"ilst", box(struct.pack(">I", 1), data_box(BARE))),
)


def sound(suffix: str, *arguments: str) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        path = folder / f"f.{suffix}"
        ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "0.5", "-ar", "22050", *arguments, path)
        return path

    return make


def wav(*chunks: bytes, first: bool = False) -> Maker:
    def make(_: Path, folder: Path) -> Path:
        path = folder / "f.wav"
        with wave.open(str(path), "wb") as writer:
            writer.setparams((1, 2, 8000, 0, "NONE", ""))
            writer.writeframes(bytes(1600))
        data = path.read_bytes()
        extra = b"".join(chunks)
        body = data[12:]
        body = extra + body if first else body + extra
        return _written(path, b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)

    return make


def riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def mp3(version: int, frame: bytes, flags: int = 0) -> Maker:
    def make(media: Path, folder: Path) -> Path:
        path = sound("mp3", "-write_id3v2", "0", "-id3v2_version", "0", "-map_metadata", "-1")(media, folder)
        size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
        return _written(path, b"ID3" + bytes([version, 0, flags]) + size + frame + path.read_bytes())

    return make


def id3(version: int, key: str, text: str, codec: str) -> bytes:
    encoding, end = {"utf-8": (b"\x03", b"\0"), "latin-1": (b"\0", b"\0"), "utf-16": (b"\x01", b"\0\0")}[codec]
    body = encoding + key.encode(codec) + end + text.encode(codec)
    if version == 2:
        return b"TXX" + len(body).to_bytes(3, "big") + body
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"TXXX" + (size if version == 4 else struct.pack(">I", len(body))) + bytes(2) + body


def unsynchronised(frame: bytes) -> bytes:
    return frame.replace(b"\xff\x00", b"\xff\x00\x00").replace(b"\xff\xfe", b"\xff\x00\xfe")


def text(name: str, content: str, **beside: str) -> Maker:
    def make(_: Path, folder: Path) -> Path:
        for other, inside in beside.items():
            (folder / f"{name}.{other}.json").write_text(inside, encoding="utf-8")
        return _written(folder / name, content.encode())

    return make


def page(head: str) -> Maker:
    return text("f.html", f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>x</body></html>')


def pdf(*, info: str = "", xmp: bytes = b"") -> Maker:
    def make(_: Path, folder: Path) -> Path:
        with pikepdf.new() as document:
            document.add_blank_page()
            if info:
                document.docinfo["/AIGC"] = info
            if xmp:
                document.Root.Metadata = pikepdf.Stream(
                    document, xmp, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
                )
            document.save(folder / "f.pdf")
        return folder / "f.pdf"

    return make


def word(name: str, value: str) -> Maker:
    def make(_: Path, folder: Path) -> Path:
        path = folder / "f.docx"
        document = docx.Document()
        document.add_paragraph("x")
        document.save(str(path))
        return _with_property(path, name, value)

    return make


def _with_property(path: Path, name: str, value: str) -> Path:
    custom = (
        '<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
        ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" '
        f'name="{name}"><vt:lpwstr>{escape(value, quote=False)}</vt:lpwstr></property></Properties>'
    )
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    with zipfile.ZipFile(path) as old:
        parts = {each: old.read(each) for each in old.namelist()}
    parts["docProps/custom.xml"] = custom.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", f'<Override PartName="/docProps/custom.xml" ContentType="{kind}"/></Types>'.encode()
    )
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rIdC" Type="{relation}" Target="docProps/custom.xml"/></Relationships>'.encode(),
    )
    with zipfile.ZipFile(path, "w") as new:
        for each, content in parts.items():
            new.writestr(each, content)
    return path


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zero_width(message: str) -> str:
    bits = "".join(f"{byte:08b}" for byte in message.encode())
    return "\u200d" + bits.replace("0", "\u200b").replace("1", "\u200c") + "\u200d"


def yaml_block(quote: str = "'") -> str:
    return "AIGC:\n" + "".join(f"  {key}: {quote}{value}{quote}\n" for key, value in VALUES.items())


SHAPES: dict[str, tuple[Maker, str, set[str]]] = {
    # JPEG
    "XMP element": (jpeg((0xE1, XAP + ELEMENT)), "XMP", set()),
    "XMP element, wrapped": (
        jpeg((0xE1, XAP + packet(f"<TC260:AIGC>{WRAPPED}</TC260:AIGC>"))), "XMP", {"envelope"},
    ),
    "XMP attribute": (
        jpeg((0xE1, XAP + packet("", attributes=f'TC260:AIGC="{escape(BARE)}"'))), "XMP", set(),
    ),
    "XMP with another prefix": (
        jpeg((0xE1, XAP + packet(f"<g:AIGC>{BARE}</g:AIGC>", declared="g"))), "XMP", set(),
    ),
    "XMP with an undeclared prefix": (
        jpeg((0xE1, XAP + packet(f"<TC260:AIGC>{BARE}</TC260:AIGC>", declared="C260"))), "XMP", {"undeclared-prefix"},
    ),
    "XMP that is no XML": (
        jpeg((0xE1, XAP + ELEMENT.replace(b"</rdf:RDF>", b""))), "XMP", {"not-well-formed-xml"},
    ),
    "XMP as Doubao begins it": (
        jpeg((0xE1, XAP + packet(
            f"<TC260:AIGC>{BARE}</TC260:AIGC>",
            head='<?xml version="1.0" encoding="UTF-8"?><?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"??>',
        ))),
        "XMP", set(),
    ),
    "EXIF UserComment, wrapped": (exiftool(f"-UserComment={WRAPPED}"), "EXIF UserComment", {"other-carrier"}),
    "EXIF UserComment, bare": (
        exiftool(f"-UserComment={BARE}"), "EXIF UserComment", {"other-carrier", "envelope", "key-name"},
    ),
    "EXIF ImageDescription": (
        exiftool(f"-ImageDescription={WRAPPED}"), "EXIF ImageDescription", {"other-carrier", "envelope"},
    ),
    "bare in an APP segment": (
        jpeg((0xEB, b"AIGC" + BARE.encode())), "JPEG APP11", {"other-carrier"},
    ),
    "a JPEG comment": (
        jpeg((0xFE, WRAPPED.encode())), "JPEG COM", {"other-carrier", "envelope"},
    ),
    # PNG
    "PNG tEXt, bare": (pillow_png(AIGC=BARE), "PNG tEXt", {"other-carrier", "envelope"}),
    "PNG tEXt, wrapped": (pillow_png(AIGC=WRAPPED), "PNG tEXt", {"other-carrier"}),
    "PNG zTXt": (
        png((b"zTXt", b"AIGC\0\0" + zlib.compress(WRAPPED.encode()))), "PNG zTXt", {"other-carrier"},
    ),
    "PNG iTXt": (png((b"iTXt", b"AIGC\0\0\0\0\0" + WRAPPED.encode())), "PNG iTXt", {"other-carrier"}),
    "PNG XMP, compressed": (
        png((b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + zlib.compress(ELEMENT))), "XMP", {"xmp-in-other-chunk"},
    ),
    "PNG XMP after the picture": (
        png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + ELEMENT), late=True), "XMP", set(),
    ),
    "PNG eXIf": (
        exiftool(f"-EXIF:UserComment={WRAPPED}", name="f.png", source="images/skimage_chelsea.png"),
        "EXIF UserComment", {"other-carrier"},
    ),
    # WebP
    "WebP EXIF": (
        exiftool(f"-EXIF:UserComment={WRAPPED}", name="f.webp"), "EXIF UserComment", {"other-carrier"},
    ),
    "WebP XMP that Pillow wrote": (pillow("f.webp", xmp=ELEMENT), "XMP", set()),
    # Further pictures, written by Pillow and libheif
    "TIFF tag 700 of type 1": (pillow("f.tif", tiffinfo={700: ELEMENT}), "XMP", set()),
    "AVIF XMP": (pillow("f.avif", xmp=ELEMENT), "XMP", set()),
    "AVIF EXIF": (pillow("f.avif", exif=exif_comment()), "EXIF UserComment", {"other-carrier"}),
    "HEIC XMP": (pillow("f.heic", xmp=ELEMENT), "XMP", set()),
    "HEIC EXIF": (pillow("f.heic", exif=exif_comment()), "EXIF UserComment", {"other-carrier"}),
    # The object itself
    "numeric label": (
        pillow_png(AIGC=WRAPPED.replace('"1"', "1")), "PNG tEXt", {"other-carrier", "numeric-value"},
    ),
    "lower camel case": (
        pillow_png(AIGC='{"AIGC":{"label":"1","contentProducer":"P","produceID":"x-1"}}'),
        "PNG tEXt", {"other-carrier", "key-case", "missing-key"},
    ),
    "misspelt keys": (
        pillow_png(AIGC=WRAPPED.replace("ReservedCode", "ReserveCode").replace("PropagateID", "PropatorID")
                   .replace("ContentPropagator", "Propagator")),
        "PNG tEXt", {"other-carrier", "misspelt-key"},
    ),
    "spaces": (
        pillow_png(AIGC=json.dumps({"AIGC": VALUES})), "PNG tEXt", {"other-carrier", "spaces"},
    ),
    "missing tail": (
        pillow_png(AIGC='{"AIGC":{"Label":"1","ContentProducer":"P","ProduceID":"x-1"}}'),
        "PNG tEXt", {"other-carrier", "missing-key"},
    ),
    "YAML in place of JSON": (
        pillow_png(AIGC=yaml_block()), "PNG tEXt", {"other-carrier", "yaml-instead-of-json"},
    ),
    "a string in the wrapper": (
        pillow_png(AIGC=json.dumps({"AIGC": BARE}, separators=(",", ":"))), "PNG tEXt",
        {"other-carrier", "double-encoded"},
    ),
    "escaped as in HTML": (pillow_png(AIGC=escape(WRAPPED)), "PNG tEXt", {"other-carrier", "escaped"}),
    # Films
    "MP4 moov/udta/meta, movie last": (
        film(b"udta", box(b"meta", bytes(4), hdlr(b"mdta"), *KEYED)), "moov/udta/meta/keys", set(),
    ),
    "MP4 moov/meta": (
        film(b"moov", box(b"meta", hdlr(b"mdta"), *KEYED)), "moov/meta/keys", {"other-carrier"},
    ),
    "MP4 mdir without keys": (
        film(b"udta", box(b"meta", bytes(4), hdlr(b"mdir"), box(b"ilst", box(b"\xa9cmt", data_box(WRAPPED))))),
        "moov/udta/meta/ilst", {"other-carrier", "envelope"},
    ),
    "MP4 mdir, an item without a name": (
        film(b"udta", box(b"meta", bytes(4), hdlr(b"mdir"), box(b"ilst", box(struct.pack(">I", 1), data_box(BARE))))),
        "moov/udta/meta/ilst", {"other-carrier", "key-name"},
    ),
    "MP4 iTunes freeform": (
        film(b"udta", box(b"meta", bytes(4), hdlr(b"mdir"), box(b"ilst", box(
            b"----", box(b"mean", bytes(4), b"com.apple.iTunes"), box(b"name", bytes(4), b"AIGC"), data_box(BARE),
        )))),
        "moov/udta/meta/ilst/----:com.apple.iTunes", {"other-carrier"},
    ),
    "MP4 udta/AIGC": (film(b"udta", box(b"AIGC", BARE.encode())), "moov/udta", {"other-carrier"}),
    "MP4 udta/XMP_": (film(b"udta", box(b"XMP_", ELEMENT)), "udta XMP_", {"other-carrier"}),
    "MP4 uuid XMP at the end": (film(b"file", box(b"uuid", UUID, ELEMENT)), "uuid XMP", {"other-carrier"}),
    "MOV moov/meta": (
        film(b"moov", box(b"meta", hdlr(b"mdta"), *KEYED), name="f.mov"), "moov/meta/keys", {"other-carrier"},
    ),
    "MKV tag that FFmpeg wrote": (
        remux("f.mkv", "-metadata", f"AIGC={BARE}"), "Segment/Tags", set(),
    ),
    "FLV onMetaData": (remux("f.flv", "-metadata", f"AIGC={BARE}"), "onMetaData", set()),
    "MP4 keys that FFmpeg wrote": (
        remux("f.mp4", "-metadata", f"AIGC={BARE}", "-movflags", "use_metadata_tags"), "moov/udta/meta/keys", set(),
    ),
    # Sounds
    "Ogg": (sound("ogg", "-metadata", f"AIGC={BARE}"), "Vorbis comment", set()),
    "Opus": (sound("opus", "-ar", "48000", "-metadata", f"AIGC={BARE}"), "Vorbis comment", set()),
    "M4A keys": (
        sound("m4a", "-metadata", f"AIGC={BARE}", "-movflags", "use_metadata_tags"), "moov/udta/meta/keys", set(),
    ),
    "WAV chunk first": (wav(riff(b"AIGC", BARE.encode()), first=True), "RIFF chunk", set()),
    "WAV chunk with NUL": (wav(riff(b"AIGC", BARE.encode() + b"\0")), "RIFF chunk", {"riff-nul-terminated"}),
    "WAV chunk, wrapped": (wav(riff(b"AIGC", WRAPPED.encode())), "RIFF chunk", {"envelope"}),
    "WAV LIST INFO": (
        wav(riff(b"LIST", b"INFO" + riff(b"ICMT", WRAPPED.encode() + b"\0"))), "RIFF INFO",
        {"other-carrier", "envelope"},
    ),
    "ID3v2.2": (mp3(2, id3(2, "AIGC", BARE, "latin-1")), "ID3 TXXX", set()),
    "ID3v2.3 in UTF-16": (mp3(3, id3(3, "AIGC", BARE, "utf-16")), "ID3 TXXX", set()),
    "ID3v2.3 unsynchronised": (
        mp3(3, unsynchronised(id3(3, "AIGC", BARE, "utf-16")), 0x80), "ID3 TXXX", set(),
    ),
    "ID3v2.4": (mp3(4, id3(4, "AIGC", BARE, "utf-8")), "ID3 TXXX", set()),
    "FLAC, a key in lower case": (sound("flac", "-metadata", f"aigc={BARE}"), "Vorbis comment", set()),
    # Documents
    "PDF Info": (pdf(info=BARE), "PDF Info", set()),
    "PDF XMP": (pdf(xmp=ELEMENT), "XMP", {"other-carrier"}),
    "DOCX property": (word("AIGC", BARE), "docProps/custom.xml", set()),
    "DOCX property, wrapped": (word("AIGC", WRAPPED), "docProps/custom.xml", {"envelope"}),
    "Markdown block": (text("f.md", f"---\n{yaml_block()}---\n\nText.\n"), "YAML front matter", set()),
    "Markdown block, no quotation marks": (
        text("f.md", f"---\n{yaml_block('')}---\n\nText.\n"), "YAML front matter", set(),
    ),
    "Markdown flow": (text("f.md", f"---\nAIGC: {BARE}\n---\n\nText.\n"), "YAML front matter", set()),
    "HTML meta": (page(f'<meta name="AIGC" content="{escape(BARE)}">'), "HTML meta", set()),
    "HTML meta in single quotes": (page(f"<meta name='AIGC' content='{BARE}'>"), "HTML meta", set()),
    "HTML meta property": (page(f'<meta property="AIGC" content="{escape(WRAPPED)}">'), "HTML meta", {"envelope"}),
    "HTML meta in lower case": (page(f'<meta name="aigc" content="{escape(BARE)}">'), "HTML meta", set()),
    "zero-width text": (
        text("f.txt", "Some words." + zero_width(BARE) + "\n"), "zero-width text", {"other-carrier", "key-name"},
    ),
    "a sidecar without hash": (
        text("f.txt", "Some words.\n", aigc=WRAPPED), "sidecar", {"sidecar-without-sha256"},
    ),
    "a bare sidecar of other bytes": (
        text("f.txt", "Some words.\n", aigc=BARE[:-1] + ',"File":{"SHA256":"00"}}'), "sidecar",
        {"sidecar-of-other-bytes", "bare-object"},
    ),
}  # fmt: skip


def read(path: Path) -> tuple[Reading, ...]:
    return examine(path, path.name, ("metadata",), "cn", INSPECTION).readings


@pytest.mark.parametrize(("make", "place", "defects"), SHAPES.values(), ids=SHAPES)
def test_each_shape_is_read_and_its_deviations_are_named(
    make: Maker, place: str, defects: set[str], media: Path, tmp_path: Path
):
    (reading,) = read(make(media, tmp_path))

    assert reading.state == "found", reading.reason
    assert reading.values == VALUES | {key: "" for key, value in reading.values.items() if value == ""}
    assert (reading.values["Label"], reading.values["ContentProducer"], reading.values["ProduceID"]) == (
        "1",
        "P",
        "x-1",
    )
    assert reading.carrier == place
    assert {defect.name for defect in reading.defects} == defects
    assert all(defect.clause and defect.text.zh for defect in reading.defects)


def test_labels_in_several_places_are_all_told(media: Path, tmp_path: Path):
    path = exiftool(f"-UserComment={WRAPPED}")(media, tmp_path)
    data = path.read_bytes()
    body = XAP + ELEMENT
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:])

    found = read(path)

    assert [reading.carrier for reading in found] == ["XMP", "EXIF UserComment"]
    assert all("several-labels" in {defect.name for defect in reading.defects} for reading in found)


@pytest.mark.parametrize("note", [
    '{"aigc_info":{"aigc_label_type":0,"source_info":"x"}}', '{"ServiceProvider":"x","ServiceUser":"y"}',
])  # fmt: skip
def test_a_vendors_own_note_is_a_trace_and_no_label(note: str, media: Path, tmp_path: Path):
    path = exiftool(f"-ImageDescription={note}")(media, tmp_path)

    readings = examine(path, path.name, ("metadata", "trace"), "cn", INSPECTION).readings

    assert [(reading.mark, reading.state) for reading in readings] == [("metadata", "absent"), ("trace", "found")]


def test_numbers_in_front_matter_stay_text(tmp_path: Path):
    (tmp_path / "f.md").write_text(
        "---\nAIGC:\n  Label: 1\n  ContentProducer: 0011\n  ProduceID: 12345678901234567890\n---\nx\n", encoding="utf-8"
    )
    (reading,) = read(tmp_path / "f.md")
    assert (reading.values["ContentProducer"], reading.values["ProduceID"]) == ("0011", "12345678901234567890")
