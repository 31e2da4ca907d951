"""Gathers the evidence for a bundle: entries, proofs, what opens them, and why some do not open.

What is sealed for a person stays closed unless it is asked for, for everybody or for one person; the ledger keeps who
was given what, and on what ground. All of it is about one moment: the tree's size when the gathering began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.ledger import checkpoint
from overt.ledger.bundle import Closed, Document, Enclosed, Evidence, Item, Period, Role, sealed
from overt.ledger.checkpoint import Checkpoint
from overt.ledger.entry import now as clock
from overt.ledger.events.retention import BundleMade
from overt.ledger.signing import Signer
from overt.store.log import Logged, entry_at
from overt.store.records import Store
from overt.store.retention import ranges
from overt.store.tables import ledger_about, ledger_entries
from overt.store.tables.retention import ledger_closed
from overt.store.tree import View


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes bundles: the key that seals them, the log's name, the producer, and keys that spoke earlier."""

    signer: Signer
    origin: str
    producer: str
    earlier: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    `personal` opens what is sealed for persons: for nobody, for `person` alone, or for all; then `ground` says why it
    may be given out. `recipient` is who gets it: an authority or a role, never a name.
    """

    about: str | Period
    personal: Literal["none", "one", "all"] = "none"
    person: str = ""
    ground: str = ""
    recipient: str = ""
    contents: Sequence[Enclosed] = ()
    documents: Sequence[Document] = ()

    def __post_init__(self) -> None:
        if self.personal != "none" and not self.ground.strip():
            raise UsageError(
                "say on what ground personal data are given out",
                "须写明提供个人信息的依据",
                hint=Text(
                    zh="以 --ground 写明，例如调取证据通知书文号。", en="Give --ground, such as an order's number."
                ),
            )
        if (self.personal == "one") != bool(self.person):
            raise UsageError("name the person whose data are opened", "须指明打开何人的个人数据")

    def opens(self, logged: Logged) -> bool:
        """Whether this entry may be opened in the bundle."""
        return (
            logged.person is None or self.personal == "all" or (self.personal == "one" and logged.person == self.person)
        )


def make(store: Store, maker: Maker, order: Order) -> bytes:
    """The bundle, whose making is recorded. Raises `OvertError` where the ledger has nothing about the id."""
    with store.reading() as connection:
        size = _size(connection)
        wanted = _wanted(connection, order.about, size)
        found = {index: entry_at(connection, store.vault, index) for index in wanted}
        closed = {index: _why(connection, logged, order, wanted[index]) for index, logged in found.items()}
        proving = {each.by for each in closed.values() if each and each.by is not None} - wanted.keys()
        found |= {index: entry_at(connection, store.vault, index) for index in proving}
    if isinstance(order.about, str) and not wanted:
        raise OvertError(
            f"the ledger has no entry about {order.about!r}",
            f"账本中没有关于“{order.about}”的条目",
            hint=Text(
                zh="编号可以是内容、决定、同意书或案件的编号；用 overt trace 从文件找到内容编号。",
                en="Give the id of a content, a decision, a consent or a case; `overt trace` finds that of a file.",
            ),
        )
    _are_released(order.contents, found.values())
    view = store.tree.view()
    items = [
        _item(view, size, logged, wanted.get(index, "proof"), closed.get(index)) for index, logged in found.items()
    ]
    head = checkpoint.signed(Checkpoint(maker.origin, size, view.root_at(size)), maker.signer)
    made = Evidence(
        about=order.about,
        made=clock(),
        producer=maker.producer,
        checkpoint=head,
        items=items,
        keys=maker.earlier,
        contents=order.contents,
        documents=order.documents,
    )
    bundle = sealed(made, maker.signer)
    _record(store, order, bundle, items, found)
    return bundle


def _record(store: Store, order: Order, bundle: bytes, items: Sequence[Item], found: dict[int, Logged]) -> None:
    opened = [each.index for each in items if not isinstance(each.opening, Closed) and found[each.index].person]
    about = order.about if isinstance(order.about, str) else f"{order.about.since}..{order.about.before}"
    digest = sha256(bundle).hexdigest()
    with store.acting() as act:
        act.record(
            BundleMade(
                about, digest, len(items), order.personal, ranges(opened), order.ground.strip(), order.recipient.strip()
            )
        )


def _size(connection: Connection) -> int:
    last = connection.execute(select(func.max(ledger_entries.c.index))).scalar()
    return 0 if last is None else int(last) + 1


def _wanted(connection: Connection, about: str | Period, size: int) -> dict[int, Role]:
    """The entries that the bundle is about; for a period, with the one before and the one after it."""
    column = ledger_entries.c
    if isinstance(about, str):
        named = select(ledger_about.c.index).where(ledger_about.c.id == about)
        return dict.fromkeys(connection.execute(named).scalars(), "about")
    first = connection.execute(select(func.min(column.index)).where(column.time >= about.since)).scalar()
    last = connection.execute(select(func.max(column.index)).where(column.time < about.before)).scalar()
    start = size if first is None else int(first)
    end = -1 if last is None else int(last)
    around = range(max(start - 1, 0), min(end + 1, size - 1) + 1)
    return {index: "about" if start <= index <= end else "edge" for index in around}


def _why(connection: Connection, logged: Logged, order: Order, role: Role) -> Closed | None:
    """Why an entry does not open; None where it does."""
    if role == "edge":
        return Closed("outside")
    if logged.opening is not None:
        return None if order.opens(logged) else Closed("withheld")
    covering = (ledger_closed.c.first <= logged.index) & (ledger_closed.c.last >= logged.index)
    row = connection.execute(select(ledger_closed.c.why, ledger_closed.c.index).where(covering)).first()
    return Closed(row[0], row[1]) if row else Closed("unknown")


def _item(view: View, size: int, logged: Logged, role: Role, closed: Closed | None) -> Item:
    opening: Closed | tuple[bytes, bytes] = closed or Closed("unknown")
    if closed is None and logged.opening is not None:
        opening = logged.opening.salt, logged.opening.body
    return Item(logged.index, logged.entry, view.inclusion(logged.index, size), role, opening)


def _are_released(contents: Iterable[Enclosed], found: Iterable[Logged]) -> None:
    """Raises `OvertError` for a file that no entry in the bundle says was released."""
    said = b"\n".join(logged.opening.body for logged in found if logged.opening and logged.person is None)
    for each in contents:
        if f'"sha256":"{each.sha256}"'.encode() not in said:
            raise OvertError(
                f"{each.name} is not the file that was released under this id",
                f"{each.name} 不是以该编号发布的文件",
                hint=Text(zh="以 overt trace 查看该文件的记录。", en="`overt trace` shows where this file leads."),
            )
