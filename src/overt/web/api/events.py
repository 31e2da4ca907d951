"""Events: what happened, by tag, in the order of the ledger. For programs that follow along.

An event names contents, decisions, consents and cases by their ids, and no person; what it says beyond that is asked
for where it belongs (`/v1/contents/{id}`, …). Whoever follows asks with `from` for what comes next: the ledger's
indexes have no gaps.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from overt.store import standing as standings
from overt.web.access import needs
from overt.web.api.ledger import LedgerEntry
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.house import House
from overt.web.inspecting import Within
from overt.web.words.events import title

router = APIRouter(prefix="/v1/events", tags=["events"])


class Happened(LedgerEntry):
    """Something that happened."""

    title: Said = Field(description="what happened, in words")


@router.get("", operation_id="listEvents", dependencies=[needs("ledger:read")], responses=problems())
def every(
    house: House,
    within: Within,
    most: Most = 50,
    after: After = "",
    first: Annotated[int, Query(alias="from", ge=0, le=2**31 - 1, description="the first index that is wanted")] = 0,
    tag: Annotated[
        str, Query(max_length=64, description="a tag, or its beginning up to a colon", examples=["gate:decision"])
    ] = "",
) -> Page[Happened]:
    """What happened, the oldest first."""
    place = place_of(after, int)
    rows = standings.entries(house.store, most + 1, after=place[0] if place else first - 1, tag=tag, scope=within)
    return page_of(
        rows,
        most,
        lambda row: Happened(
            index=row.index,
            tag=row.tag,
            stream=row.stream,
            number=row.number,
            time=row.time,
            about=row.about,
            title=Said.of(title(row.tag)),
        ),
        lambda row: (row.index,),
    )
