"""Reports of the public for programs: taking one, the list, one report, and everything that staff does with it.

Whoever files for somebody hands the receipt code on to them: it is told once. What was said is null where it is covered
(`POST /v1/uncoverings`). A file is reported on the page; here a fingerprint stands for it (`overt.tracing.offered`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from overt.errors import MediaError, UsageError
from overt.store.public_reports import LONGEST, PublicReports
from overt.store.report_rows import OPEN, Kind, Outcome, Report, Said, State, Step
from overt.tracing.offered import MOST_CHARACTERS
from overt.web import reporting
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.model import Said as BothLanguages
from overt.web.api.problems import problems
from overt.web.covering import Cover
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.public.report import promised

router = APIRouter(prefix="/v1/reports", tags=["reports"])
Number = Annotated[str, Path(pattern="^[0-9a-f-]{36}$", description="the report's id")]
_READ: Final = [needs("reports:read")]
_HANDLE: Final = [needs("reports:handle")]
_PROBLEMS: Final = problems(404, 409, 422)
T = TypeVar("T")
Words = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class PromiseOut(BaseModel):
    """By when there is an answer, and whose number that is."""

    whose: Literal["law", "operator", "nobody"]
    text: BothLanguages
    due: str = Field(description="the moment, where the limit can be told without a calendar of holidays")
    duty: str


class HitOut(BaseModel):
    """A content of ours that the report leads to."""

    content_id: str
    origin: Literal["released", "reported"]
    led_by: list[str]
    error_rate: float = Field(description="how often strangers are as alike, at most; 0 for the very bytes")


class ReportOut(BaseModel):
    """A report, without anything that was said."""

    id: str
    kind: Kind
    state: State
    outcome: Outcome
    received: str
    answered: str
    promise: PromiseOut
    looked: Literal["nothing-given", "waiting", "found", "not-found", "could-not-tell"]
    hits: list[HitOut]
    remembered: str = Field(description="the number under which the fingerprint is kept")
    media_type: str
    has_fingerprint: bool
    has_file: bool = Field(description="whether the reporter chose that the file is kept, sealed")

    @classmethod
    def of(cls, report: Report) -> ReportOut:
        """From a report."""
        made = report.promise
        promise = PromiseOut(whose=made.whose, text=BothLanguages.of(promised(made)), due=made.due, duty=made.duty)
        hits = [
            HitOut(content_id=each.content_id, origin=each.origin, led_by=list(each.led_by), error_rate=each.error_rate)  # type: ignore[arg-type]
            for each in report.hits
        ]
        names = ("id", "kind", "state", "outcome", "received", "answered", "remembered", "media_type", "has_file")
        values = {name: getattr(report, name) for name in names}
        looked = reporting.looked(report)
        return cls(**values, promise=promise, looked=looked, hits=hits, has_fingerprint=report.has_prints)


class StepOut(BaseModel):
    """One thing that happened. `text` is null where it is covered."""

    at: str
    step: str
    by: str
    clauses: list[str]
    text: str | None

    @classmethod
    def of(cls, step: Step, *, sees: bool) -> StepOut:
        """From a step."""
        return cls(at=step.at, step=step.step, by=step.by, clauses=list(step.clauses), text=step.text if sees else None)


class SaidOut(BaseModel):
    """What the reporter said."""

    links: list[str]
    line: str
    contact: str
    has_file: bool


class WholeReport(ReportOut):
    """A report with its history, and what was said. `said` is null where it is covered, or was destroyed."""

    person: str = Field(description="the id under which its personal data can be uncovered")
    said: SaidOut | None
    history: list[StepOut]


class Filing(BaseModel):
    """A report on somebody's behalf."""

    kind: Kind
    links: list[Annotated[str, Field(max_length=1000)]] = Field(default=[], max_length=20)
    line: str = Field(default="", max_length=500)
    contact: str = Field(default="", max_length=200)
    fingerprint: str = Field(default="", max_length=MOST_CHARACTERS, description="as assets/fingerprint.js makes it")
    language: Literal["zh", "en"] = "zh"

    model_config = {
        "json_schema_extra": {"examples": [{"kind": "face", "links": ["https://example.com/p/1"], "language": "zh"}]}
    }


class Filed(BaseModel):
    """The report, and its receipt code, which is told this once."""

    code: str = Field(examples=["ACDE-FGHJ-KLMN-PQRT"])
    report: ReportOut


class Asking(BaseModel):
    """A question to the reporter."""

    question: Words


class Answering(BaseModel):
    """An answer to the reporter: how it ended, why, and on which duties or clauses."""

    outcome: Literal["acted", "not-here", "declined"]
    reason: Words
    clauses: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1, max_length=20, examples=[["DS-12"]]
    )


class Closing(BaseModel):
    """Why it is closed."""

    reason: Words


class Confirmed(BaseModel):
    """The number under which the fingerprint is kept."""

    remembered: str


@router.get("", operation_id="listReports", dependencies=_READ, responses=_PROBLEMS)
def every(
    house: House,
    within: Within,
    state: Annotated[list[State], Query(description="only these states; the open ones where empty")] = [],  # noqa: B006  (of FastAPI)
    kind: Kind | None = None,
    most: Most = 50,
    after: After = "",
) -> Page[ReportOut]:
    """Reports, the oldest first."""
    place = place_of(after, str, str)
    rows = reporting.book(house).every(states=state or OPEN, kind=kind, after=place, most=most + 1, scope=within)
    return page_of(rows, most, ReportOut.of, lambda each: (each.received, each.id))


@router.post("", operation_id="fileReport", status_code=201, dependencies=_HANDLE, responses=_PROBLEMS)
def file(house: House, filing: Filing) -> Filed:
    """Files a report for somebody, who gets the receipt code from you. The search of the records begins at once."""
    said = Said(tuple(filing.links), filing.line, filing.contact)
    try:
        report, code = reporting.file(
            house, reporting.Filing(filing.kind, said, filing.fingerprint, language=filing.language)
        )
    except (UsageError, MediaError) as error:
        raise StatusError(422, error.message.en, error.message.zh, hint=error.hint) from error
    return Filed(code=code, report=ReportOut.of(report))


@router.get("/{number}", operation_id="getReport", dependencies=_READ, responses=_PROBLEMS)
def one(house: House, who: Who, cover: Cover, number: Number) -> WholeReport:
    """One report with its history."""
    reports = reporting.book(house)
    report = known(reports, number)
    sees = cover.may_see(report.person, needed=who.may("reports:handle"))
    said = reports.said(number) if sees else None
    told = (
        SaidOut(links=list(said.links), line=said.line, contact=said.contact, has_file=said.has_file) if said else None
    )
    history = [StepOut.of(each, sees=sees) for each in reports.history(number, words=sees)]
    return WholeReport(**ReportOut.of(report).model_dump(), person=report.person, said=told, history=history)


@router.post("/{number}/take", operation_id="takeReport", dependencies=_HANDLE, responses=_PROBLEMS)
def take(house: House, who: Who, number: Number) -> ReportOut:
    """Somebody works on it."""
    return _after(house, number, lambda reports: reports.take(number, who.post))


@router.post("/{number}/ask", operation_id="askReporter", dependencies=_HANDLE, responses=_PROBLEMS)
def ask(house: House, who: Who, number: Number, asking: Asking) -> ReportOut:
    """Asks the reporter something."""
    return _after(house, number, lambda reports: reports.ask(number, asking.question, who.post))


@router.post(
    "/{number}/confirm",
    operation_id="confirmReport",
    dependencies=[needs("reports:handle", "contents:remember")],
    responses=_PROBLEMS,
)
def confirm(house: House, who: Who, number: Number) -> Confirmed:
    """Keeps the fingerprint, so that the content is known when it comes again."""
    reports = reporting.book(house)
    known(reports, number)
    return Confirmed(remembered=_acted(lambda: reports.confirm(number, who.post)))


@router.post("/{number}/answer", operation_id="answerReport", dependencies=_HANDLE, responses=_PROBLEMS)
def answer(house: House, who: Who, number: Number, answering: Answering) -> ReportOut:
    """Answers the reporter."""
    return _after(
        house,
        number,
        lambda reports: reports.answer(number, answering.outcome, answering.reason, answering.clauses, who.post),
    )


@router.post("/{number}/close", operation_id="closeReport", dependencies=_HANDLE, responses=_PROBLEMS)
def close(house: House, who: Who, number: Number, closing: Closing) -> ReportOut:
    """Closes it."""
    return _after(house, number, lambda reports: reports.close(number, closing.reason, who.post))


def known(reports: PublicReports, number: str) -> Report:
    """The report. Raises `StatusError` where there is none."""
    try:
        return reports.get(number)
    except UsageError as error:
        raise StatusError(404, "there is no such report", "没有这份举报") from error


def _after(house: Site, number: str, do: Callable[[PublicReports], None]) -> ReportOut:
    reports = reporting.book(house)
    known(reports, number)
    _acted(lambda: do(reports))
    return ReportOut.of(reports.get(number))


def _acted(do: Callable[[], T]) -> T:
    """What an act gives. One that the report's state does not allow is a conflict."""
    try:
        return do()
    except UsageError as error:
        raise StatusError(409, error.message.en, error.message.zh, hint=error.hint) from error
