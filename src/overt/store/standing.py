"""How the ledger stands: how far it is signed, who vouches for it, and what is wrong with its publishing.

Read from the records alone; nothing is signed, and nobody outside is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from overt.access.warrant import EVERYTHING, Scope
from overt.errors import FormatError
from overt.language import Text
from overt.ledger import checkpoint as checkpoints
from overt.ledger.checkpoint import Checkpoint
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store
from overt.store.tables.checkpoints import ledger_checkpoints
from overt.store.tables.ledger import ledger_about, ledger_entries
from overt.store.within import entries_within

LATE: Final = 3
"""Intervals after which entries that no checkpoint covers are trouble."""
_LEAST: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that was signed: when, by which witnesses, and whether it has a time stamp.

    `holds` is whether the log's key, or a former one, signed the note; None where the set-up names no key.
    """

    checkpoint: Checkpoint
    note: str
    time: str
    stamped: bool
    witnesses: tuple[str, ...] = ()
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger as it stands. `waiting` entries are newer than the latest checkpoint, the oldest since `since`."""

    size: int
    latest: Signed | None
    waiting: int
    since: str
    origin: str = ""
    key: str = ""
    named: tuple[str, ...] = ()
    """Witnesses that the set-up names."""
    tsa: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Witnesses that did not cosign the latest checkpoint."""
        return tuple(each for each in self.named if self.latest and each not in self.latest.witnesses)

    def trouble(self, now: datetime, interval: float) -> tuple[Text, ...]:
        """What is wrong with the publishing, in words. `interval` is the seconds between checkpoints, 0 for none."""
        found = []
        if not self.key:
            found.append(
                Text(zh="没有配置账本密钥，检查点无法签署", en="No key is set up: no checkpoint can be signed")
            )
        late = max(timedelta(seconds=LATE * interval), _LEAST)
        if self.key and interval and self.waiting and now - datetime.fromisoformat(self.since) > late:
            zh = f"有 {self.waiting} 个条目尚未纳入检查点，最早的一条已等待超过 {int(late.total_seconds() // 60)} 分钟"
            en = (
                f"{self.waiting} entries are under no checkpoint, the oldest for over {int(late.total_seconds() // 60)}"
            )
            found.append(Text(zh=zh, en=f"{en} minutes"))
        if self.latest and self.latest.holds is False:
            zh, en = "最近的检查点不是由本账本的密钥签署", "The latest checkpoint is not signed by the log's key"
            found.append(Text(zh=zh, en=en))
        if self.missing:
            told = ", ".join(self.missing)
            found.append(Text(zh=f"见证方未联署：{told}", en=f"Witnesses that did not cosign: {told}"))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Listed:
    """What everybody may see of one entry, and the ids under which it is found, none of which names a person."""

    index: int
    tag: str
    stream: str
    number: int
    time: str
    about: tuple[str, ...]


def standing(store: Store, ledger: Ledger | None) -> Standing:
    """How the ledger stands. Without a key in the set-up there is no `ledger`, and no signature is looked at."""
    voice = ledger.voice if ledger else None
    latest = next(iter(signed(store, voice, 1)), None)
    done = latest.checkpoint.size if latest else 0
    column = ledger_entries.c
    with store.reading() as connection:
        last = connection.execute(select(func.max(column.index))).scalar()
        size = 0 if last is None else int(last) + 1
        oldest = connection.execute(select(column.time).where(column.index == done)).scalar()
    return Standing(
        size=size,
        latest=latest,
        waiting=max(0, size - done),
        since=oldest or "",
        origin=voice.origin if voice else "",
        key=checkpoints.ed25519_key(voice.origin, voice.signer.public).spelled if voice else "",
        named=tuple(each.key.name for each in voice.witnesses) if voice else (),
        tsa=voice.tsa if voice else "",
    )


def signed(store: Store, voice: Voice | None, most: int, below: int | None = None) -> list[Signed]:
    """The checkpoints that were signed, the largest first, below a size where one is given."""
    column = ledger_checkpoints.c
    query = select(ledger_checkpoints).order_by(column.size.desc()).limit(most)
    with store.reading() as connection:
        rows = connection.execute(query if below is None else query.where(column.size < below)).mappings().all()
    return [_signed(row, voice) for row in rows]


def entries(
    store: Store,
    most: int,
    *,
    after: int | None = None,
    below: int | None = None,
    tag: str = "",
    about: str = "",
    scope: Scope = EVERYTHING,
) -> list[Listed]:
    """Entries of the ledger: in their order from behind `after`, or else the newest first, below an index.

    `tag` is a whole tag or its beginning up to a colon (`gate:consent`); `about` an id; `scope` what an inspector's
    warrant is limited to.
    """
    column = ledger_entries.c
    query = select(column.index, column.tag, column.stream, column.number, column.time).where(*entries_within(scope))
    if about:
        mine = select(ledger_about.c.index).where(ledger_about.c.id == about)
        query = query.where(column.index.in_(mine))
    if tag:
        # Within its stream the index over streams leads to it; a source alone goes through all of them.
        parts = tag.rstrip(":").split(":")
        query = query.where(column.stream == ":".join(parts[:2])) if len(parts) > 1 else query
        query = query.where(column.tag == tag if len(parts) > 2 else column.tag.startswith(f"{':'.join(parts)}:"))
    if after is not None:
        query = query.where(column.index > after).order_by(column.index)
    else:
        query = (query if below is None else query.where(column.index < below)).order_by(column.index.desc())
    with store.reading() as connection:
        rows = connection.execute(query.limit(most)).all()
        named = _about(connection, [row[0] for row in rows])
    return [Listed(*row, tuple(named.get(row[0], ()))) for row in rows]


def _about(connection: Connection, indexes: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    if indexes:
        column = ledger_about.c
        query = select(column.index, column.id).where(column.index.in_(indexes)).order_by(column.index, column.id)
        for index, each in connection.execute(query):
            found.setdefault(index, []).append(each)
    return found


def _signed(row: RowMapping, voice: Voice | None) -> Signed:
    note = bytes(row["note"])
    told = checkpoints.note(note)
    holds: bool | None = None
    witnesses: tuple[str, ...] = ()
    if voice is not None:
        own = [checkpoints.ed25519_key(voice.origin, each) for each in (voice.signer.public, *voice.former)]
        others = [each.key for each in voice.witnesses]
        try:
            _, by = checkpoints.opened(note, [*own, *others])
            holds = any(key in by for key in own)
            witnesses = tuple(key.name for key in others if key in by)
        except FormatError:
            holds = False
    checkpoint = checkpoints.read(told.text)
    return Signed(checkpoint, note.decode(), row["time"], row["stamp"] is not None, witnesses, holds)
