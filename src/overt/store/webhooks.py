"""Webhooks: where programs are told of events of the ledger, and every delivery until it arrived or was given up.

```
 webhook:   on ──failing for DAYS──► off ──turned on by a person──► on        (gone once it is deleted)
 delivery:  waiting ──2xx──► done
               │ ▲ └──no answer, or another──► waiting, later and later
               │ └──resent by a person──── dead
               └──after MOST_ATTEMPTS──► dead
```

Deliveries follow from ledger entries: `reached` says up to which one a webhook's deliveries were made, so that none is
left out when a service ends. Each is made at least once, and has the same id every time it is sent. A payload holds a
tag, a time and ids of contents, decisions, consents and cases; never what an event says.
Not here: how it is sent (`overt.web.telling`).
"""

from __future__ import annotations

import json
import random
import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.canonical import stamp
from overt.errors import ConflictError, SetupError, UsageError
from overt.ledger import events
from overt.ledger.events.programs import WebhookMade, WebhookTurned
from overt.store.tables.ledger import ledger_about, ledger_entries
from overt.store.tables.programs import webhook_deliveries as deliveries
from overt.store.tables.programs import webhooks

if TYPE_CHECKING:
    from overt.store.records import Store
    from overt.store.vault import Vault

MOST_ATTEMPTS: Final = 12
"""About three days from the first to the last."""
DAYS: Final = timedelta(days=5)
"""A webhook that answered nothing for so long is turned off."""
LEASE: Final = timedelta(minutes=2)
"""For so long a delivery that is being sent belongs to whoever sends it."""
_FIRST: Final = 15.0  # seconds before the second attempt
_LONGEST: Final = 12 * 3600.0
_BATCH: Final = 500
_MOST: Final = 20
"""Webhooks of one set-up."""
_LONGEST_TOLD: Final = 300
State = Literal["waiting", "done", "dead"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook, without its secret. `why` it is off; `failing` since when."""

    id: str
    address: str
    tags: tuple[str, ...]
    made_by: str
    made: str
    state: str
    why: str
    failing: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to a webhook. `told` is what came of the last attempt."""

    id: str
    webhook: str
    entry: int
    tag: str
    time: str
    about: tuple[str, ...]
    state: State
    attempts: int
    due: str
    made: str
    told: str

    @property
    def payload(self) -> bytes:
        """What is sent: the same bytes each time."""
        data = {"entry": self.entry, "about": list(self.about)}
        told = {"type": self.tag, "timestamp": self.time, "data": data}
        return json.dumps(told, separators=(",", ":")).encode()


class Webhooks:
    """The webhooks of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, address: str, tags: Iterable[str], *, by: str) -> tuple[Webhook, str]:
        """Makes a webhook. Its secret (`whsec_…`) is returned this once. It is told of what happens from now on.

        `tags` are tags of events, beginnings of them up to a colon (`gate:decision:`), or `*`. Raises `UsageError`.
        """
        chosen = known_tags(tags)
        secret, number = secrets.token_bytes(32), uuid4().hex
        with self._store.acting() as act:
            if (act.connection.execute(select(func.count()).select_from(webhooks)).scalar() or 0) >= _MOST:
                raise ConflictError(f"there are {_MOST} webhooks already", f"回调已有 {_MOST} 个")
            index = act.record(WebhookMade(number, address, chosen, by))
            values = {
                "id": number,
                "address": address,
                "tags": json.dumps(chosen),
                "secret": self._sealed(number, secret),
                "made_by": by,
                "made": stamp(datetime.now(UTC)),
                "state": "on",
                "why": "",
                "reached": index,
            }
            act.connection.execute(insert(webhooks).values(**values))
        return self.get(number), f"whsec_{b64encode(secret).decode()}"

    def get(self, number: str) -> Webhook:
        """The webhook of this id. Raises `UsageError`."""
        with self._store.reading() as connection:
            return _webhook(_row(connection, number))

    def every(self) -> tuple[Webhook, ...]:
        """All webhooks, the oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(webhooks).order_by(webhooks.c.made, webhooks.c.id)).mappings().all()
        return tuple(_webhook(row) for row in rows)

    def turn(self, number: str, *, on: bool, by: str, why: str = "") -> None:
        """Turns a webhook on or off. What happened while it was off is not told afterwards."""
        with self._store.acting() as act:
            _row(act.connection, number)
            index = act.record(WebhookTurned(number, "on" if on else "off", why, by))
            values = {"state": "on" if on else "off", "why": why, "failing": None}
            moved = {"reached": index} if on else {}
            act.connection.execute(update(webhooks).where(webhooks.c.id == number).values(**values, **moved))

    def remove(self, number: str, *, by: str) -> None:
        """Deletes a webhook and what waits for it."""
        with self._store.acting() as act:
            _row(act.connection, number)
            act.record(WebhookTurned(number, "deleted", "", by))
            act.connection.execute(delete(deliveries).where(deliveries.c.webhook == number))
            act.connection.execute(delete(webhooks).where(webhooks.c.id == number))

    def deliveries(
        self, number: str, most: int, *, state: str = "", before: tuple[int, str] | None = None
    ) -> tuple[Delivery, ...]:
        """The deliveries of a webhook, the newest first."""
        column = deliveries.c
        wanted = column.webhook == number
        if state:
            wanted &= column.state == state
        if before:
            wanted &= column.ledger_index < before[0]
        query = select(deliveries).where(wanted).order_by(column.ledger_index.desc()).limit(most)
        with self._store.reading() as connection:
            return tuple(_delivery(row) for row in connection.execute(query).mappings().all())

    def resend(self, number: str, delivery: str) -> None:
        """Sends a delivery once more, from its first attempt on. Raises `UsageError`."""
        this = (deliveries.c.id == delivery) & (deliveries.c.webhook == number)
        values = {"state": "waiting", "attempts": 0, "due": stamp(datetime.now(UTC))}
        with self._store.acting() as act:
            if not act.connection.execute(update(deliveries).where(this).values(**values)).rowcount:
                raise UsageError("there is no such delivery", "没有这次投递")

    def dead(self) -> int:
        """How many deliveries were given up and not resent, of webhooks that are there."""
        with self._store.reading() as connection:
            query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "dead")
            return int(connection.execute(query).scalar() or 0)

    # For whoever sends

    def follow(self) -> int:
        """Makes the deliveries of what happened since. Returns how many ledger entries were looked at."""
        with self._store.reading() as connection:
            on = connection.execute(select(webhooks).where(webhooks.c.state == "on")).mappings().all()
            last = connection.execute(select(func.max(ledger_entries.c.index))).scalar()
        behind = [row for row in on if last is not None and row["reached"] < last]
        return max((self._follow(row) for row in behind), default=0)

    def _follow(self, row: RowMapping) -> int:
        column = ledger_entries.c
        query = select(column.index, column.tag, column.time).where(column.index > row["reached"])
        tags = tuple(json.loads(row["tags"]))
        with self._store.acting() as act:
            happened = act.connection.execute(query.order_by(column.index).limit(_BATCH)).all()
            # Another service of the same set-up may have been here.
            still = select(webhooks.c.reached).where(webhooks.c.id == row["id"])
            if not happened or act.connection.execute(still).scalar() != row["reached"]:
                return 0
            made = stamp(datetime.now(UTC))
            for index, tag, time in happened:
                if not fits(tag, tags):
                    continue
                found = select(ledger_about.c.id).where(ledger_about.c.index == index)
                about = sorted(act.connection.execute(found).scalars().all())
                values = {
                    "id": f"msg_{uuid4().hex}",
                    "webhook": row["id"],
                    "ledger_index": index,
                    "tag": tag,
                    "time": time,
                    "about": json.dumps(about),
                    "state": "waiting",
                    "attempts": 0,
                    "due": made,
                    "made": made,
                    "told": "",
                }
                act.connection.execute(insert(deliveries).values(**values))
            reached = update(webhooks).where(webhooks.c.id == row["id"]).values(reached=happened[-1][0])
            act.connection.execute(reached)
        return len(happened)

    def take(self, most: int, at: datetime | None = None) -> Sequence[tuple[Delivery, Webhook, bytes]]:
        """Deliveries that are due, with where they go and the secret: leased to the caller for `LEASE`."""
        at = at or datetime.now(UTC)
        column = deliveries.c
        due = (column.state == "waiting") & (column.due <= stamp(at)) & (webhooks.c.state == "on")
        query = (
            select(deliveries)
            .join(webhooks, webhooks.c.id == column.webhook)
            .where(due)
            .order_by(column.due, column.ledger_index)
            .limit(most)
        )
        taken = []
        with self._store.acting() as act:
            for row in act.connection.execute(query).mappings().all():
                leased = update(deliveries).where(column.id == row["id"]).values(due=stamp(at + LEASE))
                act.connection.execute(leased)
                to = _row(act.connection, row["webhook"])
                taken.append((_delivery(row), _webhook(to), self._opened(to)))
        return taken

    def arrived(self, delivery: Delivery, told: str) -> None:
        """The receiver took it."""
        with self._store.acting() as act:
            this = update(deliveries).where(deliveries.c.id == delivery.id)
            values = {"state": "done", "attempts": delivery.attempts + 1, "told": told[:_LONGEST_TOLD]}
            act.connection.execute(this.values(**values))
            act.connection.execute(update(webhooks).where(webhooks.c.id == delivery.webhook).values(failing=None))

    def failed(self, delivery: Delivery, told: str, at: datetime | None = None) -> None:
        """The receiver did not take it: it is sent again later, or given up; the webhook may be turned off for it."""
        at = at or datetime.now(UTC)
        attempts = delivery.attempts + 1
        given_up = attempts >= MOST_ATTEMPTS
        values = {
            "state": "dead" if given_up else "waiting",
            "attempts": attempts,
            "due": stamp(at + timedelta(seconds=pause(attempts))),
            "told": told[:_LONGEST_TOLD],
        }
        with self._store.acting() as act:
            act.connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(**values))
            row = act.connection.execute(select(webhooks).where(webhooks.c.id == delivery.webhook)).mappings().first()
            if row is None:
                return
            this = update(webhooks).where(webhooks.c.id == row["id"])
            if row["failing"] is None:
                act.connection.execute(this.values(failing=stamp(at)))
            elif row["state"] == "on" and row["failing"] <= stamp(at - DAYS):
                act.record(WebhookTurned(row["id"], "off", told[:_LONGEST_TOLD], "system"))
                act.connection.execute(this.values(state="off", why=told[:_LONGEST_TOLD]))

    def _sealed(self, number: str, secret: bytes) -> bytes:
        return self._vault().wrap(secret, f"webhook:{number}".encode())

    def _opened(self, row: RowMapping) -> bytes:
        return self._vault().unwrap(bytes(row["secret"]), f"webhook:{row['id']}".encode())

    def _vault(self) -> Vault:
        if self._store.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
        return self._store.vault


def pause(attempts: int) -> float:
    """Seconds before the next attempt: twice as long each time, and by chance up to a quarter more or less."""
    return min(_LONGEST, _FIRST * 3.0 ** (attempts - 1)) * random.uniform(0.75, 1.25)  # noqa: S311  (no secret)


def fits(tag: str, wanted: Iterable[str]) -> bool:
    """Whether an event of this tag is wanted."""
    return any(each in ("*", tag) or (each.endswith(":") and tag.startswith(each)) for each in wanted)


def known_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags that there are, or beginnings of some, each once. Raises `UsageError`."""
    chosen = tuple(dict.fromkeys(each.strip() for each in tags if each.strip()))
    wrong = [each for each in chosen if not any(fits(tag, (each,)) for tag in events.every())]
    if wrong or not chosen:
        said = ", ".join(wrong) or "-"
        raise UsageError(f"there is no such event: {said}", f"没有这种事件：{said}")
    return chosen


def _row(connection: Connection, number: str) -> RowMapping:
    row = connection.execute(select(webhooks).where(webhooks.c.id == number)).mappings().first()
    if row is None:
        raise UsageError("there is no such webhook", "没有这个回调")
    return row


def _webhook(row: RowMapping) -> Webhook:
    values = {name: row[name] or "" for name in ("id", "address", "made_by", "made", "state", "why", "failing")}
    return Webhook(tags=tuple(json.loads(row["tags"])), **values)


def _delivery(row: RowMapping) -> Delivery:
    values = {name: row[name] for name in ("id", "webhook", "tag", "time", "state", "attempts", "due", "made", "told")}
    return Delivery(entry=row["ledger_index"], about=tuple(json.loads(row["about"])), **values)
