"""How people of staff show that it is them: passkeys; a password with one-time codes; their company's sign-in.

```
passkey     the authenticator verifies its user              counts alone
password    an Argon2id hash, together with                  never alone
  code      a sealed secret; each code counts once
  recovery  hashes of codes that stand in for a one-time code, each once
company     a keyed hash of issuer and subject               counts alone: the company answers for it
```

What is wrong with a sign-in is not said: neither whether the name is known, nor whether password or code was wrong.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from overt.access import codes, passwords
from overt.access.passkeys import Passkey
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.events.staff import StaffWayAdded, StaffWayRemoved
from overt.store.log import Act
from overt.store.staff import Person, blind, end_sessions, row_of, told
from overt.store.tables.staff import staff, staff_credentials

if TYPE_CHECKING:
    from overt.store.records import Store
    from overt.store.vault import Vault

Way = Literal["passkey", "password", "company"]
WAYS: Final[dict[Way, Text]] = {
    "passkey": Text(zh="通行密钥", en="Passkey"),
    "password": Text(zh="密码和动态口令", en="Password and one-time code"),
    "company": Text(zh="企业账号", en="Company sign-in"),
}
_OF_PASSWORD: Final = ("password", "code", "recovery")
_MOST_PASSKEYS: Final = 20


@dataclass(frozen=True, slots=True)
class PasswordAndCode:
    """A password's hash with the secret of the codes, and the step of the code by which the app was seen to work."""

    password: str
    secret: str
    step: int


@dataclass(frozen=True, slots=True)
class NamedPasskey:
    """A passkey, and how its owner calls it."""

    passkey: Passkey
    name: str


Proof = PasswordAndCode | NamedPasskey


@dataclass(frozen=True, slots=True)
class Credential:
    """One way in which somebody signs in, for their own eyes. `left` counts recovery codes."""

    id: str
    way: Way
    name: str
    added: str
    used: str
    left: int = 0


class Credentials:
    """How people of staff sign in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, person: str) -> list[Credential]:
        """Somebody's ways to sign in, the oldest first."""
        query = select(staff_credentials).where(staff_credentials.c.staff == person)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(staff_credentials.c.added)).mappings().all()
        left = sum(row["kind"] == "recovery" for row in rows)
        return [
            Credential(
                row["id"],
                row["kind"],
                row["name"],
                row["added"],
                row["used"] or "",
                left if row["kind"] == "password" else 0,
            )
            for row in rows
            if row["kind"] in WAYS
        ]

    def passkeys(self, person: str) -> list[bytes]:
        """The ids of somebody's passkeys, so that an authenticator makes no second one."""
        query = select(staff_credentials.c.data).where(
            (staff_credentials.c.staff == person) & (staff_credentials.c.kind == "passkey")
        )
        with self._store.reading() as connection:
            return [_passkey(bytes(row[0]), 0).id for row in connection.execute(query)]

    def passkey(self, known_as: str) -> tuple[Person, Passkey] | None:
        """The passkey that is known under this name, and whose it is."""
        is_it = (staff_credentials.c.id == known_as) & (staff_credentials.c.kind == "passkey")
        with self._store.reading() as connection:
            row = connection.execute(select(staff_credentials).where(is_it)).mappings().first()
            if row is None:
                return None
            person = told(connection, self._store.vault, row_of(connection, row["staff"]))
        return person, _passkey(bytes(row["data"]), row["count"])

    def passkey_used(self, passkey: Passkey, count: int) -> bool:
        """Writes the counter down; False where another sign-in with the same count came first."""
        before = (staff_credentials.c.id == passkey.known_as) & (staff_credentials.c.count == passkey.count)
        values = {"count": count, "used": stamp(datetime.now(UTC))}
        with self._store.acting() as act:
            return act.connection.execute(update(staff_credentials).where(before).values(**values)).rowcount == 1

    def check(self, login: str, password: str, code: str, at: datetime | None = None) -> Person | None:
        """Whose sign-in name, password and one-time code (or recovery code) these are. The code is used up.

        It takes the same work whether or not the name is known, and whatever is wrong.
        """
        at = at or datetime.now(UTC)
        with self._store.reading() as connection:
            query = select(staff).where(staff.c.blind == blind(self._store.vault, login))
            row = connection.execute(query).mappings().first()
            person = told(connection, self._store.vault, row) if row else None
            theirs = staff_credentials.c.staff == (person.id if person else "")
            kept = connection.execute(select(staff_credentials).where(theirs)).mappings().all()
            by_kind: dict[str, RowMapping] = {each["kind"]: each for each in kept}
            secret = ""
            if person and "code" in by_kind and self._store.vault:
                data = bytes(by_kind["code"]["data"])
                secret = (self._store.vault.open(connection, person.id, data, _about(person.id)) or b"").decode()
        fits = passwords.matches(bytes(by_kind["password"]["data"]).decode() if "password" in by_kind else "", password)
        step, recovery = codes.step(secret, code, at), codes.recovery_hash(code)
        recovers = next((each for each in kept if each["kind"] == "recovery" and bytes(each["data"]) == recovery), None)
        if person is None or not fits or person.standing(at) != "active":
            return None
        if step is not None:
            later = (staff_credentials.c.id == by_kind["code"]["id"]) & (staff_credentials.c.count < step)
            spend: Any = update(staff_credentials).where(later).values(count=step, used=stamp(at))
        elif recovers is not None:
            spend = delete(staff_credentials).where(staff_credentials.c.id == recovers["id"])
        else:
            return None
        with self._store.acting() as act:
            if act.connection.execute(spend).rowcount != 1:
                return None
            used = staff_credentials.c.id == by_kind["password"]["id"]
            act.connection.execute(update(staff_credentials).where(used).values(used=stamp(at)))
        return person

    def company(self, issuer: str, subject: str, email: str = "", at: datetime | None = None) -> Person | None:
        """Who this is at their company's sign-in. `email` is one that the company verified.

        Who was invited under this e-mail as sign-in name, and never signed in, is known by issuer and subject from now
        on; nobody else ever becomes somebody by an e-mail.
        """
        at = at or datetime.now(UTC)
        known_as = _company(self._store.vault, issuer, subject)
        with self._store.acting() as act:
            query = select(staff_credentials.c.staff).where(staff_credentials.c.id == known_as)
            found = act.connection.execute(query).scalar()
            if found is None and email:
                invited = (staff.c.blind == blind(self._store.vault, email)) & (staff.c.state == "invited")
                found = act.connection.execute(select(staff.c.id).where(invited)).scalar()
                if found is not None:
                    _insert(act, found, "company", b"", name=WAYS["company"].en, id_=known_as)
                    act.record(StaffWayAdded(found, "company", f"staff:{found}"))
            if found is None:
                return None
            used = staff_credentials.c.id == known_as
            act.connection.execute(update(staff_credentials).where(used).values(used=stamp(at)))
            person = told(act.connection, act.vault, row_of(act.connection, found))
        return person if person.standing(at) != "left" else None

    def add(self, person: str, proof: Proof, *, by: str, but: str) -> tuple[str, ...]:
        """Adds a way, or puts the password anew; ends the other sessions than that of the token `but`.

        Returns the recovery codes where there are new ones.
        """
        with self._store.acting() as act:
            fresh = put(act, person, proof, by=by)
            end_sessions(act, person, by=by, but=but)
            return fresh

    def remove(self, person: str, credential: str, *, by: str, but: str) -> None:
        """Takes a way away, never the last one; ends the other sessions. Raises `UsageError`."""
        ours = staff_credentials.c.staff == person
        with self._store.acting() as act:
            rows = act.connection.execute(select(staff_credentials).where(ours)).mappings().all()
            ways = {row["id"]: row["kind"] for row in rows if row["kind"] in WAYS}
            if credential not in ways:
                raise UsageError("this way to sign in is not yours", "这不是您的登录方式", hint=_LOOK)
            if len(ways) == 1:
                raise UsageError("this is your only way to sign in", "这是您唯一的登录方式", hint=_FIRST)
            kind = ways[credential]
            which = staff_credentials.c.kind.in_(_OF_PASSWORD) if kind == "password" else None
            gone = (staff_credentials.c.id == credential) if which is None else which
            act.connection.execute(delete(staff_credentials).where(ours & gone))
            act.record(StaffWayRemoved(person, kind, by))
            end_sessions(act, person, by=by, but=but)


def put(act: Act, person: str, proof: Proof, *, by: str) -> tuple[str, ...]:
    """Adds a way to sign in, in the transaction of an act. Returns recovery codes where there are new ones."""
    if isinstance(proof, NamedPasskey):
        known_as = proof.passkey.known_as
        theirs = (staff_credentials.c.staff == person) & (staff_credentials.c.kind == "passkey")
        query = select(func.count()).select_from(staff_credentials)
        there = act.connection.execute(query.where(staff_credentials.c.id == known_as)).scalar()
        if there or (act.connection.execute(query.where(theirs)).scalar() or 0) >= _MOST_PASSKEYS:
            raise UsageError("this passkey cannot be added", "无法添加此通行密钥", hint=_LOOK)
        told_ = {"id": b64encode(proof.passkey.id).decode(), "key": b64encode(proof.passkey.key).decode()}
        data = json.dumps(told_).encode()
        _insert(act, person, "passkey", data, name=proof.name, count=proof.passkey.count, id_=known_as)
        act.record(StaffWayAdded(person, "passkey", by))
        return ()
    old = (staff_credentials.c.staff == person) & staff_credentials.c.kind.in_(_OF_PASSWORD)
    act.connection.execute(delete(staff_credentials).where(old))
    _insert(act, person, "password", proof.password.encode())
    _insert(act, person, "code", act.seal(person, proof.secret.encode(), _about(person)), count=proof.step)
    fresh = codes.recovery()
    for each in fresh:
        _insert(act, person, "recovery", codes.recovery_hash(each))
    act.record(StaffWayAdded(person, "password", by))
    return fresh


def clear(act: Act, person: str) -> None:
    """Takes all of somebody's ways away, in the transaction of an act that gives them a new one."""
    act.connection.execute(delete(staff_credentials).where(staff_credentials.c.staff == person))


_LOOK: Final = Text(zh="请刷新账号页面后再试。", en="Load your account's page again, and try once more.")
_FIRST: Final = Text(zh="请先添加另一种登录方式。", en="Add another way first.")


def _insert(act: Act, person: str, kind: str, data: bytes, *, name: str = "", count: int = 0, id_: str = "") -> None:
    values = {
        "id": id_ or uuid4().hex,
        "staff": person,
        "kind": kind,
        "name": name[:64],
        "data": data,
        "count": count,
        "added": stamp(datetime.now(UTC)),
    }
    act.connection.execute(insert(staff_credentials).values(**values))


def _about(person: str) -> bytes:
    return f"{person}:code".encode()


def _company(vault: Vault | None, issuer: str, subject: str) -> str:
    return blind(vault, json.dumps(["company", issuer, subject]))


def _passkey(data: bytes, count: int) -> Passkey:
    said = json.loads(data)
    return Passkey(b64decode(said["id"]), b64decode(said["key"]), count)
