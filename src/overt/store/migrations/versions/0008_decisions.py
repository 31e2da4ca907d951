"""Tables of store/tables/decisions.py."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the tables."""
