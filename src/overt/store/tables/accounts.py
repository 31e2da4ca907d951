"""Tables of accounts, of what is known of and decided on them, of agreements and of switches."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from overt.store.tables.base import metadata
from overt.store.tables.retention import kept

accounts = Table(
    "accounts",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("opened", String(32), nullable=False),
    Column("closed", String(32), nullable=True),
    Index("accounts_in_time", "opened", "account"),
    comment="Accounts: opaque ids, which are the persons under whose keys things are sealed.",
    info=kept("identity", person="account"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("blind", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("linked", String(32), nullable=False),
    comment="Which account a sign-in elsewhere leads to, under a keyed hash of its issuer and subject.",
    info=kept("identity", person="account", forget="row"),
)

attestations = Table(
    "attestations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("checked", String(32), nullable=False),
    Column("expires", String(32), nullable=False),
    Column("provider", String(128), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="Checks of real identities: method, result and time; a keyed hash of the reference, never the number.",
    info=kept("identity", since="checked", about="id", person="account", forget=("reference",)),
)

sanctions = Table(
    "sanctions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("functions", Text, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("duty", String(32), nullable=False),
    Column("imposed", String(32), nullable=False),
    Column("until", String(32), nullable=False),
    Column("appeal", Text, nullable=False),
    Column("lifted", String(32), nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="What was decided against users. The reason is sealed under the account's key.",
    info=kept("sanction", since="until", about="id", person="account", sealed={"reason": "{id}"}),
)

texts = Table(
    "texts",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("valid_from", String(32), nullable=False),
    Column("covers", Text, nullable=False),
    Column("ledger_index", Integer, nullable=False, unique=True),
    comment="Published versions of the service agreement and of the management rules.",
)

readings = Table(
    "text_readings",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("prompted", String(32), nullable=False),
    Column("accepted", String(32), nullable=True),
    comment="When each account was first asked to read a version, and when it accepted it.",
    info=kept("agreement", person="account"),
)

switches = Table(
    "switches",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", String(256), nullable=False),
    Column("at", String(32), nullable=False),
    comment="What is switched off now. The ledger tells every turn of a switch.",
)
