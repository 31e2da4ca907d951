"""Everything that happens. One module for each part of the house; a new one needs no other line."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from overt.ledger.event import Event


@cache
def every() -> dict[str, type[Event]]:
    """All kinds of events, by their tags."""
    found: dict[str, type[Event]] = {}
    for module in iter_modules(__path__):
        for each in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(each, type) and issubclass(each, Event) and each.tag:
                found[each.tag] = each
    return dict(sorted(found.items()))
