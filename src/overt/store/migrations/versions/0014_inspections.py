"""Inspectors: warrants, reads, requests for material, uncovered personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "warrants",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("authority", sa.String(200), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("paper", sa.String(64), nullable=False),
        sa.Column("paper_name", sa.LargeBinary, nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("confirmed", sa.String(32), nullable=True),
        sa.Column("ended", sa.String(32), nullable=True),
        sa.Column("end_reason", sa.Text, nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Warrants of authorities, under which inspectors read; the paper is a sealed object.",
    )
    op.create_index("warrants_by_time", "warrants", ["made", "id"])
    op.create_table(
        "inspector_reads",
        sa.Column("ledger_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("warrant", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("ids", sa.Text, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        comment="Every look of an inspector, shown or refused; officers by their opaque ids.",
    )
    op.create_index("inspector_reads_by_warrant", "inspector_reads", ["warrant", "ledger_index"])
    op.create_table(
        "material_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("warrant", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked", sa.String(32), nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        comment="What inspectors asked for, and until when.",
    )
    op.create_index("ix_material_requests_warrant", "material_requests", ["warrant"])
    op.create_index("material_requests_by_state", "material_requests", ["state", "due"])
    op.create_table(
        "material_steps",
        sa.Column("ledger_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        comment="What was said about a request, sealed under the warrant's key, and its signed receipt.",
    )
    op.create_index("ix_material_steps_request", "material_steps", ["request"])
    op.create_table(
        "uncoverings",
        sa.Column("ledger_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        comment="Whose personal data a session may see for a while, after giving a reason.",
    )
    op.create_index("uncoverings_by_session", "uncoverings", ["session", "person"])
