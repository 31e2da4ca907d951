"""Records on disk in two parts: a large head in search order, mapped, and a short tail in the order of arrival.

```
 lock            held by whoever writes
 state.json      which head counts, how long the tail is, the bookmark; replaced in one step, so that it is the truth
 head-N/         one array a column, and what the index arranged beside them
 tail-N.bin      records as they came
 gone-N.npy      rows that were taken out since
```

What a crash leaves behind is never read: only what `state.json` counts is. A folder that makes no sense is begun anew.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

Array = NDArray[Any]
Make = Callable[[str, Any, tuple[int, ...]], Array]
"""A new array on disk: name, type, shape."""
Arrange = Callable[[Mapping[str, Array], Make], None]
"""Puts the columns of a new head in order (in place), and makes what else a search needs."""

_NO_ROWS: NDArray[np.int64] = np.empty(0, np.int64)
FORMAT = 1
TAIL = 1 << 16
"""Records a tail may have, whatever the head's size: they are scanned."""
TAIL_SHARE = 64
"""A longer tail is merged once it is this share of the head, so that what was added is written few times over."""


@dataclass(frozen=True, slots=True)
class _State:
    head: int = 0
    tail: int = 0
    gone: int = 0
    bookmark: str = ""
    format: int = FORMAT


class Segments:
    """The records of one index. `head` are its mapped columns by name, `tail` records, `gone` rows, sorted."""

    def __init__(self, folder: Path, record: np.dtype[Any], arrange: Arrange) -> None:
        """Opens what is there.

        Args:
            folder: made where there is none.
            record: a structured type with a field `row`.
            arrange: what makes a head searchable.
        """
        self._folder = folder
        self._record = record
        self._arrange = arrange
        self._state = _State()
        self.head: dict[str, Array] = {}
        self.tail: Array = np.empty(0, record)
        self.gone: NDArray[np.int64] = np.empty(0, np.int64)
        folder.mkdir(parents=True, exist_ok=True)
        self.refresh()

    @property
    def bookmark(self) -> str:
        """What was told with the last change."""
        return self._state.bookmark

    def __len__(self) -> int:
        """How many records there are."""
        rows = (self.head.get("row", _NO_ROWS), self.tail["row"])
        return sum(len(each) - int(np.isin(each, self.gone).sum() if len(self.gone) else 0) for each in rows)

    def refresh(self) -> None:
        """Sees what other processes have written."""
        state = self._read()
        if state == self._state:
            return
        try:
            self._open(state)
        except (OSError, ValueError):  # Another process merged meanwhile, or the folder was damaged.
            state = self._read()
            try:
                self._open(state)
            except (OSError, ValueError):
                state = _State()
                self.head, self.tail, self.gone = {}, np.empty(0, self._record), np.empty(0, np.int64)
        self._state = state

    def add(self, records: Array, bookmark: str) -> None:
        """Appends records; merges tail and head once the tail is long."""
        with self._writing():
            if len(self.tail) + len(records) > max(TAIL, len(self.head.get("row", ())) // TAIL_SHARE):
                self._build([*self._kept(), records], bookmark)
                return
            with self._tail_file(self._state.head).open("r+b" if self._state.tail else "wb") as file:
                file.seek(self._state.tail * self._record.itemsize)
                file.write(records.tobytes())
            self.tail = np.concatenate([self.tail, records])
            self._write(replace(self._state, tail=len(self.tail), bookmark=bookmark))

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Takes rows out of every later search."""
        with self._writing():
            here = np.concatenate([self.head.get("row", _NO_ROWS), self.tail["row"]])
            self.gone = np.union1d(self.gone, rows[np.isin(rows, here)])
            np.save(self._gone_file(self._state.head), self.gone)
            self._write(replace(self._state, gone=len(self.gone)))

    def rebuild(self, batches: Iterable[Array], bookmark: str) -> None:
        """Begins anew."""
        with self._writing():
            self._build(batches, bookmark)

    def _kept(self) -> Iterator[Array]:
        whole = np.empty(len(self.head.get("row", ())), self._record)
        for name in self._record.names or ():
            if self.head:
                whole[name] = self.head[name]
        for part in (whole, self.tail):
            yield part[~np.isin(part["row"], self.gone)] if len(self.gone) else part

    def _build(self, batches: Iterable[Array], bookmark: str) -> None:
        records = np.concatenate([np.empty(0, self._record), *batches])
        number = self._state.head + 1
        folder = self._head_folder(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

        def make(name: str, kind: Any, shape: tuple[int, ...]) -> Array:
            if 0 in shape:  # Nothing can be mapped there.
                np.save(folder / f"{name}.npy", np.empty(shape, kind))
                return np.empty(shape, kind)
            mapped: Array = open_memmap(folder / f"{name}.npy", "w+", kind, shape)
            return mapped

        columns = {}
        for name in self._record.names or ():
            columns[name] = make(name, self._record[name].base, (len(records), *self._record[name].shape))
            columns[name][:] = records[name]
        del records
        self._arrange(columns, make)
        old = self._state.head
        self._tail_file(number).write_bytes(b"")
        state = _State(head=number, bookmark=bookmark)
        self._write(state)
        self._open(state)
        # A process that still searches the old head keeps its maps: on Unix a file lives as long as it is open.
        shutil.rmtree(self._head_folder(old), ignore_errors=True)
        for leftover in (self._tail_file(old), self._gone_file(old)):
            leftover.unlink(missing_ok=True)

    def _open(self, state: _State) -> None:
        tail = np.empty(0, self._record)
        if state.tail:
            tail = np.fromfile(self._tail_file(state.head), self._record, count=state.tail)
        gone = np.load(self._gone_file(state.head)) if state.gone else np.empty(0, np.int64)
        if len(tail) != state.tail or len(gone) < state.gone:
            raise ValueError("the tail is shorter than it was")
        head = {}
        if state.head:
            names = sorted(self._head_folder(state.head).glob("*.npy"))
            head = {
                path.stem: np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)
                for path in names
            }
            if missing := set(self._record.names or ()) - set(head):
                raise ValueError(f"the head lacks {missing}")
        self.head, self.tail, self.gone = head, tail, gone

    def _read(self) -> _State:
        try:
            state = _State(**json.loads((self._folder / "state.json").read_text()))
        except (OSError, ValueError, TypeError):
            return _State()
        return state if state.format == FORMAT else _State()

    def _write(self, state: _State) -> None:
        beside = self._folder / "state.json.new"
        beside.write_text(json.dumps(asdict(state)))
        beside.replace(self._folder / "state.json")
        self._state = state

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.refresh()
            yield

    def _head_folder(self, number: int) -> Path:
        return self._folder / f"head-{number}"

    def _tail_file(self, number: int) -> Path:
        return self._folder / f"tail-{number}.bin"

    def _gone_file(self, number: int) -> Path:
        return self._folder / f"gone-{number}.npy"


def record(kind: np.dtype[Any], **columns: Array) -> Array:
    """Columns as records."""
    records = np.empty(len(columns["row"]), kind)
    for name, values in columns.items():
        records[name] = values
    return records


def unarranged(_columns: Mapping[str, Array], _make: Make) -> None:
    """For an index that needs no order."""
