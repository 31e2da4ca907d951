"""Tables of store/tables/gateway.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "gateway_keys",
        sa.Column("key_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(128), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("consents", sa.Text, nullable=False),
        sa.Column("names_accounts", sa.Boolean, nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("withdrawn", sa.String(32), nullable=True),
        comment="Who may use the gateway. A key is kept as its SHA-256; it has 256 random bits.",
    )
    op.create_table(
        "gateway_jobs",
        sa.Column("job", sa.String(256), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("file", sa.String(128), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        comment="What a generator works on under its own number, by which decision, and what came of it.",
    )
