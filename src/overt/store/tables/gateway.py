"""Tables of the gateway: its keys, and what a generator is still at work on."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

gateway_keys = Table(
    "gateway_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("account", String(64), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("consents", Text, nullable=False),
    Column("names_accounts", Boolean, nullable=False),
    Column("made", String(32), nullable=False),
    Column("withdrawn", String(32), nullable=True),
    comment="Who may use the gateway. A key is kept as its SHA-256; it has 256 random bits.",
)

gateway_jobs = Table(
    "gateway_jobs",
    metadata,
    Column("job", String(256), primary_key=True),
    Column("key_id", String(32), nullable=False),
    Column("decision", Text, nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("file", String(128), nullable=False),
    Column("made", String(32), nullable=False),
    comment="What a generator works on under its own number, by which decision, and what came of it.",
    info=kept("log", since="made"),
)
