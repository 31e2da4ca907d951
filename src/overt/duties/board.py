"""Where all duties stood at one moment, kept for as long as it still holds.

Looking takes from a fraction of a second to several seconds: controls count records and hash the ledger again. A board
is current for `ALWAYS`; after that until the ledger grows, the day changes, or `LONGEST` is over, since settings and
files are no entries of the ledger. Whoever answers to the law sees the answer at once: answering forgets the boards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from overt.duties.model import Standing
from overt.duties.standing import standings
from overt.duties.view import View
from overt.errors import UsageError
from overt.rulebook import available
from overt.store import counts

if TYPE_CHECKING:
    from overt.settings import Setup
    from overt.store.records import Store

ALWAYS: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=10)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Board:
    """All standings of a rulebook at one moment. `size` is the number of ledger entries that they are about."""

    view: View
    standings: tuple[Standing, ...]
    size: int

    @property
    def at(self) -> datetime:
        """When it was looked (UTC)."""
        return self.view.now

    def of(self, duty_id: str) -> Standing:
        """Where one duty stands. Raises `UsageError` for one that the rulebook does not have."""
        duty = self.view.rulebook.duty(duty_id)
        return next(each for each in self.standings if each.duty.id == duty.id)

    def current(self, now: datetime, size: int) -> bool:
        """Whether it still holds."""
        age = now - self.at
        same = size == self.size and now.date() == self.at.date()
        return age <= ALWAYS or (same and age <= LONGEST)


class Boards:
    """The boards of one store, the newest of each rulebook. For all threads: a board is drawn by one at a time."""

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._drawing: dict[str, threading.Lock] = {}
        self._newest: dict[str, Board] = {}
        self._round = 0

    def newest(self, rulebook: str) -> Board | None:
        """The newest board, whether it still holds or not."""
        return self._newest.get(rulebook)

    def current(self, store: Store, rulebook: str) -> Board | None:
        """The newest board where it still holds."""
        board = self._newest.get(rulebook)
        return board if board and board.current(self._clock(), _size(store)) else None

    def drawn(self, setup: Setup, store: Store, rulebook: str) -> Board:
        """A board that holds: the newest, or one that is drawn now. Raises `SetupError`."""
        with self._lock:
            one_at_a_time = self._drawing.setdefault(rulebook, threading.Lock())
        with one_at_a_time:
            return self.current(store, rulebook) or self._draw(setup, store, rulebook)

    def forget(self) -> None:
        """Nothing that was seen holds any more."""
        with self._lock:
            self._round += 1
            self._newest.clear()

    def _draw(self, setup: Setup, store: Store, rulebook: str) -> Board:
        begun, size = self._round, _size(store)
        view = View.on(setup, store, rulebook, self._clock())
        board = Board(view, standings(view), size)
        with self._lock:
            if begun == self._round:  # Else somebody has answered since it began.
                self._newest[rulebook] = board
        return board


def boards(store: Store) -> Boards:
    """The boards of this store."""
    with _lock:
        return _of.setdefault(store, Boards())


def checked(rulebook: str, setup: Setup) -> str:
    """The id of a rulebook, the set-up's own where none is named. Raises `UsageError`."""
    if rulebook and rulebook not in available():
        raise UsageError(
            f"there is no rulebook {rulebook!r}; there are: {', '.join(available())}",
            f"没有规则手册 {rulebook!r}；现有：{'、'.join(available())}",
        )
    return rulebook or setup.settings.rulebook


def _size(store: Store) -> int:
    with store.reading() as connection:
        return counts.span(connection)[0]


_of: WeakKeyDictionary[Store, Boards] = WeakKeyDictionary()
_lock = threading.Lock()
