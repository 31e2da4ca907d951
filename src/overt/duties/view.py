"""What a control sees of the running system. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overt.api import records
from overt.duties.model import Evidence
from overt.language import Text
from overt.rulebook import Rulebook, load
from overt.settings import Setup
from overt.store.log import entry_at
from overt.store.records import Store
from overt.store.statements import Determined, Stated, Statements
from overt.store.tallies import Tally, tally

if TYPE_CHECKING:
    from overt.rulebook.duty import Number


@dataclass(frozen=True, slots=True)
class View:
    """The set-up, its store, the rulebook with the operator's numbers, what people answered, the time (UTC)."""

    setup: Setup
    store: Store
    rulebook: Rulebook
    determined: Mapping[str, Determined]
    statements: tuple[Stated, ...]
    now: datetime

    @classmethod
    def of(cls, setup: Setup, store: Store, rulebook: Rulebook, now: datetime | None = None) -> View:
        """The view on a set-up's store."""
        said = Statements(store)
        return cls(setup, store, rulebook, said.determined(rulebook.id), said.stated(), now or datetime.now(UTC))

    @classmethod
    @contextmanager
    def opened(cls, setup: Setup, rulebook: str = "") -> Iterator[View]:
        """The view on a set-up, whose records are open for as long as it is. Raises `SetupError`, `UsageError`."""
        with closing(records(setup)) as store:
            yield cls.on(setup, store, rulebook)

    @classmethod
    def on(cls, setup: Setup, store: Store, rulebook: str = "", now: datetime | None = None) -> View:
        """The view on records that are open, by one rulebook. Raises `SetupError`, `UsageError`."""
        applies = setup.settings
        # The operator's numbers belong to the operator's rulebook.
        own = setup.home / applies.overrides if applies.overrides and rulebook in ("", applies.rulebook) else None
        return cls.of(setup, store, load(rulebook or applies.rulebook, own), now)

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.now.date()

    def fact(self, name: str) -> bool | None:
        """What was determined of a fact; None where nothing was that still counts."""
        found = self.determined.get(name)
        if found is None or not found.sound or found.determination.review_by < self.today.isoformat():
            return None
        return found.determination.value

    def tally(self, tag: str, since: datetime | None = None) -> Tally:
        """How often an event of this tag is in the ledger, and its last entry."""
        start = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if since else ""
        with self.store.reading() as connection:
            return tally(connection, tag, start)

    def event(self, index: int) -> dict[str, Any] | None:
        """The event of one ledger entry; None where it cannot be opened any more."""
        with self.store.reading() as connection:
            opening = entry_at(connection, self.store.vault, index).opening
        return opening.event if opening else None

    def number(self, duty: str, name: str) -> Number:
        """One number of a duty, as it applies here: the operator's own where it was overridden."""
        return self.rulebook.duty(duty).number(name)

    def stated(self, *duties: str, topic: str = "") -> Stated | None:
        """The latest statement on any of these duties, or on one part of them, in force or not."""
        wanted = set(duties)
        fits = (
            each for each in self.statements if wanted & set(each.statement.duties) and each.statement.topic == topic
        )
        return next(fits, None)

    # Evidence, in the words in which it is shown.

    def counted(self, found: Tally, shows: Text) -> tuple[Evidence, ...]:
        """How often something happened, with the last ledger entry; nothing where it never did."""
        if found.last is None:
            return ()
        return (Evidence("ledger", shows, f"{found.count} × {found.tag}", found.last, found.time),)

    def set_to(self, name: str, shows: Text) -> Evidence:
        """A setting's value: `gate.on`."""
        value: Any = self.setup.settings
        for part in name.split("."):
            value = getattr(value, part)
        shown = (
            value.as_posix() if isinstance(value, Path) else str(value).lower() if isinstance(value, bool) else value
        )
        return Evidence("setting", shows, f"{name} = {shown}")
