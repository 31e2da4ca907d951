"""Tables of the ledger: entries, what opens them, the ids under which they are found, the keys of persons."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, text

from overt.store.tables.base import metadata

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("tag", String(64), nullable=False),
    Column("stream", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("time", String(32), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Index("ledger_entries_in_stream", "stream", "number"),
    comment="The ledger's leaves: what everybody may see. Entries of the first version have no stream and no time.",
)

ledger_openings = Table(
    "ledger_openings",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("keeping", String(32), nullable=False, index=True),
    Column("person", String(64), nullable=True),
    Column("data", LargeBinary, nullable=False),
    Index(
        "ledger_openings_of_persons",
        "person",
        sqlite_where=text("person IS NOT NULL"),
        postgresql_where=text("person IS NOT NULL"),
    ),
    comment="Salt and canonical event of each entry; sealed under the person's key where there is a person.",
)

ledger_about = Table(
    "ledger_about",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
    comment="Which entries speak of a content, a decision, a consent, a case.",
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("wrapped", LargeBinary, nullable=True),
    Column("made", String(32), nullable=False),
    Column("destroyed", String(32), nullable=True),
    comment="One key for each person, wrapped by the set-up's vault key. No key: the person's data cannot be read.",
)
