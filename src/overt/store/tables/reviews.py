"""Tables of the review by people: what waits for somebody, what they answered, and the feature libraries in force."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

review_items = Table(
    "review_items",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("decision", String(64), nullable=False, index=True),
    Column("person", String(64), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("categories", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("eyes", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("added", String(32), nullable=False),
    Column("claimed_by", String(64), nullable=True),
    Column("lease", String(32), nullable=True),
    Column("settled", String(32), nullable=True),
    Column("outcome", String(8), nullable=True),
    Column("followed", String(64), nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Index("review_items_waiting", "state", "level", "priority", "added"),
    comment="What waits for a person. What is reviewed, and why, is sealed under the key of whoever asked.",
    info=kept("decision", since="settled", about="decision", person="person", sealed={"sealed": "{id}"}),
)

review_materials = Table(
    "review_materials",
    metadata,
    Column("item", String(32), primary_key=True),
    Column("blind", String(64), primary_key=True),
    Index("review_materials_by_hash", "blind"),
    comment="Which materials an item holds, by a keyed hash of who asked, for what purpose, and the material's hash.",
)

review_files = Table(
    "review_files",
    metadata,
    Column("item", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("object", String(128), nullable=False),
    Column("size", Integer, nullable=False),
    comment="Files of an item, as objects that are sealed under the key of whoever asked.",
)

review_answers = Table(
    "review_answers",
    metadata,
    Column("item", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reviewer", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("duties", Text, nullable=False),
    Column("answered", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    comment="Who answered what and when. Their words are sealed under the key of whoever asked.",
)

review_libraries = Table(
    "review_libraries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False, index=True),
    Column("version", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("approver", Text, nullable=False),
    Column("loaded", String(32), nullable=False),
    Column("entries", Text, nullable=False),
    comment="Each version of a feature library that was put into force: the digests of its entries, by their ids.",
)
