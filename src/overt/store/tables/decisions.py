"""Tables of the gate's decisions: what was decided, which content ids are used, what the review of outputs found."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("account", String(64), nullable=False, index=True),
    Column("purpose", String(64), nullable=False),
    Column("function", String(64), nullable=False),
    Column("decided", String(32), nullable=False),
    Column("expires", String(32), nullable=False),
    Column("supersedes", String(36), nullable=True, unique=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    Column("recipient", LargeBinary, nullable=True),
    Index("decisions_in_time", "decided"),
    info=kept("decision", since="decided", about="id", person="account", sealed={"recipient": "recipient:{id}"}),
    comment="One row for each decision, which is itself the opening of its ledger entry. The recipient is sealed.",
)

decision_contents = Table(
    "decision_contents",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("decision", String(36), nullable=False, index=True),
    Column("given", String(32), nullable=False),
    Column("used", String(32), nullable=True),
    Column("ledger_index", Integer, nullable=True),
    info=kept("decision", since="given", about="content_id"),
    comment="The content ids that decisions gave, each used once: with the release of its content.",
)

output_reviews = Table(
    "output_reviews",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("decision", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("reviewed", String(32), nullable=False),
    Index("output_reviews_of", "decision", "sha256"),
    info=kept("decision", since="reviewed", about="decision"),
    comment="What the review found in outputs, before they were marked; the latest of an output counts.",
)

label_agreements = Table(
    "label_agreements",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("text_sha256", String(64), primary_key=True),
    Column("agreed", String(32), nullable=False),
    Column("ledger_index", Integer, nullable=False),
    info=kept("agreement", person="account"),
    comment="Accounts that took on the duty to label (Labeling Measures, art. 9), and the wording.",
)

recipients = Table(
    "recipients",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("decision", String(36), nullable=False),
    Column("account", String(64), nullable=False),
    Column("delivered", String(32), nullable=False),
    Column("recipient", LargeBinary, nullable=False),
    Column("ledger_index", Integer, nullable=False),
    info=kept(
        "recipient_log",
        since="delivered",
        about="content_id",
        person="account",
        sealed={"recipient": "recipient:{decision}"},
    ),
    comment="Who received a content without explicit label (Labeling Measures, art. 9), sealed.",
)
