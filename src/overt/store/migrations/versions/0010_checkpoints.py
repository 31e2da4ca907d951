"""The checkpoints that were signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("stamp", sa.LargeBinary, nullable=True),
        sa.Column("time", sa.String(32), nullable=False),
        comment="Every checkpoint that was signed, with its cosignatures and its RFC 3161 time stamp.",
    )
