"""A stream of text on its way through the gateway: in as events, reviewed, labelled, out as events.

```
 the generator ──► events ──► queue ──► handed on, in their order, when all of their text was looked at
                     │          ▲
                     └► tracks ─┴─ look ── refused ──► the text ends here; what was sent is recorded
```

Events come in in a task of their own, which waits when the queue is long: a client that reads slowly slows the
generator down. Whoever goes away ends the generator's work; what had been sent is recorded all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx
from starlette.responses import Response

from overt.errors import OvertError
from overt.gateway import protocol
from overt.gateway.sse import Event, Reader, event
from overt.gateway.tracks import Track
from overt.language import Text
from overt.marking import texts

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from overt.gate.model import Decision, Finding
    from overt.gateway.house import House

_MOST_WAITING: Final = 256
_PAUSE: Final = 1.0
"""Seconds without a word from the generator after which the end of a text waits no longer for what follows it."""
_BROKE_OFF = Text(zh="生成服务的数据流中断", en="the generator's stream broke off")


@dataclass(slots=True)
class Held:
    """One event that waits: what it says, and how far in each text the review has to have looked before it goes."""

    told: dict[str, Any]
    name: str
    ends: dict[Hashable, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Batch:
    """What came since the last time; `error` where it broke off."""

    events: list[Event]
    ended: bool = False
    error: OvertError | None = None
    paused: bool = False


class Flow(ABC):
    """One stream. What its events mean is a matter of its interface."""

    def __init__(self, house: House, decision: Decision, hold_back: int) -> None:
        self.house = house
        self.decision = decision
        self.tracks: dict[Hashable, Track] = {}
        self.queue: deque[Held] = deque()
        self._hold_back = hold_back

    # What an interface says -------------------------------------------------------------------------------------------

    @abstractmethod
    def take(self, event: Event) -> None:
        """Takes an event in: `self.add` for its texts, then `self.queue`."""

    @abstractmethod
    def hands_on(self, held: Held) -> AsyncIterator[bytes]:
        """What goes out for an event whose text may."""

    @abstractmethod
    def refused(self, track: Hashable, finding: Finding) -> AsyncIterator[bytes]:
        """What goes out where a text may not go on; what belongs to it in the queue is taken out."""

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether nothing more is to come out of it."""

    @property
    @abstractmethod
    def whole(self) -> bool:
        """Whether the generator said that it came to its end."""

    def last(self) -> bytes:
        """What ends a stream that came to its end."""
        return b""

    @abstractmethod
    async def record(self) -> None:
        """Records what was sent and is not recorded yet."""

    # The same for all -------------------------------------------------------------------------------------------------

    def track(self, key: Hashable) -> Track:
        """The text under this key."""
        return self.tracks.setdefault(key, Track(self._hold_back))

    async def out(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        """Everything that goes to the client. Whatever ends it, what was sent is recorded."""
        try:
            async with contextlib.aclosing(_batches(response)) as batches:
                async for batch in batches:
                    for each in batch.events:
                        self.take(each)
                    for track in self.tracks.values():
                        track.ended |= batch.ended
                        if batch.paused:
                            track.pause()
                    async for piece in self._settled():
                        yield piece
                    if self.over:
                        break
                    self._check_whole(batch)
            yield self.last()
        except OvertError as error:
            await self.house.surely(self.record())
            yield self.failed(error)
        except Exception as error:  # noqa: BLE001  (the client shall learn that it is no whole answer)
            await self.house.surely(self.record())
            yield self.failed(protocol.unexpected(error))
        finally:
            self.house.later(self.record())

    def failed(self, error: OvertError) -> bytes:
        """What goes out where the stream cannot go on."""
        return event(protocol.of_error(error).told(), "error" if self.named else "")

    named = False
    """Whether events have names."""

    def _check_whole(self, batch: _Batch) -> None:
        if batch.ended and not self.whole:
            raise batch.error or protocol.upstream_failed(_BROKE_OFF)

    async def _settled(self) -> AsyncIterator[bytes]:
        """Looks at what came, and hands on what may be."""
        waiting = {key: window for key, track in self.tracks.items() if (window := track.window())}
        findings = await asyncio.gather(*(self.house.look(self.decision, each) for each in waiting.values()))
        for (key, window), finding in zip(waiting.items(), findings, strict=True):
            if key not in self.tracks:  # It went with another one that was refused.
                continue
            if fine(finding):
                self.tracks[key].looked(window)
                continue
            await self.house.review(self.decision, texts.material(self.tracks[key].text))  # So that it is recorded.
            async for piece in self.refused(key, finding):
                yield piece
        while self.queue and self._may_go(self.queue[0]):
            async for piece in self.hands_on(self.queue.popleft()):
                yield piece

    def _may_go(self, held: Held) -> bool:
        return all(key not in self.tracks or self.tracks[key].safe >= end for key, end in held.ends.items())


async def _batches(response: httpx.Response) -> AsyncGenerator[_Batch]:
    """The events of a stream: each time all that have come meanwhile."""
    queue: asyncio.Queue[Event | OvertError | None] = asyncio.Queue(_MOST_WAITING)
    task = asyncio.create_task(_read(response, queue))
    try:
        ended = paused = False
        while not ended:
            try:
                found = [await asyncio.wait_for(queue.get(), None if paused else _PAUSE)]
            except TimeoutError:
                paused = True
                yield _Batch([], paused=True)
                continue
            paused = False
            while not queue.empty():
                found.append(queue.get_nowait())
            events = [each for each in found if isinstance(each, Event)]
            error = next((each for each in found if isinstance(each, OvertError)), None)
            ended = error is not None or None in found
            yield _Batch(events, ended, error)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _read(response: httpx.Response, queue: asyncio.Queue[Event | OvertError | None]) -> None:
    reader = Reader()
    try:
        async for data in response.aiter_bytes():
            for each in reader.feed(data):
                await queue.put(each)
        if last := reader.end():
            await queue.put(last)
        await queue.put(None)
    except OvertError as error:
        await queue.put(error)
    except httpx.HTTPError:
        await queue.put(protocol.upstream_failed(_BROKE_OFF))


class Streamed(Response):
    """An answer that is written as it comes, and ends at once where the client goes away.

    `opened` keeps the connection to the generator; it is closed when the answer has ended, however it did.
    """

    def __init__(
        self,
        pieces: Callable[[], AsyncGenerator[bytes]],
        opened: AsyncExitStack,
        *,
        headers: dict[str, str],
        media_type: str = "text/event-stream",
    ) -> None:
        self.status_code = 200
        self.background = None
        self.media_type = media_type
        self.body = b""
        self.init_headers(headers | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Writes until it is whole, or nobody listens."""
        async with self._opened:
            writing = asyncio.create_task(self._write(send))
            left = asyncio.create_task(gone(receive))
            try:
                await asyncio.wait((writing, left), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (writing, left):
                    task.cancel()
                results = await asyncio.gather(writing, left, return_exceptions=True)
        if isinstance(results[0], Exception) and not isinstance(results[0], OSError):
            raise results[0]

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with contextlib.aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                if piece:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def gone(receive: Receive) -> None:
    """Waits until the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def told_of(event: Event) -> dict[str, Any]:
    """The object in an event. Raises `GatewayError` for anything else: nothing unread is handed on."""
    told = event.told
    if told is None:
        raise protocol.upstream_failed(
            Text(zh="生成服务的数据流中有无法识别的事件", en="the generator's stream has an event that is not JSON")
        )
    return told


def fine(finding: Finding) -> bool:
    """Whether what was looked at may be handed on."""
    return finding.outcome == "allow" and not finding.could_not_tell
