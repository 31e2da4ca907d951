"""Tables of consents, of recordings, of contents that rest on them, of recalls, and of people who refuse.

Persons are opaque ids. Whatever says who they are is sealed under their key (`sealed`), or blinded for look-ups.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

consents = Table(
    "consents",
    metadata,
    Column("consent_id", String(64), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("contact", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("proof", String(16), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("controller", String(128), nullable=False),
    Column("scope", Text, nullable=False),
    Column("asked", String(32), nullable=False),
    Column("link_expires", String(32), nullable=False),
    Column("opened", String(32), nullable=True),
    Column("answered", String(32), nullable=True),
    Column("withdrawn", String(32), nullable=True),
    Column("guarded", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("notice", String(64), nullable=True),
    Column("notice_text", LargeBinary, nullable=True),
    Column("challenge", Text, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("signature", String(128), nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("preview", String(128), nullable=True),
    Column("preview_type", String(64), nullable=True),
    Column("limited", String(32), nullable=True),
    Index("consents_in_time", "asked", "consent_id"),
    comment="One row for each person asked for one thing: the link's hash, where it stands, the signed consent.",
    info=kept(
        "consent",
        about="consent_id",
        person="person",
        sealed={"sealed": "{consent_id}", "notice_text": "{consent_id}:notice"},
        forget=("contact",),
    ),
)

consent_recordings = Table(
    "consent_recordings",
    metadata,
    Column("recording_id", String(64), primary_key=True),
    Column("consent_id", String(64), nullable=False, index=True),
    Column("person", String(64), nullable=False, index=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("challenge", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("object", String(128), nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("by", String(128), nullable=False),
    comment="Recordings of persons who answer, as sealed objects. Each fingerprint (keyed hash) stands here once.",
    info=kept("consent", about="consent_id", person="person"),
)

consent_contents = Table(
    "consent_contents",
    metadata,
    Column("consent_id", String(64), primary_key=True),
    Column("content_id", String(64), primary_key=True, index=True),
    Column("decision_id", String(64), nullable=False, index=True),
    Column("spent", String(32), nullable=False),
    Column("narrowed", String(32), nullable=True),
    comment="Contents that a decision allows with a consent: each is one of its uses.",
    info=kept("consent"),
)

consent_former = Table(
    "consent_former",
    metadata,
    Column("consent_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("signature", String(128), nullable=False),
    Column("until", String(32), nullable=False),
    comment="Signed consents as they were before their persons limited them.",
    info=kept("consent", about="consent_id", person="person"),
)

consent_passkeys = Table(
    "consent_passkeys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("credential", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("count", Integer, nullable=False),
    Column("added", String(32), nullable=False),
    Column("used", String(32), nullable=True),
    comment="Passkeys by which people come back to their own page: public keys, under the hash of their ids.",
    info=kept("consent", person="person", forget="row"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("consent_id", String(64), nullable=False, index=True),
    Column("decision_id", String(64), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("recalled", String(32), nullable=False),
    comment="Released contents whose consent was withdrawn. The index is their place in the status list.",
    info=kept("consent"),
)

recipient_cases = Table(
    "recipient_cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("content_id", String(64), nullable=False, index=True),
    Column("consent_id", String(64), nullable=False, index=True),
    Column("recipient", String(128), nullable=False),
    Column("opened", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    comment="Recipients of a recalled content, who are to be asked to stop using it.",
    info=kept("case"),
)

refusals = Table(
    "refusals",
    metadata,
    Column("refusal_id", String(64), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("joined", String(32), nullable=False),
    Column("verified", String(32), nullable=True),
    Column("by", String(128), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("refusals_in_time", "joined", "refusal_id"),
    comment="People who do not want to be synthesised. All that says who they are is sealed under their key.",
    info=kept("personal", person="person", sealed={"sealed": "{refusal_id}"}),
)
