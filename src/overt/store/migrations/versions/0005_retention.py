"""Tables of store/tables/retention.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "holds",
        sa.Column("hold", sa.String(32), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("since", sa.String(32), nullable=True),
        sa.Column("before", sa.String(32), nullable=True),
        sa.Column("placed", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=True),
        sa.Column("released", sa.String(32), nullable=True),
        comment="Legal holds: nothing is deleted that they cover, a period (since, before) or the ids of hold_ids.",
    )
    op.create_table(
        "hold_ids",
        sa.Column("hold", sa.String(32), primary_key=True),
        sa.Column("id", sa.String(128), primary_key=True),
        comment="The ids (contents, decisions, consents, cases) that a hold covers.",
    )
    op.create_index("hold_ids_by_id", "hold_ids", ["id"])
    op.create_table(
        "ledger_closed",
        sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        comment="Entries that can be opened no more (first to last): expired or destroyed, and the entry that says so.",
    )
    op.create_table(
        "restrictions",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("asked", sa.String(32), nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        comment="Persons whose records the law still wants: stored and secured only (PIPL, art. 47).",
    )
