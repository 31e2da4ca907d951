"""Finds contents in the record: released, distributed for others, remembered because they were reported.

A page of a search is the newest first by their ledger entries, whose indexes are one order for all three kinds: the
place where a page ended is one number. Each kind is read along its own index and no further than the page needs.
Fingerprints are `overt.tracing`'s affair; what a person typed is told apart by its form (`Wanted.typed`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlalchemy.engine import Connection, RowMapping

from overt.access.warrant import EVERYTHING, Scope
from overt.errors import UsageError
from overt.ledger.bundle import moment
from overt.store.records import Store
from overt.store.tables.consents import consent_contents, recalls
from overt.store.tables.content import contents, disseminations, reports, watermark_ids
from overt.store.tables.decisions import decision_contents
from overt.store.within import contents_within

Kind = Literal["released", "distributed", "reported"]
KINDS: Final[tuple[Kind, ...]] = ("released", "distributed", "reported")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_WATERMARK: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{10}")
_UUID: Final = re.compile(r"(?:urn:(?:c2pa|uuid):)?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})(?::[!-~]*)?")
_TYPED: Final = 200  # Characters of what a person typed; the longest that is known here has 64.


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; everything that is given has to fit. Empty finds all.

    `typed` is an id or a hash in any of its forms: content id, report, propagation number, watermark id (16 or 10
    hexadecimal digits), identifier of a C2PA manifest, SHA-256 of the released file or of what it was made from,
    decision, consent. `media` is a media type or its first half (`image`). `attribute` (1 is, 2 may be, 3 is suspected)
    is of what others made and we distributed. `since` and `before` are UTC (ISO 8601), days or moments.
    """

    typed: str = ""
    kind: Kind | None = None
    producer: str = ""
    technique: str = ""
    media: str = ""
    attribute: str = ""
    since: str = ""
    before: str = ""

    def within(self, since: str, before: str) -> Wanted:
        """The same in a time, as people write it: a day (`2026-11-01`) or a moment. Raises `UsageError`."""
        found = []
        for each in (since.strip(), before.strip()):
            # Without their zone, so that records that write UTC in either way are compared alike.
            found.append(moment(each)[: len("2026-11-01T00:00:00")] if each else "")
            if each and not found[-1]:
                raise UsageError(f"{each[:40]!r} is no day and no time", f"“{each[:40]}”不是日期或时刻")
        return replace(self, since=found[0], before=found[1])

    def kinds(self) -> Iterator[Kind]:
        """The kinds of record in which something can fit."""
        for each in KINDS:
            apart = (self.kind and self.kind != each) or (self.technique and each != "released")
            if (
                not apart
                and not (self.attribute and each != "distributed")
                and not (self.producer and each == KINDS[2])
            ):
                yield each


@dataclass(frozen=True, slots=True)
class Row:
    """One content as a list shows it.

    `id` is the content id, the propagation number, or the report's number; `maker` the producer or propagator; `made`
    when it was released, written or remembered; `recalled` since when, where a consent it rests on was withdrawn.
    """

    kind: Kind
    id: str
    ledger_index: int
    sha256: str
    media_type: str
    made: str
    maker: str = ""
    techniques: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    attribute: str = ""
    reason: str = ""
    recalled: str = ""


def find(
    store: Store, wanted: Wanted, most: int, before_entry: int | None = None, scope: Scope = EVERYTHING
) -> list[Row]:
    """The newest contents that fit, below a ledger entry where one is given: at most `most`.

    Of a limited `scope`, that of an inspector's warrant, only released contents are shown: others cannot be related to
    it.
    """
    with store.reading() as connection:
        found: list[Row] = []
        for kind in wanted.kinds():
            if scope.limited and kind != "released":
                continue
            query = _query(connection, kind, wanted)
            if query is None:
                continue
            column = _TABLES[kind].c.ledger_index
            query = query.where(*contents_within(scope)) if kind == "released" else query
            below = query if before_entry is None else query.where(column < before_entry)
            rows = connection.execute(below.order_by(column.desc()).limit(most)).mappings()
            found += [_READ[kind](row) for row in rows]
        found = sorted(found, key=lambda row: -row.ledger_index)[:most]
        ids = [row.id for row in found if row.kind == "released"]
        since: dict[str, str] = {}
        if ids:
            gone = select(recalls.c.content_id, recalls.c.recalled).where(recalls.c.content_id.in_(ids))
            since = {row[0]: row[1] for row in connection.execute(gone)}
    return [replace(row, recalled=since[row.id]) if row.id in since else row for row in found]


def producers(store: Store, most: int = 50) -> tuple[str, ...]:
    """The producers of released contents, one step along the index for each: for a choice on a form."""
    found: list[str] = []
    column = contents.c.producer
    with store.reading() as connection:
        while len(found) < most:
            query = select(column).order_by(column).limit(1)
            after = connection.execute(query.where(column > found[-1]) if found else query).scalar()
            if after is None:
                break
            found.append(after)
    return tuple(found)


def _query(connection: Connection, kind: Kind, wanted: Wanted) -> Select[Any] | None:
    """What fits in one kind of record; None where nothing can."""
    table = _TABLES[kind]
    column, time = table.c, table.c[_TIMES[kind]]
    conditions: list[ColumnElement[bool]] = []
    if wanted.typed:
        meant = _meant(connection, kind, wanted.typed.strip()[:_TYPED])
        if meant is None:
            return None
        conditions.append(meant)
    if wanted.since:
        conditions.append(time >= wanted.since)
    if wanted.before:
        conditions.append(time < wanted.before)
    if wanted.media:
        whole = "/" in wanted.media
        conditions.append(
            column.media_type == wanted.media
            if whole
            else column.media_type.startswith(f"{wanted.media}/", autoescape=True)
        )
    if wanted.producer:
        conditions.append((column.producer if kind == "released" else column.propagator) == wanted.producer)
    if wanted.technique:
        conditions.append(column.techniques.contains(json.dumps(wanted.technique), autoescape=True))
    if wanted.attribute:
        conditions.append(column.attribute == wanted.attribute)
    return select(table).where(*conditions)


def _meant(connection: Connection, kind: Kind, typed: str) -> ColumnElement[bool] | None:
    """The condition that an id or a hash stands for."""
    column, written, typed = _TABLES[kind].c, typed, typed.lower()
    if _SHA256.fullmatch(typed):
        return (
            column.sha256 == typed if kind == "reported" else or_(column.sha256 == typed, column.source_sha256 == typed)
        )
    if kind == "distributed":
        return column.propagate_id == written  # Others may choose it as they like.
    found = _UUID.fullmatch(typed)
    named = str(UUID(found[1])) if found else written
    if kind == "reported":
        return column.report_id == named
    if _WATERMARK.fullmatch(typed):
        short = watermark_ids.c.long_id if len(typed) == len("0" * 16) else watermark_ids.c.short_id
        return column.content_id.in_(select(watermark_ids.c.content_id).where(short == typed))
    under = select(decision_contents.c.content_id).where(decision_contents.c.decision == named)
    resting = select(consent_contents.c.content_id).where(consent_contents.c.consent_id == named)
    ids = {
        named,
        *connection.execute(under.limit(_MOST)).scalars(),
        *connection.execute(resting.limit(_MOST)).scalars(),
    }
    return column.content_id.in_(sorted(ids))


_MOST: Final = 500
"""Contents of one decision or consent that a search shows: as many parameters as every database takes."""


def _released(row: RowMapping) -> Row:
    return Row(
        "released",
        row["content_id"],
        row["ledger_index"],
        row["sha256"],
        row["media_type"],
        row["released"],
        row["producer"],
        tuple(json.loads(row["techniques"])),
        tuple(json.loads(row["marks"])),
    )


def _distributed(row: RowMapping) -> Row:
    return Row(
        "distributed",
        row["propagate_id"],
        row["ledger_index"],
        row["sha256"],
        row["media_type"],
        row["written"],
        row["propagator"],
        attribute=row["attribute"],
    )


def _reported(row: RowMapping) -> Row:
    return Row(
        "reported",
        row["report_id"],
        row["ledger_index"],
        row["sha256"],
        row["media_type"],
        row["remembered"],
        reason=row["reason"],
    )


_TABLES: Final[dict[Kind, Table]] = {"released": contents, "distributed": disseminations, "reported": reports}
_TIMES: Final[dict[Kind, str]] = {"released": "released", "distributed": "written", "reported": "remembered"}
_READ: Final = {"released": _released, "distributed": _distributed, "reported": _reported}
