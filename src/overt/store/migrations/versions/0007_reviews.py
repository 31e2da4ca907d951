"""Tables of store/tables/reviews.py."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the tables."""
