"""Whether an id and the content that carries it belong together."""

from __future__ import annotations

import pytest

from overt.fingerprints.model import Comparison
from overt.tracing.agreement import ALIKE, OTHER, WORDS, agreement
from overt.tracing.align import Likeness
from overt.tracing.match import Match

PDQ = Comparison("pdq", 116.0, 1, 1, 1)
NEAR = Match("pdq", Comparison("pdq", 4.0, 1, 1, 1), 1e-7)


def laid(score: float) -> Likeness:
    return Likeness(score, 12.0, 60, 0.5, (0, 0, 1, 1))


def heard(distance: float, terms: int = 300) -> Comparison:
    return Comparison("sound", distance, 3, terms, terms)


@pytest.mark.parametrize(
    ("likeness", "matches", "comparisons", "another", "expected"),
    [
        (None, [NEAR], [NEAR.comparison], False, "agrees"),
        (laid(ALIKE), [], [PDQ], False, "agrees"),
        (laid(0.2), [NEAR], [], True, "agrees"),  # Two releases of one picture, and a mark that is badly placed.
        (laid(OTHER), [], [PDQ], False, "differs"),
        (laid((ALIKE + OTHER) / 2), [], [PDQ], False, "could-not-tell"),
        (None, [], [PDQ], True, "differs"),
        (None, [], [PDQ], False, "could-not-tell"),  # A crop is as far off, and keeps its mark.
        (None, [], [], False, "could-not-tell"),
        (None, [], [heard(-0.5)], False, "differs"),
        (None, [], [heard(-0.5, terms=100)], False, "could-not-tell"),
        (None, [], [heard(-4.0)], False, "could-not-tell"),
    ],
)
def test_what_belongs_together(likeness, matches, comparisons, another, expected):
    assert agreement(likeness, matches, comparisons, like_another=another) == expected


def test_every_answer_has_its_words():
    assert set(WORDS) == {"agrees", "differs", "could-not-tell", "unknown"}
