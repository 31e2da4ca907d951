"""What goes into a bundle, what stays out, and that its making is recorded. Checked with the verifier."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

import gating
from credentials import time_stamping
from evidence import BYTES, CONTENT, OTHER, PERSON, SIGNER, Law, bundle_of, filled
from gating import account, ask, consent, desk, gate_of
from overt.errors import OvertError, UsageError
from overt.gate.model import Depicted
from overt.ledger.bundle import Enclosed, Period
from overt.store import persons
from overt.store.bundles import Order, make
from overt.store.log import entries_about
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store
from overt_verify import verify


def told(store: Store, order: Order) -> dict:
    """A bundle that holds, decoded."""
    bundle = bundle_of(store, order)
    assert verify(bundle, SIGNER.public).holds
    return json.loads(bundle)


def opened(bundle: dict) -> dict[int, bool]:
    return {each["index"]: "opening" in each for each in bundle["entries"]}


def test_a_bundle_has_the_entries_about_its_id_and_opens_none_that_is_personal(store: Store):
    bundle = told(filled(store), Order(CONTENT))

    assert opened(bundle) == {1: False, 2: True}
    assert bundle["entries"][0]["closed"] == {"why": "withheld"}
    assert "王小明" not in json.dumps(bundle, ensure_ascii=False)


def test_personal_data_are_given_out_on_a_ground_and_recorded(store: Store):
    bundle = told(filled(store), Order(CONTENT, "all", ground="调证字〔2026〕1号", recipient="police"))

    assert opened(bundle) == {1: True, 2: True}
    with store.reading() as connection:
        event = [each.opening.event for each in entries_about(connection, None, CONTENT) if each.opening][-1]
    assert event["tag"] == "evidence:bundle:make"
    assert (event["ground"], event["recipient"], event["opened"]) == ("调证字〔2026〕1号", "police", [[1, 1]])
    with pytest.raises(UsageError):
        Order(CONTENT, "all")


def test_a_person_gets_what_is_sealed_for_them_alone(store: Store):
    order = Order(Period("2026", "2999"), "one", PERSON, ground="PI-45")

    assert opened(told(filled(store), order)) == {0: True, 1: True, 2: True, 3: False, 4: True}
    with pytest.raises(UsageError):
        Order(CONTENT, "one", ground="PI-45")


def test_the_digest_that_is_recorded_is_the_bundles(store: Store):
    bundle = bundle_of(filled(store), Order(CONTENT))

    with store.reading() as connection:
        event = [each.opening.event for each in entries_about(connection, None, CONTENT) if each.opening][-1]
    assert event["sha256"] == sha256(bundle).hexdigest()


def test_decisions_of_a_former_key_hold_where_it_is_named(store: Store):
    decided = gate_of(store).decide(ask(account(store)))  # Its key is not that of the bundle.

    def state(*former: bytes) -> str:
        voice = Voice("example.com/overt", SIGNER, former=former)
        report = verify(bundle_of(store, Order(decided.id), voice), SIGNER.public)
        assert report.holds
        return next(check.state for check in report.checks if check.name == "signatures")

    assert (state(), state(gating.SIGNER.public)) == ("unchecked", "holds")


def test_a_released_file_goes_in_and_no_other(store: Store):
    filled(store)
    file = Enclosed("out.txt", sha256(BYTES).hexdigest(), BYTES)

    assert told(store, Order(CONTENT, contents=[file]))["contents"][0]["name"] == "out.txt"
    with pytest.raises(OvertError, match=r"out\.txt"):
        bundle_of(store, Order(OTHER, contents=[file]))


def test_an_id_that_nobody_knows_gives_no_bundle(store: Store):
    with pytest.raises(OvertError, match="no entry about"):
        bundle_of(filled(store), Order("nothing"))


def test_a_period_has_everything_and_its_neighbours(store: Store):
    filled(store)
    with store.reading() as connection:
        times = [json.loads(row[0])["time"] for row in connection.exec_driver_sql(
            'SELECT entry FROM ledger_entries ORDER BY "index"')]  # fmt: skip
    bundle = told(store, Order(Period(times[1], times[3]), "all", ground="CS-1"))

    first, last = times.index(times[1]), times.index(times[3])
    roles = {each["index"]: each["role"] for each in bundle["entries"]}
    assert roles == {first - 1: "edge"} | dict.fromkeys(range(first, last), "about") | {last: "edge"}
    assert bundle["entries"][0]["closed"] == {"why": "outside"}


@pytest.mark.parametrize(("since", "before"), [("2020", "2021"), ("2998", "2999")])
def test_a_period_without_entries_is_shown_to_have_none(store: Store, since: str, before: str):
    report = verify(bundle_of(filled(store), Order(Period(since, before))))

    assert report.holds
    assert next(each.en for each in report.checks if each.name == "period").startswith("0 entries")


def test_an_empty_ledger_can_be_shown_to_be_empty(store: Store):
    assert told(store, Order(Period("2026", "2027")))["entries"] == []


@pytest.mark.parametrize(
    ("text", "since", "before"),
    [
        ("2026-01-01..2026-02-01", "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"),
        ("2026-01-01T08:00:00Z..2026-01-01T08:00:00.500Z", "2026-01-01T08:00:00.000Z", "2026-01-01T08:00:00.500Z"),
    ],
)
def test_periods_as_people_write_them(text: str, since: str, before: str):
    assert Period.read(text) == Period(since, before)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-02-01..2026-01-01", "2026-01-01..", "a..b", "2026-1-1..2026-2-1", "2026-02-30..2026-03-01"],
)
def test_what_is_no_period_is_refused(text: str):
    with pytest.raises(UsageError):
        Period.read(text)


def test_a_content_brings_its_decision_and_consents_and_a_consent_what_was_made_with_it(store: Store, tmp_path: Path):
    consent_id = consent(store, tmp_path, uses=2)
    who, gate = account(store), gate_of(store)
    asked = {"purpose": "film", "techniques": ("voice_conversion",), "depicted": (Depicted("voice", consent_id),)}
    first, second = (gate.decide(ask(who, said, **asked)) for said in ("a lighthouse", "a harbour"))
    assert first.outcome == second.outcome == "allow", first.reasons

    def tags(about: str) -> list[str]:
        voice = Voice("example.com/overt", gating.SIGNER)
        report = verify(bundle_of(store, Order(about, "all", ground="order 7"), voice), gating.SIGNER.public)
        assert report.holds
        assert {each.name: each.state for each in report.checks}["signatures"] == "holds"
        return [each["tag"] for each in report.entries]

    of_content = tags(first.content_ids[0])
    assert of_content.count("gate:decision:sign") == 1
    assert "gate:consent:give" in of_content
    assert tags(consent_id).count("gate:decision:sign") == 2


def test_what_other_rooms_seal_for_a_person_is_given_to_them(store: Store, tmp_path: Path):
    consent_id = consent(store, tmp_path)
    person = desk(store, tmp_path).find(consent_id).person

    given = persons.export(store, person)["records"]

    assert given["consents"][0]["sealed"]["name"] == "Somebody"
    assert "notice_text" in given["consents"][0]
    assert given["consent_recordings"]
    assert persons.erase(store, Law(), person, "request", datetime.now(UTC)).destroyed
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT contact FROM consents").scalar() == ""


def test_decisions_are_shown_and_what_persons_said_is_not(store: Store, tmp_path: Path):
    consent_id = consent(store, tmp_path)
    asked = {"purpose": "film", "techniques": ("voice_conversion",), "depicted": (Depicted("voice", consent_id),)}
    decision = gate_of(store).decide(ask(account(store), "a lighthouse", **asked))

    bundle = bundle_of(store, Order(decision.content_ids[0]), Voice("example.com/overt", gating.SIGNER))

    report = verify(bundle, gating.SIGNER.public)
    states = {each.name: each.state for each in report.checks}
    assert (report.holds, states["about"], states["signatures"]) == (True, "holds", "holds")
    shown = {each["tag"] for each in report.entries if each["event"]}
    assert shown == {"gate:decision:sign"}
    assert b"lighthouse" not in bundle


def test_a_time_stamp_is_had_where_an_authority_is_named(store: Store, tmp_path: Path):
    filled(store)
    with time_stamping(tmp_path) as (address, _):
        bundle = bundle_of(store, Order(CONTENT), Voice("example.com/overt", SIGNER, tsa=address))
    report = verify(bundle, SIGNER.public)
    assert {each.name: each.state for each in report.checks}["timestamps"] == "holds"

    late = make(Ledger(store, Voice("example.com/overt", SIGNER, tsa="http://127.0.0.1:9/")), "P", Order(CONTENT))
    assert len(late.missing) == 1  # It says so, and makes the bundle without.
    assert verify(late.data).holds
