"""Inspections for programs: what is this file, and how do we know?

```
POST    /v1/inspections              200 with the answer where it is there in time, else 202 and `Location`
GET     /v1/inspections/{id}         200 with the answer, or 202 while it waits
GET     /v1/inspections/{id}/signed  the answer, signed (`overt.ledger.answer`)
DELETE  /v1/inspections/{id}         gone at once
```

The answer is the object of `overt inspect --json` (design, section 7). Open to everybody: California's AI Transparency
Act (SB 942) asks of covered providers that their detection tool can be asked without a site, free of charge. Whoever
has an API key with the scope `contents:inspect` is not held to the visitors' limits. Nothing is kept but the answer,
for 15 minutes.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from overt.access.model import PERMISSIONS
from overt.web import uploads, verifying
from overt.web.access import Visitor
from overt.web.api.model import Said
from overt.web.api.problems import problems
from overt.web.errors import RETRY_AFTER, StatusError, of_ours
from overt.web.house import House
from overt.web.work import Task

router = APIRouter(prefix="/v1/inspections", tags=["inspections"])

SCOPE: Final = "contents:inspect"
PATIENCE: Final = 10.0
"""Seconds for which a POST waits for its answer."""
_LOOK_AGAIN: Final = 0.05  # Seconds.

Mark = Literal["metadata", "credential", "watermark", "label", "fingerprint", "trace"]


class Reason(Said):
    """Why the verdict is what it is, and the duty that says so."""

    duty: str | None = None


class Named(Said):
    """Something with a name for programs and words for people."""

    name: str


class Deviation(Named):
    """Where a mark deviates from its rules."""

    clause: str


class ReadingOut(BaseModel):
    """What one reader found. `unreadable` is "could not tell", and never means that nothing is there."""

    mark: Mark
    state: Literal["found", "absent", "unreadable"]
    carrier: str | None = Field(description="where in the file, or in the content")
    offset: int | None = Field(description="at which byte")
    values: dict[str, Any] = Field(description="what the mark says; differs by mark")
    defects: list[Deviation]
    reason: Said | None = Field(description="why it could not be read")
    proofs: list[dict[str, str]] = Field(description="what its security data show")


class InspectionOut(BaseModel):
    """The answer of an inspection: the object of `overt inspect --json`."""

    file: str
    sha256: str | None
    media_type: str | None
    verdict: Literal["confirmed", "possible", "suspected", "none", "unreadable"]
    reasons: list[Reason]
    contradictions: list[Named]
    aigc: dict[str, str] | None = Field(description="the seven values of the first metadata label")
    readings: list[ReadingOut]
    notice: Said = Field(description="what a platform shows beside the content")
    write_back: dict[str, str] | None = Field(description="what a platform writes into the label when it distributes")


class Waiting(BaseModel):
    """An inspection that is not done yet."""

    id: str
    state: Literal["waiting", "running"]
    ahead: int = Field(description="how many are before it")
    stage: Said | None = None


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "link": {"type": "string", "format": "uri", "description": "instead of a file"},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_NOT_YET: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": Waiting,
        "description": "not done yet",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}, "Location": {"schema": {"type": "string"}}},
    }
}


@router.post(
    "",
    operation_id="inspect",
    response_model=InspectionOut,
    openapi_extra=_BODY,
    responses={**_NOT_YET, **problems(408, 413, 422, 503)},
)
async def inspect(
    request: Request,
    house: House,
    who: Visitor,
    name: Annotated[str, Query(max_length=255, description="the file's name: its ending tells texts apart")] = "",
    prefer: Annotated[str, Header(description="`respond-async`: 202 at once (RFC 7240)")] = "",
) -> Response:
    """What marks a file carries, and what they say together. The body is the file, or a form with it."""
    if who is not None and not who.may(SCOPE):
        asked = PERMISSIONS[SCOPE]
        raise StatusError(403, f"this key may not do this: {asked.en}", f"该密钥无权：{asked.zh}")
    owner = who.post if who else ""
    async with uploads.received(request) as upload:
        link = upload.fields.get("link", "").strip()
        upload.name = uploads.shown_name(name) or upload.name
        if upload.size:
            task = verifying.inspect(house, upload, owner=owner, drawn=False)
        elif link:
            task = verifying.fetch(house, upload, link, owner=owner, drawn=False)
        else:
            raise StatusError(400, "there is no file in the body", "请求正文中没有文件")
    if "respond-async" not in prefer.lower():
        await _done(request, house, task)
    return await _told(request, house, task.id, owner)


@router.get(
    "/{inspection_id}",
    operation_id="getInspection",
    response_model=InspectionOut,
    responses={**_NOT_YET, **problems(404, 422)},
)
async def one(request: Request, house: House, who: Visitor, inspection_id: str) -> Response:
    """The answer, or how far it is."""
    return await _told(request, house, inspection_id, who.post if who else "")


@router.get(
    "/{inspection_id}/signed",
    operation_id="getSignedInspection",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "the signed answer"}, **problems(404)},
)
def signed(house: House, who: Visitor, inspection_id: str) -> Response:
    """The answer for whoever wants to keep it: sealed with the ledger's key."""
    task = verifying.find(house, inspection_id, owner=who.post if who else "")
    if task is None or task.state != "done" or not isinstance(task.result, verifying.Answer):
        raise _gone()
    return Response(verifying.signed(house, task.result), media_type="application/json")


@router.delete("/{inspection_id}", operation_id="forgetInspection", status_code=204, responses=problems(404))
def forget(house: House, who: Visitor, inspection_id: str) -> None:
    """The answer is gone at once; a file that still waits is not looked at."""
    task = verifying.find(house, inspection_id, owner=who.post if who else "")
    if task is None:
        raise _gone()
    verifying.forget(house, task)


async def _done(request: Request, house: House, task: Task) -> None:
    """Waits a while, for as long as somebody listens."""
    now = asyncio.get_running_loop().time
    until = now() + PATIENCE
    while not task.finished.is_set() and now() < until and not await request.is_disconnected():
        await asyncio.sleep(_LOOK_AGAIN)
    follow = verifying.find(house, task.id, owner=task.owner)
    if follow is not None and follow is not task and now() < until:
        await _done(request, house, follow)


async def _told(request: Request, house: House, number: str, owner: str) -> Response:
    task = verifying.find(house, number, owner=owner)
    if task is None:
        raise _gone()
    if task.state == "failed" and task.error is not None:
        return await of_ours(request, task.error)
    if task.state == "done" and isinstance(task.result, verifying.Answer):
        return JSONResponse(task.result.told)
    waiting = Waiting(
        id=number,
        state="waiting" if task.state == "waiting" else "running",
        ahead=house.work.ahead(task),
        stage=Said.of(task.stage) if task.stage else None,
    )
    headers = {"Location": f"/v1/inspections/{number}", "Retry-After": str(min(RETRY_AFTER, 1 + waiting.ahead // 2))}
    return JSONResponse(waiting.model_dump(), 202, headers)


def _gone() -> StatusError:
    return StatusError(404, "there is no such inspection, or it is gone", "没有这次检查，或结果已不在")
