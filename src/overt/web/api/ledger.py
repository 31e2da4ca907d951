"""The ledger: how it stands, its checkpoints, its entries with proofs and receipts, an audit of all of it.

```
GET  /v1/ledger                              size, key, latest checkpoint, witnesses, what is wrong
GET  /v1/ledger/checkpoints                  what was signed, the largest first
GET  /v1/ledger/entries                      what happened, the newest first
GET  /v1/ledger/entries/{index}              one entry and its proof
GET  /v1/ledger/entries/{index}/receipt      its receipt (COSE)
POST /v1/ledger/audits                       hashes everything again
```
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from overt.ledger import merkle
from overt.store import life as lives
from overt.store import standing as standings
from overt.store.log import entry_at
from overt.store.standing import Listed, Signed
from overt.web import acts
from overt.web import standing as ours
from overt.web.access import Who, needs
from overt.web.api.jobs import STARTED, WAIT, Wait, started
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within

router = APIRouter(prefix="/v1/ledger", tags=["ledger"], dependencies=[needs("ledger:read")])
Index = Annotated[int, Path(ge=0, le=2**31 - 1, description="the entry's index")]


class SignedCheckpoint(BaseModel):
    """A checkpoint that was signed; `note` is the signed note (C2SP tlog-checkpoint) with its cosignatures."""

    size: int
    root: str
    time: str
    witnesses: tuple[str, ...]
    stamped: bool = Field(description="whether it has an RFC 3161 time stamp")
    holds: bool | None = Field(description="whether the log's key, or a former one, signed it")
    note: str


class HowItStands(BaseModel):
    """The ledger now."""

    size: int
    origin: str = Field(examples=["Example-Studio/overt"])
    key: str = Field(description="the log's key as tools for signed notes take it")
    latest: SignedCheckpoint | None
    waiting: int = Field(description="entries that are newer than the latest checkpoint")
    since: str = Field(description="when the oldest of them was written")
    witnesses: tuple[str, ...]
    missing: tuple[str, ...] = Field(description="witnesses that did not cosign the latest checkpoint")
    time_stamps: str = Field(description="the time-stamping authority")
    trouble: list[Said]


class LedgerEntry(BaseModel):
    """What everybody may see of an entry. None of the ids in `about` names a person."""

    index: int
    tag: str = Field(examples=["gate:decision:sign"])
    stream: str
    number: int
    time: str
    about: tuple[str, ...]


class ProvedEntry(LedgerEntry):
    """One entry with its bytes, and its inclusion proof under the latest checkpoint, verified while you waited."""

    entry: str = Field(description="the leaf's data: canonical JSON")
    leaf_hash: str
    tree_size: int
    root: str
    path: list[str] = Field(description="the audit path (RFC 9162, 2.1.3), Base64")
    proof: lives.Proof
    opens: bool | None


@router.get("", operation_id="getLedger", responses=problems())
def stands(house: House, _: Within) -> HowItStands:
    """How the ledger stands."""
    now = ours.standing(house)
    trouble = now.trouble(datetime.now(UTC), house.setup.settings.ledger.interval)
    return HowItStands(
        size=now.size,
        origin=now.origin,
        key=now.key,
        latest=_signed(now.latest) if now.latest else None,
        waiting=now.waiting,
        since=now.since,
        witnesses=now.named,
        missing=now.missing,
        time_stamps=now.tsa,
        trouble=[Said.of(each) for each in trouble],
    )


@router.get("/checkpoints", operation_id="listCheckpoints", responses=problems())
def checkpoints(house: House, _: Within, most: Most = 50, after: After = "") -> Page[SignedCheckpoint]:
    """The checkpoints that were signed, the largest first."""
    place = place_of(after, int)
    rows = ours.checkpoints(house, most + 1, place[0] if place else None)
    return page_of(rows, most, _signed, lambda row: (row.checkpoint.size,))


@router.get("/entries", operation_id="listLedgerEntries", responses=problems())
def entries(
    house: House,
    within: Within,
    most: Most = 50,
    after: After = "",
    tag: Annotated[str, Query(max_length=64, description="a tag, or its beginning up to a colon")] = "",
    about: Annotated[str, Query(max_length=128, description="an id: content, decision, consent, case")] = "",
) -> Page[LedgerEntry]:
    """The entries, the newest first."""
    place = place_of(after, int)
    rows = standings.entries(
        house.store, most + 1, below=place[0] if place else None, tag=tag, about=about, scope=within
    )
    return page_of(rows, most, listed, lambda row: (row.index,))


@router.get("/entries/{index}", operation_id="getLedgerEntry", responses=problems(404))
def entry(house: House, index: Index) -> ProvedEntry:
    """One entry, with its proof under the latest checkpoint, or under the tree as it is where that is newer."""
    return proved(house, index)


@router.get(
    "/entries/{index}/receipt",
    operation_id="getEntryReceipt",
    response_class=Response,
    responses={200: {"content": {"application/cose": {}}, "description": "the receipt"}, **problems(404)},
)
def receipt(house: House, index: Index) -> Response:
    """The receipt of an entry (COSE, RFC 9942), which anybody can check offline with the log's key."""
    with ours.ledger_of(house) as ledger:
        if ledger is None or index >= house.store.tree.view().size:
            raise _no_entry(index)
        data = ledger.receipt(index)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{index}.cose"'}
    return Response(data, media_type="application/cose", headers=headers)


@router.post("/audits", operation_id="auditLedger", status_code=201, responses=STARTED | problems(503))
async def audit(request: Request, house: House, who: Who, wait: Wait = WAIT) -> Response:
    """Hashes the whole ledger again, and compares it with all that was said of it."""
    return await started(request, house, acts.audit(house, who), wait)


def proved(house: Site, index: int) -> ProvedEntry:
    """One entry with its proof. Raises `StatusError` where there is none."""
    with house.store.reading() as connection:
        try:
            logged = entry_at(connection, house.store.vault, index)
        except LookupError as error:
            raise _no_entry(index) from error
    checkpoint = ours.checkpoint_of(house)
    step = lives.proved(house.store, [lives.step(logged)], checkpoint)[0]
    view = house.store.tree.view()
    size = checkpoint.size if checkpoint and index < checkpoint.size <= view.size else view.size
    about = standings.entries(house.store, 1, below=index + 1)[0].about
    return ProvedEntry(
        index=index,
        tag=step.entry.tag,
        stream=step.entry.stream,
        number=step.entry.number,
        time=step.entry.time,
        about=about,
        entry=logged.entry.decode("utf-8", "replace"),
        leaf_hash=merkle.leaf_hash(logged.entry).hex(),
        tree_size=size,
        root=view.root_at(size).hex(),
        path=[base64.b64encode(each).decode() for each in view.inclusion(index, size)],
        proof=step.proof,
        opens=step.opens,
    )


def listed(row: Listed) -> LedgerEntry:
    """An entry as the API tells it."""
    return LedgerEntry.model_validate(row, from_attributes=True)


def _signed(row: Signed) -> SignedCheckpoint:
    return SignedCheckpoint(
        size=row.checkpoint.size,
        root=row.checkpoint.root.hex(),
        time=row.time,
        witnesses=row.witnesses,
        stamped=row.stamped,
        holds=row.holds,
        note=row.note,
    )


def _no_entry(index: int) -> StatusError:
    return StatusError(404, f"there is no entry {index}", f"没有第 {index} 条")
