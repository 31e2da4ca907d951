"""Rows of decisions as values, and what a release does to them, in its own transaction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.errors import RefusedError, SetupError
from overt.gate.decision import from_event, until
from overt.gate.model import Decision, Outcome, Reason
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.gate import DecisionUsed, UnlabelledDelivered
from overt.marks.model import Release
from overt.store import consent_rows
from overt.store.log import Act, entry_at
from overt.store.tables.decisions import decision_contents, decisions, output_reviews, recipients
from overt.store.vault import Vault

RECIPIENT: Final = b"recipient:"
"""What stands before a decision's id where its recipient is sealed."""


def use(act: Act, decision_id: str, release: Release, at: datetime | None = None) -> None:
    """Uses up the content id of a release, in the transaction of that release.

    Raises `RefusedError` where the decision does not permit it at this moment: another process was faster, a consent
    was withdrawn meanwhile, the review refused the output, its hours are over, or its label is missing unwaived.
    """
    connection, at = act.connection, at or datetime.now(UTC)
    row = row_of(connection, decision_id)
    if row is None or row["outcome"] != "allow":
        raise refused(decision_id, "it does not allow anything", "该决定不是许可")
    decision = opened(connection, act.vault, row)
    if at >= until(decision):
        raise refused(decision_id, f"it expired at {decision.expires}", f"已于 {decision.expires} 过期")
    if gone := consent_rows.ended(connection, decision_id, at):
        en, zh = "; ".join(each.text.en for each in gone), "；".join(each.text.zh for each in gone)
        raise refused(decision_id, en, zh)
    found = review_of(connection, decision_id, release.source_sha256)
    if found and found[0] != "allow":
        raise refused(decision_id, "the review did not let this output through", "该产出内容未通过审核")
    index = act.record(DecisionUsed(decision_id, release.content_id, release.source_sha256, release.sha256))
    mine = (decision_contents.c.content_id == release.content_id) & (decision_contents.c.decision == decision_id)
    free = update(decision_contents).where(mine, decision_contents.c.used.is_(None))
    if connection.execute(free.values(used=now(), ledger_index=index)).rowcount != 1:
        told = release.content_id
        raise refused(decision_id, f"content id {told} is not free", f"内容编号 {told} 不可用")
    if not {"label", "label_beside"}.intersection(release.marks):
        _deliver(act, decision, release.content_id, row)


def _deliver(act: Act, decision: Decision, content_id: str, row: RowMapping) -> None:
    if decision.label != "waived" or row["recipient"] is None:
        raise refused(decision.id, "the explicit label may not be left out", "不得省略显式标识")
    sealed = bytes(row["recipient"])
    event = UnlabelledDelivered(decision.id, content_id, decision.account, sha256(sealed).hexdigest())
    values = {"content_id": content_id, "decision": decision.id, "account": decision.account, "recipient": sealed}
    act.connection.execute(insert(recipients).values(**values, delivered=now(), ledger_index=act.record(event)))


def row_of(connection: Connection, decision_id: str) -> RowMapping | None:
    """The row of a decision."""
    return connection.execute(select(decisions).where(decisions.c.id == decision_id)).mappings().first()


def opened(connection: Connection, vault: Vault | None, row: RowMapping) -> Decision:
    """The decision of a row: its ledger entry's opening. Raises `RefusedError` where it can be read no more."""
    opening = entry_at(connection, vault, row["ledger_index"]).opening
    if opening is None:
        raise RefusedError(
            f"decision {row['id']} cannot be read: it expired from the record, or the account's key was destroyed",
            f"决定 {row['id']} 无法读取：该账号的密钥已销毁，或保存期已满",
        )
    return from_event(opening.event["decision"])


def recipient_of(connection: Connection, vault: Vault | None, row: RowMapping, decision_id: str) -> str | None:
    """Who shall receive, as it was sealed for a decision; None where the account's key was destroyed."""
    if vault is None:
        raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
    plain = vault.open(connection, row["account"], bytes(row["recipient"]), RECIPIENT + decision_id.encode())
    return plain.decode() if plain is not None else None


def free_of(connection: Connection, decision: Decision) -> tuple[str, ...]:
    """The content ids of a decision that no release has used."""
    mine = (decision_contents.c.decision == decision.id) & decision_contents.c.used.is_(None)
    free = set(connection.execute(select(decision_contents.c.content_id).where(mine)).scalars())
    return tuple(each for each in decision.content_ids if each in free)


def review_of(connection: Connection, decision_id: str, sha: str) -> tuple[Outcome, tuple[Reason, ...]] | None:
    """What the latest review of an output found; None where there was none."""
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


def refused(decision_id: str, en: str, zh: str) -> RefusedError:
    """The error where a decision does not permit what is asked of it."""
    return RefusedError(f"decision {decision_id} does not permit it: {en}", f"决定 {decision_id} 不予许可：{zh}")
