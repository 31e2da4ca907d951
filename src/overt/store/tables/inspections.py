"""Tables of inspections: warrants, what inspectors looked at, requests for material, uncovered personal data."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

warrants = Table(
    "warrants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("authority", String(200), nullable=False),
    Column("number", String(200), nullable=False),
    Column("basis", String(64), nullable=False),
    Column("scope", Text, nullable=False),
    Column("since", String(32), nullable=False),
    Column("until", String(32), nullable=False),
    Column("paper", String(64), nullable=False),
    Column("paper_name", LargeBinary, nullable=False),
    Column("made", String(32), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("confirmed", String(32), nullable=True),
    Column("ended", String(32), nullable=True),
    Column("end_reason", Text, nullable=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    Index("warrants_by_time", "made", "id"),
    comment="Warrants of authorities, under which inspectors read; the paper is a sealed object.",
    info=kept("log", since="until", about="id"),
)

inspector_reads = Table(
    "inspector_reads",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("warrant", String(32), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("subject", String(16), nullable=False),
    Column("what", String(200), nullable=False),
    Column("ids", Text, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("time", String(32), nullable=False),
    Index("inspector_reads_by_warrant", "warrant", "ledger_index"),
    comment="Every look of an inspector, shown or refused; officers by their opaque ids.",
    info=kept("log", since="time", about="warrant"),
)

material_requests = Table(
    "material_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("warrant", String(32), nullable=False, index=True),
    Column("officer", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked", String(32), nullable=False),
    Column("due", String(32), nullable=False),
    Index("material_requests_by_state", "state", "due"),
    comment="What inspectors asked for, and until when.",
    info=kept("log", since="asked", about="id"),
)

material_steps = Table(
    "material_steps",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("request", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("time", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("receipt", Text, nullable=False),
    comment="What was said about a request, sealed under the warrant's key, and its signed receipt.",
    info=kept("log", since="time", about="request"),
)

uncoverings = Table(
    "uncoverings",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("session", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("until", String(32), nullable=False),
    Index("uncoverings_by_session", "session", "person"),
    comment="Whose personal data a session may see for a while, after giving a reason.",
    info=kept("log", since="until", person="person", forget="row"),
)
