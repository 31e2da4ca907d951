"""The marked file of an output that waited for a person and was passed: made on one press, kept to be fetched.

As `overt review show -o` and `overt mark --decision` do it: the very bytes that were reviewed are marked under the
decision that they were made by, which is asked once more in the transaction of the release. The marked file stays in
the data folder for `HOURS`; its content id is used up by then, so it must not be lost with a process.
"""

from __future__ import annotations

import mimetypes
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from overt.access.model import Principal
from overt.formats import identify
from overt.gate.review.queue import Item
from overt.language import Text
from overt.marking.work import Released
from overt.web import reviewing
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

FOLDER: Final = "released"
HOURS: Final = 24
"""How long a marked file can be fetched [ours]."""
KIND: Final = "held-output"
_ITEM: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked file that can be fetched. `label` lies beside it where the format has no place for one."""

    path: Path
    media_type: str


def can(found: Item) -> bool:
    """Whether this item lets outputs be released."""
    return found.state == "settled" and found.outcome == "pass" and bool(found.followed) and bool(outputs(found))


def outputs(found: Item) -> list[int]:
    """The numbers of the materials that came out and waited."""
    return [number for number, each in enumerate(found.materials) if each.role == "output" and each.held]


def prepare(house: Site, who: Principal, number: str, material: int) -> Task | None:
    """Begins to mark an output that was passed; None where it is marked already, or is being marked.

    Raises a 409 for one that was not passed.
    """
    found = reviewing.item(house, number)
    if not can(found) or material not in outputs(found):
        raise StatusError(409, "this output was not passed", "该产出内容未获通过", hint=_PASSED)
    if ready(house, number, material) or under_way(house, number, material):
        return None
    seen, data = reviewing.file(house, who, number, material)
    folder = _folder(house, number, material)
    decision = reviewing.decision_of(house, found)
    if decision is None:
        raise StatusError(409, "its decision can be read no more", "相应的决定已无法读取", hint=_PASSED)
    sweep(house)
    kind = reviewing.media_type(house, seen, data)
    suffix = Path(seen.path).suffix or mimetypes.guess_extension(kind) or ".txt"

    def marked(rooms: Rooms, task: Task) -> Released:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = folder / f".source{suffix}"
        try:
            source.touch(mode=0o600)
            source.write_bytes(data)
            with rooms.marker(folder) as marker:
                target = folder / f"{number[:12]}-{material + 1}{suffix}"
                return marker.mark(source, target, decision.techniques, task.tell, decision=decision.id)
        finally:
            source.unlink(missing_ok=True)

    return house.work.start(KIND, marked, owner=f"{number}/{material}")


def ready(house: Site, number: str, material: int) -> Marked | None:
    """The marked file, if there is one to fetch."""
    if not _ITEM.fullmatch(number):
        return None
    folder = _folder(house, number, material)
    names = sorted(folder.glob(f"{number[:12]}-{material + 1}.*")) if folder.is_dir() else []
    if not names:
        return None
    with names[0].open("rb") as file:
        kind = identify(file.read(_HEAD), names[0].name).media_type
    return Marked(names[0], kind)


def under_way(house: Site, number: str, material: int) -> bool:
    """Whether it is being marked at this moment."""
    owner = f"{number}/{material}"
    return any(each.kind == KIND and each.owner == owner for each in house.work.under_way())


def sweep(house: Site, now: float | None = None) -> int:
    """Deletes marked files that nobody fetched in time. Returns how many items."""
    over = (now or time.time()) - HOURS * 3600
    kept = house.setup.data / FOLDER
    gone = [each for each in kept.iterdir() if each.stat().st_mtime < over] if kept.is_dir() else []
    for each in gone:
        shutil.rmtree(each, ignore_errors=True)
    return len(gone)


def _folder(house: Site, number: str, material: int) -> Path:
    return house.setup.data / FOLDER / f"{number}-{material}"


_HEAD: Final = 1 << 16
_PASSED: Final = Text(
    zh="只有审核通过、且由本系统保存的产出内容可以发布。",
    en="Only outputs that were passed, and kept here, can be released.",
)
