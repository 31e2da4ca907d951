"""The check of the whole ledger finds whatever was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, text, update

from overt.ledger.events.content import ContentForgotten, ContentRemembered
from overt.ledger.signing import Signer
from overt.ledger.streams import Gap
from overt.marks.kept import Remembered
from overt.store.audit import gaps, verify
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store
from overt.store.tables.ledger import ledger_entries, ledger_openings

SIZE = 530


@pytest.fixture
def ledger(store: Store) -> Ledger:
    ledger = Ledger(store, Voice("example.com/overt", Signer(Ed25519PrivateKey.generate())))
    with store.acting() as act:
        for number in range(SIZE - 1):
            act.record(ContentForgotten(f"{number}"))
        act.record(ContentRemembered(Remembered("id", "dd" * 32, "image/png", "why", "now")))
    ledger.publish()
    return ledger


def places(ledger: Ledger) -> list[str]:
    return [problem.place for problem in verify(ledger).problems]


def change(ledger: Ledger, index: int, **values: object) -> None:
    with ledger.store.acting() as act:
        act.connection.execute(update(ledger_entries).where(ledger_entries.c.index == index).values(**values))


def test_a_sound_ledger_has_no_problems(ledger: Ledger):
    steps: list[tuple[int, int]] = []
    audit = verify(ledger, lambda done, total: steps.append((done, total)))

    assert (audit.size, audit.opened, audit.closed, audit.count) == (SIZE, SIZE, 0, 0)
    assert audit.checkpoint
    assert (audit.checkpoint.size, audit.root) == (SIZE, audit.checkpoint.root)
    assert audit.tiles == 4
    assert steps[-1] == (SIZE, SIZE)


def test_whatever_was_changed_is_found(ledger: Ledger):
    with ledger.store.reading() as connection:
        entry, leaf, time = connection.execute(
            text('SELECT entry, leaf_hash, time FROM ledger_entries WHERE "index" = 100')
        ).one()
    for values, found in (
        ({"tag": "another:tag:here"}, ["entry 100"]),
        ({"time": "2020"}, ["entry 100"]),
        ({"leaf_hash": bytes(32)}, ["entry 100"]),
        ({"entry": bytes(entry).replace(b"forget", b"forgot")}, None),
    ):
        change(ledger, 100, **values)
        assert (
            (places(ledger) == found) if found else {"checkpoint", "tile/0/000", "tile/entries/000"} < {*places(ledger)}
        )
        change(ledger, 100, entry=entry, leaf_hash=leaf, time=time, tag="trace:content:forget")
    assert places(ledger) == []


def test_what_does_not_open_is_told(ledger: Ledger):
    with ledger.store.acting() as act:
        act.connection.execute(
            update(ledger_openings).where(ledger_openings.c.index == 3).values(data=b"another opening of some length")
        )
        act.connection.execute(delete(ledger_openings).where(ledger_openings.c.index == 4))
    audit = verify(ledger)

    assert [problem.place for problem in audit.problems] == ["entry 3"]
    assert (audit.opened, audit.closed) == (SIZE - 2, 1)


def test_entries_that_are_gone_are_told(ledger: Ledger):
    with ledger.store.acting() as act:
        act.connection.execute(delete(ledger_entries).where(ledger_entries.c.index >= SIZE - 5))
        act.connection.execute(delete(ledger_entries).where(ledger_entries.c.index.in_([40, 41])))
    found = places(ledger)

    assert "entry 40" in found
    assert "stream trace:content" in found
    assert "checkpoint" in found


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001", "checkpoint"])
def test_files_that_were_changed_are_told(ledger: Ledger, name: str):
    path: Path = ledger.folder / name
    data = path.read_bytes()
    path.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    assert places(ledger) == [name]
    path.unlink()
    audit = verify(ledger)
    assert [problem.place for problem in audit.problems] == ([] if name == "checkpoint" else [name])
    assert audit.unsigned is (name == "checkpoint")


def test_many_problems_are_counted(ledger: Ledger):
    with ledger.store.acting() as act:
        act.connection.execute(update(ledger_openings).values(data=b"another opening of some length"))
    audit = verify(ledger)
    assert (audit.count, len(audit.problems)) == (SIZE, 100)


def test_gaps_of_streams_are_found_in_any_range(ledger: Ledger):
    with ledger.store.reading() as connection:
        assert gaps(connection) == gaps(connection, 100) == gaps(connection, 5, 90) == []
    change(ledger, 50, number=77)
    with ledger.store.reading() as connection:
        stream = "trace:content"
        assert gaps(connection) == [Gap(50, stream, 51, 77), Gap(51, stream, 78, 52)]
        assert gaps(connection, 50, 51) == [Gap(50, stream, 51, 77)]
        assert gaps(connection, 0, 50) == []
