"""Reads reports of the public: by their receipt code, one by one, in lists."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Connection, RowMapping

from overt.access.warrant import EVERYTHING, Scope
from overt.errors import SetupError
from overt.ledger.events.reports import ReportSeen
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.report_rows import Fingerprints, Hit, Kind, Promise, Report, Said, State, Step, read_code, unknown
from overt.store.sealed import SealedObjects
from overt.store.tables.content import reports
from overt.store.tables.public_reports import public_report_steps as steps
from overt.store.tables.public_reports import public_reports as table
from overt.store.vault import Vault
from overt.store.within import reports_within


class ReportBook:
    """The reports of one set-up, as they are read. `objects` is needed where files are kept."""

    def __init__(self, store: Store, objects: Objects | None = None) -> None:
        self.store = store
        self.objects = SealedObjects(objects) if objects else None

    def by_code(self, typed: str) -> Report | None:
        """The report with this receipt code."""
        code = read_code(typed)
        if not code:
            return None
        with self.store.reading() as connection:
            query = select(table).where(table.c.code_hash == self.hashed(code))
            row = connection.execute(query).mappings().first()
            return report_of(row) if row else None

    def get(self, report_id: str) -> Report:
        """One report. Raises `UsageError` where there is none."""
        with self.store.reading() as connection:
            return report_of(row_of(connection, report_id))

    def said(self, report_id: str) -> Said | None:
        """What the reporter said; None where its key is gone. For those alone who may see it."""
        with self.store.reading() as connection:
            row = row_of(connection, report_id)
            data = self.opened(connection, row["person"], row["sealed"], f"{report_id}:report")
        if not data:
            return None
        told = json.loads(data)
        return Said(**told | {"links": tuple(told["links"])})

    def history(self, report_id: str, *, words: bool) -> tuple[Step, ...]:
        """What happened, in its order; with the words that came with it where they may be seen."""
        query = select(steps).where(steps.c.report_id == report_id).order_by(steps.c.number)
        with self.store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return tuple(
                Step(
                    row["at"],
                    row["step"],
                    row["by"],
                    tuple(json.loads(row["clauses"])),
                    (self.opened(connection, row["person"], row["sealed"], f"{row['step_id']}:step") or b"").decode()
                    if words
                    else "",
                )
                for row in rows
            )

    def views(self, report_id: str, by: str) -> tuple[bytes, ...]:
        """The small pictures that the reporter chose to send (WebP). That they were looked at is recorded."""
        with self.store.acting() as act:
            row = row_of(act.connection, report_id)
            data = self.opened(act.connection, row["person"], row["views"], f"{report_id}:views")
            if not data:
                return ()
            act.record(ReportSeen(report_id, by))
        return tuple(bytes.fromhex(each) for each in json.loads(data))

    def every(
        self,
        *,
        states: Sequence[State] = (),
        kind: Kind | None = None,
        after: tuple[str, str] | None = None,
        most: int = 50,
        scope: Scope = EVERYTHING,
    ) -> tuple[Report, ...]:
        """Reports, the oldest first; `after` is the place (received, id) where the page before ended."""
        query = select(table).where(*reports_within(scope)).order_by(table.c.received, table.c.report_id).limit(most)
        if states:
            query = query.where(table.c.state.in_(states))
        if kind:
            query = query.where(table.c.kind == kind)
        if after:
            later = and_(table.c.received == after[0], table.c.report_id > after[1])
            query = query.where(or_(table.c.received > after[0], later))
        with self.store.reading() as connection:
            return tuple(report_of(row) for row in connection.execute(query).mappings())

    def waiting(self) -> tuple[int, str, str]:
        """How many wait for staff, since when the oldest does, and the nearest time by which one is due."""
        ours = table.c.state.in_(("received", "working"))
        due = func.min(func.nullif(table.c.due, ""))
        with self.store.reading() as connection:
            count, since, soonest = connection.execute(
                select(func.count(), func.min(table.c.received), due).where(ours)
            ).one()
        return int(count), since or "", soonest or ""

    def prints(self, report_id: str) -> Fingerprints | None:
        """What the reported content is known by; None where nothing was given, or its key is gone."""
        with self.store.reading() as connection:
            row = row_of(connection, report_id)
            data = self.opened(connection, row["person"], row["prints"], f"{report_id}:prints")
            return Fingerprints.unpacked(data) if data else None

    def shown(self, content_id: str) -> str | None:
        """Whose likeness the pictures of a reported content show: the id to uncover; None where it was not reported.

        Of one that no member of the public reported, its own id.
        """
        with self.store.reading() as connection:
            told = select(table.c.person).where(table.c.remembered == content_id).limit(1)
            own = select(reports.c.report_id).where(reports.c.report_id == content_id)
            found: str | None = connection.execute(told).scalar() or connection.execute(own).scalar()
        return found

    # Inside ----------------------------------------------------------------------------------------------------------

    def hashed(self, code: str) -> str:
        """What is kept of a receipt code."""
        return self.vault().blind(f"report\n{code}")

    def opened(self, connection: Connection, person: str, sealed: bytes | None, about: str) -> bytes | None:
        """What was sealed under a report's key; None where there is nothing, or the key is gone."""
        if not sealed:
            return None
        return self.vault().open(connection, person, bytes(sealed), about.encode())

    def vault(self) -> Vault:
        """What seals and opens. Raises `SetupError` where there is none."""
        if self.store.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
        return self.store.vault


def row_of(connection: Connection, report_id: str) -> RowMapping:
    """The row of a report. Raises `UsageError`."""
    row = connection.execute(select(table).where(table.c.report_id == report_id)).mappings().first()
    if row is None:
        raise unknown()
    return row


def report_of(row: RowMapping) -> Report:
    """A report from its row."""
    hits = tuple(Hit(**each | {"led_by": tuple(each["led_by"])}) for each in json.loads(row["matches"]))
    return Report(
        id=row["report_id"],
        person=row["person"],
        kind=row["kind"],
        state=row["state"],
        outcome=row["outcome"],
        language=row["language"],
        received=row["received"],
        promise=Promise.unpacked(row["promise"]),
        answered=row["answered"] or "",
        looked=row["looked"],
        hits=hits,
        remembered=row["remembered"],
        media_type=row["media_type"],
        has_prints=row["prints"] is not None,
        has_file=row["object"] is not None,
        has_views=row["views"] is not None,
    )
