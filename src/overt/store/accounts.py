"""Keeps accounts, sign-ins and attested identities. Each act is recorded in its own transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import BindParameter, bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.canonical import stamp
from overt.errors import SetupError, UsageError
from overt.gate.account import reference as references
from overt.gate.account.levels import rank, rows_of
from overt.gate.account.model import LEVELS, Attestation, Identified, Method
from overt.gate.account.steps import Agreement, Identity, Sanctions, Switches
from overt.gate.model import Step
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.accounts import AccountClosed, AccountOpened, IdentityAttested, SignInLinked
from overt.store.agreements import Agreements
from overt.store.log import Act
from overt.store.records import Store
from overt.store.sanctions import SanctionBook
from overt.store.switches import SwitchBoard
from overt.store.tables.accounts import accounts, attestations, sign_ins
from overt.store.vault import Vault

VALID_DAYS = 365
"""How long an attestation counts unless the operator says otherwise: our choice, no article names a period."""
_LONGEST_PROVIDER = 128
_NOW: Final[BindParameter[str]] = bindparam("at")
_COUNTS: Final = attestations.c.passed & (attestations.c.checked <= _NOW) & (attestations.c.expires > _NOW)
# Built once: the gate asks it for every request.
_IDENTIFIED: Final = (
    select(accounts.c.closed, attestations.c.method, attestations.c.expires)
    .select_from(accounts.outerjoin(attestations, (attestations.c.account == accounts.c.account) & _COUNTS))
    .where(accounts.c.account == bindparam("account"))
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its opaque id, when it was opened, and when the user closed it (empty where it is open)."""

    id: str
    opened: str
    closed: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many accounts are open, and how many of these have an attested identity."""

    open: int
    attested: int


class Accounts:
    """The accounts of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self) -> str:
        """Opens an account. Returns its id."""
        with self._store.acting() as act:
            return self._opened(act)

    def close(self, account: str, by: str = "") -> None:
        """Closes an account for good, as its user asked. Its sign-ins lead nowhere any more."""
        with self._store.acting() as act:
            _must_be_open(act.connection, account)
            act.connection.execute(update(accounts).where(accounts.c.account == account).values(closed=now()))
            act.connection.execute(delete(sign_ins).where(sign_ins.c.account == account))
            act.record(AccountClosed(account, by))

    def known(self, account: str) -> Account | None:
        """The account of this id."""
        with self._store.reading() as connection:
            row = connection.execute(select(accounts).where(accounts.c.account == account)).mappings().first()
        return Account(row["account"], row["opened"], row["closed"] or "") if row else None

    def listed(
        self, state: Literal["", "open", "closed"] = "", *, most: int = 50, after: tuple[str, str] | None = None
    ) -> list[Account]:
        """Accounts, the latest opened first, one more than `most`; `after` is the (opened, id) of the last one seen."""
        column = accounts.c
        query = select(accounts).order_by(column.opened.desc(), column.account).limit(most + 1)
        if state:
            query = query.where(column.closed.is_(None) if state == "open" else column.closed.is_not(None))
        if after:
            later = (column.opened == after[0]) & (column.account > after[1])
            query = query.where((column.opened < after[0]) | later)
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Account(row["account"], row["opened"], row["closed"] or "") for row in rows]

    def signed_in(self, issuer: str, subject: str) -> str:
        """The account that a verified sign-in leads to; a fresh one at the first. Neither name is kept."""
        blind = self._vault().blind(f"oidc\n{issuer}\n{subject}")
        known = select(sign_ins.c.account).where(sign_ins.c.blind == blind)
        with self._store.reading() as connection:
            found = connection.execute(known).scalar()
        if found is not None:
            return str(found)
        with self._store.acting() as act:
            found = act.connection.execute(known).scalar()  # Somebody may have been faster.
            if found is not None:
                return str(found)
            account = self._opened(act)
            act.connection.execute(insert(sign_ins).values(blind=blind, account=account, linked=now()))
            act.record(SignInLinked(account))
        return account

    def attest(
        self,
        account: str,
        method: Method,
        provider: str,
        reference: str,
        *,
        passed: bool = True,
        checked: datetime | None = None,
        expires: datetime | None = None,
    ) -> Attestation:
        """Keeps the operator's word on a check of a real identity.

        Raises `UsageError` where the reference, or the provider's name, looks like a personal number.
        """
        at = checked or datetime.now(UTC)
        until = expires or at + timedelta(days=VALID_DAYS)
        if at > datetime.now(UTC) + timedelta(minutes=5) or until <= at:
            raise UsageError("the check lies ahead, or ends before it begins", "核验时间在将来，或者有效期早于核验时间")
        named = references.checked(provider)[:_LONGEST_PROVIDER]
        hashed = self._vault().blind(f"reference\n{named}\n{references.checked(reference)}")
        attested = Attestation(uuid4().hex, account, method, passed, stamp(at), stamp(until), named, hashed)
        with self._store.acting() as act:
            _must_be_open(act.connection, account)
            index = act.record(IdentityAttested(attested))
            act.connection.execute(insert(attestations).values(**asdict(attested), ledger_index=index))
        return attested

    def attested(self, account: str) -> tuple[Attestation, ...]:
        """All attestations of an account, the latest first."""
        query = select(attestations).where(attestations.c.account == account)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(attestations.c.ledger_index.desc())).mappings().all()
        return tuple(_attestation(row) for row in rows)

    def identified(self, account: str, at: datetime) -> Identified:
        """How far an account is identified: its highest attestation that passed and counts at this moment."""
        with self._store.reading() as connection:
            rows = connection.execute(_IDENTIFIED, {"account": account, "at": stamp(at)}).all()
        if not rows or rows[0][0] is not None:
            return Identified("none")
        levels = [Identified(LEVELS[method], expires) for _, method, expires in rows if method is not None]
        return max(levels, key=lambda each: (rank(each.level), each.expires), default=Identified("account"))

    def counted(self, at: datetime) -> Counted:
        """How many accounts are open, and how many of these have a check that counts at this moment."""
        there = accounts.c.closed.is_(None)
        every = select(func.count()).select_from(accounts).where(there)
        checked = select(func.count(attestations.c.account.distinct())).where(
            _COUNTS & attestations.c.account.in_(select(accounts.c.account).where(there))
        )
        with self._store.reading() as connection:
            attested = connection.execute(checked, {"at": stamp(at)}).scalar()
            return Counted(int(connection.execute(every).scalar() or 0), int(attested or 0))

    def _opened(self, act: Act) -> str:
        account = uuid4().hex
        act.connection.execute(insert(accounts).values(account=account, opened=now()))
        act.record(AccountOpened(account))
        return account

    def _vault(self) -> Vault:
        if self._store.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥", hint=_NO_VAULT)
        return self._store.vault


def _must_be_open(connection: Connection, account: str) -> None:
    """Raises `UsageError` where there is no such account, or it was closed."""
    row = connection.execute(select(accounts.c.closed).where(accounts.c.account == account)).first()
    if row is None or row[0] is not None:
        raise UsageError(
            f"there is no open account {account!r}",
            f"没有开放的账号 {account!r}",
            hint=Text(zh="运行 overt account add 可新建账号。", en="`overt account add` opens one."),
        )


def steps(store: Store, rulebook: str, levels: Path | None = None) -> tuple[Step, ...]:
    """The gate's steps about accounts, over this store. `levels` is the operator's own table of levels."""
    return (
        Switches(SwitchBoard(store)),
        Agreement(Agreements(store)),
        Sanctions(SanctionBook(store)),
        Identity(Accounts(store), rows_of(rulebook, levels)),
    )


def _attestation(row: RowMapping) -> Attestation:
    return Attestation(**{name: row[name] for name in Attestation.__dataclass_fields__})


_NO_VAULT = Text(
    zh="运行 overt init 生成 keys/vault.key，或从备份恢复。",
    en="`overt init` makes keys/vault.key; or restore it from your backup.",
)
