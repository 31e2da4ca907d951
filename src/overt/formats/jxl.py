"""JPEG XL files: the texts in their boxes, and the note in an XMP box.

Source: ISO/IEC 18181-2 (file format), clauses 9.1 (signature), 9.8 (`xml `), 9.9 (`Exif`), 9.10 (`brob`) and 9.11
(`jbrd`). A bare codestream is wrapped into a container, in which it lies unchanged. Where the file can give back the
JPEG that it was made from, it still can afterwards: the packet that belongs into that JPEG keeps its length.
It does not decode pictures, and does not unpack metadata compressed by Brotli: a file with such is not written to.
"""

from __future__ import annotations

from collections.abc import Iterator

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import exif, xmp
from overt.formats.bmff import HEADER, MAX_32, Box, build, first, walk
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.heif_items import tiff_start
from overt.formats.splice import Buffer, Piece, Splice
from overt.language import Text

SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"
_FTYP = b"\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "

PICTURE = frozenset({b"jxlc", b"jxlp", b"jxli", b"jbrd"})
"""Boxes that are the picture, or say how to decode it."""
_LEAST = 12
"""Bytes of the smallest codestreams."""
MAX_METADATA = 64 << 20
"""Bytes of one metadata box that is read."""

_COMPRESSED = Text(zh="元数据已用 Brotli 压缩，无法读取", en="the metadata are compressed by Brotli and cannot be read")


class Jxl:
    """The container format JPEG XL."""

    name = "jxl"
    media_type = "image/jxl"
    suffixes = (".jxl",)
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """The signature box, or the first marker of a codestream."""
        return 100 if head.startswith(SIGNATURE) else 90 if head.startswith(CODESTREAM) else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every metadata box, in order. A bare codestream has none."""
        if bytes(data[:2]) == CODESTREAM:
            return Survey()
        fields: list[Field] = []
        faults: list[Fault] = []
        whole = False
        for box in self._walked(_boxes(data), faults):
            whole = whole or _ends(data, box)
            try:
                found = _read(data, box)
            except MediaError as error:
                found = Survey((), (Fault(f"JPEG XL {box.name}", error.message),))
            fields += found.fields
            faults += found.faults
        if not whole and not faults:
            reason = Text(zh="文件在图像结束之前中断", en="the file ends before the end of the picture")
            faults.append(Fault("JPEG XL", reason))
        return Survey(tuple(fields), tuple(faults))

    @staticmethod
    def _walked(boxes: Iterator[Box], faults: list[Fault]) -> Iterator[Box]:
        """The boxes; where they end too early, a fault."""
        try:
            for box in boxes:
                yield box
                if box.truncated:
                    reason = Text(zh=f"文件在 box {box.name!r} 内中断", en=f"the file ends inside its box {box.name!r}")
                    faults.append(Fault("JPEG XL", reason))
        except MediaError as error:
            faults.append(Fault("JPEG XL", error.message))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the first XMP box that can take it, else in one of its own before the picture."""
        if bytes(data[:2]) == CODESTREAM:
            return _wrapped(data, note, superseded)
        boxes = sound(data)
        edits: dict[Box, bytes] = {}
        home = None
        fixed = _returned(data, boxes)
        for box in boxes:
            body = bytes(data[box.start : box.stop]) if box.kind in (b"xml ", b"Exif") else b""
            if box.kind == b"xml " and home is None:
                new = xmp.set_property(body, note, superseded)
                if box != fixed or len(new) == len(body):
                    home = box
                    edits[box] = new
                    continue
            if (new := _cleaned(box, body, superseded)) != body:
                edits[box] = new
        pieces: list[Piece] = []
        fresh = b"" if home is not None else build(b"xml ", xmp.set_property(None, note, superseded))
        before = None if fixed else next(box for box in boxes if box.kind in PICTURE)
        for box in boxes:
            pieces += [fresh] if box == before else []
            changed = box in edits and edits[box] != bytes(data[box.start : box.stop])
            pieces.append(build(box.kind, edits[box]) if changed else range(box.header, box.stop))
            # The packet that a JPEG takes back is the first one.
            pieces += [fresh] if box == fixed else []
        return Splice([*pieces, range(boxes[-1].stop, len(data))])


CONTAINER = Jxl()


def sound(data: Buffer) -> list[Box]:
    """The boxes of a file without faults whose metadata can be read; raises on any other."""
    boxes = list(_boxes(data))
    if boxes[-1].truncated:
        raise TruncatedError(
            f"the file ends inside its box {boxes[-1].name!r}", f"文件在 box {boxes[-1].name!r} 内中断"
        )
    if not any(_ends(data, box) for box in boxes):
        raise TruncatedError("the JPEG XL file holds no whole picture", "JPEG XL 文件中没有完整的图像数据")
    if any(_hidden(data, box) for box in boxes):
        raise UnsupportedError(
            "metadata compressed by Brotli may hide an older label",
            "经 Brotli 压缩的元数据可能含有旧标识",
            hint=Text(
                zh="请用 djxl 解码后以 cjxl --compress_boxes=0 重新编码，或转换为 PNG；加显式标识时 Overt 会自行解压。",
                en="Encode it anew by `cjxl --compress_boxes=0`, or convert it to PNG; "
                "Overt unpacks them by itself where it puts a visible label on, too.",
            ),
        )
    return boxes


def transplant(original: Buffer, encoded: Buffer, unpacked: dict[bytes, bytes] | None = None) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    `unpacked` are bodies for boxes that Brotli compresses, by the type that they hold. All boxes come from the
    original but those of the picture; the JPEG that it was made from cannot be given back any more.
    """
    picture = _pictures(encoded)
    if bytes(original[:2]) == CODESTREAM:
        return SIGNATURE + _FTYP + picture
    parts: list[bytes] = []
    for box in _boxes(original):
        if box.kind in PICTURE:
            parts += [picture]
            picture = b""
        elif box.kind == b"brob" and (kind := bytes(original[box.start : box.start + 4])) in (unpacked or {}):
            parts.append(build(kind, (unpacked or {})[kind]))
        elif box.kind != b"jxll":
            body = bytes(original[box.start : box.stop])
            parts.append(build(box.kind, body) if box.size == 0 else bytes(original[box.header : box.stop]))
    return b"".join(parts)


def _pictures(encoded: Buffer) -> bytes:
    """The boxes of a picture, also those of a bare codestream."""
    if bytes(encoded[:2]) == CODESTREAM:
        return build(b"jxlc", bytes(encoded))
    kinds = PICTURE | {b"jxll"}
    return b"".join(
        build(box.kind, bytes(encoded[box.start : box.stop])) for box in _boxes(encoded) if box.kind in kinds
    )


def _boxes(data: Buffer) -> Iterator[Box]:
    """The boxes of a container. Raises at once where there is none."""
    if bytes(data[: len(SIGNATURE)]) != SIGNATURE:
        raise FormatError("not a JPEG XL file: no signature", "不是 JPEG XL 文件：缺少文件签名")
    return walk(data, 0, len(data))


def _ends(data: Buffer, box: Box) -> bool:
    """Whether a box ends the codestream: the only one, or the part whose number's highest bit says so."""
    return box.kind == b"jxlc" or (box.kind == b"jxlp" and bytes(data[box.start : box.start + 1]) >= b"\x80")


def _hidden(data: Buffer, box: Box) -> bool:
    return box.kind == b"brob" and bytes(data[box.start : box.start + 4]) in (b"xml ", b"Exif")


def _read(data: Buffer, box: Box) -> Survey:
    """The texts of one box."""
    if _hidden(data, box):
        return Survey((), (Fault("XMP" if bytes(data[box.start : box.start + 1]) == b"x" else "EXIF", _COMPRESSED),))
    if box.kind not in (b"xml ", b"Exif"):
        return Survey()
    if len(box) > MAX_METADATA:
        raise FormatError(f"more than {MAX_METADATA} bytes of metadata", f"元数据超过 {MAX_METADATA} 字节")
    body = bytes(data[box.start : box.stop])
    if box.kind == b"xml ":
        return xmp.read(body, "XMP", box.header)
    return exif.read(body[tiff_start(body) :], box.header)


def _cleaned(box: Box, body: bytes, superseded: Superseded) -> bytes:
    """The body without what is superseded, at its old length."""
    if box.kind == b"xml ":
        return xmp.drop(body, superseded).ljust(len(body))
    if box.kind == b"Exif":
        start = tiff_start(body)
        return body[:start] + exif.blank(body[start:], superseded)
    return body


def _wrapped(data: Buffer, note: Note, superseded: Superseded) -> Splice:
    """A bare codestream in a container, with the note before it."""
    if len(data) < _LEAST:
        raise TruncatedError("the JPEG XL codestream ends in its header", "JPEG XL 码流不完整")
    packet = build(b"xml ", xmp.set_property(None, note, superseded))
    size = HEADER + len(data)
    head = size.to_bytes(4, "big") + b"jxlc"
    if size > MAX_32:
        head = b"\0\0\0\1jxlc" + (size + HEADER).to_bytes(8, "big")
    return Splice([SIGNATURE + _FTYP + packet + head, range(len(data))])


def _returned(data: Buffer, boxes: list[Box]) -> Box | None:
    """The XMP box that goes back, byte for byte, into the JPEG that the file was made from."""
    jbrd = first(boxes, b"jbrd")
    if jbrd is None or not _wants_xmp(bytes(data[jbrd.start : min(jbrd.stop, jbrd.start + 1024)])):
        return None
    return first(boxes, b"xml ")


def _wants_xmp(head: bytes) -> bool:
    """Whether reconstruction data name an XMP segment (18181-2, annex A.3); also where they cannot be read."""
    bits = int.from_bytes(head, "little")
    left = 8 * len(head)

    def take(count: int) -> int:
        nonlocal bits, left
        value = bits & ((1 << count) - 1)
        bits, left = bits >> count, left - count
        return value

    take(1)  # Whether the JPEG is grey.
    segments, marker = 0, 0
    while marker != 0xD9 and left > 0:
        marker = 0xC0 + take(6)
        segments += 0xE0 <= marker <= 0xEF
    for _ in range(segments):
        selector = take(2)
        kind = selector if selector < 2 else take(1) + 2 if selector == 2 else take(2) + 4
        take(16)  # The segment's length.
        if kind == 3 or left < 0:
            return True
    return False
