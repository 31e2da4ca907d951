"""Consents that were limited, passkeys of people who gave them, and the order of the lists that staff page through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Makes the tables."""
    op.add_column("consents", sa.Column("limited", sa.String(32), nullable=True))
    op.add_column("consent_contents", sa.Column("narrowed", sa.String(32), nullable=True))
    op.create_table(
        "consent_former",
        sa.Column("consent_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        comment="Signed consents as they were before their persons limited them.",
    )
    op.create_table(
        "consent_passkeys",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("added", sa.String(32), nullable=False),
        sa.Column("used", sa.String(32), nullable=True),
        comment="Passkeys by which people come back to their own page: public keys, under the hash of their ids.",
    )
    op.create_index("consents_in_time", "consents", ["asked", "consent_id"])
    op.create_index("refusals_in_time", "refusals", ["joined", "refusal_id"])
    op.create_index("accounts_in_time", "accounts", ["opened", "account"])
