"""The label's typeface inside a PDF: a subset with the few glyphs of the wording, as text that readers extract.

Source: ISO 32000-1, 9.7 (composite fonts), 9.9 (embedded font programs), 9.10.3 (ToUnicode).
The face is Noto Sans CJK SC, which comes with the installation (OFL-1.1); a subset may be embedded.
The same letters give the same bytes. It draws nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from overt.errors import SetupError

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FACE = "Noto Sans CJK SC"
"""The face with the mainland forms of the glyphs. The collection holds the other regions' forms as well."""
_UNITS = 1000  # Noto CJK and PDF both count 1,000 units to the em.


@dataclass(frozen=True, slots=True)
class Typeface:
    """A subset: its program (bare CFF), and for each letter its code in the PDF, its advance and its ink.

    `ink` is the lowest and the highest unit of the letter's outline.
    """

    program: bytes
    codes: Mapping[str, int]
    advances: Mapping[str, int]
    ink: Mapping[str, tuple[float, float]]

    def width(self, text: str) -> float:
        """The advance of a text, in em."""
        return sum(self.advances[letter] for letter in text) / _UNITS

    def encoded(self, text: str) -> bytes:
        """The codes of a text as a hexadecimal string of a content stream."""
        return b"<" + b"".join(b"%04X" % self.codes[letter] for letter in text) + b">"


@lru_cache(maxsize=16)
def typeface(letters: str) -> Typeface:
    """The subset for these letters. Loading the collection takes about a second, once for a set of letters."""
    with opened(letters) as font:
        return _subset(font, sorted(set(letters)))


@contextmanager
def opened(letters: str) -> Iterator[TTFont]:
    """The label's face, which has these letters. Raises `SetupError` where it is missing."""
    import noto_cjk_sans_otc  # noqa: PLC0415 - only who labels a document needs the fonts
    from fontTools.ttLib import TTCollection, TTLibError  # noqa: PLC0415

    try:
        collection = TTCollection(str(noto_cjk_sans_otc.FONT_PATH), lazy=True)
    except (OSError, TTLibError) as error:
        raise SetupError(f"the label's font cannot be read: {error}", f"无法读取标识字体：{error}") from error
    with collection:
        font = next((font for font in collection.fonts if font["name"].getDebugName(1) == FACE), None)
        if font is None or any(ord(letter) not in font.getBestCmap() for letter in letters):
            raise SetupError(f"{FACE} is missing, or lacks a letter of the label", f"缺少字体 {FACE} 或其中的字形")
        yield font


def _subset(font: TTFont, wanted: list[str]) -> Typeface:
    from fontTools import subset  # noqa: PLC0415
    from fontTools.pens.boundsPen import BoundsPen  # noqa: PLC0415

    options = subset.Options(layout_features=[], notdef_outline=True, name_IDs=[], hinting=False, glyph_names=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vmtx", "vhea", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(wanted))
    subsetter.subset(font)
    cmap, glyphs = font.getBestCmap(), font.getGlyphSet()
    codes, advances, ink = {}, {}, {}
    for letter in wanted:
        name = cmap[ord(letter)]
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        bounds = pen.bounds or (0, 0, 0, 0)
        codes[letter] = int(name.removeprefix("cid"))
        advances[letter] = int(font["hmtx"][name][0])
        ink[letter] = (bounds[1], bounds[3])
    program = font["CFF "].compile(font)
    return Typeface(program, MappingProxyType(codes), MappingProxyType(advances), MappingProxyType(ink))


def embed(pdf: pikepdf.Pdf, face: Typeface) -> pikepdf.Object:
    """The font as an object of the document."""
    tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(face.program).digest()[:6])
    name = Name(f"/{tag}+NotoSansCJKsc-Regular")
    program = pikepdf.Stream(pdf, face.program, Subtype=Name.CIDFontType0C)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([-100, -200, 1100, 1000]),
        ItalicAngle=0,
        Ascent=880,
        Descent=-120,
        CapHeight=733,
        StemV=80,
        FontFile3=pdf.make_indirect(program),
    )
    widths = Array()
    for letter, code in sorted(face.codes.items(), key=lambda item: item[1]):
        widths.append(code)
        widths.append(Array([face.advances[letter]]))
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_UNITS,
        W=widths,
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(f"/{str(name)[1:]}-Identity-H"),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, _to_unicode(face))),
        )
    )


def _to_unicode(face: Typeface) -> bytes:
    rows = sorted((code, letter) for letter, code in face.codes.items())
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for at in range(0, len(rows), 100):  # At most 100 rows a block (Adobe Technical Note 5014).
        block = rows[at : at + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for code, letter in block]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
