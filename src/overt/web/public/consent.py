"""The pages behind the link that a person received.

```
GET   /consent/{token}                 who asks, the question, or the person's own page; never changes anything
POST  /consent/{token}/open            the person opens the question: the notice is written down, a challenge drawn
POST  /consent/{token}/give, /decline  the answer
POST  /consent/{token}/withdraw        one press; nothing that merely follows links gets here
POST  /consent/{token}/limit           fewer techniques, purposes or uses
GET   /consent/{token}/preview         what would be made
GET   /consent/{token}/receipt[.json]  what was agreed, signed
```

The token is the only key, and there is no cookie. Forms count only from our own page (`Origin`, `Sec-Fetch-Site`). A
page whose recording was not accepted for certain shows no other consent of the person: somebody else may have answered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.errors import MediaError, OvertError
from overt.gate.consent.challenge import MINUTES
from overt.gate.consent.model import LIKENESSES, Guardian
from overt.language import Language
from overt.store.consent_rows import Answer, AnswerError, Asked
from overt.web import rendering, uploads
from overt.web.errors import StatusError
from overt.web.public import consent_own
from overt.web.public.desk import DeskService
from overt.web.ranges import ranged
from overt.web.rendering import PageRoute, page, same_origin

router = APIRouter(prefix="/consent", route_class=PageRoute, include_in_schema=False)
router.include_router(consent_own.pages)  # `/consent/mine` is no token.


@router.get("/{token}")
async def show(request: Request, token: str, done: str = "") -> Response:
    """What this link is about, at this moment."""
    asked = await _asked(request, token)
    state = asked.standing.state(_now())
    if state in ("asked", "opened"):
        drawn = asked.challenge
        if state == "opened" and not (drawn and drawn.is_over(_now())):
            return await _question(request, token, asked)
        return _start(request, token, asked)
    if state in ("declined", "lapsed"):
        return page(f"consent/{state}", _language(request, asked), token=token, asked=asked)
    return await _own(request, token, asked, done)


@router.post("/{token}/open")
async def open_question(request: Request, token: str) -> Response:
    """The person wants to read what it is about."""
    _ours(request)
    async with uploads.form(request) as fields:
        age, language = uploads.field(fields, "age"), _chosen(uploads.field(fields, "language"))
    if age not in ("over", "under"):
        return _start(request, token, await _asked(request, token), missing=True)
    await _desk(request).quick(lambda desk: desk.consents.open(token, language, guarded=age == "under"))
    return _back(token)


@router.post("/{token}/give")
async def give(request: Request, token: str) -> Response:
    """The person says yes to what they ticked."""
    _ours(request)
    async with uploads.form(request) as fields:
        relation = uploads.field(fields, "relation")
        answer = Answer(
            likeness=tuple(each for each in LIKENESSES if each in uploads.several(fields, "likeness")),
            techniques=uploads.several(fields, "techniques"),
            purposes=uploads.several(fields, "purposes"),
            notice=uploads.field(fields, "notice"),
            challenge=uploads.field(fields, "challenge"),
            guardian=Guardian("parent" if relation == "parent" else "other") if relation else None,
            guardian_name=uploads.field(fields, "guardian_name", 100),
        )
        recording = await uploads.data(fields, "recording")
    try:
        await _desk(request).give(token, answer, recording)
    except (AnswerError, MediaError) as error:
        asked = await _asked(request, token)
        if asked.standing.state(_now()) != "opened":
            raise
        return await _question(request, token, asked, answer, error)
    return _back(token, "given")


@router.post("/{token}/decline")
async def decline(request: Request, token: str) -> Response:
    """The person says no."""
    _ours(request)
    await _desk(request).quick(lambda desk: desk.consents.decline(token))
    return _back(token)


@router.post("/{token}/withdraw")
async def withdraw(request: Request, token: str) -> Response:
    """The person takes a consent back: this one, or another of theirs."""
    _ours(request)
    async with uploads.form(request) as fields:
        wanted = uploads.field(fields, "consent")
    theirs = await _theirs(request, token, wanted)
    await _desk(request).quick(lambda desk: desk.recalls.withdraw(theirs.id))
    return _back(token, "withdrawn")


@router.get("/{token}/preview")
async def preview(request: Request, token: str) -> Response:
    """What would be made, as the operator showed it."""
    asked = await _asked(request, token)
    found = await _desk(request).quick(lambda desk: desk.consents.preview(asked))
    if found is None:
        raise _nothing()
    return ranged(request, found, asked.preview_type)


@router.get("/{token}/receipt")
async def receipt(request: Request, token: str, of: str = "") -> Response:
    """What was agreed, to be read or printed."""
    theirs = await _theirs(request, token, of)
    return await consent_own.receipt(request, f"/consent/{token}", theirs, _language(request, theirs))


@router.get("/{token}/receipt.json")
async def receipt_json(request: Request, token: str, of: str = "") -> Response:
    """The same for other programs, signed."""
    return await consent_own.receipt_json(request, await _theirs(request, token, of))


@router.post("/{token}/limit")
async def limit(request: Request, token: str) -> Response:
    """The person allows less: with this consent, or another of theirs."""
    _ours(request)
    async with uploads.form(request) as fields:
        theirs = await _theirs(request, token, uploads.field(fields, "consent"))
        limits = consent_own.limits(fields)
    try:
        await consent_own.limit(request, theirs.id, limits)
    except AnswerError as error:
        return await _own(request, token, await _asked(request, token), error=error)
    return _back(token, "limited")


def _start(request: Request, token: str, asked: Asked, *, missing: bool = False) -> Response:
    language = _language(request, asked)
    return page("consent/start", language, 422 if missing else 200, token=token, asked=asked, missing=missing)


async def _question(
    request: Request, token: str, asked: Asked, answer: Answer | None = None, error: OvertError | None = None
) -> Response:
    values: dict[str, Any] = {
        "asked": asked,
        "notice": await _desk(request).quick(lambda desk: desk.consents.notice(asked, asked.language)),
        "answer": answer,
        "error": error,
        "most": uploads.MOST_MIB,
        "minutes": MINUTES,
        **await _words_of(request, asked),
    }
    return page("consent/question", asked.language, 422 if error else 200, token=token, **values)


async def _own(request: Request, token: str, asked: Asked, done: str = "", error: OvertError | None = None) -> Response:
    """The person's own page: all their consents, where it is certain that it is them."""
    whose = consent_own.Whose(f"/consent/{token}", asked.person, asked, certain=_certain(asked))
    return await consent_own.shown(request, whose, _language(request, asked), done, error)


async def _theirs(request: Request, token: str, wanted: str) -> Asked:
    """This link's consent, or another of the same person where it is certain that it is them."""
    asked = await _asked(request, token)
    if wanted in ("", asked.id):
        return asked
    other = await _desk(request).quick(lambda desk: desk.consents.find(wanted))
    if other is None or other.person != asked.person or not _certain(asked):
        raise _nothing()
    if asked.standing.written not in ("given", "withdrawn"):
        raise _nothing()
    return other


async def _asked(request: Request, token: str) -> Asked:
    found = await _desk(request).quick(lambda desk: desk.consents.by_token(token))
    if found is None or found.told is None:
        raise _nothing()
    return found


async def _words_of(request: Request, asked: Asked) -> dict[str, Any]:
    words = await _desk(request).quick(lambda desk: desk.consents.words(asked.scope))
    return {"likeness": words.likeness, "techniques": words.techniques, "purposes": words.purposes}


def _language(request: Request, asked: Asked) -> Language:
    """Once the person has chosen one, that; before, what their browser prefers."""
    if asked.opened and "lang" not in request.query_params:
        return asked.language
    return rendering.language_of(request, asked.language)


def _chosen(text: str) -> Language:
    return "en" if text == "en" else "zh"


def _certain(asked: Asked) -> bool:
    """Whether it is certain that the person answered: no recording was needed, or it was confirmed."""
    return asked.standing.proof in ("none", "confirmed")


def _back(token: str, done: str = "") -> RedirectResponse:
    """To the page itself, so that nothing is sent again when it is loaded again."""
    return RedirectResponse(f"/consent/{token}" + (f"?done={done}" if done else ""), 303)


def _ours(request: Request) -> None:
    same_origin(request, _desk(request).setup.settings.consent.address)


def _desk(request: Request) -> DeskService:
    service: DeskService = request.app.state.desk
    return service


def _nothing() -> StatusError:
    return StatusError(404, "there is nothing at this address", "没有这个地址")


def _now() -> datetime:
    return datetime.now(UTC)
