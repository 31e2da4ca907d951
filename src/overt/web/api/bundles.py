"""Bundles: evidence that anybody can check offline (`overt-verify`), without us.

```
POST /v1/bundles       puts one together about an id or a period; the file is fetched from the job
GET  /v1/bundles       what was given out, on what ground, to whom
```
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from overt.language import Text
from overt.ledger.bundle import Period
from overt.ledger.events.retention import BundleMade
from overt.store import standing as standings
from overt.store.bundles import Order
from overt.store.log import entry_at
from overt.web import acts, inspections
from overt.web.access import Who, needs
from overt.web.api.jobs import STARTED, WAIT, Wait, started
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House
from overt.web.inspecting import Within

router = APIRouter(prefix="/v1/bundles", tags=["bundles"])
_DESK = Text(zh="请在“我的检查”中提出调取。", en="Request it on your desk.")
_NEEDS = [needs("evidence:export")]


class Ordered(BaseModel):
    """What is asked for.

    `personal` opens what is sealed for persons: for nobody, for `person` alone, or for all; then `ground` says why it
    may be given out, and your post has to be allowed to uncover personal data.
    """

    about: str = Field(
        min_length=1,
        max_length=128,
        description="an id, or a period in UTC (`2026-11-01..2026-12-01`)",
        examples=["2026-11-01..2026-12-01"],
    )
    personal: Literal["none", "one", "all"] = "none"
    person: str = Field("", max_length=64)
    ground: str = Field("", max_length=1000)
    recipient: str = Field("", max_length=256, description="an authority or a role, never a name")


class Given(BaseModel):
    """A bundle that was made; all but the index and the time is empty where the record opens no more."""

    index: int
    time: str
    subject: str = ""
    sha256: str = ""
    entries: int = 0
    personal: str = ""
    ground: str = ""
    recipient: str = ""


@router.post(
    "", operation_id="makeBundle", status_code=201, dependencies=_NEEDS, responses=STARTED | problems(404, 422, 503)
)
async def make(
    request: Request, house: House, who: Who, within: Within, ordered: Ordered, wait: Wait = WAIT
) -> Response:
    """Puts a bundle together under a checkpoint of now. The ledger keeps that it was made.

    An inspector's lies within the warrant, and opens nothing that is sealed for persons.
    """
    await run_in_threadpool(inspections.check_takes, request, house, who, within, ordered.about.strip())
    if ordered.personal != "none" and who.kind == "inspector":
        raise StatusError(
            403, "inspectors are given personal data by request alone", "检查人员须通过调取获得个人信息", hint=_DESK
        )
    if ordered.personal != "none" and not who.may("persons:uncover"):
        raise StatusError(403, "your account may not give out personal data", "您的账号无权提供个人信息")
    about = Period.read(ordered.about) if ".." in ordered.about else ordered.about.strip()
    if isinstance(about, str) and not standings.entries(house.store, 1, about=about):
        raise StatusError(404, "the ledger has no entry about this id", "账本中没有关于该编号的条目")
    order = Order(about, ordered.personal, ordered.person, ordered.ground, ordered.recipient)
    return await started(request, house, acts.bundle(house, who, order), wait)


@router.get("", operation_id="listBundles", dependencies=_NEEDS, responses=problems())
def every(house: House, most: Most = 50, after: After = "") -> Page[Given]:
    """The bundles that were made, the newest first."""
    place = place_of(after, int)
    rows = standings.entries(house.store, most + 1, below=place[0] if place else None, tag=BundleMade.tag)
    return page_of(rows, most, lambda row: given(house, row.index, row.time), lambda row: (row.index,))


def given(house: House, index: int, time: str) -> Given:
    """One bundle as its entry tells."""
    with house.store.reading() as connection:
        opening = entry_at(connection, house.store.vault, index).opening
    event = opening.event if opening else {}
    return Given(index=index, time=time, **{name: event[name] for name in Given.model_fields if name in event})
