"""What the codes of a PDF font mean: from its ToUnicode table, its encoding, or not at all.

Source: ISO 32000-1, 9.6.6 (simple fonts), 9.7.5 (CMaps), 9.10 (extraction of text); Adobe Technical Note 5014.
A font whose codes cannot be told gives None for its text, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import pikepdf

from overt.errors import MediaError
from overt.formats.pdf import inflated

CMAP_LIMIT = 2 << 20
"""The longest ToUnicode table that is read; the whole of Adobe-GB1 has about 500 KiB."""
ROW_LIMIT = 70_000
"""The most codes of one table; codes have two bytes."""

Decoder = Callable[[bytes], str | None]

_BLOCK = re.compile(rb"begin(bfchar|bfrange|codespacerange)(.*?)end\1", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
# Predefined CMaps whose codes are an encoding that Python knows (ISO 32000-1, table 118).
_PREDEFINED = {
    "UniGB-UCS2": "utf-16-be",
    "UniGB-UTF16": "utf-16-be",
    "UniCNS-UCS2": "utf-16-be",
    "UniCNS-UTF16": "utf-16-be",
    "UniJIS-UCS2": "utf-16-be",
    "UniJIS-UTF16": "utf-16-be",
    "UniKS-UCS2": "utf-16-be",
    "UniKS-UTF16": "utf-16-be",
    "GB-EUC": "gb2312",
    "GBK-EUC": "gbk",
    "GBKp-EUC": "gbk",
    "GBK2K": "gb18030",
    "ETen-B5": "big5",
    "90ms-RKSJ": "cp932",
    "KSCms-UHC": "cp949",
}
_SIMPLE = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_SYMBOLIC = 4
_HAN = 0x2E80  # Where the radicals begin, below the first Han letter.


def decoder(font: pikepdf.Object) -> Decoder:
    """How the strings shown in this font read."""
    if not isinstance(font, pikepdf.Dictionary):
        return _unknown
    table = font.get("/ToUnicode")
    is_composite = font.get("/Subtype") == pikepdf.Name.Type0
    if isinstance(table, pikepdf.Stream):
        try:
            return _by_table(inflated(table, CMAP_LIMIT), 2 if is_composite else 1)
        except MediaError:
            return _unknown
    if is_composite:
        name = str(font.get("/Encoding")).removeprefix("/").removesuffix("-H").removesuffix("-V")
        codec = _PREDEFINED.get(name)
        return _by_codec(codec) if codec else _unknown
    return _simple(font)


def _unknown(_: bytes) -> None:
    return None


def _by_codec(codec: str) -> Decoder:
    return lambda raw: raw.decode(codec, "replace")


def _by_table(cmap: bytes, width: int) -> Decoder:
    rows: dict[int, str] = {}
    for block in _BLOCK.finditer(cmap):
        items = [None if item[2] else "]" if item[3] else _hex(item[1]) for item in _HEX.finditer(block[2])]
        if block[1] == b"codespacerange":
            widths = [len(item) for item in items if isinstance(item, bytes)]
            width = widths[0] if widths and widths[0] in (1, 2) else width
        elif block[1] == b"bfchar":
            _characters(items, rows)
        else:
            _ranges(items, rows)
    return _mapped(rows, width) if rows else _unknown


def _hex(digits: bytes) -> bytes:
    clean = b"".join(digits.split())
    return bytes.fromhex((clean + b"0" * (len(clean) % 2)).decode())


def _mapped(rows: Mapping[int, str], width: int) -> Decoder:
    def read(raw: bytes) -> str | None:
        codes = [int.from_bytes(raw[at : at + width], "big") for at in range(0, len(raw), width)]
        text = "".join(rows.get(code, "") for code in codes)
        return text if text or not codes else None

    return read


def _characters(items: list[bytes | str | None], rows: dict[int, str]) -> None:
    for code, text in zip(items[::2], items[1::2], strict=False):
        if isinstance(code, bytes) and isinstance(text, bytes) and len(rows) < ROW_LIMIT:
            rows[int.from_bytes(code, "big")] = text.decode("utf-16-be", "replace")


def _ranges(items: list[bytes | str | None], rows: dict[int, str]) -> None:
    at = 0
    while at + 2 < len(items):
        first, last, text = items[at : at + 3]
        at += 3
        if not isinstance(first, bytes) or not isinstance(last, bytes):
            continue
        codes = range(int.from_bytes(first, "big"), int.from_bytes(last, "big") + 1)[: ROW_LIMIT - len(rows)]
        if isinstance(text, bytes) and text:
            base, step = text[:-2], int.from_bytes(text[-2:], "big")
            for number, code in enumerate(codes):
                rows[code] = (base + ((step + number) & 0xFFFF).to_bytes(2, "big")).decode("utf-16-be", "replace")
        elif text is None:
            for code in codes:
                if at >= len(items) or not isinstance(each := items[at], bytes):
                    break
                rows[code] = each.decode("utf-16-be", "replace")
                at += 1
            while at < len(items) and items[at] != "]":
                at += 1
            at += 1


def _simple(font: pikepdf.Dictionary) -> Decoder:
    encoding = font.get("/Encoding")
    base, differences = encoding, None
    if isinstance(encoding, pikepdf.Dictionary):
        base, differences = encoding.get("/BaseEncoding"), encoding.get("/Differences")
    codec = _SIMPLE.get(str(base))
    descriptor = font.get("/FontDescriptor")
    flags = descriptor.get("/Flags") if isinstance(descriptor, pikepdf.Dictionary) else 0
    is_symbolic = isinstance(flags, int) and bool(flags & _SYMBOLIC)
    if codec is None and differences is None and (is_symbolic or font.get("/Subtype") == pikepdf.Name.Type3):
        return _without_han if _has_no_han(descriptor) else _unknown
    rows = {code: bytes([code]).decode(codec or "latin-1", "replace") for code in range(256)}
    if isinstance(differences, pikepdf.Array):
        _differ(differences, rows)
    return _mapped(rows, 1)


def _without_han(raw: bytes) -> str:
    return "\ufffd" * len(raw)


def _has_no_han(descriptor: object) -> bool:
    """Whether a Type 1 subset lists its glyphs, and none is a Han letter: it cannot write a label's elements."""
    from fontTools.agl import toUnicode  # noqa: PLC0415 - only for old fonts

    names = descriptor.get("/CharSet") if isinstance(descriptor, pikepdf.Dictionary) else None
    if not isinstance(names, pikepdf.String):
        return False
    listed = str(names).split("/")[1 : ROW_LIMIT + 1]
    return bool(listed) and all(ord(letter) < _HAN for name in listed for letter in toUnicode(name))


def _differ(differences: pikepdf.Array, rows: dict[int, str]) -> None:
    from fontTools.agl import toUnicode  # noqa: PLC0415 - only for old fonts

    code = 0
    items: Iterable[object] = differences
    for number, item in enumerate(items):
        if number > 2 * 256:
            break
        if isinstance(item, pikepdf.Name):
            rows[code & 0xFF] = str(toUnicode(str(item).removeprefix("/")))
            code += 1
        elif isinstance(item, int):
            code = item
