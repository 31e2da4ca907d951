"""The people's queue and the libraries in force, kept in the database (`overt.gate.review.queue` has the states).

A claim is one conditional update, so that two reviewers never get the same item, on either database. What tells of the
person who asked (materials, remarks, the reviewers' words) is sealed under that person's key; a material is found again
by a keyed hash of who asked, for what purpose, and its SHA-256.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.canonical import stamp
from overt.errors import OvertError, SetupError, UsageError
from overt.gate.review.library import Difference, Library, difference
from overt.gate.review.queue import ANSWERS, LEASE, TOP_LEVEL, Answer, Given, Held, Item, OnSettled, Seen
from overt.language import Text
from overt.ledger.events.review import ItemAdded, ItemAnswered, ItemClaimed, ItemFollowed, LibraryLoaded
from overt.store import review_files
from overt.store.log import Act
from overt.store.records import Store
from overt.store.review_files import Opens
from overt.store.tables.reviews import review_answers, review_items, review_libraries, review_materials

_log = logging.getLogger(__name__)

MOST_WORDS: Final = 4000
"""Characters of a reviewer's reason."""
_LEASE_OVER = Text(
    zh="先领取该条目（overt review claim）；领取过期后条目会回到队列。",
    en="Claim it first (`overt review claim`); an item whose lease is over goes back into the queue.",
)


_PASSED = (
    select(review_items.c.outcome)
    .join(review_materials, review_materials.c.item == review_items.c.id)
    .where(review_materials.c.blind == bindparam("blind"), review_items.c.state == "settled")
    .order_by(review_items.c.settled.desc())
)
"""Built once: it is asked for every material of every request."""


class Reviews:
    """The queue of one store. It satisfies `overt.gate.review.queue.Queue`."""

    def __init__(self, store: Store, on_settled: OnSettled | None = None, objects: Opens | None = None) -> None:
        """`on_settled` makes the decision that follows from a settled item; `objects` opens where files are kept."""
        self.store = store
        self.on_settled = on_settled
        self.objects = objects

    def add(self, held: Held) -> str:
        """Puts something into the queue, in a transaction of its own. Returns the item's id."""
        with self.store.acting() as act:
            return add(act, held, self.objects)

    def file(self, item: Item, number: int) -> bytes | None:
        """The file of one of an item's materials; None where it was not kept, or is kept no more."""
        return review_files.opened(self.store, self.objects, item.id, number, item.person) if self.objects else None

    def clear(self, at: datetime) -> int:
        """Deletes files that no decision needs any more. Returns how many."""
        return review_files.clear(self.store, self.objects, stamp(at)) if self.objects else 0

    def claim(self, reviewer: str, at: datetime, *, senior: bool = False, lease: timedelta = LEASE) -> Item | None:
        """The next item that this reviewer may have, theirs until the lease is over; None where there is none.

        Escalated items are for senior reviewers, who get them first. The most urgent comes first, then the oldest.
        """
        now, until = stamp(at), stamp(at + lease)
        free = _free(now)
        items = review_items.c
        mine = select(review_answers.c.item).where(review_answers.c.reviewer == reviewer)
        allowed = and_(free, items.level <= (TOP_LEVEL if senior else 0), items.id.not_in(mine))
        order = (items.level.desc(), items.priority.desc(), items.added, items.id)
        with self.store.acting() as act:
            row = (
                act.connection.execute(select(review_items).where(allowed).order_by(*order).limit(1)).mappings().first()
            )
            if row is None:
                return None
            taken = update(review_items).where(items.id == row["id"], free)
            taken = taken.values(state="claimed", claimed_by=reviewer, lease=until)
            if act.connection.execute(taken).rowcount != 1:
                return None
            lapsed = row["claimed_by"] or ""
            act.record(ItemClaimed(row["id"], row["decision"], row["person"], reviewer, until, lapsed))
            return self._item(act.connection, row["id"])

    def renew(
        self, item: str, reviewer: str, at: datetime, *, again: bool = False, lease: timedelta = LEASE
    ) -> str | None:
        """Lengthens the lease of whoever has the item. Returns until when; None where it is theirs no more.

        A lease that is over is lengthened with `again` alone, where nobody has taken the item since: that is a claim.
        """
        now, until = stamp(at), stamp(at + lease)
        items = review_items.c
        mine = and_(items.id == item, _claimed_by(reviewer))
        with self.store.acting() as act:
            row = act.connection.execute(select(review_items).where(mine)).mappings().first()
            if row is None or (row["lease"] <= now and not again):
                return None
            act.connection.execute(update(review_items).where(mine).values(lease=until))
            if row["lease"] <= now:
                act.record(ItemClaimed(item, row["decision"], row["person"], reviewer, until, reviewer))
        return until

    def release(self, item: str, reviewer: str) -> bool:
        """Gives a claimed item back unanswered. False where it is not this reviewer's."""
        with self.store.acting() as act:
            mine = and_(review_items.c.id == item, _claimed_by(reviewer))
            back = update(review_items).where(mine).values(state="waiting", claimed_by=None, lease=None)
            return act.connection.execute(back).rowcount == 1

    def answer(self, item: str, reviewer: str, answer: Answer, words: str, duties: Sequence[str], at: datetime) -> Item:
        """Takes the answer of whoever has claimed the item, with the reason and the duties that it rests on.

        Raises `UsageError` where the item is not this reviewer's (any more), or no reason is given. What follows from
        a settled item is made afterwards, in a transaction of its own (`follow_up`).
        """
        if answer not in ANSWERS or not words.strip() or len(words) > MOST_WORDS:
            raise UsageError(
                f"an answer is one of {', '.join(ANSWERS)}, with a reason of at most {MOST_WORDS} characters",
                f"答复须为 {'、'.join(ANSWERS)} 之一，并附不超过 {MOST_WORDS} 字的理由",
            )
        with self.store.acting() as act:
            row = self._row(act.connection, item)
            number = len(self._given(act.connection, row)) + 1
            if row["state"] != "claimed" or row["claimed_by"] != reviewer or row["lease"] <= stamp(at):
                raise UsageError(
                    f"item {item} is not claimed by this reviewer", f"条目 {item} 未由该审核员领取", hint=_LEASE_OVER
                )
            act.connection.execute(
                insert(review_answers).values(
                    item=item,
                    number=number,
                    reviewer=reviewer,
                    verdict=answer,
                    duties=json.dumps(list(duties)),
                    answered=stamp(at),
                    sealed=act.seal(row["person"], words.encode(), f"{item}/{number}".encode()),
                )
            )
            outcome = self._settle(act.connection, row, at)
            told = ItemAnswered(item, row["decision"], row["person"], reviewer, answer, tuple(duties), words, outcome)
            act.record(told)
        if outcome:
            self.follow_up(item)
        return self.get(item)

    def follow_up(self, item: str) -> str:
        """Has what follows from a settled item made, once. Returns the new decision's id, or an empty string.

        A process that ends in between leaves an item that is settled and not followed; `unfollowed` finds it. The
        decision that follows supersedes the first one, so that a second one for the same item would show.
        """
        settled = self.get(item)
        if self.on_settled is None or settled.state != "settled" or settled.followed:
            return settled.followed
        decision = self.on_settled.settled(settled)
        if decision:
            with self.store.acting() as act:
                still = and_(review_items.c.id == item, review_items.c.followed.is_(None))
                if act.connection.execute(update(review_items).where(still).values(followed=decision)).rowcount == 1:
                    told = ItemFollowed(item, settled.decision, settled.person, settled.outcome, decision)
                    act.record(told)
        return decision

    def catch_up(self) -> int:
        """Has everything made that should have followed, and did not when a process ended. Returns how many items."""
        due = self.unfollowed() if self.on_settled is not None else []
        made = 0
        for item in due:
            try:
                made += bool(self.follow_up(item))
            except OvertError as error:  # Whoever asked was forgotten meanwhile: nothing can follow, and others wait.
                _log.warning("nothing can follow from item %s: %s", item, error)
        return made

    def unfollowed(self) -> list[str]:
        """Items that are settled and from which nothing has followed yet, the oldest first."""
        items = review_items.c
        due = and_(items.state == "settled", items.followed.is_(None))
        with self.store.reading() as connection:
            return list(connection.execute(select(items.id).where(due).order_by(items.settled)).scalars())

    def passed(self, person: str, purpose: str, sha256: str) -> Answer | None:
        """What people last said of this material, asked by the same person for the same purpose."""
        if self.store.vault is None:
            return None
        blind = self.store.vault.blind(_name(person, purpose, sha256))
        with self.store.reading() as connection:
            return cast("Answer | None", connection.execute(_PASSED, {"blind": blind}).scalar())

    def get(self, item: str) -> Item:
        """One item with its answers. Raises `UsageError` where there is none."""
        with self.store.reading() as connection:
            return self._item(connection, item)

    def of_decision(self, decision: str) -> list[Item]:
        """The items that a decision put into the queue."""
        with self.store.reading() as connection:
            found = select(review_items.c.id).where(review_items.c.decision == decision)
            return [self._item(connection, each) for each in connection.execute(found).scalars().all()]

    def waiting(self, at: datetime, *, everything: bool = False, most: int = 100) -> list[Item]:
        """What waits or is claimed, in the order in which it is given out; with `everything` what is settled, too."""
        items = review_items.c
        chosen = select(items.id).order_by(items.level.desc(), items.priority.desc(), items.added, items.id).limit(most)
        if not everything:
            chosen = chosen.where(or_(_free(stamp(at)), items.state == "claimed"))
        with self.store.reading() as connection:
            return [self._item(connection, each) for each in connection.execute(chosen).scalars().all()]

    def load_library(self, library: Library, by: str = "") -> Difference | None:
        """Records that a version of a library is in force, with what differs from the last; None where nothing does."""
        libraries = review_libraries.c
        newest = select(libraries.digest, libraries.entries).where(libraries.name == library.name)
        newest = newest.order_by(libraries.number.desc()).limit(1)
        with self.store.reading() as connection:  # Nearly always the same one: nobody need wait for it.
            last = connection.execute(newest).first()
        if last is not None and last[0] == library.digest:
            return None
        with self.store.acting() as act:
            last = act.connection.execute(newest).first()
            if last is not None and last[0] == library.digest:
                return None
            told = difference(json.loads(last[1]) if last else {}, library.digests)
            number = act.connection.execute(
                select(libraries.number).order_by(libraries.number.desc()).limit(1)
            ).scalar()
            act.connection.execute(
                insert(review_libraries).values(
                    number=(number or 0) + 1,
                    name=library.name,
                    version=library.version,
                    digest=library.digest,
                    approver=library.approver,
                    loaded=stamp(datetime.now(UTC)),
                    entries=json.dumps(library.digests, sort_keys=True),
                )
            )
            head = (library.name, library.version, library.digest, library.approver, len(library.entry))
            act.record(LibraryLoaded(*head, told.added, told.removed, told.changed, by))
        return told

    def libraries(self) -> list[dict[str, str]]:
        """The versions of libraries that were put into force: name, version, digest, approver, when."""
        columns = [review_libraries.c[each] for each in ("name", "version", "digest", "approver", "loaded")]
        with self.store.reading() as connection:
            rows = connection.execute(select(*columns).order_by(review_libraries.c.number)).mappings()
            return [dict(row) for row in rows]

    def _settle(self, connection: Connection, row: RowMapping, at: datetime) -> str:
        """Brings the item into the state that its answers ask for. Returns the outcome, or an empty string."""
        answers = [each.answer for each in self._given(connection, row)]
        level, outcome = row["level"], ""
        if answers[-1] == "escalate":
            level = min(level + 1, TOP_LEVEL)
        elif level or len(answers) >= row["eyes"]:
            if level or len(set(answers)) == 1:
                outcome = answers[-1]
            else:  # Two pairs of eyes disagree.
                level = TOP_LEVEL
        values = {"state": "settled" if outcome else "waiting", "level": level, "claimed_by": None, "lease": None}
        if outcome:
            values |= {"outcome": outcome, "settled": stamp(at)}
        connection.execute(update(review_items).where(review_items.c.id == row["id"]).values(**values))
        return outcome

    def _row(self, connection: Connection, item: str) -> RowMapping:
        row = connection.execute(select(review_items).where(review_items.c.id == item)).mappings().first()
        if row is None:
            raise UsageError(f"there is no review item {item}", f"没有审核条目 {item}")
        return row

    def _item(self, connection: Connection, item: str) -> Item:
        row = self._row(connection, item)
        kept = self._open(connection, row["person"], row["sealed"], item.encode())
        materials = tuple(Seen(**each | {"remarks": tuple(each["remarks"])}) for each in json.loads(kept or b"[]"))
        names = [name for name in Item.__dataclass_fields__ if name not in {"materials", "answers", "categories"}]
        values: dict[str, Any] = {name: row[name] if row[name] is not None else "" for name in names}
        categories = tuple(json.loads(row["categories"]))
        return Item(**values, categories=categories, materials=materials, answers=self._given(connection, row))

    def _given(self, connection: Connection, row: RowMapping) -> tuple[Given, ...]:
        answers = review_answers.c
        found = select(review_answers).where(answers.item == row["id"]).order_by(answers.number)
        told = []
        for each in connection.execute(found).mappings().all():
            words = self._open(connection, row["person"], each["sealed"], f"{row['id']}/{each['number']}".encode())
            duties = tuple(json.loads(each["duties"]))
            told.append(Given(each["reviewer"], each["verdict"], duties, each["answered"], (words or b"").decode()))
        return tuple(told)

    def _open(self, connection: Connection, person: str, sealed: bytes, about: bytes) -> bytes | None:
        return self.store.vault.open(connection, person, bytes(sealed), about) if self.store.vault else None


def add(act: Act, held: Held, objects: Opens | None = None) -> str:
    """Puts something into the queue in the transaction of the decision that holds it. Returns the item's id.

    Files are kept where `objects` opens a place for them.
    """
    if act.vault is None:
        raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
    if held.eyes not in (1, 2):
        raise UsageError("an item is for one pair of eyes or for two", "条目须由一名或两名审核员审核")
    item = uuid4().hex
    held = review_files.keep(act, item, held, objects)
    kept = json.dumps([asdict(each) for each in held.materials], ensure_ascii=False).encode()
    act.connection.execute(
        insert(review_items).values(
            id=item,
            decision=held.decision,
            person=held.person,
            purpose=held.purpose,
            categories=json.dumps(held.categories),
            priority=held.priority,
            eyes=held.eyes,
            level=0,
            state="waiting",
            added=stamp(datetime.now(UTC)),
            sealed=act.seal(held.person, kept, item.encode()),
        )
    )
    blinds = {act.vault.blind(_name(held.person, held.purpose, each.sha256)) for each in held.materials if each.held}
    if blinds:
        rows = [{"item": item, "blind": each} for each in sorted(blinds)]
        act.connection.execute(insert(review_materials), rows)
    hashes = tuple(each.sha256 for each in held.materials)
    head = (item, held.decision, held.person)
    act.record(ItemAdded(*head, hashes, held.categories, held.priority, held.eyes))
    return item


def _name(person: str, purpose: str, sha256: str) -> str:
    return "\n".join(("review material", person, purpose, sha256))


def _free(now: str) -> ColumnElement[bool]:
    items = review_items.c
    return or_(items.state == "waiting", and_(items.state == "claimed", items.lease <= now))


def _claimed_by(reviewer: str) -> ColumnElement[bool]:
    return and_(review_items.c.state == "claimed", review_items.c.claimed_by == reviewer)
