"""The people's queue for programs: take, look, answer, renew, put back, and fetch what an answer releases.

The same as `/console/review`. A program reviews under its key's name, and two pairs of eyes are two names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse

from overt.access.model import Principal
from overt.gate.review.queue import Answer, Item, Seen
from overt.store import review_lists
from overt.store.review_lists import Listed, Which
from overt.store.reviews import MOST_WORDS
from overt.web import held, reviewing
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.material import SANDBOXED, streamed

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])
Number = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="the item's id")]
Place = Annotated[int, Path(ge=0, le=10_000, description="the material's place in the item, from 0")]
_PROBLEMS: Final = problems(404, 409, 422)


class ReviewListed(BaseModel):
    """An item of the queue, without what is reviewed."""

    id: str
    decision: str = Field(description="the decision that holds it")
    purpose: str
    categories: list[str]
    priority: int
    eyes: int = Field(description="how many reviewers must agree")
    level: int = Field(description="1: for senior reviewers")
    state: str = Field(description="waiting, claimed or settled")
    added: str
    settled: str
    outcome: str
    followed: str = Field(description="the decision that followed; empty while it has not")
    mine: bool = Field(description="whether the caller has it")

    @classmethod
    def of(cls, each: Listed, who: Principal, at: datetime) -> ReviewListed:
        """From a row."""
        values = {name: getattr(each, name) for name in cls.model_fields if name not in ("state", "mine")}
        standing = each.standing(at)
        return cls(**values, state=standing, mine=standing == "claimed" and each.claimed_by == who.post)


class Remark(BaseModel):
    """Why a material waits."""

    code: str
    text: Said
    duties: list[str]


class MaterialOut(BaseModel):
    """One material. Its file is at `/v1/reviews/{item}/materials/{number}`."""

    number: int
    role: str
    medium: str
    sha256: str
    text: str
    held: bool = Field(description="whether this is what waits; the rest lies beside it")
    file: bool = Field(description="whether its file was kept")
    remarks: list[Remark]


class GivenOut(BaseModel):
    """An answer that was given."""

    reviewer: str
    answer: str
    duties: list[str]
    answered: str
    words: str


class ReviewOut(BaseModel):
    """An item. `materials` is there while the caller has it, and for everybody once it is settled."""

    id: str
    decision: str
    purpose: str
    categories: list[str]
    priority: int
    eyes: int
    level: int
    state: str
    added: str
    lease: str = Field(description="until when the caller has it; empty otherwise")
    settled: str
    outcome: str
    followed: str
    materials: list[MaterialOut]
    answers: list[GivenOut] = Field(description="of two pairs of eyes, one's own alone until both have answered")


class AnswerIn(BaseModel):
    """An answer. Without `words`, the words of the duties are the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"answer": "refuse", "words": "教人诈骗", "duties": ["DS-06a"]}]},
    )

    answer: Answer
    words: str = Field(default="", max_length=MOST_WORDS)
    duties: list[Annotated[str, Field(max_length=32)]] = Field(default_factory=list, max_length=50)


class LeaseOut(BaseModel):
    """Until when the caller has the item."""

    lease: str


class MarkedOut(BaseModel):
    """How far the marked file is: `running`, then `ready` to be fetched by GET."""

    state: str


@router.get("", dependencies=[needs("reviews:read")], operation_id="listReviews", responses=_PROBLEMS)
def every(
    house: House,
    who: Who,
    state: Annotated[Which, Query(description="what waits or is being reviewed; or what was settled")] = "waiting",
    most: Most = 50,
    after: After = "",
) -> Page[ReviewListed]:
    """The queue in the order in which it is given out, or what was settled, the latest first."""
    now = datetime.now(UTC)
    place = place_of(after, int, int, str, str)
    rows = review_lists.page(house.store, state, most, place)
    return page_of(rows, most, lambda each: ReviewListed.of(each, who, now), lambda each: each.place)


@router.post(
    "/next",
    dependencies=[needs("reviews:answer")],
    operation_id="takeNextReview",
    response_model=ReviewOut,
    responses={**_PROBLEMS, 204: {"description": "nothing waits for the caller"}},
)
def take(house: House, who: Who) -> Any:
    """Takes the next item, or returns the one that the caller has already."""
    found = reviewing.take(house, who)
    return _out(house, who, found) if found else Response(status_code=204)


@router.get("/{item}", dependencies=[needs("reviews:read")], operation_id="getReview", responses=_PROBLEMS)
def one(house: House, who: Who, item: Number) -> ReviewOut:
    """One item."""
    return _out(house, who, reviewing.item(house, item))


@router.post("/{item}/answer", dependencies=[needs("reviews:answer")], operation_id="answerReview", responses=_PROBLEMS)
def answer(house: House, who: Who, item: Number, told: AnswerIn) -> ReviewOut:
    """Answers an item that the caller has. Once it is settled, what follows is made before this returns."""
    return _out(house, who, reviewing.answer(house, who, item, told.answer, told.words, told.duties))


@router.post("/{item}/renew", dependencies=[needs("reviews:answer")], operation_id="renewReview", responses=_PROBLEMS)
def renew(
    house: House,
    who: Who,
    item: Number,
    *,
    again: Annotated[bool, Query(description="also after the lease was over, if nobody has it")] = False,
) -> LeaseOut:
    """15 minutes more."""
    until = reviewing.queue(house).renew(item, who.post, datetime.now(UTC), again=again)
    if until is None:
        raise reviewing.lost()
    return LeaseOut(lease=until)


@router.post(
    "/{item}/release",
    dependencies=[needs("reviews:answer")],
    operation_id="releaseReview",
    status_code=204,
    responses=_PROBLEMS,
)
def release(house: House, who: Who, item: Number) -> None:
    """Puts an item back unanswered."""
    if not reviewing.queue(house).release(item, who.post):
        raise reviewing.lost()


@router.post("/{item}/follow", dependencies=[needs("reviews:answer")], operation_id="followReview", responses=_PROBLEMS)
def follow(house: House, who: Who, item: Number) -> ReviewOut:
    """Makes what should have followed from a settled item, where a process ended before it could."""
    task = reviewing.follow(house, reviewing.item(house, item).id)
    task.finished.wait(reviewing.PATIENCE)
    if task.error is not None:
        raise task.error
    return _out(house, who, reviewing.item(house, item))


_FILE: Final[dict[int | str, dict[str, Any]]] = {
    **_PROBLEMS,
    200: {"description": "the bytes", "content": {"application/octet-stream": {}}},
    206: {"description": "the part that was asked for"},
}


@router.get(
    "/{item}/materials/{material}",
    dependencies=[needs("reviews:read")],
    operation_id="getReviewMaterial",
    response_class=Response,
    responses=_FILE,
)
def file(request: Request, house: House, who: Who, item: Number, material: Place) -> Response:
    """A material's file."""
    return streamed(request, house, who, item, material)


@router.get(
    "/{item}/materials/{material}/glimpse",
    dependencies=[needs("reviews:read")],
    operation_id="getReviewGlimpse",
    response_class=Response,
    responses={**_PROBLEMS, 200: {"description": "a small picture", "content": {"image/webp": {}, "image/jpeg": {}}}},
)
def glimpse(house: House, who: Who, item: Number, material: Place) -> Response:
    """A small picture of a picture or a film, drawn anew in a guarded process."""
    found = reviewing.glimpse(house, *reviewing.file(house, who, item, material))
    if not found.picture:
        raise StatusError(404, "there is no picture of it", "没有可显示的图片")
    return Response(found.drawn, media_type=found.picture_type, headers=SANDBOXED)


@router.post(
    "/{item}/materials/{material}/marked",
    dependencies=[needs("reviews:answer")],
    operation_id="markReviewedOutput",
    status_code=202,
    responses=_PROBLEMS,
)
def mark(house: House, who: Who, item: Number, material: Place) -> MarkedOut:
    """Begins to mark an output that was passed. Its decision is asked once more; GET fetches the file."""
    task = held.prepare(house, who, item, material)
    if task is not None:
        task.finished.wait(1.0)
        if task.error is not None:
            raise task.error
    return MarkedOut(state="ready" if held.ready(house, item, material) else "running")


@router.get(
    "/{item}/materials/{material}/marked",
    dependencies=[needs("reviews:answer")],
    operation_id="getMarkedOutput",
    response_class=Response,
    responses=_FILE,
)
def marked(house: House, item: Number, material: Place) -> Response:
    """The marked file of an output that was passed."""
    found = held.ready(house, item, material)
    if found is None:
        raise StatusError(404, "there is no marked file", "没有已标识的文件")
    return FileResponse(found.path, media_type=found.media_type, filename=found.path.name, headers=SANDBOXED)


def _out(house: Site, who: Principal, found: Item) -> ReviewOut:
    now = datetime.now(UTC)
    decision = reviewing.decision_of(house, found)
    seen = found.materials if found.open_to(who.post, now) else ()
    names = [name for name in ReviewOut.model_fields if name not in ("lease", "materials", "answers")]
    return ReviewOut(
        **{name: getattr(found, name) for name in names},
        lease=found.lease if found.held_by(who.post, now) else "",
        materials=[_material(n, each, reviewing.remarks(house, decision, found, each)) for n, each in enumerate(seen)],
        answers=[
            GivenOut(
                reviewer=each.reviewer,
                answer=each.answer,
                duties=list(each.duties),
                answered=each.answered,
                words=each.words,
            )
            for each in found.told_to(who.post)
        ],
    )


def _material(number: int, seen: Seen, remarks: list[Any]) -> MaterialOut:
    return MaterialOut(
        number=number,
        role=seen.role,
        medium=seen.medium,
        sha256=seen.sha256,
        text=seen.text,
        held=seen.held,
        file=bool(seen.object),
        remarks=[Remark(code=each.code, text=Said.of(each.text), duties=list(each.duties)) for each in remarks],
    )
