"""Warrants of authorities, the officers who read under them, and every look they take.

A look is recorded before anything is shown: whoever calls `looked` shows nothing if it raises. What lies within a
warrant is `overt.access.warrant`; how that cuts lists down is `overt.store.within`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.engine import Connection, RowMapping

from overt.access.model import Principal
from overt.access.warrant import Scope, Standing
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger import events
from overt.ledger.events.inspections import Looked, WarrantConfirmed, WarrantEnded, WarrantExtended, WarrantMade
from overt.store.objects import Objects
from overt.store.scopes import read_scope, scope_json
from overt.store.sealed import SealedObjects
from overt.store.staff import Person, put, told
from overt.store.staff_links import StaffLinks
from overt.store.tables.inspections import inspector_reads, warrants
from overt.store.tables.staff import sessions, staff

if TYPE_CHECKING:
    from overt.store.records import Store

MOST_PAPER: Final = 16 << 20
"""Bytes of the paper that proves an authority's warrant."""
_LATER = Text(zh="填写晚于现在的时间。", en="Give a time that is still to come.")


@dataclass(frozen=True, slots=True)
class Paper:
    """The document that shows the authority: its name and bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A warrant as it is entered. Times are UTC as records hold them."""

    authority: str
    number: str
    basis: str
    """The duty by which it is given, such as `DS-21a`."""
    scope: Scope
    since: str
    until: str
    paper: Paper


@dataclass(frozen=True, slots=True)
class Warrant:
    """A warrant as it is kept."""

    id: str
    authority: str
    number: str
    basis: str
    scope: Scope
    since: str
    until: str
    paper: str
    paper_name: str
    made: str
    made_by: str
    confirmed: str
    ended: str
    end_reason: str
    entry: int

    def standing(self, at: datetime) -> Standing:
        """Where it stands at a moment."""
        now = stamp(at)
        if self.ended:
            return "ended"
        if self.until <= now:
            return "over"
        if not self.confirmed:
            return "waiting"
        return "ready" if now < self.since else "in_force"


@dataclass(frozen=True, slots=True)
class Look:
    """One look of an inspector, as the list shows it."""

    entry: int
    warrant: str
    officer: str
    subject: str
    what: str
    ids: tuple[str, ...]
    granted: bool
    time: str


class Warrants:
    """The warrants of a set-up. `objects` is where their papers lie; those who only read need none."""

    def __init__(self, store: Store, objects: Objects | None = None) -> None:
        self._store = store
        self._objects = objects

    def make(self, draft: Draft, *, by: str, confirmed: bool = True, at: datetime | None = None) -> Warrant:
        """Enters a warrant; without `confirmed` a second person has to. Raises `UsageError`."""
        now = stamp(at or datetime.now(UTC))
        _check(draft, now)
        number = uuid4().hex
        with self._store.acting() as act:
            paper = self._sealed().put(act, key_of(number), f"{number}:paper", draft.paper.data)
            scope = scope_json(draft.scope)
            given = (draft.authority.strip(), draft.number.strip(), draft.basis, scope, draft.since, draft.until)
            index = act.record(WarrantMade(number, *given, paper, by))
            name = act.seal(key_of(number), draft.paper.name.encode(), f"{number}:paper-name".encode())
            row = dict(zip(("authority", "number", "basis", "scope", "since", "until"), given, strict=True))
            values: dict[str, Any] = {"id": number, **row, "paper": paper, "paper_name": name, "made": now}
            values |= {"made_by": by, "confirmed": now if confirmed else None, "ledger_index": index}
            act.connection.execute(insert(warrants).values(**values))
        return self.get(number)

    def confirm(self, number: str, *, by: str) -> None:
        """A second person confirms. Raises `UsageError` for the one who entered it."""
        with self._store.acting() as act:
            row = _row(act.connection, number)
            if row["made_by"] == by:
                raise UsageError("another person has to confirm it", "须由另一人确认")
            waits = (warrants.c.id == number) & warrants.c.confirmed.is_(None) & warrants.c.ended.is_(None)
            changed = update(warrants).where(waits).values(confirmed=stamp(datetime.now(UTC)))
            if act.connection.execute(changed).rowcount:
                act.record(WarrantConfirmed(number, by))

    def extend(self, number: str, until: str, reason: str, *, by: str) -> None:
        """Lets it and its accounts end later. Raises `UsageError` without a reason, or where it has ended."""
        now = stamp(datetime.now(UTC))
        _reason(reason)
        with self._store.acting() as act:
            row = _row(act.connection, number)
            if row["ended"] or row["until"] <= now:
                raise UsageError("it has ended: enter a new warrant", "授权已终止：请录入新的检查授权")
            if until <= row["until"]:
                raise UsageError("this is no later than now", "新的期限须晚于原期限", hint=_LATER)
            act.connection.execute(update(warrants).where(warrants.c.id == number).values(until=until))
            act.connection.execute(update(staff).where(staff.c.warrant == number).values(until=until))
            act.record(WarrantExtended(number, until, reason.strip(), by))

    def end(self, number: str, reason: str, *, by: str) -> None:
        """Ends it now, with its accounts and their sessions. Raises `UsageError` without a reason."""
        now = stamp(datetime.now(UTC))
        _reason(reason)
        with self._store.acting() as act:
            _row(act.connection, number)
            runs = (warrants.c.id == number) & warrants.c.ended.is_(None)
            ended = update(warrants).where(runs).values(ended=now, end_reason=reason.strip())
            if not act.connection.execute(ended).rowcount:
                return
            theirs = select(staff.c.id).where(staff.c.warrant == number)
            act.connection.execute(delete(sessions).where(sessions.c.staff.in_(theirs)))
            act.connection.execute(update(staff).where(staff.c.warrant == number).values(until=now))
            act.record(WarrantEnded(number, reason.strip(), by))

    def admit(self, number: str, name: str, login: str, *, by: Principal | None) -> tuple[Person, str]:
        """An account for an officer, and the token of the one link by which they come in. Raises `UsageError`."""
        with self._store.acting() as act:
            row = _row(act.connection, number)
            if row["ended"] or row["until"] <= stamp(datetime.now(UTC)):
                raise UsageError("it has ended: enter a new warrant", "授权已终止：请录入新的检查授权")
            post = by.post if by else "operator"
            officer = put(act, name, login, ("inspector",), by=post, until=row["until"], warrant=number)
        return officer, StaffLinks(self._store).again(officer.id, by=by)

    def officers(self, number: str) -> list[Person]:
        """Those who read under it."""
        query = select(staff).where(staff.c.warrant == number).order_by(staff.c.added, staff.c.id)
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return [told(connection, self._store.vault, row) for row in rows]

    def get(self, number: str) -> Warrant:
        """The warrant of this id. Raises `UsageError` where there is none."""
        with self._store.reading() as connection:
            return self._warrant(connection, _row(connection, number))

    def find(self, number: str) -> Warrant | None:
        """The warrant of this id; None where there is none."""
        with self._store.reading() as connection:
            row = connection.execute(select(warrants).where(warrants.c.id == number)).mappings().first()
            return self._warrant(connection, row) if row else None

    def some(self, most: int, after: tuple[str, str] | None = None) -> list[Warrant]:
        """The newest first; `after` is the place (`made`, `id`) of the last one seen."""
        query = select(warrants).order_by(warrants.c.made.desc(), warrants.c.id.desc()).limit(most)
        if after:
            query = query.where(tuple_(warrants.c.made, warrants.c.id) < after)
        with self._store.reading() as connection:
            return [self._warrant(connection, row) for row in connection.execute(query).mappings().all()]

    def paper(self, number: str) -> tuple[str, bytes] | None:
        """The name and the bytes of its paper; None where they are gone."""
        with self._store.reading() as connection:
            found = self._warrant(connection, _row(connection, number))
            vault, about = self._store.vault, f"{number}:paper"
            data = self._sealed().get(connection, vault, key_of(number), about, found.paper)
        return (found.paper_name, data) if data is not None else None

    # Looks

    def looked(self, look: Looked, at: datetime | None = None) -> int:
        """Records a look, before its answer is sent. Returns the ledger's index."""
        subject = look.tag.split(":")[1]
        with self._store.acting() as act:
            index = act.record(look)
            values = {
                "ledger_index": index,
                "warrant": look.warrant,
                "officer": look.officer,
                "subject": subject,
                "what": look.what[:200],
                "ids": json.dumps(look.ids),
                "shown": int(look.granted),
                "time": stamp(at or datetime.now(UTC)),
            }
            act.connection.execute(insert(inspector_reads).values(**values))
        return index

    def looks(self, number: str, most: int, before: int | None = None, *, kind: str = "") -> list[Look]:
        """What was looked at under a warrant, the newest first, from before a ledger index; of one subject."""
        column = inspector_reads.c
        query = select(inspector_reads).where(column.warrant == number).order_by(column.ledger_index.desc()).limit(most)
        if before is not None:
            query = query.where(column.ledger_index < before)
        if kind:
            query = query.where(column.subject == kind)
        with self._store.reading() as connection:
            return [_look(row) for row in connection.execute(query).mappings().all()]

    def _warrant(self, connection: Connection, row: RowMapping) -> Warrant:
        about, vault = f"{row['id']}:paper-name".encode(), self._store.vault
        name = vault.open(connection, key_of(row["id"]), bytes(row["paper_name"]), about) if vault else None
        plain = ("id", "authority", "number", "basis", "since", "until", "paper", "made", "made_by")
        optional = ("confirmed", "ended", "end_reason")
        values: dict[str, Any] = {each: row[each] for each in plain} | {each: row[each] or "" for each in optional}
        scope, entry = read_scope(row["scope"]), row["ledger_index"]
        return Warrant(**values, scope=scope, paper_name=name.decode() if name else "", entry=entry)

    def _sealed(self) -> SealedObjects:
        assert self._objects is not None  # noqa: S101  (given to those who keep and fetch papers)
        return SealedObjects(self._objects)


def key_of(number: str) -> str:
    """The name of the key under which a warrant's paper, requests and answers are sealed."""
    return f"warrant:{number}"


def event_of(subject: str) -> type[Looked]:
    """The kind of event that tells of a look at this subject."""
    found = events.every()[f"inspections:{subject}:read"]
    assert issubclass(found, Looked)  # noqa: S101
    return found


def _check(draft: Draft, now: str) -> None:
    if not draft.authority.strip() or not draft.number.strip():
        raise UsageError("the authority and the warrant's number are needed", "缺少检查机关或文书编号")
    if not draft.scope.subjects:
        raise UsageError("choose what the inspection is about", "请选择检查范围")
    if draft.until <= now or draft.until <= draft.since:
        raise UsageError("it ends before it begins, or is over already", "期限有误：结束须晚于开始和现在", hint=_LATER)
    if draft.scope.since and draft.scope.before and draft.scope.before <= draft.scope.since:
        raise UsageError("the records' time range ends before it begins", "记录时间范围的结束早于开始")
    if not draft.paper.data or len(draft.paper.data) > MOST_PAPER:
        raise UsageError("attach the warrant's paper, 16 MiB at most", "请附上执法文书，不超过 16 MiB")


def _reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("a reason is needed", "须说明理由")


def _row(connection: Connection, number: str) -> RowMapping:
    row = connection.execute(select(warrants).where(warrants.c.id == number)).mappings().first()
    if row is None:
        raise UsageError("there is no such warrant", "没有这份检查授权")
    return row


def _look(row: RowMapping) -> Look:
    names = ("warrant", "officer", "subject", "what", "time")
    ids: Sequence[str] = json.loads(row["ids"])
    said = {each: row[each] for each in names}
    return Look(row["ledger_index"], **said, ids=tuple(ids), granted=bool(row["shown"]))
