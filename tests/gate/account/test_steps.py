"""The gate's steps about accounts, over the real store on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from overt.errors import UsageError
from overt.gate.model import Ask, Finding
from overt.language import Text
from overt.store.accounts import Accounts, steps
from overt.store.agreements import Agreements
from overt.store.records import Store
from overt.store.sanctions import SanctionBook
from overt.store.switches import SwitchBoard

TERMS = Text(zh="服务协议：内容带有显式标识和隐式标识。", en="Agreement: contents carry visible and metadata labels.")


def look(store: Store, account: str, *, at: datetime | None = None, **more: object) -> dict[str, Finding]:
    """What each step says; where one says several things, the last."""
    asked = {"techniques": ("image_generation",), "purpose": "art", "function": "images.generate", "model": "m:1"}
    ask = Ask(account=account, **asked | {"channel": "private"} | more)
    moment = at or datetime.now(UTC)
    return {step.name: finding for step in steps(store, "cn") for finding in step.look(ask, moment)}


@pytest.fixture
def account(store: Store) -> str:
    return Accounts(store).open()


class TestSwitches:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [("function", "images.generate"), ("function", "images"), ("function", "*"), ("model", "m"), ("model", "m:1")],
    )
    def test_off_refuses_at_once_and_on_allows(self, store: Store, account: str, kind: str, name: str) -> None:
        board = SwitchBoard(store)
        board.turn_off(kind, name, "ordered on 23 November", "Duty officer")
        found = look(store, account)["switches"]
        assert (found.outcome, found.reasons[0].duties) == ("refuse", ("DS-21b",))
        assert "ordered on 23 November" in found.reasons[0].text.en
        board.turn_on(kind, name, "mended", "Duty officer")
        assert look(store, account)["switches"].outcome == "allow"

    @pytest.mark.parametrize(("kind", "name"), [("function", "image"), ("function", "images.edit"), ("model", "m:2")])
    def test_others_go_on(self, store: Store, account: str, kind: str, name: str) -> None:
        SwitchBoard(store).turn_off(kind, name, "why", "Duty officer")
        assert look(store, account)["switches"].outcome == "allow"

    def test_one_account(self, store: Store, account: str) -> None:
        SwitchBoard(store).turn_off("account", account, "why", "Duty officer")
        assert look(store, account)["switches"].outcome == "refuse"
        assert look(store, Accounts(store).open())["switches"].outcome == "allow"

    def test_a_switch_is_turned_once(self, store: Store) -> None:
        board = SwitchBoard(store)
        with pytest.raises(UsageError):
            board.turn_on("function", "images", "why", "Duty officer")
        board.turn_off("function", "images", "why", "Duty officer")
        with pytest.raises(UsageError):
            board.turn_off("function", "images", "why", "Duty officer")


class TestAgreement:
    def test_without_one_nothing_is_to_be_accepted(self, store: Store, account: str) -> None:
        found = look(store, account)["agreement"]
        assert (found.outcome, found.reasons[0].code) == ("allow", "agreement:none")

    def test_prompt_then_accept(self, store: Store, account: str) -> None:
        kept = Agreements(store)
        kept.publish("agreement", "2026-11", TERMS, covers=("LB-08",))
        assert look(store, account)["agreement"].outcome == "refuse"
        with pytest.raises(UsageError, match="not asked to read"):
            kept.accept(account, "2026-11")
        kept.prompt(account, "2026-11")
        assert look(store, account)["agreement"].outcome == "refuse"
        kept.accept(account, "2026-11")
        assert look(store, account)["agreement"].outcome == "allow"
        assert kept.counts("agreement", "2026-11") == (1, 1)

    def test_a_new_version_asks_again_from_its_day_on(self, store: Store, account: str) -> None:
        kept = Agreements(store)
        now = datetime.now(UTC)
        kept.publish("agreement", "1", TERMS, valid_from=now - timedelta(days=1))
        kept.prompt(account, "1")
        kept.accept(account, "1")
        kept.publish("agreement", "2", TERMS, valid_from=now + timedelta(days=30))
        assert look(store, account, at=now)["agreement"].outcome == "allow"
        later = look(store, account, at=now + timedelta(days=31))["agreement"]
        assert (later.outcome, later.details) == ("refuse", {"version": "2", "accepted": "1"})

    def test_a_version_is_never_changed(self, store: Store) -> None:
        kept = Agreements(store)
        kept.publish("agreement", "1", TERMS)
        with pytest.raises(UsageError, match="already"):
            kept.publish("agreement", "1", Text(zh="别的", en="something else"))
        with pytest.raises(UsageError):
            kept.prompt(Accounts(store).open(), "2")
        with pytest.raises(UsageError):
            kept.prompt("nobody", "1")


class TestSanctions:
    def test_grades(self, store: Store, account: str) -> None:
        book = SanctionBook(store)
        book.impose(account, "warn", "insulting prompts", "DS-10e", appeal="https://example.com/appeal")
        warned = look(store, account)["sanctions"]
        assert (warned.outcome, warned.reasons[0].code) == ("allow", "sanction:warn")
        assert "https://example.com/appeal" in warned.reasons[0].text.zh
        book.impose(account, "restrict", "again", "DS-10e", functions=["images"])
        assert look(store, account)["sanctions"].outcome == "refuse"
        assert look(store, account, function="chat")["sanctions"].outcome == "allow"
        book.impose(account, "suspend", "and again", "GA-14b", until=datetime.now(UTC) + timedelta(days=7))
        assert look(store, account, function="chat")["sanctions"].outcome == "refuse"
        after = look(store, account, function="chat", at=datetime.now(UTC) + timedelta(days=8))["sanctions"]
        assert after.outcome == "allow"

    def test_lifting(self, store: Store, account: str) -> None:
        book = SanctionBook(store)
        closed = book.impose(account, "close", "fraud", "DS-10e")
        assert look(store, account)["sanctions"].outcome == "refuse"
        book.lift(closed.id, "the appeal was right", "Appeals")
        assert look(store, account)["sanctions"].outcome == "allow"
        assert book.of(account)[0].lifted
        with pytest.raises(UsageError):
            book.lift(closed.id, "twice", "Appeals")

    @pytest.mark.parametrize(
        "more",
        [
            {"kind": "restrict"},
            {"kind": "warn", "functions": ["images"]},
            {"kind": "suspend", "until": datetime(2020, 1, 1, tzinfo=UTC)},
            {"kind": "warn", "reason": " "},
            {"kind": "warn", "duty": ""},
        ],
    )
    def test_one_that_says_too_little(self, store: Store, account: str, more: dict[str, object]) -> None:
        with pytest.raises(UsageError):
            SanctionBook(store).impose(**{"account": account, "reason": "why", "duty": "DS-10e"} | more)

    def test_the_reason_dies_with_the_key(self, store: Store, account: str) -> None:
        book = SanctionBook(store)
        book.impose(account, "suspend", "a private matter", "DS-10e")
        assert store.vault is not None
        with store.engine.begin() as connection:
            store.vault.destroy(connection, account)
        assert book.holding(account, datetime.now(UTC))[0].reason == "—"


class TestIdentity:
    def test_step_up(self, store: Store, account: str) -> None:
        found = look(store, account, channel="public")["identity"]
        assert (found.outcome, found.details["level"], found.details["required"]) == ("refuse", "account", "phone")
        said = found.reasons[0]
        assert said.duties == ("DS-09b",)
        assert "mobile number" in said.text.en
        assert "移动电话号码" in said.text.zh
        Accounts(store).attest(account, "phone", "Example Telecom", "TX-1")
        assert look(store, account, channel="public")["identity"].outcome == "allow"
        assert look(store, account, purpose="advertising")["identity"].outcome == "refuse"
        Accounts(store).attest(account, "credit_code", "Example Registry", "TX-2")
        assert look(store, account, purpose="advertising")["identity"].outcome == "allow"

    def test_an_unknown_account_is_not_identified(self, store: Store) -> None:
        assert look(store, "0" * 32)["identity"].outcome == "refuse"

    def test_an_attestation_ends(self, store: Store, account: str) -> None:
        kept = Accounts(store)
        now = datetime.now(UTC)
        kept.attest(account, "national", "p", "TX-1", expires=now + timedelta(days=10))
        kept.attest(account, "phone", "p", "TX-2", expires=now + timedelta(days=20))
        levels = [kept.identified(account, now + timedelta(days=days)).level for days in (0, 11, 21)]
        assert levels == ["national", "phone", "account"]
        assert kept.identified(account, now - timedelta(days=1)).level == "account"

    def test_a_check_that_failed_gives_nothing(self, store: Store, account: str) -> None:
        Accounts(store).attest(account, "id", "p", "TX-1", passed=False)
        assert Accounts(store).identified(account, datetime.now(UTC)).level == "account"

    def test_a_closed_account_is_none(self, store: Store) -> None:
        kept = Accounts(store)
        account = kept.signed_in("https://id.example", "subject-1")
        kept.close(account)
        assert kept.identified(account, datetime.now(UTC)).level == "none"
        with pytest.raises(UsageError):
            kept.attest(account, "phone", "p", "TX-1")
        assert kept.signed_in("https://id.example", "subject-1") != account


def test_sign_ins_lead_to_one_account_and_their_names_are_nowhere(store: Store) -> None:
    kept = Accounts(store)
    first = kept.signed_in("https://id.example", "somebody-7")
    assert kept.signed_in("https://id.example", "somebody-7") == first
    assert kept.signed_in("https://id.example", "somebody-8") != first
    assert kept.signed_in("https://other.example", "somebody-7") != first
    kept.attest(first, "phone", "Example Telecom", "REFERENCE-77")
    with store.engine.connect() as connection:
        for table in ("sign_ins", "accounts", "attestations", "ledger_openings", "ledger_entries"):
            everything = str(connection.exec_driver_sql(f'SELECT * FROM "{table}"').all())
            assert "somebody-7" not in everything
            assert "id.example" not in everything
            assert "REFERENCE-77" not in everything
