"""Tables of people of staff and inspectors: who they are, how they sign in, and the programs that hold API keys."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

staff = Table(
    "staff",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("blind", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("roles", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("added", String(32), nullable=False),
    Column("until", String(32), nullable=True),
    Column("warrant", String(64), nullable=True, index=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="People of staff and inspectors; name and sign-in name are sealed, `blind` is a keyed hash of the latter.",
    info=kept("identity", since="until", about="id", person="id", sealed={"sealed": "{id}:staff"}, forget=("blind",)),
)

staff_credentials = Table(
    "staff_credentials",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("staff", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("count", Integer, nullable=False),
    Column("added", String(32), nullable=False),
    Column("used", String(32), nullable=True),
    comment="How somebody signs in: a password's hash, a sealed one-time secret, a passkey's public key, codes.",
    info=kept("identity", person="staff", forget="row"),
)

staff_links = Table(
    "staff_links",
    metadata,
    Column("hashed", String(64), primary_key=True),
    Column("staff", String(64), nullable=True, index=True),
    Column("kind", String(16), nullable=False),
    Column("ends", String(32), nullable=False),
    Column("used", String(32), nullable=True),
    comment="Links that work once: the first administrator's, invitations, resets. Only their hashes are here.",
    info=kept("identity", person="staff", forget="row"),
)

sessions = Table(
    "staff_sessions",
    metadata,
    Column("hashed", String(64), primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("staff", String(64), nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("device", String(64), nullable=False),
    Column("begun", String(32), nullable=False),
    Column("seen", String(32), nullable=False),
    Column("ends", String(32), nullable=False),
    comment="Who is signed in, how, and with what kind of browser: hashes of the cookies' tokens.",
    info=kept("identity", person="staff", forget="row"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hashed", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made", String(32), nullable=False),
    Column("ends", String(32), nullable=True),
    Column("withdrawn", String(32), nullable=True),
    Column("used", String(32), nullable=True),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="Programs that use the API: hashes of their keys, and what each may do.",
    info=kept("log"),
)
