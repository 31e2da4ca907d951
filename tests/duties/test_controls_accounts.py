"""The controls on accounts, agreements, sanctions and switches: each of their answers, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from duty_views import view
from overt.duties.model import Found
from overt.duties.registry import controls
from overt.gate.account.levels import rows_of
from overt.gate.account.model import SANCTION_NAMES
from overt.language import Text
from overt.ledger.signing import Signer
from overt.rulebook import available, load
from overt.settings import Setup
from overt.store.accounts import Accounts
from overt.store.agreements import Agreements
from overt.store.records import Store
from overt.store.sanctions import SanctionBook
from overt.store.statements import Statements
from overt.store.switches import SwitchBoard

TERMS = Text(
    zh="服务协议：合成内容均带有显式标识和隐式标识。",
    en="Agreement: synthetic contents carry visible and metadata labels.",
)
SOON = date(2099, 1, 1)


def found(known_as: str, setup: Setup, store: Store, days: int = 0) -> Found:
    """What one control finds, some days from now."""
    by_id = {each.id: each for each in controls()}
    return by_id[known_as].look(view(setup, store, now=datetime.now(UTC) + timedelta(days=days)))


@pytest.fixture
def gated(house: Setup) -> Setup:
    """The house with its gate on."""
    on = house.settings.model_copy(update={"gate": house.settings.gate.model_copy(update={"on": True})})
    return Setup(home=house.home, settings=on)


@pytest.fixture
def account(store: Store) -> str:
    return Accounts(store).open()


def test_every_duty_that_a_control_or_a_level_names_is_in_a_rulebook() -> None:
    known = {duty.id for book in available() for duty in load(book).duties}
    assert {duty for each in controls() for duty in each.duties} <= known
    assert {row.duty for row in rows_of("cn")} <= known


@pytest.mark.parametrize(
    "control", ["identity.checked", "identity.publishing_refused", "sanctions.graded", "sanctions.switches"]
)
def test_with_the_gate_off_nothing_holds(house: Setup, store: Store, control: str) -> None:
    off = found(control, house, store)
    assert off.state == "gap"
    assert "gate.on = false" in {each.value for each in off.evidence}


def test_identities(gated: Setup, store: Store, account: str) -> None:
    assert found("identity.checked", gated, store).state == "no_evidence"
    Accounts(store).attest(account, "phone", "Example Telecom", "TX-1")
    checked = found("identity.checked", gated, store)
    assert (checked.state, checked.evidence[-1].value) == ("met", "1; 1")
    assert found("identity.checked", gated, store, days=400).state == "no_evidence"


def test_publishing_is_refused_to_accounts_that_are_only_signed_in(gated: Setup, store: Store) -> None:
    asked = found("identity.publishing_refused", gated, store)
    everything = len(load("cn").techniques)
    assert (asked.state, asked.evidence[0].value) == ("met", f"{everything} / {everything}")


def test_sanctions(gated: Setup, store: Store, account: str) -> None:
    book = SanctionBook(store)
    assert found("sanctions.graded", gated, store).state == "no_evidence"
    assert found("sanctions.reported", gated, store).state == "not_applicable"
    silent = book.impose(account, "warn", "why", "DS-10e")
    assert found("sanctions.graded", gated, store).state == "gap"
    book.lift(silent.id, "says nothing of an appeal", "Appeals")
    book.impose(account, "suspend", "why", "DS-10e", appeal="https://platform.example/appeal")
    assert found("sanctions.graded", gated, store).state == "met"
    assert found("sanctions.reported", gated, store).state == "no_evidence"
    assert set(SANCTION_NAMES) == {"warn", "restrict", "suspend", "close"}


def test_a_report_to_the_authority_is_stated(gated: Setup, store: Store, account: str, signer: Signer) -> None:
    SanctionBook(store).impose(account, "suspend", "why", "GA-14b", appeal="x")
    Statements(store).state(signer, ["GA-14b"], "Reported on the form", "Head of safety", SOON, topic="report")
    assert found("sanctions.reported", gated, store).state == "met"


def test_switches(gated: Setup, store: Store) -> None:
    board = SwitchBoard(store)
    assert found("sanctions.switches", gated, store).state == "no_evidence"
    board.turn_off("function", "images", "drill", "Duty officer")
    assert found("sanctions.switches", gated, store).evidence[-1].value == "function images"
    board.turn_on("function", "images", "drill over", "Duty officer")
    used = found("sanctions.switches", gated, store)
    assert (used.state, used.evidence[-1].value) == ("met", "0")


def test_agreement(house: Setup, store: Store, account: str) -> None:
    kept = Agreements(store)
    for control in ("agreement.agreement", "agreement.labels_explained", "agreement.users_prompted"):
        assert found(control, house, store).state == "gap"
    kept.publish("agreement", "0", Text(zh="什么都没说", en="It says nothing"))
    assert "显式标识" in found("agreement.labels_explained", house, store).reason.en
    kept.publish("agreement", "1", TERMS)
    assert "--covers LB-08" in found("agreement.labels_explained", house, store).reason.en
    kept.publish("agreement", "2", TERMS, covers=("LB-08", "DS-08b", "GA-09b"))
    for control in ("agreement.agreement", "agreement.labels_explained", "agreement.users_prompted"):
        assert found(control, house, store).state == "no_evidence"
    kept.prompt(account, "2")
    assert found("agreement.labels_explained", house, store).state == "met"
    assert found("agreement.users_prompted", house, store).state == "met"
    kept.accept(account, "2")
    assert found("agreement.agreement", house, store).evidence[-1].value == "1; 1"


def test_rules(house: Setup, store: Store) -> None:
    assert found("agreement.rules", house, store).state == "gap"
    Agreements(store).publish("rules", "1", Text(zh="管理规则", en="Rules"))
    assert found("agreement.rules", house, store).state == "met"


def test_statements_on_parts_of_a_duty(house: Setup, store: Store, signer: Signer) -> None:
    assert found("systems.ethics_review", house, store).state == "no_evidence"
    Statements(store).state(signer, ["DS-07a"], "A board", "Head of ethics", SOON, topic="ethics_review")
    assert found("systems.ethics_review", house, store).state == "met"
    assert found("systems.data_security", house, store).state == "no_evidence"
    Statements(store).state(signer, ["AR-24a"], "Filed", "Counsel", SOON, topic="filing")
    assert found("filing.filed", house, store).state == "met"
