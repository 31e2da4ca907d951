"""Threads for work that would hold the event loop up, each with a resource of its own.

A store, a gate and a marker are each used from one thread at a time. What a worker opens stays open for its whole life;
work goes to the worker with the fewest tasks. When too much is waiting, whoever comes is told so at once instead of
being kept: that is the back-pressure of the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import Generic, Self, TypeVar

from overt.errors import OvertError
from overt.language import Text

T = TypeVar("T")
R = TypeVar("R")


class BusyError(OvertError):
    """Too much is waiting."""

    whose = Text(zh="服务繁忙", en="Busy")
    hint = Text(zh="请稍后再试。", en="Try again in a moment.")

    def __init__(self) -> None:
        super().__init__("too many requests are waiting", "等待处理的请求过多")


class _Worker(Generic[T]):
    """One thread and what it keeps open."""

    def __init__(self, name: str) -> None:
        self.pool = ThreadPoolExecutor(1, name)
        self.kept = ExitStack()
        self.tasks = 0
        self.held: T

    def open(self, make: Callable[[], AbstractContextManager[T]]) -> None:
        self.held = self.kept.enter_context(make())


class Workers(Generic[T]):
    """So many threads, each with one of what `make` gives. Use it as an asynchronous context manager."""

    def __init__(
        self, name: str, number: int, make: Callable[[], AbstractContextManager[T]], *, most_waiting: int
    ) -> None:
        self._make = make
        self._most = number + most_waiting
        self._workers = [_Worker[T](f"overt-{name}-{each}") for each in range(number)]

    async def __aenter__(self) -> Self:
        for worker in self._workers:
            await asyncio.get_running_loop().run_in_executor(worker.pool, worker.open, self._make)
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self._workers:
            await asyncio.get_running_loop().run_in_executor(worker.pool, worker.kept.close)
            worker.pool.shutdown()

    async def run(self, work: Callable[[T], R]) -> R:
        """What the work gives. Work that has begun is done to its end, even where nobody waits for it any more.

        Raises `BusyError`.
        """
        if sum(each.tasks for each in self._workers) >= self._most:
            raise BusyError
        worker = min(self._workers, key=lambda each: each.tasks)
        worker.tasks += 1
        done = asyncio.get_running_loop().run_in_executor(worker.pool, lambda: work(worker.held))
        done.add_done_callback(lambda _: self._ended(worker))
        return await asyncio.shield(done)

    async def aside(self, work: Callable[[], R]) -> R:
        """Small work on files, which needs none of the resources and waits for nobody."""
        return await asyncio.shield(asyncio.to_thread(work))

    def _ended(self, worker: _Worker[T]) -> None:
        worker.tasks -= 1
