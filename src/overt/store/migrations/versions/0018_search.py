"""Indexes by which contents are found: by time, by what they were made from, by producer, by media type."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Makes the indexes."""
    op.create_index("contents_in_time", "contents", ["released"])
    op.create_index("contents_by_source", "contents", ["source_sha256"])
    op.create_index("contents_by_producer", "contents", ["producer", "ledger_index"])
    op.create_index("contents_by_media_type", "contents", ["media_type", "ledger_index"])
