"""Warrants for tests: of everything, or of less."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from overt.access.warrant import EVERYTHING, Scope
from overt.canonical import stamp
from overt.store.objects import Objects
from overt.store.warrants import Draft, Paper, Warrant, Warrants

if TYPE_CHECKING:
    from overt.store.records import Store


def draft(scope: Scope = EVERYTHING, *, begun: timedelta = timedelta(hours=1), **changed: Any) -> Draft:
    """What is entered of a warrant that runs for a week."""
    now = datetime.now(UTC)
    times = stamp(now - begun), stamp(now + timedelta(days=7))
    made = Draft("某市网信办", "网检〔2026〕12号", "DS-21a", scope, *times, Paper("文书.pdf", b"%PDF-1.7 paper"))
    if "paper" in changed:
        changed["paper"] = Paper("文书.pdf", changed["paper"])
    return replace(made, **changed)


def warrant(store: Store, scope: Scope = EVERYTHING, *, begun: timedelta = timedelta(hours=1)) -> Warrant:
    """A warrant of an authority that runs for a week."""
    assert store.data is not None
    return Warrants(store, Objects.open("", store.data)).make(draft(scope, begun=begun), by="staff:compliance")


def officer(store: Store, number: str, login: str = "officer@example.cn") -> str:
    """An officer's account under it; its id."""
    return Warrants(store).admit(number, "李检查", login, by=None)[0].id
