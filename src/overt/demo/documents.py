"""A passage as a Word document and as a PDF with real text in it.

DOCX: through python-docx, then packed again with one fixed time, so that the same passage gives the same bytes.
PDF 1.7 (ISO 32000-1): written with pikepdf; the font is a subset of Noto Sans CJK SC, embedded as a CID-keyed
CFF (9.7.4, 9.9) with a ToUnicode map, so that its text can be searched and copied.
It sets plain paragraphs and knows no other layout.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from fontTools import subset
from fontTools.ttLib import TTFont
from noto_cjk_sans_otc import FONT_PATH

from overt.demo.passage import Passage

WRITTEN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""The time that generated documents carry: fixed, so that a run can be repeated to the byte."""

SIMPLIFIED_CHINESE = 2
"""Which font of the collection Noto Sans CJK: JP, KR, SC, TC, HK."""

PAGE = (420.0, 595.0)  # A5 in points
MARGIN = 48.0
NO_LINE_STARTS_WITH = "，。、；：？！”’）》.,;:?!)"


def write_docx(passage: Passage, target: Path) -> Path:
    """A Word document with a heading and paragraphs."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans CJK SC", Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    document.add_heading(passage.title, level=1)
    for text in (*passage.chinese, passage.english):
        document.add_paragraph(text)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = passage.title, "overt demo", ""
    properties.created = properties.modified = WRITTEN.replace(tzinfo=None)
    raw = io.BytesIO()
    document.save(raw)
    target.write_bytes(_pack_again(raw.getvalue()))
    return target


def _pack_again(package: bytes) -> bytes:
    """The same parts in the same order, each with one fixed time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()


def write_pdf(passage: Passage, target: Path) -> Path:
    """A page of text."""
    words = "".join((passage.title, *passage.chinese, passage.english))
    font = _Font(words + " ")
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=PAGE)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font.embed(pdf)))
        page.Contents = pdf.make_stream(_content(passage, font))
        pdf.docinfo["/Title"] = passage.title
        pdf.docinfo["/CreationDate"] = WRITTEN.strftime("D:%Y%m%d%H%M%SZ")
        pdf.save(target, deterministic_id=True, min_version="1.7")
    return target


def _content(passage: Passage, font: _Font) -> bytes:
    """The page's drawing operators: every line placed from the top down."""
    operators = ["BT"]
    top = PAGE[1] - MARGIN
    paragraphs = [(passage.title, 19.0, 12.0)]
    paragraphs += [(text, 11.5, 8.0) for text in (*passage.chinese, passage.english)]
    for text, size, gap in paragraphs:
        for line in _lines(text, font, size, PAGE[0] - 2 * MARGIN):
            top -= size * 1.6
            operators.append(f"/F1 {size} Tf 1 0 0 1 {MARGIN} {top:.2f} Tm <{font.code(line)}> Tj")
        top -= gap
    operators.append("ET")
    return "\n".join(operators).encode("ascii")


def _lines(text: str, font: _Font, size: float, width: float) -> Iterator[str]:
    """Lines that fit: Latin words stay whole, and no line begins with a closing mark."""
    line = ""
    for piece in re.findall(r"[!-~]+ ?|.", text):
        if line and font.width(line + piece.rstrip(), size) > width and piece[0] not in NO_LINE_STARTS_WITH:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


class _Font:
    """A subset of the Chinese font: CIDs, widths, and the objects that embed it."""

    def __init__(self, text: str) -> None:
        options = subset.Options(layout_features=[], notdef_outline=True, hinting=False)
        options.drop_tables += ["BASE", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
        cutter = subset.Subsetter(options)
        cutter.populate(text=text)
        with TTFont(FONT_PATH, fontNumber=SIMPLIFIED_CHINESE, lazy=True) as font:
            cutter.subset(font)
            # The glyphs of a CID-keyed font are named after their CID: cid01234.
            self._cids = {chr(code): int(name[3:]) for code, name in font.getBestCmap().items()}
            self._widths: dict[int, int] = {
                int(name[3:]): wide for name, (wide, _) in font["hmtx"].metrics.items() if name[3:].isdigit()
            }
            self._program = bytes(font["CFF "].compile(font))

    def code(self, text: str) -> str:
        """The text as the hexadecimal codes of Identity-H."""
        return "".join(f"{self._cids[character]:04X}" for character in text)

    def width(self, text: str, size: float) -> float:
        """How wide the text is, in points (1000 units to the em)."""
        return sum(self._widths[self._cids[character]] for character in text) * (size / 1000)

    def embed(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """The font's objects in a PDF."""
        name = pikepdf.Name("/OVERTD+NotoSansCJKsc-Regular")
        program = pdf.make_stream(self._program, Subtype=pikepdf.Name.CIDFontType0C)
        descriptor = pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor, FontName=name, Flags=4, FontBBox=[-1002, -1048, 2928, 1808],
            ItalicAngle=0, Ascent=880, Descent=-120, CapHeight=733, StemV=80, FontFile3=program,
        )  # fmt: skip
        widths = [item for cid in sorted(self._widths) for item in (cid, [self._widths[cid]])]
        descendant = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.CIDFontType0, BaseFont=name, DW=1000, W=widths,
            CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
        )  # fmt: skip
        return pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=name,
                Encoding=pikepdf.Name("/Identity-H"), DescendantFonts=[pdf.make_indirect(descendant)],
                ToUnicode=pdf.make_stream(self._to_unicode()),
            )
        )  # fmt: skip

    def _to_unicode(self) -> bytes:
        lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        pairs = sorted((cid, character) for character, cid in self._cids.items())
        for start in range(0, len(pairs), 100):  # a block holds 100 entries at most (Adobe TN 5014)
            block = pairs[start : start + 100]
            lines.append(f"{len(block)} beginbfchar")
            lines += [f"<{cid:04X}> <{character.encode('utf-16-be').hex().upper()}>" for cid, character in block]
            lines.append("endbfchar")
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return "\n".join(lines).encode("ascii")
