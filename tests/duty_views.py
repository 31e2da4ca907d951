"""Duties of the tests' own, and what controls see of a set-up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from overt.duties.view import View
from overt.language import Text
from overt.rulebook import Duty, load
from overt.settings import Setup
from overt.store.records import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def duty(**more: Any) -> Duty:
    """A duty of the tests' own."""
    text = Text(zh="义务", en="A duty")
    return Duty(**{"id": "DS-99", "instrument": "DS", "article": "99", "text": text, "mark": "ours"} | more)


def view(setup: Setup, store: Store, *duties: Duty, now: datetime = NOW) -> View:
    """What controls see, with the tests' own duties and facts in the rulebook."""
    facts = {"public_opinion": Text(zh="舆论属性", en="Public-opinion attributes")}
    book = load("cn")
    return View.of(setup, store, book.model_copy(update={"duties": duties or book.duties, "facts": facts}), now)
