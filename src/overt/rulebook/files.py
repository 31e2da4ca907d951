"""How a rulebook lies on disk: one TOML file, or a folder of TOML files that together are one.

In a folder, `marks.toml` holds everything but the duties, so that a process that only marks or reads files never reads
these; the other files hold duties, one instrument or subject each, and `facts` and `records`. Tables of several files
are joined; what two files both say is refused. `[defaults]` of a file fills in what all of its duties share.
"""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from overt.rulebook.duty import Actor, Mark, Strict
from overt.rulebook.model import Rulebook

MARKS = "marks.toml"
_SECTIONS = ("label", "metadata", "notices")
"""What a rulebook can take from another by `like`."""


class Defaults(Strict):
    """What the duties of one file share; a duty that says otherwise is right."""

    instrument: str | None = None
    actors: tuple[Actor, ...] | None = None
    when: tuple[str, ...] | None = None
    mark: Mark | None = None
    valid_from: date | None = None


def content(place: Traversable) -> dict[str, Any]:
    """All that the file or the files of the folder say. Raises `ValueError` where two of them say the same."""
    whole: dict[str, Any] = {}
    for file in _files(place):
        _join(whole, _read(file), file.name)
    order = {name: number for number, name in enumerate(whole.get("instruments", {}))}
    # The order of the instruments is the order of the duties, whatever the files are called.
    whole["duties"] = sorted(whole.get("duties", ()), key=lambda duty: order.get(duty.get("instrument"), len(order)))
    return whole


def marks(place: Traversable) -> dict[str, Any]:
    """What marking and reading files needs: all but the duties."""
    told = _read(place / MARKS if place.is_dir() else place)
    return {name: value for name, value in told.items() if name not in ("duties", "facts", "records")}


def borrow(told: dict[str, Any], lender: dict[str, Any]) -> None:
    """Takes label, metadata and notices from the rulebook that `like` names. Raises `ValueError` where it has own."""
    if own := [name for name in _SECTIONS if name in told]:
        raise ValueError(f"either `like`, or sections of its own: {', '.join(own)}")
    told.update({name: lender[name] for name in _SECTIONS})


def schema() -> dict[str, Any]:
    """JSON Schema of one file of a rulebook, for editors and for whoever adds a jurisdiction.

    What the files only have together (an id, every section, duties that exist) is checked when they are read.
    """
    made = Rulebook.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "A file of a rulebook of Overt"
    del made["required"], made["properties"]["overridden"], made["$defs"]["Overridden"]
    made["properties"]["defaults"] = Defaults.model_json_schema()
    duty = made["$defs"]["Duty"]
    duty["required"] = [name for name in duty["required"] if name not in Defaults.model_fields]
    return made


def _files(place: Traversable) -> list[Traversable]:
    if not place.is_dir():
        return [place]
    found = [file for file in place.iterdir() if file.name.endswith(".toml")]
    return sorted(found, key=lambda file: (file.name != MARKS, file.name))


def _read(file: Traversable) -> dict[str, Any]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: not valid TOML: {error}") from error
    if "defaults" in told:
        shared = Defaults.model_validate(told.pop("defaults")).model_dump(exclude_none=True)
        told["duties"] = [{**shared, **duty} for duty in told.get("duties", ())]
    return told


def _join(whole: dict[str, Any], part: dict[str, Any], name: str) -> None:
    for key, value in part.items():
        if key not in whole:
            whole[key] = value
        elif isinstance(value, list) and isinstance(whole[key], list):
            whole[key] = [*whole[key], *value]
        elif isinstance(value, dict) and isinstance(whole[key], dict) and not (twice := whole[key].keys() & value):
            whole[key] = {**whole[key], **value}
        else:
            told = f"{key}.{min(twice)}" if isinstance(value, dict) and isinstance(whole[key], dict) else key
            raise ValueError(f"{name}: another file says {told} already")
