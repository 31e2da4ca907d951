"""Publishes the ledger: signs its checkpoints, has them cosigned and stamped, and writes receipts.

A checkpoint is signed only where the tree continues every checkpoint that was signed before: the newest of the
database, and the one in the folder. The order is: entries durable in the database, tiles on the disk, the checkpoint
recorded, the checkpoint shown. A kill in between leaves an older checkpoint, which is still true.

```
 ledger/checkpoint                the newest, with its cosignatures
 ledger/stamps/<size>.txt .tsr    a checkpoint's text and its RFC 3161 time stamp, as `openssl ts -verify` takes them
 ledger/sm3/checkpoint, tile/     the twin with SM3 and SM2
```
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, insert, select, update

from overt.errors import FormatError, SetupError, UsageError
from overt.ledger import checkpoint as checkpoints
from overt.ledger import cosignature, receipt, sm, timestamp
from overt.ledger.checkpoint import Checkpoint
from overt.ledger.entry import now
from overt.ledger.tiles import WIDTH
from overt.store.records import Store
from overt.store.tables.checkpoints import ledger_checkpoints
from overt.store.tiles import TileFiles, rolled_back
from overt.store.tree import Progress, Tree, View

if TYPE_CHECKING:
    from overt.ledger.cosignature import Witness
    from overt.ledger.signing import Signer
    from overt.marks.metadata.security.signing import Sm2Seal

NAME: Final = "checkpoint"
TWIN: Final = "sm3"


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks for the log: its name and key; the twin's key; who vouches for its checkpoints.

    `former` are the public keys that spoke before.
    """

    origin: str
    signer: Signer
    sm: Sm2Seal | None = None
    witnesses: tuple[Witness, ...] = ()
    tsa: str = ""
    former: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """A signed checkpoint as a note; its time stamp, if it has one; witnesses that did not cosign, with why."""

    checkpoint: Checkpoint
    note: bytes
    new: bool
    stamp: bytes | None = None
    missing: tuple[SetupError, ...] = ()


def default_origin(producer: str) -> str:
    """The log's name where the set-up gives none: from who provides the service."""
    return re.sub(r"[^\w.-]+", "-", producer) + "/overt"


class Ledger:
    """The ledger of a store, as others see it."""

    def __init__(self, store: Store, voice: Voice) -> None:
        self.store = store
        self.voice = voice
        self.tree: Tree = store.tree

    @cached_property
    def folder(self) -> Path:
        """Where the plain files are."""
        return self._files.folder

    def publish(self, progress: Progress | None = None) -> Published:
        """Signs the tree as it is, unless it is signed. Raises `SetupError` rather than sign another history."""
        with self._files.writing(wait=True):
            view = self.tree.settled(progress)
            self._same_history(view)
            published = self._signed(view)
            self._twin(progress)
        return self._cosigned(published, view)

    def latest(self) -> Published | None:
        """The newest checkpoint that was signed; None before the first."""
        return self._recorded(select(ledger_checkpoints).order_by(ledger_checkpoints.c.size.desc()).limit(1))

    def at(self, size: int) -> Published | None:
        """The checkpoint that was signed for this size."""
        return self._recorded(select(ledger_checkpoints).where(ledger_checkpoints.c.size == size))

    def _recorded(self, query: Select[Any]) -> Published | None:
        with self.store.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        stamp = bytes(row["stamp"]) if row["stamp"] is not None else None
        return Published(_read(bytes(row["note"])), bytes(row["note"]), new=False, stamp=stamp)

    def stamp(self) -> Published:
        """Has the newest checkpoint stamped by the authority, unless it is. Publishes first where nothing is yet."""
        found = self.latest() or self.publish()
        if found.stamp is not None:
            return found
        if not self.voice.tsa:
            raise SetupError("no time-stamping authority is set", "未设置时间戳机构（[ledger] tsa）")
        text = found.checkpoint.text.encode()
        stamp = timestamp.stamped(self.voice.tsa, text)
        with self.store.acting() as act:
            row = update(ledger_checkpoints).where(ledger_checkpoints.c.size == found.checkpoint.size)
            act.connection.execute(row.values(stamp=stamp))
        self._files.put(f"stamps/{found.checkpoint.size}.txt", text)
        self._files.put(f"stamps/{found.checkpoint.size}.tsr", stamp)
        return Published(found.checkpoint, found.note, new=False, stamp=stamp)

    def receipt(self, index: int) -> bytes:
        """The receipt for an entry under the newest checkpoint, which is made where the entry is above it."""
        found = self.latest()
        if found is None or index >= found.checkpoint.size:
            found = self.publish()
        head = found.checkpoint
        if not 0 <= index < head.size:
            raise UsageError(f"there is no entry {index}", f"没有第 {index} 条")
        proof = receipt.Inclusion(head.size, index, tuple(self.tree.view().inclusion(index, head.size)))
        return receipt.written(proof, head.root, self.voice.signer, self.voice.origin, int(time.time()))

    def growth(self, first: int) -> bytes:
        """The receipt that the newest checkpoint's tree begins with that of `first` entries."""
        head = (self.latest() or self.publish()).checkpoint
        if not 0 < first <= head.size:
            raise UsageError(f"there was no tree of {first} entries", f"没有含 {first} 条的树")
        proof = receipt.Growth(first, head.size, tuple(self.tree.view().consistency(first, head.size)))
        return receipt.written(proof, head.root, self.voice.signer, self.voice.origin, int(time.time()))

    @property
    def _files(self) -> TileFiles:
        if self.tree.files is None:
            raise SetupError("a ledger without a data folder cannot be published", "没有数据目录，无法发布账本")
        return self.tree.files

    def _same_history(self, view: View) -> None:
        recorded, shown = self.latest(), self._files.get(NAME)
        for each in (recorded.note if recorded else None, shown):
            if each is not None:
                _continues(view, _read(each))

    def _signed(self, view: View) -> Published:
        head = Checkpoint(self.voice.origin, view.size, view.root)
        note, new = checkpoints.signed(head, self.voice.signer), True
        if (earlier := self.at(view.size)) and self._ours(earlier):
            note, new = earlier.note, False
        self._show(self._files, view, note)
        return Published(head, note, new, earlier.stamp if earlier and not new else None)

    def _ours(self, earlier: Published) -> bool:
        """Whether the present key signed it under the present name."""
        key = checkpoints.ed25519_key(self.voice.origin, self.voice.signer.public)
        try:
            return checkpoints.opened(earlier.note, [key])[0].origin == self.voice.origin
        except FormatError:
            return False

    def _show(self, files: TileFiles, view: View, note: bytes) -> None:
        files.write_partial(list(self.tree.entries(view.size // WIDTH * WIDTH, view.size)), view.size)
        if files is self._files:
            self._record(view, note)
        if files.get(NAME) != note:
            files.put(NAME, note)

    def _record(self, view: View, note: bytes) -> None:
        column = ledger_checkpoints.c
        with self.store.acting() as act:
            there = act.connection.execute(select(column.note).where(column.size == view.size)).scalar()
            if there is None:
                row = {"size": view.size, "root": view.root, "note": note, "time": now()}
                act.connection.execute(insert(ledger_checkpoints).values(**row))
            elif bytes(there) != note:
                act.connection.execute(update(ledger_checkpoints).where(column.size == view.size).values(note=note))

    def _twin(self, progress: Progress | None) -> None:
        if self.voice.sm is None:
            return
        twin = Tree(self.store.engine, self.folder / TWIN, sm.SM3, entries=False)
        if twin.files is None:
            return
        with twin.files.writing(wait=True):
            view = twin.settled(progress)
            shown = twin.files.get(NAME)
            head = Checkpoint(sm.origin(self.voice.origin), view.size, view.root)
            if shown is not None:
                _continues(view, earlier := _read(shown))
                if earlier == head:  # SM2 signs differently each time.
                    return
            self._show(twin.files, view, sm.signed(head, self.voice.sm))

    def _cosigned(self, published: Published, view: View) -> Published:
        """The checkpoint with the signatures of the witnesses that it has none of yet."""
        there = {(each.name, each.key_hash) for each in checkpoints.note(published.note).signatures}
        asked = [each for each in self.voice.witnesses if (each.key.name, each.key.hash) not in there]
        if not asked:
            return published
        import httpx  # noqa: PLC0415  # slow to import

        fresh, missing = [], []
        with httpx.Client() as client:
            for witness in asked:
                try:
                    fresh.append(cosignature.cosigned(client, witness, published.note, self._proof_for(view)))
                except SetupError as error:
                    missing.append(error)
        note = cosignature.with_signatures(published.note, fresh)
        with self._files.writing(wait=True):
            self._record(view, note)
            if (shown := self._files.get(NAME)) and _read(shown).size == view.size:
                self._files.put(NAME, note)
        return Published(published.checkpoint, note, published.new, published.stamp, tuple(missing))

    @staticmethod
    def _proof_for(view: View) -> cosignature.Prove:
        return view.consistency


def _continues(view: View, earlier: Checkpoint) -> None:
    if earlier.size > view.size:
        raise rolled_back(
            f"a checkpoint of {earlier.size} entries was signed, and there are {view.size}",
            f"已签署 {earlier.size} 条的检查点，而现有 {view.size} 条",
        )
    if view.root_at(earlier.size) != earlier.root:
        raise rolled_back(
            f"the first {earlier.size} entries are not those of the checkpoint that was signed",
            f"前 {earlier.size} 条与已签署的检查点不符",
        )


def _read(note: bytes) -> Checkpoint:
    try:
        return checkpoints.read(checkpoints.note(note).text)
    except FormatError as error:
        raise SetupError("the last signed checkpoint is damaged", "最近一次签署的检查点已损坏") from error
