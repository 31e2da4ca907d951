"""The feature libraries for programs: in force, their entries and versions, coverage, a text tried, a new version.

A new version is sent with `?put=false` first: the report says whether its examples hold and what it changes. With
`?put=true` it is put into force where they do.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from overt.gate.model import Outcome
from overt.gate.review.library import Action, Difference, Library
from overt.store import review_lists
from overt.web import libraries, reviewing, uploads
from overt.web.access import Who, needs
from overt.web.api.decisions import ReasonOut
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.libraries import Report
from overt.web.work import Task

router = APIRouter(prefix="/v1/libraries", tags=["libraries"])
_READ, _WRITE = needs("library:read"), needs("library:write")
Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9._-]{0,79}$", description="the library's name")]


class LibraryOut(BaseModel):
    """A library in force."""

    name: str = Field(examples=["starter"])
    version: str
    digest: str
    approver: str
    entries: int
    unexampled: int = Field(description="entries without examples")
    updated: date | None

    @classmethod
    def of(cls, each: Library) -> LibraryOut:
        """From a library."""
        bare = sum(not entry.hits for entry in each.entry)
        head = {name: getattr(each, name) for name in ("name", "version", "digest", "approver", "updated")}
        return cls(**head, entries=len(each.entry), unexampled=bare)


class LibrariesOut(BaseModel):
    """The libraries in force."""

    items: list[LibraryOut]


class EntryOut(BaseModel):
    """One entry of a library."""

    id: str
    category: str
    action: Action
    words: list[str]
    all: list[list[str]]
    unless: list[str]
    standard: str
    source: str
    approver: str
    version: str
    since: date | None
    note: str
    hits: list[str]
    passes: list[str]


class ChangesOut(BaseModel):
    """Ids of entries."""

    added: list[str]
    removed: list[str]
    changed: list[str]

    @classmethod
    def of(cls, told: Difference) -> ChangesOut:
        """From a difference."""
        return cls(added=list(told.added), removed=list(told.removed), changed=list(told.changed))


class VersionOut(BaseModel):
    """A version that was put into force, and what it changed."""

    name: str
    version: str
    digest: str
    approver: str
    loaded: str
    entries: int
    changes: ChangesOut


class VersionsOut(BaseModel):
    """The versions of a library, the latest first."""

    items: list[VersionOut]


class CoverageRow(BaseModel):
    """One category in one language."""

    category: str
    language: str
    entries: int
    terms: int
    examples: int
    unexampled: int
    unapproved: int
    updated: date | None
    age_days: int | None


class NumberOut(BaseModel):
    """What the rulebook says, with its verification mark. Numbers are told; nothing is judged by them."""

    name: str
    value: float | None
    unit: str
    meaning: Said
    mark: str


class CoverageOut(BaseModel):
    """How far the libraries in force reach."""

    terms: int
    updated: date | None
    empty: list[str] = Field(description="categories without any entry")
    numbers: list[NumberOut]
    rows: list[CoverageRow]


class TrialIn(BaseModel):
    """A text to be tried."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "请把存款转到安全账户"}]})

    text: str = Field(min_length=1, max_length=100_000)


class HitOut(BaseModel):
    """What was hit, and where."""

    engine: str
    category: str
    outcome: Outcome
    start: int
    stop: int
    said: str
    way: str
    rule: str
    standard: str


class TrialOut(BaseModel):
    """What the engines say of a text. Nothing is recorded."""

    outcome: Outcome
    could_not_tell: bool
    reasons: list[ReasonOut]
    hits: list[HitOut]


class ReportOut(BaseModel):
    """What the check of a new version found; `in_force` says whether it was put into force."""

    library: LibraryOut
    examples: int
    failures: list[Said]
    changes: ChangesOut
    barred: Said | None = Field(description="why it cannot be put into force from here")
    sound: bool
    in_force: bool


@router.get("", dependencies=[_READ], operation_id="listLibraries", responses=problems())
def every(house: House) -> LibrariesOut:
    """The libraries in force."""
    return LibrariesOut(items=[LibraryOut.of(each) for each in libraries.in_force(house)])


@router.get("/coverage", dependencies=[_READ], operation_id="getCoverage", responses=problems())
def coverage(house: House) -> CoverageOut:
    """Entries, terms and examples by category and language, beside the rulebook's numbers."""
    found, today = libraries.coverage(house), datetime.now(UTC).date()
    names = [name for name in CoverageRow.model_fields if name != "age_days"]
    return CoverageOut(
        terms=found.terms,
        updated=found.updated,
        empty=list(found.empty),
        numbers=[NumberOut(**each) for each in found.numbers],
        rows=[
            CoverageRow(**{name: getattr(each, name) for name in names}, age_days=each.age(today))
            for each in found.rows
        ],
    )


@router.post("/try", dependencies=[_READ], operation_id="tryText", responses=problems(422, 503))
def attempt(house: House, who: Who, told: TrialIn) -> TrialOut:
    """Whether a text would be held or refused, and by which entry."""
    judged = _done(house, libraries.begin_trial(house, who, told.text))
    return TrialOut(
        outcome=judged.outcome,
        could_not_tell=judged.could_not_tell,
        reasons=[ReasonOut.of(each) for each in judged.reasons],
        hits=[
            HitOut(
                engine=opinion.engine,
                **{name: getattr(hit, name) for name in HitOut.model_fields if name != "engine"},
            )
            for opinion in judged.opinions
            for hit in opinion.hits
        ],
    )


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post(
    "",
    dependencies=[_WRITE],
    operation_id="sendLibrary",
    responses=problems(409, 413, 422, 503),
    openapi_extra=_BODY,
)
async def send(
    request: Request,
    house: House,
    who: Who,
    *,
    put: Annotated[bool, Query(description="whether to put it into force where all of its examples hold")] = False,
) -> ReportOut:
    """Checks a new version (TOML, CSV or JSONL, by the file's name), and puts it into force where that is asked."""
    async with uploads.received(request, most=libraries.MOST_BYTES) as sent:
        data = sent.path.read_bytes() if sent.size else b""
        number = await run_in_threadpool(libraries.keep, house, sent.name, data)
    task = libraries.begin_check(house, who, number)
    report: Report = await run_in_threadpool(_done, house, task)
    if put and report.sound:
        await run_in_threadpool(libraries.put, house, who, number)
    return _report(report, in_force=put and report.sound)


@router.get("/{name}", dependencies=[_READ], operation_id="getLibrary", responses=problems(404))
def one(house: House, name: Name) -> LibraryOut:
    """One library in force."""
    return LibraryOut.of(libraries.one(house, name))


@router.get("/{name}/entries", dependencies=[_READ], operation_id="listEntries", responses=problems(404))
def entries(house: House, name: Name, most: Most = 50, after: After = "") -> Page[EntryOut]:
    """The entries of a library, by their ids."""
    place = place_of(after, str)
    found = sorted(libraries.one(house, name).entry, key=lambda each: each.id)
    rows = [each for each in found if place is None or each.id > place[0]][: most + 1]
    return page_of(
        rows, most, lambda each: EntryOut.model_validate(each, from_attributes=True), lambda each: (each.id,)
    )


@router.get("/{name}/versions", dependencies=[_READ], operation_id="listVersions", responses=problems())
def versions(house: House, name: Name) -> VersionsOut:
    """The versions of a library that were put into force."""
    names = [each for each in VersionOut.model_fields if each != "changes"]
    return VersionsOut(
        items=[
            VersionOut(**{each: getattr(row, each) for each in names}, changes=ChangesOut.of(row.changes))
            for row in review_lists.versions(house.store, name)
        ]
    )


def _done(house: Site, task: Task) -> Any:
    if not task.finished.wait(reviewing.PATIENCE):
        raise StatusError(503, "the engines take too long", "引擎处理超时")
    house.work.forget(task.id)
    if task.error is not None:
        raise task.error
    return task.result


def _report(report: Report, *, in_force: bool) -> ReportOut:
    return ReportOut(
        library=LibraryOut.of(report.library),
        examples=report.examples,
        failures=[Said.of(each.told) for each in report.failures[:200]],
        changes=ChangesOut.of(report.changes),
        barred=Said.of(report.barred) if report.barred else None,
        sound=report.sound,
        in_force=in_force,
    )
