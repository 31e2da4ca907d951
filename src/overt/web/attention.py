"""What needs a person: each subject of the console says it for itself, and the page "Today" shows it by clock.

A module of `web/console/` that has something to say brings it under the name `ATTENTION`:

```python
def needs_attention(house: Site, who: Principal) -> list[Item]:
    return [Item(Text(zh="待处理的举报", en="Reports waiting"), "/console/reports", count=3, since=oldest, due=target)]

ATTENTION = Attention(Text(zh="举报", en="Reports"), ("reports:handle",), needs_attention)
```

It is asked only for those who hold one of its permissions, and each item leads to where the thing is done. An item
stands for a queue or a matter and names no person. What could not be looked up is said to be so, and what takes longer
than a page may raises `NotYetError`: neither ever reads like "nothing to do".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final, Literal

from overt.language import Text

if TYPE_CHECKING:
    from overt.access.model import Principal
    from overt.web.house import Site

Clock = Literal["over", "soon", "open", "later"]
"""Past its time, due within a day, without a time, due later: the order in which they are shown."""
CLOCKS: Final[tuple[Clock, ...]] = ("over", "soon", "open", "later")
SOON: Final = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """One matter that needs somebody.

    `at` is where it is done. `since` is when the oldest of it began to wait, `due` when it has to be done: UTC as
    records hold it; a day alone means its end. `clause` says where the time comes from. `failed` is for what was tried
    and did not work, rather than for what waits.
    """

    title: Text
    at: str
    count: int = 1
    since: str = ""
    due: str = ""
    clause: str = ""
    detail: Text | None = None
    failed: bool = False

    def clock(self, now: datetime) -> Clock:
        """How it stands with its time."""
        if not self.due:
            return "open"
        left = moment(self.due) - now
        return "over" if left <= timedelta() else "soon" if left <= SOON else "later"


@dataclass(frozen=True, slots=True)
class Attention:
    """What one subject has to say: its name, whom it concerns (any of these permissions), and how it is looked up."""

    subject: Text
    needs: tuple[str, ...]
    look: Callable[[Site, Principal], list[Item]]


class NotYetError(Exception):
    """What needs somebody is still being worked out: it will be told when the page is opened again."""


@dataclass(frozen=True, slots=True)
class Found:
    """What all subjects said, the most urgent first; the subjects that could not be looked up, or not yet."""

    items: tuple[tuple[Text, Item], ...]
    untold: tuple[Text, ...]
    looking: tuple[Text, ...] = ()


@cache
def every() -> tuple[Attention, ...]:
    """All subjects that have something to say."""
    package = import_module("overt.web.console")
    modules = (import_module(f"{package.__name__}.{each.name}") for each in iter_modules(package.__path__))
    return tuple(module.ATTENTION for module in modules if hasattr(module, "ATTENTION"))


def look(
    house: Site, who: Principal, now: datetime | None = None, subjects: Sequence[Attention] | None = None
) -> Found:
    """What needs this person, by clock. A subject that fails takes nothing away from the others."""
    now = now or datetime.now(UTC)
    items: list[tuple[Text, Item]] = []
    untold, looking = [], []
    for each in every() if subjects is None else subjects:
        if not any(who.may(need) for need in each.needs):
            continue
        try:
            items += [(each.subject, item) for item in each.look(house, who)]
        except NotYetError:
            looking.append(each.subject)
        except Exception:  # noqa: BLE001  (told as "could not tell")
            _log.exception("could not look up what needs a person: %s", each.subject.en)
            untold.append(each.subject)
    items.sort(key=lambda found: (CLOCKS.index(found[1].clock(now)), found[1].due, found[1].since or "~"))
    return Found(tuple(items), tuple(untold), tuple(looking))


def moment(value: str) -> datetime:
    """A time of a record; a day alone is over when it ends in China, where the clocks of its law run."""
    if len(value) == len("2026-01-01"):
        return datetime.fromisoformat(f"{value}T23:59:59+08:00")
    return datetime.fromisoformat(value)
