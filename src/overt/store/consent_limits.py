"""Consents that their persons limit: fewer techniques, purposes or uses, never more.

The consent is signed anew as it stands since; what stood before is kept beside it, and the ledger tells both. Decisions
under way that it covers no more can be used no more, as after a withdrawal; contents already released stay: whoever
wants these recalled withdraws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, insert, select, update

from overt.errors import RefusedError
from overt.gate.consent import rules
from overt.gate.consent.model import Consent
from overt.language import Text
from overt.ledger.events.consent import ConsentLimited
from overt.ledger.signing import Signer
from overt.store import decision_rows
from overt.store.consent_rows import AnswerError, no_consent, standing_of
from overt.store.log import Act
from overt.store.records import Store
from overt.store.tables.consents import consent_contents, consent_former, consents
from overt.store.tables.decisions import decision_contents


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed from now on; each a part of what was allowed before."""

    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    uses: int


def limit(
    store: Store, signer: Signer, consent_id: str, limits: Limits, *, by: str = "person", at: datetime | None = None
) -> Consent:
    """Narrows a consent in force. Raises `AnswerError` for what would widen it, or leave nothing."""
    at = at or datetime.now(UTC).replace(microsecond=0)
    with store.acting() as act:
        person = act.connection.execute(select(consents.c.person).where(consents.c.consent_id == consent_id)).scalar()
        standing = standing_of(act.connection, consent_id)
        if standing is None or person is None:
            raise no_consent(consent_id)
        held = standing.consent
        if held is None or standing.state(at) != "given":
            raise AnswerError("this consent is not in force", "该同意当前无效，无法缩小范围")
        _narrows(held, limits, standing.used)
        unsigned = replace(
            held,
            techniques=tuple(each for each in held.techniques if each in limits.techniques),
            purposes=tuple(each for each in held.purposes if each in limits.purposes),
            uses=limits.uses,
            signer=signer.id,
        )
        consent = replace(unsigned, signature=signer.sign(unsigned.signed_bytes()).hex())
        _keep(act, person, held, consent, at)
        ended = _end(act, consent, at)
        digest = sha256(consent.signed_bytes()).hexdigest()
        told = (consent.techniques, consent.purposes, consent.uses)
        act.record(ConsentLimited(consent_id, person, digest, consent.signature, *told, tuple(ended), by))
    return consent


def _narrows(held: Consent, limits: Limits, used: int) -> None:
    """Raises `AnswerError` where it does not."""
    for chosen, before in ((limits.techniques, held.techniques), (limits.purposes, held.purposes)):
        if not chosen:
            raise AnswerError("nothing would be left", "每一项至少保留一个", hint=_WITHDRAW)
        if not set(chosen) <= set(before):
            raise AnswerError("a consent can only be limited here", "此处只能缩小范围，不能扩大", hint=_ASK)
    if not max(used, 1) <= limits.uses <= held.uses:
        told = f"{max(used, 1)}–{held.uses}"
        raise AnswerError(f"how many: {told}", f"次数须为 {told}", hint=_WITHDRAW)
    same = set(limits.techniques) == set(held.techniques) and set(limits.purposes) == set(held.purposes)
    if same and limits.uses == held.uses:
        raise AnswerError("nothing was changed", "没有改动", hint=_CHANGE)


def _keep(act: Act, person: str, held: Consent, consent: Consent, at: datetime) -> None:
    mine = consent_former.c.consent_id == held.id
    number = act.connection.execute(select(func.count()).where(mine)).scalar() or 0
    former = {"body": held.signed_bytes(), "signature": held.signature, "until": at.isoformat()}
    act.connection.execute(
        insert(consent_former).values(consent_id=held.id, number=number + 1, person=person, **former)
    )
    now = {"body": consent.signed_bytes(), "signature": consent.signature, "limited": at.isoformat()}
    act.connection.execute(update(consents).where(consents.c.consent_id == held.id).values(**now))


def _end(act: Act, consent: Consent, at: datetime) -> Sequence[str]:
    """Marks the uses of decisions under way that the consent covers no more. Returns the decisions."""
    spent = consent_contents.c
    under_way = (
        select(spent.decision_id)
        .join(decision_contents, decision_contents.c.content_id == spent.content_id)
        .where(spent.consent_id == consent.id, spent.narrowed.is_(None), decision_contents.c.used.is_(None))
        .distinct()
        .order_by(spent.decision_id)
    )
    ended = [each for each in act.connection.execute(under_way).scalars().all() if not _covers(act, consent, each)]
    for each in ended:
        bound = (spent.consent_id == consent.id) & (spent.decision_id == each)
        act.connection.execute(update(consent_contents).where(bound).values(narrowed=at.isoformat()))
    return ended


def _covers(act: Act, consent: Consent, decision_id: str) -> bool:
    """Whether the consent still covers what was decided. What cannot be read any more is not covered."""
    row = decision_rows.row_of(act.connection, decision_id)
    if row is None:
        return False
    try:
        decided = decision_rows.opened(act.connection, act.vault, row)
    except RefusedError:
        return False
    wanted = rules.concerned(decided.techniques, consent.likeness)
    return set(wanted) <= set(consent.techniques) and decided.purpose in consent.purposes


_WITHDRAW: Final = Text(zh="如果都不愿意，请选择“撤回”。", en="If you want none of it, withdraw instead.")
_ASK: Final = Text(zh="要允许更多，须由对方重新征求。", en="To allow more, you have to be asked anew.")
_CHANGE: Final = Text(zh="去掉一项，或减少次数。", en="Take a tick away, or lower the number.")
