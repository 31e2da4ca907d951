from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from gating import SIGNER, account, ask, consent, desk, gate_of
from overt.errors import RefusedError
from overt.gate.book import Answer
from overt.gate.model import Decision, Depicted, Finding
from overt.language import Text
from overt.marks.model import Release
from overt.rulebook import load
from overt.store.decisions import Decisions
from overt.store.log import entries_about
from overt.store.recalls import Recalls
from overt.store.records import Store
from overt.store.tables.decisions import recipients
from overt.store.tables.retention import KEPT
from overt.store.vault import Vault

ALL = ("watermark", "label", "metadata")


def release(content_id: str, marks: tuple[str, ...] = ALL, source: str = "ab" * 32) -> Release:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Release(content_id, uuid4().hex * 2, source, "image/png", "Example", ("image_generation",), marks, now)


def tags(store: Store, any_id: str) -> list[str]:
    with store.reading() as connection:
        return [each.opening.event["tag"] for each in entries_about(connection, store.vault, any_id) if each.opening]


def test_a_release_uses_its_content_id_up(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who, outputs=2))
    first, second = decision.content_ids
    store.release(release(first), decision_id=decision.id)
    assert gate.book.known(decision.id).free == (second,)  # type: ignore[union-attr]
    assert tags(store, first) == ["gate:decision:sign", "gate:decision:use", "marking:content:release"]


def test_a_content_id_is_used_once_and_nothing_is_half_done(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    (content_id,) = decision.content_ids
    store.release(release(content_id), decision_id=decision.id)
    size, root = store.ledger_root()
    with pytest.raises(RefusedError, match="is not free"):
        store.release(release(content_id), decision_id=decision.id)
    with pytest.raises(RefusedError, match="is not free"):
        store.release(release(str(uuid4())), decision_id=decision.id)
    with pytest.raises(RefusedError, match="does not allow"):
        store.release(release(str(uuid4())), decision_id=str(uuid4()))
    assert store.ledger_root() == (size, root)


def test_another_decision_s_content_id_is_not_taken(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    one, other = gate.decide(ask(who)), gate.decide(ask(who))
    with pytest.raises(RefusedError, match="is not free"):
        store.release(release(other.content_ids[0]), decision_id=one.id)


def test_a_withdrawal_while_a_content_is_marked_stops_its_release(store: Store, tmp_path: Path) -> None:
    gate, who = gate_of(store), account(store)
    consent_id = consent(store, tmp_path)
    voice = (Depicted("voice", consent_id),)
    decision = gate.decide(ask(who, techniques=("voice_conversion",), purpose="film", depicted=voice))
    gate.permit(decision)
    Recalls(store, SIGNER, controller="Example").withdraw(consent_id)
    with pytest.raises(RefusedError, match="withdrew"):
        store.release(release(decision.content_ids[0]), decision_id=decision.id)
    assert store.by_content_id(decision.content_ids[0]) is None


def test_a_refused_output_is_not_released(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    gate.book.review(decision, "cd" * 32, Finding("review", "refuse"))
    with pytest.raises(RefusedError, match="review"):
        store.release(release(decision.content_ids[0], source="cd" * 32), decision_id=decision.id)
    gate.book.review(decision, "cd" * 32, Finding("review", "allow"))
    store.release(release(decision.content_ids[0], source="cd" * 32), decision_id=decision.id)


def unlabelled(store: Store, who: str) -> Decision:
    Decisions(store).agree(who, "zh")
    wanted = ask(who, purpose="film", unlabelled=True, recipient="Example Studio", channel="circle")
    return gate_of(store).decide(wanted)


def test_the_recipient_of_an_unlabelled_content_is_kept_sealed(store: Store) -> None:
    who = account(store)
    decision = unlabelled(store, who)
    (content_id,) = decision.content_ids
    store.release(release(content_id, ("watermark", "metadata")), decision_id=decision.id)
    found = Decisions(store).delivered(content_id)
    assert found is not None
    assert (found.decision_id, found.recipient) == (decision.id, "Example Studio")
    with store.reading() as connection:
        for table in ("recipients", "decisions", "ledger_openings"):
            assert b"Example Studio" not in repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all()).encode()
        last = list(entries_about(connection, store.vault, content_id))[-2:]
    assert {each.keeping for each in last} == {"recipient_log", "log"}
    least = load().retention_of(recipients.info[KEPT].record).least
    assert least is not None
    assert (least.value, least.unit) == (6, "month")


def test_without_a_waiver_the_label_stays(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    with pytest.raises(RefusedError, match="label"):
        store.release(release(decision.content_ids[0], ("metadata",)), decision_id=decision.id)


def test_the_agreement_is_kept_once_by_its_wording(store: Store) -> None:
    who = account(store)
    book = Decisions(store)
    assert not book.agreed(who)
    book.agree(who, "zh")
    size, _ = store.ledger_root()
    book.agree(who, "zh")
    assert store.ledger_root()[0] == size
    other = replace(book.duty, version="2", text=replace(book.duty.text, en="another wording"))
    assert book.agreed(who)
    assert not Decisions(store, other).agreed(who)


def together(database: str, tmp_path: Path, vault: Vault, act: Callable[[Store], bool]) -> int:
    """How many of eight stores, each with connections of its own, succeed at the same thing at the same time."""

    def one(_: int) -> bool:
        store = Store.connect(database, tmp_path / "data", vault)
        try:
            return act(store)
        finally:
            store.close()

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(one, range(8)))


def test_uses_are_never_overdrawn(store: Store, database: str, tmp_path: Path, vault: Vault) -> None:
    who, consent_id = account(store), consent(store, tmp_path, uses=3)
    voice = (Depicted("voice", consent_id),)

    def decide(own: Store) -> bool:
        wanted = ask(who, techniques=("voice_conversion",), purpose="film", depicted=voice)
        return gate_of(own).decide(wanted).outcome == "allow"

    assert together(database, tmp_path, vault, decide) == 3
    assert desk(store, tmp_path).standing(consent_id).used == 3  # type: ignore[union-attr]


def test_a_content_id_is_never_used_twice(store: Store, database: str, tmp_path: Path, vault: Vault) -> None:
    decision = gate_of(store).decide(ask(account(store)))

    def let_out(own: Store) -> bool:
        try:
            own.release(release(decision.content_ids[0]), decision_id=decision.id)
        except RefusedError:
            return False
        return True

    assert together(database, tmp_path, vault, let_out) == 1
    assert tags(store, decision.content_ids[0]).count("marking:content:release") == 1


def test_an_answer_keeps_the_content_ids_in_their_order_and_the_account(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    wanted = ask(who, purpose="satire", depicted=(Depicted("face", official=True),), outputs=5)
    held = gate.decide(wanted)
    with pytest.raises(RefusedError, match="does not wait"):
        gate.decide(ask(account(store)), supersedes=held.id)
    after = gate.answer(held.id, Answer("allow", "staff", Text(zh="可以", en="fine")))
    assert after.content_ids == held.content_ids
    assert gate.book.known(after.id).free == held.content_ids  # type: ignore[union-attr]


def test_a_held_decision_is_answered_once(store: Store, database: str, tmp_path: Path, vault: Vault) -> None:
    who = account(store)
    held = gate_of(store).decide(ask(who, purpose="satire", depicted=(Depicted("face", official=True),)))
    yes = Answer("allow", "staff", Text(zh="可以", en="fine"))

    def answer(own: Store) -> bool:
        try:
            gate_of(own).answer(held.id, yes)
        except RefusedError:
            return False
        return True

    assert together(database, tmp_path, vault, answer) == 1
