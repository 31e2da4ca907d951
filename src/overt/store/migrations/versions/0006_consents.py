"""Tables of store/tables/consents.py."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables."""
