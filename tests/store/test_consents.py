"""Consents in the record: asking, answering, spending, withdrawing; on SQLite and PostgreSQL alike."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, text

from overt.canonical import canonical
from overt.errors import SetupError, UsageError
from overt.gate.consent.challenge import Challenge
from overt.gate.consent.engine import Checked
from overt.gate.consent.model import Consent, Guardian, Scope, Told
from overt.gate.consent.register import normalised
from overt.ledger.signing import Signer, verified
from overt.marks.model import Release
from overt.rulebook import load
from overt.store.consent_rows import Answer, AnswerError, Asked, Link, Upload, ended, spend
from overt.store.consents import Consents
from overt.store.log import entries_about
from overt.store.objects import Objects
from overt.store.recalls import Recalls
from overt.store.records import Store
from overt.store.refusals import MOST_TRIES, Joining, Refusals
from overt.store.tables.decisions import recipients
from overt.store.vault import Vault

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIGNER = Signer(Ed25519PrivateKey.generate())
TOLD = Told("李明", "li@example.cn", "王芳", "一段生日祝福短片", "家人群")
SCOPE = Scope(("face",), ("face_replacement", "image_generation"), ("art", "satire"), uses=3, days=30)
NAME = Scope(("name",), ("passage_generation",), ("art",), uses=2, days=30)
CONTENT = [str(uuid5(NAMESPACE_URL, str(number))) for number in range(10)]
FILM = Upload(b"a film", "video/webm")


@pytest.fixture
def consents(store: Store, tmp_path: Path) -> Consents:
    objects = Objects.open("", tmp_path / "data")
    return Consents(store, SIGNER, objects, controller="Example-Studio", reach="privacy@example.cn", rulebook=load())


@pytest.fixture
def recalls(store: Store) -> Recalls:
    return Recalls(store, SIGNER, controller="Example-Studio")


def asked_and_open(consents: Consents, scope: Scope = SCOPE, told: Told = TOLD, **how: Any) -> tuple[Link, Asked]:
    link = consents.ask(told, scope, at=AT)
    return link, consents.open(link.token, "zh", guarded=how.get("guarded", False), at=AT)


def everything(asked: Asked, **changed: Any) -> Answer:
    fields: dict[str, Any] = {
        "likeness": asked.scope.likeness,
        "techniques": asked.scope.techniques,
        "purposes": asked.scope.purposes,
        "notice": asked.notice,
        "challenge": asked.challenge.id if asked.challenge else "",
    }
    return Answer(**fields | changed)


def given(consents: Consents, scope: Scope = NAME) -> Consent:
    link, asked = asked_and_open(consents, scope)
    return consents.give(link.token, everything(asked), at=AT)


def release(store: Store, content_id: str) -> None:
    record = Release(
        content_id, content_id[:8] * 8, "00" * 32, "image/png", "Example-Studio", ("face_replacement",),
        ("metadata",), AT.isoformat(), "",
    )  # fmt: skip
    store.release(record)


def spent(store: Store, consent: Consent, decision: str, *contents: str) -> tuple[str, ...]:
    with store.acting() as act:
        return tuple(each.code for each in spend(act, [consent.id], decision, contents, AT))


def tags(store: Store, any_id: str) -> list[str]:
    with store.reading() as connection:
        return [each.opening.event["tag"] for each in entries_about(connection, store.vault, any_id) if each.opening]


def test_from_the_link_to_a_signed_consent(consents: Consents, store: Store) -> None:
    link, asked = asked_and_open(consents)
    assert asked.standing.state(AT) == "opened"
    answer = everything(asked, techniques=("face_replacement",), purposes=("art",))
    consent = consents.give(link.token, answer, FILM, at=AT)
    assert (consent.techniques, consent.purposes) == (("face_replacement",), ("art",))
    assert consent.expires == (AT + timedelta(days=30)).isoformat()
    assert verified(SIGNER.public, bytes.fromhex(consent.signature), consent.signed_bytes())
    standing = consents.standing(link.consent_id)
    assert standing is not None
    assert standing.consent == consent
    assert standing.proof == "waiting"
    assert tags(store, link.consent_id) == ["gate:consent:ask", "gate:consent:open", "gate:consent:give"]


def test_nothing_that_says_who_somebody_is_stands_in_the_clear(
    consents: Consents, store: Store, tmp_path: Path
) -> None:
    link, asked = asked_and_open(consents)
    consents.give(link.token, everything(asked), FILM, at=AT)
    with store.reading() as connection:
        for table in ("consents", "consent_recordings", "ledger_openings", "ledger_entries"):
            for row in connection.execute(text(f"SELECT * FROM {table}")).all():
                told = b"".join(each if isinstance(each, bytes) else str(each).encode() for each in map(plain, row))
                for secret in ("李明", "li@example.cn", "王芳", link.token, "a film"):
                    assert secret.encode() not in told
    kept = [each.read_bytes() for each in (tmp_path / "data" / "objects").rglob("*") if each.is_file()]
    assert kept
    assert all(b"a film" not in each for each in kept)
    found = consents.recording(link.consent_id)
    assert found is not None
    assert found[0] == FILM
    assert found[1] == asked.challenge


def plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_with_the_persons_key_everything_is_gone(consents: Consents, store: Store, vault: Vault) -> None:
    link, asked = asked_and_open(consents)
    consents.give(link.token, everything(asked), FILM, at=AT)
    with store.acting() as act:
        assert vault.destroy(act.connection, link.person)
    after = consents.find(link.consent_id)
    assert after is not None
    assert after.told is None
    assert after.standing.state(AT) == "withdrawn"
    assert consents.recording(link.consent_id) is None
    assert tags(store, link.consent_id) == []


def test_a_token_of_nothing_opens_nothing(consents: Consents) -> None:
    link = consents.ask(TOLD, SCOPE, at=AT)
    for token in ("", link.token[:-1], link.token + "a", link.consent_id, "x" * 10_000):
        assert consents.by_token(token) is None
        with pytest.raises(AnswerError):
            consents.open(token, "zh", guarded=False, at=AT)


def test_an_answer_to_another_page_is_not_taken(consents: Consents) -> None:
    link, asked = asked_and_open(consents)
    wrong = {
        "another notice": {"notice": "00" * 32},
        "another challenge": {"challenge": "00"},
        "nothing ticked": {"purposes": ()},
        "no likeness": {"likeness": ()},
        "more than was asked": {"techniques": ("voice_conversion",)},
        "a purpose of one's own": {"purposes": ("art", "advertising")},
    }
    for why, changed in wrong.items():
        with pytest.raises(AnswerError):
            consents.give(link.token, everything(asked, **changed), FILM, at=AT)
        assert consents.find(link.consent_id).standing.written == "opened", why  # type: ignore[union-attr]


def test_time_ends_the_challenge_and_then_the_link(consents: Consents) -> None:
    link, asked = asked_and_open(consents)
    with pytest.raises(AnswerError):
        consents.give(link.token, everything(asked), FILM, at=AT + timedelta(minutes=30))
    again = consents.open(link.token, "en", guarded=False, at=AT + timedelta(minutes=31))
    assert again.challenge != asked.challenge
    assert again.notice != asked.notice
    with pytest.raises(AnswerError):
        consents.give(link.token, everything(again), FILM, at=AT + timedelta(days=14))
    assert consents.find(link.consent_id).standing.state(AT + timedelta(days=14)) == "lapsed"  # type: ignore[union-attr]


def test_an_answer_is_given_once(consents: Consents) -> None:
    link, asked = asked_and_open(consents)
    consents.decline(link.token, AT)
    for again in (
        lambda: consents.give(link.token, everything(asked), at=AT),
        lambda: consents.decline(link.token, AT),
    ):
        with pytest.raises(AnswerError):
            again()


def test_a_recording_of_another_day_is_refused_and_that_is_recorded(consents: Consents, store: Store) -> None:
    first, asked = asked_and_open(consents)
    consents.give(first.token, everything(asked), FILM, at=AT)
    second, other = asked_and_open(consents)
    with pytest.raises(AnswerError, match="used before"):
        consents.give(second.token, everything(other), FILM, at=AT)
    standing = consents.standing(second.consent_id)
    assert standing is not None
    assert standing.written == "opened"
    assert tags(store, second.consent_id)[-1] == "gate:consent:check"
    consents.give(second.token, everything(other), Upload(b"a new film", "video/webm"), at=AT)


@pytest.mark.parametrize(
    ("outcome", "proof"), [("passed", "confirmed"), ("failed", "refused"), ("could-not-tell", "waiting")]
)
def test_an_engine_answers_for_the_recording_as_far_as_it_can(consents: Consents, outcome: Any, proof: str) -> None:
    link, asked = asked_and_open(consents)
    seen: list[Challenge] = []

    def check(_: Upload, drawn: Challenge) -> Checked:
        seen.append(drawn)
        return Checked(outcome, "probe@3")

    consents.give(link.token, everything(asked), FILM, check=check, at=AT)
    assert seen == [asked.challenge]
    standing = consents.standing(link.consent_id)
    assert standing is not None
    assert standing.proof == proof


def test_a_person_of_staff_confirms(consents: Consents) -> None:
    link, asked = asked_and_open(consents)
    with pytest.raises(UsageError):
        consents.check(link.consent_id, confirmed=True, by="staff-1")
    consents.give(link.token, everything(asked), at=AT)  # Somebody who cannot record: checked in another way.
    assert [each.id for each in consents.every(waiting=True)] == [link.consent_id]
    consents.check(link.consent_id, confirmed=True, by="staff-1")
    assert consents.every(waiting=True) == ()


def test_below_fourteen_a_guardian_answers(consents: Consents) -> None:
    link, asked = asked_and_open(consents, guarded=True)
    with pytest.raises(AnswerError, match="under 14"):
        consents.give(link.token, everything(asked), FILM, at=AT)
    with pytest.raises(AnswerError, match="under 14"):
        consents.give(link.token, everything(asked, guardian=Guardian("parent"), guardian_name=" "), FILM, at=AT)
    answer = everything(asked, guardian=Guardian("parent"), guardian_name="李大明")
    assert consents.give(link.token, answer, FILM, at=AT).guardian == Guardian("parent")
    after = consents.find(link.consent_id)
    assert after is not None
    assert after.guardian_name == "李大明"


def test_somebody_is_known_again_by_their_contact_until_they_are_forgotten(
    consents: Consents, store: Store, vault: Vault
) -> None:
    first, second = consents.ask(TOLD, NAME), consents.ask(Told("x", " LI@example.cn ", "y", "z", "w"), NAME)
    assert first.person == second.person
    assert len(consents.of_person(first.person)) == 2
    with store.acting() as act:
        vault.destroy(act.connection, first.person)
    assert consents.ask(TOLD, NAME).person != first.person


def test_what_cannot_be_asked(consents: Consents) -> None:
    for scope in (
        Scope((), ("passage_generation",), ("art",)),
        Scope(("name",), (), ("art",)),
        Scope(("name",), ("passage_generation",), ()),
        Scope(("name",), ("no_such_technique",), ("art",)),
        Scope(("name",), ("passage_generation",), ("art",), uses=0),
        Scope(("name",), ("passage_generation",), ("art",), days=100_000),
    ):
        with pytest.raises(UsageError):
            consents.ask(TOLD, scope)
    consents.reach = ""
    with pytest.raises(SetupError):
        consents.ask(TOLD, NAME)


def test_uses_are_spent_content_by_content_and_never_overdrawn(consents: Consents, store: Store) -> None:
    consent = given(consents)
    assert spent(store, consent, "d1", CONTENT[1]) == ()
    assert spent(store, consent, "d2", CONTENT[2], CONTENT[3]) == ("consent:used-up",)
    assert spent(store, consent, "d3", CONTENT[2]) == ()
    assert spent(store, consent, "d4", CONTENT[3]) == ("consent:used-up",)
    standing = consents.standing(consent.id)
    assert standing is not None
    assert (standing.used, standing.state(AT)) == (2, "used-up")


def test_many_at_once_spend_no_more_than_there_is(
    consents: Consents, database: str, vault: Vault, tmp_path: Path
) -> None:
    consent = given(consents)
    found: list[tuple[str, ...]] = []

    def one(number: int) -> None:
        other = Store.connect(database, tmp_path / "data", vault)
        found.append(spent(other, consent, f"d{number}", CONTENT[number]))
        other.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found.count(()) == 2
    assert found.count(("consent:used-up",)) == 6


def test_a_consent_that_waits_for_its_proof_cannot_be_spent(consents: Consents, store: Store) -> None:
    link, asked = asked_and_open(consents)
    consent = consents.give(link.token, everything(asked), FILM, at=AT)
    assert spent(store, consent, "d1", CONTENT[1]) == ("consent:unchecked",)
    consents.check(link.consent_id, confirmed=True, by="staff-1")
    assert spent(store, consent, "d1", CONTENT[1]) == ()
    consents.check(link.consent_id, confirmed=False, by="staff-2")
    with store.reading() as connection:
        assert [each.code for each in ended(connection, "d1", AT)] == ["consent:not-the-person"]


def test_a_withdrawal_ends_decisions_and_recalls_what_is_out(
    consents: Consents, recalls: Recalls, store: Store
) -> None:
    consent = given(consents)
    spent(store, consent, "d1", CONTENT[1], CONTENT[2])
    release(store, CONTENT[1])  # content-2 was allowed, and is not out.
    with store.acting() as act:
        row = {"content_id": CONTENT[1], "decision": "d1", "account": "a9", "delivered": AT.isoformat()}
        act.connection.execute(insert(recipients).values(**row, recipient=b"", ledger_index=0))
        assert ended(act.connection, "d1", AT) == ()
    reached = recalls.withdraw(consent.id, at=AT)
    assert [each.content_id for each in reached] == [CONTENT[1]]
    with store.reading() as connection:
        assert [each.code for each in ended(connection, "d1", AT)] == ["consent:withdrawn"]
    assert spent(store, consent, "d5", CONTENT[5]) == ("consent:withdrawn",)
    assert store.recalled([CONTENT[1], CONTENT[2]]) == {CONTENT[1]: AT.isoformat()}
    (case,) = recalls.cases()
    assert (case.content_id, case.recipient, case.state) == (CONTENT[1], "a9", "open")
    assert {"gate:content:recall", "gate:recipient:ask"} <= set(tags(store, CONTENT[1]))
    assert tags(store, consent.id)[-1] == "gate:consent:withdraw"
    # Once more changes nothing.
    assert [each.content_id for each in recalls.withdraw(consent.id, at=AT)] == [CONTENT[1]]
    assert len(recalls.cases()) == 1


def test_what_was_not_given_cannot_be_withdrawn(consents: Consents, recalls: Recalls) -> None:
    link = consents.ask(TOLD, NAME)
    with pytest.raises(AnswerError):
        recalls.withdraw(link.consent_id)
    with pytest.raises(UsageError):
        recalls.withdraw("no-such-consent")


def test_the_lists_are_signed_and_name_nobody(consents: Consents, recalls: Recalls, store: Store) -> None:
    for number in range(3):
        consent = given(consents)
        spent(store, consent, f"d{number}", CONTENT[number])
        release(store, CONTENT[number])
    recalls.withdraw(consent.id, at=AT)
    told = recalls.recall_list()
    assert verified(SIGNER.public, bytes.fromhex(told["signature"]), canonical(told["list"]))
    assert [each["content_id"] for each in told["list"]["recalls"]] == [CONTENT[2]]
    assert consent.id not in json.dumps(told)
    assert consent.person not in json.dumps(told)
    head, body, signature = recalls.status_list("https://example.cn/recalls/status-list").split(".")
    assert verified(SIGNER.public, decoded(signature), f"{head}.{body}".encode())
    subject = json.loads(decoded(body))["credentialSubject"]
    bits = gzip.decompress(decoded(subject["encodedList"][1:]))
    assert len(bits) == 16 * 1024
    index = store.ledger_index(CONTENT[2])
    assert index is not None
    assert [place for place in range(64) if bits[place // 8] & 0x80 >> place % 8] == [index]


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_receipt_has_the_fields_and_can_be_checked_alone(consents: Consents, recalls: Recalls) -> None:
    consent = given(consents)
    recalls.withdraw(consent.id, at=AT + timedelta(days=1))
    asked = consents.find(consent.id)
    assert asked is not None
    told = consents.receipt(asked)
    assert told is not None
    body = told["receipt"]
    assert set(body) == {"header", "pii_processing", "party_identification", "events", "consent"}
    assert body["header"]["record_id"] == consent.id
    assert body["pii_processing"]["privacy_notice"]["sha256"] == consents.notice(asked, "zh").digest
    assert [each["event_type"] for each in body["events"]] == ["asked", "opened", "given", "withdrawn"]
    assert verified(SIGNER.public, bytes.fromhex(told["signature"]), canonical(body))
    assert "李明" not in json.dumps(told, ensure_ascii=False)


def test_the_register_counts_only_who_was_verified(store: Store, tmp_path: Path) -> None:
    register = Refusals(store, Objects.open("", tmp_path / "data"))
    refusal_id, token = register.join(Joining(("李 小明", "Li Xiaoming"), "li@example.cn"))
    assert list(register.refusers()) == []
    contact, code = register.new_code(refusal_id)
    assert contact == "li@example.cn"
    assert not register.enter_code(token, "00000000" if code != "00000000" else "11111111")
    assert register.enter_code(token, f" {code[:4]} {code[4:]} ")
    (refuser,) = register.refusers()
    assert refuser.names == (normalised("李小明"), normalised("Iі Xiaoming"))  # In look-alike letters, too.
    assert register.leave(token)
    assert list(register.refusers()) == []
    entry = register.by_token(token)
    assert entry is not None
    assert (entry.state, entry.names, entry.contact) == ("left", (), "")


def test_codes_cannot_be_tried_out(store: Store, tmp_path: Path) -> None:
    register = Refusals(store, Objects.open("", tmp_path / "data"))
    refusal_id, token = register.join(Joining(("李小明",), "li@example.cn"))
    _, code = register.new_code(refusal_id)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    assert not any(register.enter_code(token, wrong) for _ in range(MOST_TRIES))
    assert not register.enter_code(token, code)
    register.verify(refusal_id, "staff-1")
    assert len(register.refusers()) == 1


def test_joining_needs_something_to_be_known_by_and_a_contact(store: Store, tmp_path: Path) -> None:
    register = Refusals(store, Objects.open("", tmp_path / "data"))
    for joining in (Joining((), "li@example.cn"), Joining(("···",), "li@example.cn"), Joining(("李小明",), " ")):
        with pytest.raises(AnswerError):
            register.join(joining)
    _, token = register.join(Joining((), "li@example.cn", voice=Upload(b"sound", "audio/wav")))
    kept = list((tmp_path / "data" / "objects").rglob("*"))
    register.leave(token)
    assert [each for each in (tmp_path / "data" / "objects").rglob("*") if each.is_file()] == []
    assert kept
    with store.reading() as connection:
        assert connection.execute(select(text("sealed")).select_from(text("refusals"))).scalar() == b""
