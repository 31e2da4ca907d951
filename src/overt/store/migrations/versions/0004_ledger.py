"""Entries with streams, numbers and times; openings; ids under which entries are found; keys of persons."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_CONTENT = ("content_id", "sha256", "source_sha256", "media_type", "producer", "released", "system")
_DISSEMINATION = (
    "propagate_id", "sha256", "source_sha256", "media_type", "propagator", "attribute", "declared", "label",
    "superseded", "written",
)  # fmt: skip
_REPORT = ("report_id", "sha256", "media_type", "reason", "remembered")


def upgrade() -> None:
    """Makes the tables, and gives earlier entries what opens them, as far as the record still tells it."""
    with op.batch_alter_table("ledger_entries") as table:
        table.add_column(sa.Column("stream", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("number", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("time", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("entry", sa.LargeBinary, nullable=False, server_default=""))
    op.create_table(
        "ledger_openings",
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("keeping", sa.String(32), nullable=False, index=True),
        sa.Column("person", sa.String(64), nullable=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Index(
            "ledger_openings_of_persons",
            "person",
            sqlite_where=sa.text("person IS NOT NULL"),
            postgresql_where=sa.text("person IS NOT NULL"),
        ),
        comment="Salt and canonical event of each entry; sealed under the person's key where there is a person.",
    )
    op.create_table(
        "ledger_about",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
        comment="Which entries speak of a content, a decision, a consent, a case.",
    )
    op.create_table(
        "person_keys",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
        sa.Column("made", sa.String(32), nullable=False),
        sa.Column("destroyed", sa.String(32), nullable=True),
        comment="One key for each person, wrapped by the set-up's vault key. No key: the person's data cannot be read.",
    )
    _carry_over(op.get_bind())
    with op.batch_alter_table("ledger_entries") as table:
        table.drop_column("commitment")
        table.drop_column("salt")
        for name in ("stream", "number", "time", "entry"):
            table.alter_column(name, server_default=None)
        table.create_index("ledger_entries_in_stream", ["stream", "number"])


def _carry_over(connection: sa.Connection) -> None:
    told = dict(_told(connection))
    entries = connection.execute(sa.text('SELECT "index", tag, commitment, salt FROM ledger_entries')).all()
    for index, tag, commitment, salt in entries:
        first = tag.encode() + b"\x00" + bytes(commitment)
        connection.execute(
            sa.text('UPDATE ledger_entries SET entry = :entry WHERE "index" = :index'), {"entry": first, "index": index}
        )
        about, body = told.get(index, ("", b""))
        if sha256(bytes(salt) + body).digest() == bytes(commitment):
            connection.execute(
                sa.text("INSERT INTO ledger_openings (\"index\", keeping, data) VALUES (:index, 'log', :data)"),
                {"index": index, "data": bytes(salt) + body},
            )
            connection.execute(
                sa.text('INSERT INTO ledger_about (id, "index") VALUES (:id, :index)'), {"id": about, "index": index}
            )


def _told(connection: sa.Connection) -> list[tuple[int, tuple[str, bytes]]]:
    """What each act's row says: the id it is about, and its event as canonical JSON."""
    found = []
    for row in connection.execute(sa.text("SELECT * FROM contents")).mappings():
        release: dict[str, Any] = {name: row[name] for name in _CONTENT}
        release |= {name: json.loads(row[name]) for name in ("techniques", "marks")}
        event = {"tag": "marking:content:release", "release": release}
        found.append((row["ledger_index"], (row["content_id"], _canonical(event))))
    for row in connection.execute(sa.text("SELECT * FROM disseminations")).mappings():
        event = {
            "tag": "dissemination:content:write-back",
            "dissemination": {name: row[name] for name in _DISSEMINATION},
        }
        found.append((row["ledger_index"], (row["propagate_id"], _canonical(event))))
    for row in connection.execute(sa.text("SELECT * FROM reports")).mappings():
        event = {"tag": "trace:content:remember", "remembered": {name: row[name] for name in _REPORT}}
        found.append((row["ledger_index"], (row["report_id"], _canonical(event))))
    return found


def _canonical(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
