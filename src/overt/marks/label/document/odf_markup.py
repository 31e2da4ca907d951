"""What the labels of OpenDocument files have in common: styles of their own, lengths, the box with the wording.

Source: OASIS ODF 1.3 part 3, 16.5 (automatic styles), 10.4 (frames), 18.3.18 (lengths).
The styles are automatic ones of `content.xml`, so that no style of the document is changed; their names begin with
`PREFIX`, and they are written anew each time. Everything else of the part stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from overt.errors import FormatError
from overt.formats import xml_places
from overt.formats.odf import OFFICE, Package
from overt.formats.splice import Splice
from overt.formats.xml_places import Change, Document, Element, escape, quoted
from overt.language import Language
from overt.marks.label.document.box import FILL, INK, SECOND, Box
from overt.marks.label.document.drawing_ml import OWN

CONTENT = "content.xml"
CONTENT_LIMIT = 64 << 20
"""The longest content that is parsed, in bytes."""
PREFIX = "OvertLabel"
"""How the names of our styles begin."""

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
STYLE, TEXT, TABLE, DRAW = (f"{_ODF}{name}:1.0" for name in ("style", "text", "table", "drawing"))
PRESENTATION = f"{_ODF}presentation:1.0"
SVG, FO = f"{_ODF}svg-compatible:1.0", f"{_ODF}xsl-fo-compatible:1.0"
_SPACES = {"style": STYLE, "text": TEXT, "table": TABLE, "draw": DRAW, "svg": SVG, "fo": FO}
_LENGTH = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,12})?)(cm|mm|in|pt|pc|px)")
_IN_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_LANGUAGES: dict[Language, tuple[str, str]] = {"zh": ("zh", "CN"), "en": ("en", "US")}


def content(package: Package, *, text_of: Iterable[str] = (), closed: Iterable[str] = ()) -> Document:
    """The content with the places of its elements."""
    return xml_places.read(package.raw(CONTENT, CONTENT_LIMIT), CONTENT, text_of=text_of, closed=closed)


def body(document: Document, kind: str) -> Element:
    """The element with the document's text, pages or tables."""
    element = document.first(f"{{{OFFICE}}}{kind}")
    if element is None:
        raise FormatError(f"{CONTENT} has no office:{kind}", f"{CONTENT} 中没有 office:{kind}")
    return element


def points(length: str) -> float | None:
    """A length in points; None for what is none."""
    match = _LENGTH.fullmatch(length.strip())
    return float(match[1]) * _IN_POINTS[match[2]] if match else None


def declared(document: Document, *names: str) -> str:
    """The namespace declarations that new markup needs where it goes."""
    missing = (name for name in names if document.prefixes.get(name) != _SPACES[name])
    return "".join(f" xmlns:{name}={quoted(_SPACES[name])}" for name in missing)


def write(package: Package, document: Document, changes: list[Change]) -> Splice:
    """The package with the changed content; the same one where nothing changed."""
    new = xml_places.apply(document.raw, changes)
    if new == package.raw(CONTENT, CONTENT_LIMIT):
        return Splice([range(len(package.data))])
    return package.rewritten({CONTENT: new})


# ── styles ───────────────────────────────────────────────────────────────────────────────────────────


def automatic(document: Document) -> dict[str, Element]:
    """The automatic styles by name."""
    holder = document.first(f"{{{OFFICE}}}automatic-styles")
    return {each.get(f"{{{STYLE}}}name"): each for each in document.children(holder)} if holder else {}


def with_styles(document: Document, styles: dict[str, str]) -> Iterator[Change]:
    """Our styles, in place of those that are there already."""
    for name, old in automatic(document).items():
        if name.startswith(PREFIX):
            yield old.start, old.stop, ""
    new = "".join(styles.values())
    if holder := document.first(f"{{{OFFICE}}}automatic-styles"):
        yield document.inside(holder, new, last=True)
        return
    outer = next((each for each in document.children(document.root) if each.local == "body"), None)
    if outer is None:
        raise FormatError(f"{CONTENT} has no body", f"{CONTENT} 中没有正文")
    office, uris = document.prefix(OFFICE, "office")
    yield outer.start, outer.start, f"<{office}automatic-styles{uris}>{new}</{office}automatic-styles>"


def letters(document: Document, name: str, size: float, language: Language, extra: str = "") -> str:
    """A style for the label's letters."""
    code, country = _LANGUAGES[language]
    sizes = "".join(f' {each}="{size:.1f}pt"' for each in ("fo:font-size", "style:font-size-asian"))
    return (
        f'<style:style{declared(document, "style", "fo")} style:name="{name}" style:family="text">'
        f'<style:text-properties fo:color="#{INK}"{sizes} fo:font-weight="bold" style:font-weight-asian="bold" '
        'fo:font-style="normal" style:font-style-asian="normal" fo:font-family="Arial" '
        'style:font-family-asian="\'Microsoft YaHei\'" style:text-underline-style="none" '
        f'style:text-line-through-style="none" fo:language="{code}" fo:country="{country}" '
        f'style:language-asian="{code}" style:country-asian="{country}"{extra}/></style:style>'
    )


def box_styles(document: Document) -> dict[str, str]:
    """The styles of a box and of the lines in it."""
    uris = declared(document, "style", "fo", "draw", "svg")
    return {
        f"{PREFIX}Box": (
            f'<style:style{uris} style:name="{PREFIX}Box" style:family="graphic"><style:graphic-properties '
            f'draw:fill="solid" draw:fill-color="#{FILL.lower()}" draw:opacity="100%" draw:stroke="solid" '
            f'svg:stroke-color="#{INK.lower()}" svg:stroke-width="0.75pt" draw:shadow="hidden" '
            'draw:textarea-horizontal-align="center" draw:textarea-vertical-align="middle" fo:wrap-option="no-wrap" '
            'draw:auto-grow-height="false" draw:auto-grow-width="false" fo:padding="0cm" '
            'fo:min-height="0cm" fo:min-width="0cm"/></style:style>'
        ),
        f"{PREFIX}Line": (
            f'<style:style{uris} style:name="{PREFIX}Line" style:family="paragraph"><style:paragraph-properties '
            'fo:text-align="center" fo:margin-left="0cm" fo:margin-right="0cm" fo:margin-top="0cm" '
            'fo:margin-bottom="0cm" fo:text-indent="0cm" style:writing-mode="lr-tb"/></style:style>'
        ),
    }


def frame(
    document: Document,
    sentences: list[tuple[Language, str]],
    where: Box,
    size: float,
    styles: dict[str, str],
    extra: str,
) -> str:
    """The box with the wording, as a frame; `where` and `size` in points. The styles of its letters join `styles`."""
    lines = []
    for number, (language, text) in enumerate(sentences):
        own = size if number == 0 else size * SECOND
        name = f"{PREFIX}{language}{round(own * 10)}"
        styles[name] = letters(document, name, own, language)
        lines.append(
            f'<text:p text:style-name="{PREFIX}Line"><text:span text:style-name="{name}">{escape(text)}</text:span>'
            "</text:p>"
        )
    left, top, width, height = (f"{each / 72 * 2.54:.3f}cm" for each in where)
    return (
        f'<draw:frame{declared(document, "draw", "svg", "text")} draw:name="{OWN}" '
        f'draw:style-name="{PREFIX}Box"{extra} '
        f'svg:x="{left}" svg:y="{top}" svg:width="{width}" svg:height="{height}">'
        f"<draw:text-box>{''.join(lines)}</draw:text-box></draw:frame>"
    )


def own_frames(document: Document, within: Element) -> list[Element]:
    """Our boxes that are there already."""
    return [
        each
        for each in document.within(within)
        if each.name == f"{{{DRAW}}}frame" and each.get(f"{{{DRAW}}}name") == OWN
    ]


def font_size(document: Document, paragraph: Element) -> float | None:
    """The size of the first letters of a paragraph that a style of their own gives, in points."""
    styles = automatic(document)
    for each in document.within(paragraph):
        style = styles.get(each.get(f"{{{TEXT}}}style-name"))
        for properties in document.within(style) if style else ():
            if (size := points(properties.get(f"{{{FO}}}font-size"))) is not None:
                return size
    return None
