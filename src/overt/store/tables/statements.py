"""Tables of what people answer to the law: statements on duties, determinations of facts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from overt.store.tables.base import metadata

statements = Table(
    "statements",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("duties", Text, nullable=False),
    Column("topic", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", String(256), nullable=False),
    Column("made", String(32), nullable=False),
    Column("expires", String(10), nullable=False),
    Column("document", String(64), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("withdrawn", String(32), nullable=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="Signed statements of people on duties that no software can meet.",
)

determinations = Table(
    "determinations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("rulebook", String(32), nullable=False, index=True),
    Column("fact", String(64), nullable=False),
    Column("value", Boolean, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("owner", String(256), nullable=False),
    Column("made", String(32), nullable=False),
    Column("review_by", String(10), nullable=False),
    Column("document", String(64), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="Signed determinations of facts about the service, which switch duties on and off. The latest counts.",
)
