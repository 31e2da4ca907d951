"""Tables of store/tables/retention.py."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the tables."""
