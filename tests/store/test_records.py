"""Releases and their ledger entries: one transaction, one database, also from several processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from overt.errors import SetupError, UsageError
from overt.ledger import merkle
from overt.ledger.entry import decode
from overt.ledger.event import body_of, commitment
from overt.ledger.events.content import ContentReleased
from overt.marks.model import Release
from overt.store.log import entry_at
from overt.store.records import Store
from overt.store.tables import ledger_entries

IDS = [str(UUID(int=number)) for number in range(8)]
RELEASE = Release(
    IDS[0],
    "aa" * 32,
    "bb" * 32,
    "image/png",
    "P",
    ("face_replacement",),
    ("label", "metadata"),
    "2026-01-01T00:00:00+00:00",
)


def test_a_release_is_found_by_id_and_by_hash(store: Store):
    assert store.release(RELEASE) == 0

    assert store.by_content_id(IDS[0]) == RELEASE
    assert store.by_sha256("aa" * 32) == RELEASE
    assert store.by_content_id(IDS[1]) is None


def test_the_record_outlives_the_process(tmp_path: Path):
    first = Store.open(tmp_path)
    first.release(RELEASE)
    first.close()

    second = Store.open(tmp_path)
    assert second.by_content_id(IDS[0]) == RELEASE
    second.close()


def test_no_act_without_entry_and_no_entry_without_act(store: Store):
    store.release(RELEASE)

    with pytest.raises(IntegrityError):
        store.release(RELEASE)

    assert store.ledger_root()[0] == 1


def test_each_entry_is_proved_under_the_root(store: Store):
    for number in range(5):
        store.release(replace(RELEASE, content_id=IDS[number]))
    size, root = store.ledger_root()
    with store.engine.connect() as connection:
        rows = connection.execute(select(ledger_entries).order_by(ledger_entries.c.index)).mappings().all()

    for number, row in enumerate(rows):
        event = ContentReleased(replace(RELEASE, content_id=IDS[number]))
        with store.reading() as connection:
            opening = entry_at(connection, store.vault, number).opening
        assert opening
        assert (opening.body, decode(row["entry"]).commitment) == (body_of(event), commitment(event, opening.salt))
        assert merkle.verify_inclusion(row["leaf_hash"], number, size, store.proof(number), root)


def test_the_ledger_shows_nothing_of_what_it_proves(store: Store):
    store.release(RELEASE)
    with store.engine.connect() as connection:
        row = connection.execute(select(ledger_entries)).mappings().one()

    entry = decode(row["entry"])
    assert IDS[0].encode() not in row["entry"]
    assert (entry.tag, entry.stream, entry.number) == ("marking:content:release", "marking:content", 1)
    assert commitment(ContentReleased(RELEASE), b"\0" * 16) != entry.commitment


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path):
    Store.open(tmp_path).close()
    program = (
        "import sys, pathlib, uuid\n"
        "from overt.store.records import Store\n"
        "from overt.marks.model import Release\n"
        "store = Store.open(pathlib.Path(sys.argv[1]))\n"
        "for n in range(20):\n"
        "    store.release(Release(str(uuid.uuid4()), 'a', 'b', 'image/png', 'P', ('other',), ('label',), 'now'))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(k)]) for k in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]

    store = Store.open(tmp_path)
    assert store.ledger_root()[0] == 60
    store.close()


def test_a_folder_that_cannot_be_used_is_the_set_ups_fault(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SetupError):
        Store.open(tmp_path / "file" / "data")


def test_a_damaged_database_is_the_set_ups_problem(tmp_path: Path):
    (tmp_path / "overt.db").write_bytes(b"This is no database. " * 100)

    with pytest.raises(SetupError, match="database"):
        Store.open(tmp_path)


def test_a_database_that_another_program_holds_is_not_told_as_broken(tmp_path: Path):
    store = Store.open(tmp_path)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")  # of the connection that is used again
    other = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SetupError, match="locked") as caught:
        store.forget("a report")
    other.close()
    store.close()
    assert "Another program" in caught.value.hint.en


def test_a_table_that_is_gone_is_told(store: Store):
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE contents")

    with pytest.raises(SetupError, match="contents"):
        store.release(RELEASE)
    assert store.ledger_root()[0] == 0


def test_what_no_column_holds_is_the_senders_problem(store: Store):
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite holds it")
    with pytest.raises(UsageError, match="cannot be stored"):
        store.forget("a\x00b")


def test_a_reader_waits_for_no_writer(tmp_path: Path):
    writer = Store.open(tmp_path)
    writer.release(RELEASE)
    reader = Store.connect(f"sqlite:///{tmp_path / 'overt.db'}")
    with writer.engine.execution_options(writes=True).begin():
        assert reader.by_content_id(IDS[0]) == RELEASE
        # A second writer has to wait, and is told so once it has waited long enough.
        with sqlite3.connect(tmp_path / "overt.db", timeout=0) as other, pytest.raises(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
    reader.close()
    writer.close()


def test_processes_that_open_a_new_store_at_once_make_it_once(tmp_path: Path):
    program = (
        "import sys, pathlib; from overt.store.records import Store; Store.open(pathlib.Path(sys.argv[1])).close()"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(4)]

    assert [process.wait() for process in running] == [0, 0, 0, 0]
