"""What is kept of contents so that copies of them are found: written with the act it belongs to, and looked up.

The rows of `fingerprints` carry the index of the ledger entry that they were written with. Entries are numbered without
gaps and in the order of their transactions, so that whoever copies the rows (an index) can go on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import Engine, bindparam, delete, func, insert, select
from sqlalchemy.engine import Connection, RowMapping

from overt.errors import InternalError
from overt.language import Text
from overt.marks.credential.store_bytes import active_label
from overt.marks.kept import Gap, Kept, Print, Remembered
from overt.marks.watermark.model import shortened, spelled
from overt.store.tables import fingerprints, isccs, ledger_entries, manifests, reports, watermark_ids
from overt.store.told import told

Origin = Literal["released", "reported"]
_BATCH = 2_000  # Rows fetched at once.
_NOT_TAKEN = Text(zh="发布时没有提取指纹", en="no fingerprint was taken when it was released")
_MOST_COLLISIONS = 100
_TAKEN = select(watermark_ids.c.content_id).where(watermark_ids.c.short_id == bindparam("short"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a fingerprint, or the gap where one is missing. `number` is the row's own."""

    number: int
    ledger_index: int
    content_id: str
    origin: Origin
    kind: str
    taken: Print | Gap


def write(connection: Connection, index: int, content_id: str, origin: Origin, kept: Kept) -> None:
    """Writes what is kept of a content, in the transaction of the act with this ledger entry.

    At least one row of fingerprints is written, if only to say that there is none.
    """
    gaps = kept.gaps or (() if kept.prints else (Gap("", _NOT_TAKEN),))
    common = {"ledger_index": index, "content_id": content_id, "origin": origin}
    taken = [
        common
        | {name: getattr(each, name) for name in ("kind", "form", "made_by", "count", "extent", "data")}
        | {"missing": None}
        for each in kept.prints
    ]
    missing = [
        common
        | {"kind": gap.kind, "form": "", "made_by": "", "count": 0, "extent": 0, "data": None}
        | {"missing": json.dumps(gap.reason.both(), ensure_ascii=False)}
        for gap in gaps
    ]
    connection.execute(insert(fingerprints), taken + missing)
    if kept.manifest:
        values = {"content_id": content_id, "label": active_label(kept.manifest), "sha256": kept.manifest_sha256}
        connection.execute(insert(manifests).values(**values, data=kept.manifest))
    if kept.iscc:
        connection.execute(insert(isccs).values(content_id=content_id, iscc=kept.iscc))


def claim(connection: Connection, content_id: str) -> None:
    """Takes the watermark ids of a released content: nobody else gets them."""
    connection.execute(
        insert(watermark_ids).values(
            long_id=spelled(shortened(content_id, 64), 64),
            short_id=spelled(shortened(content_id, 40), 40),
            content_id=content_id,
        )
    )


def fresh_content_id(connection: Connection) -> str:
    """A content id whose watermark ids, short ones too, no other content has."""
    for _ in range(_MOST_COLLISIONS):
        content_id = str(uuid4())
        if connection.execute(_TAKEN, {"short": spelled(shortened(content_id, 40), 40)}).first() is None:
            return content_id
    raise InternalError("no free watermark id was found", "未能找到可用的水印编号")


def erase(connection: Connection, content_id: str) -> None:
    """Deletes what is kept of a content, but for its watermark ids: they are not given to another."""
    for table in (fingerprints, manifests, isccs):
        connection.execute(delete(table).where(table.c.content_id == content_id))


class KeptRecords:
    """Looks up what is kept, in the database of a store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(), self._engine.connect() as connection:
            yield connection

    def new_content_id(self) -> str:
        """A content id whose watermark ids, short ones too, no other content has."""
        with self._reading() as connection:
            return fresh_content_id(connection)

    def by_watermark(self, spelled_id: str) -> str | None:
        """The content id that a watermark id of 16 or 10 hexadecimal digits stands for."""
        column = watermark_ids.c.long_id if len(spelled_id) == 16 else watermark_ids.c.short_id
        with self._reading() as connection:
            found = connection.execute(select(watermark_ids.c.content_id).where(column == spelled_id)).scalar()
        return str(found) if found else None

    def rows_of(self, content_id: str) -> tuple[Row, ...]:
        """The fingerprints and gaps of one content."""
        query = select(fingerprints).where(fingerprints.c.content_id == content_id).order_by(fingerprints.c.row)
        with self._reading() as connection:
            return tuple(_row(row) for row in connection.execute(query).mappings())

    def rows(self, numbers: Sequence[int]) -> dict[int, Row]:
        """These rows by their numbers; what was deleted meanwhile is missing."""
        found: dict[int, Row] = {}
        with self._reading() as connection:
            for start in range(0, len(numbers), 500):  # As many parameters as every database takes.
                part = fingerprints.c.row.in_([int(number) for number in numbers[start : start + 500]])
                for row in connection.execute(select(fingerprints).where(part)).mappings():
                    found[row["row"]] = _row(row)
        return found

    def rows_since(self, kinds: Iterable[str], entry: int, until: int) -> Iterator[list[Row]]:
        """The fingerprints of these kinds written with the entries from `entry` to before `until`, in order."""
        query = (
            select(fingerprints)
            .where(fingerprints.c.kind.in_(list(kinds)), fingerprints.c.data.is_not(None))
            .where(fingerprints.c.ledger_index >= entry, fingerprints.c.ledger_index < until)
            .order_by(fingerprints.c.ledger_index, fingerprints.c.row)
            .execution_options(yield_per=_BATCH)
        )
        with self._reading() as connection:
            for part in connection.execute(query).mappings().partitions():
                yield [_row(row) for row in part]

    def entry(self, index: int) -> bytes | None:
        """The hash of one ledger entry, which tells this record from another one."""
        with self._reading() as connection:
            query = select(ledger_entries.c.leaf_hash).where(ledger_entries.c.index == index)
            return connection.execute(query).scalar()

    def entries(self) -> int:
        """How many ledger entries there are: they are numbered without gaps."""
        with self._reading() as connection:
            last = connection.execute(select(func.max(ledger_entries.c.index))).scalar()
        return 0 if last is None else int(last) + 1

    def manifest(self, content_id: str) -> bytes | None:
        """The C2PA manifest store of a released content."""
        with self._reading() as connection:
            query = select(manifests.c.data).where(manifests.c.content_id == content_id)
            return connection.execute(query).scalar()

    def manifest_label(self, content_id: str) -> str | None:
        """How C2PA names the active manifest of a released content."""
        with self._reading() as connection:
            query = select(manifests.c.label).where(manifests.c.content_id == content_id)
            return connection.execute(query).scalar()

    def by_manifest_label(self, label: str) -> str | None:
        """The content whose active manifest has this label."""
        with self._reading() as connection:
            query = select(manifests.c.content_id).where(manifests.c.label == label)
            return connection.execute(query).scalar()

    def by_iscc(self, iscc: str) -> tuple[str, ...]:
        """The contents with exactly this ISCC code."""
        with self._reading() as connection:
            query = select(isccs.c.content_id).where(isccs.c.iscc == iscc).order_by(isccs.c.content_id)
            return tuple(connection.execute(query).scalars())

    def iscc(self, content_id: str) -> str | None:
        """The ISCC code of a content."""
        with self._reading() as connection:
            return connection.execute(select(isccs.c.iscc).where(isccs.c.content_id == content_id)).scalar()

    def report(self, report_id: str) -> Remembered | None:
        """A content that was reported."""
        return self._report(reports.c.report_id == report_id)

    def reported(self, sha256: str) -> Remembered | None:
        """A reported content of exactly these bytes."""
        return self._report(reports.c.sha256 == sha256)

    def _report(self, condition: object) -> Remembered | None:
        query = select(reports).where(condition).order_by(reports.c.ledger_index)  # type: ignore[arg-type]
        with self._reading() as connection:
            row = connection.execute(query).mappings().first()
        return Remembered(**{name: row[name] for name in Remembered.__dataclass_fields__}) if row else None


def _row(row: RowMapping) -> Row:
    taken: Print | Gap
    if row["data"] is None:
        reason = json.loads(row["missing"])
        taken = Gap(row["kind"], Text(zh=reason["zh"], en=reason["en"]))
    else:
        taken = Print(row["kind"], row["form"], row["count"], row["extent"], row["made_by"], bytes(row["data"]))
    return Row(row["row"], row["ledger_index"], row["content_id"], row["origin"], row["kind"], taken)
