"""Staff, sign-in, API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "staff",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("blind", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("added", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=True),
        sa.Column("warrant", sa.String(64), nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="People of staff and inspectors; name and sign-in name are sealed, "
        "`blind` is a keyed hash of the latter.",
    )
    op.create_index("ix_staff_blind", "staff", ["blind"])
    op.create_index("ix_staff_warrant", "staff", ["warrant"])
    op.create_table(
        "staff_credentials",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("staff", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("added", sa.String(32), nullable=False),
        sa.Column("used", sa.String(32), nullable=True),
        comment="How somebody signs in: a password's hash, a sealed one-time secret, a passkey's public key, codes.",
    )
    op.create_index("ix_staff_credentials_staff", "staff_credentials", ["staff"])
    op.create_table(
        "staff_links",
        sa.Column("hashed", sa.String(64), primary_key=True),
        sa.Column("staff", sa.String(64), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("ends", sa.String(32), nullable=False),
        sa.Column("used", sa.String(32), nullable=True),
        comment="Links that work once: the first administrator's, invitations, resets. Only their hashes are here.",
    )
    op.create_index("ix_staff_links_staff", "staff_links", ["staff"])
    op.create_table(
        "staff_sessions",
        sa.Column("hashed", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("staff", sa.String(64), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("begun", sa.String(32), nullable=False),
        sa.Column("seen", sa.String(32), nullable=False),
        sa.Column("ends", sa.String(32), nullable=False),
        comment="Who is signed in, how, and with what kind of browser: hashes of the cookies' tokens.",
    )
    op.create_index("ix_staff_sessions_staff", "staff_sessions", ["staff"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("hashed", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("ends", sa.String(32), nullable=True),
        sa.Column("withdrawn", sa.String(32), nullable=True),
        sa.Column("used", sa.String(32), nullable=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        comment="Programs that use the API: hashes of their keys, and what each may do.",
    )
