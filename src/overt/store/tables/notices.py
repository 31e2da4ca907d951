"""Table of notices: what an operator publishes for everybody to read, every version of it."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

notices = Table(
    "notices",
    metadata,
    Column("kind", String(24), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("valid_from", String(32), nullable=False),
    Column("published", String(32), nullable=False),
    Column("by", String(128), nullable=False),
    Column("covers", Text, nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    info=kept("log"),
    comment="Published versions of notices, by kind; a version is never changed.",
)
