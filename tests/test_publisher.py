"""A service publishes the ledger by itself, and goes on where it cannot."""

from __future__ import annotations

import logging
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from overt import api
from overt.ledger import checkpoint as checkpoints
from overt.ledger.events.content import ContentForgotten
from overt.publisher import publishing
from overt.settings import Setup
from overt.setup.keys import make_ledger_key


@pytest.fixture
def home(tmp_path: Path, sqlite_with_tables: Path) -> Setup:
    (tmp_path / "overt-data").mkdir()
    shutil.copy(sqlite_with_tables, tmp_path / "overt-data" / "overt.db")
    key = make_ledger_key(tmp_path)
    return Setup.model_validate({"home": tmp_path, "settings": {"producer": "P", "ledger": {"key": key.name}}})


def act(home: Setup) -> None:
    with closing(api.records(home)) as store, store.acting() as acting:
        acting.record(ContentForgotten("1"))


def test_what_is_done_while_a_service_runs_is_signed_when_it_ends(home: Setup):
    with publishing(home):
        act(home)

    note = (home.data / "ledger" / "checkpoint").read_bytes()
    assert checkpoints.read(checkpoints.note(note).text).size == 1


def test_what_cannot_be_published_is_told_once_and_stops_nothing(home: Setup, caplog: pytest.LogCaptureFixture):
    (home.data / "ledger").write_text("no folder")

    with caplog.at_level(logging.WARNING, "overt"), publishing(home):
        act(home)

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_it_can_be_switched_off(home: Setup):
    ledger = home.settings.ledger.model_copy(update={"interval": 0})
    with publishing(home.model_copy(update={"settings": home.settings.model_copy(update={"ledger": ledger})})):
        act(home)

    assert not (home.data / "ledger" / "checkpoint").exists()
