"""The record of labels written back into files that others made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "disseminations",
        sa.Column("ledger_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("propagate_id", sa.String(64), nullable=False, index=True),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("source_sha256", sa.String(64), nullable=False, index=True),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("propagator", sa.String(128), nullable=False),
        sa.Column("attribute", sa.String(1), nullable=False),
        sa.Column("declared", sa.String(3), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("superseded", sa.Text, nullable=False),
        sa.Column("written", sa.String(32), nullable=False),
        comment="One row for each label written back into a file that others made.",
    )
