"""Keeps the register of people who refuse (`overt.gate.consent.register`): joining, verifying, leaving.

Everything that says who somebody is lies under a key of their own for this entry: leaving destroys the key, and with it
names, contact, photo and voice, in backups too. The contact code has eight digits, is kept as a keyed hash, and is
gone after five wrong tries: staff then makes another.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from overt.errors import SetupError, UsageError
from overt.gate.consent.register import Refuser, State, normalised
from overt.language import Text
from overt.ledger.events.consent import RefusalJoined, RefusalLeft, RefusalVerified
from overt.marks.kept import Print
from overt.store.consent_rows import AnswerError, Upload, hashed
from overt.store.log import Act
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.sealed import SealedObjects
from overt.store.tables.consents import refusals
from overt.store.vault import Vault

MOST_TRIES: Final = 5
_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Joining:
    """What somebody gives to be known by: names, a photo with its fingerprint, a voice; and how to reach them."""

    names: tuple[str, ...]
    contact: str
    photo: Upload | None = None
    prints: tuple[Print, ...] = ()
    voice: Upload | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `names` and `contact` are empty where the key is gone."""

    refusal_id: str
    person: str
    state: State
    joined: str
    verified: str
    names: tuple[str, ...]
    contact: str
    has_photo: bool
    has_voice: bool


class Refusals:
    """The register of one set-up."""

    def __init__(self, store: Store, objects: Objects) -> None:
        self.store = store
        self._objects = SealedObjects(objects)
        self._known: tuple[Refuser, ...] = ()
        self._known_at: tuple[Any, ...] | None = None

    def join(self, joining: Joining) -> tuple[str, str]:
        """Puts somebody on the register, unverified. Returns the entry's id and the token of their own page."""
        names = tuple(dict.fromkeys(each.strip() for each in joining.names if normalised(each)))
        if not (names or joining.prints or joining.voice):
            raise AnswerError(
                "there is nothing to know you by",
                "没有可供识别的信息",
                hint=Text(zh="请填写姓名，或上传照片、声音。", en="Give a name, or a photo, or a recording."),
            )
        if not joining.contact.strip():
            raise AnswerError("there is no way to reach you", "没有联系方式", hint=_CONTACT)
        token, refusal_id, person = secrets.token_urlsafe(32), str(uuid4()), uuid4().hex
        with self.store.acting() as act:
            uploads = {kind: each for kind, each in (("photo", joining.photo), ("voice", joining.voice)) if each}
            objects = {
                kind: self._objects.put(act, person, f"refusals/{refusal_id}/{kind}", each.data)
                for kind, each in uploads.items()
            }
            sealed = {
                "names": names,
                "contact": joining.contact.strip(),
                "prints": [_told(each) for each in joining.prints],
                "objects": objects,
            }
            act.connection.execute(
                insert(refusals).values(
                    refusal_id=refusal_id,
                    person=person,
                    state="waiting",
                    token_hash=hashed(token),
                    code_hash="",
                    tries=0,
                    joined=_now(),
                    by="",
                    sealed=act.seal(person, json.dumps(sealed).encode(), refusal_id.encode()),
                )
            )
            act.record(RefusalJoined(refusal_id, person, (*(["name"] if names else []), *uploads)))
        return refusal_id, token

    def new_code(self, refusal_id: str) -> tuple[str, str]:
        """A fresh code for the operator to send: the contact, and the code. The one before is no longer good."""
        code = "".join(str(secrets.randbelow(10)) for _ in range(_DIGITS))
        with self.store.acting() as act:
            row = _row(act.connection, refusals.c.refusal_id == refusal_id)
            if row is None or row["state"] != "waiting":
                raise _nothing_waits(refusal_id)
            act.connection.execute(
                update(refusals)
                .where(refusals.c.refusal_id == refusal_id)
                .values(code_hash=_vault(act.vault).blind(f"{refusal_id}:{code}"), tries=0)
            )
            return _entry(act.connection, act.vault, row).contact, code

    def enter_code(self, token: str, code: str) -> bool:
        """Whether the code is the one that was sent; the entry counts from then on."""
        with self.store.acting() as act:
            row = _by_token(act.connection, token)
            if row is None or row["state"] != "waiting" or not row["code_hash"] or row["tries"] >= MOST_TRIES:
                return False
            given = "".join(each for each in code if each.isdecimal())
            right = hmac.compare_digest(_vault(act.vault).blind(f"{row['refusal_id']}:{given}"), row["code_hash"])
            if right:
                _verify(act, row, "code")
            else:
                here = refusals.c.refusal_id == row["refusal_id"]
                act.connection.execute(update(refusals).where(here).values(tries=row["tries"] + 1))
            return right

    def verify(self, refusal_id: str, by: str) -> None:
        """A person of staff confirms that it is them."""
        with self.store.acting() as act:
            row = _row(act.connection, refusals.c.refusal_id == refusal_id)
            if row is None or row["state"] != "waiting":
                raise _nothing_waits(refusal_id)
            _verify(act, row, by)

    def leave(self, token: str) -> bool:
        """Takes somebody off the register, and destroys what was kept of them. False for a token of nothing."""
        with self.store.acting() as act:
            row = _by_token(act.connection, token)
            if row is None or row["state"] == "left":
                return False
            here = refusals.c.refusal_id == row["refusal_id"]
            objects = _sealed(act.connection, act.vault, row).get("objects", {})
            act.connection.execute(update(refusals).where(here).values(state="left", code_hash="", sealed=b""))
            act.record(RefusalLeft(row["refusal_id"]))
            _vault(act.vault).destroy(act.connection, row["person"])
        for name in objects.values():
            self._objects.delete(name)
        return True

    def by_token(self, token: str) -> Entry | None:
        """The entry behind a link."""
        with self.store.reading() as connection:
            row = _by_token(connection, token)
            return _entry(connection, self.store.vault, row) if row else None

    def every(self, *, waiting: bool = False) -> tuple[Entry, ...]:
        """All entries, the latest first."""
        query = select(refusals).order_by(refusals.c.joined.desc(), refusals.c.refusal_id)
        if waiting:
            query = query.where(refusals.c.state == "waiting")
        with self.store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return tuple(_entry(connection, self.store.vault, row) for row in rows)

    def listed(
        self,
        state: State | None = None,
        *,
        most: int = 50,
        after: tuple[str, str] | None = None,
        unsealed: bool = False,
    ) -> list[Entry]:
        """Entries, the latest first, one more than `most`; `after` is the (joined, id) of the last one seen.

        Who they are is opened only where it is asked for.
        """
        column = refusals.c
        query = select(refusals).order_by(column.joined.desc(), column.refusal_id).limit(most + 1)
        if state:
            query = query.where(column.state == state)
        if after:
            later = (column.joined == after[0]) & (column.refusal_id > after[1])
            query = query.where((column.joined < after[0]) | later)
        with self.store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return [_entry(connection, self.store.vault if unsealed else None, row) for row in rows]

    def find(self, refusal_id: str, *, unsealed: bool = False) -> Entry | None:
        """The entry of this id."""
        with self.store.reading() as connection:
            row = _row(connection, refusals.c.refusal_id == refusal_id)
            return _entry(connection, self.store.vault if unsealed else None, row) if row else None

    def waiting(self) -> tuple[int, str]:
        """How many entries wait to be verified, and since when the oldest does."""
        query = select(func.count(), func.min(refusals.c.joined)).where(refusals.c.state == "waiting")
        with self.store.reading() as connection:
            count, since = connection.execute(query).one()
        return int(count), since or ""

    def refusers(self) -> Sequence[Refuser]:
        """Everybody whose entry is verified, for the matchers; read anew where the register has changed."""
        with self.store.reading() as connection:
            as_of = tuple(connection.execute(_STAMP).one())
            if as_of != self._known_at:
                query = select(refusals).where(refusals.c.state == "verified").order_by(refusals.c.refusal_id)
                rows = connection.execute(query).mappings().all()
                self._known = tuple(_refuser(connection, self.store.vault, row) for row in rows)
                self._known_at = as_of
        return self._known


_STAMP = select(func.count(), func.max(refusals.c.verified)).where(refusals.c.state == "verified")
"""Says whether the register has changed; built once, since every request asks."""
_CONTACT = Text(
    zh="请填写手机号或邮箱，以便确认是您本人。",
    en="Give a phone number or an e-mail address, so that we can check it is you.",
)


def _verify(act: Act, row: RowMapping, by: str) -> None:
    here = refusals.c.refusal_id == row["refusal_id"]
    act.connection.execute(update(refusals).where(here).values(state="verified", verified=_now(), by=by, code_hash=""))
    act.record(RefusalVerified(row["refusal_id"], row["person"], by))


def _row(connection: Connection, condition: ColumnElement[bool]) -> RowMapping | None:
    return connection.execute(select(refusals).where(condition)).mappings().first()


def _by_token(connection: Connection, token: str) -> RowMapping | None:
    wanted = hashed(token)
    row = _row(connection, refusals.c.token_hash == wanted)
    return row if row is not None and hmac.compare_digest(row["token_hash"], wanted) else None


def _sealed(connection: Connection, vault: Vault | None, row: RowMapping) -> dict[str, Any]:
    if vault is None or not row["sealed"]:
        return {}
    plain = vault.open(connection, row["person"], bytes(row["sealed"]), row["refusal_id"].encode())
    told: dict[str, Any] = json.loads(plain) if plain else {}
    return told


def _entry(connection: Connection, vault: Vault | None, row: RowMapping) -> Entry:
    told = _sealed(connection, vault, row)
    return Entry(
        row["refusal_id"],
        row["person"],
        row["state"],
        row["joined"],
        row["verified"] or "",
        tuple(told.get("names", ())),
        told.get("contact", ""),
        "photo" in told.get("objects", {}),
        "voice" in told.get("objects", {}),
    )


def _refuser(connection: Connection, vault: Vault | None, row: RowMapping) -> Refuser:
    told = _sealed(connection, vault, row)
    prints = tuple(Print(**each | {"data": base64.b64decode(each["data"])}) for each in told.get("prints", ()))
    return Refuser(row["refusal_id"], tuple(normalised(each) for each in told.get("names", ())), prints)


def _told(taken: Print) -> dict[str, Any]:
    fields = {name: getattr(taken, name) for name in ("kind", "form", "count", "extent", "made_by")}
    return fields | {"data": base64.b64encode(taken.data).decode()}


def _nothing_waits(refusal_id: str) -> UsageError:
    return UsageError(
        f"no entry {refusal_id[:64]!r} waits to be verified", f"没有编号为 {refusal_id[:64]!r} 的待确认登记"
    )


def _vault(vault: Vault | None) -> Vault:
    if vault is None:
        raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
    return vault


def _now() -> str:
    return datetime.now(UTC).isoformat()
