"""Tables of contents: released, distributed, remembered, and what is kept of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

contents = Table(
    "contents",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("source_sha256", String(64), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("producer", String(128), nullable=False),
    Column("techniques", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Column("released", String(32), nullable=False),
    Column("system", String(256), nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    Index("contents_in_time", "released"),
    Index("contents_by_source", "source_sha256"),
    Index("contents_by_producer", "producer", "ledger_index"),
    Index("contents_by_media_type", "media_type", "ledger_index"),
    comment="One row for each released content, under its content id.",
    info=kept("log"),
)

disseminations = Table(
    "disseminations",
    metadata,
    Column("ledger_index", Integer, primary_key=True, autoincrement=False),
    Column("propagate_id", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("source_sha256", String(64), nullable=False, index=True),
    Column("media_type", String(128), nullable=False),
    Column("propagator", String(128), nullable=False),
    Column("attribute", String(1), nullable=False),
    Column("declared", String(3), nullable=False),
    Column("label", Text, nullable=False),
    Column("superseded", Text, nullable=False),
    Column("written", String(32), nullable=False),
    comment="One row for each label written back into a file that others made.",
    info=kept("log"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("ledger_index", Integer, nullable=False, index=True),
    Column("content_id", String(64), nullable=False, index=True),
    Column("origin", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("form", String(8), nullable=False),
    Column("made_by", String(16), nullable=False),
    Column("count", Integer, nullable=False),
    Column("extent", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=True),
    Column("missing", Text, nullable=True),
    comment="One row for each kind of fingerprint of a content; where it could not be taken, why.",
    info=kept("log"),
)

watermark_ids = Table(
    "watermark_ids",
    metadata,
    Column("long_id", String(16), primary_key=True),
    Column("short_id", String(10), nullable=False, unique=True),
    Column("content_id", String(64), nullable=False, unique=True),
    comment="The ids of 64 and 40 bits that a watermark carries for a content, in hexadecimal.",
    info=kept("log"),
)

manifests = Table(
    "manifests",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("label", String(256), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("data", LargeBinary, nullable=False),
    comment="The C2PA manifest store of each released content that has one.",
    info=kept("log"),
)

isccs = Table(
    "isccs",
    metadata,
    Column("content_id", String(64), primary_key=True),
    Column("iscc", String(128), nullable=False, index=True),
    comment="The ISCC code (ISO 24138) of each content that has one.",
    info=kept("log"),
)

reports = Table(
    "reports",
    metadata,
    Column("report_id", String(64), primary_key=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("media_type", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("remembered", String(32), nullable=False),
    comment="Contents that were reported, so that they are known when they come again.",
    info=kept("case"),
)
