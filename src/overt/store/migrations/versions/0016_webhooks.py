"""Webhooks and idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("failing", sa.String(32), nullable=True),
        sa.Column("reached", sa.Integer, nullable=False),
        comment="Where programs are told of events. The secret is sealed; "
        "`reached` is the last ledger entry handed over.",
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("webhook", sa.String(32), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.String(32), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        comment="What each webhook is told, and how that went: an event's tag, time and ids.",
    )
    op.create_index("webhook_deliveries_by_due", "webhook_deliveries", ["state", "due"])
    op.create_index("webhook_deliveries_by_webhook", "webhook_deliveries", ["webhook", "ledger_index"])
    op.create_table(
        "answered_requests",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("ends", sa.String(32), nullable=False),
        comment="First answers to requests with an idempotency key; "
        "bodies are sealed under the caller's own credential.",
    )
    op.create_index("ix_answered_requests_ends", "answered_requests", ["ends"])
