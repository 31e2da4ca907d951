"""The record of released contents. An act and its ledger entry are one transaction."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, create_engine, delete, event, insert, inspect, select
from sqlalchemy.engine import Connection, RowMapping

from overt.dissemination.model import Dissemination
from overt.errors import SetupError
from overt.ledger import merkle
from overt.ledger.entry import decode
from overt.ledger.event import body_of, committed
from overt.ledger.events.content import ContentDisseminated, ContentForgotten, ContentReleased, ContentRemembered
from overt.marks.kept import Kept, Remembered
from overt.marks.model import Release
from overt.store import kept as keeping
from overt.store import vault as vaults
from overt.store.log import Act, entry_at
from overt.store.previews import Previews
from overt.store.tables import contents, disseminations, reports
from overt.store.tables.consents import recalls
from overt.store.told import told
from overt.store.tree import FOLDER as LEDGER
from overt.store.tree import Tree
from overt.store.vault import Vault

DATABASE = "overt.db"


class Store:
    """The records of one set-up. Open it with `Store.open`; threads may share it."""

    def __init__(self, engine: Engine, data: Path | None = None, vault: Vault | None = None) -> None:
        self.engine = engine
        self._writing = engine.execution_options(writes=True)
        self._shared = threading.local()
        self.vault = vault
        self.data = data
        self.previews = Previews(data) if data else None

    @classmethod
    def open(cls, folder: Path, url: str = "", vault: Path | None = None) -> Store:
        """The store of a data folder, made or brought up to date where needed.

        `url` names another database than the folder's own; `vault` is the file of the vault key, without which nothing
        about persons can be kept.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            opened = vaults.load(vault) if vault else None
            return cls.connect(url or f"sqlite:///{folder / DATABASE}", folder, opened)
        except (
            OSError,
            ValueError,
        ) as error:  # ValueError: a name that no folder can have, an error of the database that is no text
            raise SetupError(
                f"the data folder {folder} cannot be used: {error}", f"数据目录 {folder} 无法使用：{error}"
            ) from error

    @classmethod
    def connect(cls, url: str, data: Path | None = None, vault: Vault | None = None) -> Store:
        """The store behind an SQLAlchemy URL; `data` is where previews go, without it there are none."""
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _durable)
            event.listen(engine, "begin", _begin)
        with told():
            if not _up_to_date(engine):
                from overt.store.migrate import upgrade  # noqa: PLC0415  # Alembic is slow to import

                upgrade(engine)
        return cls(engine, data, vault)

    def close(self) -> None:
        """Lets the database go."""
        self.engine.dispose()

    @property
    def kept(self) -> keeping.KeptRecords:
        """What is kept of contents, so that copies of them are found."""
        return keeping.KeptRecords(self.engine)

    def new_content_id(self) -> str:
        """A content id whose watermark ids no other content has."""
        with told():
            return self.kept.new_content_id()

    def release(self, release: Release, kept: Kept | None = None, decision_id: str = "") -> int:
        """Records a release, its ledger entry and what is kept of it, all or nothing. Returns the entry's index.

        With a decision, its content id is used up in the same transaction; raises `RefusedError` where it cannot be.
        """
        from overt.store import decision_rows  # noqa: PLC0415  # only where there is a gate

        with self._previewed(release.content_id, kept), self.acting() as act:
            if decision_id:
                decision_rows.use(act, decision_id, release)
            index = act.record(ContentReleased(release))
            act.connection.execute(
                insert(contents).values(
                    **{name: _column(getattr(release, name)) for name in Release.__dataclass_fields__},
                    ledger_index=index,
                )
            )
            keeping.claim(act.connection, release.content_id)
            keeping.write(act.connection, index, release.content_id, "released", kept or Kept())
        return index

    def remember(self, remembered: Remembered, kept: Kept) -> int:
        """Records a reported content with its ledger entry and its fingerprints. Returns the entry's index."""
        with self._previewed(remembered.report_id, kept), self.acting() as act:
            index = act.record(ContentRemembered(remembered))
            act.connection.execute(insert(reports).values(**asdict(remembered), ledger_index=index))
            keeping.write(act.connection, index, remembered.report_id, "reported", kept)
        return index

    def forget(self, report_id: str) -> int | None:
        """Deletes a reported content and what is kept of it, with a ledger entry; None where there is none."""
        with self.acting() as act:
            if not act.connection.execute(delete(reports).where(reports.c.report_id == report_id)).rowcount:
                return None
            keeping.erase(act.connection, report_id)
            index = act.record(ContentForgotten(report_id))
        if self.previews:
            self.previews.delete(report_id)
        return index

    def by_content_id(self, content_id: str) -> Release | None:
        """The content released under this id."""
        return self._one(contents.c.content_id == content_id)

    def by_sha256(self, sha256: str) -> Release | None:
        """The content whose released file has this hash."""
        return self._one(contents.c.sha256 == sha256)

    def recalled(self, content_ids: Collection[str]) -> dict[str, str]:
        """Those of these contents that rest on a consent which was withdrawn, and since when."""
        if not content_ids:
            return {}
        query = select(recalls.c.content_id, recalls.c.recalled).where(recalls.c.content_id.in_(content_ids))
        with self.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query).all()}

    def disseminate(self, record: Dissemination) -> int:
        """Records a write-back and its ledger entry, both or neither; the earlier entry's index for the same bytes."""
        same = (disseminations.c.sha256 == record.sha256) & (disseminations.c.propagate_id == record.propagate_id)
        with self.acting() as act:
            earlier = act.connection.execute(select(disseminations.c.ledger_index).where(same)).scalar()
            if earlier is not None:
                return int(earlier)
            index = act.record(ContentDisseminated(record))
            act.connection.execute(insert(disseminations).values(**asdict(record), ledger_index=index))
        return index

    def dissemination(self, propagate_id: str) -> Dissemination | None:
        """The latest write-back under this number."""
        return self._latest(disseminations.c.propagate_id == propagate_id)

    def disseminated(self, sha256: str) -> Dissemination | None:
        """The write-back whose written file has this hash."""
        return self._latest(disseminations.c.sha256 == sha256)

    @contextmanager
    def _previewed(self, content_id: str, kept: Kept | None) -> Iterator[None]:
        """Previews are there before the record names the content, and gone where it could not be recorded."""
        if self.previews is None or kept is None or self.previews.has(content_id):
            yield
            return
        try:
            self.previews.put(content_id, kept)
            yield
        except BaseException:
            self.previews.delete(content_id)
            raise

    @contextmanager
    def acting(self) -> Iterator[Act]:
        """A transaction in which nobody else numbers ledger entries: the act and its entries, all or nothing."""
        with told(), self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite's transaction begins with its lock (`_begin`).
                connection.exec_driver_sql("LOCK TABLE ledger_entries IN SHARE ROW EXCLUSIVE MODE")
            yield Act(connection, self.vault)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads; within `view`, that one."""
        if (shared := getattr(self._shared, "connection", None)) is not None:
            yield shared
            return
        with told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def view(self) -> Iterator[None]:
        """What this thread reads within is read in one transaction: one moment of the record, and one price for it."""
        with self.reading() as connection:
            self._shared.connection = connection
            try:
                yield
            finally:
                self._shared.connection = None

    def _latest(self, condition: ColumnElement[bool]) -> Dissemination | None:
        query = select(disseminations).where(condition).order_by(disseminations.c.ledger_index.desc())
        with told(), self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
            return Dissemination(**{name: row[name] for name in Dissemination.__dataclass_fields__}) if row else None

    def _one(self, condition: object) -> Release | None:
        with told(), self.engine.connect() as connection:
            row = connection.execute(select(contents).where(condition)).mappings().first()  # type: ignore[arg-type]
            return _record(row) if row else None

    @property
    def tree(self) -> Tree:
        """The tree over the ledger's entries."""
        return Tree(self.engine, self.data / LEDGER if self.data else None)

    def ledger_root(self) -> tuple[int, bytes]:
        """The ledger's size and root."""
        view = self.tree.view()
        return view.size, view.root

    def proof(self, index: int) -> list[bytes]:
        """The inclusion proof of one entry under the present root."""
        return self.tree.view().inclusion(index)

    def ledger_index(self, content_id: str) -> int | None:
        """The index of the ledger entry of a release."""
        query = select(contents.c.ledger_index).where(contents.c.content_id == content_id)
        with told(), self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def proved(self, release: Release) -> bool:
        """Whether the ledger's entry commits to exactly this release and lies under the present root."""
        index = self.ledger_index(release.content_id)
        if index is None:
            return False
        with self.reading() as connection:
            logged = entry_at(connection, self.vault, index)
        if logged.opening is None:
            return False
        said = committed(body_of(ContentReleased(release)), logged.opening.salt)
        view, leaf = self.tree.view(), merkle.leaf_hash(logged.entry)
        held = merkle.verify_inclusion(leaf, index, view.size, view.inclusion(index), view.root)
        return held and said == decode(logged.entry).commitment


def _column(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _record(row: RowMapping) -> Release:
    values = {name: row[name] for name in Release.__dataclass_fields__}
    return Release(**values | {name: tuple(json.loads(row[name])) for name in ("techniques", "marks")})


def _durable(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # SQLAlchemy begins, not the driver
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA secure_delete=ON")  # What is deleted is overwritten.
    cursor.execute("PRAGMA wal_autocheckpoint=4000")  # pages: an act writes some ten, most of them again and again
    cursor.close()


def _begin(connection: Connection) -> None:
    # Two processes that number ledger entries must not read the same count. Readers wait for nobody.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _up_to_date(engine: Engine) -> bool:
    from overt.store.migrations import HEAD  # noqa: PLC0415

    if not inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
