"""The record of decisions: signed, used up with the releases of their contents, never overdrawn.

Implements `overt.gate.gate.Book`. Each act is one transaction in which nobody else writes (`Store.acting`), so that
neither a content id nor the last use of a consent is taken twice, on either database.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from overt.gate import label_duty
from overt.gate.book import Known, UsedUp
from overt.gate.label_duty import LabelDuty
from overt.gate.model import Ask, Decision, Finding, Outcome, Reason
from overt.gate.review.queue import Held
from overt.ledger.entry import now
from overt.ledger.events.gate import DecisionSigned, LabelDutyAgreed, OutputReviewed
from overt.store import consent_rows, decision_rows, reviews
from overt.store.decision_rows import RECIPIENT
from overt.store.kept import fresh_content_id
from overt.store.log import Act
from overt.store.records import Store
from overt.store.review_files import Opens
from overt.store.tables.decisions import decision_contents, decisions, label_agreements, output_reviews, recipients

# Built once: every decision runs them.
_GIVE: Final = insert(decision_contents)
_RECORD: Final = insert(decisions)
_PLAIN: Final = ("id", "outcome", "account", "purpose", "function", "decided", "expires")


@dataclass(frozen=True, slots=True)
class Delivered:
    """Who received a content without explicit label, and when (UTC, ISO 8601)."""

    content_id: str
    decision_id: str
    recipient: str | None
    delivered: str


class Decisions:
    """The decisions of a store."""

    def __init__(self, store: Store, duty: LabelDuty = label_duty.SHIPPED, objects: Opens | None = None) -> None:
        """`duty` is the wording of the labelling duty; `objects` opens where files that wait for a person are kept."""
        self._store = store
        self._objects = objects
        self.duty = duty

    def sign(self, draft: Decision, ask: Ask, sign: Callable[[Decision], Decision], held: Held | None) -> Decision:
        """Gives content ids, counts uses of consents, signs, records and queues what is held, all or nothing."""
        with self._store.acting() as act:
            content_ids = self._content_ids(act, draft, ask.outputs)
            if draft.outcome == "allow":
                at = datetime.fromisoformat(draft.decided)
                if lacking := consent_rows.spend(act, draft.consents, draft.id, content_ids, at):
                    raise UsedUp(lacking)
            decision = sign(replace(draft, content_ids=content_ids))
            index = act.record(DecisionSigned(decision))
            self._write(act, decision, index, ask.recipient or self._recipient_of(act.connection, draft.supersedes))
            if held is not None:
                reviews.add(act, held, self._objects)
        return decision

    def view(self) -> AbstractContextManager[None]:
        """Within it, all steps see the record as it is at one moment."""
        return self._store.view()

    def known(self, decision_id: str) -> Known | None:
        """A recorded decision, the content ids that are free, and what supersedes it."""
        with self._store.reading() as connection:
            row = decision_rows.row_of(connection, decision_id)
            if row is None:
                return None
            decision = decision_rows.opened(connection, self._store.vault, row)
            free = decision_rows.free_of(connection, decision)
            after = connection.execute(select(decisions.c.id).where(decisions.c.supersedes == decision_id)).scalar()
        return Known(decision, free, after or "")

    def lapsed(self, decision_id: str, at: datetime) -> tuple[Reason, ...]:
        """Why the consents of a decision do not stand any more."""
        with self._store.reading() as connection:
            return consent_rows.ended(connection, decision_id, at)

    def review(self, decision: Decision, sha256: str, finding: Finding, held: Held | None = None) -> None:
        """Records what the review of an output found, and puts into the people's queue what waits for them."""
        event = OutputReviewed(
            decision_id=decision.id,
            account=decision.account,
            sha256=sha256,
            outcome=finding.outcome,
            could_not_tell=finding.could_not_tell,
            engines=finding.details.get("engines", ""),
            reasons=tuple(each.code for each in finding.reasons),
        )
        outcome: Outcome = "hold" if finding.could_not_tell and finding.outcome == "allow" else finding.outcome
        told = [{"code": each.code, "text": each.text.both(), "duties": each.duties} for each in finding.reasons]
        with self._store.acting() as act:
            values = {"ledger_index": act.record(event), "decision": decision.id, "sha256": sha256, "outcome": outcome}
            reasons = json.dumps(told, ensure_ascii=False)
            act.connection.execute(insert(output_reviews).values(**values, reasons=reasons, reviewed=now()))
            if held is not None:
                reviews.add(act, held, self._objects)

    def review_of(self, decision_id: str, sha256: str) -> tuple[Outcome, tuple[Reason, ...]] | None:
        """What the latest review of this output found."""
        with self._store.reading() as connection:
            return decision_rows.review_of(connection, decision_id, sha256)

    def agree(self, account: str, language: str) -> LabelDuty:
        """Records that an account took on the duty to label, in the present wording, which it read in this language."""
        event = LabelDutyAgreed(account, self.duty.version, self.duty.sha256, language)
        with self._store.acting() as act:
            if not self._agreed(act.connection, account):
                values = {"account": account, "text_sha256": self.duty.sha256, "agreed": now()}
                act.connection.execute(insert(label_agreements).values(**values, ledger_index=act.record(event)))
        return self.duty

    def agreed(self, account: str) -> bool:
        """Whether the account took on the duty to label, in its present wording."""
        with self._store.reading() as connection:
            return self._agreed(connection, account)

    def delivered(self, content_id: str) -> Delivered | None:
        """Who received a content without explicit label; their name is None once the account's key is gone."""
        with self._store.reading() as connection:
            row = connection.execute(select(recipients).where(recipients.c.content_id == content_id)).mappings().first()
            if row is None:
                return None
            recipient = decision_rows.recipient_of(connection, self._store.vault, row, row["decision"])
        return Delivered(content_id, row["decision"], recipient, row["delivered"])

    def _content_ids(self, act: Act, draft: Decision, outputs: int) -> tuple[str, ...]:
        connection = act.connection
        if draft.supersedes:
            return self._taken_over(act, draft)
        if draft.outcome == "refuse":
            return ()
        fresh = tuple(fresh_content_id(connection) for _ in range(outputs))
        rows = [{"content_id": each, "decision": draft.id, "given": draft.decided} for each in fresh]
        connection.execute(_GIVE, rows)
        return fresh

    def _taken_over(self, act: Act, draft: Decision) -> tuple[str, ...]:
        """The content ids of the decision that this one answers: it must be held, of the same account, unanswered."""
        connection, before = act.connection, draft.supersedes
        row = decision_rows.row_of(connection, before)
        taken = connection.execute(select(decisions.c.id).where(decisions.c.supersedes == before)).first()
        if row is None or row["outcome"] != "hold" or row["account"] != draft.account or taken:
            raise decision_rows.refused(before, "it does not wait for an answer", "不处于待人工答复状态")
        if draft.outcome == "refuse":
            return ()
        waiting = update(decision_contents).where(decision_contents.c.decision == before)
        connection.execute(waiting.values(decision=draft.id))
        return decision_rows.opened(connection, self._store.vault, row).content_ids

    def _write(self, act: Act, decision: Decision, index: int, recipient: str) -> None:
        sealed = act.seal(decision.account, recipient.encode(), RECIPIENT + decision.id.encode()) if recipient else None
        values = {name: getattr(decision, name) for name in _PLAIN}
        values |= {"supersedes": decision.supersedes or None, "recipient": sealed, "ledger_index": index}
        act.connection.execute(_RECORD, values)

    def _recipient_of(self, connection: Connection, decision_id: str) -> str:
        """What a decision that is superseded knew of who shall receive."""
        if not decision_id:
            return ""
        row = decision_rows.row_of(connection, decision_id)
        if row is None or row["recipient"] is None:
            return ""
        return decision_rows.recipient_of(connection, self._store.vault, row, decision_id) or ""

    def _agreed(self, connection: Connection, account: str) -> bool:
        mine = (label_agreements.c.account == account) & (label_agreements.c.text_sha256 == self.duty.sha256)
        return connection.execute(select(label_agreements.c.agreed).where(mine)).first() is not None
