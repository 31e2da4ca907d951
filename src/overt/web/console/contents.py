"""Contents: the record by filters or by a file, one page for each life, and a file that is marked.

```
GET  /console/contents                    filters, and the rows that fit
POST /console/contents/search             a file or a text that leads to the record
GET  /console/contents/new                mark a file; POST starts it
POST /console/contents/reported           remember a reported file
GET  /console/contents/tasks/{id}         how far it is, and what it came to; …/file the file
GET  /console/contents/{id}               a whole life; …/preview/{n} its pictures
POST /console/contents/{id}/bundle        the evidence, as a task
POST /console/contents/{id}/forget        forgets a reported content
```
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import FileResponse
from markupsafe import Markup
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.errors import OvertError, UsageError
from overt.gate.model import Depicted
from overt.gate.request import Wanted as Asking
from overt.inspection.fingerprint import KINDS as PRINTS
from overt.inspection.fingerprint import match_in_words
from overt.language import Language, Text
from overt.report import drawing
from overt.store import search
from overt.store.bundles import Order
from overt.store.life import Life, Step
from overt.store.previews import Preview
from overt.store.search import Kind, Wanted
from overt.tracing.model import POINTERS
from overt.web import acts, gating, inspections, uploads
from overt.web.access import Who, needs
from overt.web.acts import Outcome
from overt.web.api import contents as api
from overt.web.api import jobs
from overt.web.api.model import cursor
from overt.web.covering import Cover
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of, show
from overt.web.uploads import Received
from overt.web.words import contents as told
from overt.web.words.events import title

ENTRY: Final = Entry(
    Text(zh="内容", en="Contents"), "/console/contents", "contents", ("contents:read",), 10, "contents"
)
AT: Final = ENTRY.at
router = APIRouter(prefix=AT, route_class=PageRoute, include_in_schema=False)
_READ: Final = [needs("contents:read")]
_ROWS: Final = 30


@router.get("", dependencies=_READ)
def every(
    request: Request, house: House, who: Who, within: Within, after: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """The record, filtered."""
    typed = {name: request.query_params.get(name, "")[:200] for name in told.FILTERS}
    error = None
    try:
        wanted = _wanted(typed)
        rows = api.found(house, who, within, wanted, _ROWS + 1, after)
    except UsageError as wrong:
        error, rows = wrong, []
    more = len(rows) > _ROWS
    rows = rows[:_ROWS]
    asked = {name: value for name, value in typed.items() if value}
    next_at = f"?{urlencode(asked | {'after': cursor((rows[-1].ledger_index,))})}" if more and rows else ""
    return show(
        request,
        "contents/contents",
        status=422 if error else 200,
        rows=rows,
        typed=typed,
        error=error,
        asked=asked,
        next_at=next_at,
        first_at=f"?{urlencode(asked)}" if after else "",
        techniques=house.rulebook.techniques,
        producers=search.producers(house.store),
        shown={row.id for row in rows if _thumbed(house, who, row.id, row.kind)},
        texts=told,
    )


@router.post("/search", dependencies=_READ)
async def by_file(request: Request, house: House, who: Who) -> Response:
    """Searches by a file or a text."""
    async with uploads.received(request, most_field=told.MOST_TEXT) as upload:
        return _led(acts.search(house, who, upload, upload.fields.get("text", "")).id)


@router.post("/reported", dependencies=[needs("contents:remember")])
async def remember(request: Request, house: House, who: Who) -> Response:
    """Remembers a reported file."""
    async with uploads.received(request) as upload:
        return _led(acts.remember(house, who, upload, upload.fields.get("reason", "")).id)


@router.get("/new", dependencies=[needs("contents:mark")])
def new(request: Request, house: House, who: Who, decision: Annotated[str, Query(max_length=64)] = "") -> Response:
    """The form by which a file is marked, perhaps under a decision that allows it."""
    return _form(request, house, who, {"decision": [decision]})


@router.post("/new", dependencies=[needs("contents:mark")])
async def mark(request: Request, house: House, who: Who) -> Response:
    """Starts marking; what is missing comes back with the form."""
    async with uploads.received(request) as upload:
        try:
            techniques = _chosen(upload)
            decision, ask = _gate(house, who, upload, techniques)
            return _led(acts.mark(house, who, upload, techniques, decision=decision, ask=ask).id)
        except UsageError as error:
            return _form(request, house, who, upload.repeated, error)


@router.get("/tasks/{task_id}", dependencies=_READ)
def task(request: Request, house: House, who: Who, task_id: str) -> Response:
    """How far a task is, and what it came to."""
    found = jobs.find(house, who.post, task_id)
    common: dict[str, Any] = {"task": found, "title": acts.KINDS[found.kind], "ahead": house.work.ahead(found)}
    if found.state == "done" and isinstance(found.result, Outcome):
        outcome = found.result
        if found.kind == "remember":
            return RedirectResponse(f"{AT}/{outcome.told['report_id']}?done=remembered", 303)
        if found.kind in ("mark", "search"):
            seen = _marked(house, outcome, language_of(request)) if found.kind == "mark" else _traced(who, outcome)
            return show(request, f"contents/{found.kind}", **common, outcome=outcome, texts=told, **seen)
        return show(request, "contents/made", **common, outcome=outcome)
    return show(request, "contents/task", 200 if found.error is None else 422, **common)


@router.get("/tasks/{task_id}/file", dependencies=_READ)
def file(house: House, who: Who, task_id: str) -> FileResponse:
    """The file that a task made."""
    return jobs.attachment(jobs.find(house, who.post, task_id))


@router.get("/{content_id}", dependencies=_READ)
def one(request: Request, house: House, who: Who, cover: Cover, content_id: api.ContentId, done: str = "") -> Response:
    """A whole life."""
    life = api.life_of(request, house, who, content_id)
    covered = api.covered(house, cover, content_id)
    return show(
        request,
        "contents/one",
        life=life,
        row=life.row,
        likeness=cover.show(covered, "likeness", "") if covered else None,
        done=done,
        wave=_wave(life.preview),
        texts=told,
        title_of=title,
        techniques=house.rulebook.techniques,
        proofs=_proofs(life),
        differs=_listed([told.DIFFERS[each].in_(language_of(request)) for each in life.differs], language_of(request)),
        steps=_steps(life, _names(house), language_of(request)),
    )


@router.get("/{content_id}/preview/{number}", dependencies=_READ)
def preview(house: House, cover: Cover, content_id: api.ContentId, number: int) -> FileResponse:
    """A small picture."""
    return api.preview(house, cover, content_id, number)


@router.post("/{content_id}/bundle", dependencies=[needs("evidence:export")])
def bundle(
    request: Request,
    house: House,
    who: Who,
    within: Within,
    content_id: api.ContentId,
    recipient: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Starts a bundle without personal data."""
    inspections.check_takes(request, house, who, within, content_id)
    return _led(acts.bundle(house, who, Order(content_id, recipient=recipient)).id)


@router.post("/{content_id}/forget", dependencies=[needs("contents:remember")])
def forget(house: House, content_id: api.ContentId) -> Response:
    """Forgets a reported content."""
    api.forget(house, content_id)
    return RedirectResponse(f"{AT}?kind=reported", 303)


def _thumbed(house: Site, who: Principal, content_id: str, kind: Kind) -> bool:
    """Whether a list shows a small picture: to inspectors none of what was reported, which they uncover one by one."""
    if house.store.previews is None or (kind == "reported" and who.kind == "inspector"):
        return False
    return bool(house.store.previews.get(content_id).pictures)


def _wanted(typed: dict[str, str]) -> Wanted:
    kind = next((each for each in search.KINDS if each == typed["kind"]), None)
    known = (typed["producer"], typed["technique"], typed["media_type"], typed["attribute"])
    return Wanted(typed["q"], kind, *known).within(typed["since"], typed["before"])


def _form(
    request: Request, house: Site, who: Principal, typed: dict[str, list[str]], error: OvertError | None = None
) -> Response:
    gate_on = house.setup.settings.gate.on
    purposes = gating.purposes(house).purposes if gate_on else {}
    return show(
        request,
        "contents/new",
        422 if error else 200,
        error=error,
        typed={name: values[0] for name, values in typed.items() if values},
        chosen=typed.get("technique", []),
        ways=told.grouped(house.rulebook.techniques),
        gate=gate_on,
        may_ask=who.may("decisions:ask"),
        purposes=purposes.values(),
        most=house.most_bytes >> 20,
        texts=told,
    )


def _chosen(upload: Received) -> list[str]:
    if found := upload.repeated.get("technique", []):
        return found
    raise UsageError("choose at least one technique", "请至少选择一种技术")


def _gate(house: Site, who: Principal, upload: Received, techniques: list[str]) -> tuple[str, Asking | None]:
    """The decision that is named, or what is put to the gate; nothing where it is off."""
    fields = {name: value.strip() for name, value in upload.fields.items()}
    if not house.setup.settings.gate.on:
        return "", None
    if named := fields.get("decision", ""):
        return named, None
    if not who.may("decisions:ask"):
        raise UsageError("name the decision that allows it", "请填写许可该内容的决定编号")
    if not fields.get("account"):
        raise UsageError("say for which account it is made", "请填写为哪个账号制作")
    shows = fields.get("shows", "")
    if shows == "consent" and not fields.get("consent"):
        raise UsageError("name the consent of the person who is shown", "请填写所涉本人的同意编号")
    depicted = Depicted(
        "face",
        fields["consent"] if shows == "consent" else None,
        fictional=shows == "fictional",
        official=shows == "official",
    )
    asking = Asking(
        account=fields["account"][:64],
        techniques=tuple(techniques),
        purpose=fields.get("purpose", "")[:64],
        prompt=fields.get("prompt", ""),
        depicted=() if shows == "nobody" else (depicted,),
    )
    return "", asking


def _marked(house: Site, outcome: Outcome, language: Language) -> dict[str, Any]:
    """What a marked file looks like, with the places of its label over it."""
    released = outcome.value
    kept = house.store.previews.get(released.content_id) if house.store.previews else Preview()
    picture = kept.pictures[0] if kept.pictures else None
    places = [
        place for reading in released.marks if reading.mark == "label" for place in reading.values.get("places", ())
    ]
    boxes = [place["box"] for place in places if place.get("box")]
    stretches = [place["seconds"] for place in places if place.get("seconds")]
    drawn = drawing.boxes(picture.width, picture.height, boxes) if picture else ""
    return {
        "picture": picture,
        "boxes": Markup(drawn),  # noqa: S704  (numbers alone)
        "wave": _wave(kept, stretches),
        "excerpt": kept.excerpt,
        "places": _listed(
            (
                told.PLACES[where].in_(language) if where in told.PLACES else where
                for where in dict.fromkeys(place["where"] for place in places)
            ),
            language,
        ),
    }


def _traced(who: Principal, outcome: Outcome) -> dict[str, Any]:
    """The candidates of a search, with what led to each in words."""
    found = [
        {
            "id": each["content_id"],
            "holds": each["holds"],
            "origin": each["origin"],
            "made": (each["release"] or each["report"]).get("released") or each["report"]["remembered"],
            "reason": each["report"]["reason"] if each["report"] else "",
            "led_by": [POINTERS[name] for name in each["led_by"]],
            "watermarks": [Text(**mark["agreement_text"]) for mark in each["watermarks"]],
            "prints": [(PRINTS[match["kind"]], match_in_words(match)) for match in each["fingerprints"]],
            "proved": each["ledger"]["proved"] if each["ledger"] else None,
            "marks": each["marks"],
            "picture": bool(each["preview"]) and (who.kind != "inspector" or each["origin"] != "reported"),
        }
        for each in outcome.told["candidates"]
    ]
    gaps = [Text(zh=each["zh"], en=each["en"]) for each in outcome.told["not_compared"]]
    return {"found": found, "gaps": gaps}


def _wave(kept: Preview, stretches: list[Any] | None = None) -> Markup:
    """The wave form of a sound."""
    if not kept.bars:
        return Markup()
    every_seconds = max(1, int(kept.seconds) // 6)
    # Numbers alone.
    return Markup(drawing.wave(kept.bars, kept.seconds, max(kept.seconds, 0.1), stretches or (), every_seconds))  # noqa: S704


def _proofs(life: Life) -> dict[str, int]:
    """How many steps stand in which state of proof."""
    return {state: count for state in told.PROOFS if (count := sum(each.proof == state for each in life.steps))}


def _names(house: Site) -> dict[str, Text]:
    """The words for what facts name: techniques of the rulebook, purposes of the policy, and our own."""
    techniques = {name: Text(zh=each.zh, en=each.en) for name, each in house.rulebook.techniques.items()}
    return {each.id: each.name for each in gating.purposes(house).purposes.values()} | techniques | told.VALUES


def _steps(life: Life, names: dict[str, Text], language: Language) -> list[tuple[Text, Step, list[tuple[Text, str]]]]:
    """The steps, each with the part of the life that it belongs to, and what it says in words."""

    def value(each: Any) -> str:
        if isinstance(each, dict):  # A reason, with the duties that it cites.
            text, duties = each["text"]["zh" if language == "zh" else "en"], ", ".join(each.get("duties", ()))
            return f"{text} ({duties})" if duties else str(text)
        if isinstance(each, (list, tuple)):
            return ("；" if language == "zh" else "; ").join(map(value, each))
        word = names.get(str(each))
        return word.in_(language) if word else str(each)

    return [
        (
            told.part(each.entry.tag),
            each,
            [(told.FACTS.get(name, Text(zh=name, en=name)), value(said)) for name, said in each.facts.items()],
        )
        for each in life.steps
    ]


def _listed(words: Iterable[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)


def _led(number: str) -> Response:
    return RedirectResponse(f"{AT}/tasks/{number}", 303)
