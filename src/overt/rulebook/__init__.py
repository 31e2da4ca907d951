"""The law as data: one file or folder for each jurisdiction, and its typed loader.

To add a jurisdiction: one file `<id>.toml` or one folder `<id>/` here (see CONTRIBUTING.md). `schema()` is the JSON
Schema of such a file.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from overt.errors import InternalError, UsageError
from overt.rulebook import files
from overt.rulebook import overrides as own
from overt.rulebook.duty import ACTORS, UNITS, Actor, Clock, Duty, Kept, Mark, Number, Retention, Span, Unit
from overt.rulebook.files import schema
from overt.rulebook.model import (
    MEDIA,
    Clause,
    LabelRules,
    MarkRules,
    Medium,
    MetadataRules,
    Notice,
    Notices,
    Overridden,
    Rulebook,
    Sourced,
)

__all__ = [
    "ACTORS",
    "MEDIA",
    "UNITS",
    "Actor",
    "Clause",
    "Clock",
    "Duty",
    "Kept",
    "LabelRules",
    "Mark",
    "MarkRules",
    "Medium",
    "MetadataRules",
    "Notice",
    "Notices",
    "Number",
    "Overridden",
    "Retention",
    "Rulebook",
    "Sourced",
    "Span",
    "Unit",
    "available",
    "load",
    "mark_rules",
    "read",
    "schema",
]


@cache
def available() -> tuple[str, ...]:
    """Ids of the rulebooks that come with Overt."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in resources.files(__package__).iterdir()
            if entry.name.endswith(".toml") or (entry / files.MARKS).is_file()
        )
    )


def load(rulebook_id: str = "cn", overrides: Path | None = None) -> Rulebook:
    """The rulebook of this id, with the operator's own numbers where they have any.

    Raises `UsageError` for an unknown one and `SetupError` for overrides that do not fit it.
    """
    whole = _load(rulebook_id)
    return whole if overrides is None else own.apply(whole, own.read(overrides))


@cache
def mark_rules(rulebook_id: str = "cn") -> MarkRules:
    """What marking and reading files needs of the rulebook, without the duties. Raises `UsageError`."""
    place = _place(rulebook_id)
    try:
        return MarkRules.model_validate(_complete(files.marks(place)))
    except ValueError as error:
        raise _misfit(rulebook_id, error) from error


def read(place: Traversable) -> Rulebook:
    """A rulebook from a file or folder anywhere, as whoever writes one checks it. Raises `ValueError`."""
    return Rulebook.model_validate(_complete(files.content(place)))


@cache
def _load(rulebook_id: str) -> Rulebook:
    place = _place(rulebook_id)
    try:
        return read(place)
    except ValueError as error:
        raise _misfit(rulebook_id, error) from error


def _place(rulebook_id: str) -> Traversable:
    if rulebook_id not in available():
        raise UsageError(
            f"there is no rulebook {rulebook_id!r}; there are: {', '.join(available())}",
            f"没有规则手册 {rulebook_id!r}；现有：{'、'.join(available())}",
        )
    here = resources.files(__package__)
    return here / rulebook_id if (here / rulebook_id).is_dir() else here / f"{rulebook_id}.toml"


def _complete(told: dict[str, Any]) -> dict[str, Any]:
    # The closed list of China's art. 23 serves every rulebook: a content keeps its technique wherever it goes.
    if "techniques" not in told:
        told["techniques"] = files.marks(_place("cn"))["techniques"]
    if like := told.get("like"):
        files.borrow(told, files.marks(_place(like)))
    return told


def _misfit(rulebook_id: str, error: ValueError) -> InternalError:
    return InternalError(
        f"rulebook {rulebook_id!r} does not fit its schema: {error}",
        f"规则手册 {rulebook_id!r} 不符合其模式：{error}",
    )
