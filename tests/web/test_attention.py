"""What needs somebody is told by clock, to those who may do it; what could not be looked up is never "nothing"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from overt.access.model import Principal
from overt.language import Text
from overt.web import attention
from overt.web.attention import Attention, Item, NotYetError
from overt.web.words.today import span

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUSE: Any = None
WHO = Principal("staff", "x", "x", ("reviewer",), frozenset({"reviews:read"}))


def text(said: str) -> Text:
    return Text(zh="某", en=said)


def subject(said: str, *items: Item, needs: str = "reviews:read", error: Exception | None = None) -> Attention:
    def told(*_: object) -> list[Item]:
        if error:
            raise error
        return list(items)

    return Attention(text(said), (needs,), told)


def test_the_most_urgent_comes_first_and_failures_are_told() -> None:
    late = Item(text("late"), "/late", due="2026-11-22")
    soon = Item(text("soon"), "/soon", due="2026-11-23T20:00:00.000Z")
    old = Item(text("old"), "/old", since="2026-01-01T00:00:00.000Z")
    fresh = Item(text("fresh"), "/fresh", since="2026-11-01T00:00:00.000Z")
    far = Item(text("far"), "/far", due="2027-01-01")
    subjects = (
        subject("a", far, fresh, soon),
        subject("b", old, late),
        subject("not theirs", late, needs="staff:write"),
        subject("broken", error=ValueError("no such table")),
        subject("slow", error=NotYetError()),
    )
    found = attention.look(HOUSE, WHO, NOW, subjects)
    assert [item.title.en for _, item in found.items] == ["late", "soon", "old", "fresh", "far"]
    assert [item.clock(NOW) for _, item in found.items] == ["over", "soon", "open", "open", "later"]
    assert [each.en for each in found.untold] == ["broken"]
    assert [each.en for each in found.looking] == ["slow"]


def test_a_day_is_over_when_it_ends() -> None:
    assert Item(text("day"), "/", due="2026-11-23").clock(NOW) == "soon"
    assert Item(text("day"), "/", due="2026-11-23").clock(NOW + timedelta(hours=5)) == "over"


@pytest.mark.parametrize(
    ("time", "said"),
    [(59, "less than a minute"), (60, "1 minute"), (7300, "2 hours"), (200_000, "2 days"), (-5, "less")],
)
def test_a_span_is_told_in_one_unit(time: int, said: str) -> None:
    assert span(timedelta(seconds=time)).en.startswith(said)
