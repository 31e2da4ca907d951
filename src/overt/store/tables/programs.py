"""Tables of what programs rely on: webhooks with their deliveries, and first answers to repeated requests."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("address", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("why", Text, nullable=False),
    Column("failing", String(32), nullable=True),
    Column("reached", Integer, nullable=False),
    comment="Where programs are told of events. The secret is sealed; `reached` is the last ledger entry handed over.",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("webhook", String(32), nullable=False),
    Column("ledger_index", Integer, nullable=False),
    Column("tag", String(64), nullable=False),
    Column("time", String(32), nullable=False),
    Column("about", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", String(32), nullable=False),
    Column("made", String(32), nullable=False),
    Column("told", Text, nullable=False),
    Index("webhook_deliveries_by_due", "state", "due"),
    Index("webhook_deliveries_by_webhook", "webhook", "ledger_index"),
    comment="What each webhook is told, and how that went: an event's tag, time and ids.",
    info=kept("log", since="made"),
)

answered = Table(
    "answered_requests",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("ends", String(32), nullable=False, index=True),
    comment="First answers to requests with an idempotency key; bodies are sealed under the caller's own credential.",
)
