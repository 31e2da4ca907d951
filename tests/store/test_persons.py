"""What is kept of a person is theirs to be given and to be deleted; every proof holds afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, String, Table, insert, select

from evidence import CONTENT, PERSON, SIGNER, Law, bundle_of, filled, release
from gating import account, ask, consent, desk, gate_of
from overt.canonical import stamp
from overt.errors import SetupError, UsageError
from overt.gate.model import Depicted
from overt.ledger import merkle
from overt.ledger.merkle import verify_inclusion
from overt.store import persons, retention
from overt.store.bundles import Order
from overt.store.consent_rows import standing_of
from overt.store.log import entry_at
from overt.store.records import Store
from overt.store.tables import ledger_entries, metadata, person_keys
from overt.store.tables.retention import kept
from overt_verify import verify

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=200)
LAW = Law(log=(183, None))
NOTHING = Law()


def held(store: Store) -> bool:
    """Whether each entry lies under the tree's root."""
    view = store.tree.view()
    with store.reading() as connection:
        entries = connection.execute(select(ledger_entries.c.entry).order_by(ledger_entries.c.index)).scalars().all()
    return all(
        verify_inclusion(merkle.leaf_hash(bytes(entry)), index, view.size, view.inclusion(index), view.root)
        for index, entry in enumerate(entries)
    )


def test_where_nothing_has_to_be_kept_the_key_goes_at_once(store: Store):
    filled(store)

    erased = persons.erase(store, NOTHING, PERSON, "request", NOW)

    assert (erased.destroyed, erased.entries, erased.must) == (True, 1, ())
    assert held(store)
    with store.reading() as connection:
        assert entry_at(connection, store.vault, 1).opening is None
        wrapped, destroyed = connection.execute(
            select(person_keys.c.wrapped, person_keys.c.destroyed).where(person_keys.c.person == PERSON)
        ).one()
    assert wrapped is None
    assert destroyed


def test_the_bundle_shows_that_it_was_destroyed(store: Store):
    filled(store)
    before = bundle_of(store, Order(CONTENT, "all", ground="order 7"))
    persons.erase(store, NOTHING, PERSON, "withdrawal", NOW)

    report = verify(bundle_of(store, Order(CONTENT, "all", ground="order 8")), SIGNER.public)

    assert report.holds
    closed = next(each for each in report.checks if each.name == "closed")
    assert (closed.state, closed.en) == ("holds", "erased 1")
    proof = next(each["event"] for each in report.entries if each["tag"] == "retention:person:erase")
    assert (proof["ground"], proof["destroyed"], proof["entries"]) == ("withdrawal", True, [[1, 1]])
    assert verify(before).holds  # What was given out stays valid; it cannot be called back.


def test_what_the_law_wants_is_stored_and_secured_only_until_its_time(store: Store):
    filled(store)

    asked = persons.erase(store, LAW, PERSON, "request", NOW)

    assert not asked.destroyed
    assert [(each.record, each.count, each.duties, each.held) for each in asked.must] == [
        ("log", 1, ("CSL-23c",), False)
    ]
    assert asked.due == asked.must[0].until > stamp(NOW + timedelta(days=180))
    with store.reading() as connection:
        assert persons.restricted(connection, PERSON)
        event = entry_at(connection, None, 5).opening.event
        assert (event["tag"], event["destroyed"], event["due"]) == ("retention:person:erase", False, asked.due)
        assert entry_at(connection, store.vault, 1).opening is not None
    assert persons.finish(store, LAW, NOW + timedelta(days=90)) == []
    assert [(each.destroyed, each.entries) for each in persons.finish(store, LAW, LATER)] == [(True, 1)]
    with store.reading() as connection:
        assert not persons.restricted(connection, PERSON)
        assert entry_at(connection, store.vault, 1).opening is None
    assert persons.finish(store, LAW, LATER) == []
    assert held(store)


def test_a_hold_keeps_the_key_until_it_is_released(store: Store):
    filled(store)
    hold = retention.place(store, "a court asks", "Court 1", ids=[CONTENT])

    asked = persons.erase(store, NOTHING, PERSON, "request", NOW)

    assert (asked.destroyed, asked.due, asked.must[0].held) == (False, "", True)
    assert not persons.finish(store, NOTHING, LATER)[0].destroyed
    retention.release(store, hold.id, "over")
    assert persons.finish(store, NOTHING, LATER)[0].destroyed


def test_a_person_is_given_what_is_kept_of_them_and_nothing_else(store: Store):
    filled(store)

    given = persons.export(store, PERSON)

    assert [each["event"]["whose"] for each in given["entries"]] == [PERSON]
    assert given["entries"][0]["event"]["name"] == "王小明"
    assert json.loads(json.dumps(given)) == given
    again = persons.export(store, PERSON)
    assert [each["event"]["tag"] for each in again["entries"]] == ["test:request:ask", "retention:person:export"]


@pytest.mark.parametrize("act", ["erase", "export"])
def test_nobody_is_told_so(store: Store, act: str):
    with pytest.raises(UsageError):
        _ = persons.erase(store, LAW, "00", "request", NOW) if act == "erase" else persons.export(store, "00")


def test_nobody_is_erased_twice(store: Store):
    filled(store)
    persons.erase(store, NOTHING, PERSON, "request", NOW)

    with pytest.raises(UsageError, match="destroyed"):
        persons.erase(store, NOTHING, PERSON, "request", NOW)
    with pytest.raises(SetupError), store.acting() as act:
        act.seal(PERSON, b"new", b"")


def test_nothing_of_the_key_stays_in_the_file(store: Store):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL lets deleted rows lie until VACUUM")
    filled(store)
    with store.reading() as connection:
        wrapped = connection.execute(select(person_keys.c.wrapped).where(person_keys.c.person == PERSON)).scalar_one()
        sealed = bytes(connection.exec_driver_sql('SELECT data FROM ledger_openings WHERE "index" = 1').scalar_one())

    persons.erase(store, NOTHING, PERSON, "request", NOW)

    for file in (store.data or retention).glob("overt.db*"):
        data = file.read_bytes()
        assert bytes(wrapped) not in data
        assert sealed not in data


@pytest.fixture
def shelf(store: Store) -> Iterator[Table]:
    """A table of another room that says whose its rows are."""
    table = Table(
        "test_rows",
        metadata,
        Column("row", String(8), primary_key=True),
        Column("whose", String(64)),
        Column("made", String(32)),
        Column("told", LargeBinary),
        Column("hashed", String(64)),
        info=kept("log", since="made", person="whose", sealed={"told": "{row}:told"}, forget=("hashed",)),
    )
    links = Table(
        "test_links",
        metadata,
        Column("link", String(8), primary_key=True),
        Column("whose", String(64)),
        info=kept("identity", person="whose", forget="row"),
    )
    for each in (table, links):
        each.create(store.engine)
    with store.acting() as act:
        sealed = act.seal(PERSON, '{"name": "王小明"}'.encode(), b"1:told")
        made = stamp(NOW)
        act.connection.execute(insert(table).values(row="1", whose=PERSON, made=made, told=sealed, hashed="ab"))
        act.connection.execute(insert(links), [{"link": "a", "whose": PERSON}, {"link": "b", "whose": "other"}])
    yield table
    for each in (table, links):
        metadata.remove(each)


def test_rows_of_other_tables_are_given_and_forgotten(store: Store, shelf: Table):
    given = persons.export(store, PERSON)["records"]
    assert given["test_rows"][0]["told"] == {"name": "王小明"}
    assert given["test_links"] == [{"link": "a", "whose": PERSON}]

    assert persons.erase(store, LAW, PERSON, "request", NOW).must[0].count == 1
    assert persons.finish(store, LAW, LATER)[0].destroyed
    with store.reading() as connection:
        assert connection.execute(select(shelf.c.hashed)).scalar() == ""
        assert connection.execute(select(metadata.tables["test_links"].c.link)).scalars().all() == ["b"]


def released_with_consent(store: Store, folder: Path) -> tuple[str, str, str]:
    """The person, their consent, and a content that was released with it."""
    consent_id = consent(store, folder, uses=2)
    asked = {"purpose": "film", "techniques": ("voice_conversion",), "depicted": (Depicted("voice", consent_id),)}
    (content_id,) = gate_of(store).decide(ask(account(store), "a lighthouse", **asked)).content_ids
    store.release(release(content_id))
    return desk(store, folder).find(consent_id).person, consent_id, content_id


def test_whoever_is_forgotten_takes_back_their_consents_first(store: Store, tmp_path: Path):
    person, consent_id, content_id = released_with_consent(store, tmp_path)

    erased = persons.erase(store, LAW, person, "request", NOW)

    assert (erased.destroyed, erased.consents, erased.recalled) == (True, (consent_id,), (content_id,))
    assert set(store.recalled([content_id])) == {content_id}
    assert held(store)


def test_an_ended_purpose_recalls_nothing_and_no_consent_counts_while_records_are_kept(store: Store, tmp_path: Path):
    person, consent_id, content_id = released_with_consent(store, tmp_path)

    erased = persons.erase(store, Law(consent=(90, None)), person, "purpose-ended", NOW)

    assert (erased.destroyed, erased.recalled, store.recalled([content_id])) == (False, (), {})
    with store.reading() as connection:
        assert standing_of(connection, consent_id).state(NOW) == "withdrawn"
