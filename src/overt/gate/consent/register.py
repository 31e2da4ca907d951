"""The register of people who refuse: whoever does not want to be synthesised says so once, for all requests.

Source: PIPL art. 27 (public information is no free for all: PI-27), 44; Civil Code art. 1019, 1023. The states of an
entry:

```
waiting ──► verified      the contact code was entered, or staff confirmed it
   └──────────┴─► left    the person took it back; what was kept is destroyed with their key
```

Only verified entries count: otherwise anybody could put anybody on the register. A match is a possibility, never a
proof: namesakes exist, and pictures that look alike. So the gate *holds* and a person of staff looks; it never refuses
silently. Matchers are the operator's choice: names and pictures are compared here, faces and voices by an engine
outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from overt.errors import OvertError
from overt.gate.consent import upload
from overt.gate.consent.engine import HttpEngine
from overt.gate.model import Ask, Material
from overt.gate.review.folding import look_alike
from overt.marks.kept import Print
from overt.media.budget import INSPECTION, Budget
from overt.media.guard import Guard

State = Literal["waiting", "verified", "left"]
_LEAST_HAN, _LEAST_OTHER = 2, 5
"""Characters of a name that is looked for inside a prompt: shorter ones stand in every text."""
_MOST_SENT: Final = 32 << 20  # Bytes of a material that an engine is shown.
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Refuser:
    """A verified entry: its id, the normalised names, the fingerprint of a photo."""

    id: str
    names: tuple[str, ...] = ()
    photos: tuple[Print, ...] = ()


class Register(Protocol):
    """Where refusals are kept."""

    def refusers(self) -> Sequence[Refuser]:
        """Everybody whose entry is verified."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What a matcher says of a request: entries that it may concern. `could_not_tell` says why it could not look."""

    refusals: tuple[str, ...] = ()
    could_not_tell: str = ""


class Matcher(Protocol):
    """Says whom a request may concern."""

    name: str

    def match(self, ask: Ask) -> Matched:
        """The entries that this request may concern. Never raises for what is in a material."""


def normalised(name: str) -> str:
    """A name as it is compared: width, case, accents, script variant, look-alikes, spaces and signs say nothing."""
    return "".join(map(look_alike, name))


def _in_words(text: str) -> str:
    """The words of a text, each as names are compared, on lines of their own."""
    return "\n" + re.sub("\n+", "\n", "".join(look_alike(each) or "\n" for each in text)) + "\n"


class NameMatcher:
    """Compares names: those that the request gives, and full names inside its prompt."""

    name = "overt-names@1"

    def __init__(self, register: Register) -> None:
        self._register = register

    def match(self, ask: Ask) -> Matched:
        """Entries with a name that the request uses."""
        if not (refusers := self._register.refusers()):
            return Matched()
        given = {normalised(each.described) for each in ask.depicted if each.described}
        prompts = [each.text for each in ask.materials if each.text]
        run = [normalised(each) for each in prompts]
        words = [_in_words(each) for each in prompts]
        found = [each.id for each in refusers if any(name in given or _inside(name, run, words) for name in each.names)]
        return Matched(tuple(found))


def _inside(name: str, run: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a text holds the name: Chinese anywhere, other scripts only as whole words."""
    if _HAN.search(name):
        return len(name) >= _LEAST_HAN and any(name in text for text in run)
    if len(name) < _LEAST_OTHER:
        return False
    return any(_as_words(name, text) for text in words)


def _as_words(name: str, text: str) -> bool:
    # "lifang" is "Li Fang" as well as "Lifang": the words of the text are joined until they are as long as the name.
    parts = text.split("\n")
    for start in range(len(parts)):
        joined = ""
        for part in parts[start:]:
            joined += part
            if len(joined) >= len(name):
                break
        if joined == name and parts[start]:
            return True
    return False


class PictureMatcher:
    """Compares what is put in with the photos of the register, by PDQ: the same photo, not the same person."""

    name = "overt-pictures@1"

    def __init__(self, register: Register, budget: Budget = INSPECTION) -> None:
        self._register = register
        self._budget = budget

    def match(self, ask: Ask) -> Matched:
        """Entries with a photo that is put in."""
        pictures = [each.path for each in _inputs(ask, ("image",)) if each.path]
        refusers = [each for each in self._register.refusers() if each.photos] if pictures else []
        if not refusers:
            return Matched()
        found: list[str] = []
        unread = ""
        with Guard(self._budget) as guard:
            for path in pictures:
                try:
                    queries = guard.call(upload.asked, path, self._budget)
                except OvertError as error:
                    unread = error.message.en
                    continue
                found += [each.id for each in refusers if any(upload.alike(queries, photo) for photo in each.photos)]
        return Matched(tuple(dict.fromkeys(found)), unread)


class EngineMatcher:
    """Asks an engine for faces or voices, which knows the register by itself. What it means by "passed" is a match."""

    def __init__(self, engine: HttpEngine, read: Callable[[Path], bytes] = Path.read_bytes) -> None:
        self.name = engine.name
        self._engine = engine
        self._read = read

    def match(self, ask: Ask) -> Matched:
        """The entry is called "engine" where it knows somebody: which one, its own record says."""
        for each in _inputs(ask, ("image", "audio", "video")):
            if each.path is None or each.path.stat().st_size > _MOST_SENT:
                return Matched(could_not_tell=f"{self.name}: the {each.medium} is too large or has no file")
            said = self._engine.ask("likeness", self._read(each.path), f"{each.medium}/*")
            if said.outcome == "passed":
                return Matched(("engine",))
            if said.outcome == "could-not-tell":
                return Matched(could_not_tell=f"{self.name}: {said.detail}")
        return Matched()


def _inputs(ask: Ask, media: Sequence[str]) -> list[Material]:
    return [each for each in ask.materials if each.role == "input" and each.medium in media]
