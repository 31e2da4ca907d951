"""Gathers the evidence for a bundle: entries, proofs, what opens them, and why some do not open.

What is sealed for a person stays closed unless it is asked for, for everybody or for one person; the ledger keeps who
was given what, and on what ground. All of it is about one moment: the tree's size when the gathering began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sqlalchemy import exists, func, select
from sqlalchemy.engine import Connection

from overt.errors import OvertError, SetupError, UsageError
from overt.language import Text
from overt.ledger import events
from overt.ledger.bundle import Closed, Document, Enclosed, Evidence, Item, Period, Role, sealed
from overt.ledger.entry import decode
from overt.ledger.entry import now as clock
from overt.ledger.events.retention import BundleMade
from overt.store.log import Logged, entries_about, entry_at
from overt.store.publishing import Ledger, Published
from overt.store.records import Store
from overt.store.retention import ranges
from overt.store.tables import ledger_about, ledger_entries
from overt.store.tables.retention import ledger_closed


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
        if logged.person is None or self.personal == "all":
            return True
        kind = events.every().get(decode(logged.entry).tag)
        return bool(kind and kind.shown) or (self.personal == "one" and logged.person == self.person)


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle's bytes, how many entries are in it, and what could not be had for it: a cosignature, a time stamp."""

    data: bytes
    entries: int
    missing: tuple[SetupError, ...] = ()


def make(ledger: Ledger, producer: str, order: Order) -> Made:
    """The bundle, under a checkpoint of now, whose making is recorded.

    Raises `OvertError` where the ledger has nothing about the id.
    """
    head, missing = _head(ledger)
    size = head.checkpoint.size
    gathered = _gathered(ledger.store, order, size)
    if max(gathered.wanted | gathered.found, default=-1) >= size:  # An erasure was faster than we: see it as well.
        return make(ledger, producer, order)
    if isinstance(order.about, str) and not gathered.wanted:
        raise OvertError(
            f"the ledger has no entry about {order.about!r}",
            f"账本中没有关于“{order.about}”的条目",
            hint=Text(
                zh="编号可以是内容、决定、同意书或案件的编号；用 overt trace 从文件找到内容编号。",
                en="Give the id of a content, a decision, a consent or a case; `overt trace` finds that of a file.",
            ),
        )
    _are_released(order.contents, gathered.found.values())
    proofs = ledger.tree.view().inclusions(gathered.found, size)
    items = [gathered.item(index, proof) for index, proof in zip(gathered.found, proofs, strict=True)]
    made = Evidence(
        about=order.about,
        made=clock(),
        producer=producer,
        checkpoint=head.note,
        items=items,
        keys=ledger.voice.former,
        timestamps=[head.stamp] if head.stamp else [],
        witnesses=[(each.key.name, each.key.public) for each in ledger.voice.witnesses],
        contents=order.contents,
        documents=order.documents,
    )
    bundle = sealed(made, ledger.voice.signer)
    _record(ledger.store, order, bundle, items, gathered.found)
    return Made(bundle, len(items), missing)


def _head(ledger: Ledger) -> tuple[Published, tuple[SetupError, ...]]:
    """A checkpoint of now, with the time stamp and the cosignatures that can be had."""
    head = ledger.publish()
    if not ledger.voice.tsa or head.stamp:
        return head, head.missing
    try:
        stamped = ledger.stamp()
    except SetupError as error:
        return head, (*head.missing, error)
    return stamped if stamped.checkpoint == head.checkpoint else head, head.missing


@dataclass(frozen=True, slots=True)
class _Gathered:
    wanted: dict[int, Role]
    found: dict[int, Logged]
    closed: dict[int, Closed | None]

    def item(self, index: int, proof: Sequence[bytes]) -> Item:
        """One entry as the bundle has it."""
        logged = self.found[index]
        opening: Closed | tuple[bytes, bytes] = self.closed.get(index) or Closed("unknown")
        if not self.closed.get(index) and logged.opening is not None:
            opening = logged.opening.salt, logged.opening.body
        return Item(index, logged.entry, proof, self.wanted.get(index, "proof"), opening)


def _gathered(store: Store, order: Order, size: int) -> _Gathered:
    """The entries that are wanted, why some of them are closed, and the entries that prove it."""
    with store.reading() as connection:
        wanted = _wanted(connection, order.about, size)
        found = {index: entry_at(connection, store.vault, index) for index in wanted}
        closed = {index: _why(connection, logged, order, wanted[index]) for index, logged in found.items()}
        proving = {each.by for each in closed.values() if each and each.by is not None} - wanted.keys()
        found |= {index: entry_at(connection, store.vault, index) for index in proving}
    return _Gathered(wanted, found, closed)


def consents_of(store: Store, about: str) -> tuple[str, ...]:
    """The consents on which the decisions about an id rest."""
    with store.reading() as connection:
        events = [each.opening.event for each in entries_about(connection, store.vault, about) if each.opening]
    decisions = [event["decision"] for event in events if isinstance(event.get("decision"), dict)]
    return tuple(dict.fromkeys(consent for each in decisions for consent in each.get("consents", ())))


def _record(store: Store, order: Order, bundle: bytes, items: Sequence[Item], found: dict[int, Logged]) -> None:
    opened = [each.index for each in items if not isinstance(each.opening, Closed) and found[each.index].person]
    about = order.about if isinstance(order.about, str) else f"{order.about.since}..{order.about.before}"
    event = BundleMade(
        subject=about,
        sha256=sha256(bundle).hexdigest(),
        entries=len(items),
        personal=order.personal,
        opened=ranges(opened),
        ground=order.ground.strip(),
        recipient=order.recipient.strip(),
    )
    with store.acting() as act:
        act.record(event)


def _wanted(connection: Connection, about: str | Period, size: int) -> dict[int, Role]:
    """The entries that the bundle is about; for a period, with the one before and the one after it."""
    column = ledger_entries.c
    if isinstance(about, str):
        return _named(connection, about, size)
    inside = column.index < size
    first = connection.execute(select(func.min(column.index)).where(column.time >= about.since, inside)).scalar()
    last = connection.execute(select(func.max(column.index)).where(column.time < about.before, inside)).scalar()
    start = size if first is None else int(first)
    end = -1 if last is None else int(last)
    around = range(max(start - 1, 0), min(end + 1, size - 1) + 1)
    return {index: "about" if start <= index <= end else "edge" for index in around}


def _named(connection: Connection, about: str, size: int) -> dict[int, Role]:
    """The entries about an id, and those that speak of nothing but ids that share an entry with it.

    So a content brings its decision and the consents under it, and a consent what was made with it; what else was made
    under the same consent does not come with a content.
    """
    own, shared, other = ledger_about.alias(), ledger_about.alias(), ledger_about.alias()
    related = select(shared.c.id).join(own, own.c.index == shared.c.index).where(own.c.id == about)
    elsewhere = exists().where(other.c.index == ledger_about.c.index, other.c.id.not_in(related))
    inside = ledger_about.c.index < size
    along = select(ledger_about.c.index).where(ledger_about.c.id.in_(related), ~elsewhere, inside)
    mine = select(ledger_about.c.index).where(ledger_about.c.id == about, inside)
    found: dict[int, Role] = dict.fromkeys(connection.execute(along).scalars(), "related")
    return found | dict.fromkeys(connection.execute(mine).scalars(), "about")


def _why(connection: Connection, logged: Logged, order: Order, role: Role) -> Closed | None:
    """Why an entry does not open; None where it does."""
    if role == "edge":
        return Closed("outside")
    if logged.opening is not None:
        return None if order.opens(logged) else Closed("withheld")
    covering = (ledger_closed.c.first <= logged.index) & (ledger_closed.c.last >= logged.index)
    row = connection.execute(select(ledger_closed.c.why, ledger_closed.c.index).where(covering)).first()
    return Closed(row[0], row[1]) if row else Closed("unknown")


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
