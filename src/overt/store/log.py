"""Puts events into the ledger, in the transaction of the act that they tell of, and opens them again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from overt.errors import SetupError
from overt.ledger import merkle
from overt.ledger.entry import Entry, decode, now
from overt.ledger.event import SALT_BYTES, Event, body_of, committed
from overt.store.tables.ledger import ledger_about, ledger_entries, ledger_openings
from overt.store.vault import Vault

# Written for the driver itself: SQLAlchemy's way to a statement costs more than the rest of an entry.
_NEXT: Final = (
    'SELECT COALESCE((SELECT MAX("index") FROM ledger_entries), -1) + 1, '
    "COALESCE((SELECT MAX(number) FROM ledger_entries WHERE stream = ?), 0) + 1"
)
_ENTRY: Final = (
    'INSERT INTO ledger_entries ("index", tag, stream, number, time, entry, leaf_hash) VALUES (?, ?, ?, ?, ?, ?, ?)'
)
_OPENING: Final = 'INSERT INTO ledger_openings ("index", keeping, person, data) VALUES (?, ?, ?, ?)'
_ABOUT: Final = 'INSERT INTO ledger_about (id, "index") VALUES (?, ?)'


@cache
def _spelled(statement: str, style: str) -> str:
    """The statement with the driver's placeholders."""
    return statement if style == "qmark" else statement.replace("?", "%s")


class Act:
    """One transaction: what is done through `connection` and what is recorded hold together, or not at all."""

    def __init__(self, connection: Connection, vault: Vault | None) -> None:
        self.connection = connection
        self.vault = vault
        self._cursor: Any = None

    def record(self, event: Event) -> int:
        """Puts the event into the ledger. Returns the entry's index."""
        salt, body = secrets.token_bytes(SALT_BYTES), body_of(event)
        stream = event.stream
        index, number = self._run(_NEXT, (stream,)).fetchone()
        entry = Entry(event.tag, stream, number, now(), committed(body, salt))
        data = entry.encoded()
        self._run(_ENTRY, (index, entry.tag, stream, number, entry.time, data, merkle.leaf_hash(data)))
        opening = salt + body
        if event.person is not None:
            opening = self.seal(event.person, opening, entry.commitment)
        self._run(_OPENING, (index, event.keeping, event.person, opening))
        for each in dict.fromkeys(event.about):
            self._run(_ABOUT, (each, index))
        return int(index)

    def _run(self, statement: str, values: tuple[object, ...]) -> Any:
        dialect = self.connection.dialect
        if self._cursor is None:
            self._cursor = self.connection.connection.cursor()
        try:
            self._cursor.execute(_spelled(statement, dialect.paramstyle), values)
        except dialect.dbapi.Error as error:  # type: ignore[union-attr]  # Told as SQLAlchemy tells its own.
            base = dialect.dbapi.Error  # type: ignore[union-attr]
            raise DBAPIError.instance(statement, values, error, base, dialect=dialect) from error
        return self._cursor

    def seal(self, person: str, plain: bytes, about: bytes) -> bytes:
        """`plain` under the person's key."""
        if self.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
        return self.vault.seal(self.connection, person, plain, about)


@dataclass(frozen=True, slots=True)
class Opening:
    """What an entry commits to: the salt, and the event as canonical JSON."""

    salt: bytes
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The event's fields and its tag."""
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry as the store has it. Without an opening it was sealed under a key that is gone, or has expired."""

    index: int
    entry: bytes
    keeping: str
    person: str | None
    opening: Opening | None


def entries_about(connection: Connection, vault: Vault | None, any_id: str) -> Iterator[Logged]:
    """The entries that speak of a content, a decision, a consent, a case, in their order."""
    found = select(ledger_about.c.index).where(ledger_about.c.id == any_id).order_by(ledger_about.c.index)
    for index in connection.execute(found).scalars().all():
        yield entry_at(connection, vault, index)


def entry_at(connection: Connection, vault: Vault | None, index: int) -> Logged:
    """One entry, opened where it can be. Raises `LookupError` where there is none."""
    row = connection.execute(select(ledger_entries.c.entry).where(ledger_entries.c.index == index)).first()
    if row is None:
        raise LookupError(f"no ledger entry {index}")
    kept = connection.execute(select(ledger_openings).where(ledger_openings.c.index == index)).mappings().first()
    if kept is None:
        return Logged(index, bytes(row[0]), "", None, None)
    data: bytes | None = bytes(kept["data"])
    if kept["person"] is not None:
        about = decode(bytes(row[0])).commitment
        data = vault.open(connection, kept["person"], data or b"", about) if vault else None
    opening = Opening(data[:SALT_BYTES], data[SALT_BYTES:]) if data else None
    return Logged(index, bytes(row[0]), kept["keeping"], kept["person"], opening)
