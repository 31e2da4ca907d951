"""Switches for programs: what is off, the latest turns, off at once and on again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from overt.gate.account.model import SwitchKind
from overt.store.switches import SwitchBoard, Turn
from overt.web.access import Who, needs
from overt.web.api.model import Page
from overt.web.api.problems import problems
from overt.web.house import House

router = APIRouter(prefix="/v1/switches", tags=["switches"])
_READ = [needs("duties:read")]
_TURN = [needs("switches:turn")]


class Off(BaseModel):
    """Something that is switched off."""

    kind: SwitchKind
    name: str = Field(examples=["images.generate"])
    reason: str
    by: str
    at: str


class Turned(BaseModel):
    """One turn of a switch. All but `off` and `at` is empty where the record opens no more."""

    off: bool
    at: str
    kind: str
    name: str
    reason: str
    by: str


class Turning(BaseModel):
    """What is to be turned, and why. A function's name may stand for its parts (`images`), `*` for all of them."""

    kind: SwitchKind = "function"
    name: str = Field(min_length=1, max_length=128, examples=["images.generate"])
    reason: str = Field(min_length=1, max_length=4000, examples=["outputs that the review did not catch"])


@router.get("", operation_id="listSwitches", dependencies=_READ, responses=problems())
def every(house: House) -> Page[Off]:
    """Everything that is switched off now, in the order in which it was."""
    return Page(items=[Off.model_validate(each, from_attributes=True) for each in SwitchBoard(house.store).off()])


@router.get("/turns", operation_id="listTurns", dependencies=_READ, responses=problems())
def turns(house: House, most: Annotated[int, Query(ge=1, le=200)] = 20) -> Page[Turned]:
    """The latest turns of any switch, the newest first."""
    found: tuple[Turn, ...] = SwitchBoard(house.store).turns(most)
    return Page(items=[Turned.model_validate(each, from_attributes=True) for each in found])


@router.post("/off", operation_id="switchOff", status_code=201, dependencies=_TURN, responses=problems())
def off(house: House, who: Who, turning: Turning) -> Off:
    """Switches something off: it counts for the next request."""
    made = SwitchBoard(house.store).turn_off(turning.kind, turning.name, turning.reason, who.post)
    return Off.model_validate(made, from_attributes=True)


@router.post("/on", operation_id="switchOn", status_code=204, dependencies=_TURN, responses=problems())
def on(house: House, who: Who, turning: Turning) -> None:
    """Lets something run again."""
    SwitchBoard(house.store).turn_on(turning.kind, turning.name, turning.reason, who.post)
