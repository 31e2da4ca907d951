"""What all parts of the API share: pages of long lists, and texts in both languages.

A list is `{"items": […], "next": "…"}`; `next` goes back as `after` and is empty on the last page. Its content is the
place where the page ended, so that nothing is skipped or told twice when something is added meanwhile. Times are UTC in
milliseconds (RFC 3339). Whoever repeats a POST with the same `Idempotency-Key` gets the first answer again.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from overt.errors import UsageError
from overt.language import Text

T = TypeVar("T")
Most = Annotated[int, Query(ge=1, le=200, description="how many items at most")]
After = Annotated[str, Query(max_length=500, description="`next` of the page before")]


class Said(BaseModel):
    """A text in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> Said:
        """From a text."""
        return cls(zh=text.zh, en=text.en)


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str = ""


def page_of(
    rows: Sequence[Any], most: int, shown: Callable[[Any], T], place: Callable[[Any], Sequence[Any]]
) -> Page[T]:
    """A page of at most `most` of `rows`, of which one more was asked for; `place` is a row's place in the order."""
    more = len(rows) > most
    rows = rows[:most]
    return Page(items=[shown(row) for row in rows], next=cursor(place(rows[-1])) if more and rows else "")


def cursor(place: Sequence[Any]) -> str:
    """A place in an order, as text."""
    return urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def place_of(after: str, *kinds: type) -> tuple[Any, ...] | None:
    """The place in a cursor; None for an empty one. Raises `UsageError` for what is none."""
    if not after:
        return None
    try:
        found = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError:
        found = None
    if not isinstance(found, list) or [type(each) for each in found] != list(kinds):
        raise UsageError("`after` is not from one of our answers", "参数 after 不是我们给出的值")
    return tuple(found)
