"""Work that takes longer than an answer may: marking, inspecting, searching. It waits in line and tells how far it is.

```
waiting ──► running ──► done | failed ──► forgotten: after `KEPT`, or when its owner says so
   └──────────┴────────────────────────► forgotten
```

A worker is a thread with rooms of its own (inspector, tracer, marker, gate), each opened when it is first needed, since
they are used from one thread at a time. What costs time happens in their guarded processes, so that threads suffice to
keep all cores busy. There are two lines: visitors wait behind those who are signed in, never the other way round. Work
that only waits for somebody else's server has a third, with workers of its own, so that it holds up nobody's file.

A task belongs to whoever holds its number, which is random. What it came to is kept in memory, and is gone when the
service ends: nothing of a visitor's file is written down. Acts that must not be lost are the store's affair.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from overt import api
from overt.errors import InternalError, OvertError
from overt.language import Text
from overt.media.guard import Guard
from overt.web.errors import BusyError

if TYPE_CHECKING:
    from overt.gate.gate import Gate
    from overt.inspection import Inspector
    from overt.marking.pipeline import Marker
    from overt.settings import Setup
    from overt.tracing.tracer import Tracer

KEPT: Final = 900.0
"""Seconds for which a result can be fetched."""
MOST_WAITING: Final = 256
"""Tasks of one line; whoever comes then is asked to come again."""
MOST_KEPT: Final = 512
"""Results in memory; beyond that the oldest goes before its time."""
ABROAD: Final = 8
"""Servers of others that are waited for at the same time."""
_SWEEP: Final = 30.0  # Seconds.
_log = logging.getLogger(__name__)
State = Literal["waiting", "running", "done", "failed"]


class Rooms:
    """What one worker works with. For its thread alone."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._stack = ExitStack()
        self._open: dict[str, Any] = {}

    @property
    def inspector(self) -> Inspector:
        """Reads marks. It is the tracer's own, so that a worker holds no more processes than it needs."""
        return self.tracer.inspector

    @property
    def tracer(self) -> Tracer:
        """Leads from copies to our records."""
        return self._once("tracer", lambda: api.tracer(self.setup))  # type: ignore[no-any-return]

    @property
    def gate(self) -> Gate:
        """Decides."""
        return self._once("gate", lambda: api.gate(self.setup))  # type: ignore[no-any-return]

    @property
    def guard(self) -> Guard:
        """Opens untrusted files for what is shown of them."""
        return self._once("guard", lambda: Guard(self.setup.settings.budget))  # type: ignore[no-any-return]

    def marker(self, folder: Path) -> AbstractContextManager[Marker]:
        """Marks into a folder; open for one task."""
        return api.marker(self.setup, folder)

    def close(self) -> None:
        """Lets everything go."""
        self._stack.close()

    def _once(self, name: str, opened: Callable[[], AbstractContextManager[Any]]) -> Any:
        if name not in self._open:
            self._open[name] = self._stack.enter_context(opened())
        return self._open[name]


@dataclass(slots=True, eq=False)
class Task:
    """One piece of work. `done_of` is how far it is, where it can say: (done, of)."""

    id: str
    kind: str
    owner: str
    do: Callable[[Rooms, Task], Any]
    after: Callable[[], None]
    state: State = "waiting"
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    stage: Text | None = None
    done_of: tuple[int, int] | None = None
    result: Any = None
    error: OvertError | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    def tell(self, stage: Text, done_of: tuple[int, int] | None = None) -> None:
        """How far it is, for whoever waits."""
        self.stage, self.done_of = stage, done_of


class Work:
    """The lines and their workers. Use it as a context manager."""

    def __init__(self, setup: Setup, workers: int = 0) -> None:
        self._setup = setup
        self._workers = workers or max(2, os.cpu_count() or 2)
        self._threads: dict[bool, list[threading.Thread]] = {False: [], True: []}
        self._tasks: OrderedDict[str, Task] = OrderedDict()
        self._ours: deque[Task] = deque()
        self._visitors: deque[Task] = deque()
        self._abroad: deque[Task] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            left = [task for line in self._lines for task in line]
            for line in self._lines:
                line.clear()
            self._changed.notify_all()
        for task in left:
            task.after()
        for thread in (*self._threads[False], *self._threads[True]):
            thread.join()

    @property
    def _lines(self) -> tuple[deque[Task], ...]:
        return self._ours, self._visitors, self._abroad

    def start(
        self,
        kind: str,
        do: Callable[[Rooms, Task], Any],
        *,
        owner: str = "",
        public: bool = False,
        abroad: bool = False,
        after: Callable[[], None] = lambda: None,
    ) -> Task:
        """Puts work into the line. Raises `BusyError` where the line is too long; then `after` is called, too.

        Args:
            kind: what it is; whoever asks for a task says which kind is meant.
            do: the work, on a worker's thread.
            owner: the principal's `post`; empty for whoever holds the number.
            public: whether a visitor asks, who waits behind those who are signed in.
            abroad: whether it only waits for somebody else's server.
            after: called once when the task has ended, whatever came of it, or will never begin.
        """
        task = Task(secrets.token_urlsafe(24), kind, owner, do, after)
        with self._changed:
            self._forget()
            line = self._abroad if abroad else self._visitors if public else self._ours
            if full := self._closed or len(line) >= MOST_WAITING:
                task.state = "failed"
            else:
                line.append(task)
                self._tasks[task.id] = task
                self._staff(abroad=abroad)
                self._changed.notify_all()
        if full:
            after()
            raise BusyError("too many files are waiting", "等待处理的文件过多")
        return task

    def find(self, number: str, kind: str = "", *, owner: str = "") -> Task | None:
        """The task of this number, if it is this owner's; of one kind where one is named."""
        with self._changed:
            self._forget()
            task = self._tasks.get(number)
        return task if task and kind in ("", task.kind) and task.owner == owner else None

    def ahead(self, task: Task) -> int:
        """How many tasks are before this one."""
        with self._changed:
            lines = ((*self._ours, *self._visitors), tuple(self._abroad))
            return next((line.index(task) for line in lines if task in line), 0)

    def forget(self, number: str) -> None:
        """Drops what a task came to, or the task itself where it still waits."""
        with self._changed:
            task = self._tasks.pop(number, None)
            line = next((each for each in self._lines if task in each), None)
            if line is not None and task is not None:
                line.remove(task)
        if line is not None and task is not None:
            task.after()

    def under_way(self) -> tuple[Task, ...]:
        """What waits or runs."""
        with self._changed:
            return tuple(each for each in self._tasks.values() if each.state in ("waiting", "running"))

    def failed(self) -> tuple[Task, ...]:
        """What ended badly of late."""
        with self._changed:
            return tuple(each for each in self._tasks.values() if each.state == "failed")

    def _staff(self, *, abroad: bool) -> None:
        """One worker more, while there are fewer than allowed."""
        threads = self._threads[abroad]
        if len(threads) < (ABROAD if abroad else self._workers):
            thread = threading.Thread(target=self._work, args=(abroad,), name=f"overt-work-{len(threads)}")
            threads.append(thread)
            thread.start()

    def _work(self, abroad: bool) -> None:
        with closing(Rooms(self._setup)) as rooms:
            while (task := self._next(abroad=abroad)) is not None:
                self._run(rooms, task)

    def _next(self, *, abroad: bool) -> Task | None:
        """The next task, waited for; None when the service ends."""
        with self._changed:
            while not self._closed:
                line = self._abroad if abroad else self._ours or self._visitors
                if line:
                    task = line.popleft()
                    task.state = "running"
                    return task
                self._changed.wait(_SWEEP)
                self._forget()
        return None

    def _run(self, rooms: Rooms, task: Task) -> None:
        try:
            task.result = task.do(rooms, task)
            task.state = "done"
        except OvertError as error:
            task.error, task.state = error, "failed"
        except Exception as error:  # noqa: BLE001  (told as ours)
            _log.exception("work failed: %s", task.kind)
            task.error, task.state = InternalError(type(error).__name__, "服务内部错误"), "failed"
        finally:
            task.after()
            task.ended = time.monotonic()
            task.finished.set()

    def _forget(self) -> None:
        """What ended long ago, and what is too much to keep."""
        over = time.monotonic() - KEPT
        ended = [each for each in self._tasks.values() if each.ended]
        for at, task in enumerate(ended):
            if task.ended < over or at < len(ended) - MOST_KEPT:
                del self._tasks[task.id]
