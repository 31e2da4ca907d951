"""The law as data: one file for each jurisdiction, and its typed loader.

To add a jurisdiction: one file `<id>.toml` in this folder (see CONTRIBUTING.md).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pydantic import ValidationError

from overt.errors import InternalError, UsageError
from overt.rulebook.model import (
    MEDIA,
    Clause,
    Duty,
    LabelRules,
    Medium,
    MetadataRules,
    Notice,
    Notices,
    Rulebook,
    Sourced,
)

__all__ = [
    "MEDIA",
    "Clause",
    "Duty",
    "LabelRules",
    "Medium",
    "MetadataRules",
    "Notice",
    "Notices",
    "Rulebook",
    "Sourced",
    "available",
    "load",
]


def available() -> tuple[str, ...]:
    """Ids of the rulebooks that come with Overt."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in resources.files(__package__).iterdir()
            if entry.name.endswith(".toml")
        )
    )


@cache
def load(rulebook_id: str = "cn") -> Rulebook:
    """The rulebook of this id. Raises `UsageError` for an unknown one."""
    if rulebook_id not in available():
        raise UsageError(
            f"there is no rulebook {rulebook_id!r}; there are: {', '.join(available())}",
            f"没有规则手册 {rulebook_id!r}；现有：{'、'.join(available())}",
        )
    try:
        content = _content(rulebook_id)
        # The closed list of China's art. 23 serves every rulebook: a content keeps its technique wherever it goes.
        content.setdefault("techniques", _content("cn")["techniques"])
        return Rulebook.model_validate(content)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InternalError(
            f"rulebook {rulebook_id!r} does not fit its schema: {error}",
            f"规则手册 {rulebook_id!r} 不符合其模式：{error}",
        ) from error


def _content(rulebook_id: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"{rulebook_id}.toml").read_text(encoding="utf-8"))
