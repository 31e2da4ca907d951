"""People of staff and inspectors: who they are, which posts they hold, and when they left.

```
invited ── first credential, or the company's sign-in ──► active ── ends by itself (`until`), or is taken out ──► left
```

Whoever changes posts or leaves is signed out everywhere. There is always an administrator: the last one can neither
leave nor lose the post. How somebody shows that it is them is in `overt.store.credentials`, the links by which people
come in in `overt.store.staff_links`, and who is signed in in `overt.store.sessions`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.engine import Connection, RowMapping

from overt.access.model import ROLES, Principal, Role, granted
from overt.canonical import stamp
from overt.errors import ConflictError, SetupError, UsageError
from overt.language import Text
from overt.ledger.events.staff import StaffAdded, StaffLeft, StaffRolesChanged, StaffSessionsEnded
from overt.store.log import Act
from overt.store.tables.staff import sessions, staff, staff_credentials, staff_links
from overt.store.vault import Vault

if TYPE_CHECKING:
    from overt.store.records import Store

LONGEST_NAME: Final = 100
_CHOOSE_ANOTHER: Final = Text(zh="换一个登录名。", en="Choose another sign-in name.")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of staff, or an inspector. `name` and `login` are empty where their key was destroyed."""

    id: str
    name: str
    login: str
    roles: tuple[Role, ...]
    state: str
    added: str
    until: str
    warrant: str

    def standing(self, at: datetime) -> str:
        """`invited`, `active`, or `left`, which an account also is once its time is over."""
        return "left" if self.until and self.until <= stamp(at) else self.state


class Staff:
    """Who may come into the console, and what their posts are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, name: str, login: str, roles: Iterable[Role], *, by: str, until: str = "", warrant: str = ""
    ) -> Person:
        """Lets somebody in. Raises `ConflictError` for a sign-in name that is taken, `UsageError` for no role."""
        with self._store.acting() as act:
            return put(act, name, login, roles, by=by, until=until, warrant=warrant)

    def get(self, person: str) -> Person | None:
        """The person of this id."""
        with self._store.reading() as connection:
            row = connection.execute(select(staff).where(staff.c.id == person)).mappings().first()
            return told(connection, self._store.vault, row) if row else None

    def by_login(self, login: str) -> Person | None:
        """The person who signs in under this name."""
        with self._store.reading() as connection:
            query = select(staff).where(staff.c.blind == blind(self._store.vault, login))
            row = connection.execute(query).mappings().first()
            return told(connection, self._store.vault, row) if row else None

    def every(self, most: int = 10_000, after: tuple[str, str] | None = None) -> list[Person]:
        """Everybody, whoever came first before; `after` is the place (`added`, `id`) of the last one seen."""
        query = select(staff).order_by(staff.c.added, staff.c.id).limit(most)
        if after is not None:
            query = query.where(tuple_(staff.c.added, staff.c.id) > tuple_(*after))
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return [told(connection, self._store.vault, row) for row in rows]

    def has_administrator(self, at: datetime | None = None) -> bool:
        """Whether somebody can sign in who may let others in."""
        with self._store.reading() as connection:
            return bool(_administrators(connection, at or datetime.now(UTC)))

    def grant(self, person: str, roles: Iterable[Role], *, by: Principal | None) -> Person:
        """Gives somebody these roles and no others, and signs them out. Raises `UsageError`.

        `by` is None for the operator at the machine. A program gives no role that may more than the program itself.
        """
        chosen, post = _chosen(roles), by.post if by else "operator"
        with self._store.acting() as act:
            row = row_of(act.connection, person)
            held = told(act.connection, act.vault, row)
            if held.state == "left":
                raise ended()
            if "inspector" in (*held.roles, *chosen):
                raise UsageError(
                    "an inspector's post comes with a warrant and never changes",
                    "检查人员身份随检查授权产生，不能更改",
                    hint=Text(zh="在“检查”页面办理。", en="Admit inspectors on the page of inspections."),
                )
            may_give(by, chosen)
            if chosen == held.roles:
                return held
            if "administrator" not in chosen:
                _must_remain(act.connection, person)
            act.connection.execute(update(staff).where(staff.c.id == person).values(roles=json.dumps(chosen)))
            act.record(StaffRolesChanged(person, chosen, post))
            end_sessions(act, person, by=post)
            return told(act.connection, act.vault, row_of(act.connection, person))

    def leave(self, person: str, *, by: str) -> None:
        """Takes somebody out: no session, link or credential of theirs works any more. Raises `UsageError`."""
        now = datetime.now(UTC)
        with self._store.acting() as act:
            row = row_of(act.connection, person)
            if told(act.connection, act.vault, row).standing(now) == "left":
                raise ended()
            _must_remain(act.connection, person)
            left: dict[str, Any] = {"state": "left", "until": stamp(now)}
            act.connection.execute(update(staff).where(staff.c.id == person).values(**left))
            for table in (staff_credentials, staff_links):
                act.connection.execute(delete(table).where(table.c.staff == person))
            act.record(StaffLeft(person, by))
            end_sessions(act, person, by=by)


# For whoever acts on staff in a transaction of their own --------------------------------------------------------------


def put(
    act: Act,
    name: str,
    login: str,
    roles: Iterable[Role],
    *,
    by: str,
    until: str = "",
    warrant: str = "",
    new_id: str = "",
) -> Person:
    """Adds somebody. Raises `UsageError`."""
    chosen, person = _chosen(roles), new_id or uuid4().hex
    name, login = name.strip(), login.strip().casefold()
    if not login or not name or max(len(login), len(name)) > LONGEST_NAME or not (name + login).isprintable():
        raise UsageError(
            f"a name and a sign-in name of at most {LONGEST_NAME} characters are needed",
            f"请填写姓名和登录名，各不超过 {LONGEST_NAME} 个字符",
            hint=Text(zh="补全后再试。", en="Fill them in and try again."),
        )
    known_as = blind(act.vault, login)
    if act.connection.execute(select(staff.c.id).where(staff.c.blind == known_as)).first():
        raise ConflictError("this sign-in name is taken", "该登录名已被使用", hint=_CHOOSE_ANOTHER)
    plain = json.dumps({"name": name, "login": login}, ensure_ascii=False).encode()
    index = act.record(StaffAdded(person, chosen, until, warrant, by))
    values = {
        "id": person,
        "blind": known_as,
        "sealed": act.seal(person, plain, f"{person}:staff".encode()),
        "roles": json.dumps(chosen),
        "state": "invited",
        "added": stamp(datetime.now(UTC)),
        "until": until or None,
        "warrant": warrant or None,
        "ledger_index": index,
    }
    act.connection.execute(insert(staff).values(**values))
    return told(act.connection, act.vault, row_of(act.connection, person))


def row_of(connection: Connection, person: str) -> RowMapping:
    """The row of somebody. Raises `UsageError`."""
    row = connection.execute(select(staff).where(staff.c.id == person)).mappings().first()
    if row is None:
        raise UsageError(
            "there is no such account",
            "没有这个账号",
            hint=Text(zh="见 overt staff list。", en="See `overt staff list`."),
        )
    return row


def told(connection: Connection, vault: Vault | None, row: RowMapping) -> Person:
    """What a row says, opened."""
    plain = _sound(vault).open(connection, row["id"], bytes(row["sealed"]), f"{row['id']}:staff".encode())
    said = json.loads(plain) if plain else {"name": "", "login": ""}
    roles: tuple[Role, ...] = tuple(json.loads(row["roles"]))
    until, warrant = row["until"] or "", row["warrant"] or ""
    return Person(row["id"], said["name"], said["login"], roles, row["state"], row["added"], until, warrant)


def blind(vault: Vault | None, login: str) -> str:
    """The name under which a sign-in name is looked up."""
    return _sound(vault).blind(f"staff\n{login.strip().casefold()}")


def end_sessions(act: Act, person: str, *, by: str, but: str = "") -> int:
    """Ends somebody's sessions, except the one of the token `but`; with a ledger entry where there were any."""
    theirs = (sessions.c.staff == person) & (sessions.c.hashed != hashed(but))
    count = act.connection.execute(delete(sessions).where(theirs)).rowcount
    if count:
        act.record(StaffSessionsEnded(person, count, by))
    return int(count)


def may_give(by: Principal | None, roles: Iterable[Role]) -> None:
    """Raises `UsageError` for a program that would give more than it has."""
    if by is not None and by.kind == "key" and not granted(tuple(roles)) <= by.permissions:
        raise UsageError(
            "a program gives no more than it has",
            "程序只能授予自身拥有的权限",
            hint=Text(zh="由管理员办理。", en="Let an administrator do it."),
        )


def ended() -> ConflictError:
    """For an account whose time is over."""
    return ConflictError(
        "this account has ended", "该账号已终止", hint=Text(zh="请联系管理员。", en="Ask an administrator.")
    )


def hashed(token: str) -> str:
    """What is kept of a token that is random and long: SHA-256, in hexadecimal."""
    return sha256(token.encode()).hexdigest()


def _chosen(roles: Iterable[Role]) -> tuple[Role, ...]:
    wanted = set(roles)
    if not wanted or not wanted <= ROLES.keys():
        raise UsageError(
            f"roles have to be of {', '.join(ROLES)}",
            f"角色必须是：{'、'.join(ROLES)}",
            hint=Text(zh="至少选择一个角色。", en="Choose at least one role."),
        )
    return tuple(each for each in ROLES if each in wanted)


def _administrators(connection: Connection, at: datetime) -> list[str]:
    """Those who can sign in: not whoever was only invited, has left, or was erased."""
    rows = connection.execute(select(staff).where((staff.c.state == "active") & (staff.c.blind != ""))).mappings()
    ends = stamp(at)
    return [
        row["id"]
        for row in rows
        if "administrator" in json.loads(row["roles"]) and not (row["until"] and row["until"] <= ends)
    ]


def _must_remain(connection: Connection, person: str) -> None:
    if _administrators(connection, datetime.now(UTC)) == [person]:
        raise ConflictError(
            "this is the last administrator",
            "这是最后一位管理员",
            hint=Text(
                zh="先让另一位工作人员成为管理员并登录一次。",
                en="First let somebody else become an administrator and sign in once.",
            ),
        )


def _sound(vault: Vault | None) -> Vault:
    if vault is None:
        raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
    return vault
