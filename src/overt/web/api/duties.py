"""Duties for programs: where each stands, what its evidence leads to, papers, people's answers, the rulebooks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from overt.duties.board import Board, boards, checked
from overt.duties.choice import Choice, within
from overt.duties.export import MEDIA_TYPES, Form
from overt.duties.model import Standing, State
from overt.duties.proofs import Proof, pieces, proof
from overt.duties.told import counts, duty_json
from overt.duties.view import View
from overt.errors import UsageError
from overt.rulebook import available, load
from overt.web import papers
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within

router = APIRouter(prefix="/v1", tags=["duties"])
_READ = [needs("duties:read")]
Book = Annotated[str, Query(max_length=32, description="id of a rulebook; the set-up's own where empty")]
Chosen = Annotated[Choice, Depends(Choice)]


class Row(BaseModel):
    """One duty of the register."""

    id: str = Field(examples=["DS-16a"])
    instrument: str = Field(examples=["DS"])
    article: str
    text: Said
    actors: list[str]
    mark: str = Field(description="how far the duty is verified: read, read2, memory, ours")
    state: State
    stated_only: bool
    reason: Said


class Register(Page[Row]):
    """A page of the register, with the totals of all duties."""

    rulebook: str
    digest: str = Field(description="SHA-256 of the rulebook with the operator's numbers")
    at: str
    entries: int = Field(description="ledger entries that this is about")
    counts: dict[State, int]
    overridden: list[dict[str, Any]]


class Piece(BaseModel):
    """One piece of evidence. `key` leads to its proof."""

    key: str
    control: str
    kind: str
    shows: Said
    value: str
    entry: int | None
    at: str


class One(Row):
    """One duty, with everything that is known of it."""

    duty: dict[str, Any] = Field(description="the duty as the rulebook has it, with the operator's numbers")
    controls: list[dict[str, Any]]
    evidence: list[Piece]


class InTree(BaseModel):
    """An entry of the ledger, verified on the spot."""

    index: int
    tag: str
    time: str
    commitment: str
    leaf: str
    tree_size: int
    root: str
    path: list[str]
    verified: bool
    opening: str = Field(description="fits, differs, sealed, gone")
    event: dict[str, Any]


class Signature(BaseModel):
    """The signature over a statement or a determination."""

    genuine: bool
    key: str
    ours: bool


class Proved(BaseModel):
    """What a piece of evidence leads to, looked up now."""

    key: str
    shows: Said
    value: str
    now: str | None = Field(description="what the same control finds now; null where it finds nothing")
    entry: InTree | None
    signature: Signature | None
    setting: dict[str, str] | None
    checkpoint: str


class Export(BaseModel):
    """A paper to be made."""

    form: Form = "pdf"
    languages: str = Field(default="both", pattern="^(zh|en|both)$")
    rulebook: str = Field(default="", max_length=32)


class Rulebook(BaseModel):
    """One rulebook that comes with Overt."""

    id: str
    jurisdiction: Said
    duties: int
    digest: str
    applies: bool = Field(description="whether it is the set-up's own")


@router.get("/duties", operation_id="listDuties", dependencies=_READ, responses=problems())
def every(
    house: House, scope: Within, choice: Chosen, rulebook: Book = "", most: Most = 50, after: After = ""
) -> Register:
    """Where the duties stand, in the order of the rulebook."""
    board = _board(house, rulebook)
    seen = within(board.standings, scope.instruments)
    rows = list(choice.of(seen))
    if place := place_of(after, str):
        ids = [each.duty.id for each in board.standings]
        start = ids.index(place[0]) + 1 if place[0] in ids else 0
        later = set(ids[start:])
        rows = [each for each in rows if each.duty.id in later]
    page = page_of(rows[: most + 1], most, _row, lambda each: (each.duty.id,))
    book = board.view.rulebook
    return Register(
        items=page.items,
        next=page.next,
        rulebook=book.id,
        digest=book.digest(),
        at=board.at.isoformat(timespec="seconds"),
        entries=board.size,
        counts=counts(seen),
        overridden=[each.model_dump(mode="json") for each in book.overridden],
    )


@router.post(
    "/duties/exports",
    operation_id="exportDuties",
    dependencies=_READ,
    response_class=Response,
    responses={
        200: {"description": "the paper", "content": {each: {} for each in MEDIA_TYPES.values()}},
        **problems(),
    },
)
def export(house: House, who: Who, wanted: Export) -> Response:
    """A paper of what stands now, with the ledger's checkpoint, signed; its making goes into the ledger."""
    named = checked(wanted.rulebook, house.setup)
    languages = papers.LANGUAGES[wanted.languages]
    return papers.answer(papers.paper(house, named, wanted.form, languages, who.post))


@router.get("/duties/{duty}", operation_id="getDuty", dependencies=_READ, responses=problems(404))
def one(house: House, duty: str, rulebook: Book = "") -> One:
    """One duty, with its evidence."""
    board = _board(house, rulebook)
    found = _of(board, duty)
    told = duty_json(found)
    return One(
        **_row(found).model_dump(),
        duty=found.duty.model_dump(mode="json"),
        controls=told["controls"],
        evidence=[
            Piece(
                key=piece.key,
                control=piece.control.id if piece.control else "",
                kind=piece.evidence.kind,
                shows=Said.of(piece.evidence.shows),
                value=piece.evidence.value,
                entry=piece.evidence.entry,
                at=piece.evidence.at,
            )
            for piece in pieces(found)
        ],
    )


@router.get("/duties/{duty}/proofs/{key}", operation_id="getProof", dependencies=_READ, responses=problems(404))
def evidence(house: House, duty: str, key: str, rulebook: Book = "") -> Proved:
    """What one piece of evidence leads to, verified on the spot."""
    found = _of(_board(house, rulebook), duty)
    shown = proof(found, key, View.on(house.setup, house.store, rulebook))
    if shown is None:
        raise StatusError(404, "there is no such evidence", "没有这项证据")
    return _proved(shown)


@router.get("/rulebooks", operation_id="listRulebooks", dependencies=_READ, responses=problems())
def rulebooks(house: House) -> Page[Rulebook]:
    """The rulebooks that there are."""
    own = house.rulebook
    books = [own if name == own.id else load(name) for name in available()]
    return Page(
        items=[
            Rulebook(
                id=each.id,
                jurisdiction=Said.of(each.jurisdiction),
                duties=len(each.duties),
                digest=each.digest(),
                applies=each.id == own.id,
            )
            for each in books
        ]
    )


def _board(house: Site, rulebook: str) -> Board:
    return boards(house.store).drawn(house.setup, house.store, checked(rulebook, house.setup))


def _of(board: Board, duty: str) -> Standing:
    try:
        return board.of(duty)
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh) from error


def _row(each: Standing) -> Row:
    duty = each.duty
    return Row(
        id=duty.id,
        instrument=duty.instrument,
        article=duty.article,
        text=Said.of(duty.text),
        actors=list(duty.actors),
        mark=duty.mark,
        state=each.state,
        stated_only=each.stated_only,
        reason=Said.of(each.reason),
    )


def _proved(shown: Proof) -> Proved:
    found, signed, setting = shown.entry, shown.signed, shown.setting
    return Proved(
        key=shown.piece.key,
        shows=Said.of(shown.piece.evidence.shows),
        value=shown.piece.evidence.value,
        now=shown.now.value if shown.now else None,
        entry=InTree(
            index=found.index,
            tag=found.entry.tag,
            time=found.entry.time,
            commitment=found.entry.commitment.hex(),
            leaf=found.leaf.hex(),
            tree_size=found.size,
            root=found.root.hex(),
            path=[each.hex() for each in found.path],
            verified=found.held,
            opening=found.opened,
            event=found.event,
        )
        if found
        else None,
        signature=Signature(genuine=signed.genuine, key=signed.key, ours=signed.ours) if signed else None,
        setting={"name": setting.name, "value": setting.value} if setting else None,
        checkpoint=shown.checkpoint,
    )
