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
    bars: Sequence[float], seconds: float, span: float, stretches: Iterable[Sequence[float]], every: int
) -> Markup:
    """Heights from 0 to 1 over `seconds`, on a scale of `span` seconds with a tick `every` so many."""
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
    ticks = "".join(
        f'<text x="{tick * scale + 4:.1f}" y="{WAVE_HEIGHT + 14}">{tick} s</text>'
        for tick in range(0, int(span) + 1, every)
    )
    return (
        f'<svg class="wave" viewBox="0 0 {WAVE_WIDTH} {WAVE_HEIGHT + 18}" role="img" '
        f'aria-label="{seconds:.1f} s">{marked}<path d="{strokes}"/>{ticks}</svg>'
    )
