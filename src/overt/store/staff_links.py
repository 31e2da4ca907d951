"""Links that work once, by which people of staff come in: they are opened, and lead to a first credential.

```
first        printed at the machine: whoever opens it becomes an administrator           an hour
invitation   for somebody who was added                                                  three days
reset        for somebody who lost how they sign in: all of it is replaced at once       a day
```

Only hashes of them are kept. A link is used up in the transaction that makes the credential, so that two who open it
at the same time cannot both get in; making another of the same kind for the same person ends the one before.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from overt.access.model import Principal, Role
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.events.staff import StaffLinkMade
from overt.store import credentials
from overt.store.credentials import Proof
from overt.store.log import Act
from overt.store.sessions import opened
from overt.store.staff import Person, end_sessions, ended, hashed, may_give, put, row_of, told
from overt.store.tables.staff import staff_links

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overt.store.records import Store

Kind = Literal["first", "invitation", "reset"]
LIVES: Final[dict[Kind, timedelta]] = {
    "first": timedelta(hours=1),
    "invitation": timedelta(days=3),
    "reset": timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works. `person` is None for the one that makes an administrator."""

    kind: Kind
    person: Person | None
    ends: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of a link: the person, the token of their session, and recovery codes where there are any."""

    person: Person
    token: str
    recovery: tuple[str, ...]


class StaffLinks:
    """Makes links, and lets people in through them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def first(self, at: datetime | None = None) -> str:
        """A link for an administrator who is not there yet. Returns its token, this once."""
        with self._store.acting() as act:
            return _made(act, "first", "", "operator", at or datetime.now(UTC))

    def invite(self, name: str, login: str, roles: Iterable[Role], *, by: Principal | None) -> tuple[Person, str]:
        """Adds somebody and makes the link by which they come in. Raises `UsageError`.

        Inspectors come with a warrant, and not by this way. `by` is None for the operator at the machine.
        """
        chosen, post = tuple(roles), by.post if by else "operator"
        if "inspector" in chosen:
            raise UsageError(
                "inspectors are admitted with a warrant",
                "检查人员须凭检查授权加入",
                hint=Text(zh="在“检查”页面办理。", en="Admit inspectors on the page of inspections."),
            )
        may_give(by, chosen)
        with self._store.acting() as act:
            person = put(act, name, login, chosen, by=post)
            return person, _made(act, "invitation", person.id, post, datetime.now(UTC))

    def again(self, person: str, *, by: Principal | None, at: datetime | None = None) -> str:
        """A new link for somebody: an invitation, or a reset for whoever signed in before. Raises `UsageError`."""
        at = at or datetime.now(UTC)
        with self._store.acting() as act:
            found = told(act.connection, act.vault, row_of(act.connection, person))
            if found.standing(at) == "left":
                raise ended()
            may_give(by, found.roles)
            kind: Kind = "invitation" if found.state == "invited" else "reset"
            return _made(act, kind, person, by.post if by else "operator", at)

    def look(self, token: str, at: datetime | None = None) -> Link | None:
        """What a link is, which looking at does not use up; None where it works no more."""
        with self._store.reading() as connection:
            return _link(connection, self._store, token, at or datetime.now(UTC))

    def enrol(
        self,
        token: str,
        proof: Proof,
        *,
        name: str = "",
        login: str = "",
        device: str = "",
        new_id: str = "",
        at: datetime | None = None,
    ) -> Enrolled:
        """Uses a link up: its person gets this way to sign in, in place of all others, and is signed in.

        `name`, `login` and `new_id` (which a passkey knows) are those of the administrator whom a `first` link makes.
        Raises `UsageError`.
        """
        at = at or datetime.now(UTC)
        with self._store.acting() as act:
            link = _link(act.connection, self._store, token, at)
            unused = (staff_links.c.hashed == hashed(token)) & staff_links.c.used.is_(None)
            use = update(staff_links).where(unused).values(used=stamp(at))
            if link is None or act.connection.execute(use).rowcount != 1:
                raise over()
            person = link.person or put(act, name, login, ("administrator",), by="operator", new_id=new_id)
            end_sessions(act, person.id, by=f"staff:{person.id}")
            credentials.clear(act, person.id)
            recovery = credentials.put(act, person.id, proof, by=f"staff:{person.id}")
            method = "password" if recovery else "passkey"
            session = opened(act, person.id, method, at, device=device)
            return Enrolled(told(act.connection, act.vault, row_of(act.connection, person.id)), session, recovery)


def over() -> UsageError:
    """For a link that was used, or whose time is over."""
    return UsageError(
        "this link works no more",
        "此链接已失效",
        hint=Text(
            zh="每个链接只能使用一次且有时限。请向管理员索取新链接，或在服务器上运行 overt staff link。",
            en="Each link works once, for a while. Ask an administrator for a new one, or run `overt staff link` at "
            "the machine.",
        ),
    )


def _made(act: Act, kind: Kind, person: str, by: str, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    same = (staff_links.c.staff == person) if person else staff_links.c.staff.is_(None)
    past = staff_links.c.ends <= stamp(at)
    act.connection.execute(delete(staff_links).where(same | past))
    ends = stamp(at + LIVES[kind])
    values = {"hashed": hashed(token), "staff": person or None, "kind": kind, "ends": ends}
    act.connection.execute(insert(staff_links).values(**values))
    act.record(StaffLinkMade(person, kind, ends, by))
    return token


def _link(connection: Connection, store: Store, token: str, at: datetime) -> Link | None:
    works = (staff_links.c.hashed == hashed(token)) & staff_links.c.used.is_(None) & (staff_links.c.ends > stamp(at))
    row = connection.execute(select(staff_links).where(works)).mappings().first()
    if row is None:
        return None
    if row["staff"] is None:
        return Link("first", None, row["ends"])
    person = told(connection, store.vault, row_of(connection, row["staff"]))
    return None if person.standing(at) == "left" else Link(row["kind"], person, row["ends"])
