"""The board of duties for pages: shown at once where it still holds, drawn as a task where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overt.duties.board import Board, boards, checked

if TYPE_CHECKING:
    from overt.web.house import Site
    from overt.web.work import Task

PATIENCE: Final = 1.5
"""Seconds that a page waits for a board; then it shows the one before, or how far it is."""
_KIND: Final = "duties"


def seen(house: Site, rulebook: str = "", patience: float = PATIENCE) -> tuple[Board | None, bool]:
    """The newest board of a rulebook, and whether it holds; None where the first is still being drawn.

    Raises `UsageError` for an unknown rulebook, and what went wrong where it could not be drawn.
    """
    named, held = checked(rulebook, house.setup), boards(house.store)
    if board := held.current(house.store, named):
        return board, True
    task = _under_way(house, named) or house.work.start(
        f"{_KIND}:{named}", lambda *_: held.drawn(house.setup, house.store, named), owner=_KIND
    )
    task.finished.wait(patience)
    if task.error:
        raise task.error
    done: Board | None = task.result
    return (done, True) if done else (held.newest(named), False)


def _under_way(house: Site, rulebook: str) -> Task | None:
    return next((task for task in house.work.under_way() if task.kind == f"{_KIND}:{rulebook}"), None)
