"""Contents: found in the record, their lives, marked and released, searched for by a file, remembered when reported.

```
GET    /v1/contents                     the record, filtered, by pages
POST   /v1/contents                     marks and releases a file
GET    /v1/contents/{id}                a whole life, each step with its proof
GET    /v1/contents/{id}/preview        a small picture
POST   /v1/contents/searches            where a file leads to
POST   /v1/contents/reported            remembers a reported file by its fingerprints
DELETE /v1/contents/reported/{id}       forgets it
```
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from overt.access.model import Principal
from overt.access.warrant import Scope
from overt.ledger.checkpoint import Checkpoint
from overt.store import life as lives
from overt.store import search
from overt.store.life import Life, Proof, Step
from overt.store.previews import Preview
from overt.store.report_book import ReportBook
from overt.store.search import Kind, Row, Wanted
from overt.web import acts, uploads
from overt.web.access import Who, needs
from overt.web.api.jobs import STARTED, WAIT, Wait, form, started
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.covering import Cover, Covering, covering
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within, scope_of
from overt.web.standing import checkpoint_of

router = APIRouter(prefix="/v1/contents", tags=["contents"])
_READ = [needs("contents:read")]
_TECHNIQUE = "a technique of the Deep Synthesis Provisions (`face_replacement`); may stand more than once"
ContentId = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z-]{2,64}$", description="content id")]


def asked(
    q: Annotated[
        str,
        Query(max_length=200, description="an id or a hash: content, watermark (16 or 10 digits), SHA-256, decision"),
    ] = "",
    kind: Annotated[Literal["", "released", "distributed", "reported"], Query()] = "",
    producer: Annotated[str, Query(max_length=128, description="producer, or propagator of what others made")] = "",
    technique: Annotated[str, Query(max_length=64, examples=["face_replacement"])] = "",
    media_type: Annotated[str, Query(max_length=128, description="`image/png`, or `image` for all")] = "",
    attribute: Annotated[
        Literal["", "1", "2", "3"], Query(description="of what others made: 1 is, 2 may be, 3 is suspected")
    ] = "",
    since: Annotated[str, Query(max_length=32, description="UTC: a day or a moment", examples=["2026-11-01"])] = "",
    before: Annotated[str, Query(max_length=32, description="UTC: a day or a moment, not included")] = "",
) -> Wanted:
    """What is looked for; everything that is given has to fit."""
    chosen: Kind | None = kind or None
    return Wanted(q.strip(), chosen, producer, technique, media_type, attribute).within(since, before)


Asked = Annotated[Wanted, Depends(asked)]


class Content(BaseModel):
    """One content of the record: released by us, distributed for others, or remembered because it was reported."""

    kind: Kind
    id: str = Field(description="content id, propagation number, or number of the report")
    sha256: str
    media_type: str = Field(examples=["image/png"])
    made: str = Field(description="when it was released, written or remembered (UTC)")
    maker: str = Field("", description="producer, or propagator")
    techniques: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    attribute: str = ""
    reason: str = Field("", description="why it is remembered")
    recalled: str = Field("", description="since when a consent that it rests on is withdrawn")
    ledger_index: int


class LedgerStep(BaseModel):
    """One entry of a life. `facts` differ by tag, and are empty for what your post may not see."""

    index: int
    tag: str = Field(examples=["marking:content:release"])
    time: str
    about: str = Field(description="the id under which it was found")
    facts: dict[str, Any]
    opens: bool | None = Field(description="whether what opens the entry is what it commits to; null: it opens no more")
    proof: Proof = Field(description="whether the entry lies under the checkpoint")


class Held(BaseModel):
    """A legal hold on it."""

    id: str
    reason: str
    authority: str
    until: str


class Shown(BaseModel):
    """What can be shown of it."""

    pictures: list[str]
    seconds: float = 0
    excerpt: str = ""


class WholeLife(BaseModel):
    """Everything that the record knows of one content."""

    content: Content
    source_sha256: str
    decisions: tuple[str, ...]
    consents: tuple[str, ...]
    watermark_ids: tuple[str, ...]
    manifest: str
    iscc: str
    delivered_unlabelled: str = Field(description="when it went to a recipient without explicit label; empty: never")
    differs: tuple[str, ...] = Field(
        description="what the record says otherwise than its ledger entry; `entry`: that entry is not there"
    )
    steps: list[LedgerStep]
    checkpoint: int | None = Field(description="entries under the checkpoint that the steps were checked against")
    holds: list[Held]
    same_bytes: list[Content]
    preview: Shown


@router.get("", operation_id="listContents", dependencies=_READ, responses=problems())
def every(house: House, who: Who, within: Within, wanted: Asked, most: Most = 50, after: After = "") -> Page[Content]:
    """The contents that fit, the newest first."""
    rows = found(house, who, within, wanted, most + 1, after)
    return page_of(rows, most, content, lambda row: (row.ledger_index,))


@router.post(
    "",
    operation_id="markContent",
    status_code=201,
    openapi_extra=form("file", "technique", technique=_TECHNIQUE, decision="the id of what the gate answered"),
    dependencies=[needs("contents:mark")],
    responses=STARTED | problems(408, 413, 415, 422, 503),
)
async def mark(request: Request, house: House, who: Who, wait: Wait = WAIT) -> Response:
    """Marks a file, reads the marks back, records and releases it. The marked file is fetched from the job.

    A form with `file`, `technique` (once or more often), and `decision`: the id of what the gate answered, needed
    where the gate is on. What the gate does not permit is a 403 with every reason in both languages.
    """
    async with uploads.received(request) as upload:
        techniques = upload.repeated.get("technique", [])
        task = acts.mark(house, who, upload, techniques, decision=upload.fields.get("decision", "").strip())
    return await started(request, house, task, wait, "/v1/contents/{content_id}")


@router.post(
    "/searches",
    operation_id="searchByFile",
    status_code=201,
    openapi_extra=form(text="a text that is searched for, in place of a file"),
    dependencies=_READ,
    responses=STARTED | problems(408, 413, 503),
)
async def by_file(request: Request, house: House, who: Who, wait: Wait = WAIT) -> Response:
    """Where a picture, a film, a sound or a text leads to: candidates, each with what led there and its error rate.

    A form with `file`, or with `text`. `outcome` is `found`, `not-found`, or `could-not-tell`, which is not the same.
    The file is not kept.
    """
    async with uploads.received(request) as upload:
        task = acts.search(house, who, upload, upload.fields.get("text", ""))
    return await started(request, house, task, wait)


@router.post(
    "/reported",
    operation_id="rememberReported",
    status_code=201,
    openapi_extra=form("file", "reason", reason="why it is remembered, in up to 500 characters"),
    dependencies=[needs("contents:remember")],
    responses=STARTED | problems(408, 413, 415, 422, 503),
)
async def remember(request: Request, house: House, who: Who, wait: Wait = WAIT) -> Response:
    """Keeps the fingerprints of a reported file, so that it is known when it comes again. The file is not kept.

    A form with `file` and `reason`.
    """
    async with uploads.received(request) as upload:
        task = acts.remember(house, who, upload, upload.fields.get("reason", ""))
    return await started(request, house, task, wait, "/v1/contents/{report_id}")


@router.delete(
    "/reported/{report_id}",
    operation_id="forgetReported",
    status_code=204,
    dependencies=[needs("contents:remember")],
    responses=problems(404),
)
def forget(house: House, report_id: ContentId) -> None:
    """Deletes what is kept of a reported content; the ledger keeps that it was there."""
    if house.store.forget(report_id) is None:
        raise _nothing()


@router.get("/{content_id}", operation_id="getContent", dependencies=_READ, responses=problems(404))
def one(request: Request, house: House, who: Who, content_id: ContentId) -> WholeLife:
    """The whole life of a content, each step checked against the latest checkpoint while you wait."""
    return told(life_of(request, house, who, content_id))


@router.get(
    "/{content_id}/preview",
    operation_id="getPreview",
    dependencies=_READ,
    response_class=FileResponse,
    responses={200: {"content": {"image/webp": {}}, "description": "a small picture"}, **problems(404)},
)
def preview(
    house: House, cover: Cover, content_id: ContentId, number: Annotated[int, Query(ge=0, le=100)] = 0
) -> FileResponse:
    """A small picture of a content; of a film, one of several moments. Inspectors uncover a reported one first."""
    if covered(house, cover, content_id):
        raise StatusError(403, "this is covered", "该内容已遮盖")
    pictures = house.store.previews.get(content_id).pictures if house.store.previews else ()
    if number >= len(pictures):
        raise StatusError(404, "there is no picture of it", "没有此内容的图片")
    return FileResponse(pictures[number].path, media_type="image/webp")


def found(house: Site, who: Principal, scope: Scope, wanted: Wanted, most: int, after: str = "") -> list[Row]:
    """The rows that fit and that this principal may see, below the place where a page ended."""
    place = place_of(after, int)
    rows = search.find(house.store, wanted, most, place[0] if place else None, scope)
    return _seen(who, rows)


def _seen(who: Principal, rows: Iterable[Row]) -> list[Row]:
    """The rows as this principal may see them: why something was reported stands in the reports."""
    return [row if who.may("reports:read") else replace(row, reason="") for row in rows]


def life_of(request: Request, house: Site, who: Principal, content_id: str) -> Life:
    """A life as this principal may see it. Raises `StatusError` where there is none."""
    checkpoint: Checkpoint | None = checkpoint_of(house)
    life = lives.life(house.store, content_id, checkpoint, scope_of(request))
    if life is None:
        raise _nothing()
    row, *same = _seen(who, (life.row, *life.same))
    return replace(
        life,
        preview=Preview() if covered(house, covering(request, house, who), content_id) else life.preview,
        row=row,
        same=tuple(same),
        steps=lives.for_reader(life.steps, who.may),
        decisions=life.decisions if who.may("decisions:read") else (),
        consents=life.consents if who.may("consents:read") else (),
        holds=life.holds if who.may("duties:read") else (),
    )


def covered(house: Site, cover: Covering, content_id: str) -> str:
    """Whose likeness a content shows that has to be uncovered first; empty where it may be seen."""
    person = ReportBook(house.store).shown(content_id)
    return "" if person is None or cover.may_see(person, needed=True) else person


def content(row: Row) -> Content:
    """A row as the API tells it."""
    return Content.model_validate(row, from_attributes=True)


def told(life: Life) -> WholeLife:
    """A life as the API tells it."""
    row = life.row
    return WholeLife(
        content=content(row),
        source_sha256=life.source_sha256,
        decisions=life.decisions,
        consents=life.consents,
        watermark_ids=life.watermark,
        manifest=life.manifest,
        iscc=life.iscc,
        delivered_unlabelled=life.delivered,
        differs=life.differs,
        steps=[_step(each) for each in life.steps],
        checkpoint=life.checkpoint.size if life.checkpoint else None,
        holds=[Held.model_validate(each, from_attributes=True) for each in life.holds],
        same_bytes=[content(each) for each in life.same],
        preview=Shown(
            pictures=[f"/v1/contents/{row.id}/preview?number={n}" for n, _ in enumerate(life.preview.pictures)],
            seconds=life.preview.seconds,
            excerpt=life.preview.excerpt,
        ),
    )


def _step(each: Step) -> LedgerStep:
    return LedgerStep(
        index=each.index,
        tag=each.entry.tag,
        time=each.entry.time,
        about=each.about,
        facts=each.facts,
        opens=each.opens,
        proof=each.proof,
    )


def _nothing() -> StatusError:
    return StatusError(404, "no content has this id", "没有此编号的内容")
