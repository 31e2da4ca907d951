"""Keeps graded sanctions. Their reasons are sealed under the account's key: they are the user's data, too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.canonical import stamp
from overt.errors import ConflictError, UsageError
from overt.gate.account.model import Sanction, SanctionKind
from overt.language import Text
from overt.ledger.entry import now
from overt.ledger.events.accounts import SanctionImposed, SanctionLifted
from overt.store.records import Store
from overt.store.tables.accounts import accounts, sanctions

_SAME: Final = timedelta(minutes=10)
"""Two warnings within it are taken for one that two people decided."""
_GONE = "—"
"""What stands for a reason that was destroyed with the account's key."""
# Built once: the gate asks it for every request.
_HOLDING: Final = (
    select(sanctions)
    .where((sanctions.c.account == bindparam("account")) & (sanctions.c.lifted == ""))
    .order_by(sanctions.c.ledger_index)
)


class SanctionBook:
    """The sanctions of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def impose(
        self,
        account: str,
        kind: SanctionKind,
        reason: str,
        duty: str,
        *,
        functions: Sequence[str] = (),
        until: datetime | None = None,
        appeal: str = "",
        by: str = "",
    ) -> Sanction:
        """Decides something against a user. A restriction names its functions; a suspension may have an end.

        `by` is the post that decides.

        Raises `UsageError` for one that says too little, whose end has passed, or that another just decided.
        """
        if (kind == "restrict") != bool(functions):
            raise UsageError("a restriction, and nothing else, names functions", "限制功能须写明功能，其他处置不写")
        if not reason.strip() or not duty.strip():
            raise UsageError("a sanction needs a reason and the duty it rests on", "处置须写明理由和所依据的义务")
        if until is not None and until <= datetime.now(UTC):
            raise UsageError("the end of the sanction has passed", "处置的截止时间已过")
        sanction = Sanction(
            uuid4().hex, account, kind, tuple(functions), reason.strip(), duty, now(),
            stamp(until) if until else "", appeal.strip(),
        )  # fmt: skip
        with self._store.acting() as act:
            _must_be_known(act.connection, account)
            index = act.record(SanctionImposed(sanction, by))
            _must_be_new(act.connection, sanction)
            sealed = act.seal(account, sanction.reason.encode(), sanction.id.encode())
            fields = {name: getattr(sanction, name) for name in Sanction.__dataclass_fields__}
            fields |= {"functions": json.dumps(sanction.functions), "reason": sealed}
            act.connection.execute(insert(sanctions).values(**fields, ledger_index=index))
        return sanction

    def lift(self, sanction_id: str, reason: str, by: str) -> None:
        """Ends a sanction. Raises `UsageError` where none holds under this id."""
        if not reason.strip() or not by.strip():
            raise UsageError("say why it is lifted, and by which post", "须写明解除理由和负责的岗位")
        still = (sanctions.c.id == sanction_id) & (sanctions.c.lifted == "")
        with self._store.acting() as act:
            account = act.connection.execute(select(sanctions.c.account).where(still)).scalar()
            if account is None:
                raise UsageError(f"no sanction {sanction_id!r} holds", f"没有编号为 {sanction_id!r} 的有效处置")
            act.connection.execute(update(sanctions).where(still).values(lifted=now()))
            act.record(SanctionLifted(account, sanction_id, reason.strip(), by.strip()))

    def of(self, account: str) -> tuple[Sanction, ...]:
        """All sanctions against an account, the latest first; lifted and ended ones too."""
        query = select(sanctions).where(sanctions.c.account == account).order_by(sanctions.c.ledger_index.desc())
        with self._store.reading() as connection:
            return tuple(self._read(connection, row) for row in connection.execute(query).mappings().all())

    def holding(self, account: str, at: datetime) -> tuple[Sanction, ...]:
        """The sanctions that hold against an account at this moment."""
        with self._store.reading() as connection:
            rows = connection.execute(_HOLDING, {"account": account}).mappings().all()
            found = tuple(self._read(connection, row) for row in rows)
        return tuple(each for each in found if each.holds(at))

    def without_appeal(self) -> int:
        """How many sanctions that were not lifted name no way to appeal."""
        query = select(func.count()).where((sanctions.c.appeal == "") & (sanctions.c.lifted == ""))
        with self._store.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def _read(self, connection: Connection, row: RowMapping) -> Sanction:
        vault = self._store.vault
        opened = vault.open(connection, row["account"], bytes(row["reason"]), row["id"].encode()) if vault else None
        fields = {name: row[name] for name in Sanction.__dataclass_fields__}
        fields |= {"functions": tuple(json.loads(row["functions"])), "reason": opened.decode() if opened else _GONE}
        return Sanction(**fields)


def _must_be_new(connection: Connection, sanction: Sanction) -> None:
    """Two of staff who decide the same at the same time decide it once; later, a user may be warned again."""
    wanted = {name: getattr(sanction, name) for name in ("account", "kind", "until")}
    query = select(sanctions.c.imposed).filter_by(**wanted, functions=json.dumps(sanction.functions), lifted="")
    if sanction.kind == "warn":
        query = query.where(sanctions.c.imposed > stamp(datetime.now(UTC) - _SAME))
    if (imposed := connection.execute(query.limit(1)).scalar()) is not None:
        raise ConflictError(
            f"the same was decided against this account already, at {imposed}",
            f"已于 {imposed} 对该账号作出相同处置",
            hint=Text(zh="请重新打开该账号查看。", en="Open the account again to see it."),
        )


def _must_be_known(connection: Connection, account: str) -> None:
    if connection.execute(select(accounts.c.account).where(accounts.c.account == account)).first() is None:
        raise UsageError(
            f"there is no account {account!r}",
            f"没有账号 {account!r}",
            hint=Text(zh="运行 overt account show 查看账号。", en="`overt account show` shows an account."),
        )
