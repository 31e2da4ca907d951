"""Engines outside that look at recordings and likenesses, spoken to over HTTP by a small TOML file.

```toml
name = "example-liveness"
version = "3"
url = "https://engine.example/check"   # a POST of JSON
key = "keys/engine.key"                # file of a bearer token, beside overt.toml; optional
seconds = 20
answer = "result.state"                # where in the answer's JSON the word stands
passed = ["live"]                      # words that mean yes
failed = ["spoof", "other-person"]     # words that mean no; every other word means: could not tell
```

The request's body is `{"what", "media_type", "text", "data"}`: "recording" with the challenge's text, or "likeness";
the data in Base64. Whatever goes wrong is "could not tell": a person of staff decides then.
"""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overt.errors import SetupError
from overt.gate.consent.challenge import Challenge

Outcome = Literal["passed", "failed", "could-not-tell"]
_MOST_ANSWER: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Checked:
    """What an engine says: the outcome, and who said it (name and version)."""

    outcome: Outcome
    engine: str
    detail: str = ""


class LivenessEngine(Protocol):
    """Says whether a recording shows a living person who does what was asked for."""

    name: str

    def check(self, recording: bytes, media_type: str, challenge: Challenge) -> Checked:
        """What it says. Never raises for what the engine answers, or does not answer."""


class EngineFile(BaseModel):
    """The TOML file of an engine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    version: str = ""
    url: str = Field(pattern=r"^https?://")
    key: Path | None = None
    seconds: float = Field(default=20, gt=0, le=120)
    answer: str = "outcome"
    passed: tuple[str, ...] = ("passed",)
    failed: tuple[str, ...] = ("failed",)


class HttpEngine:
    """An engine behind an address."""

    def __init__(self, told: EngineFile, key: str = "") -> None:
        self.name = f"{told.name}@{told.version}" if told.version else told.name
        self._told = told
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def check(self, recording: bytes, media_type: str, challenge: Challenge) -> Checked:
        """What the engine says of a recording."""
        return self.ask("recording", recording, media_type, challenge.text.both())

    def ask(self, what: str, data: bytes, media_type: str, text: Any = None) -> Checked:
        """One question."""
        body = {"what": what, "media_type": media_type, "text": text, "data": base64.b64encode(data).decode()}
        try:
            answer = httpx.post(
                self._told.url, json=body, headers=self._headers, timeout=self._told.seconds, follow_redirects=False
            )
            answer.raise_for_status()
            word = _at(answer.json() if len(answer.content) <= _MOST_ANSWER else {}, self._told.answer)
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            return Checked("could-not-tell", self.name, type(error).__name__)
        if word in self._told.passed:
            return Checked("passed", self.name, word)
        return Checked("failed" if word in self._told.failed else "could-not-tell", self.name, word[:100])


def load(path: Path) -> HttpEngine:
    """The engine of a TOML file. Raises `SetupError`, which never repeats a key."""
    try:
        told = EngineFile.model_validate(tomllib.loads(path.read_text("utf-8")))
        key = (path.parent / told.key).read_text("ascii").strip() if told.key else ""
    except (OSError, ValueError) as error:
        said = "; ".join(each["msg"] for each in error.errors()) if isinstance(error, ValidationError) else error
        raise SetupError(f"the engine file {path}: {said}", f"引擎文件 {path}：{said}") from error
    return HttpEngine(told, key)


def _at(answer: Any, place: str) -> str:
    for name in place.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer if isinstance(answer, str) else ""
