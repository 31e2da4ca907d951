"""The states of many duties as one bar. Plain numbers in, SVG out; colours are classes of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from overt.duties import words
from overt.duties.model import STATES, State
from overt.language import Language
from overt.report.markup import Markup, esc

_WIDTH: Final = 1000
_HEIGHT: Final = 24
_LEAST: Final = 6  # So that a single duty can be seen.


def bar(counts: Mapping[State, int], language: Language) -> Markup:
    """How many duties are in each state; nothing where there are none. The numbers stand in its name, too."""
    there = [state for state in STATES if counts.get(state)]
    total = sum(counts[state] for state in there)
    if not total:
        return ""
    spare = _WIDTH - _LEAST * len(there)
    drawn, left = [], 0.0
    for state in there:
        wide = _LEAST + spare * counts[state] / total
        said = f"{words.STATES[state].in_(language)} {counts[state]}"
        drawn.append(
            f'<rect class="is-{state}" x="{left:.1f}" y="0" width="{wide - 2:.1f}" height="{_HEIGHT}">'
            f"<title>{esc(said)}</title></rect>"
        )
        left += wide
    between = "、" if language == "zh" else ", "
    named = between.join(f"{words.STATES[state].in_(language)} {counts[state]}" for state in there)
    return (
        f'<svg class="states" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(named)}">{"".join(drawn)}</svg>'
    )
