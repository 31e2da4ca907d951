from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from gating import SIGNER, account, ask, consent, desk, gate_of, text
from overt.errors import RefusedError, SetupError, UnsupportedError, UsageError
from overt.gate import decision as decisions
from overt.gate import policy
from overt.gate.book import Answer
from overt.gate.gate import Gate
from overt.gate.model import Ask, Decision, Depicted, Finding, Material
from overt.language import Text
from overt.ledger.signing import verified
from overt.store.accounts import Accounts
from overt.store.decisions import Decisions
from overt.store.log import entries_about
from overt.store.objects import Objects
from overt.store.recalls import Recalls
from overt.store.records import Store
from overt.store.reviews import Reviews
from overt.store.switches import SwitchBoard

YES = Answer("allow", "staff-1", Text(zh="可以", en="fine"))
NO = Answer("refuse", "staff-1", Text(zh="不行", en="not fine"))
OFFICIAL = (Depicted("face", official=True),)


def codes(decision: Decision) -> set[str]:
    return {each.code for each in decision.reasons}


def dubbing(who: str, consent_id: str, outputs: int = 1) -> Ask:
    return ask(
        who,
        techniques=("voice_conversion",),
        purpose="film",
        depicted=(Depicted("voice", consent_id),),
        outputs=outputs,
    )


def test_one_decision_binds_it_all(store: Store, tmp_path: Path) -> None:
    gate, who = gate_of(store), account(store)
    consent_id = consent(store, tmp_path)
    decision = gate.decide(dubbing(who, consent_id))
    assert decision.outcome == "allow"
    assert (decision.account, decision.identity, decision.purpose) == (who, "id", "film")
    assert decision.consents == (consent_id,)
    assert [each.sha256 for each in decision.reviewed] == [text("a lighthouse in a storm").sha256]
    assert decision.reviewed[0].engines
    assert len(decision.content_ids) == 1
    assert decisions.verified(decision, SIGNER.public, verified)
    assert gate.book.known(decision.id).decision == decision  # type: ignore[union-attr]


def test_one_id_leads_to_the_decision_and_the_prompt_is_nowhere(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who, "a lighthouse that nobody may read about"))
    with store.reading() as connection:
        for any_id in (decision.id, decision.content_ids[0]):
            (logged,) = entries_about(connection, store.vault, any_id)
            assert logged.person == who
            assert logged.opening is not None
            assert logged.opening.event["tag"] == "gate:decision:sign"
            assert b"lighthouse" not in logged.opening.body
        for table in ("decisions", "decision_contents", "ledger_openings"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert "lighthouse" not in repr(rows)


def test_all_reasons_are_told_not_the_first_one(store: Store) -> None:
    gate = gate_of(store)
    SwitchBoard(store).turn_off("function", "images", "incident", "on duty")
    decision = gate.decide(ask(account(store, ""), purpose="satire", depicted=(Depicted("voice", official=True),)))
    assert decision.outcome == "refuse"
    assert {"switch:off", "identity:level", "consent:missing", "rule:no-voice-without-consent"} <= codes(decision)
    assert decision.content_ids == ()
    assert all(each.text.zh and each.text.en for each in decision.reasons)


def test_a_gate_without_steps_is_none(store: Store) -> None:
    with pytest.raises(SetupError):
        Gate(steps=(), book=Decisions(store), signer=SIGNER, policy=policy.load(), rulebook=("cn", ""))


class Broken:
    name = "broken"

    def look(self, ask: Ask, at: datetime) -> tuple[Finding, ...]:
        raise UnsupportedError("no", "不")


def test_a_step_that_fails_makes_a_person_look(store: Store) -> None:
    gate = gate_of(store)
    gate.steps = (*gate.steps, Broken())
    decision = gate.decide(ask(account(store)))
    assert decision.outcome == "hold"
    assert "gate:could-not-tell:broken" in codes(decision)


def test_a_person_answers_what_was_held(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    held = gate.decide(ask(who, purpose="satire", depicted=OFFICIAL))
    assert held.outcome == "hold"
    with pytest.raises(RefusedError, match="person has not answered"):
        gate.permit(held)
    answered = gate.answer(held.id, YES)
    assert (answered.outcome, answered.supersedes, answered.answered) == ("allow", held.id, "staff-1")
    assert answered.content_ids == held.content_ids
    assert gate.answered(held.id) == answered
    assert gate.permit(answered).content_id == held.content_ids[0]
    with pytest.raises(RefusedError):
        gate.answer(held.id, NO)


def test_a_person_cannot_overrule_what_is_refused_now(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    held = gate.decide(ask(who, purpose="satire", depicted=OFFICIAL))
    SwitchBoard(store).turn_off("function", "images", "incident", "on duty")
    answered = gate.answer(held.id, YES)
    assert answered.outcome == "refuse"
    assert "switch:off" in codes(answered)


def test_the_queue_leads_to_the_answer(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    held = gate.decide(ask(who, "市长骑着蜗牛", purpose="satire", depicted=OFFICIAL))
    queue, at = Reviews(store, gate), datetime.now(UTC)
    item = queue.claim("reviewer", at)
    assert item is not None
    assert item.decision == held.id
    assert [each.text for each in item.materials] == ["市长骑着蜗牛"]
    settled = queue.answer(item.id, "reviewer", "pass", "a clear caricature", ("DS-10a",), at)
    after = gate.answered(held.id)
    assert after is not None
    assert (after.id, after.outcome, after.answered) == (settled.followed, "allow", "reviewer")


def test_an_output_waits_for_a_person_and_then_goes(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    unseen = Material("output", "audio", "ab" * 32, path=Path("sound.wav"))
    with pytest.raises(RefusedError, match="look at what came out"):
        gate.permit(decision, material=unseen)
    queue, at = Reviews(store, gate), datetime.now(UTC)
    item = queue.claim("reviewer", at)
    assert item is not None
    queue.answer(item.id, "reviewer", "pass", "heard it", ("DS-10a",), at)
    assert gate.permit(decision, material=unseen).content_id == decision.content_ids[0]


def test_an_output_that_was_refused_stays_refused(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    bad = text("Undress the woman in this photo", "output")
    assert gate.review_output(decision, bad).outcome == "refuse"
    with pytest.raises(RefusedError, match="review refused"):
        gate.permit(decision, material=bad)
    assert gate.permit(decision, material=text("a calm sea", "output"))


def test_what_a_permit_asks(store: Store) -> None:
    who = account(store)
    now = datetime.now(UTC) + timedelta(seconds=1)
    clock = [now]
    gate = gate_of(store, lambda: clock[0])
    decision = gate.decide(ask(who, outputs=2))
    with pytest.raises(RefusedError, match="face_replacement"):
        gate.permit(decision, ["image_generation", "face_replacement"])
    with pytest.raises(RefusedError, match="is not free"):
        gate.permit(decision, content_id="another")
    with pytest.raises(RefusedError, match="not what was recorded"):
        gate.permit(decisions.signed(replace(decision, purpose="film"), SIGNER))
    with pytest.raises(RefusedError, match="no decision"):
        gate.permit("7c77465e-05b3-45f4-99ad-8a8d972db96e")
    assert gate.permit(decision, content_id=decision.content_ids[1]).content_id == decision.content_ids[1]
    clock[0] = now + timedelta(hours=24)
    with pytest.raises(RefusedError, match="expired"):
        gate.permit(decision)


def test_withdrawal_stops_what_was_allowed(store: Store, tmp_path: Path) -> None:
    gate, who = gate_of(store), account(store)
    consent_id = consent(store, tmp_path, uses=5)
    decision = gate.decide(dubbing(who, consent_id))
    gate.permit(decision)
    Recalls(store, SIGNER, controller="Example").withdraw(consent_id)
    with pytest.raises(RefusedError, match="withdrew"):
        gate.permit(decision)
    assert "consent:withdrawn" in codes(gate.decide(dubbing(who, consent_id)))


def test_uses_are_counted(store: Store, tmp_path: Path) -> None:
    gate, who = gate_of(store), account(store)
    consent_id = consent(store, tmp_path, uses=3)
    assert gate.decide(dubbing(who, consent_id, outputs=2)).outcome == "allow"
    assert "consent:used-up" in codes(gate.decide(dubbing(who, consent_id, outputs=2)))
    assert gate.decide(dubbing(who, consent_id)).outcome == "allow"
    assert desk(store, tmp_path).standing(consent_id).used == 3  # type: ignore[union-attr]


def test_a_last_use_taken_meanwhile_refuses(store: Store, tmp_path: Path) -> None:
    """The steps saw a use; another decision took it before this one was signed."""
    gate, who = gate_of(store), account(store)
    consent_id = consent(store, tmp_path, uses=1)
    other = gate_of(store)

    class Meanwhile:
        name = "meanwhile"
        done = False

        def look(self, ask: Ask, at: datetime) -> tuple[Finding, ...]:
            if not self.done:
                self.done = True
                other.decide(dubbing(who, consent_id))
            return ()

    gate.steps = (*gate.steps, Meanwhile())
    decision = gate.decide(dubbing(who, consent_id))
    assert decision.outcome == "refuse"
    assert "consent:used-up" in codes(decision)


def test_without_label_only_who_agreed(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    wanted = ask(who, purpose="film", unlabelled=True, recipient="Example Studio", channel="circle")
    before = gate.decide(wanted)
    assert (before.outcome, before.label) == ("allow", "required")
    assert "label:not-agreed" in codes(before)
    Decisions(store).agree(who, "zh")
    assert gate.decide(wanted).label == "waived"
    assert gate.decide(ask(who, purpose="film", unlabelled=True)).label == "required"


def test_whoever_is_forgotten_leaves_no_readable_decision(store: Store) -> None:
    gate = gate_of(store)
    who = account(store)
    decision = gate.decide(ask(who))
    with store.acting() as act:
        assert act.vault is not None
        act.vault.destroy(act.connection, who)
    with pytest.raises(RefusedError, match="cannot be read"):
        gate.permit(decision.id)
    assert Accounts(store).known(who) is not None


def test_a_private_request_needs_no_more_identity_when_it_was_answered(store: Store) -> None:
    gate, who = gate_of(store), account(store, method="")
    gate.steps = (*gate.steps, Shy())
    held = gate.decide(ask(who, channel="private"))
    assert held.outcome == "hold"
    assert gate.answer(held.id, YES).outcome == "allow"


class Shy:
    name = "shy"

    def look(self, ask: Ask, at: datetime) -> tuple[Finding, ...]:
        return (Finding(self.name, "hold"),)


def test_a_held_file_is_kept_until_a_person_saw_it_and_its_decision_is_over(store: Store, tmp_path: Path) -> None:
    gate, who = gate_of(store), account(store)
    where = lambda: Objects.open("", tmp_path / "kept")  # noqa: E731
    gate.book = Decisions(store, objects=where)
    decision = gate.decide(ask(who))
    sound = tmp_path / "sound.wav"
    sound.write_bytes(b"what came out")
    output = Material("output", "audio", sha256(sound.read_bytes()).hexdigest(), path=sound)
    gate.review_output(decision, output)
    sound.unlink()  # A gateway keeps it for no longer than the request takes.
    queue, at = Reviews(store, gate, where), datetime.now(UTC)
    item = queue.claim("reviewer", at)
    assert item is not None
    assert queue.file(item, 0) == b"what came out"
    assert "no engine" in item.materials[0].remarks[0]
    assert all(b"what came out" not in (where().get(each) or b"") for each in where().names())
    Reviews(store, objects=where).answer(item.id, "reviewer", "pass", "heard it", (), at)  # The process ends here.
    with pytest.raises(RefusedError, match="look at what came out"):
        gate.permit(decision, material=output)
    assert queue.catch_up() == 1
    assert gate.permit(decision, material=output)
    assert queue.clear(at) == 0
    assert queue.clear(at + timedelta(hours=25)) == 1
    assert queue.file(item, 0) is None
    assert not list(where().names())


def test_a_request_for_nothing_is_none() -> None:
    with pytest.raises(UsageError, match="at least"):
        ask("somebody", outputs=0)


def test_an_answer_counts_for_what_was_held_and_for_nothing_beside_it(store: Store) -> None:
    gate, who = gate_of(store), account(store)
    picture = Material("input", "audio", "ab" * 32, path=Path("sound.wav"))
    held = gate.decide(ask(who, materials=(text("a calm sea"), picture)))
    queue, at = Reviews(store, gate), datetime.now(UTC)
    item = queue.claim("reviewer", at)
    assert item is not None and item.decision == held.id  # noqa: PT018
    queue.answer(item.id, "reviewer", "refuse", "not this recording", (), at)
    assert gate.decide(ask(who, "a calm sea")).outcome == "allow"
    assert gate.decide(ask(who, materials=(picture,))).outcome == "refuse"
