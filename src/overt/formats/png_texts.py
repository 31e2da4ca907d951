"""The texts in the chunks of a PNG file: tEXt, zTXt, iTXt, eXIf, and what older programs hid in them.

Source: PNG Specification (W3C, third edition, 2025), 11.3.3 and 11.3.4.5; XMP Specification Part 3, 1.1.5.
"Raw profile type" texts (hexadecimal EXIF or XMP) are ImageMagick's, from the time before eXIf.
Compressed text is inflated to a limit, for one chunk and for the file.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from overt.errors import BudgetError, FormatError
from overt.formats import exif, loose, xmp
from overt.formats.container import Field, Superseded, Survey

XMP_KEYWORD = "XML:com.adobe.xmp"
TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})

_MAX_KEYWORD = 79
_MAX_INFLATED = 1 << 24
"""Of one chunk. Workflows of image generators reach a few megabytes."""

_RAW = "Raw profile type "
_PROFILE = re.compile(rb"\s*([\w-]{1,16})\s+(\d{1,10})\s+([0-9a-fA-F\s]*)")
_XAP = b"http://ns.adobe.com/xap/1.0/\x00"
NO_TEXT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"fdAT", b"iCCP", b"tRNS", b"caBX"})
"""Binary by definition; a credential (caBX) may well name a label inside, without being one."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """One text: its keyword, its bytes inflated, and how it was stored."""

    kind: bytes
    keyword: str
    value: bytes
    compressed: bool
    between: bytes = b""
    """iTXt: the language tag and the translated keyword, each with its zero."""
    defects: tuple[str, ...] = ()

    @property
    def is_xmp(self) -> bool:
        """Whether it holds an XMP packet, in the standard chunk or another."""
        return self.keyword == XMP_KEYWORD

    def body(self) -> bytes:
        """The chunk's body again, stored as it was."""
        head = self.keyword.encode("latin-1", "replace") + b"\0"
        value = zlib.compress(self.value) if self.compressed else self.value
        if self.kind == b"iTXt":
            return head + bytes([self.compressed, 0]) + self.between + value
        return head + (b"\0" if self.kind == b"zTXt" else b"") + value


class Allowance:
    """How many bytes may still be inflated in this file: a bomb can be cut into many chunks."""

    def __init__(self, left: int = 1 << 26) -> None:
        self.left = left

    def inflate(self, packed: bytes) -> bytes:
        """The bytes inflated. Raises `BudgetError` beyond the limits, `FormatError` if they are damaged."""
        limit = min(_MAX_INFLATED, self.left)
        stream = zlib.decompressobj()
        try:
            value = stream.decompress(packed, limit + 1)
        except zlib.error as error:
            raise FormatError(f"compressed text is damaged: {error}", f"压缩文本已损坏：{error}") from error
        if len(value) > limit:
            raise BudgetError(f"compressed text of more than {limit} bytes", f"压缩文本超过 {limit} 字节")
        if not stream.eof:
            raise FormatError("compressed text ends too early", "压缩文本不完整")
        self.left -= len(value)
        return value


def packet(text: bytes) -> bytes:
    """The body of the iTXt chunk that holds this XMP packet."""
    return XMP_KEYWORD.encode() + b"\0\0\0\0\0" + text


def parse(kind: bytes, body: bytes, allowance: Allowance) -> TextChunk:
    """A text chunk taken apart. Raises `MediaError` if that cannot be done."""
    head, zero, rest = body.partition(b"\0")
    keyword = head.decode("latin-1")
    if not zero or len(keyword) > _MAX_KEYWORD:
        raise FormatError("a text without a keyword", "文本块缺少关键字")
    if kind == b"tEXt":
        return TextChunk(kind, keyword, rest, compressed=False)
    if kind == b"zTXt":
        if rest[:1] != b"\0":
            raise FormatError("an unknown compression method", "未知的压缩方法")
        return TextChunk(kind, keyword, allowance.inflate(rest[1:]), compressed=True)
    language, _, after = rest[2:].partition(b"\0")
    translated, zero, value = after.partition(b"\0")
    if len(rest) < 2 or not zero or rest[0] > 1 or (rest[0] and rest[1]):
        raise FormatError("an international text that is not laid out as one", "iTXt 结构有误")
    between = language + b"\0" + translated + b"\0"
    value = allowance.inflate(value) if rest[0] else value
    return TextChunk(kind, keyword, value, bool(rest[0]), between)


def read(kind: bytes, body: bytes, offset: int, allowance: Allowance) -> Survey:
    """The fields of one chunk of any kind. Raises `MediaError` if it cannot be taken apart."""
    if kind == b"eXIf":
        return exif.read(body, offset)
    if kind not in TEXTS:
        return Survey() if kind in NO_TEXT else loose.read(body, kind.decode("ascii"), _place(kind), offset)
    text = parse(kind, body, allowance)
    if text.is_xmp:
        survey = xmp.read(text.value, "XMP", offset)
        unusual: tuple[str, ...] = () if kind == b"iTXt" and not text.compressed else ("xmp-in-other-chunk",)
        return flawed(survey, unusual)
    profile = _raw_profile(text)
    if profile is not None:
        return xmp.read(profile, "PNG raw profile", offset) if _is_packet(profile) else exif.read(profile, offset)
    value, defects = _decoded(text)
    return Survey((Field(_place(kind), text.keyword, value, None, offset, defects),))


def flawed(survey: Survey, defects: tuple[str, ...]) -> Survey:
    """The survey with these defects added to every field."""
    if not defects:
        return survey
    return replace(survey, fields=tuple(replace(f, defects=f.defects + defects) for f in survey.fields))


def cleaned(kind: bytes, body: bytes, superseded: Superseded, allowance: Allowance) -> bytes | None:
    """The body without what is superseded, the very same if there is none; None if nothing of it is left.

    Raises `MediaError` if it cannot be taken apart.
    """
    if kind == b"eXIf":
        return exif.blank(body, superseded)
    if kind not in TEXTS:
        return body if kind in NO_TEXT else loose.cleaned(body, kind.decode("ascii"), _place(kind), superseded)
    if not any(superseded(found) for found in read(kind, body, 0, allowance).fields):
        return body
    text = parse(kind, body, allowance)
    value = _cleaned_value(text, superseded)
    return None if value is None else replace(text, value=value).body()


def _cleaned_value(text: TextChunk, superseded: Superseded) -> bytes | None:
    if text.is_xmp:
        return xmp.drop(text.value, superseded)
    profile = _raw_profile(text)
    if profile is None:
        return None
    if _is_packet(profile):
        return _raw(text, xmp.drop(profile, superseded, "PNG raw profile"))
    return _raw(text, exif.blank(profile, superseded))


def _decoded(text: TextChunk) -> tuple[str, tuple[str, ...]]:
    """The value as text: Latin-1 by the specification for tEXt and zTXt, UTF-8 for iTXt; programs mix them up."""
    try:
        value = text.value.decode()
    except UnicodeDecodeError:
        return text.value.decode("latin-1"), ("not-utf-8",) if text.kind == b"iTXt" else ()
    return value, ("utf-8-in-latin-1-text",) if text.kind != b"iTXt" and not value.isascii() else ()


def _place(kind: bytes) -> str:
    return f"PNG {kind.decode('ascii')}"


def _raw_profile(text: TextChunk) -> bytes | None:
    """The EXIF blob or XMP packet that the text spells in hexadecimal; None for any other text."""
    if not text.keyword.startswith(_RAW) or text.keyword[len(_RAW) :] not in {"exif", "APP1", "xmp"}:
        return None
    match = _PROFILE.match(text.value)
    if match is None:
        raise FormatError("a raw profile that is no hexadecimal text", "Raw profile 不是十六进制文本")
    digits = match[3].translate(None, b" \t\r\n\x0b\x0c")
    profile = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    return profile.removeprefix(_XAP)


def _is_packet(profile: bytes) -> bool:
    return profile.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _raw(text: TextChunk, profile: bytes) -> bytes:
    """The profile in hexadecimal, in lines of 36 bytes as ImageMagick writes them."""
    name = text.keyword[len(_RAW) :]
    body = (_XAP if name == "APP1" and _is_packet(profile) else b"") + profile
    lines = [body[at : at + 36].hex() for at in range(0, len(body), 36)]
    return "\n".join(["", name, f"{len(body):8}", *lines, ""]).encode("latin-1")
