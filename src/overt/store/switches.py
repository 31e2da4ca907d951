"""Keeps what is switched off. Nothing is cached: a switch counts for the next request, in every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select

from overt.errors import ConflictError, UsageError
from overt.gate.account.model import Switch, SwitchKind
from overt.ledger.entry import now
from overt.ledger.events.accounts import SwitchedOff, SwitchedOn
from overt.store.log import entry_at
from overt.store.records import Store
from overt.store.tables.accounts import switches
from overt.store.tables.decisions import decisions
from overt.store.tables.ledger import ledger_entries

_LONGEST = {"name": 128, "reason": 4000, "by": 256}
_MOST_NAMES: Final = 60
_STREAM: Final = SwitchedOff.tag.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a switch, as the ledger tells it. All but `off` and `at` is empty where its opening is gone."""

    off: bool
    at: str
    kind: str = ""
    name: str = ""
    reason: str = ""
    by: str = ""


class SwitchBoard:
    """The kill switches of a store: functions (`images.generate`, `images`, `*`), models, accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def turn_off(self, kind: SwitchKind, name: str, reason: str, by: str) -> Switch:
        """Switches something off at once; `by` is the post that does it. Raises `UsageError` where it is off."""
        switch = Switch(kind, _said("name", name), _said("reason", reason), _said("by", by), now())
        with self._store.acting() as act:
            if act.connection.execute(select(switches.c.at).where(_this(kind, switch.name))).first() is not None:
                raise ConflictError(f"{name} is switched off already", f"{name} 已经停用")
            row = {"kind": kind, "name": switch.name, "reason": switch.reason, "by": switch.by, "at": switch.at}
            act.connection.execute(insert(switches).values(**row))
            act.record(SwitchedOff(kind, switch.name, switch.reason, switch.by))
        return switch

    def turn_on(self, kind: SwitchKind, name: str, reason: str, by: str) -> None:
        """Lets something run again. Raises `ConflictError` where it was not off."""
        with self._store.acting() as act:
            if not act.connection.execute(delete(switches).where(_this(kind, name))).rowcount:
                raise ConflictError(f"{name} is not switched off", f"{name} 没有停用")
            act.record(SwitchedOn(kind, name, _said("reason", reason), _said("by", by)))

    def off(self) -> tuple[Switch, ...]:
        """Everything that is switched off now, in the order in which it was."""
        with self._store.reading() as connection:
            rows = connection.execute(select(switches).order_by(switches.c.at)).mappings().all()
        return tuple(Switch(row["kind"], row["name"], row["reason"], row["by"], row["at"]) for row in rows)

    def turns(self, most: int = 20) -> tuple[Turn, ...]:
        """The latest turns of any switch, the newest first."""
        entries = ledger_entries.c
        query = select(entries.index, entries.tag, entries.time).where(entries.stream == _STREAM)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(entries.number.desc()).limit(most)).all()
            found = []
            for index, tag, time in rows:
                opening = entry_at(connection, self._store.vault, index).opening
                told = opening.event if opening else {}
                said = {name: str(told.get(name, "")) for name in ("kind", "name", "reason", "by")}
                found.append(Turn(tag == SwitchedOff.tag, time or "", **said))
        return tuple(found)

    def functions(self) -> tuple[str, ...]:
        """Names of functions that the gate was asked for, which are what one would switch off."""
        query = select(decisions.c.function).distinct().order_by(decisions.c.function).limit(_MOST_NAMES)
        with self._store.reading() as connection:
            return tuple(name for name in connection.execute(query).scalars() if name)


def _this(kind: str, name: str) -> ColumnElement[bool]:
    return (switches.c.kind == kind) & (switches.c.name == name)


def _said(what: str, text: str) -> str:
    if not 0 < len(trimmed := text.strip()) <= _LONGEST[what]:
        raise UsageError(f"{what}: 1 to {_LONGEST[what]} characters", f"{what}：1 至 {_LONGEST[what]} 个字符")
    return trimmed
