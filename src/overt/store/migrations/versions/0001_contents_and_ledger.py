"""The record of released contents and the ledger's entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "contents",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("producer", sa.String(128), nullable=False),
        sa.Column("techniques", sa.Text, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("released", sa.String(32), nullable=False),
        sa.Column("system", sa.String(256), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="One row for each released content, under its content id.",
    )
    op.create_table(
        "ledger_entries",
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        comment="The ledger's leaves. The salt is the store's secret; what the ledger shows is the commitment.",
    )
