"""Reports of the public and notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "public_reports",
        sa.Column("report_id", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        sa.Column("promise", sa.Text, nullable=False),
        sa.Column("answered", sa.String(32), nullable=True),
        sa.Column("looked", sa.String(16), nullable=False),
        sa.Column("matches", sa.Text, nullable=False),
        sa.Column("remembered", sa.String(36), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("prints", sa.LargeBinary, nullable=True),
        sa.Column("object", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("views", sa.LargeBinary, nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Reports of the public. What was said, the contact and the fingerprints are sealed; "
        "the code is a hash.",
    )
    op.create_index("ix_public_reports_code_hash", "public_reports", ["code_hash"])
    op.create_index("public_reports_by_age", "public_reports", ["received", "report_id"])
    op.create_table(
        "public_report_steps",
        sa.Column("step_id", sa.String(36), primary_key=True),
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("clauses", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        comment="What happened to a report, in its order; the words that came with it are sealed.",
    )
    op.create_index("public_report_steps_of", "public_report_steps", ["report_id", "number"], unique=True)
    op.create_table(
        "notices",
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("zh", sa.Text, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.String(32), nullable=False),
        sa.Column("published", sa.String(32), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("covers", sa.Text, nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Published versions of notices, by kind; a version is never changed.",
    )
