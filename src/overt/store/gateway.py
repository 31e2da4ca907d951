"""Keeps the gateway's keys, and what generators are still at work on."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import RowMapping

from overt.errors import ConflictError, UsageError
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.gateway import GatewayKeyMade, GatewayKeyWithdrawn
from overt.store.accounts import Accounts
from overt.store.records import Store
from overt.store.tables.gateway import gateway_jobs, gateway_keys
from overt.store.told import told

PREFIX: Final = "ovk_"
_RANDOM: Final = 32  # Bytes: nobody guesses them, so that a plain hash keeps them as well as a slow one.
_LONGEST: Final = 128
_LIST = Text(zh="运行 overt gateway key list 查看现有密钥。", en="`overt gateway key list` shows the keys there are.")


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """A key as it is kept, without the key itself.

    `purpose` and `consents` hold where a request names none; `names_accounts` is whether its application may say for
    whose account it asks.
    """

    key_id: str
    name: str
    account: str
    purpose: str
    consents: tuple[str, ...]
    names_accounts: bool
    made: str
    withdrawn: str


@dataclass(frozen=True, slots=True)
class GatewayJob:
    """What a generator works on under its own number.

    `decision` is the signed decision as JSON; `file` the name of the marked file, empty until it is there.
    """

    job: str
    key_id: str
    decision: str
    media_type: str = ""
    file: str = ""


class GatewayRecords:
    """The gateway's part of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_key(
        self, name: str, *, account: str = "", purpose: str = "", consents: tuple[str, ...] = (),
        names_accounts: bool = False,
    ) -> tuple[GatewayKey, str]:  # fmt: skip
        """Makes a key, with an account of its own where none is named.

        Returns what is kept of it, and the key, which nobody can show again.
        """
        if not (name := name.strip()) or len(name) > _LONGEST:
            raise UsageError(f"a name of 1 to {_LONGEST} characters is needed", f"名称须为 1 至 {_LONGEST} 个字符")
        if name in {each.name for each in self.keys()}:
            raise ConflictError(f"there was a key {name!r} already", f"已有名为 {name!r} 的密钥", hint=_LIST)
        accounts = Accounts(self._store)
        if account and accounts.known(account) is None:
            raise UsageError(f"there is no account {account!r}", f"没有账户 {account!r}")
        secret = PREFIX + secrets.token_urlsafe(_RANDOM)
        key = GatewayKey(uuid4().hex, name, account or accounts.open(), purpose, consents, names_accounts, now(), "")
        row = {each: getattr(key, each) for each in GatewayKey.__dataclass_fields__}
        row |= {"consents": json.dumps(consents), "hash": hashed(secret), "withdrawn": None}
        with self._store.acting() as act:
            act.connection.execute(insert(gateway_keys).values(**row))
            act.record(GatewayKeyMade(key.key_id, key.account, key.names_accounts))
        return key, secret

    def withdraw_key(self, name: str) -> int:
        """Ends a key at once. Returns the ledger entry's index; raises `UsageError` where none of this name holds."""
        holds = (gateway_keys.c.name == name) & gateway_keys.c.withdrawn.is_(None)
        with self._store.acting() as act:
            row = act.connection.execute(select(gateway_keys.c.key_id).where(holds)).first()
            if row is None:
                raise UsageError(f"no key {name!r} holds", f"没有名为 {name!r} 的有效密钥", hint=_LIST)
            act.connection.execute(update(gateway_keys).where(holds).values(withdrawn=now()))
            return act.record(GatewayKeyWithdrawn(row[0]))

    def keys(self) -> tuple[GatewayKey, ...]:
        """All keys in the order in which they were made, withdrawn ones too."""
        with self._store.reading() as connection:
            rows = connection.execute(select(gateway_keys).order_by(gateway_keys.c.made)).mappings().all()
        return tuple(_key(row) for row in rows)

    def key(self, secret: str) -> GatewayKey | None:
        """The key that this is, if it holds."""
        found = self._found((gateway_keys.c.hash == hashed(secret)) & gateway_keys.c.withdrawn.is_(None))
        return _key(found) if found else None

    def _found(self, condition: ColumnElement[bool]) -> RowMapping | None:
        with told(), self._store.engine.connect() as connection:
            return connection.execute(select(gateway_keys).where(condition)).mappings().first()

    def add_job(self, job: GatewayJob) -> None:
        """Keeps what a generator began."""
        row = {each: getattr(job, each) for each in GatewayJob.__dataclass_fields__}
        with self._store.acting() as act:
            act.connection.execute(insert(gateway_jobs).values(**row, made=now()))

    def job(self, number: str) -> GatewayJob | None:
        """What a generator began under this number."""
        with told(), self._store.engine.connect() as connection:
            row = connection.execute(select(gateway_jobs).where(gateway_jobs.c.job == number)).mappings().first()
        return GatewayJob(**{each: row[each] for each in GatewayJob.__dataclass_fields__}) if row else None

    def finish_job(self, number: str, file: str, media_type: str) -> None:
        """Keeps which marked file came of it."""
        with self._store.acting() as act:
            this = gateway_jobs.c.job == number
            act.connection.execute(update(gateway_jobs).where(this).values(file=file, media_type=media_type))


def hashed(secret: str) -> str:
    """A key as it is kept."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _key(row: RowMapping) -> GatewayKey:
    values = {name: row[name] for name in GatewayKey.__dataclass_fields__}
    values |= {"consents": tuple(json.loads(row["consents"])), "withdrawn": row["withdrawn"] or ""}
    return GatewayKey(**values)
