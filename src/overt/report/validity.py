"""For how long something is good, as a bar with today on it: SVG from plain dates, without words of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from overt.report.markup import Markup

BEFORE: Final = timedelta(days=180)
AFTER: Final = timedelta(days=550)
WIDTH, HEIGHT = 300, 16


def bar(since: str, until: str, now: datetime, look: str) -> Markup:
    """The time from `since` to `until` (UTC; empty: open) within what is shown; `look` is a class of CSS."""
    first = _place(since, now) if since else 0.0
    last = _place(until, now) if until else float(WIDTH)
    today = WIDTH * (BEFORE / (BEFORE + AFTER))
    return Markup(
        f'<svg class="validity" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" y="5" width="{WIDTH}" height="6" rx="3"/>'
        f'<rect class="span {look}" x="{first:.1f}" y="5" width="{max(2.0, last - first):.1f}" height="6" rx="3"/>'
        f'<path class="now" d="M{today:.1f} 0v{HEIGHT}"/></svg>'
    )


def _place(moment: str, now: datetime) -> float:
    """Where a moment lies on the bar; what lies outside is at its end."""
    share = (datetime.fromisoformat(moment) - (now - BEFORE)) / (BEFORE + AFTER)
    return min(max(share, 0.0), 1.0) * WIDTH
