"""The label as a text box of DrawingML, which slides and sheets have in common.

Source: ECMA-376 part 1, 20.1.2 (shapes) and 21.1.2 (text). The box carries its own look and depends on no theme.
Each function takes the prefix that stands for the main namespace of DrawingML where the markup goes.
"""

from __future__ import annotations

from overt.formats.xml_places import escape
from overt.language import Language
from overt.marks.label.document.box import FILL, INK, SECOND, Box

OWN = "Overt AI label"
"""The name of our box, as a person sees it in the list of a slide's or sheet's objects."""
TRANSITIONAL = "http://schemas.openxmlformats.org/drawingml/2006/"
STRICT = "http://purl.oclc.org/ooxml/drawingml/"
"""The namespaces of the two conformance classes of ISO/IEC 29500 begin so."""
_LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}


def of_class(namespace: str) -> str:
    """How the namespaces of DrawingML begin in a part whose root element is in this namespace."""
    return STRICT if namespace.startswith("http://purl.oclc.org/") else TRANSITIONAL


def text_body(prefix: str, sentences: list[tuple[Language, str]], points: float) -> str:
    """Paragraphs of DrawingML with the label, one for each language; `prefix` is that of its main namespace."""
    lines = []
    for number, (language, text) in enumerate(sentences):
        size = max(100, round(points * 100 * (1 if number == 0 else SECOND)))
        lines.append(
            f'<{prefix}p><{prefix}pPr marL="0" indent="0" algn="ctr" rtl="0"><{prefix}lnSpc>'
            f'<{prefix}spcPct val="100000"/></{prefix}lnSpc><{prefix}spcBef><{prefix}spcPts val="0"/></{prefix}spcBef>'
            f'<{prefix}spcAft><{prefix}spcPts val="0"/></{prefix}spcAft><{prefix}buNone/></{prefix}pPr>'
            f'<{prefix}r><{prefix}rPr lang="{_LANGUAGES[language]}" sz="{size}" b="1" i="0" u="none" strike="noStrike" '
            f'cap="none" baseline="0"><{prefix}solidFill><{prefix}srgbClr val="{INK}"/></{prefix}solidFill>'
            f'<{prefix}latin typeface="Arial"/><{prefix}ea typeface="Microsoft YaHei"/></{prefix}rPr>'
            f"<{prefix}t>{escape(text)}</{prefix}t></{prefix}r></{prefix}p>"
        )
    return "".join(lines)


def shape_properties(prefix: str, box: Box, width: int) -> str:
    """Place, ground and border of the box, in EMU."""
    left, top, wide, high = map(round, box)
    return (
        f'<{prefix}xfrm><{prefix}off x="{left}" y="{top}"/><{prefix}ext cx="{wide}" cy="{high}"/></{prefix}xfrm>'
        f'<{prefix}prstGeom prst="rect"><{prefix}avLst/></{prefix}prstGeom>'
        f'<{prefix}solidFill><{prefix}srgbClr val="{FILL}"/></{prefix}solidFill><{prefix}ln w="{width}">'
        f'<{prefix}solidFill><{prefix}srgbClr val="{INK}"/></{prefix}solidFill></{prefix}ln>'
    )


def body_properties(prefix: str) -> str:
    """One line without wrapping, in the middle of its box."""
    return (
        f'<{prefix}bodyPr rot="0" vert="horz" wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr" '
        f'anchorCtr="0" rtlCol="0"><{prefix}noAutofit/></{prefix}bodyPr><{prefix}lstStyle/>'
    )
