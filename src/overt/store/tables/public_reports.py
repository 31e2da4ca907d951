"""Tables of reports by the public: what was reported, and what happened since."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

public_reports = Table(
    "public_reports",
    metadata,
    Column("report_id", String(36), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("code_hash", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("received", String(32), nullable=False),
    Column("due", String(32), nullable=False),
    Column("promise", Text, nullable=False),
    Column("answered", String(32), nullable=True),
    Column("looked", String(16), nullable=False),
    Column("matches", Text, nullable=False),
    Column("remembered", String(36), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("prints", LargeBinary, nullable=True),
    Column("object", String(64), nullable=True),
    Column("media_type", String(128), nullable=False),
    Column("views", LargeBinary, nullable=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    Index("public_reports_by_age", "received", "report_id"),
    info=kept(
        "case",
        since="received",
        about="report_id",
        person="person",
        sealed={"sealed": "{report_id}:report", "prints": "{report_id}:prints", "views": "{report_id}:views"},
        forget=("code_hash",),
    ),
    comment="Reports of the public. What was said, the contact and the fingerprints are sealed; the code is a hash.",
)

public_report_steps = Table(
    "public_report_steps",
    metadata,
    Column("step_id", String(36), primary_key=True),
    Column("report_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("person", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("step", String(16), nullable=False),
    Column("by", String(128), nullable=False),
    Column("clauses", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    Index("public_report_steps_of", "report_id", "number", unique=True),
    info=kept("case", since="at", about="report_id", person="person", sealed={"sealed": "{step_id}:step"}),
    comment="What happened to a report, in its order; the words that came with it are sealed.",
)
