"""The pages behind the link that a person received.

```
GET   /consent/{token}                 who asks, the question, or the person's own page; never changes anything
POST  /consent/{token}/open            the person opens the question: the notice is written down, a challenge drawn
POST  /consent/{token}/give, /decline  the answer
POST  /consent/{token}/withdraw        one press; nothing that merely follows links gets here
GET   /consent/{token}/preview         what would be made
GET   /consent/{token}/receipt[.json]  what was agreed, signed
```

The token is the only key, and there is no cookie. Forms count only from our own page (`Origin`, `Sec-Fetch-Site`). A
page whose recording was not accepted for certain shows no other consent of the person: somebody else may have answered.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from overt.consenting import Desk
from overt.errors import MediaError, OvertError
from overt.gate.consent.challenge import MINUTES
from overt.gate.consent.model import LIKENESSES, Guardian
from overt.language import Language
from overt.store.consent_rows import Answer, AnswerError, Asked
from overt.web import rendering, uploads
from overt.web.desk import DeskService
from overt.web.errors import StatusError
from overt.web.facts import facts
from overt.web.rendering import PageRoute, page, same_origin
from overt.web.words import STATES

router = APIRouter(prefix="/consent", route_class=PageRoute, include_in_schema=False)

_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")


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
        return page(state, _language(request, asked), token=token, asked=asked)
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
    return _ranged(request, found, asked.preview_type)


@router.get("/{token}/receipt")
async def receipt(request: Request, token: str, of: str = "") -> Response:
    """What was agreed, to be read or printed."""
    theirs = await _theirs(request, token, of)
    told = await _desk(request).quick(lambda desk: desk.consents.receipt(theirs))
    if told is None:
        raise _nothing()
    words = await _desk(request).quick(lambda desk: desk.consents.words(theirs.scope))
    rows = facts(theirs, told, words, theirs.standing.state(_now()))
    return page("receipt", _language(request, theirs), token=token, asked=theirs, facts=rows)


@router.get("/{token}/receipt.json")
async def receipt_json(request: Request, token: str, of: str = "") -> Response:
    """The same for other programs, signed."""
    theirs = await _theirs(request, token, of)
    told = await _desk(request).quick(lambda desk: desk.consents.receipt(theirs))
    if told is None:
        raise _nothing()
    name = f'attachment; filename="consent-{theirs.id}.json"'
    return JSONResponse(told, headers={"Content-Disposition": name})


def _start(request: Request, token: str, asked: Asked, *, missing: bool = False) -> Response:
    language = _language(request, asked)
    return page("start", language, 422 if missing else 200, token=token, asked=asked, missing=missing)


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
    return page("question", asked.language, 422 if error else 200, token=token, **values)


async def _own(request: Request, token: str, asked: Asked, done: str) -> Response:
    """The person's own page: all their consents, where it is certain that it is them."""
    certain = asked.standing.proof in ("none", "confirmed")
    every = await _desk(request).quick(lambda desk: _with_recalls(desk, asked, certain=certain))
    now = _now()
    rows = [(each, each.standing.state(now), count) for each, count in every]
    values: dict[str, Any] = {
        "asked": asked,
        "rows": rows,
        "states": STATES,
        "done": done if done in ("given", "withdrawn") else "",
    }
    return page("own", _language(request, asked), token=token, **values, **await _words_of(request, asked))


def _with_recalls(desk: Desk, asked: Asked, *, certain: bool) -> list[tuple[Asked, int]]:
    every = desk.consents.of_person(asked.person) if certain else (asked,)
    return [(each, desk.recalls.count(each.id)) for each in every]


async def _theirs(request: Request, token: str, wanted: str) -> Asked:
    """This link's consent, or another of the same person where it is certain that it is them."""
    asked = await _asked(request, token)
    if wanted in ("", asked.id):
        return asked
    other = await _desk(request).quick(lambda desk: desk.consents.find(wanted))
    if other is None or other.person != asked.person or asked.standing.proof not in ("none", "confirmed"):
        raise _nothing()
    if asked.standing.written not in ("given", "withdrawn"):
        raise _nothing()
    return other


async def _asked(request: Request, token: str) -> Asked:
    found = await _desk(request).quick(lambda desk: desk.consents.by_token(token))
    if found is None or found.told is None:
        raise _nothing()
    return found


def _ranged(request: Request, data: bytes, media_type: str) -> Response:
    """The bytes, or the part that a player asks for (RFC 9110, 14)."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    headers = {"Accept-Ranges": "bytes"}
    if asked is None or int(asked[1]) >= len(data):
        return Response(data, media_type=media_type, headers=headers)
    first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers, media_type)


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
