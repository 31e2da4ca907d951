"""The set-up behind the HTTP interface: one place for look-ups, which are quick, and one for files, which are not.

Each is a thread of its own with a store of its own, since a store is used from one thread at a time. Untrusted files
are opened in the guarded processes of the inspection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from overt import api
from overt.errors import UnsupportedError
from overt.store.records import Store
from overt.tracing.catalogue import Catalogue
from overt.web.api import bindings
from overt.web.errors import BusyError

if TYPE_CHECKING:
    from overt.settings import Setup
    from overt.tracing.tracer import Tracer
    from overt.web.api.bindings import Answer, Found

MOST_WAITING: Final = 8
"""Files that wait for their turn; whoever comes then is asked to come again."""

R = TypeVar("R")


class Service:
    """Answers about the releases of one set-up. Use it as an asynchronous context manager."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._quick = ThreadPoolExecutor(1, "overt-lookup")
        self._slow = ThreadPoolExecutor(1, "overt-trace")
        self._open = ExitStack()
        self._waiting = 0
        self._store: Store
        self._catalogue: Catalogue
        self._tracer: Tracer

    async def __aenter__(self) -> Service:
        await self._run(self._quick, self._open_records)
        await self._run(self._slow, self._open_tracer)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._run(self._slow, self._open.close)
        await self._run(self._quick, self._store.close)
        self._slow.shutdown()
        self._quick.shutdown()

    async def by_binding(self, algorithm: str, value: str) -> list[Found]:
        """The manifests with a soft binding. Raises `UsageError`."""
        return await self._run(
            self._quick, lambda: list(bindings.by_binding(self._store, self._catalogue, algorithm, value))
        )

    async def by_content(self, path: Path, algorithm: str | None) -> Answer:
        """The manifests that a file leads to. Raises an `OvertError`."""
        if self._waiting >= MOST_WAITING:
            raise BusyError("too many files are waiting", "等待处理的文件过多")
        self._waiting += 1
        try:
            return await self._run(self._slow, lambda: self._traced(path, algorithm))
        finally:
            self._waiting -= 1

    async def manifest(self, manifest_id: str, *, active: bool) -> bytes | None:
        """A manifest store, or the active manifest alone. Raises `UsageError`."""
        return await self._run(self._quick, lambda: bindings.manifest(self._store, manifest_id, active=active))

    def _traced(self, path: Path, algorithm: str | None) -> Answer:
        trace = self._tracer.trace(path)
        if trace.inspection.examination.container is None:
            raise UnsupportedError("the file's format is not known", "无法识别文件格式")
        return bindings.by_content(self._tracer.finder.store, trace, algorithm)

    def _open_records(self) -> None:
        self._store = api.records(self._setup)
        self._catalogue = Catalogue(self._setup.data, self._store.kept)

    def _open_tracer(self) -> None:
        self._tracer = self._open.enter_context(api.tracer(self._setup))

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
