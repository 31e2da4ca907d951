"""Who is signed in. A session begins anew at each sign-in, and its token is kept as a hash.

It lives `IDLE` without a request and `LONGEST` at all, never longer than its account, and is gone when its person
leaves, changes posts, or changes how they sign in. Acts that hurt ask for one that began within `FRESH`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from overt.access.model import Kind, Principal, granted
from overt.canonical import stamp
from overt.ledger.events.staff import StaffSignedIn
from overt.store.log import Act
from overt.store.scopes import permitted
from overt.store.staff import end_sessions, ended, hashed, row_of, told
from overt.store.tables.staff import sessions, staff

if TYPE_CHECKING:
    from overt.store.records import Store

IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=15)
_TOUCH: Final = timedelta(minutes=1)  # A session's last use is written down no more often than this.


@dataclass(frozen=True, slots=True)
class Session:
    """One session of somebody, without its token. `device` is the kind of browser, for its owner's eyes."""

    id: str
    staff: str
    method: str
    device: str
    begun: str
    seen: str
    ends: str

    def is_fresh(self, at: datetime) -> bool:
        """Whether the sign-in was a moment ago."""
        return self.begun > stamp(at - FRESH)


class Sessions:
    """The sessions of all people of staff and inspectors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self, person: str, method: str, at: datetime | None = None, *, device: str = "", instead: str = ""
    ) -> str:
        """Opens a session for somebody who has just shown that it is them. Returns the token of the cookie.

        `instead` is the token of the session that it takes the place of. Raises `UsageError` for an account that ended.
        """
        with self._store.acting() as act:
            return opened(act, person, method, at or datetime.now(UTC), device=device, instead=instead)

    def who(self, token: str, at: datetime | None = None) -> tuple[Principal, Session] | None:
        """Who is signed in with this cookie, at this moment, and their session."""
        at = at or datetime.now(UTC)
        with self._store.reading() as connection:
            query = select(sessions).where(sessions.c.hashed == hashed(token))
            held = connection.execute(query).mappings().first()
            if held is None or held["ends"] <= stamp(at) or held["seen"] <= stamp(at - IDLE):
                return None
            person = told(connection, self._store.vault, row_of(connection, held["staff"]))
            kind: Kind = "inspector" if "inspector" in person.roles else "staff"
            may = granted(person.roles) if kind == "staff" else permitted(connection, person.warrant, at)
        if person.standing(at) != "active":
            return None
        if held["seen"] <= stamp(at - _TOUCH):
            with self._store.acting() as act:
                mine = sessions.c.hashed == held["hashed"]
                act.connection.execute(update(sessions).where(mine).values(seen=stamp(at)))
        who = Principal(kind, person.id, person.name, person.roles, may, person.warrant)
        return who, Session(**{name: held[name] for name in Session.__dataclass_fields__})

    def of(self, person: str, at: datetime | None = None) -> list[Session]:
        """Somebody's sessions that hold at this moment, the latest used first."""
        at = at or datetime.now(UTC)
        holds = (sessions.c.staff == person) & (sessions.c.ends > stamp(at)) & (sessions.c.seen > stamp(at - IDLE))
        query = select(sessions).where(holds).order_by(sessions.c.seen.desc(), sessions.c.id)
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Session(**{name: row[name] for name in Session.__dataclass_fields__}) for row in rows]

    def end(self, token: str) -> None:
        """Signs out."""
        with self._store.acting() as act:
            act.connection.execute(delete(sessions).where(sessions.c.hashed == hashed(token)))

    def end_others(self, person: str, but: str, *, by: str) -> int:
        """Signs somebody out everywhere but here. Returns how many sessions ended."""
        with self._store.acting() as act:
            return end_sessions(act, person, by=by, but=but)


def opened(act: Act, person: str, method: str, at: datetime, *, device: str = "", instead: str = "") -> str:
    """Opens a session, in the transaction of whatever let the person in."""
    token = secrets.token_urlsafe(32)
    row = row_of(act.connection, person)
    if told(act.connection, act.vault, row).standing(at) == "left":
        raise ended()
    over = (sessions.c.ends <= stamp(at)) | (sessions.c.seen <= stamp(at - IDLE))
    act.connection.execute(delete(sessions).where(over | (sessions.c.hashed == hashed(instead))))
    act.connection.execute(update(staff).where(staff.c.id == person).values(state="active"))
    values = {
        "hashed": hashed(token),
        "id": uuid4().hex,
        "staff": person,
        "method": method[:16],
        "device": device[:64],
        "begun": stamp(at),
        "seen": stamp(at),
        "ends": min(filter(None, (stamp(at + LONGEST), row["until"]))),
    }
    act.connection.execute(insert(sessions).values(**values))
    act.record(StaffSignedIn(person, method))
    return token
