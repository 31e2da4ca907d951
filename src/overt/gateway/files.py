"""Routes whose answers are files, or texts that come whole: pictures, speech, and what adapters name.

Each content is reviewed and marked under a content id of the decision, in the order in which the answer has them, and
stands in the answer where the unmarked one was. An answer without a content where the route says is an error: nothing
goes through unseen.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from starlette.responses import Response

from overt.gate.model import Decision
from overt.gateway import bodies, materials, pointers, protocol
from overt.gateway.asks import Asked, Wish
from overt.gateway.flow import fine
from overt.gateway.front import Front, json_answer, json_object
from overt.gateway.house import File
from overt.gateway.materials import Brought, Given
from overt.gateway.protocol import GatewayError, unsupported
from overt.gateway.route import Answer, Route
from overt.gateway.upstream import returned
from overt.language import Text
from overt.marking import texts

_NO_CONTENT = Text(
    zh="生成服务的答复中没有应有的内容", en="the generator's answer has no content where its interface says"
)


async def generate(front: Front, asked: Asked, route: Route) -> Response:
    """One request of a route."""
    document = asked.document if isinstance(asked.document, dict) else {}
    bodies.plain(document, route.names)
    _check(route, document)
    wish = Wish(route.function, _techniques(route, document), _outputs(route, document), _model(route, document))
    decision = await materials.decided(front.house, asked, wish, _brought(route, document))
    async with front.sent(asked) as response:
        body, headers = await front.upstream.read(response), returned(response)
    if route.answers[0].kind == "body":
        content_id = decision.content_ids[0]
        async with front.house.marked(body, route.answers[0].medium, decision, content_id) as file:
            data = await asyncio.to_thread(file.path.read_bytes)
        told = protocol.told_headers(decision, [content_id])
        kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return Response(data, headers=kept | dict(told), media_type=file.media_type)
    told_json, content_ids = await _marked(front, asked, route, json_object(body), decision)
    return json_answer(told_json, headers, protocol.told_headers(decision, content_ids))


async def _marked(
    front: Front, asked: Asked, route: Route, told: dict[str, Any], decision: Decision
) -> tuple[dict[str, Any], list[str]]:
    """The answer with its contents marked, and their ids."""
    found = [
        (answer, holder, key)
        for answer in route.answers
        for holder, key in pointers.places(told, answer.at)
        if isinstance(holder[key], str) and holder[key]
    ]
    if not found:
        raise protocol.upstream_failed(_NO_CONTENT)
    if len(found) > len(decision.content_ids):
        raise protocol.upstream_failed(
            Text(zh="生成服务给出了多余的内容", en="the generator gave more contents than were asked for")
        )
    ids = decision.content_ids[: len(found)]
    for content_id, (answer, holder, key) in zip(ids, found, strict=True):
        if answer.kind == "text":
            await _labelled(front, decision, content_id, holder, key)
            continue
        data = await _data(front, answer, holder[key])
        async with front.house.marked(data, answer.medium, decision, content_id) as file:
            links = answer.kind == "url" and not holder[key].startswith("data:")
            holder[key] = await (_address(front, asked, file) if links else _spelled(file, holder[key]))
        if isinstance(holder, dict):
            holder["content_id"] = content_id
    return told, list(ids)


async def _labelled(front: Front, decision: Decision, content_id: str, holder: Any, key: Any) -> None:
    """A text with its label; the object with the metadata label goes beside it."""
    finding = await front.house.review(decision, texts.material(holder[key]))
    if not fine(finding):
        raise protocol.of_output(decision, finding)
    written = front.house.written(decision, content_id)
    holder[key] = written.piece(holder[key]) + written.end()
    if isinstance(holder, dict):
        holder |= written.beside
    await front.house.record(written.sent(), decision)


async def _data(front: Front, answer: Answer, value: str) -> bytes:
    if answer.kind == "url" and not value.startswith("data:"):
        return await front.upstream.fetch(value)
    data = materials.decoded(value)
    if data is None:
        raise protocol.upstream_failed(_NO_CONTENT)
    return data


async def _spelled(file: File, before: str) -> str:
    """Base64, with `data:` before it where that was there."""
    spelled = await asyncio.to_thread(lambda: base64.b64encode(file.path.read_bytes()).decode("ascii"))
    return f"data:{file.media_type};base64,{spelled}" if before.startswith("data:") else spelled


async def _address(front: Front, asked: Asked, file: File) -> str:
    """Where the marked file can be fetched, for a while, by whoever has the address."""
    base = front.applies.public.rstrip("/") or asked.base
    return f"{base}/overt/files/{await front.house.shelve(front.house.links, file)}"


def _check(route: Route, document: dict[str, Any]) -> None:
    for each in route.refuse:
        value = pointers.first(document, each.at)
        met = value in each.equals if each.equals else value is not None and value not in each.but
        if met:
            raise unsupported(each.at.strip("/").replace("/", "."), Text(zh=each.zh, en=each.en))


def _techniques(route: Route, document: dict[str, Any]) -> tuple[str, ...]:
    for each in route.when:
        values = list(pointers.found(document, each.at))
        if any(value in each.equals for value in values) if each.equals else values:
            return each.techniques
    return route.techniques


def _outputs(route: Route, document: dict[str, Any]) -> int:
    value = pointers.first(document, route.outputs)
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if number is None:
        return 1
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= route.most_outputs:
        raise GatewayError(
            400,
            "invalid_value",
            Text(zh=f"应为 1 至 {route.most_outputs}", en=f"it has to be from 1 to {route.most_outputs}"),
            param=route.outputs.strip("/"),
        )
    return number


def _model(route: Route, document: dict[str, Any]) -> str:
    value = pointers.first(document, route.model)
    return value if isinstance(value, str) else ""


def _brought(route: Route, document: dict[str, Any]) -> Brought:
    words = materials.words([value for at in route.prompts for value in pointers.found(document, at)])
    files: list[Given] = []
    for each in route.inputs:
        for value in pointers.found(document, each.at):
            files += materials.given(value, each.medium)
    return Brought(words, tuple(files))
