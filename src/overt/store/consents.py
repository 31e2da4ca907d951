"""Keeps consents: asking a person, their answer, and what rests on it. An act and its entries are one transaction.

States are those of `overt.gate.consent.model`. The link's token is random and is kept as its SHA-256 alone. What is
said to the person and of them, the notice they read and their recording are sealed under their key.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from overt.errors import SetupError, UsageError
from overt.gate.consent import challenge as challenges
from overt.gate.consent.challenge import Challenge
from overt.gate.consent.engine import Checked
from overt.gate.consent.model import RECORDED, Consent, Proof, Scope, Told
from overt.language import Language, Text
from overt.ledger.events.consent import ConsentAsked, ConsentChecked, ConsentDeclined, ConsentGiven, ConsentOpened
from overt.store.consent_book import ConsentBook
from overt.store.consent_rows import (
    Answer,
    AnswerError,
    Asked,
    Link,
    Upload,
    by_token,
    challenge_json,
    fits,
    hashed,
    no_consent,
    opened,
)
from overt.store.log import Act
from overt.store.tables.consents import consent_recordings, consents
from overt.store.tables.ledger import person_keys
from overt.store.vault import Vault

TOKEN_BYTES: Final = 32
ANSWER_DAYS: Final = 14
"""So long is a link open for an answer, where nothing else is said [ours]."""


Check = Callable[[Upload, Challenge], Checked]


class Consents(ConsentBook):
    """The consents of one set-up: asking for them, answering, checking recordings."""

    # Asking ----------------------------------------------------------------------------------------------------------

    def ask(
        self,
        told: Told,
        scope: Scope,
        *,
        person: str = "",
        language: Language = "zh",
        answer_days: int = ANSWER_DAYS,
        preview: Upload | None = None,
        at: datetime | None = None,
    ) -> Link:
        """Asks a person, who is known again by their contact. Raises `UsageError` for a scope that says nothing."""
        self._checked(scope, answer_days)
        at = at or _now()
        token, consent_id = secrets.token_urlsafe(TOKEN_BYTES), str(uuid4())
        with self.store.acting() as act:
            contact = _vault(act).blind(told.contact.strip().casefold())
            person = person or _known(act.connection, contact) or uuid4().hex
            expires = (at + timedelta(days=answer_days)).isoformat()
            kept = self.objects.put(act, person, f"previews/{consent_id}", preview.data) if preview else None
            act.connection.execute(
                insert(consents).values(
                    consent_id=consent_id,
                    person=person,
                    contact=contact,
                    state="asked",
                    proof="none",
                    token_hash=hashed(token),
                    controller=self.controller,
                    scope=json.dumps(asdict(scope)),
                    asked=at.isoformat(),
                    link_expires=expires,
                    guarded=0,
                    language=language,
                    sealed=act.seal(person, json.dumps(asdict(told)).encode(), consent_id.encode()),
                    preview=kept,
                    preview_type=preview.media_type if preview else None,
                )
            )
            told_of = {name: getattr(scope, name) for name in ("likeness", "techniques", "purposes", "uses", "days")}
            act.record(ConsentAsked(consent_id, person, **told_of, account=scope.account, link_expires=expires))
        return Link(consent_id, person, token)

    def _checked(self, scope: Scope, answer_days: int) -> None:
        if not self.reach:
            raise SetupError(
                "people who are asked must know how to reach whoever asks (PIPL, art. 17)",
                "须告知被询问者联系方式（个人信息保护法第十七条）",
                hint=Text(zh="在 overt.toml 的 [consent] 填写 reach。", en="Set `reach` in [consent] of overt.toml."),
            )
        if not (scope.likeness and scope.techniques and scope.purposes):
            raise UsageError(
                "a consent names what of the person is used, how, and what for",
                "须写明使用本人的什么、如何制作、用于什么目的",
            )
        if unknown := [each for each in scope.techniques if each not in self.rulebook.techniques]:
            raise UsageError(f"there is no technique {unknown[0]!r}", f"没有名为 {unknown[0]!r} 的技术")
        if self.purposes and (unknown := [each for each in scope.purposes if each not in self.purposes]):
            known = ", ".join(self.purposes)
            raise UsageError(
                f"the policy has no purpose {unknown[0]!r}: {known}", f"策略中没有用途 {unknown[0]!r}：{known}"
            )
        if not (0 < scope.uses <= _MOST_USES and 0 < scope.days <= _MOST_DAYS and 0 < answer_days <= _MOST_DAYS):
            raise UsageError(
                f"uses up to {_MOST_USES} and days up to {_MOST_DAYS}: nobody can consent for ever",
                f"次数不超过 {_MOST_USES}，天数不超过 {_MOST_DAYS}：不存在无限期的同意",
            )

    # Answering -------------------------------------------------------------------------------------------------------

    def open(self, token: str, language: Language, *, guarded: bool, at: datetime | None = None) -> Asked:
        """The person opens the page: what they are shown is written down, and a fresh challenge drawn."""
        at = at or _now()
        with self.store.acting() as act:
            asked = self._answerable(act.connection, token, at)
            shown = self.notice(asked, language)
            drawn = challenges.draw(asked.scope.likeness, at)
            act.connection.execute(
                update(consents)
                .where(consents.c.consent_id == asked.id)
                .values(
                    state="opened",
                    opened=at.isoformat(),
                    guarded=int(guarded),
                    language=language,
                    notice=shown.digest,
                    notice_text=act.seal(asked.person, shown.text.encode(), f"{asked.id}:notice".encode()),
                    challenge=challenge_json(drawn),
                )
            )
            number = drawn.id if drawn else ""
            act.record(ConsentOpened(asked.id, asked.person, shown.digest, language, number, guarded))
            return self._reread(act, asked.id)

    def give(
        self,
        token: str,
        answer: Answer,
        recording: Upload | None = None,
        *,
        check: Check | None = None,
        at: datetime | None = None,
    ) -> Consent:
        """The person says yes to what they chose. Raises `AnswerError` for an answer that cannot be taken.

        A recording is checked by `check` where there is an engine; else it waits for a person of staff.
        """
        at = at or _now()
        with self.store.reading() as connection:
            asked = self._answerable(connection, token, at)
        fits(asked, answer, at)
        needs = bool(set(answer.likeness) & RECORDED)
        checked = Checked("could-not-tell", "")
        if needs and recording and check and asked.challenge:
            checked = check(recording, asked.challenge)
        proof = _PROOF[checked.outcome] if needs else "none"
        with self.store.acting() as act:
            asked = self._answerable(act.connection, token, at)
            fits(asked, answer, at)
            fresh = recording is None or self._keep_recording(act, asked, recording, checked, at)
            if fresh:
                return self._give(act, asked, answer, proof, checked.engine, at)
        raise AnswerError(
            "this recording was used before",
            "这段录制内容已被使用过",
            hint=Text(
                zh="请现在重新录制一段，不要使用以前的录像、录音或照片。",
                en="Make a new recording now; an older one cannot be taken.",
            ),
        )

    def _give(self, act: Act, asked: Asked, answer: Answer, proof: Proof, engine: str, at: datetime) -> Consent:
        unsigned = Consent(
            id=asked.id,
            person=asked.person,
            likeness=answer.likeness,
            techniques=answer.techniques,
            purposes=answer.purposes,
            uses=asked.scope.uses,
            account=asked.scope.account,
            controller=asked.controller,
            language=asked.language,
            notice=asked.notice,
            shown=asked.opened,
            given=at.isoformat(),
            expires=(at + timedelta(days=asked.scope.days)).isoformat(),
            guardian=answer.guardian if asked.guarded else None,
            signer=self.signer.id,
        )
        body = unsigned.signed_bytes()
        consent = replace(unsigned, signature=self.signer.sign(body).hex())
        changed = {"state": "given", "proof": proof, "answered": at.isoformat(), "challenge": None, "body": body}
        if asked.guarded and asked.told:
            told = asdict(asked.told) | {"guardian_name": answer.guardian_name}
            changed["sealed"] = act.seal(asked.person, json.dumps(told).encode(), asked.id.encode())
        act.connection.execute(
            update(consents).where(consents.c.consent_id == asked.id).values(**changed, signature=consent.signature)
        )
        digest = sha256(body).hexdigest()
        act.record(ConsentGiven(asked.id, asked.person, digest, consent.signature, asked.notice, proof))
        if engine:
            act.record(ConsentChecked(asked.id, asked.person, proof, engine))
        return consent

    def _keep_recording(self, act: Act, asked: Asked, recording: Upload, checked: Checked, at: datetime) -> bool:
        """Keeps it sealed. False, with an entry that says so, where the same recording was used before."""
        print_of = _vault(act).blind(sha256(recording.data).hexdigest())
        same = select(consent_recordings.c.recording_id).where(consent_recordings.c.fingerprint == print_of)
        if act.connection.execute(same).first():
            act.record(ConsentChecked(asked.id, asked.person, "replayed", "overt"))
            return False
        recording_id = str(uuid4())
        name = self.objects.put(act, asked.person, f"recordings/{recording_id}", recording.data)
        act.connection.execute(
            insert(consent_recordings).values(
                recording_id=recording_id,
                consent_id=asked.id,
                person=asked.person,
                fingerprint=print_of,
                challenge=challenge_json(asked.challenge) or "{}",
                media_type=recording.media_type,
                object=name,
                size=len(recording.data),
                received=at.isoformat(),
                outcome=checked.outcome,
                by=checked.engine,
            )
        )
        return True

    def decline(self, token: str, at: datetime | None = None) -> None:
        """The person says no."""
        at = at or _now()
        with self.store.acting() as act:
            asked = self._answerable(act.connection, token, at)
            act.connection.execute(
                update(consents)
                .where(consents.c.consent_id == asked.id)
                .values(state="declined", answered=at.isoformat(), challenge=None)
            )
            act.record(ConsentDeclined(asked.id, asked.person))

    def check(self, consent_id: str, *, confirmed: bool, by: str, reason: str = "") -> None:
        """A person of staff says whether the recording shows who was asked, doing what was asked for."""
        with self.store.acting() as act:
            asked = self._reread(act, consent_id)
            if asked.standing.written != "given" or asked.standing.proof == "none":
                raise UsageError("this consent has no recording to check", "该同意没有待确认的录制内容")
            outcome: Proof = "confirmed" if confirmed else "refused"
            act.connection.execute(update(consents).where(consents.c.consent_id == consent_id).values(proof=outcome))
            act.record(ConsentChecked(consent_id, asked.person, outcome, by, reason))

    def _answerable(self, connection: Connection, token: str, at: datetime) -> Asked:
        """What is behind the link, while it can be answered."""
        row = by_token(connection, token)
        if row is None:
            raise AnswerError("this link leads nowhere", "此链接无效")
        asked = opened(connection, self.store.vault, row)
        state = asked.standing.state(at)
        if state == "lapsed":
            raise AnswerError("the time for an answer has passed: it counts as no", "答复期限已过，视为没有同意")
        if state not in ("asked", "opened"):
            raise AnswerError("this was answered already", "已经答复过")
        return asked

    def _reread(self, act: Act, consent_id: str) -> Asked:
        row = act.connection.execute(select(consents).where(consents.c.consent_id == consent_id)).mappings().first()
        if row is None:
            raise no_consent(consent_id)
        return opened(act.connection, act.vault, row)


_MOST_USES: Final = 1_000_000
_MOST_DAYS: Final = 3650
"""Ten years [ours]."""
_PROOF: Final[dict[str, Proof]] = {"passed": "confirmed", "failed": "refused", "could-not-tell": "waiting"}


def _vault(act: Act) -> Vault:
    if act.vault is None:
        raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
    return act.vault


def _known(connection: Connection, contact: str) -> str:
    """The person of an earlier consent with this contact, while their key is there."""
    query = (
        select(consents.c.person)
        .join(person_keys, person_keys.c.person == consents.c.person)
        .where(consents.c.contact == contact, person_keys.c.wrapped.is_not(None))
        .order_by(consents.c.asked.desc())
    )
    found = connection.execute(query).first()
    return str(found[0]) if found else ""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
