"""What is kept of texts: their passages, and the first words."""

from __future__ import annotations

from pathlib import Path

from overt.errors import UnsupportedError
from overt.fingerprints import iscc, text
from overt.fingerprints.words import Reading, read
from overt.marks.keep import Stretches, contents
from overt.marks.kept import Kept, Print
from overt.media.budget import Budget

EXCERPT = 300
"""Characters of the first words."""
ASKED = 1 << 19
"""A copy is looked up by its first half million characters."""


def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches = ()) -> Kept:  # noqa: ARG001
    """What is kept of a text."""
    reading = told(contents.text(path, container))
    return Kept(
        (Print.of(text.fingerprint(reading)),),
        excerpt=excerpt(reading) if views else "",
        iscc=iscc.text(reading.text),
    )


def ask(path: Path, container: str, budget: Budget) -> Kept:  # noqa: ARG001
    """What a text is looked up by: every shingle."""
    return Kept((Print.of(text.queries(told(contents.text(path, container)[:ASKED]))),))


def told(said: str) -> Reading:
    """The words without our labels. Raises `UnsupportedError` where they are too few to be known again."""
    reading = read(said, contents.label_lines())
    if reading.steps < text.SHINGLE:
        raise UnsupportedError("the text is too short to be known again", "文字过短，无法据以辨认")
    return reading


def excerpt(reading: Reading) -> str:
    """The first words."""
    return " ".join(reading.text[: 2 * EXCERPT].split())[:EXCERPT]
