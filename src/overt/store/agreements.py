"""Keeps published versions of the service agreement and the rules, and who was asked to read and accepted them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.canonical import canonical, stamp
from overt.errors import ConflictError, UsageError
from overt.gate.account.model import Agreed, Published, TextKind
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.accounts import TextAccepted, TextPrompted, TextPublished
from overt.store.records import Store
from overt.store.tables.accounts import accounts, readings, texts

_LONGEST_VERSION = 64
# Built once: the gate asks them for every request.
_MINE: Final = (readings.c.account == bindparam("account")) & (readings.c.kind == "agreement")
_AGREED: Final = (
    select(texts.c.version, readings.c.accepted)
    .select_from(texts.outerjoin(readings, _MINE & (readings.c.version == texts.c.version)))
    .where((texts.c.kind == "agreement") & (texts.c.valid_from <= bindparam("at")))
    .order_by(texts.c.valid_from.desc(), texts.c.ledger_index.desc())
    .limit(1)
)
_ACCEPTED_LAST: Final = (
    select(readings.c.version)
    .where(_MINE & readings.c.accepted.is_not(None))
    .order_by(readings.c.accepted.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Read:
    """A version that an account was asked to read: when, and when it accepted it (empty: not yet)."""

    kind: TextKind
    version: str
    prompted: str
    accepted: str


class Agreements:
    """The published texts of a store.

    A version is published, an account is prompted to read it, and accepts it: in this order. From the moment at which a
    newer version applies, the older acceptance does not count any more.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(
        self,
        kind: TextKind,
        version: str,
        text: Text,
        *,
        valid_from: datetime | None = None,
        covers: Sequence[str] = (),
    ) -> Published:
        """Publishes a version, which applies from `valid_from` (now, unless said). A version is never changed."""
        if not 0 < len(version.strip()) <= _LONGEST_VERSION:
            raise UsageError("a version has a short name", "版本须有简短的名称")
        since = stamp(valid_from or datetime.now(UTC))
        published = Published(kind, version.strip(), text, digest(text), since, tuple(covers))
        with self._store.acting() as act:
            if _published(act.connection, kind, published.version) is not None:
                raise ConflictError(
                    f"the version {version!r} was published already",
                    f"版本 {version!r} 已经发布",
                    hint=Text(zh="文字有改动时请用新的版本名称。", en="A text that changed gets a new version."),
                )
            index = act.record(TextPublished(published))
            row = {
                "kind": kind, "version": published.version, "zh": text.zh, "en": text.en, "sha256": published.sha256,
                "valid_from": since, "covers": json.dumps(published.covers), "ledger_index": index,
            }  # fmt: skip
            act.connection.execute(insert(texts).values(**row))
        return published

    def prompt(self, account: str, version: str, kind: TextKind = "agreement") -> None:
        """Records that an account was conspicuously asked to read a version."""
        with self._store.acting() as act:
            published = _known(act.connection, kind, version)
            _must_be_open(act.connection, account)
            if _reading(act.connection, account, kind, version) is None:
                row = {"account": account, "kind": kind, "version": version, "prompted": now()}
                act.connection.execute(insert(readings).values(**row))
            act.record(TextPrompted(account, kind, version, published.sha256))

    def accept(self, account: str, version: str, kind: TextKind = "agreement") -> None:
        """Records that an account accepted a version. Raises `UsageError` where it was never asked to read it."""
        with self._store.acting() as act:
            published = _known(act.connection, kind, version)
            _must_be_open(act.connection, account)
            reading = _reading(act.connection, account, kind, version)
            if reading is None:
                raise UsageError(
                    "the account was not asked to read this version yet",
                    "尚未提示该账号阅读此版本",
                    hint=Text(zh="先提示阅读，再记录同意。", en="Prompt first, then record the acceptance."),
                )
            if reading["accepted"] is None:
                mine = (readings.c.account == account) & (readings.c.kind == kind) & (readings.c.version == version)
                act.connection.execute(update(readings).where(mine).values(accepted=now()))
                act.record(TextAccepted(account, kind, version, published.sha256))

    def current(self, kind: TextKind, at: datetime) -> Published | None:
        """The version that applies at a moment; None where none does."""
        with self._store.reading() as connection:
            return _current(connection, kind, at)

    def agreed(self, account: str, at: datetime) -> Agreed:
        """The agreement that applies at a moment, and the version that the account accepted last."""
        with self._store.reading() as connection:
            row = connection.execute(_AGREED, {"account": account, "at": stamp(at)}).first()
            if row is None:
                return Agreed("")
            version, accepted = row
            if accepted is not None:
                return Agreed(version, version)
            return Agreed(version, connection.execute(_ACCEPTED_LAST, {"account": account}).scalar() or "")

    def read_by(self, account: str) -> tuple[Read, ...]:
        """The versions that an account was asked to read, the latest first, with when it accepted them."""
        query = select(readings).where(readings.c.account == account).order_by(readings.c.prompted.desc())
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Read(row["kind"], row["version"], row["prompted"], row["accepted"] or "") for row in rows)

    def published(self, kind: TextKind) -> tuple[Published, ...]:
        """All versions of a text, the one that applies last first."""
        query = select(texts).where(texts.c.kind == kind)
        latest = query.order_by(texts.c.valid_from.desc(), texts.c.ledger_index.desc())
        with self._store.reading() as connection:
            return tuple(_text(row) for row in connection.execute(latest).mappings())

    def counts(self, kind: TextKind, version: str) -> tuple[int, int]:
        """How many accounts were asked to read a version, and how many accepted it."""
        query = select(func.count(), func.count(readings.c.accepted)).where(
            (readings.c.kind == kind) & (readings.c.version == version)
        )
        with self._store.reading() as connection:
            prompted, accepted = connection.execute(query).one()
        return int(prompted), int(accepted)


def digest(text: Text) -> str:
    """SHA-256 of a text in both languages, as canonical JSON."""
    return sha256(canonical(text.both())).hexdigest()


def _current(connection: Connection, kind: TextKind, at: datetime) -> Published | None:
    applies = (texts.c.kind == kind) & (texts.c.valid_from <= stamp(at))
    latest = select(texts).where(applies).order_by(texts.c.valid_from.desc(), texts.c.ledger_index.desc()).limit(1)
    row = connection.execute(latest).mappings().first()
    return _text(row) if row else None


def _published(connection: Connection, kind: str, version: str) -> Published | None:
    wanted = (texts.c.kind == kind) & (texts.c.version == version)
    row = connection.execute(select(texts).where(wanted)).mappings().first()
    return _text(row) if row else None


def _known(connection: Connection, kind: str, version: str) -> Published:
    published = _published(connection, kind, version)
    if published is None:
        raise UsageError(f"no version {version!r} was published", f"没有发布版本 {version!r}")
    return published


def _reading(connection: Connection, account: str, kind: str, version: str) -> RowMapping | None:
    mine = (readings.c.account == account) & (readings.c.kind == kind) & (readings.c.version == version)
    return connection.execute(select(readings).where(mine)).mappings().first()


def _must_be_open(connection: Connection, account: str) -> None:
    row = connection.execute(select(accounts.c.closed).where(accounts.c.account == account)).first()
    if row is None or row[0] is not None:
        raise UsageError(f"there is no open account {account!r}", f"没有开放的账号 {account!r}")


def _text(row: RowMapping) -> Published:
    said = Text(zh=row["zh"], en=row["en"])
    return Published(
        row["kind"], row["version"], said, row["sha256"], row["valid_from"], tuple(json.loads(row["covers"]))
    )
