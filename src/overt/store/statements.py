"""Keeps statements and determinations. Each is signed, and recorded in the transaction in which it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping

from overt.errors import UsageError
from overt.language import Text
from overt.ledger.entry import decode, now
from overt.ledger.event import Event, body_of, committed
from overt.ledger.events.duties import (
    AnswersEntered,
    Determination,
    FactDetermined,
    Statement,
    StatementMade,
    StatementWithdrawn,
    to_be_signed,
)
from overt.ledger.signing import Signer
from overt.store.log import entry_at
from overt.store.records import Store
from overt.store.tables.statements import determinations, statements

_Said = TypeVar("_Said", Statement, Determination)
_LONGEST = 4000  # Characters of a text: a reason, not a document, whose hash stands beside it.


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement as it is kept. `entry` is the ledger's index; `withdrawn` when it was, or empty.

    `sound` says whether the signature and, as far as it can still be opened, the ledger's entry fit what is kept.
    """

    statement: Statement
    entry: int
    withdrawn: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Determined:
    """A determination as it is kept."""

    determination: Determination
    entry: int
    sound: bool


class Statements:
    """The statements and determinations of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def state(self, signer: Signer, duties: Iterable[str], text: str, owner: str, expires: date, **more: str) -> Stated:
        """Signs and keeps a statement. `more` as for `statement`."""
        return self.keep(statement(signer, duties, text, owner, expires, **more))

    def keep(self, signed: Statement, *, by: str = "") -> Stated:
        """Keeps a signed statement. `by` is whoever entered it, where somebody signed in did."""
        with self._store.acting() as act:
            index = act.record(StatementMade(signed))
            if by:
                act.record(AnswersEntered((signed.id,), by))
            values = asdict(signed) | {"duties": json.dumps(signed.duties)}
            act.connection.execute(insert(statements).values(**values, ledger_index=index))
        return Stated(signed, index, "", sound=True)

    def withdraw(self, statement_id: str, reason: str, owner: str, *, by: str = "") -> int:
        """Ends a statement. `by` as in `keep`. Returns the ledger entry's index.

        Raises `UsageError` where no statement holds under this id.
        """
        with self._store.acting() as act:
            still = (statements.c.id == statement_id) & statements.c.withdrawn.is_(None)
            if not act.connection.execute(update(statements).where(still).values(withdrawn=now())).rowcount:
                raise UsageError(
                    f"no statement {statement_id!r} holds",
                    f"没有编号为 {statement_id!r} 的有效声明",
                    hint=Text(
                        zh="运行 overt duties show 义务编号，可查看声明的编号。",
                        en="`overt duties show DUTY` tells the ids of statements.",
                    ),
                )
            index = act.record(StatementWithdrawn(statement_id, _text(reason), _post(owner)))
            if by:
                act.record(AnswersEntered((statement_id,), by))
            return index

    def determine(
        self, signer: Signer, rulebook: str, fact: str, reasons: str, owner: str, review_by: date, *, value: bool,
        document: str = "",
    ) -> Determined:  # fmt: skip
        """Signs and keeps a determination; from now on it is the one that counts."""
        said = determination(signer, rulebook, fact, reasons, owner, review_by, value=value, document=document)
        return self.keep_determinations([said])[0]

    def keep_determinations(self, signed: Iterable[Determination], *, by: str = "") -> tuple[Determined, ...]:
        """Keeps signed determinations, each with its own ledger entry: all of them, or none. `by` as in `keep`."""
        kept = []
        with self._store.acting() as act:
            for each in signed:
                index = act.record(FactDetermined(each))
                act.connection.execute(insert(determinations).values(**asdict(each), ledger_index=index))
                kept.append(Determined(each, index, sound=True))
            if by and kept:
                act.record(AnswersEntered(tuple(each.determination.id for each in kept), by))
        return tuple(kept)

    def stated(self) -> tuple[Stated, ...]:
        """All statements, the latest first; withdrawn and expired ones too."""
        with self._store.reading() as connection:
            rows = connection.execute(select(statements).order_by(statements.c.ledger_index.desc())).mappings().all()
        return tuple(self._stated(row) for row in rows)

    def determined(self, rulebook: str) -> dict[str, Determined]:
        """The determination that counts for each fact: the latest one."""
        query = (
            select(determinations).where(determinations.c.rulebook == rulebook).order_by(determinations.c.ledger_index)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        latest = {row["fact"]: row for row in rows}
        return {fact: self._determined(row) for fact, row in latest.items()}

    def _stated(self, row: RowMapping) -> Stated:
        fields = {name: row[name] for name in Statement.__dataclass_fields__}
        statement = Statement(**fields | {"duties": tuple(json.loads(row["duties"]))})
        sound = statement.genuine and self._recorded(StatementMade(statement), row["ledger_index"])
        return Stated(statement, row["ledger_index"], row["withdrawn"] or "", sound)

    def _determined(self, row: RowMapping) -> Determined:
        determination = Determination(**{name: row[name] for name in Determination.__dataclass_fields__})
        sound = determination.genuine and self._recorded(FactDetermined(determination), row["ledger_index"])
        return Determined(determination, row["ledger_index"], sound)

    def _recorded(self, event: Event, index: int) -> bool:
        """Whether the ledger's entry commits to this event. Without its salt, which expires, the signature speaks."""
        with self._store.reading() as connection:
            try:
                logged = entry_at(connection, self._store.vault, index)
            except LookupError:
                return False
        if logged.opening is None:
            return True
        return committed(body_of(event), logged.opening.salt) == decode(logged.entry).commitment


def statement(
    signer: Signer, duties: Iterable[str], text: str, owner: str, expires: date, *, topic: str = "", document: str = ""
) -> Statement:
    """A signed statement, kept nowhere yet. `document` is a SHA-256 in hexadecimal. Raises `UsageError`."""
    said = Statement(
        uuid4().hex, tuple(duties), topic, _text(text), _post(owner), now(), _day(expires), _document(document)
    )
    return _signed(said, signer)


def determination(
    signer: Signer, rulebook: str, fact: str, reasons: str, owner: str, review_by: date, *, value: bool,
    document: str = "",
) -> Determination:  # fmt: skip
    """A signed determination, kept nowhere yet. `document` is a SHA-256 in hexadecimal. Raises `UsageError`."""
    said = Determination(
        uuid4().hex,
        rulebook,
        fact,
        value,
        _text(reasons),
        _post(owner),
        now(),
        _day(review_by),
        _document(document),
    )
    return _signed(said, signer)


def _signed(said: _Said, signer: Signer) -> _Said:
    named = replace(said, public_key=signer.public.hex())
    return replace(named, signature=signer.sign(to_be_signed(named)).hex())


def _text(text: str) -> str:
    if not (trimmed := text.strip()) or len(trimmed) > _LONGEST:
        raise UsageError(f"a text of 1 to {_LONGEST} characters is needed", f"文字须为 1 至 {_LONGEST} 个字符")
    return trimmed


def _post(owner: str) -> str:
    if not (trimmed := owner.strip()) or len(trimmed) > _LONGEST_POST:
        raise UsageError(
            f"the post that answers for it is needed, of at most {_LONGEST_POST} characters",
            f"须写明负责的岗位，最多 {_LONGEST_POST} 个字符",
        )
    return trimmed


def _day(day: date) -> str:
    if day.isoformat() < now()[:10]:
        raise UsageError(f"the day {day} is over", f"日期 {day} 已过")
    return day.isoformat()


def _document(sha256: str) -> str:
    lowered = sha256.lower()
    if lowered and not (len(lowered) == 64 and all(each in "0123456789abcdef" for each in lowered)):
        raise UsageError("a document is named by its SHA-256", "文件须以其 SHA-256 指明")
    return lowered


_LONGEST_POST = 256
