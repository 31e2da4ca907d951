"""Which level of identity a request needs: the strictest row of the table that fits it (`levels.toml`).

The level rises with what is asked: with the purpose, the technique, the channel, and whose likeness is used.
Not here: how an account reaches a level.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from overt.errors import SetupError
from overt.gate.model import IDENTITY_LEVELS, Ask, Channel, IdentityLevel, Likeness
from overt.language import Text
from overt.rulebook.duty import Mark


class Row(BaseModel):
    """One row: the level, what it fits, and why. Lists that are empty ask for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: IdentityLevel
    purposes: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    """Whose likeness is used, of somebody who is not made up."""
    official: bool = False
    unlabelled: bool = False
    duty: str
    clause: str
    mark: Mark
    why: Text

    def fits(self, ask: Ask) -> bool:
        """Whether a request needs this row's level."""
        real = {each.likeness for each in ask.depicted if not each.fictional}
        return (
            _any(self.purposes, {ask.purpose})
            and _any(self.techniques, set(ask.techniques))
            and _any(self.functions, {ask.function})
            and _any(self.channels, {ask.channel})
            and _any(self.likenesses, real)
            and (not self.official or any(each.official for each in ask.depicted))
            and (not self.unlabelled or ask.unlabelled)
        )


def rank(level: IdentityLevel) -> int:
    """The place of a level among all; higher is stricter."""
    return IDENTITY_LEVELS.index(level)


def required(ask: Ask, rows: Sequence[Row]) -> tuple[IdentityLevel, tuple[Row, ...]]:
    """The level that a request needs, and the rows that ask for it."""
    fitting = [row for row in rows if row.fits(ask)]
    level: IdentityLevel = max((row.level for row in fitting), key=rank, default="none")
    return level, tuple(row for row in fitting if row.level == level)


def rows_of(rulebook: str, path: Path | None = None) -> tuple[Row, ...]:
    """The table of a rulebook, from the operator's own file where there is one. Raises `SetupError`."""
    if path is None:
        return _bundled(rulebook)
    try:
        return _rows(tomllib.loads(path.read_text(encoding="utf-8")), rulebook)
    except (OSError, ValueError) as error:  # ValueError: TOML, UTF-8 and the schema alike
        raise SetupError(f"{path}: {error}", f"{path} 有误：{error}") from error


@cache
def _bundled(rulebook: str) -> tuple[Row, ...]:
    told = files(__package__).joinpath("levels.toml").read_text(encoding="utf-8")
    return _rows(tomllib.loads(told), rulebook)


def _rows(content: dict[str, Any], rulebook: str) -> tuple[Row, ...]:
    return tuple(Row.model_validate(row) for row in content.get(rulebook, ()))


def _any(wanted: Sequence[str], there: set[Any]) -> bool:
    return not wanted or not there.isdisjoint(wanted)
