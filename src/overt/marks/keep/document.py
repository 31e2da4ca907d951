"""What is kept of documents: the passages of their text, PDQ of the pictures in them, the first page of a PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import MediaError, SetupError
from overt.fingerprints import document, iscc, text
from overt.marks.files import mapped
from overt.marks.keep import Stretches, contents, contents_pdf, picture
from overt.marks.keep.text import ASKED, excerpt, told
from overt.marks.kept import Gap, Kept, Print, View
from overt.media.budget import Budget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from overt.fingerprints.model import Fingerprint
    from overt.fingerprints.words import Reading


def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches = ()) -> Kept:  # noqa: ARG001
    """What is kept of a document."""
    reading, gaps = _reading(path, container)
    prints = (Print.of(text.fingerprint(reading)),) if reading else ()
    return Kept(
        prints + _pictures(document.fingerprint, path, container, budget),
        gaps,
        _views(path, container) if views else (),
        excerpt=excerpt(reading) if reading and views else "",
        iscc=iscc.text(reading.text) if reading else "",
    )


def ask(path: Path, container: str, budget: Budget) -> Kept:
    """What a document is looked up by: every shingle of its text, its pictures as they are."""
    reading, gaps = _reading(path, container, ASKED)
    prints = (Print.of(text.queries(reading)),) if reading else ()
    return Kept(prints + _pictures(document.queries, path, container, budget), gaps)


def _reading(path: Path, container: str, most: int | None = None) -> tuple[Reading | None, tuple[Gap, ...]]:
    """Where the words cannot be told, the pictures still count."""
    try:
        return told(contents.text(path, container)[:most]), ()
    except (MediaError, SetupError) as error:
        return None, (Gap("text", error.message),)


def _pictures(
    hashed: Callable[[Iterable[NDArray[np.uint8]]], Fingerprint], path: Path, container: str, budget: Budget
) -> tuple[Print, ...]:
    try:
        joined = hashed(contents.pictures(path, container, budget))
    except (MediaError, SetupError):
        return ()  # The text, which comes by the same reader, says why.
    return (Print.of(joined),) if len(joined) else ()


def _views(path: Path, container: str) -> tuple[View, ...]:
    if container != "pdf":
        return ()
    try:
        with mapped(path) as data:
            page = contents_pdf.first_page(data, picture.SIDE)
    except (MediaError, SetupError):
        return ()
    return () if page is None else (picture.view(page),)
