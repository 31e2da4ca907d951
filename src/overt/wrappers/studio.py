"""The set-up behind wrapped generators: gate, marker and record, opened when they are first needed.

One for each set-up and process, used by one thread at a time: generators run beside each other, their outputs are
marked one after another. Everything is closed when the program ends.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from overt import api, settings
from overt.errors import RefusedError
from overt.gate.model import Ask, Decision, Depicted, Material
from overt.marking import texts
from overt.marking.admission import medium_of
from overt.marking.texts import Sent, Wording, Written
from overt.settings import Setup
from overt.wrappers.outcomes import Made

if TYPE_CHECKING:
    from overt.gate.gate import Gate
    from overt.marking.pipeline import Marker
    from overt.store.records import Store

FOLDER: Final = "generated"
"""In the data folder: where marked files go unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Requester:
    """For whom something is generated: account, purpose, whose likeness is used, what model does it."""

    account: str = ""
    purpose: str = ""
    depicted: tuple[Depicted, ...] = ()
    model: str = ""


_requester: ContextVar[Requester] = ContextVar("overt_requester", default=Requester())  # noqa: B039  (frozen)


@contextmanager
def requested(
    *, account: str = "", purpose: str = "", depicted: Sequence[Depicted] = (), model: str = ""
) -> Iterator[None]:
    """For whom generators in this context run; what is left empty stays as it was outside."""
    now = _requester.get()
    token = _requester.set(
        Requester(account or now.account, purpose or now.purpose, tuple(depicted) or now.depicted, model or now.model)
    )
    try:
        yield
    finally:
        _requester.reset(token)


@dataclass(frozen=True, slots=True)
class Content:
    """One released content: its id, and the marked file (None for texts)."""

    content_id: str
    media_type: str
    sha256: str
    path: Path | None = None


class Studio:
    """Decides, marks and records for one set-up."""

    def __init__(self, setup: Setup, folder: Path | None = None) -> None:
        self._setup = setup
        self._folder = folder or setup.data / FOLDER
        self._lock = RLock()
        self._open = ExitStack()
        self._ready = False
        self._store: Store
        self._gate: Gate | None = None
        self._marker: Marker
        rules, style = api.interface(setup, None)
        applies = setup.settings
        markup = applies.gateway.markup
        self.wording = Wording(applies.producer, applies.system, rules, style, api.seal(setup), markup)

    def close(self) -> None:
        """Lets everything go; the next call opens it again."""
        with self._lock:
            self._open.close()
            self._ready = False

    def decide(self, ask: Ask) -> Decision | None:
        """The decision that allows this; None where the gate is off. Raises `RefusedError` for any other."""
        with self._lock:
            self._opened()
            if self._gate is None:
                return None
            now = _requester.get()
            decision = self._gate.decide(
                replace(
                    ask,
                    account=now.account or ask.account,
                    purpose=now.purpose or ask.purpose,
                    depicted=now.depicted or ask.depicted,
                    model=now.model or ask.model,
                )
            )
        if decision.outcome != "allow":
            raise refused(decision)
        return decision

    def permitted(self, decision: Decision) -> None:
        """Raises `RefusedError` where a decision permits nothing any more: a consent may have been withdrawn."""
        with self._lock:
            self._opened()
            if self._gate is not None:
                self._gate.permit(decision)

    def mark(self, output: Made, techniques: Sequence[str], decision: Decision | None, content_id: str) -> Content:
        """The output as a marked file."""
        with self._lock, TemporaryDirectory() as folder:
            self._opened()
            source = output.data if isinstance(output.data, Path) else Path(folder) / "output"
            if not isinstance(output.data, Path):
                source.write_bytes(output.data)
            ending = source.suffix or _ENDINGS.get(output.kind, "")
            target = self._folder / f"{content_id or sha256(str(source).encode()).hexdigest()[:32]}{ending}"
            released = self._marker.mark(source, target, techniques, decision=decision, content_id=content_id)
            path = released.path
            if not content_id:
                path = released.path.replace(self._folder / f"{released.content_id}{ending}")
            return Content(released.content_id, released.media_type, released.sha256, path)

    def begin_text(self, techniques: Sequence[str], decision: Decision | None, content_id: str) -> Written:
        """A text with its label, still to be written."""
        with self._lock:
            self._opened()
            named = content_id or self._store.new_content_id()
        return Written(
            named, tuple(techniques), self.wording, labelled=decision is None or decision.label == "required"
        )

    def end_text(self, written: Written, techniques: Sequence[str], decision: Decision | None) -> Content:
        """Reviews and records a text as it was sent."""
        sent: Sent = written.sent()
        applies = self._setup.settings
        with self._lock:
            release = texts.released(sent, tuple(techniques), applies.producer, applies.system)
            kept = texts.kept(sent, previews=applies.trace.previews)
            self._store.release(release, kept, decision.id if decision else "")
        return Content(sent.content_id, release.media_type, release.sha256)

    def review(self, decision: Decision | None, text: str, *, record: bool = True) -> None:
        """Raises `RefusedError` for a text that may not be handed over, which is recorded in any case."""
        with self._lock:
            self._opened()
            if self._gate is None or decision is None:
                return
            material = texts.material(text)
            finding = self._gate.look_output(decision, material)
            if record or finding.outcome != "allow":
                finding = self._gate.review_output(decision, material)
        if finding.outcome != "allow" or finding.could_not_tell:
            raise RefusedError("the review does not let the text go", "产出内容未通过审核", reasons=finding.reasons)

    def _opened(self) -> None:
        if self._ready:
            return
        with ExitStack() as opened:
            self._store = opened.enter_context(closing(api.records(self._setup)))
            on = self._setup.settings.gate.on
            self._gate = opened.enter_context(api.gate(self._setup, self._store)) if on else None
            self._marker = opened.enter_context(api.marker(self._setup, self._folder))
            self._open = opened.pop_all()
        self._ready = True


def materials(words: str, files: Sequence[Made]) -> tuple[Material, ...]:
    """What a call brings to be reviewed. Files in memory are told by their hash: nobody can look at them."""
    found = [texts.material(words, "prompt")] if words else []
    for each in files:
        data = each.data.read_bytes() if isinstance(each.data, Path) else each.data
        path = each.data if isinstance(each.data, Path) else None
        found.append(Material("input", each.medium or medium_of(""), sha256(data).hexdigest(), path=path))
    return tuple(found)


def refused(decision: Decision) -> RefusedError:
    """The error for a decision that does not allow."""
    if decision.outcome == "hold":
        return RefusedError(
            f"decision {decision.id} waits for a person", f"决定 {decision.id} 等待人工答复", reasons=decision.reasons
        )
    return RefusedError(f"decision {decision.id} refuses it", f"决定 {decision.id} 不予许可", reasons=decision.reasons)


_ENDINGS: Final = {"picture": ".png", "pixels": ".png", "samples": ".wav"}
_studios: dict[Any, Studio] = {}
_making = RLock()


def studio(setup: Setup | None = None) -> Studio:
    """The studio of a set-up; of the one that applies here where none is given."""
    chosen = setup or settings.load()
    with _making:
        key = (chosen.home, chosen.settings.model_dump_json())
        if key not in _studios:
            _studios[key] = Studio(chosen)
        return _studios[key]


@atexit.register
def _close_all() -> None:
    for each in _studios.values():
        each.close()
