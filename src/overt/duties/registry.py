"""Which controls there are. Each module of `duties/controls/` is found by itself: adding a control is one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from overt.duties import controls as _folder
from overt.duties.model import Control, Found
from overt.duties.view import View
from overt.language import Text

Look = Callable[[View], Found]
_registered: dict[str, Control] = {}


def control(*duties: str, name: Text, statements: bool = False) -> Callable[[Look], Look]:
    """Registers a function as a control for these duty ids. Its id is `module.function`.

    `statements`: it counts signed statements (`View.stated`), so that `overt state` accepts them for its duties.
    """
    if not duties:
        raise ValueError("a control answers for at least one duty")

    def register(look: Look) -> Look:
        known_as = f"{look.__module__.rpartition('.')[2]}.{look.__name__}"
        _registered[known_as] = Control(known_as, duties, name, look, statements)
        return look

    return register


@cache
def controls() -> tuple[Control, ...]:
    """All controls, in the order of their ids."""
    for module in iter_modules(_folder.__path__):
        import_module(f"{_folder.__name__}.{module.name}")
    return tuple(_registered[known_as] for known_as in sorted(_registered))


def controls_of(duty_id: str) -> tuple[Control, ...]:
    """The controls that answer for a duty."""
    return tuple(each for each in controls() if duty_id in each.duties)
