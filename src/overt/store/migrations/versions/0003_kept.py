"""What leads from a copy to the record: fingerprints, watermark ids, manifests; contents that were reported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the tables. Contents that were released before have neither fingerprints nor watermark ids."""
    op.create_table(
        "fingerprints",
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, index=True),
        sa.Column("content_id", sa.String(64), nullable=False, index=True),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("extent", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=True),
        sa.Column("missing", sa.Text, nullable=True),
        comment="One row for each kind of fingerprint of a content; where it could not be taken, why.",
    )
    op.create_table(
        "watermark_ids",
        sa.Column("long_id", sa.String(16), primary_key=True),
        sa.Column("short_id", sa.String(10), nullable=False, unique=True),
        sa.Column("content_id", sa.String(64), nullable=False, unique=True),
        comment="The ids of 64 and 40 bits that a watermark carries for a content, in hexadecimal.",
    )
    op.create_table(
        "manifests",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("label", sa.String(256), nullable=False, index=True),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        comment="The C2PA manifest store of each released content that has one.",
    )
    op.create_table(
        "isccs",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("iscc", sa.String(128), nullable=False, index=True),
        comment="The ISCC code (ISO 24138) of each content that has one.",
    )
    op.create_table(
        "reports",
        sa.Column("report_id", sa.String(64), primary_key=True),
        sa.Column("ledger_index", sa.Integer, nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("remembered", sa.String(32), nullable=False),
        comment="Contents that were reported, so that they are known when they come again.",
    )
