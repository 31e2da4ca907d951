"""Consents taken back, and what that reaches: contents already released, the list of recalls, those who received them.

A withdrawal is one transaction: the consent ends, each content released with it is recalled, each recipient in the
log gets a case, and the ledger says all of it. What readers of a recalled content can ask:

```
recall list    signed JSON: content ids and times, no person and no reason but "withdrawn"
status list    W3C Bitstring Status List 1.0 [memory], as a JWT (RFC 7515, EdDSA); a content's bit is at the index of
               its release in the ledger
```

C2PA readers look at neither (docs/adr/0019-a-withdrawal-reaches-who-asks.md): those who ask us, by our inspection, by
the resolution of soft bindings or by these lists, learn it; a file on somebody's disk does not change.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from overt.canonical import canonical
from overt.ledger.entry import now
from overt.ledger.events.consent import ConsentWithdrawn, ContentRecalled, RecipientAsked
from overt.ledger.signing import Signer
from overt.store.consent_rows import AnswerError, no_consent
from overt.store.log import Act
from overt.store.records import Store
from overt.store.tables.consents import consent_contents, consents, recalls, recipient_cases
from overt.store.tables.content import contents
from overt.store.tables.decisions import recipients

LEAST_BITS: Final = 131_072
"""Bits of a status list, at least: fewer would tell which content was asked about (the standard's 16 KiB)."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A content that is recalled, and since when."""

    content_id: str
    recalled: str
    status_index: int


@dataclass(frozen=True, slots=True)
class Case:
    """A recipient who is to be asked to stop using a recalled content. `recipient` is the account that received it."""

    case_id: str
    content_id: str
    consent_id: str
    recipient: str
    opened: str
    state: str


class Recalls:
    """Withdrawals and their effects in one set-up."""

    def __init__(self, store: Store, signer: Signer, *, controller: str) -> None:
        self.store = store
        self._signer = signer
        self._controller = controller

    def withdraw(
        self, consent_id: str, *, by: str = "person", reason: str = "", at: datetime | None = None
    ) -> tuple[Recall, ...]:
        """Ends a consent at once, and recalls what was released with it. Raises `AnswerError` where it never began.

        Once is enough: a second withdrawal changes nothing. `by` is the person, who needs no reason, or who of the
        staff acts for them, and how they were asked to.
        """
        when = (at or datetime.now(UTC).replace(microsecond=0)).isoformat()
        with self.store.acting() as act:
            row = act.connection.execute(
                select(consents.c.state, consents.c.person).where(consents.c.consent_id == consent_id)
            ).first()
            if row is None:
                raise no_consent(consent_id)
            if row[0] == "withdrawn":
                return _of_consent(act.connection, consent_id)
            if row[0] != "given":
                raise AnswerError("there is no consent to withdraw yet", "尚未同意，无需撤回")
            return _withdrawn(act, consent_id, row[1], by, when, reason)

    def recalled(self, content_id: str) -> Recall | None:
        """The recall of a content; None where it is not recalled."""
        with self.store.reading() as connection:
            row = connection.execute(select(recalls).where(recalls.c.content_id == content_id)).mappings().first()
        return Recall(row["content_id"], row["recalled"], row["status_index"]) if row else None

    def count(self, consent_id: str) -> int:
        """How many contents were recalled with a consent."""
        query = select(func.count()).where(recalls.c.consent_id == consent_id)
        with self.store.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def every(self) -> tuple[Recall, ...]:
        """All recalls, the latest first."""
        query = select(recalls).order_by(recalls.c.recalled.desc(), recalls.c.content_id)
        with self.store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Recall(row["content_id"], row["recalled"], row["status_index"]) for row in rows)

    def cases(self) -> tuple[Case, ...]:
        """All cases to recipients."""
        query = select(recipient_cases).order_by(recipient_cases.c.opened.desc(), recipient_cases.c.case_id)
        with self.store.reading() as connection:
            return tuple(Case(**row) for row in connection.execute(query).mappings().all())

    def recall_list(self) -> dict[str, Any]:
        """The signed list: Ed25519 over the canonical JSON (RFC 8785) of what stands under `list`."""
        told = {
            "v": 1,
            "controller": self._controller,
            "issued": now(),
            "recalls": [
                {"content_id": each.content_id, "recalled": each.recalled, "reason": "consent-withdrawn"}
                for each in self.every()
            ],
        }
        return {"list": told, "signer": self._signer.id, "signature": self._signer.sign(canonical(told)).hex()}

    def status_list(self, address: str) -> str:
        """The status list as a JWT, which is found at `address`. Bit i is 1 where content i is recalled."""
        credential = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": f"urn:overt:key:{self._signer.id}",
            "validFrom": now(),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": _bits([each.status_index for each in self.every()]),
            },
        }
        head = {"alg": "EdDSA", "kid": self._signer.id, "typ": "vc+jwt"}
        said = f"{_base64url(canonical(head))}.{_base64url(canonical(credential))}"
        return f"{said}.{_base64url(self._signer.sign(said.encode()))}"


def withdraw_all(act: Act, person: str, by: str, at: datetime) -> dict[str, tuple[Recall, ...]]:
    """Ends every consent that a person gave, in the transaction of an act; each with the contents that it recalls."""
    given = select(consents.c.consent_id).where(consents.c.person == person, consents.c.state == "given")
    when = at.replace(microsecond=0).isoformat()
    names = act.connection.execute(given.order_by(consents.c.consent_id)).scalars().all()
    return {each: _withdrawn(act, each, person, by, when) for each in names}


def _withdrawn(act: Act, consent_id: str, person: str, by: str, when: str, reason: str = "") -> tuple[Recall, ...]:
    act.connection.execute(
        update(consents).where(consents.c.consent_id == consent_id).values(state="withdrawn", withdrawn=when)
    )
    reached = tuple(
        _recall(act, content_id, consent_id, decision_id, index, when)
        for content_id, decision_id, index in _released_with(act.connection, consent_id)
    )
    act.record(ConsentWithdrawn(consent_id, person, when, tuple(each.content_id for each in reached), by, reason))
    return reached


def _released_with(connection: Connection, consent_id: str) -> Sequence[tuple[str, str, int]]:
    query = (
        select(consent_contents.c.content_id, consent_contents.c.decision_id, contents.c.ledger_index)
        .join(contents, contents.c.content_id == consent_contents.c.content_id)
        .where(consent_contents.c.consent_id == consent_id)
        .order_by(contents.c.ledger_index)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query).all()]


def _of_consent(connection: Connection, consent_id: str) -> tuple[Recall, ...]:
    rows = connection.execute(select(recalls).where(recalls.c.consent_id == consent_id)).mappings().all()
    return tuple(Recall(row["content_id"], row["recalled"], row["status_index"]) for row in rows)


def _recall(act: Act, content_id: str, consent_id: str, decision_id: str, index: int, when: str) -> Recall:
    known = act.connection.execute(select(recalls.c.recalled).where(recalls.c.content_id == content_id)).scalar()
    if known is not None:  # Another person of the same content withdrew before.
        return Recall(content_id, known, index)
    act.connection.execute(
        insert(recalls).values(
            content_id=content_id, consent_id=consent_id, decision_id=decision_id, status_index=index, recalled=when
        )
    )
    act.record(ContentRecalled(content_id, consent_id, decision_id, when))
    for recipient in _recipients(act.connection, content_id):
        case_id = str(uuid4())
        act.connection.execute(
            insert(recipient_cases).values(
                case_id=case_id,
                content_id=content_id,
                consent_id=consent_id,
                recipient=recipient,
                opened=when,
                state="open",
            )
        )
        act.record(RecipientAsked(case_id, content_id, consent_id, recipient))
    return Recall(content_id, when, index)


def _recipients(connection: Connection, content_id: str) -> Sequence[str]:
    """Who received a content without explicit label: accounts of the recipients' log (Labeling Measures, art. 9)."""
    query = select(recipients.c.account).where(recipients.c.content_id == content_id)
    return connection.execute(query).scalars().all()


def _bits(indexes: Sequence[int]) -> str:
    """The list as the standard has it: gzip, Base64url, the multibase prefix `u`; index 0 is the leftmost bit."""
    wanted = max([LEAST_BITS, *(index + 1 for index in indexes)])
    raw = bytearray(-(-wanted // 8))
    for index in indexes:
        raw[index // 8] |= 0x80 >> index % 8
    return "u" + _base64url(gzip.compress(bytes(raw), mtime=0))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
