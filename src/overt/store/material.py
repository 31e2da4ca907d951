"""Requests for material, what was said and sent about them, and the signed receipts of both sides.

The way of a request is `overt.access.material`. What is said and sent is sealed under the warrant's key; its hash is in
the ledger and in the receipt, which is Ed25519 over canonical JSON (RFC 8785), as receipts of consents are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.engine import Connection, RowMapping

from overt.access.material import DATED, Kind, Side, State, moved
from overt.canonical import canonical, stamp
from overt.errors import UsageError
from overt.ledger.events.inspections import RequestMoved
from overt.ledger.signing import Signer
from overt.store.log import Act
from overt.store.objects import Objects
from overt.store.sealed import SealedObjects
from overt.store.tables.inspections import material_requests, material_steps
from overt.store.warrants import key_of

if TYPE_CHECKING:
    from overt.store.records import Store

MOST_FILES: Final = 20
LONGEST: Final = 8000
"""Characters of what is said in one step."""
_OPEN: Final = ("asked", "questioned")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it comes in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it is kept: under the object's name, with the hash of what was sent."""

    name: str
    size: int
    sha256: str
    object: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a request. `text` is empty where the warrant's key was destroyed."""

    entry: int
    kind: Kind
    time: str
    by: str
    text: str
    form: str
    due: str
    files: tuple[Attached, ...]
    receipt: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request for material, where it stands."""

    id: str
    warrant: str
    officer: str
    state: State
    asked: str
    due: str

    def overdue(self, at: datetime) -> bool:
        """Whether the operator's answer is late."""
        return self.state in _OPEN and self.due <= stamp(at)


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says in a step."""

    text: str
    by: str
    side: Side
    form: str = ""
    due: str = ""
    files: Sequence[Sent] = ()


class Material:
    """The requests of a set-up."""

    def __init__(self, store: Store, objects: Objects, signer: Signer | None = None) -> None:
        self._store = store
        self._objects = SealedObjects(objects)
        self._signer = signer

    def ask(self, warrant: str, officer: str, said: Said) -> Request:
        """An inspector asks for something until a time. Raises `UsageError`."""
        number, now = uuid4().hex, stamp(datetime.now(UTC))
        _check("ask", said, now)
        with self._store.acting() as act:
            values = {"id": number, "warrant": warrant, "officer": officer, "asked": now, "due": said.due}
            act.connection.execute(insert(material_requests).values(**values, state="asked"))
            self._step(act, warrant, number, "ask", said)
        return self.get(number)

    def move(self, number: str, kind: Kind, said: Said) -> Request:
        """One step on. Raises `UsageError` where this side cannot take it now."""
        now = stamp(datetime.now(UTC))
        _check(kind, said, now)
        with self._store.acting() as act:
            row = _row(act.connection, number)
            changed: dict[str, Any] = {"state": moved(row["state"], kind, said.side)}
            if kind == "grant":
                changed["due"] = said.due
            act.connection.execute(update(material_requests).where(material_requests.c.id == number).values(**changed))
            self._step(act, row["warrant"], number, kind, said)
        return self.get(number)

    def get(self, number: str) -> Request:
        """The request of this id. Raises `UsageError` where there is none."""
        with self._store.reading() as connection:
            return _request(_row(connection, number))

    def some(self, most: int, after: tuple[str, str] | None = None, *, warrant: str = "") -> list[Request]:
        """The newest first, of one warrant or of all; `after` is the place (`asked`, `id`) of the last one seen."""
        column = material_requests.c
        query = select(material_requests).order_by(column.asked.desc(), column.id.desc()).limit(most)
        if warrant:
            query = query.where(column.warrant == warrant)
        if after:
            query = query.where(tuple_(column.asked, column.id) < after)
        with self._store.reading() as connection:
            return [_request(row) for row in connection.execute(query).mappings().all()]

    def steps(self, number: str) -> tuple[Step, ...]:
        """Everything that was said about it, in its order."""
        query = select(material_steps).where(material_steps.c.request == number)
        with self._store.reading() as connection:
            warrant = _row(connection, number)["warrant"]
            rows = connection.execute(query.order_by(material_steps.c.ledger_index)).mappings().all()
            return tuple(self._opened(connection, warrant, row) for row in rows)

    def file(self, number: str, name: str) -> tuple[str, bytes] | None:
        """A file of a request, by its object's name: what it is called, and its bytes."""
        found = next((each for step in self.steps(number) for each in step.files if each.object == name), None)
        if found is None:
            return None
        with self._store.reading() as connection:
            warrant, vault = _row(connection, number)["warrant"], self._store.vault
            data = self._objects.get(connection, vault, key_of(warrant), f"{number}:file", name)
        return (found.name, data) if data is not None else None

    def _step(self, act: Act, warrant: str, number: str, kind: Kind, said: Said) -> None:
        key = key_of(warrant)
        files = [
            Attached(
                each.name[:200],
                len(each.data),
                sha256(each.data).hexdigest(),
                self._objects.put(act, key, f"{number}:file", each.data),
            )
            for each in said.files
        ]
        told = {"text": said.text.strip(), "form": said.form.strip(), "due": said.due, "by": said.by}
        body = canonical({**told, "files": [asdict(each) for each in files]})
        digest, now = sha256(body).hexdigest(), stamp(datetime.now(UTC))
        index = act.record(RequestMoved(warrant, number, kind, said.due, digest, said.by))
        receipt = self._receipt(
            {
                "kind": kind,
                "request": number,
                "warrant": warrant,
                "time": now,
                "ledger_index": index,
                "sha256": digest,
                "due": said.due,
                "files": [{"size": each.size, "sha256": each.sha256} for each in files],
            }
        )
        sealed = act.seal(key, body, f"{number}:{index}".encode())
        values = {"ledger_index": index, "request": number, "kind": kind, "time": now, "sealed": sealed}
        act.connection.execute(insert(material_steps).values(**values, receipt=json.dumps(receipt)))

    def _receipt(self, told: dict[str, Any]) -> dict[str, Any]:
        assert self._signer is not None  # noqa: S101  (given to those who act)
        return {"receipt": told, "signer": self._signer.id, "signature": self._signer.sign(canonical(told)).hex()}

    def _opened(self, connection: Connection, warrant: str, row: RowMapping) -> Step:
        about, vault = f"{row['request']}:{row['ledger_index']}".encode(), self._store.vault
        plain = vault.open(connection, key_of(warrant), bytes(row["sealed"]), about) if vault else None
        told: dict[str, Any] = {"text": "", "form": "", "due": "", "by": "", "files": []}
        if plain:
            told = json.loads(plain)
        files = tuple(Attached(**each) for each in told["files"])
        said: dict[str, str] = {each: told[each] for each in ("text", "form", "due", "by")}
        receipt = json.loads(row["receipt"])
        return Step(row["ledger_index"], row["kind"], row["time"], **said, files=files, receipt=receipt)


def waiting(store: Store) -> tuple[int, str, str]:
    """Requests that wait for the operator: how many, since when the oldest, and the first due time."""
    column = material_requests.c
    query = select(func.count(), func.min(column.asked), func.min(column.due)).where(column.state == "asked")
    with store.reading() as connection:
        count, since, due = connection.execute(query).one()
    return int(count), since or "", due or ""


def late(store: Store, now: str) -> int:
    """Requests whose time is over and which were not answered."""
    column = material_requests.c
    query = select(func.count()).where(column.state.in_(_OPEN), column.due <= now)
    with store.reading() as connection:
        return int(connection.execute(query).scalar_one())


def _check(kind: Kind, said: Said, now: str) -> None:
    if not said.text.strip() and kind != "accept":
        raise UsageError("say what it is", "请填写内容")
    if len(said.text) > LONGEST or len(said.files) > MOST_FILES:
        raise UsageError("this is too long, or has too many files", "内容过长或附件过多")
    if kind in DATED and said.due <= now:
        raise UsageError("give a due time that is still to come", "请填写晚于现在的期限")


def _row(connection: Connection, number: str) -> RowMapping:
    row = connection.execute(select(material_requests).where(material_requests.c.id == number)).mappings().first()
    if row is None:
        raise UsageError("there is no such request", "没有这项调取")
    return row


def _request(row: RowMapping) -> Request:
    return Request(**{each: row[each] for each in ("id", "warrant", "officer", "state", "asked", "due")})
