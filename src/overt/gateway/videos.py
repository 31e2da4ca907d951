"""`/v1/videos`: films, which a generator works on for a while and which are fetched when they are done.

```
POST    /v1/videos                 decided, forwarded; its number is kept with the decision
POST    /v1/videos/{id}/remix      the same, for a film of one's own
GET     /v1/videos/{id}            passed through: how far it is
GET     /v1/videos/{id}/content    reviewed, marked and recorded the first time; the same file after that, for a day
DELETE  /v1/videos/{id}            passed through
```

Numbers belong to the key that asked: for any other there is nothing there. Refused: lists, which would name other
keys' films, and pictures out of a film (`variant=thumbnail`, `spritesheet`), which are made without its marks.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from starlette.responses import FileResponse, Response

from overt.gate.model import Decision
from overt.gateway import bodies, materials, protocol
from overt.gateway.asks import Asked, Wish
from overt.gateway.front import Front, json_answer, json_object
from overt.gateway.materials import Brought
from overt.gateway.protocol import GatewayError, unsupported
from overt.gateway.upstream import returned
from overt.language import Text
from overt.store.gateway import GatewayJob

_MAKES: Final = Wish("videos.create", ("video_generation",))
_REMIXES: Final = Wish("videos.remix", ("video_editing",))
_TOLD: Final = frozenset(
    {"id", "object", "model", "prompt", "status", "progress", "size", "seconds", "quality", "error", "deleted"}
    | {"created_at", "completed_at", "expires_at", "remixed_from_video_id"}
)
_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def create(front: Front, asked: Asked) -> Response:
    """Begins a film."""
    return await _begun(front, asked, _MAKES)


async def remix(front: Front, asked: Asked) -> Response:
    """Begins a film out of one of one's own."""
    await _own(front, asked)
    return await _begun(front, asked, _REMIXES)


async def passed(front: Front, asked: Asked) -> Response:
    """Says how far a film is, or deletes it."""
    _, decision = await _own(front, asked)
    told, headers = await front.told(asked)
    return json_answer(_state(told), headers, protocol.told_headers(decision, decision.content_ids))


async def content(front: Front, asked: Asked) -> Response:
    """The finished film with its marks."""
    variant = parse_qs(asked.query).get("variant", ["video"])[0]
    if variant != "video":
        raise unsupported(
            "variant",
            Text(zh="网关只提供带标识的视频本身", en="the gateway gives out the film itself, which carries its marks"),
        )
    number = _number(asked.path)
    async with _locks.setdefault(number, asyncio.Lock()):
        job, decision = await _own(front, asked)
        if not job.file:
            job = await _finished(front, asked, job, decision)
    found = front.house.films.find(job.file)
    if found is None:
        raise GatewayError(
            410, "expired", Text(zh="视频已过保存期", en="the film is kept no longer"), decision=decision.id
        )
    return FileResponse(
        found[0], headers=dict(protocol.told_headers(decision, decision.content_ids)), media_type=job.media_type
    )


async def _finished(front: Front, asked: Asked, job: GatewayJob, decision: Decision) -> GatewayJob:
    """Fetches the film, marks it, and keeps it for whoever asks again."""
    async with front.house.place() as path:
        async with front.sent(asked) as response:
            await front.upstream.save(response, path)
        async with front.house.marked(path, "video", decision, decision.content_ids[0]) as file:
            name = await front.house.shelve(front.house.films, file)
            await front.house.finish_job(job.job, name, file.media_type)
            return GatewayJob(job.job, job.key_id, job.decision, file.media_type, name)


async def _begun(front: Front, asked: Asked, wish: Wish) -> Response:
    document: dict[str, Any] = asked.document if isinstance(asked.document, dict) else {}
    bodies.plain(document, ("prompt", "input_reference", "model"))
    model = document.get("model")
    named = Wish(wish.function, wish.techniques, 1, model if isinstance(model, str) else "")
    files = tuple(materials.given(document.get("input_reference"), "image"))
    brought = Brought(materials.words([document.get("prompt")]), files)
    decision = await materials.decided(front.house, asked, named, brought)
    async with front.sent(asked) as response:
        told, headers = json_object(await front.upstream.read(response)), returned(response)
    number = told.get("id")
    if not isinstance(number, str) or not 0 < len(number) <= 256:
        raise protocol.upstream_failed(
            Text(zh="生成服务的答复没有编号", en="the generator's answer has no number by which to ask for the film")
        )
    await front.house.begin_job(number, asked.key, decision)
    return json_answer(_state(told), headers, protocol.told_headers(decision, decision.content_ids))


def _state(told: dict[str, Any]) -> dict[str, Any]:
    """What the interface says of a film. Some generators add links to the film itself, which has no marks there."""
    return {name: value for name, value in told.items() if name in _TOLD}


async def _own(front: Front, asked: Asked) -> tuple[GatewayJob, Decision]:
    found = await front.house.job(_number(asked.path), asked.key)
    if found is None:
        raise GatewayError(404, "not_found", Text(zh="没有这个视频", en="there is no such film"), param="video_id")
    return found


def _number(path: str) -> str:
    """The film's number in an address: `/v1/videos/{id}/…`."""
    return path.split("/")[3]
