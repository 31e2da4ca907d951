"""Files that wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "review_files",
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("object", sa.String(128), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        comment="Files of an item, as objects that are sealed under the key of whoever asked.",
    )
