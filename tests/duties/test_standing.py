"""Each state of a duty, for each reason that it can have."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from duty_views import NOW, duty, view
from overt.duties import registry
from overt.duties.model import Control, Evidence, Found, State, gap, met, no_evidence, not_applicable, strongest
from overt.duties.standing import examined, standing
from overt.errors import SetupError, UsageError
from overt.language import Text
from overt.ledger.signing import Signer
from overt.rulebook import load
from overt.settings import Setup
from overt.store.records import Store
from overt.store.statements import Statements
from overt.store.tables.statements import determinations, statements

WORD = Text(zh="词", en="word")
SHOWN = Evidence("count", WORD, "1")
LATER = date(2027, 6, 1)
AFTER = NOW + timedelta(days=365)


@pytest.fixture
def database(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """SQLite alone: the tests of the controls ask both databases the same questions."""
    (tmp_path / "data").mkdir()
    shutil.copy(sqlite_with_tables, tmp_path / "data" / "overt.db")
    return f"sqlite:///{tmp_path / 'data' / 'overt.db'}"


def control_with(found: Found | Exception) -> Control:
    def look(_: object) -> Found:
        if isinstance(found, Exception):
            raise found
        return found

    return Control("test.control", ("DS-99",), WORD, look)


@pytest.mark.parametrize(
    ("states", "comes_to"),
    [
        (("met", "met"), "met"),
        (("met", "no_evidence"), "no_evidence"),
        (("no_evidence", "gap", "met"), "gap"),
        (("not_applicable", "met"), "met"),
        (("not_applicable", "not_applicable"), "not_applicable"),
        ((), "no_evidence"),
    ],
)
def test_several_controls_come_to_the_strictest(states: tuple[State, ...], comes_to: State) -> None:
    assert strongest(states) == comes_to


def test_nothing_is_met_without_evidence() -> None:
    with pytest.raises(ValueError, match="evidence"):
        met(WORD)


@pytest.mark.parametrize("error", [ValueError("odd"), SetupError("no key", "没有密钥"), ZeroDivisionError()])
def test_a_control_that_fails_is_never_met(house: Setup, store: Store, error: Exception) -> None:
    found = examined(control_with(error), view(house, store, duty()))
    assert found.state == "no_evidence"
    assert str(error) in found.reason.en


def test_findings_decide(house: Setup, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    controls = (control_with(met(WORD, SHOWN)), control_with(gap(Text(zh="缺", en="missing"))))
    monkeypatch.setattr(registry, "controls", lambda: controls)
    found = standing(duty(), view(house, store, duty()))
    assert (found.state, found.reason.en, found.all_evidence) == ("gap", "missing", (SHOWN,))


def test_a_duty_without_controls_has_no_evidence(house: Setup, store: Store) -> None:
    found = standing(duty(), view(house, store, duty()))
    assert found.state == "no_evidence"
    assert "Nothing in the system" in found.reason.en


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"valid_from": date(2027, 1, 1)}, "In force from 2027-01-01"),
        ({"valid_to": date(2026, 1, 1)}, "In force until 2026-01-01"),
        ({"force": "note"}, "to know"),
    ],
)
def test_a_duty_that_does_not_bind_says_why(house: Setup, store: Store, more: dict[str, object], says: str) -> None:
    found = standing(duty(**more), view(house, store, duty()))
    assert found.state == "not_applicable"
    assert says in found.reason.en


class TestStatements:
    bound = duty(people=True)

    def stands(self, house: Setup, store: Store, now: object = NOW) -> Found:
        found = standing(self.bound, view(house, store, self.bound, now=now))
        return Found(found.state, found.reason, found.all_evidence)

    def test_none_is_no_evidence_and_names_the_command(self, house: Setup, store: Store) -> None:
        found = self.stands(house, store)
        assert found.state == "no_evidence"
        assert "overt state DS-99" in found.reason.en

    def test_one_that_holds_is_met_until_it_expires(self, house: Setup, store: Store, signer: Signer) -> None:
        made = Statements(store).state(signer, ["DS-99"], "Forty moderators", "Head of safety", LATER)
        found = self.stands(house, store)
        assert found.state == "met"
        assert found.evidence[0].entry == made.entry
        expired = self.stands(house, store, AFTER)
        assert (expired.state, "expired on 2027-06-01" in expired.reason.en) == ("gap", True)

    def test_one_that_was_withdrawn_is_a_gap(self, house: Setup, store: Store, signer: Signer) -> None:
        kept = Statements(store)
        made = kept.state(signer, ["DS-99"], "Forty moderators", "Head of safety", LATER)
        kept.withdraw(made.statement.id, "they left", "Head of safety")
        assert self.stands(house, store).state == "gap"
        with pytest.raises(UsageError):
            kept.withdraw(made.statement.id, "again", "Head of safety")

    def test_one_that_was_altered_is_a_gap(self, house: Setup, store: Store, signer: Signer) -> None:
        Statements(store).state(signer, ["DS-99"], "Forty moderators", "Head of safety", LATER)
        with store.engine.begin() as connection:
            connection.execute(update(statements).values(text="Four hundred moderators"))
        assert self.stands(house, store).state == "gap"

    def test_one_that_another_key_signed_anew_is_a_gap(self, house: Setup, store: Store, signer: Signer) -> None:
        """The ledger committed to the first one."""
        kept = Statements(store)
        first = kept.state(signer, ["DS-99"], "Forty moderators", "Head of safety", LATER)
        other = kept.state(Signer(Ed25519PrivateKey.generate()), ["DS-98"], "More", "Head of safety", LATER)
        with store.engine.begin() as connection:
            row = {"text": "More", "public_key": other.statement.public_key, "signature": other.statement.signature}
            connection.execute(update(statements).where(statements.c.id == first.statement.id).values(**row))
        assert self.stands(house, store).state == "gap"

    @pytest.mark.parametrize(
        ("text", "owner", "expires", "document"),
        [
            ("", "Head of safety", LATER, ""),
            ("x" * 5000, "Head of safety", LATER, ""),
            ("Staff", " ", LATER, ""),
            ("Staff", "Head of safety", date(2020, 1, 1), ""),
            ("Staff", "Head of safety", LATER, "no hash"),
        ],
    )
    def test_what_says_nothing_is_refused(
        self, store: Store, signer: Signer, text: str, owner: str, expires: date, document: str
    ) -> None:
        with pytest.raises(UsageError):
            Statements(store).state(signer, ["DS-99"], text, owner, expires, document=document)
        assert Statements(store).stated() == ()


class TestFacts:
    bound = duty(when=("public_opinion",), people=True)

    def determine(self, store: Store, signer: Signer, *, value: bool) -> None:
        Statements(store).determine(
            signer, "cn", "public_opinion", "no comments, no feed", "Counsel", LATER, value=value
        )

    def test_undetermined_is_no_evidence_even_where_people_stated_it(
        self, house: Setup, store: Store, signer: Signer
    ) -> None:
        Statements(store).state(signer, ["DS-99"], "Filed", "Counsel", LATER)
        found = standing(self.bound, view(house, store, self.bound))
        assert found.state == "no_evidence"
        assert "not determined whether this duty applies" in found.reason.en
        assert "overt determine public_opinion" in found.reason.en

    def test_the_determination_itself_is_the_gap(self, house: Setup, store: Store) -> None:
        found = standing(load("cn").duty("SA-02"), view(house, store))
        assert found.state == "gap"
        assert "overt determine public_opinion" in found.reason.en

    def test_no_switches_the_duty_off_and_yes_on(self, house: Setup, store: Store, signer: Signer) -> None:
        self.determine(store, signer, value=False)
        off = standing(self.bound, view(house, store, self.bound))
        assert (off.state, off.evidence[0].kind) == ("not_applicable", "statement")
        self.determine(store, signer, value=True)
        assert standing(self.bound, view(house, store, self.bound)).state == "no_evidence"

    def test_one_whose_review_is_due_does_not_count(self, house: Setup, store: Store, signer: Signer) -> None:
        self.determine(store, signer, value=False)
        found = standing(self.bound, view(house, store, self.bound, now=AFTER))
        assert found.state == "gap"
        assert "reviewed by 2027-06-01" in found.reason.en

    def test_one_that_was_turned_round_does_not_count(self, house: Setup, store: Store, signer: Signer) -> None:
        self.determine(store, signer, value=True)
        with store.engine.begin() as connection:
            connection.execute(update(determinations).values(value=False))
        assert standing(self.bound, view(house, store, self.bound)).state == "gap"


def test_the_ledger_proves_each_answer(store: Store, signer: Signer) -> None:
    kept = Statements(store)
    made = kept.state(signer, ["DS-99"], "Staff", "Head of safety", LATER, topic="training")
    assert kept.stated()[0] == made
    assert made.statement.genuine
    assert store.ledger_root()[0] == 1
    assert uuid4().hex not in str(made)


def test_no_evidence_and_not_applicable_keep_what_they_were_given() -> None:
    assert no_evidence(WORD, SHOWN).evidence == not_applicable(WORD, SHOWN).evidence == (SHOWN,)
