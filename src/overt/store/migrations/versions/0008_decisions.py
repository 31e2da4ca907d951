"""Tables of store/tables/decisions.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("account", sa.String(64), nullable=False, index=True),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("function", sa.String(64), nullable=False),
        sa.Column("decided", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
        sa.Column("supersedes", sa.String(36), nullable=True, unique=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        sa.Column("recipient", sa.LargeBinary, nullable=True),
        sa.Index("decisions_in_time", "decided"),
        comment="One row for each decision, which is itself the opening of its ledger entry. The recipient is sealed.",
    )
    op.create_table(
        "decision_contents",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("decision", sa.String(36), nullable=False, index=True),
        sa.Column("given", sa.String(32), nullable=False),
        sa.Column("used", sa.String(32), nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=True),
        comment="The content ids that decisions gave, each used once: with the release of its content.",
    )
    op.create_table(
        "output_reviews",
        sa.Column("ledger_index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("decision", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("reviewed", sa.String(32), nullable=False),
        sa.Index("output_reviews_of", "decision", "sha256"),
        comment="What the review found in outputs, before they were marked; the latest of an output counts.",
    )
    op.create_table(
        "label_agreements",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("text_sha256", sa.String(64), primary_key=True),
        sa.Column("agreed", sa.String(32), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False),
        comment="Accounts that took on the duty to label (Labeling Measures, art. 9), and the wording.",
    )
    op.create_table(
        "recipients",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("decision", sa.String(36), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("delivered", sa.String(32), nullable=False),
        sa.Column("recipient", sa.LargeBinary, nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False),
        comment="Who received a content without explicit label (Labeling Measures, art. 9), sealed.",
    )
