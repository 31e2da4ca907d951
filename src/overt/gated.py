"""Puts a set-up's gate together: its steps in their order, its policy, its record, its key.

| step | asks | duties |
|---|---|---|
| `techniques` | does the rulebook know what is to be done? | |
| `switches` | is the function, the model or the account switched off? | DS-21b |
| `agreement` | was the service agreement accepted? | LB-08, GA-09b |
| `sanctions` | was something decided against the account? | DS-10e |
| `identity` | is the account identified as far as this needs? | DS-09a, DS-09b |
| `consent` | did everybody whose likeness is used say yes? | DS-14b |
| `refusals` | is it somebody who refused once and for all? | CC-1019 |
| `review` | what do the engines find in prompt and input? | DS-10a |
| `purpose` | what does the policy permit for this purpose? | DS-06a |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from overt import consenting
from overt.errors import SetupError
from overt.gate import label_duty, policy
from overt.gate.gate import Gate
from overt.gate.model import Ask, Finding, Step
from overt.gate.review import library, moderation
from overt.gate.review.chain import UNSEEN, Chain
from overt.gate.review.documents import TextInDocuments
from overt.gate.review.faces import Faces
from overt.gate.review.features import Features, Looks
from overt.gate.review.model import Engine, Hit
from overt.gate.review.pictures import TextInPictures
from overt.gate.review.step import ReviewStep
from overt.gate.techniques import Techniques
from overt.language import Text
from overt.ledger import signing
from overt.media.guard import Guard
from overt.rulebook.model import Rulebook
from overt.settings import Setup
from overt.store import accounts
from overt.store.decisions import Decisions
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.reviews import Reviews

LIBRARIES: Final = "libraries"
"""Of the data folder: feature libraries that were put into force, one file for each name."""
SUFFIXES: Final = (".toml", ".csv", ".jsonl")


@contextmanager
def gate(setup: Setup, store: Store, rulebook: Rulebook) -> Iterator[Gate]:
    """The gate of a set-up over its open records. Raises `SetupError` for a set-up that lacks what a gate needs."""
    chosen = setup.settings.gate
    if setup.settings.ledger.key is None:
        raise SetupError(
            "the gate signs its decisions, and no key is named", "闸口须签署决定，但没有配置密钥", hint=_KEY
        )
    levels = setup.home / chosen.levels if chosen.levels else None
    with ExitStack() as opened:
        review = _review(setup, store, opened)
        who = accounts.steps(store, rulebook.id, levels)
        yield Gate(
            steps=(Techniques(rulebook.techniques), *who, *consenting.steps(setup, store), review),
            outputs=(review,),
            book=book(setup, store),
            signer=signing.load(setup.home / setup.settings.ledger.key),
            policy=policy.load(setup.home / chosen.policy if chosen.policy else None),
            rulebook=(rulebook.id, rulebook.digest()),
            hours=chosen.hours,
        )


def book(setup: Setup, store: Store) -> Decisions:
    """The set-up's record of decisions."""
    wording = setup.settings.gate.label_duty
    return Decisions(store, label_duty.load(setup.home / wording if wording else None), objects(setup))


def queue(setup: Setup, store: Store, answering: Gate | None = None) -> Reviews:
    """The people's queue of a set-up. With a gate, its answers lead to what follows from them."""
    return Reviews(store, answering, objects(setup))


def tidy(setup: Setup, store: Store) -> bool:
    """Deletes files of the queue that nobody needs any more. Returns whether something has yet to follow from it."""
    waiting = queue(setup, store)
    waiting.clear(datetime.now(UTC))
    return setup.settings.ledger.key is not None and bool(waiting.unfollowed())


def objects(setup: Setup) -> Callable[[], Objects]:
    """Opens where the set-up keeps objects."""
    return lambda: Objects.open(setup.settings.store.objects, setup.data)


def engines(setup: Setup, opened: ExitStack, libraries: Looks | None = None) -> tuple[Engine, ...]:
    """What looks at materials, the cheapest first. Files are opened in a guarded process, which starts when needed.

    `libraries` are those in force where they shall be followed as they change.
    """
    chosen = setup.settings.gate
    guard = opened.enter_context(Guard(setup.settings.budget))
    found = libraries or features(setup)
    outside = [opened.enter_context(closing(moderation.load(setup.home / path))) for path in chosen.engines]
    return (TextInDocuments(found, guard), TextInPictures(found, guard), Faces(guard), *outside)


def features(setup: Setup) -> Features:
    """The feature libraries as their files stand now: the starter list, those of `overt.toml`, those put into force."""
    return _features(tuple((path, _changed(path)) for path in (*named(setup), *put(setup))))


def named(setup: Setup) -> tuple[Path, ...]:
    """The files of libraries that `overt.toml` names."""
    return tuple(setup.home / path for path in setup.settings.gate.words)


def put(setup: Setup) -> tuple[Path, ...]:
    """The files of libraries that were put into force in the console or over the API, in the data folder."""
    folder = setup.data / LIBRARIES
    return tuple(sorted(each for each in folder.glob("*") if each.suffix in SUFFIXES)) if folder.is_dir() else ()


class InForce:
    """The libraries in force at each moment: a version that is put into force counts for gates that are open already.

    The first time that it counts it is recorded (Algorithm Recommendation Provisions, art. 9; DS-10b).
    """

    def __init__(self, setup: Setup, people: Reviews) -> None:
        self._setup = setup
        self._people = people
        self._last: Features | None = None
        self._now()

    @property
    def version(self) -> str:
        """Of the libraries."""
        return self._now().version

    def look(self, text: str) -> list[Hit]:
        """All hits in a text, the strictest first, then in their order."""
        return self._now().look(text)

    def _now(self) -> Features:
        found = features(self._setup)
        if found is not self._last:
            for each in found.libraries:
                self._people.load_library(each)
            self._last = found
        return found


@lru_cache(maxsize=4)
def _features(files: tuple[tuple[Path, int], ...]) -> Features:
    """The feature libraries, built once for all gates of a process; anew where a file has changed."""
    return Features([library.starter(), *(library.load(path) for path, _ in files)])


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _review(setup: Setup, store: Store, opened: ExitStack) -> Step:
    people = Reviews(store)
    libraries = InForce(setup, people)
    step = ReviewStep(Chain(engines(setup, opened, libraries)), people=people)
    return _Unseen(step) if setup.settings.gate.unseen == "pass" else step


class _Unseen:
    """Lets pass what no engine can look at, and says so: the operator has set it (`[gate] unseen`)."""

    def __init__(self, step: Step) -> None:
        self.name = step.name
        self._step = step

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """What the step finds, but for what nobody looked at."""
        return [_passed(each) for each in self._step.look(ask, at)]


def _passed(finding: Finding) -> Finding:
    if finding.outcome == "hold" and {reason.code for reason in finding.reasons} == {UNSEEN}:
        return replace(finding, outcome="allow", could_not_tell=False)
    return finding


_KEY = Text(
    zh="在 overt.toml 的 [ledger] 填写 key；运行 overt doctor 查看如何生成。",
    en="Name a key in [ledger] of overt.toml; `overt doctor` tells how to make one.",
)
