"""What pages draw over and instead of a content: the label's boxes on a picture, a wave form with its stretches.

Plain numbers in, SVG out. Where they come from, and what else stands around them, is the page's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overt.report.markup import Markup

WAVE_WIDTH, WAVE_HEIGHT = 720, 96


def boxes(width: int, height: int, found: Iterable[Sequence[float]]) -> Markup:
    """Boxes (left, top, width, height) in pixels of a picture of this size, to lie over it; nothing where none is."""
    reach = max(width, height) * 0.006
    drawn = "".join(
        f'<rect x="{left - reach:.1f}" y="{top - reach:.1f}" width="{across + 2 * reach:.1f}" '
        f'height="{down + 2 * reach:.1f}" rx="{reach:.1f}" class="{look}"/>'
        for left, top, across, down in found
        for look in ("halo", "box")
    )
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{drawn}</svg>' if drawn else ""


def outlines(width: int, height: int, found: Iterable[Sequence[Sequence[float]]]) -> Markup:
    """Outlines (corners x, y) in pixels of a picture of this size, to lie over it; nothing where none is."""
    drawn = "".join(
        f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}" class="outline"/>' for corners in found
    )
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{drawn}</svg>' if drawn else ""


def wave(
    bars: Sequence[float],
    seconds: float,
    span: float,
    stretches: Iterable[Sequence[float]],
    every: int,
    marks: Iterable[Sequence[float]] = (),
) -> Markup:
    """Heights from 0 to 1 over `seconds`, on a scale of `span` seconds with a tick `every` so many.

    `stretches` are those of the label, `marks` those of the watermark, as a line along the foot.
    """
    scale = WAVE_WIDTH / max(span, 0.1)
    middle, step = WAVE_HEIGHT / 2, seconds * scale / len(bars)
    strokes = "".join(
        f"M{(at + 0.5) * step:.1f} {middle - tall:.1f}v{2 * tall:.1f}"
        for at, bar in enumerate(bars)
        for tall in [max(0.8, min(float(bar), 1.0) * (middle - 4))]
    )
    marked = "".join(
        f'<rect class="stretch" x="{start * scale:.1f}" y="1" rx="4" '
        f'width="{max(0.0, min(end, span) - start) * scale:.1f}" height="{WAVE_HEIGHT - 2}"/>'
        for start, end in stretches
        if start < span
    )
    marked += _feet(marks, span, scale, WAVE_HEIGHT - 5)
    ticks = "".join(
        f'<text x="{tick * scale + 4:.1f}" y="{WAVE_HEIGHT + 14}">{tick} s</text>'
        for tick in range(0, int(span) + 1, every)
    )
    return (
        f'<svg class="wave" viewBox="0 0 {WAVE_WIDTH} {WAVE_HEIGHT + 18}" role="img" '
        f'aria-label="{seconds:.1f} s">{marked}<path d="{strokes}"/>{ticks}</svg>'
    )


def track(seconds: float, stretches: Iterable[Sequence[float]], marks: Iterable[Sequence[float]]) -> Markup:
    """The time line of a film: where its label is seen (`stretches`), and where its watermark lies (`marks`)."""
    span = max(seconds, 0.1)
    scale = WAVE_WIDTH / span
    shown = "".join(
        f'<rect class="stretch" x="{start * scale:.1f}" y="4" rx="3" '
        f'width="{max(2.0, (min(end, span) - start) * scale):.1f}" height="14"/>'
        for start, end in stretches
        if start < span
    )
    every = max(1, round(span / 8))
    ticks = "".join(
        f'<text x="{tick * scale + 2:.1f}" y="42">{tick} s</text>' for tick in range(0, int(span) + 1, every)
    )
    return (
        f'<svg class="wave track" viewBox="0 0 {WAVE_WIDTH} 48" role="img" aria-label="{seconds:.1f} s">'
        f'<rect class="ground" x="0" y="4" rx="3" width="{WAVE_WIDTH}" height="14"/>{shown}'
        f"{_feet(marks, span, scale, 22)}{ticks}</svg>"
    )


def _feet(marks: Iterable[Sequence[float]], span: float, scale: float, top: float) -> Markup:
    return "".join(
        f'<rect class="marked" x="{start * scale:.1f}" y="{top}" rx="2" '
        f'width="{max(2.0, (min(end, span) - start) * scale):.1f}" height="5"/>'
        for start, end in marks
        if start < span
    )
