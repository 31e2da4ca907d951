"""What every route stands on: the set-up, its store, and the work that takes longer than an answer may.

Routes are plain functions (`def`), which run in threads of their own; the store may be used from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from overt.rulebook import Rulebook, load
from overt.settings import Setup
from overt.store.records import Store

if TYPE_CHECKING:
    from overt.web.shelf import Shelf
    from overt.web.work import Work


@dataclass(frozen=True, slots=True)
class Site:
    """The set-up behind the pages and the API."""

    setup: Setup
    store: Store
    work: Work
    most_bytes: int
    """The largest upload."""
    shelf: Shelf
    """Where uploads lie while something looks at them."""

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook that applies, with the operator's numbers."""
        applies = self.setup.settings
        return load(applies.rulebook, self.setup.home / applies.overrides if applies.overrides else None)

    def secure(self, request: Request) -> bool:
        """Whether people reach us over HTTPS, perhaps through a proxy: `[web] address` says so."""
        return self.address(request).startswith("https://")

    def address(self, request: Request) -> str:
        """The public address of the pages, without a slash at its end."""
        named = self.setup.settings.web.address or self.setup.settings.consent.address
        return (named or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")


def house_of(request: Request) -> Site:
    """The house of this application."""
    found: Any = request.app.state.house
    assert isinstance(found, Site)  # noqa: S101  (set when the application starts)
    return found


House = Annotated[Site, Depends(house_of)]
