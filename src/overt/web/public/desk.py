"""The consent desk behind the pages: one thread for what is quick, one for what opens uploads or asks an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

from overt import api
from overt.consenting import Desk
from overt.gate.consent.model import Consent
from overt.store.consent_rows import Answer
from overt.store.refusals import Joining
from overt.web import uploads
from overt.web.errors import BusyError

if TYPE_CHECKING:
    from overt.settings import Setup

MOST_WAITING: Final = 8
"""Uploads that wait for their turn; whoever comes then is asked to come again."""

R = TypeVar("R")


class DeskService:
    """The desk of one set-up. Use it as an asynchronous context manager."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._quick = ThreadPoolExecutor(1, "overt-desk")
        self._slow = ThreadPoolExecutor(1, "overt-answers")
        self._waiting = 0
        self._desk: Desk | None = None

    async def __aenter__(self) -> DeskService:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._desk:
            await self._in(self._quick, self._desk.store.close)
        self._slow.shutdown()
        self._quick.shutdown()

    async def quick(self, work: Callable[[Desk], R]) -> R:
        """Something that reads or writes the record alone."""
        return await self._in(self._quick, lambda: work(self._ready()))

    async def give(self, token: str, answer: Answer, recording: bytes) -> Consent:
        """The person's yes, with what they recorded."""

        def work(desk: Desk) -> Consent:
            seen = uploads.looked(recording, self.setup.settings.budget)[0] if recording else None
            return desk.consents.give(token, answer, seen, check=desk.check)

        return await self._slowly(work)

    async def join(self, names: tuple[str, ...], contact: str, photo: bytes, voice: bytes) -> tuple[str, str]:
        """Somebody joins the register of people who refuse."""

        def work(desk: Desk) -> tuple[str, str]:
            budget = self.setup.settings.budget
            picture, prints = uploads.looked(photo, budget, known_again=True) if photo else (None, ())
            sound = uploads.looked(voice, budget)[0] if voice else None
            return desk.refusals.join(Joining(names, contact, picture, prints, sound))

        return await self._slowly(work)

    async def _slowly(self, work: Callable[[Desk], R]) -> R:
        if self._waiting >= MOST_WAITING:
            raise BusyError("too many answers are waiting", "等待处理的答复过多")
        self._waiting += 1
        try:
            return await self._in(self._slow, lambda: self._with_own_records(work))
        finally:
            self._waiting -= 1

    def _with_own_records(self, work: Callable[[Desk], R]) -> R:
        with closing(api.records(self.setup)) as store:
            return work(Desk(self.setup, store))

    def _ready(self) -> Desk:
        if self._desk is None:
            self._desk = Desk(self.setup, api.records(self.setup))
        return self._desk

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
