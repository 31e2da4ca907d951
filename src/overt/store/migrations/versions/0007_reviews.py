"""Tables of store/tables/reviews.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "review_items",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("decision", sa.String(64), nullable=False, index=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("categories", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("eyes", sa.Integer, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("added", sa.String(32), nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("lease", sa.String(32), nullable=True),
        sa.Column("settled", sa.String(32), nullable=True),
        sa.Column("outcome", sa.String(8), nullable=True),
        sa.Column("followed", sa.String(64), nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Index("review_items_waiting", "state", "level", "priority", "added"),
        comment="What waits for a person. What is reviewed, and why, is sealed under the key of whoever asked.",
    )
    op.create_table(
        "review_materials",
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("blind", sa.String(64), primary_key=True),
        sa.Index("review_materials_by_hash", "blind"),
        comment="Which materials an item holds, by a keyed hash of who asked, for what purpose, and the "
        "material's hash.",
    )
    op.create_table(
        "review_answers",
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reviewer", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("duties", sa.Text, nullable=False),
        sa.Column("answered", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        comment="Who answered what and when. Their words are sealed under the key of whoever asked.",
    )
    op.create_table(
        "review_libraries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), nullable=False, index=True),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("approver", sa.Text, nullable=False),
        sa.Column("loaded", sa.String(32), nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        comment="Each version of a feature library that was put into force: the digests of its entries, by their ids.",
    )
