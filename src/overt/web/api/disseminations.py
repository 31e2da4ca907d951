"""Disseminations: what others made gets our propagation data and its notice before it is distributed.

Source: Labeling Measures, arts. 6 and 7; GB 45438-2025, 6.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from overt.web import acts, uploads
from overt.web.access import Who, needs
from overt.web.api.jobs import STARTED, WAIT, Wait, form, started
from overt.web.api.problems import problems
from overt.web.house import House

router = APIRouter(prefix="/v1/disseminations", tags=["disseminations"])


@router.post(
    "",
    operation_id="disseminate",
    status_code=201,
    openapi_extra=form("file", declared="`yes` where the uploader says that it is synthetic"),
    dependencies=[needs("contents:mark")],
    responses=STARTED | problems(408, 413, 415, 422, 503),
)
async def disseminate(request: Request, house: House, who: Who, wait: Wait = WAIT) -> Response:
    """Inspects a file, writes our propagation data into its label where the law asks for it, and tells the notice.

    A form with `file`, and `declared` (`yes` where the uploader says that it is synthetic). The file to distribute is
    fetched from the job; where nothing could be told, there is none.
    """
    async with uploads.received(request) as upload:
        task = acts.distribute(house, who, upload, declared=upload.fields.get("declared", "") in ("yes", "true", "1"))
    return await started(request, house, task, wait)
