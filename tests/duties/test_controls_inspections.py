"""The control on inspections: nothing yet, supported, late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import warranted
from duty_views import view
from evidence import SIGNER
from overt.canonical import stamp
from overt.duties.model import Found
from overt.duties.registry import controls
from overt.settings import Setup
from overt.store.material import Material, Said
from overt.store.objects import Objects
from overt.store.records import Store


def found(setup: Setup, store: Store, days: int = 0) -> Found:
    """What the control finds, some days from now."""
    by_id = {each.id: each for each in controls()}
    return by_id["inspections.support"].look(view(setup, store, now=datetime.now(UTC) + timedelta(days=days)))


def test_support_of_inspections(house: Setup, store: Store) -> None:
    assert found(house, store).state == "no_evidence"
    held = warranted.warrant(store)
    assert found(house, store).state == "met"
    material = Material(store, Objects.open("", store.data or Path()), SIGNER)
    due = stamp(datetime.now(UTC) + timedelta(days=2))
    asked = material.ask(held.id, "0" * 32, Said("训练数据来源", "inspector:0", "inspector", due=due))
    assert found(house, store).state == "met"
    late = found(house, store, days=3)
    assert late.state == "gap"
    assert "more time" in late.reason.en
    material.move(asked.id, "answer", Said("见说明", "staff:1", "operator"))
    assert found(house, store, days=3).state == "met"
