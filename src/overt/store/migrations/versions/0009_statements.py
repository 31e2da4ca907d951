"""Statements and determinations; accounts with what is known and decided of them, agreements, switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "statements",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("duties", sa.Text, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("withdrawn", sa.String(32), nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Signed statements of people on duties that no software can meet.",
    )
    op.create_table(
        "determinations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("rulebook", sa.String(32), nullable=False, index=True),
        sa.Column("fact", sa.String(64), nullable=False),
        sa.Column("value", sa.Boolean, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("review_by", sa.String(10), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Signed determinations of facts about the service, which switch duties on and off. The latest counts.",
    )
    _accounts()
    op.create_table(
        "texts",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("zh", sa.Text, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.String(32), nullable=False),
        sa.Column("covers", sa.Text, nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Published versions of the service agreement and of the management rules.",
    )
    op.create_table(
        "text_readings",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("prompted", sa.String(32), nullable=False),
        sa.Column("accepted", sa.String(32), nullable=True),
        comment="When each account was first asked to read a version, and when it accepted it.",
    )
    op.create_table(
        "switches",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(256), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        comment="What is switched off now. The ledger tells every turn of a switch.",
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("opened", sa.String(32), nullable=False),
        sa.Column("closed", sa.String(32), nullable=True),
        comment="Accounts: opaque ids, which are the persons under whose keys things are sealed.",
    )
    op.create_table(
        "sign_ins",
        sa.Column("blind", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), nullable=False, index=True),
        sa.Column("linked", sa.String(32), nullable=False),
        comment="Which account a sign-in elsewhere leads to, under a keyed hash of its issuer and subject.",
    )
    op.create_table(
        "attestations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), nullable=False, index=True),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("checked", sa.String(32), nullable=False),
        sa.Column("expires", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(128), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Checks of real identities: method, result and time; a keyed hash of the reference, never the number.",
    )
    op.create_table(
        "sanctions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("functions", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("duty", sa.String(32), nullable=False),
        sa.Column("imposed", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("appeal", sa.Text, nullable=False),
        sa.Column("lifted", sa.String(32), nullable=False),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="What was decided against users. The reason is sealed under the account's key.",
    )
