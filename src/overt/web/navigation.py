"""Where the pages of the console stand in its navigation. Each module of `web/console/` says it with `ENTRY`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final, Literal

from fastapi import APIRouter

from overt.access.model import Principal
from overt.language import Text

Group = Literal["work", "contents", "people", "law", "house"]
GROUPS: Final[dict[Group, Text]] = {
    "work": Text(zh="工作", en="Work"),
    "contents": Text(zh="内容", en="Contents"),
    "people": Text(zh="人", en="People"),
    "law": Text(zh="法定义务", en="Law"),
    "house": Text(zh="系统", en="House"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the navigation: shown to whoever holds one of `needs`."""

    title: Text
    at: str
    group: Group
    needs: tuple[str, ...]
    order: int = 50
    icon: str = "dot"
    """A symbol of `assets/icons.svg`."""


@cache
def entries() -> tuple[Entry, ...]:
    """All entries, in their order."""
    modules = (import_module(f"overt.web.console.{name}") for name in _names("console"))
    found = [module.ENTRY for module in modules if hasattr(module, "ENTRY")]
    return tuple(sorted(found, key=lambda each: (list(GROUPS).index(each.group), each.order)))


def for_principal(who: Principal | None) -> list[tuple[Text, list[Entry]]]:
    """The groups and entries that somebody sees."""
    if who is None:
        return []
    seen = [each for each in entries() if any(who.may(need) for need in each.needs)]
    groups = ((title, [each for each in seen if each.group == group]) for group, title in GROUPS.items())
    return [(title, rows) for title, rows in groups if rows]


def routers(folder: Literal["public", "console", "api"]) -> Iterator[APIRouter]:
    """The routers of a folder's modules: a new page, or a part of the API, needs no other line."""
    for name in _names(folder):
        module = import_module(f"overt.web.{folder}.{name}")
        if hasattr(module, "router"):
            yield module.router


def _names(folder: str) -> list[str]:
    package = import_module(f"overt.web.{folder}")
    return sorted(each.name for each in iter_modules(package.__path__))
