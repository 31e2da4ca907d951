"""The record of decisions: signed, used up with the releases of their contents, never overdrawn.

Implements `overt.gate.gate.Book`. Each act is one transaction in which nobody else writes (`Store.acting`), so that
neither a content id nor the last use of a consent is taken twice, on either database.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.errors import RefusedError, SetupError
from overt.gate import decision as decisions_as_bytes
from overt.gate import label_duty
from overt.gate.gate import Known, UsedUp
from overt.gate.label_duty import LabelDuty
from overt.gate.model import Decision, Finding, Outcome, Reason
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.gate import DecisionSigned, DecisionUsed, LabelDutyAgreed, OutputReviewed, UnlabelledDelivered
from overt.marks.model import Release
from overt.store import consent_rows
from overt.store.kept import fresh_content_id
from overt.store.log import Act, entry_at
from overt.store.records import Store
from overt.store.tables.decisions import decision_contents, decisions, label_agreements, output_reviews, recipients

_RECIPIENT: Final = b"recipient:"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Who received a content without explicit label, and when (UTC, ISO 8601)."""

    content_id: str
    decision_id: str
    recipient: str | None
    delivered: str


class Decisions:
    """The decisions of a store."""

    def __init__(self, store: Store, duty: LabelDuty = label_duty.SHIPPED) -> None:
        self._store = store
        self._duty = duty

    def sign(self, draft: Decision, outputs: int, sign: Callable[[Decision], Decision], recipient: str) -> Decision:
        """Gives content ids, counts uses of consents, signs and records, all or nothing."""
        with self._store.acting() as act:
            content_ids = self._content_ids(act, draft, outputs)
            if draft.outcome == "allow":
                at = datetime.fromisoformat(draft.decided)
                if lacking := consent_rows.spend(act, draft.consents, draft.id, content_ids, at):
                    raise UsedUp(lacking)
            decision = sign(replace(draft, content_ids=content_ids))
            index = act.record(DecisionSigned(decision))
            self._write(act, decision, index, recipient or self._recipient_of(act.connection, draft.supersedes))
        return decision

    def known(self, decision_id: str) -> Known | None:
        """A recorded decision, the content ids that are free, and what supersedes it."""
        with self._store.reading() as connection:
            row = connection.execute(select(decisions).where(decisions.c.id == decision_id)).mappings().first()
            if row is None:
                return None
            decision = self._opened(connection, row)
            free = _free(connection, decision)
            after = connection.execute(select(decisions.c.id).where(decisions.c.supersedes == decision_id)).scalar()
        return Known(decision, free, after or "")

    def lapsed(self, decision_id: str, at: datetime) -> tuple[Reason, ...]:
        """Why the consents of a decision do not stand any more."""
        with self._store.reading() as connection:
            return consent_rows.ended(connection, decision_id, at)

    def review(self, decision: Decision, sha256: str, finding: Finding) -> None:
        """Records what the review of an output found."""
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

    def review_of(self, decision_id: str, sha256: str) -> tuple[Outcome, tuple[Reason, ...]] | None:
        """What the latest review of this output found."""
        with self._store.reading() as connection:
            return _review_of(connection, decision_id, sha256)

    def agree(self, account: str, language: str) -> LabelDuty:
        """Records that an account took on the duty to label, in the present wording, which it read in this language."""
        event = LabelDutyAgreed(account, self._duty.version, self._duty.sha256, language)
        with self._store.acting() as act:
            if not self._agreed(act.connection, account):
                values = {"account": account, "text_sha256": self._duty.sha256, "agreed": now()}
                act.connection.execute(insert(label_agreements).values(**values, ledger_index=act.record(event)))
        return self._duty

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
            plain = self._open(connection, row["account"], row["sealed"], _RECIPIENT + row["decision"].encode())
        return Delivered(content_id, row["decision"], plain.decode() if plain else None, row["delivered"])

    def use(self, act: Act, decision_id: str, release: Release, at: datetime) -> None:
        """Uses up the content id of a release, in the transaction of that release.

        Raises `RefusedError` where the decision does not permit it at this moment: another process was faster, a
        consent was withdrawn meanwhile, the review refused the output, its hours are over.
        """
        connection = act.connection
        row = connection.execute(select(decisions).where(decisions.c.id == decision_id)).mappings().first()
        if row is None or row["outcome"] != "allow":
            raise _no(decision_id, "it does not allow anything", "该决定不是许可")
        decision = self._opened(connection, row)
        if at >= decisions_as_bytes.until(decision):
            raise _no(decision_id, f"it expired at {decision.expires}", f"已于 {decision.expires} 过期")
        if gone := consent_rows.ended(connection, decision_id, at):
            told = [(each.text.en, each.text.zh) for each in gone]
            raise _no(decision_id, "; ".join(en for en, _ in told), "；".join(zh for _, zh in told))
        found = _review_of(connection, decision_id, release.source_sha256)
        if found and found[0] != "allow":
            raise _no(decision_id, "the review did not let this output through", "该产出内容未通过审核")
        index = act.record(DecisionUsed(decision_id, release.content_id, release.source_sha256, release.sha256))
        mine = (decision_contents.c.content_id == release.content_id) & (decision_contents.c.decision == decision_id)
        free = update(decision_contents).where(mine, decision_contents.c.used.is_(None))
        if connection.execute(free.values(used=now(), ledger_index=index)).rowcount != 1:
            raise _no(
                decision_id, f"content id {release.content_id} is not free", f"内容编号 {release.content_id} 不可用"
            )
        if "label" not in release.marks:
            self._deliver(act, decision, release.content_id, row)

    def _deliver(self, act: Act, decision: Decision, content_id: str, row: RowMapping) -> None:
        if decision.label != "waived" or row["recipient"] is None:
            raise _no(decision.id, "the explicit label may not be left out", "不得省略显式标识")
        sealed = bytes(row["recipient"])
        event = UnlabelledDelivered(decision.id, content_id, decision.account, sha256(sealed).hexdigest())
        values = {"content_id": content_id, "decision": decision.id, "account": decision.account, "sealed": sealed}
        act.connection.execute(insert(recipients).values(**values, delivered=now(), ledger_index=act.record(event)))

    def _content_ids(self, act: Act, draft: Decision, outputs: int) -> tuple[str, ...]:
        connection, before = act.connection, draft.supersedes
        if before:
            held = connection.execute(select(decisions.c.outcome).where(decisions.c.id == before)).scalar()
            taken = connection.execute(select(decisions.c.id).where(decisions.c.supersedes == before)).first()
            if held != "hold" or taken:
                raise _no(before, "it does not wait for an answer", "不处于待人工答复状态")
        if draft.outcome == "refuse":
            return ()
        if not before:
            fresh = [fresh_content_id(connection) for _ in range(outputs)]
            rows = [{"content_id": each, "decision": draft.id, "given": draft.decided} for each in fresh]
            if rows:
                connection.execute(insert(decision_contents), rows)
            return tuple(fresh)
        waiting = decision_contents.c.decision == before
        mine = select(decision_contents.c.content_id).where(waiting).order_by(decision_contents.c.content_id)
        taken_over = tuple(connection.execute(mine).scalars())
        connection.execute(update(decision_contents).where(waiting).values(decision=draft.id))
        return taken_over

    def _write(self, act: Act, decision: Decision, index: int, recipient: str) -> None:
        values: dict[str, Any] = {
            each: getattr(decision, each) for each in ("id", "outcome", "account", "purpose", "function")
        }
        if recipient:
            values["recipient"] = act.seal(decision.account, recipient.encode(), _RECIPIENT + decision.id.encode())
        times = {"decided": decision.decided, "expires": decision.expires, "supersedes": decision.supersedes or None}
        act.connection.execute(insert(decisions).values(**values, **times, ledger_index=index))

    def _recipient_of(self, connection: Connection, decision_id: str) -> str:
        """What a decision that is superseded knew of who shall receive."""
        if not decision_id:
            return ""
        query = select(decisions.c.account, decisions.c.recipient).where(decisions.c.id == decision_id)
        row = connection.execute(query).first()
        if row is None or row[1] is None:
            return ""
        return (self._open(connection, row[0], row[1], _RECIPIENT + decision_id.encode()) or b"").decode()

    def _opened(self, connection: Connection, row: RowMapping) -> Decision:
        opening = entry_at(connection, self._store.vault, row["ledger_index"]).opening
        if opening is None:
            raise RefusedError(
                f"decision {row['id']} cannot be read: it expired from the record, or the account's key was destroyed",
                f"决定 {row['id']} 无法读取：该账号的密钥已销毁，或保存期已满",
            )
        return decisions_as_bytes.from_event(opening.event["decision"])

    def _open(self, connection: Connection, account: str, sealed: bytes, about: bytes) -> bytes | None:
        if self._store.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
        return self._store.vault.open(connection, account, bytes(sealed), about)

    def _agreed(self, connection: Connection, account: str) -> bool:
        mine = (label_agreements.c.account == account) & (label_agreements.c.text_sha256 == self._duty.sha256)
        return connection.execute(select(label_agreements.c.agreed).where(mine)).first() is not None


def _free(connection: Connection, decision: Decision) -> tuple[str, ...]:
    mine = (decision_contents.c.decision == decision.id) & decision_contents.c.used.is_(None)
    free = set(connection.execute(select(decision_contents.c.content_id).where(mine)).scalars())
    return tuple(each for each in decision.content_ids if each in free)


def _review_of(connection: Connection, decision_id: str, sha: str) -> tuple[Outcome, tuple[Reason, ...]] | None:
    query = (
        select(output_reviews.c.outcome, output_reviews.c.reasons)
        .where(output_reviews.c.decision == decision_id, output_reviews.c.sha256 == sha)
        .order_by(output_reviews.c.ledger_index.desc())
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    told = json.loads(row[1])
    return row[0], tuple(Reason(each["code"], Text(**each["text"]), tuple(each["duties"])) for each in told)


def _no(decision_id: str, en: str, zh: str) -> RefusedError:
    return RefusedError(f"decision {decision_id} does not permit it: {en}", f"决定 {decision_id} 不予许可：{zh}")
