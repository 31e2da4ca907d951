"""Passkeys by which people come back to their own page: public keys, found by the hash of their ids.

A passkey is added on a page that already knows its person for certain, and goes with the person's data.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, insert, select, update

from overt.access.passkeys import Passkey
from overt.canonical import stamp
from overt.errors import UsageError
from overt.ledger.events.consent import OwnPasskeyAdded
from overt.store.records import Store
from overt.store.tables.consents import consent_passkeys

MOST: Final = 10
"""Passkeys of one person."""


def add(store: Store, person: str, made: Passkey) -> None:
    """Keeps a passkey of a person. Raises `UsageError` where they have too many, or it is kept already."""
    with store.acting() as act:
        mine = select(func.count()).where(consent_passkeys.c.person == person)
        known = select(consent_passkeys.c.id).where(consent_passkeys.c.id == made.known_as)
        if (act.connection.execute(mine).scalar() or 0) >= MOST or act.connection.execute(known).first():
            raise UsageError("this passkey cannot be added", "无法添加该通行密钥")
        values = {"id": made.known_as, "person": person, "credential": made.id, "key": made.key, "count": made.count}
        act.connection.execute(insert(consent_passkeys).values(**values, added=stamp(datetime.now(UTC))))
        act.record(OwnPasskeyAdded(person))


def find(store: Store, known_as: str) -> tuple[str, Passkey] | None:
    """Whose passkey it is, and the passkey."""
    query = select(consent_passkeys).where(consent_passkeys.c.id == known_as)
    with store.reading() as connection:
        row = connection.execute(query).mappings().first()
    return (row["person"], Passkey(bytes(row["credential"]), bytes(row["key"]), row["count"])) if row else None


def every(store: Store, person: str) -> list[bytes]:
    """The ids of a person's passkeys, so that none is made twice."""
    query = select(consent_passkeys.c.credential).where(consent_passkeys.c.person == person)
    with store.reading() as connection:
        return [bytes(each) for each in connection.execute(query).scalars()]


def used(store: Store, passkey: Passkey, count: int) -> bool:
    """Writes down that it was used. False where somebody else used it meanwhile."""
    here = (consent_passkeys.c.id == passkey.known_as) & (consent_passkeys.c.count == passkey.count)
    values = {"count": count, "used": stamp(datetime.now(UTC))}
    with store.acting() as act:
        return act.connection.execute(update(consent_passkeys).where(here).values(**values)).rowcount == 1
