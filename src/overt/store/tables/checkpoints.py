"""The table of checkpoints that were signed: what the log has said of its own size and root."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from overt.store.tables.base import metadata

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("stamp", LargeBinary, nullable=True),
    Column("time", String(32), nullable=False),
    comment="Every checkpoint that was signed, with its cosignatures and its RFC 3161 time stamp.",
)
