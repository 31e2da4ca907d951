"""Notices for programs: what is published, every version of it; what must be visible; publishing a version; figures.

What is published is open to everybody, as the pages are (`/rules`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field

from overt.duties.visible import duties_of, standing
from overt.errors import UsageError
from overt.language import Text
from overt.store.figures import figures
from overt.store.notices import KINDS, LONGEST, Notices, Published
from overt.store.notices import publish as store_publish
from overt.web.access import Who, needs
from overt.web.api.model import Page, Said
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House

router = APIRouter(prefix="/v1", tags=["notices"])
AnyKind = Annotated[
    Literal[
        "agreement",
        "rules",
        "algorithm",
        "filing",
        "complaints",
        "uses",
        "personal",
        "minors",
        "responsibility",
        "help",
    ],
    Path(description="which text"),
]
_PROBLEMS: Final = problems(404)


class NoticeOut(BaseModel):
    """One version of a published text."""

    kind: str
    title: Said
    version: str
    text: Said
    sha256: str = Field(description="of the text in both languages, as canonical JSON")
    valid_from: str
    covers: list[str] = Field(description="duties that its publisher says it states")
    entry: int = Field(description="the ledger entry of its publication")

    @classmethod
    def of(cls, each: Published) -> NoticeOut:
        """From a version."""
        return cls(
            kind=each.kind,
            title=Said.of(each.title),
            version=each.version,
            text=Said.of(each.text),
            sha256=each.sha256,
            valid_from=each.valid_from,
            covers=list(each.covers),
            entry=each.entry,
        )


class Publishing(BaseModel):
    """A version to be published. It applies from `valid_from`, or at once."""

    zh: str = Field(min_length=1, max_length=LONGEST, examples=["# 基本原理\n扩散模型根据文字生成图片。"])
    en: str = Field(min_length=1, max_length=LONGEST, examples=["# Principle\nA diffusion model makes pictures."])
    covers: list[str] = Field(default=[], max_length=20, examples=[["AR-16b"]])
    valid_from: AwareDatetime | None = None
    version: str = Field(default="", max_length=64, description="of the agreement and the rules alone: its name")


class VisibleOut(BaseModel):
    """One thing that must be visible, and how it stands."""

    audience: Literal["public", "users", "viewers"]
    what: Said
    duties: list[str]
    kind: str = Field(description="the text that states it; empty where it is shown by other means")
    version: str = Field(description="the version that applies; empty where none does")
    missing: list[str] = Field(description="duties that the text does not state")


class FiguresOut(BaseModel):
    """Figures of a calendar year (UTC). Null is a count too small to be told."""

    year: int
    released: int | None
    techniques: dict[str, int | None]
    decisions: dict[str, int | None]
    reports: int | None
    kinds: dict[str, int | None]
    outcomes: dict[str, int | None]
    hours: float | None = Field(description="median time from a report to its answer")


@router.get("/notices", operation_id="listNotices", responses=_PROBLEMS)
def every(house: House) -> Page[NoticeOut]:
    """The version that applies of each text."""
    texts, now = Notices(house.store), datetime.now(UTC)
    found = (texts.current(kind, now) for kind in KINDS)
    return Page(items=[NoticeOut.of(each) for each in found if each])


@router.get("/notices/{kind}", operation_id="listNoticeVersions", responses=_PROBLEMS)
def versions(house: House, kind: AnyKind) -> Page[NoticeOut]:
    """All versions of a text, the one that applies last first."""
    return Page(items=[NoticeOut.of(each) for each in Notices(house.store).versions(kind)])


@router.get("/notices/{kind}/{version}", operation_id="getNotice", responses=_PROBLEMS)
def one(house: House, kind: AnyKind, version: Annotated[str, Path(max_length=64)]) -> NoticeOut:
    """One version."""
    found = Notices(house.store).version(kind, version)
    if found is None:
        raise StatusError(404, "there is no such version", "没有这个版本")
    return NoticeOut.of(found)


@router.post(
    "/notices/{kind}",
    operation_id="publishNotice",
    status_code=201,
    dependencies=[needs("texts:publish")],
    responses=problems(404, 422),
)
def publish(house: House, who: Who, kind: AnyKind, publishing: Publishing) -> NoticeOut:
    """Publishes the next version of a notice."""
    if unknown := [each for each in publishing.covers if each not in duties_of(kind)]:
        told = ", ".join(unknown)
        raise StatusError(422, f"this notice cannot state {told}", f"这种公示不能载明 {told}", hint=_COVERS)
    try:
        text = Text(zh=publishing.zh, en=publishing.en)
        made = store_publish(
            house.store,
            kind,
            text,
            who.post,
            covers=publishing.covers,
            valid_from=publishing.valid_from,
            version=publishing.version,
        )
    except UsageError as error:
        raise StatusError(422, error.message.en, error.message.zh, hint=error.hint) from error
    return NoticeOut.of(made)


@router.get("/visible", operation_id="listVisible", dependencies=[needs("duties:read")], responses=_PROBLEMS)
def visible(house: House) -> Page[VisibleOut]:
    """What the law wants to be visible, and what is."""
    rows = standing(house.rulebook, Notices(house.store), datetime.now(UTC))
    return Page(
        items=[
            VisibleOut(
                audience=each.row.audience,
                what=Said.of(each.row.what),
                duties=[duty.id for duty in each.duties],
                kind=each.row.kind,
                version=each.current.version if each.current else "",
                missing=[duty.id for duty in each.missing],
            )
            for each in rows
        ]
    )


@router.get("/figures/{year}", operation_id="getFigures", responses=_PROBLEMS)
def counted(house: House, year: Annotated[int, Path(ge=2000, le=9998)]) -> FiguresOut:
    """The figures of a year."""
    return FiguresOut.model_validate(figures(house.store, year), from_attributes=True)


_COVERS: Final = Text(zh="可载明的义务见 /v1/visible。", en="Which duties it can state tells /v1/visible.")
