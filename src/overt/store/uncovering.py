"""Personal data that somebody uncovered with a reason: whose, in which session, until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from overt.access.model import Principal
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.events.inspections import PersonUncovered
from overt.store.tables.inspections import uncoverings

if TYPE_CHECKING:
    from overt.store.records import Store

LASTS: Final = timedelta(minutes=15)
LEAST_REASON: Final = 4
"""Characters: `核查举报` is a reason, `ok` is none."""
_WHY = Text(zh="写明为何需要查看，例如案件编号和用途。", en="Say what you need it for, such as a case and its purpose.")


def uncover(
    store: Store,
    who: Principal,
    session: str,
    person: str,
    what: str,
    reason: str,
    duty: str = "",
    at: datetime | None = None,
) -> str:
    """Lets a session see one person's data for a while, and records why. Returns until when.

    Raises `UsageError` without a reason, or for somebody who may not.
    """
    if not who.may("persons:uncover"):
        raise UsageError("this account may not see personal data", "该账号无权查看个人信息")
    if len(reason.strip()) < LEAST_REASON or not person or not what:
        raise UsageError("a reason is needed", "须说明理由", hint=_WHY)
    until = stamp((at or datetime.now(UTC)) + LASTS)
    with store.acting() as act:
        event = PersonUncovered(person, what, reason.strip(), duty, until, who.warrant, who.post)
        index = act.record(event)
        values = {"ledger_index": index, "session": session, "person": person, "until": until}
        act.connection.execute(insert(uncoverings).values(**values))
    return until


def uncovered(store: Store, session: str, at: datetime | None = None) -> frozenset[str]:
    """Whose data this session may see at this moment."""
    query = select(uncoverings.c.person).where(
        uncoverings.c.session == session, uncoverings.c.until > stamp(at or datetime.now(UTC))
    )
    with store.reading() as connection:
        return frozenset(connection.execute(query).scalars())
