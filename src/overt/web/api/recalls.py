"""Recalls for other programs: what was released with a consent that was withdrawn.

```
GET  /recalls                 the whole list, signed
GET  /recalls/{contentId}     one content: recalled or not
GET  /recalls/status-list     W3C Bitstring Status List, as a signed JWT; bits by the release's index in the ledger
```

No person, consent or requester is named. Whoever meets a content id in a label, a credential or a watermark can ask.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from overt.consenting import Desk
from overt.web.api.problems import public_problems
from overt.web.errors import StatusError
from overt.web.public.desk import DeskService

router = APIRouter(prefix="/recalls", tags=["recalls"])


@router.get("", operation_id="getRecalls", responses=public_problems())
async def every(request: Request) -> dict[str, Any]:
    """The list: Ed25519 over the canonical JSON (RFC 8785) of `list`, by the key whose SHA-256 is `signer`."""
    return await _desk(request).quick(lambda desk: desk.recalls.recall_list())


@router.get(
    "/status-list",
    operation_id="getRecallStatusList",
    response_class=Response,
    responses={
        200: {"description": "the status list", "content": {"application/vc+jwt": {}}},
        **public_problems(),
    },
)
async def status_list(request: Request) -> Response:
    """The status list of all releases."""
    service = _desk(request)
    base = (
        service.setup.settings.consent.address.rstrip("/")
        or f"{request.url.scheme}://{urlsplit(str(request.url)).netloc}"
    )
    told = await service.quick(lambda desk: desk.recalls.status_list(f"{base}/recalls/status-list"))
    return Response(told, media_type="application/vc+jwt")


@router.get("/{content_id}", operation_id="getRecall", responses=public_problems(404))
async def one(request: Request, content_id: str) -> dict[str, Any]:
    """Whether one of our contents is recalled."""

    def work(desk: Desk) -> dict[str, Any] | None:
        index = desk.store.ledger_index(content_id)
        recall = desk.recalls.recalled(content_id)
        if index is None:
            return None
        status = {"status_index": index, "status_list": "/recalls/status-list"}
        told = {"recalled": recall.recalled, "reason": "consent-withdrawn"} if recall else {"recalled": None}
        return {"content_id": content_id, **told, **status}

    found = await _desk(request).quick(work)
    if found is None:
        raise StatusError(404, "no released content has this id", "没有此编号的已发布内容")
    return found


def _desk(request: Request) -> DeskService:
    service: DeskService = request.app.state.desk
    return service
