"""The label on PDF pages: real text on a light plate, upright on the page as it is displayed.

Source: GB 45438-2025 clause 5.1 through the rulebook; ISO 32000-1, 7.7.3.3 (boxes, Rotate), 14.6 (marked content).
The page's own content streams stay as they are, between a `q` and a `Q`; the label is one more stream behind them
that draws a form. Its marked content is tagged `/OvertLabel`, by which it is known when a document is labelled again.
No source gives a size for documents; ours is in `GLYPH_RATIO` and `LEAST_POINTS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

import pikepdf
from pikepdf import Array, Dictionary, Name

from overt.errors import BudgetError, UnsupportedError
from overt.language import Text
from overt.marks.label.document.pdf_font import Typeface
from overt.marks.label.document.pdf_text import Matrix, PageText, at, draws_last, look
from overt.marks.label.model import Position

TAG = "/OvertLabel"
GLYPH_RATIO = 0.025
"""Ink height of a Han glyph as a part of the page's shorter side: 5.3 mm on A4, twice the size of body text."""
LEAST_POINTS = 8.0
"""The least ink height in points: below that, print of a dense Han glyph clogs."""

_PAD_X, _PAD_Y = 0.55, 0.32  # In em of the label's type.
_SECOND = 0.62  # The second language's type, in em of the first.
_LEADING = 0.34  # Between two lines, in em.
_WIDEST = 0.94  # Of the displayed width.
_EDGE = 0.012  # From the page's edge, as a part of its shorter side.
_AUTO: tuple[Position, ...] = ("bottom", "top", "bottom-right", "top-right", "bottom-left", "top-left")
_PARENT_LIMIT = 64
_OWN = re.compile(rb"/OvertLabel BMC\nq [-0-9. ]+ cm (/OvertLabel[0-9]+) Do Q\nEMC\Z")
_SAVES = re.compile(rb"q(?: q)*")
_OWN_LIMIT = 4096
_BACKGROUND = 0.5  # A picture that covers more of the page than this is its background, not a figure.


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as displayed: its width and height in points, and the way from there to the page's user space."""

    width: float
    height: float
    to_user: Matrix
    unit: float

    @property
    def shorter(self) -> float:
        """The shorter side in units of user space."""
        return min(self.width, self.height)

    @property
    def to_display(self) -> Matrix:
        """The way back; the four rotations are their own transposes."""
        a, b, c, d, e, f = self.to_user
        return a, c, b, d, -(a * e + b * f), -(c * e + d * f)

    def shows(self, x: float, y: float) -> bool:
        """Whether a point of user space is on the displayed page."""
        across, up = at(self.to_display, x, y)
        return 0 <= across <= self.width and 0 <= up <= self.height


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the label: its text, its type size, its width, its baseline above the plate's lower edge, its left."""

    text: str
    size: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plate:
    """A label set in type: its size and its lines, in points; `ink` is the height of the reference glyph."""

    width: float
    height: float
    lines: tuple[Line, ...]
    ink: float


def sheet(page: pikepdf.Page) -> Sheet:
    """The displayed page: the crop box inside the media box, turned by Rotate, in units of UserUnit."""
    media, crop = _box(page.obj, "/MediaBox"), _box(page.obj, "/CropBox")
    box = media or (0.0, 0.0, 612.0, 792.0)
    if crop:
        inner = (max(box[0], crop[0]), max(box[1], crop[1]), min(box[2], crop[2]), min(box[3], crop[3]))
        box = inner if inner[2] > inner[0] and inner[3] > inner[1] else box
    x0, y0, x1, y1 = box
    turn = _inherited(page.obj, "/Rotate")
    quarter = int(turn) // 90 % 4 if _is_number(turn) else 0
    to_user: Matrix = (
        (1, 0, 0, 1, x0, y0),
        (0, 1, -1, 0, x1, y0),
        (-1, 0, 0, -1, x1, y1),
        (0, -1, 1, 0, x0, y1),
    )[quarter]
    width, height = (y1 - y0, x1 - x0) if quarter % 2 else (x1 - x0, y1 - y0)
    unit = page.obj.get("/UserUnit", 1)
    return Sheet(width, height, to_user, float(unit) if _is_number(unit) and float(unit) > 0 else 1.0)


def _inherited(node: pikepdf.Object | None, key: str) -> object:
    for _ in range(_PARENT_LIMIT):
        if not isinstance(node, Dictionary):
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _box(page: pikepdf.Object, key: str) -> tuple[float, float, float, float] | None:
    value = _inherited(page, key)
    if not isinstance(value, Array) or len(value) != 4 or not all(_is_number(item) for item in value):
        return None
    x, y = sorted((float(value[0]), float(value[2]))), sorted((float(value[1]), float(value[3])))
    return (x[0], y[0], x[1], y[1]) if x[1] > x[0] and y[1] > y[0] else None


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal)


def set_type(page: Sheet, face: Typeface, texts: list[str], short: str, glyph: str) -> Plate:
    """The label in type for a page of this size: on one line if it fits, on two, or with the short wording."""
    low, high = face.ink[glyph]
    ink_em = (high - low) / 1000
    em = max(GLYPH_RATIO * page.shorter, LEAST_POINTS / page.unit) / ink_em
    room = _WIDEST * page.width
    first, *more = texts
    gap, second = (0.6 * em, more[0]) if more else (0.0, "")
    one = face.width(first) * em + gap + face.width(second) * em * _SECOND + 2 * _PAD_X * em
    height = (ink_em + 2 * _PAD_Y) * em
    base = _PAD_Y * em - low / 1000 * em
    if one <= room:
        x = _PAD_X * em + face.width(first) * em + gap
        rest = (Line(second, em * _SECOND, x, base),) if second else ()
        return Plate(one, height, (Line(first, em, _PAD_X * em, base), *rest), ink_em * em)
    wide = max(face.width(first), face.width(second) * _SECOND) * em + 2 * _PAD_X * em
    if second and wide <= room:
        rise = (_SECOND + _LEADING) * em
        placed = (
            Line(first, em, (wide - face.width(first) * em) / 2, base + rise),
            Line(second, em * _SECOND, (wide - face.width(second) * _SECOND * em) / 2, base),
        )
        return Plate(wide, height + rise, placed, ink_em * em)
    wording = first if face.width(first) * em + 2 * _PAD_X * em <= room else short
    wide = face.width(wording) * em + 2 * _PAD_X * em
    if wide > page.width or height > page.height:
        raise UnsupportedError(
            f"a page of {page.width:g} × {page.height:g} points is too small for a legible label",
            f"页面仅 {page.width:g} × {page.height:g} 点，放不下清晰可辨的标识",
            hint=Text(zh="请换用更大的页面。", en="Use larger pages."),
        )
    return Plate(wide, height, (Line(wording, em, _PAD_X * em, base),), ink_em * em)


def spot(page: Sheet, plate: Plate, seen: PageText | None, position: Position) -> tuple[float, float]:
    """Where the plate's lower left corner goes on the displayed page: where it covers least, or as asked."""
    corners = {where: _corner(page, plate, where) for where in _AUTO}
    if position != "auto":
        return corners[position]
    return min(corners.values(), key=lambda corner: _covered(page, plate, seen, corner))


def _corner(page: Sheet, plate: Plate, where: Position) -> tuple[float, float]:
    edge = _EDGE * page.shorter
    right, top = page.width - plate.width, page.height - plate.height
    x = min(edge, right) if "left" in where else right - min(edge, right) if "right" in where else right / 2
    y = top - min(edge, top) if "top" in where else min(edge, top)
    return round(x, 3), round(y, 3)


def _covered(page: Sheet, plate: Plate, seen: PageText | None, corner: tuple[float, float]) -> float:
    """How much of the page's text and pictures lies under a plate at this corner."""
    if seen is None:
        return 0.0
    x, y = corner
    total = 0.0
    for chunk in seen.chunks:
        if chunk.text is not None and not chunk.text.strip():
            continue
        left, base = at(page.to_display, chunk.x, chunk.y)
        box = (left, base - 0.25 * chunk.size, left + max(chunk.width, chunk.size), base + 0.9 * chunk.size)
        total += 10 * _overlap(box, x, y, plate)  # Words lost weigh more than a picture's rim.
    for x0, y0, x1, y1 in seen.images:
        (a, b), (c, d) = at(page.to_display, x0, y0), at(page.to_display, x1, y1)
        picture = (min(a, c), min(b, d), max(a, c), max(b, d))
        if (picture[2] - picture[0]) * (picture[3] - picture[1]) < _BACKGROUND * page.width * page.height:
            total += _overlap(picture, x, y, plate)
    return total


def _overlap(box: tuple[float, float, float, float], x: float, y: float, plate: Plate) -> float:
    wide = min(box[2], x + plate.width) - max(box[0], x)
    high = min(box[3], y + plate.height) - max(box[1], y)
    return max(wide, 0.0) * max(high, 0.0)


def form(pdf: pikepdf.Pdf, plate: Plate, face: Typeface, font: pikepdf.Object) -> pikepdf.Object:
    """The plate as a form: a light ground, a thin border, dark text, in grey as every output condition knows it."""
    rim = plate.height * 0.03
    parts = [
        b"q 0.98 g 0.2 G %s w" % _number(rim),
        b"%s %s %s %s re B" % tuple(map(_number, (rim / 2, rim / 2, plate.width - rim, plate.height - rim))),
        b"0.06 g BT",
    ]
    for line in plate.lines:
        parts.append(b"/F %s Tf 1 0 0 1 %s %s Tm" % tuple(map(_number, (line.size, line.x, line.y))))
        parts.append(face.encoded(line.text) + b" Tj")
    parts.append(b"ET Q")
    return pdf.make_indirect(
        pikepdf.Stream(
            pdf,
            b"\n".join(parts),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, round(plate.width, 3), round(plate.height, 3)]),
            Resources=Dictionary(Font=Dictionary(F=font)),
        )
    )


def draw(page: pikepdf.Page, label: pikepdf.Object, where: Matrix, seen: PageText | None) -> None:
    """Put the form on the page, behind its content streams, which stay between a `q` and a `Q`."""
    resources = page.resources
    forms = resources.get("/XObject")
    forms = forms if isinstance(forms, Dictionary) else Dictionary()
    resources.XObject = forms
    name = next(
        candidate
        for candidate in (f"{TAG}{number}" for number in range(1, len(forms) + 2))
        if candidate not in forms or forms[candidate].objgen == label.objgen
    )
    forms[name] = label
    matrix = b" ".join(map(_number, where))
    restore = b"ET\n" * bool(seen and seen.in_text) + b"Q\n" * ((seen.unclosed if seen else 0) + 1)
    stream = restore + TAG.encode() + b" BMC\nq " + matrix + b" cm " + name.encode() + b" Do Q\nEMC"
    # A restore too many makes poppler stop drawing: give each a state that it can restore.
    page.contents_add(b"q" + b" q" * (seen.underflows if seen else 0), prepend=True)
    page.contents_add(stream)


def _number(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode()


def own_stream(page: pikepdf.Page) -> tuple[pikepdf.Stream, str] | None:
    """The content stream of our own label, which is the page's last, and the name of the form that it draws."""
    streams = _streams(page)
    # Streams that are packed, or long, are not ours: qpdf keeps the bytes of ours as they are.
    if not streams or "/Filter" in streams[-1] or len(raw := streams[-1].read_raw_bytes()) > _OWN_LIMIT:
        return None
    found = _OWN.search(raw)
    return (streams[-1], found[1].decode("ascii")) if found else None


def is_swallowed(page: pikepdf.Page) -> bool:
    """Whether the page's own content breaks off in such a way that our label behind it is not drawn."""
    own = own_stream(page)
    try:
        return own is not None and not draws_last(page, own[1])
    except BudgetError:
        return False  # Too long to look at, as in `looked_at`.


def take_back(pages: Iterable[pikepdf.Page]) -> None:
    """Undo `draw` on pages that are about to be labelled again, so that labels do not stack."""
    forms: list[tuple[pikepdf.Object, str]] = []
    for page in pages:
        streams, own = _streams(page), own_stream(page)
        if own and len(streams) >= 2 and _SAVES.fullmatch(streams[0].read_raw_bytes()):
            page.obj.Contents = Array(streams[1:-1])
            forms.append((page.resources, own[1]))
    for resources, name in forms:  # Pages may share their resources: last, and once.
        drawn = resources.get("/XObject")
        if isinstance(drawn, Dictionary) and name in drawn:
            del drawn[name]


def _streams(page: pikepdf.Page) -> list[pikepdf.Stream]:
    contents = page.obj.get("/Contents")
    items = list(contents) if isinstance(contents, Array) else [contents]
    return [item for item in items if isinstance(item, pikepdf.Stream)]


def looked_at(page: pikepdf.Page) -> PageText | None:
    """What is on a page, or None where it holds too much to look at."""
    try:
        return look(page)
    except BudgetError:
        return None
