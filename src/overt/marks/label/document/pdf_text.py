"""Where a PDF page has text and pictures, and what the text says, as far as its fonts tell.

Source: ISO 32000-1, 8.4 (graphics state), 9.4 (text objects), 8.10 (form XObjects).
Good enough to read lines at a page's edges and to see where a label would cover least. It draws nothing, knows
advances only roughly, and does not see what is clipped, covered, or switched off as optional content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from math import hypot

import pikepdf

from overt.errors import BudgetError, UnsupportedError
from overt.formats.pdf import inflated
from overt.marks.label.document.pdf_cmap import Decoder, decoder

INSTRUCTION_LIMIT = 400_000
"""The most instructions of one page; a dense map has about 200,000."""
CONTENT_LIMIT = 8 << 20
"""The longest content of a page or form, inflated."""
PACKED_LIMIT = 1 << 20
"""The longest content behind filters whose output cannot be measured beforehand (LZW, run length)."""
FORM_LIMIT = 500
"""The most forms that one page draws."""
DEPTH_LIMIT = 12
"""The deepest nesting of forms."""
STACK_LIMIT = 512
"""The deepest nesting of saved graphics states; the standard asks readers for 28."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)

_OPERATORS = "q Q cm BT ET Tf Td TD Tm T* TL Tr Ts Tj TJ ' \" Do re"
_INVISIBLE = 3  # Text render mode: neither filled nor stroked, as under a scan.


@dataclass(frozen=True, slots=True)
class Chunk:
    """One shown string: its text (None where the font does not tell), its place and its size on the page."""

    text: str | None
    x: float
    y: float
    size: float
    width: float


@dataclass(slots=True)
class PageText:
    """What was met on one page.

    `images` are the corners of pictures; `unclosed` counts saved states that the page never restores, `underflows`
    the restores of states that it never saved; `in_text` is whether a text object is still open at its end.
    """

    chunks: list[Chunk] = field(default_factory=list)
    images: list[tuple[float, float, float, float]] = field(default_factory=list)
    invisible: list[Chunk] = field(default_factory=list)
    unclosed: int = 0
    underflows: int = 0
    in_text: bool = False
    instructions: int = 0
    forms: int = 0


@dataclass(slots=True)
class _State:
    ctm: Matrix = IDENTITY
    font: Decoder | None = None
    size: float = 0.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0

    def copy(self) -> _State:
        return _State(self.ctm, self.font, self.size, self.leading, self.rise, self.mode)


def times(one: Matrix, two: Matrix) -> Matrix:
    """The transformation that does `one`, then `two`."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point, transformed."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def look(page: pikepdf.Page) -> PageText:
    """What is on a page, in the coordinates of its user space. Raises `BudgetError` for one that is too full."""
    _measure(_contents(page))
    return look_at(page, page.resources)


def draws_last(page: pikepdf.Page, name: str) -> bool:
    """Whether the form of this name is the last that a page draws.

    It is not where the content before it breaks off inside a string or a picture, which then swallows the rest.
    A broken-off hexadecimal string passes: qpdf steps over it, where other readers do not.
    Raises `BudgetError` for a page that is too long to look at.
    """
    _measure(_contents(page))
    try:
        drawn = [str(step.operands[0]) for step in pikepdf.parse_content_stream(page, "Do") if len(step.operands)]
    except pikepdf.PdfError:
        return False
    return drawn[-1:] == [name]


def _contents(page: pikepdf.Page) -> list[pikepdf.Stream]:
    contents = page.obj.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [stream for stream in streams if isinstance(stream, pikepdf.Stream)]


def look_at(content: pikepdf.Page | pikepdf.Stream, resources: pikepdf.Object) -> PageText:
    """What one content stream of a page draws with the page's resources."""
    found = PageText()
    walker = _Walker(found, resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary())
    walker.walk(content, 0)
    found.unclosed, found.underflows, found.in_text = len(walker.stack), walker.underflows, walker.in_text
    return found


def _measure(streams: Iterable[pikepdf.Stream]) -> None:
    """Refuse content that is too long, before qpdf inflates it all."""
    left = CONTENT_LIMIT
    for stream in streams:
        try:
            left -= len(inflated(stream, left))
        except UnsupportedError:  # A rarer filter.
            if len(stream.read_raw_bytes()) > PACKED_LIMIT:
                raise BudgetError(
                    f"a page has more than {PACKED_LIMIT} bytes of packed content",
                    f"页面的压缩内容超过 {PACKED_LIMIT} 字节",
                ) from None


class _Walker:
    """Goes through the instructions of one content stream."""

    def __init__(self, found: PageText, resources: pikepdf.Dictionary, ctm: Matrix = IDENTITY) -> None:
        self.found = found
        self.resources = resources
        self.state = _State(ctm)
        self.stack: list[_State] = []
        self.in_text = False
        self.underflows = 0
        self.matrix = self.line = IDENTITY
        self.decoders: dict[str, Decoder] = {}
        self.acts: dict[str, Callable[[list[pikepdf.Object]], None]] = {
            "q": self._save, "Q": self._restore, "cm": self._concatenate,
            "BT": self._begin, "ET": self._end, "Tf": self._font, "Td": self._move, "TD": self._move_leading,
            "Tm": self._set_matrix, "T*": self._next_line, "TL": self._set_leading, "Tr": self._set_mode,
            "Ts": self._set_rise, "Tj": self._show, "TJ": self._show_many, "'": self._next_and_show,
            '"': self._next_and_show_spaced,
        }  # fmt: skip

    def walk(self, content: pikepdf.Page | pikepdf.Stream, depth: int) -> None:
        """Every instruction, in order; forms are gone into."""
        for operands, operator in pikepdf.parse_content_stream(content, _OPERATORS):  # type: ignore[misc]
            self.found.instructions += 1
            if self.found.instructions > INSTRUCTION_LIMIT:
                raise BudgetError(
                    f"a page has more than {INSTRUCTION_LIMIT} instructions",
                    f"页面的绘图指令超过 {INSTRUCTION_LIMIT} 条",
                )
            name = str(operator)
            if name == "Do":
                self._do(operands, depth)
            elif act := self.acts.get(name):
                try:
                    act(list(operands))
                except (ValueError, TypeError, IndexError, OverflowError):
                    continue  # Wrong operands: readers skip the instruction, and so do we.

    def _save(self, _: list[pikepdf.Object]) -> None:
        if len(self.stack) >= STACK_LIMIT:
            raise BudgetError(
                f"a page saves more than {STACK_LIMIT} graphics states", f"页面保存的图形状态超过 {STACK_LIMIT} 层"
            )
        self.stack.append(self.state.copy())

    def _restore(self, _: list[pikepdf.Object]) -> None:
        if self.stack:
            self.state = self.stack.pop()
        else:
            self.underflows += 1

    def _concatenate(self, operands: list[pikepdf.Object]) -> None:
        self.state.ctm = times(_matrix(operands), self.state.ctm)

    def _begin(self, _: list[pikepdf.Object]) -> None:
        self.in_text, self.matrix, self.line = True, IDENTITY, IDENTITY

    def _end(self, _: list[pikepdf.Object]) -> None:
        self.in_text = False

    def _font(self, operands: list[pikepdf.Object]) -> None:
        name, self.state.size = str(operands[0]), float(operands[1])
        if name not in self.decoders:
            fonts = self.resources.get("/Font")
            font = fonts.get(name) if isinstance(fonts, pikepdf.Dictionary) else None
            self.decoders[name] = decoder(font) if font is not None else lambda _: None
        self.state.font = self.decoders[name]

    def _move(self, operands: list[pikepdf.Object]) -> None:
        self.line = times((1, 0, 0, 1, float(operands[0]), float(operands[1])), self.line)
        self.matrix = self.line

    def _move_leading(self, operands: list[pikepdf.Object]) -> None:
        self.state.leading = -float(operands[1])
        self._move(operands)

    def _set_matrix(self, operands: list[pikepdf.Object]) -> None:
        self.matrix = self.line = _matrix(operands)

    def _next_line(self, _: list[pikepdf.Object]) -> None:
        self.line = times((1, 0, 0, 1, 0, -self.state.leading), self.line)
        self.matrix = self.line

    def _set_leading(self, operands: list[pikepdf.Object]) -> None:
        self.state.leading = float(operands[0])

    def _set_mode(self, operands: list[pikepdf.Object]) -> None:
        self.state.mode = int(operands[0])

    def _set_rise(self, operands: list[pikepdf.Object]) -> None:
        self.state.rise = float(operands[0])

    def _show(self, operands: list[pikepdf.Object]) -> None:
        self._shown([operands[0]])

    def _show_many(self, operands: list[pikepdf.Object]) -> None:
        if isinstance(operands[0], pikepdf.Array):
            self._shown(list(operands[0]))

    def _next_and_show(self, operands: list[pikepdf.Object]) -> None:
        self._next_line([])
        self._shown([operands[0]])

    def _next_and_show_spaced(self, operands: list[pikepdf.Object]) -> None:
        self._next_line([])
        self._shown([operands[2]])

    def _shown(self, items: Sequence[object]) -> None:
        """One line of strings and gaps, in thousandths of an em."""
        texts: list[str | None] = []
        advance = 0.0
        for item in items:
            if isinstance(item, pikepdf.String):
                raw = bytes(item)
                text = self.state.font(raw) if self.state.font else None
                texts.append(text if raw else "")
                advance += _em(text) if text is not None else len(raw) * 0.5
            elif isinstance(item, int | float | Decimal):
                advance -= float(item) / 1000
                if float(item) < -200:  # A gap that wide stands for a space.
                    texts.append(" ")
        x, y = at(times(self.matrix, self.state.ctm), 0, self.state.rise)
        a, b, c, d, _, _ = times(self.matrix, self.state.ctm)
        size, width = abs(self.state.size) * hypot(c, d), advance * abs(self.state.size) * hypot(a, b)
        known = None if None in texts else "".join(text for text in texts if text is not None)
        target = self.found.invisible if self.state.mode == _INVISIBLE else self.found.chunks
        target.append(Chunk(known, x, y, size, width))
        self.matrix = times((1, 0, 0, 1, advance * self.state.size, 0), self.matrix)

    def _do(self, operands: list[pikepdf.Object], depth: int) -> None:
        objects = self.resources.get("/XObject")
        name = str(operands[0]) if len(operands) else ""
        drawn = objects.get(name) if isinstance(objects, pikepdf.Dictionary) and name.startswith("/") else None
        if not isinstance(drawn, pikepdf.Stream):
            return
        kind = drawn.get("/Subtype")
        if kind == pikepdf.Name.Image:
            corners = [at(self.state.ctm, x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            self.found.images.append((min(xs), min(ys), max(xs), max(ys)))
        elif kind == pikepdf.Name.Form and depth < DEPTH_LIMIT:
            self.found.forms += 1
            if self.found.forms > FORM_LIMIT:
                raise BudgetError(
                    f"a page draws more than {FORM_LIMIT} forms",
                    f"页面绘制的表单对象（Form XObject）超过 {FORM_LIMIT} 个",
                )
            _measure([drawn])
            own = drawn.get("/Resources")
            resources = own if isinstance(own, pikepdf.Dictionary) else self.resources
            inner = drawn.get("/Matrix")
            matrix = _matrix(list(inner)) if isinstance(inner, pikepdf.Array) and len(inner) == 6 else IDENTITY
            _Walker(self.found, resources, times(matrix, self.state.ctm)).walk(drawn, depth + 1)


def _matrix(operands: list[pikepdf.Object]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return a, b, c, d, e, f


def _em(text: str) -> float:
    """About how wide a text is, in em."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.5 for letter in text)


def lines(chunks: list[Chunk], to_display: Matrix) -> Iterator[str | None]:
    """The lines of a page as a person reads them, from the top; None for a line with text that cannot be told."""
    placed = sorted(((*at(to_display, chunk.x, chunk.y), chunk) for chunk in chunks), key=lambda item: -item[1])
    line: list[tuple[float, Chunk]] = []
    for (x, y, chunk), (_, below, _) in pairwise([*placed, (0.0, float("-inf"), Chunk("", 0, 0, 0, 0))]):
        line.append((x, chunk))
        if y - below > 0.45 * max(chunk.size, 1):
            yield _joined(sorted(line, key=lambda item: item[0]))
            line = []


def _joined(line: list[tuple[float, Chunk]]) -> str | None:
    text, end = "", line[0][0]
    for x, chunk in line:
        if chunk.text is None:
            return None
        text += (" " if x - end > 0.25 * chunk.size else "") + chunk.text
        end = x + chunk.width
    return text
