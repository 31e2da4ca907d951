"""The public register of people who refuse: joining it, showing that it is you, leaving it.

```
GET, POST  /refusal                 what the register is; joining
GET        /refusal/{token}         one's own entry
POST       /refusal/{token}/code    the contact code
POST       /refusal/{token}/leave   everything that was kept is destroyed
```
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.errors import MediaError, UsageError
from overt.language import Text
from overt.store.consent_rows import AnswerError
from overt.web import uploads
from overt.web.errors import StatusError
from overt.web.public.desk import DeskService
from overt.web.rendering import PageRoute, language_of, page, same_origin
from overt.web.words.consent import WORDS

router = APIRouter(prefix="/refusal", route_class=PageRoute, include_in_schema=False)

_MOST_NAMES = 10


@router.get("")
async def about(request: Request) -> Response:
    """What the register is, and the form."""
    return page("consent/refusal", language_of(request), error=None, most=uploads.MOST_MIB)


@router.post("")
async def join(request: Request) -> Response:
    """Somebody joins."""
    _ours(request)
    async with uploads.form(request) as fields:
        lines = uploads.field(fields, "names", 2000).splitlines()
        names = tuple(line.strip()[:100] for line in lines if line.strip())[:_MOST_NAMES]
        contact = uploads.field(fields, "contact", 200)
        photo, voice = await uploads.data(fields, "photo"), await uploads.data(fields, "voice")
        separate = uploads.field(fields, "separate") == "yes"
    language = language_of(request)
    try:
        _agreed(separate or not (photo or voice))
        _, token = await _desk(request).join(names, contact, photo, voice)
    except (AnswerError, MediaError, UsageError) as error:
        return page("consent/refusal", language, 422, error=error, most=uploads.MOST_MIB)
    return RedirectResponse(f"/refusal/{token}?lang={language}", 303)


@router.get("/{token}")
async def own(request: Request, token: str, wrong: str = "") -> Response:
    """One's own entry."""
    entry = await _desk(request).quick(lambda desk: desk.refusals.by_token(token))
    if entry is None:
        raise StatusError(404, "there is nothing at this address", "没有这个地址")
    return page("consent/refusal_own", language_of(request), token=token, entry=entry, wrong=bool(wrong))


@router.post("/{token}/code")
async def code(request: Request, token: str) -> Response:
    """The contact code."""
    _ours(request)
    async with uploads.form(request) as fields:
        given = uploads.field(fields, "code", 40)
    right = await _desk(request).quick(lambda desk: desk.refusals.enter_code(token, given))
    return RedirectResponse(_at(request, token) + ("" if right else "&wrong=1"), 303)


@router.post("/{token}/leave")
async def leave(request: Request, token: str) -> Response:
    """Everything that was kept is destroyed."""
    _ours(request)
    await _desk(request).quick(lambda desk: desk.refusals.leave(token))
    return RedirectResponse(_at(request, token), 303)


def _agreed(agreed: bool) -> None:
    if not agreed:
        raise AnswerError("the separate consent is missing", "缺少单独同意", hint=_SEPARATE)


def _at(request: Request, token: str) -> str:
    return f"/refusal/{token}?lang={language_of(request)}"


def _ours(request: Request) -> None:
    same_origin(request, _desk(request).setup.settings.consent.address)


def _desk(request: Request) -> DeskService:
    service: DeskService = request.app.state.desk
    return service


_SEPARATE = Text(
    zh=f"上传照片或声音时，请勾选“{WORDS['refuse_separate'].zh}”。",
    en="Where you add a photo or a recording, tick the box that agrees to it.",
)
