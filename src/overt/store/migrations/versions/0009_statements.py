"""Statements and determinations; accounts with what is known and decided of them, agreements, switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "statements",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("duties", sa.Text, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("withdrawn", sa.String(32), nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Signed statements of people on duties that no software can meet.",
    )
    op.create_table(
        "determinations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("rulebook", sa.String(32), nullable=False, index=True),
        sa.Column("fact", sa.String(64), nullable=False),
        sa.Column("value", sa.Boolean, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("review_by", sa.String(10), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Signed determinations of facts about the service, which switch duties on and off. The latest counts.",
    )
