"""Tables of store/tables/consents.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables."""
    _consents()
    _recordings()
    _recalls()
    op.create_table(
        "refusals",
        sa.Column("refusal_id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("joined", sa.String(32), nullable=False),
        sa.Column("verified", sa.String(32), nullable=True),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        comment="People who do not want to be synthesised. All that says who they are is sealed under their key.",
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("contact", sa.String(64), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("proof", sa.String(16), nullable=False, index=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("controller", sa.String(128), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("asked", sa.String(32), nullable=False),
        sa.Column("link_expires", sa.String(32), nullable=False),
        sa.Column("opened", sa.String(32), nullable=True),
        sa.Column("answered", sa.String(32), nullable=True),
        sa.Column("withdrawn", sa.String(32), nullable=True),
        sa.Column("guarded", sa.Integer, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("notice", sa.String(64), nullable=True),
        sa.Column("notice_text", sa.LargeBinary, nullable=True),
        sa.Column("challenge", sa.Text, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("signature", sa.String(128), nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("preview", sa.String(128), nullable=True),
        sa.Column("preview_type", sa.String(64), nullable=True),
        comment="One row for each person asked for one thing: the link's hash, where it stands, the signed consent.",
    )


def _recordings() -> None:
    op.create_table(
        "consent_recordings",
        sa.Column("recording_id", sa.String(64), primary_key=True),
        sa.Column("consent_id", sa.String(64), nullable=False, index=True),
        sa.Column("person", sa.String(64), nullable=False, index=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("challenge", sa.Text, nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("object", sa.String(128), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        comment="Recordings of persons who answer, as sealed objects. Each fingerprint (keyed hash) stands here once.",
    )
    op.create_table(
        "consent_contents",
        sa.Column("consent_id", sa.String(64), primary_key=True),
        sa.Column("content_id", sa.String(64), primary_key=True, index=True),
        sa.Column("decision_id", sa.String(64), nullable=False, index=True),
        sa.Column("spent", sa.String(32), nullable=False),
        comment="Contents that a decision allows with a consent: each is one of its uses.",
    )


def _recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("content_id", sa.String(64), primary_key=True),
        sa.Column("consent_id", sa.String(64), nullable=False, index=True),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("recalled", sa.String(32), nullable=False),
        comment="Released contents whose consent was withdrawn. The index is their place in the status list.",
    )
    op.create_table(
        "recipient_cases",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("content_id", sa.String(64), nullable=False, index=True),
        sa.Column("consent_id", sa.String(64), nullable=False, index=True),
        sa.Column("recipient", sa.String(128), nullable=False),
        sa.Column("opened", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        comment="Recipients of a recalled content, who are to be asked to stop using it.",
    )
