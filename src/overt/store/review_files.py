"""Files that wait for a person: kept sealed beside the queue's items, so that a reviewer sees what the engines saw.

A held file may be gone where it lay (a gateway keeps what it passes for as long as a request takes), and its release
needs the very bytes that were reviewed. So the act that puts an item into the queue keeps them, under the key of
whoever asked. They go once the item is settled and its decision is over: nothing can be released by it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, or_, select

from overt.gate.review.queue import Held, Seen
from overt.media.budget import MIB
from overt.store.log import Act
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.sealed import SealedObjects
from overt.store.tables.decisions import decisions
from overt.store.tables.reviews import review_files, review_items

MOST: Final = 256 * MIB
"""Larger files are not kept [ours]: they are sealed in memory. Their place is written down instead."""

Opens = Callable[[], Objects]
"""Opens the set-up's objects, where they are needed: most decisions hold nothing."""


def keep(act: Act, item: str, held: Held, opens: Opens | None) -> Held:
    """Keeps the files of an item. What is returned names them; a file that is not there any more stays a name."""
    if opens is None or not any(each.path for each in held.materials):
        return held
    objects = SealedObjects(opens())
    kept = []
    for number, seen in enumerate(held.materials):
        data = _read(seen)
        if data is not None:
            name = objects.put(act, held.person, _about(item, number), data)
            act.connection.execute(insert(review_files).values(item=item, number=number, object=name, size=len(data)))
            seen = replace(seen, object=name)  # noqa: PLW2901
        kept.append(seen)
    return replace(held, materials=tuple(kept))


def opened(store: Store, opens: Opens, item: str, number: int, person: str) -> bytes | None:
    """A file of an item; None where none was kept, it is over, or the person's key was destroyed."""
    mine = (review_files.c.item == item) & (review_files.c.number == number)
    with store.reading() as connection:
        name = connection.execute(select(review_files.c.object).where(mine)).scalar()
        if name is None:
            return None
        return SealedObjects(opens()).get(connection, store.vault, person, _about(item, number), name)


def clear(store: Store, opens: Opens, at: str) -> int:
    """Deletes the files of settled items whose decision is over, or that are gone. Returns how many.

    `at` is the time as decisions have it (UTC, ISO 8601).
    """
    joined = review_files.outerjoin(review_items, review_items.c.id == review_files.c.item).outerjoin(
        decisions, decisions.c.id == review_items.c.decision
    )
    settled = (review_items.c.state == "settled") & or_(decisions.c.id.is_(None), decisions.c.expires <= at)
    over = select(review_files).select_from(joined).where(or_(review_items.c.id.is_(None), settled))
    with store.acting() as act:
        rows = act.connection.execute(over).mappings().all()
        for row in rows:
            mine = (review_files.c.item == row["item"]) & (review_files.c.number == row["number"])
            act.connection.execute(delete(review_files).where(mine))
    for row in rows:
        SealedObjects(opens()).delete(row["object"])
    return len(rows)


def _read(seen: Seen) -> bytes | None:
    """The bytes that were reviewed; None where they are too many, not there any more, or others by now."""
    path = Path(seen.path) if seen.path else None
    try:
        if path is None or path.stat().st_size > MOST:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if sha256(data).hexdigest() == seen.sha256 else None


def _about(item: str, number: int) -> str:
    return f"reviews/{item}/{number}"
