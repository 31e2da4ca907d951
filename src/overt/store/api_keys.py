"""Programs that use the API, and their keys. A key is told once; its hash is kept.

A person of staff who may make keys gives any scope, as they may give any role: both stand in the ledger. A program that
makes keys gives none that it does not hold.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.engine import RowMapping

from overt.access.model import PERMISSIONS, Principal
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.events.staff import ApiKeyMade, ApiKeyWithdrawn
from overt.store.staff import hashed
from overt.store.tables.staff import api_keys

if TYPE_CHECKING:
    from overt.store.records import Store

PREFIX: Final = "overt_"
LONGEST_NAME: Final = 100
_TOUCH: Final = timedelta(minutes=1)  # A key's last use is written down no more often than this.


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key, without the key."""

    id: str
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made: str
    ends: str
    withdrawn: str
    used: str

    def works(self, at: datetime) -> bool:
        """Whether a program gets in with it."""
        return not self.withdrawn and not (self.ends and self.ends <= stamp(at))


class ApiKeys:
    """Which programs may use the API, and for what."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self, name: str, scopes: Iterable[str], *, by: Principal | None, ends: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """Makes a key; it is returned this once. `by` is None for the operator at the machine. Raises `UsageError`."""
        chosen, name, now = tuple(sorted(set(scopes))), name.strip(), datetime.now(UTC)
        _check(name, chosen, by)
        if ends is not None and ends <= now:
            raise UsageError(
                "a key cannot end in the past",
                "有效期不能早于现在",
                hint=Text(zh="改选日期。", en="Choose another day."),
            )
        secret, made_by = PREFIX + secrets.token_urlsafe(32), by.post if by else "operator"
        key = ApiKey(uuid4().hex, name, chosen, made_by, stamp(now), stamp(ends) if ends else "", "", "")
        with self._store.acting() as act:
            index = act.record(ApiKeyMade(key.id, name, chosen, key.ends, made_by))
            values = {
                "id": key.id,
                "hashed": hashed(secret),
                "name": name,
                "scopes": json.dumps(chosen),
                "made_by": made_by,
                "made": key.made,
                "ends": key.ends or None,
                "ledger_index": index,
            }
            act.connection.execute(insert(api_keys).values(**values))
        return key, secret

    def withdraw(self, key: str, *, by: str) -> bool:
        """Ends a key; False where there is none that was not withdrawn before."""
        now = stamp(datetime.now(UTC))
        works = (api_keys.c.id == key) & api_keys.c.withdrawn.is_(None)
        with self._store.acting() as act:
            if not act.connection.execute(update(api_keys).where(works).values(withdrawn=now)).rowcount:
                return False
            act.record(ApiKeyWithdrawn(key, by))
        return True

    def get(self, key: str) -> ApiKey | None:
        """The key of this id."""
        with self._store.reading() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == key)).mappings().first()
        return _api_key(row) if row else None

    def every(self, most: int = 200, after: tuple[str, str] | None = None) -> list[ApiKey]:
        """Keys that were ever made, the newest first; `after` is the place (`made`, `id`) of the last one seen."""
        place = tuple_(api_keys.c.made, api_keys.c.id)
        query = select(api_keys).order_by(api_keys.c.made.desc(), api_keys.c.id.desc()).limit(most)
        if after is not None:
            query = query.where(place < tuple_(*after))
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [_api_key(row) for row in rows]

    def program(self, secret: str, at: datetime | None = None) -> Principal | None:
        """The program that holds this key, at this moment."""
        at = at or datetime.now(UTC)
        with self._store.reading() as connection:
            query = select(api_keys).where(api_keys.c.hashed == hashed(secret))
            row = connection.execute(query).mappings().first()
        if row is None or not _api_key(row).works(at):
            return None
        if not row["used"] or row["used"] <= stamp(at - _TOUCH):
            with self._store.acting() as act:
                used = update(api_keys).where(api_keys.c.id == row["id"]).values(used=stamp(at))
                act.connection.execute(used)
        return Principal("key", row["id"], row["name"], (), frozenset(json.loads(row["scopes"])))


def _check(name: str, scopes: tuple[str, ...], by: Principal | None) -> None:
    unknown = set(scopes) - PERMISSIONS.keys()
    if unknown or not scopes or not name or len(name) > LONGEST_NAME:
        told = ", ".join(sorted(unknown)[:5])[:200] or "-"
        raise UsageError(
            f"a key needs a name of at most {LONGEST_NAME} characters and known scopes; unknown: {told}",
            f"密钥需要名称（不超过 {LONGEST_NAME} 个字符）和有效的权限；未知：{told}",
            hint=Text(zh="填写名称，并至少选择一项权限。", en="Give it a name, and choose at least one scope."),
        )
    if by is None:
        return
    if not by.may("programs:write") or (by.kind == "key" and not set(scopes) <= by.permissions):
        raise UsageError(
            "a program gives no more than it has",
            "程序只能授予自身拥有的权限",
            hint=Text(zh="由管理员制作此密钥。", en="Let an administrator make this key."),
        )


def _api_key(row: RowMapping) -> ApiKey:
    values = {name: row[name] or "" for name in ("id", "name", "made_by", "made", "ends", "withdrawn", "used")}
    return ApiKey(scopes=tuple(json.loads(row["scopes"])), **values)
