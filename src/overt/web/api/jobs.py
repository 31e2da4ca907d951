"""Jobs: what takes longer than an answer may. A call that starts one waits a moment for it, then leads to it.

```
POST …                 201 with the job where it is done already, 202 and `Location` otherwise
GET  /v1/jobs/{id}     how far it is; what it came to, or what went wrong (as problem details)
GET  /v1/jobs/{id}/file     the file that it made
```

A job is seen by whoever started it, for fifteen minutes after it ended. No permission is asked for beyond that;
`needs()` is there for inspectors, whose every look is recorded.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from overt.web import acts
from overt.web.access import Who, needs
from overt.web.acts import Outcome
from overt.web.api.model import Said
from overt.web.api.problems import Problem, problems
from overt.web.errors import StatusError, of_ours
from overt.web.house import House, Site
from overt.web.work import Task

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
Wait = Annotated[float, Query(ge=0, le=30, description="seconds to wait for the job before the answer leads to it")]
WAIT = 5.0


class Progress(BaseModel):
    """How far it is, where it can say."""

    done: int
    of: int


class Job(BaseModel):
    """A job. `result` differs by kind, see the call that starts it; `file` is where what it made can be fetched."""

    id: str
    kind: str = Field(examples=["mark"])
    state: Literal["waiting", "running", "done", "failed"]
    ahead: int = Field(0, description="jobs before it in the line")
    stage: Said | None = None
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    file: str | None = Field(None, examples=["/v1/jobs/4f…/file"])
    media_type: str | None = None
    error: Problem | None = None


STARTED: dict[int | str, dict[str, Any]] = {
    201: {"description": "done", "model": Job},
    202: {"description": "under way: ask at `Location`", "model": Job},
}
"""The answers of a call that starts a job."""


def form(*required: str, **fields: str) -> dict[str, Any]:
    """The description of a form with a file, which no signature shows: its fields, each with what it is."""
    properties: dict[str, Any] = {"file": {"type": "string", "format": "binary"}}
    properties |= {name: {"type": "string", "description": told} for name, told in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.get("/{job_id}", operation_id="getJob", dependencies=[needs()], responses=problems(404))
async def one(request: Request, house: House, who: Who, job_id: str) -> Job:
    """How a job stands."""
    return await told(request, house, find(house, who.post, job_id))


@router.get(
    "/{job_id}/file",
    operation_id="getJobFile",
    dependencies=[needs()],
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "the file"}, **problems(404)},
)
def file(house: House, who: Who, job_id: str) -> FileResponse:
    """The file that a job made, for whoever started it."""
    return attachment(find(house, who.post, job_id))


def find(house: Site, owner: str, job_id: str) -> Task:
    """The job of this number, if it is theirs and one of ours. Raises `StatusError`."""
    task = house.work.find(job_id, owner=owner)
    if task is None or task.kind not in acts.KINDS:
        raise StatusError(404, "there is no such job, or it is over for long", "没有此任务，或已过期")
    return task


def attachment(task: Task) -> FileResponse:
    """The file of a job, to be kept rather than shown. Raises `StatusError` where it made none."""
    made = task.result
    if not isinstance(made, Outcome) or made.file is None or not made.file.is_file():
        raise StatusError(404, "this job made no file", "此任务没有产生文件")
    # Never shown in our own origin: what it holds came from others.
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store"}
    return FileResponse(made.file, media_type=made.media_type, filename=made.name, headers=headers)


async def started(request: Request, house: Site, task: Task, wait: float, at: str = "") -> Response:
    """The answer of a call that started a job: what it came to, or where to ask. Raises what it failed with.

    `at` is the address of what was made, with names of the result: `/v1/contents/{content_id}`.
    """
    await run_in_threadpool(task.finished.wait, wait)
    if task.error is not None:
        raise task.error
    done = task.state == "done"
    body = await told(request, house, task)
    location = at.format(**body.result) if done and at and body.result else f"/v1/jobs/{task.id}"
    content = body.model_dump_json(exclude_none=True)
    return Response(content, 201 if done else 202, {"Location": location}, "application/json")


async def told(request: Request, house: Site, task: Task) -> Job:
    """A job as the API tells it."""
    made = task.result if isinstance(task.result, Outcome) else None
    problem = None
    if task.error is not None:
        problem = Problem.model_validate(json.loads(bytes((await of_ours(request, task.error)).body)))
    return Job(
        id=task.id,
        kind=task.kind,
        state=task.state,
        ahead=house.work.ahead(task),
        stage=Said.of(task.stage) if task.stage and task.state == "running" else None,
        progress=Progress(done=task.done_of[0], of=task.done_of[1]) if task.done_of else None,
        result=made.told if made else None,
        file=f"/v1/jobs/{task.id}/file" if made and made.file else None,
        media_type=made.media_type if made and made.file else None,
        error=problem,
    )
