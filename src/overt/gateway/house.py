"""The set-up behind the gateway: it decides, reviews, marks and records, each in threads of its own.

```
 deciders   a gate each       decisions, reviews
 markers    a marker each     files, in guarded processes
 clerks     a store           keys, jobs, texts
```

The event loop waits for none of them: long files are marked while other answers go on.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final, Protocol, Self

from overt import api
from overt.gate.decision import decision_json, from_json
from overt.gate.model import Ask, Decision, Finding, Material, Medium
from overt.gateway import protocol
from overt.gateway.protocol import GatewayError
from overt.gateway.shelf import Shelf
from overt.gateway.workers import Workers
from overt.language import Text
from overt.marking import texts
from overt.marking.scratch import scratch
from overt.marking.texts import Sent, Wording, Written
from overt.rulebook import load
from overt.store.gateway import GatewayJob, GatewayKey, GatewayRecords
from overt.store.records import Store

if TYPE_CHECKING:
    from overt.gate.gate import Permit
    from overt.marking.pipeline import Marker
    from overt.settings import Setup

_log = logging.getLogger(__name__)

FOLDER: Final = "gateway"
"""In the data folder: marked files that are still to be fetched."""
_DECIDERS: Final = 2
_LINK_SECONDS: Final = 3600.0
"""How long a link to a marked file leads to it: as long as links of the OpenAI interface."""
_FILM_SECONDS: Final = 24 * 3600.0
"""How long a finished film can be fetched again; its content id is used up with the first time."""


class Gating(Protocol):
    """What the gateway asks of a gate (`overt.gate.gate.Gate`)."""

    def decide(self, ask: Ask) -> Decision:
        """The signed and recorded answer to a request."""

    def answered(self, decision_id: str) -> Decision | None:
        """A recorded decision, or the one that a person's answer put in its place."""

    def look_output(self, decision: Decision, material: Material) -> Finding:
        """What the review of an output finds. Nothing is recorded."""

    def review_output(self, decision: Decision, material: Material) -> Finding:
        """What the review of an output finds, recorded."""

    def permit(
        self,
        decision: Decision | str,
        techniques: Sequence[str] = (),
        material: Material | None = None,
        content_id: str = "",
    ) -> Permit:
        """Whether the decision still permits a release. Raises `RefusedError`."""


Gates = Callable[["Setup"], AbstractContextManager[Gating]]


@dataclass(frozen=True, slots=True)
class File:
    """A marked file: its content id, its media type, and where it is."""

    content_id: str
    media_type: str
    path: Path


class House:
    """What the gateway does, on behalf of one set-up. Use it as an asynchronous context manager."""

    def __init__(self, setup: Setup, gates: Gates) -> None:
        """Raises `SetupError` for a set-up that cannot mark."""
        chosen = setup.settings.gateway
        rules, style = api.interface(setup, None)
        self.setup = setup
        self.rulebook = load(setup.settings.rulebook)
        self.wording = Wording(
            setup.settings.producer, setup.settings.system, rules, style, api.seal(setup), chosen.markup
        )
        self.folder = setup.data / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.links = Shelf(self.folder / "files", _LINK_SECONDS)
        self.films = Shelf(self.folder / "films", _FILM_SECONDS)
        self._deciders = Workers("gate", _DECIDERS, lambda: gates(setup), most_waiting=chosen.at_once)
        self._markers = Workers(
            "mark", chosen.workers, lambda: _marker(setup, self.folder, gates), most_waiting=2 * chosen.workers + 6
        )
        self._clerks = Workers("records", 1, lambda: _records(setup), most_waiting=4 * chosen.at_once)
        self._open = AsyncExitStack()
        self._later: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(api.catch_up, self.setup)
        self._scratch = self._open.enter_context(scratch(self.folder))
        for each in (self._clerks, self._deciders, self._markers):
            await self._open.enter_async_context(each)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._open.aclose()

    def later(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Work that is done to its end, though the client has gone; before the house closes at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._later.add(task)
        task.add_done_callback(self._done)
        return task

    async def surely(self, work: Coroutine[None, None, None]) -> None:
        """Waits for work that is done to its end even where nobody waits any more."""
        await asyncio.shield(self.later(work))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._later.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("what a client had left behind could not be recorded", exc_info=error)

    # Keys and jobs ----------------------------------------------------------------------------------------------------

    async def key(self, secret: str) -> GatewayKey | None:
        """The key that this is, if it holds."""
        return await self._clerks.run(lambda store: GatewayRecords(store).key(secret))

    async def begin_job(self, number: str, key: GatewayKey, decision: Decision) -> None:
        """Keeps what a generator began, by which decision."""
        job = GatewayJob(number, key.key_id, json.dumps(decision_json(decision), ensure_ascii=False))
        await self._clerks.run(lambda store: GatewayRecords(store).add_job(job))

    async def job(self, number: str, key: GatewayKey) -> tuple[GatewayJob, Decision] | None:
        """What a generator began for this key, and its decision; None for anything else."""
        job = await self._clerks.run(lambda store: GatewayRecords(store).job(number))
        return (job, from_json(json.loads(job.decision))) if job and job.key_id == key.key_id else None

    async def shelve(self, shelf: Shelf, file: File) -> str:
        """Keeps a marked file for a while. Returns the name under which it can be fetched."""
        return await self._markers.aside(lambda: shelf.put(file.path, file.media_type))

    async def finish_job(self, number: str, file: str, media_type: str) -> None:
        """Keeps which marked file came of it."""
        await self._clerks.run(lambda store: GatewayRecords(store).finish_job(number, file, media_type))

    # Decisions and reviews --------------------------------------------------------------------------------------------

    async def decide(self, ask: Ask, named: str = "") -> Decision:
        """The decision that allows this. `named` is one that a person has answered since.

        Raises `GatewayError` where there is none.
        """
        decision = await self._deciders.run(lambda gate: _answered(gate, ask, named) if named else gate.decide(ask))
        if decision.outcome != "allow":
            raise protocol.of_decision(decision)
        return decision

    async def look(self, decision: Decision, text: str) -> Finding:
        """What the review finds in a window of a text that is still coming."""
        return await self._deciders.run(lambda gate: gate.look_output(decision, texts.material(text)))

    async def review(self, decision: Decision, material: Material) -> Finding:
        """What the review finds in an output. It is recorded."""
        return await self._deciders.run(lambda gate: gate.review_output(decision, material))

    # Contents ---------------------------------------------------------------------------------------------------------

    def written(self, decision: Decision, content_id: str, *, inside: bool = True) -> Written:
        """A text of a decision, still to be written. `inside` is whether its label can stand in it."""
        labelled = decision.label == "required"
        return Written(content_id, decision.techniques, self.wording, labelled=labelled, inside=inside)

    async def record(self, sent: Sent, decision: Decision) -> None:
        """Records a text that was sent."""
        applies = self.setup.settings
        release = texts.released(sent, decision.techniques, applies.producer, applies.system)
        kept = await self._deciders.run(lambda _: texts.kept(sent, previews=applies.trace.previews))
        await self._clerks.run(lambda store: store.release(release, kept, decision.id))

    @asynccontextmanager
    async def file(self, data: bytes, name: str = "material") -> AsyncIterator[Path]:
        """The bytes as a file, for as long as it is needed."""
        folder = await self._markers.aside(lambda: _written(self._scratch, data, name))
        try:
            yield folder / name
        finally:
            await self._markers.aside(lambda: _removed(folder))

    @asynccontextmanager
    async def marked(
        self, source: bytes | Path, medium: Medium, decision: Decision, content_id: str
    ) -> AsyncIterator[File]:
        """One output with its marks, reviewed and recorded; the file is there until the end of the context.

        Raises `GatewayError` where it may not be handed over, another `OvertError` where it could not be marked.
        """
        async with AsyncExitStack() as files:
            path = source if isinstance(source, Path) else await files.enter_async_context(self.file(source, "output"))
            sha256 = await self._markers.aside(lambda: _digest(path))
            finding = await self.review(decision, Material("output", medium, sha256, path=path))
            if finding.outcome != "allow" or finding.could_not_tell:
                raise protocol.of_output(decision, finding)
            folder = await self._markers.aside(lambda: Path(mkdtemp(dir=self._scratch)))
            files.push_async_callback(self._markers.aside, lambda: _removed(folder))
            yield await self._markers.run(lambda marker: _marked(marker, path, folder / "marked", decision, content_id))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Path]:
        """A file to write to, gone at the end."""
        async with self.file(b"", "answer") as path:
            yield path


@contextmanager
def _marker(setup: Setup, folder: Path, gates: Gates) -> Iterator[Marker]:
    """A marker that asks the gate, whatever `[gate] on` says of files that are marked by hand."""
    with api.marker(setup, folder) as marker, gates(setup) as gate:
        marker.gate = gate
        yield marker


def _marked(marker: Marker, source: Path, target: Path, decision: Decision, content_id: str) -> File:
    released = marker.mark(source, target, decision.techniques, decision=decision, content_id=content_id)
    if released.sidecar is not None:
        raise GatewayError(
            502,
            "no_place_for_marks",
            Text(zh="该格式无法在文件内携带标识", en="this format cannot carry its marks in the file itself"),
        )
    return File(released.content_id, released.media_type, released.path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _answered(gate: Gating, ask: Ask, named: str) -> Decision:
    """The decision that a person's answer led to, if it is about this request."""
    decision = gate.answered(named)
    if decision is None or not _covers(decision, ask):
        raise GatewayError(
            403,
            "other_request",
            Text(zh="所列决定不存在，或针对其他请求", en="there is no such decision, or it is about another request"),
            hint=Text(zh="请原样重新发送当时的请求。", en="Send the request again exactly as it was."),
            param=protocol.DECISION,
        )
    if decision.outcome == "allow":
        for content_id in decision.content_ids[: ask.outputs]:
            gate.permit(decision, ask.techniques, content_id=content_id)
    return decision


def _covers(decision: Decision, ask: Ask) -> bool:
    seen = {(each.role, each.sha256) for each in decision.reviewed}
    asked = (ask.account, ask.techniques, ask.purpose, ask.function, ask.model)
    decided = (decision.account, decision.techniques, decision.purpose, decision.function, decision.model)
    named = {each.consent for each in ask.depicted if each.consent}
    return (
        asked == decided
        and all((each.role, each.sha256) in seen for each in ask.materials)
        and named <= set(decision.consents)
        and (decision.outcome != "allow" or len(decision.content_ids) >= ask.outputs)
    )


@contextmanager
def _records(setup: Setup) -> Iterator[Store]:
    with closing(api.records(setup)) as store:
        yield store


def _written(scratch: Path, data: bytes, name: str) -> Path:
    folder = Path(mkdtemp(dir=scratch))
    (folder / name).write_bytes(data)
    return folder


def _removed(folder: Path) -> None:
    for each in folder.iterdir():
        each.unlink(missing_ok=True)
    folder.rmdir()
