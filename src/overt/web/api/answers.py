"""People's answers for programs: statements on duties, determinations of facts."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from overt.duties import answering
from overt.duties.board import boards, checked
from overt.duties.factfile import Answer
from overt.duties.view import View
from overt.store.statements import Determined, Stated, Statements
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.house import House

router = APIRouter(prefix="/v1", tags=["duties"])
_READ = [needs("duties:read")]
_STATE = [needs("duties:state")]
Book = Annotated[str, Query(max_length=32, description="id of a rulebook; the set-up's own where empty")]


class Statement(BaseModel):
    """A statement on duties."""

    id: str
    duties: list[str]
    topic: str
    text: str
    owner: str
    made: str
    expires: str
    document: str
    withdrawn: str
    sound: bool = Field(description="whether its signature and its ledger entry fit")
    entry: int
    public_key: str
    signature: str


class Stating(BaseModel):
    """A statement to be signed with the set-up's key."""

    duties: list[str] = Field(min_length=1, max_length=400, examples=[["DS-08b"]])
    text: str = Field(min_length=1, max_length=4000)
    owner: str = Field(min_length=1, max_length=256, description="a post, no person's name")
    expires: date
    topic: str = Field(default="", max_length=64)
    document: str = Field(default="", max_length=64, description="SHA-256 of a document, in hexadecimal")


class Withdrawing(BaseModel):
    """Why a statement is taken back, and who answers for it."""

    reason: str = Field(min_length=1, max_length=4000)
    owner: str = Field(min_length=1, max_length=256)


class Fact(BaseModel):
    """A fact about the service, and what was determined of it. `value` is null where nothing counts now."""

    name: str = Field(examples=["public_opinion"])
    title: Said
    value: bool | None
    duties: list[str] = Field(description="duties that depend on it")
    reasons: str
    owner: str
    review_by: str
    entry: int | None


class Determining(BaseModel):
    """What is to be determined of one fact."""

    fact: str = Field(max_length=64)
    value: bool
    reasons: str = Field(min_length=1, max_length=4000)
    owner: str = Field(min_length=1, max_length=256)
    review_by: date
    document: str = Field(default="", max_length=64)


class Made(BaseModel):
    """The ids of what was determined, with their ledger entries."""

    determined: list[dict[str, str | int]]


@router.get("/statements", operation_id="listStatements", dependencies=_READ, responses=problems())
def statements(house: House, most: Most = 50, after: After = "") -> Page[Statement]:
    """Statements on duties, the newest first; withdrawn and expired ones too."""
    place = place_of(after, int)
    rows = [each for each in Statements(house.store).stated() if not place or each.entry < place[0]]
    return page_of(rows[: most + 1], most, _statement, lambda each: (each.entry,))


@router.post("/statements", operation_id="makeStatement", status_code=201, dependencies=_STATE, responses=problems())
def state(house: House, who: Who, said: Stating) -> Statement:
    """Signs and keeps a statement, which has to count for each of its duties."""
    view = View.on(house.setup, house.store)
    made = answering.state(
        view, said.duties, said.text, said.owner, said.expires, topic=said.topic, document=said.document, by=who.post
    )
    boards(house.store).forget()
    return _statement(made)


@router.post(
    "/statements/{number}/withdraw",
    operation_id="withdrawStatement",
    status_code=204,
    dependencies=_STATE,
    responses=problems(),
)
def withdraw(house: House, who: Who, number: str, why: Withdrawing) -> None:
    """Takes a statement back."""
    Statements(house.store).withdraw(number, why.reason, why.owner, by=who.post)
    boards(house.store).forget()


@router.get("/determinations", operation_id="listFacts", dependencies=_READ, responses=problems())
def facts(house: House, rulebook: Book = "") -> Page[Fact]:
    """All facts of a rulebook, with what was determined of each."""
    view = View.on(house.setup, house.store, checked(rulebook, house.setup))
    touched = answering.touched(view)
    items = []
    for name, title in view.rulebook.facts.items():
        found: Determined | None = view.determined.get(name)
        said = found.determination if found else None
        items.append(
            Fact(
                name=name,
                title=Said.of(title),
                value=view.fact(name),
                duties=[each.id for each in touched[name]],
                reasons=said.reasons if said else "",
                owner=said.owner if said else "",
                review_by=said.review_by if said else "",
                entry=found.entry if found else None,
            )
        )
    return Page(items=items)


@router.post(
    "/determinations", operation_id="determineFacts", status_code=201, dependencies=_STATE, responses=problems()
)
def determine(
    house: House, who: Who, said: Annotated[list[Determining], Field(min_length=1, max_length=200)], rulebook: Book = ""
) -> Made:
    """Signs and keeps determinations: all of them, or none."""
    view = View.on(house.setup, house.store, checked(rulebook, house.setup))
    answers = [Answer(each.fact, each.value, each.reasons, each.owner, each.review_by, each.document) for each in said]
    made = answering.determine(view, answers, by=who.post)
    boards(house.store).forget()
    return Made(
        determined=[
            {"fact": each.determination.fact, "id": each.determination.id, "entry": each.entry} for each in made
        ]
    )


def _statement(each: Stated) -> Statement:
    said = each.statement
    return Statement(
        id=said.id,
        duties=list(said.duties),
        topic=said.topic,
        text=said.text,
        owner=said.owner,
        made=said.made,
        expires=said.expires,
        document=said.document,
        withdrawn=each.withdrawn,
        sound=each.sound,
        entry=each.entry,
        public_key=said.public_key,
        signature=said.signature,
    )
