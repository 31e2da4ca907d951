"""Rows of consents as values, and what the gate does to them: where they stand, what is spent, what no longer holds."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.engine import Connection, RowMapping

from overt.errors import OvertError, UsageError
from overt.gate.consent import rules
from overt.gate.consent.challenge import Challenge
from overt.gate.consent.model import Guardian, Scope, Standing, Told, consent_from
from overt.gate.model import Likeness, Reason
from overt.language import Language, Text
from overt.store.log import Act
from overt.store.tables.consents import consent_contents, consents
from overt.store.tables.ledger import person_keys
from overt.store.tables.retention import restrictions
from overt.store.vault import Vault


class AnswerError(OvertError):
    """An answer that cannot be taken as it is: the person is told why, and what to do."""

    exit_code = 1
    whose = Text(zh="答复未被接受", en="The answer was not taken")
    hint = Text(zh="请重新打开链接再试。", en="Open the link again and try once more.")


@dataclass(frozen=True, slots=True)
class Link:
    """A consent that was asked for. `token` goes into the link, and is known to nobody afterwards."""

    consent_id: str
    person: str
    token: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that came with an answer, and what they are (as the guarded process saw them)."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person chose. `notice` and `challenge` say which page they answered."""

    likeness: tuple[Likeness, ...]
    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    notice: str
    challenge: str = ""
    guardian: Guardian | None = None
    guardian_name: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One row, opened. `told` is None where the person's key was destroyed."""

    standing: Standing
    person: str
    controller: str
    scope: Scope
    told: Told | None
    guardian_name: str
    asked: str
    opened: str
    answered: str
    guarded: bool
    language: Language
    notice: str
    challenge: Challenge | None
    preview: str
    preview_type: str
    limited: str = ""
    """When the person last narrowed what they allow."""

    @property
    def id(self) -> str:
        """The consent's id."""
        return self.standing.id


_LOOK_AGAIN: Final = Text(
    zh="请重新打开链接，阅读页面后再答复。", en="Open the link again, read the page, and answer then."
)


def fits(asked: Asked, answer: Answer, at: datetime) -> None:
    """Raises `AnswerError` where the answer is to another page, says nothing, or says more than was asked."""
    if asked.standing.written != "opened" or not hmac.compare_digest(answer.notice, asked.notice):
        raise AnswerError("the page changed since it was opened", "页面内容已有变化", hint=_LOOK_AGAIN)
    for name in ("likeness", "techniques", "purposes"):
        chosen, offered = getattr(answer, name), getattr(asked.scope, name)
        if not chosen or not set(chosen) <= set(offered):
            raise AnswerError(
                "nothing was ticked in one of the questions",
                "有一项没有勾选",
                hint=Text(
                    zh="每一项至少勾选一个；如果都不愿意，请选择“不同意”。",
                    en="Tick at least one box in each question; if you want none of it, say no.",
                ),
            )
    if asked.guarded and not (answer.guardian and answer.guardian_name.strip()):
        raise AnswerError(
            "a parent or guardian has to answer for somebody under 14",
            "未满 14 周岁须由父母或其他监护人答复",
            hint=Text(zh="请监护人填写姓名和关系。", en="The guardian fills in their name and how they are related."),
        )
    drawn = asked.challenge
    if drawn and (drawn.is_over(at) or not hmac.compare_digest(answer.challenge, drawn.id)):
        raise AnswerError("the time for the recording has passed", "录制时间已过", hint=_LOOK_AGAIN)


def hashed(token: str) -> str:
    """What is kept of a link's token: it has 256 bits, so that a plain hash cannot be tried out."""
    return sha256(token.encode()).hexdigest()


def by_token(connection: Connection, token: str) -> RowMapping | None:
    """The row behind a link. The look-up is by hash: how long it takes says nothing of the token."""
    wanted = hashed(token)
    row = connection.execute(select(consents).where(consents.c.token_hash == wanted)).mappings().first()
    return row if row is not None and hmac.compare_digest(row["token_hash"], wanted) else None


def opened(connection: Connection, vault: Vault | None, row: RowMapping) -> Asked:
    """A row with what is sealed in it, as far as it can be opened."""
    plain = vault.open(connection, row["person"], bytes(row["sealed"]), row["consent_id"].encode()) if vault else None
    words = json.loads(plain) if plain else {}
    guardian_name = words.pop("guardian_name", "")
    scope = json.loads(row["scope"])
    return Asked(
        standing=_standing(connection.execute(_STANDING, {"consent": row["consent_id"]}).mappings().one()),
        person=row["person"],
        controller=row["controller"],
        scope=Scope(**scope | {name: tuple(scope[name]) for name in ("likeness", "techniques", "purposes")}),
        told=Told(**words) if words else None,
        guardian_name=guardian_name,
        asked=row["asked"],
        opened=row["opened"] or "",
        answered=row["answered"] or "",
        guarded=bool(row["guarded"]),
        language="en" if row["language"] == "en" else "zh",
        notice=row["notice"] or "",
        challenge=challenge_from(row["challenge"]),
        preview=row["preview"] or "",
        preview_type=row["preview_type"] or "",
        limited=row["limited"] or "",
    )


def standing_of(connection: Connection, consent_id: str) -> Standing | None:
    """Where a consent stands; None where there is none."""
    row = connection.execute(_STANDING, {"consent": consent_id}).mappings().first()
    return _standing(row) if row is not None else None


def _standing(row: RowMapping) -> Standing:
    """Where a person's key is gone, or their records are only stored and secured (PIPL, art. 47), no consent counts."""
    gone = row["destroyed"] or row["restricted"]
    return Standing(
        id=row["consent_id"],
        written="withdrawn" if gone else row["state"],
        proof=row["proof"],
        link_expires=row["link_expires"],
        consent=consent_from(bytes(row["body"]), row["signature"]) if row["body"] else None,
        used=row["used"],
        withdrawn=row["withdrawn"] or gone or "",
    )


_USED = select(func.count()).where(consent_contents.c.consent_id == consents.c.consent_id)
_KEPT = (
    consents.c[name] for name in ("consent_id", "state", "proof", "link_expires", "body", "signature", "withdrawn")
)
_STANDING = (
    select(
        *_KEPT,
        person_keys.c.destroyed,
        restrictions.c.asked.label("restricted"),
        _USED.scalar_subquery().label("used"),
    )
    .select_from(
        consents.outerjoin(person_keys, person_keys.c.person == consents.c.person).outerjoin(
            restrictions, restrictions.c.person == consents.c.person
        )
    )
    .where(consents.c.consent_id == bindparam("consent"))
)
"""One statement, built once: the gate asks it twice for each consent of each request."""
_BOUND = (
    select(consent_contents.c.consent_id, func.max(consent_contents.c.narrowed))
    .where(consent_contents.c.decision_id == bindparam("decision"))
    .group_by(consent_contents.c.consent_id)
)


def spend(
    act: Act, consent_ids: Sequence[str], decision_id: str, content_ids: Sequence[str], at: datetime
) -> tuple[Reason, ...]:
    """Binds the contents of an allowing decision to its consents, in its transaction: each content is one use.

    Says why not, and binds nothing, where a consent was withdrawn or used up since the gate looked.
    """
    lacking = []
    for each in dict.fromkeys(consent_ids):
        standing = standing_of(act.connection, each)
        if reason := rules.unusable(standing, len(content_ids), at):
            lacking.append(reason)
    if lacking:
        return tuple(dict.fromkeys(lacking))
    rows = [
        {"consent_id": consent, "content_id": content, "decision_id": decision_id, "spent": at.isoformat()}
        for consent in dict.fromkeys(consent_ids)
        for content in content_ids
    ]
    if rows:
        act.connection.execute(insert(consent_contents), rows)
    return ()


def ended(connection: Connection, decision_id: str, at: datetime) -> tuple[Reason, ...]:
    """Why a decision can no longer be used: what has become of the consents that it binds.

    They were withdrawn, refused by their proof, have expired, or were limited so that they cover it no more. This is
    asked again where the decision is used, and in the transaction of the release.
    """
    found = []
    for consent_id, narrowed in connection.execute(_BOUND, {"decision": decision_id}).all():
        found.append(rules.NARROWED if narrowed else rules.unusable(standing_of(connection, consent_id), 0, at))
    return tuple(dict.fromkeys(reason for reason in found if reason))


def challenge_json(drawn: Challenge | None) -> str | None:
    """A challenge as its column holds it."""
    return json.dumps(asdict(drawn), ensure_ascii=False) if drawn else None


def challenge_from(text: str | None) -> Challenge | None:
    """The challenge in a column."""
    told = json.loads(text) if text else None
    return Challenge(told["id"], told["kind"], Text(**told["text"]), told["expires"]) if told else None


def no_consent(consent_id: str) -> UsageError:
    """The error for an id of nothing."""
    return UsageError(
        f"there is no consent {consent_id[:64]!r}",
        f"没有编号为 {consent_id[:64]!r} 的同意",
        hint=Text(zh="运行 overt consent list 查看。", en="`overt consent list` shows those there are."),
    )
