"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("source_sha256", String(64), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("producer", String(128), nullable=False),
    Column("techniques", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Column("released", String(32), nullable=False),
    Column("system", String(256), nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="One row for each released content, under its content id.",
)

disseminations = Table(
    "disseminations",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("propagate_id", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("source_sha256", String(64), nullable=False, index=True),
    Column("media_type", String(128), nullable=False),
    Column("propagator", String(128), nullable=False),
    Column("attribute", String(1), nullable=False),
    Column("declared", String(3), nullable=False),
    Column("label", Text, nullable=False),
    Column("superseded", Text, nullable=False),
    Column("written", String(32), nullable=False),
    comment="One row for each label written back into a file that others made.",
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("tag", String(64), nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    comment="The ledger's leaves. The salt is the store's secret; what the ledger shows is the commitment.",
)
