"""The test set: requests that should pass, and requests that should not, in the words of whoever asks.

Data: `cases/good.toml`, `cases/bad.toml`, or an operator's own files of the same form. Not here: running them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from math import sqrt
from pathlib import Path
from typing import Any, Final, Literal, get_args

from overt.errors import SetupError
from overt.gate.model import IDENTITY_LEVELS, Channel, IdentityLevel, Likeness, Medium

ConsentState = Literal[
    "given", "official", "none", "fictional", "withdrawn", "declined", "expired", "other-purpose", "other-technique",
    "unchecked", "unanswered", "unknown",
]  # fmt: skip
"""What a case says of somebody shown: their consent's state, or why there is none."""
Kind = Literal["good", "bad"]
_Z: Final = 1.959964  # Two-sided 95 percent of the normal distribution.


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `group` is its purpose where it is good, its harm where it is bad."""

    kind: Kind
    group: str
    purpose: str
    prompt: str
    techniques: tuple[str, ...]
    medium: Medium = "image"
    channel: Channel = "public"
    identity: IdentityLevel = "id"
    shows: tuple[tuple[Likeness, ConsentState], ...] = ()


def cases(kind: Kind, path: Path | None = None) -> tuple[Case, ...]:
    """The cases of one kind, shipped or out of an operator's file. Raises `SetupError`."""
    name = str(path) if path else f"{kind}.toml"
    try:
        text = (
            path.read_text("utf-8") if path else resources.files(__package__).joinpath("cases", name).read_text("utf-8")
        )
        return tuple(_cases(kind, tomllib.loads(text)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{name} is no test set: {error}", f"{name} 不是有效的测试集：{error}") from error


def _cases(kind: Kind, told: dict[str, Any]) -> Iterator[Case]:
    for group in told["group"]:
        common = {name: value for name, value in group.items() if name not in ("cases", "harm")}
        for each in group["cases"]:
            values = common | each
            values["shows"] = tuple(_shown(one) for one in values.get("shows", ()))
            values["techniques"] = tuple(values["techniques"])
            values["identity"] = _one_of(values.get("identity", "id"), IDENTITY_LEVELS)
            values["channel"] = _one_of(values.get("channel", "public"), get_args(Channel))
            yield Case(kind, group.get("harm", group["purpose"]), **values)


def _shown(told: str) -> tuple[Likeness, ConsentState]:
    likeness, _, state = told.partition(":")
    return _one_of(likeness, get_args(Likeness)), _one_of(state, get_args(ConsentState))


def _one_of(value: str, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many, with the Wilson interval of 95 percent."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927), which is sound for small numbers and for none at all."""
        if not self.of:
            return 0.0, 1.0
        p, n, zz = self.share, self.of, _Z * _Z
        middle, width = p + zz / (2 * n), _Z * sqrt(p * (1 - p) / n + zz / (4 * n * n))
        return max(0.0, (middle - width) / (1 + zz / n)), min(1.0, (middle + width) / (1 + zz / n))
