"""Charts of counts by day, as SVG that a screen reader tells, too: a title, a description, and a table beside it.

Stacked bars: each series has a class of its own (`series-allow`, …) for its colour, and a texture where it is not the
first, so that colour is never alone. Plain numbers in, markup out; which words stand there is the page's affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log10
from typing import Final

from overt.report.markup import Markup, esc

WIDTH, HEIGHT, FOOT, SIDE = 720, 160, 24, 48
_GAP: Final = 0.22  # Of a day's width.
_TEXTURES: Final = ("", "hatch", "dots")


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing that is counted: its name for the eye, its class for the style, and how many on each day."""

    name: str
    look: str
    counts: tuple[int, ...]


def days(until: date, count: int) -> tuple[str, ...]:
    """So many days up to and with `until`, as ISO dates."""
    return tuple((until - timedelta(days=back)).isoformat() for back in reversed(range(count)))


def counted(on: Sequence[str], counts: Mapping[str, int]) -> tuple[int, ...]:
    """The counts of these days; 0 where there is none."""
    return tuple(counts.get(day, 0) for day in on)


def stacked(name: str, title: str, description: str, on: Sequence[str], series: Sequence[Series]) -> Markup:
    """Bars for the days `on`, one series upon another. `name` is unique on its page: title and textures go by it."""
    totals = [sum(each.counts[at] for each in series) for at in range(len(on))]
    top = _top(max(totals, default=0))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT + FOOT}" role="img" '
        f'aria-labelledby="{esc(name)}-t {esc(name)}-d">'
        f'<title id="{esc(name)}-t">{esc(title)}</title><desc id="{esc(name)}-d">{esc(description)}</desc>'
        f"{_textures(name)}{''.join(_lines(top))}{''.join(_bars(name, on, series, top))}{''.join(_ticks(on))}</svg>"
    )


def key(name: str, series: Sequence[Series]) -> Markup:
    """The key of a chart: each series with its colour, its texture, and its sum."""
    rows = "".join(
        f'<li><svg class="swatch" viewBox="0 0 16 16" aria-hidden="true"><rect class="{esc(each.look)}" width="16" '
        f'height="16" rx="3"/>{_texture(name, number, 0, 0, 16, 16)}</svg>'
        f"{esc(each.name)} <b>{sum(each.counts)}</b></li>"
        for number, each in enumerate(series)
    )
    return f'<ul class="key">{rows}</ul>'


def _bars(name: str, on: Sequence[str], series: Sequence[Series], top: int) -> Iterator[Markup]:
    step = (WIDTH - SIDE) / max(1, len(on))
    for at, day in enumerate(on):
        left, reached = SIDE + at * step + step * _GAP / 2, 0
        told = " · ".join(f"{each.name} {each.counts[at]}" for each in series if each.counts[at])
        parts = ""
        for number, each in enumerate(series):
            if not (count := each.counts[at]):
                continue
            tall = count / top * HEIGHT
            reached += count
            where = (left, HEIGHT - reached / top * HEIGHT, step * (1 - _GAP), tall)
            parts += f'<rect class="{esc(each.look)}" {_place(*where)}/>{_texture(name, number, *where)}'
        if parts:
            yield f"<g><title>{esc(day)}: {esc(told)}</title>{parts}</g>"


def _lines(top: int) -> Iterator[Markup]:
    for value in dict.fromkeys((0, top // 2, top)):
        y = HEIGHT - value / top * HEIGHT
        yield f'<line class="rule" x1="{SIDE}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{SIDE - 6}" y="{max(y, 8) + 3:.1f}" text-anchor="end">{value}</text>'


def _ticks(on: Sequence[str]) -> Iterator[Markup]:
    step = (WIDTH - SIDE) / max(1, len(on))
    every = max(1, ceil(len(on) / 6))
    for at in range(0, len(on), every):
        middle = SIDE + (at + 0.5) * step
        yield f'<text x="{middle:.1f}" y="{HEIGHT + 19}" text-anchor="middle">{esc(on[at][5:])}</text>'


def _textures(name: str) -> Markup:
    return (
        f'<defs><pattern id="{esc(name)}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path class="texture" d="M0 0v5"/></pattern>'
        f'<pattern id="{esc(name)}-dots" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<circle class="texture" cx="2.5" cy="2.5" r=".8"/></pattern></defs>'
    )


def _texture(name: str, number: int, left: float, up: float, wide: float, tall: float) -> Markup:
    texture = _TEXTURES[number % len(_TEXTURES)]
    return f'<rect {_place(left, up, wide, tall)} fill="url(#{esc(name)}-{texture})"/>' if texture else ""


def _place(left: float, up: float, wide: float, tall: float) -> str:
    return f'x="{left:.1f}" y="{up:.1f}" width="{wide:.1f}" height="{tall:.1f}"'


def _top(most: int) -> int:
    """A round number that is not less, and even, so that its half is one, too."""
    if most <= 2:
        return 2
    step = 10 ** int(log10(most))
    return next(value for factor in (1, 2, 4, 6, 8, 10, 20) if (value := int(factor * step)) >= most and value % 2 == 0)
