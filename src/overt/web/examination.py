"""The doctor's examination of the whole set-up, as work that takes some seconds."""

from __future__ import annotations

from typing import Final

from overt.access.model import Principal
from overt.language import Text
from overt.setup.check import Check
from overt.setup.doctor import examine_setup
from overt.web.house import Site
from overt.web.work import Task

DOCTOR: Final = "doctor"
"""The kind of work."""


def examine(house: Site, who: Principal) -> Task:
    """Has the whole set-up examined. What was found names no folder of the machine."""
    return house.work.start(
        DOCTOR,
        lambda rooms, _: [_without_folders(each, rooms.setup.home.as_posix()) for each in examine_setup(rooms.setup)],
        owner=who.post,
    )


def _without_folders(each: Check, home: str) -> Check:
    def short(text: Text | None) -> Text | None:
        return Text(zh=text.zh.replace(f"{home}/", ""), en=text.en.replace(f"{home}/", "")) if text else None

    return Check(each.name, each.state, short(each.found) or each.found, short(each.mend))
