"""`POST /v1/responses`: answers with their label, whole or as a stream of named events.

A response is one content. Each of its texts has the label; the metadata label is the response's `aigc` member. Events
that repeat a text (`….done`, `response.completed`) repeat it as it was sent, label and all, and events are numbered
anew. A text that the review refuses ends the stream with `response.incomplete`, whose reason is `content_filter`.

Refused at the door, because it would let something out without marks: `background`, and tools that draw pictures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from overt.gate.model import Decision, Finding
from overt.gateway import bodies, materials, protocol
from overt.gateway.asks import Asked, Wish
from overt.gateway.flow import Flow, Held, Streamed, fine, told_of
from overt.gateway.front import Front, an_object, json_answer
from overt.gateway.protocol import unsupported
from overt.gateway.sse import Event, event
from overt.gateway.upstream import returned
from overt.language import Text
from overt.marking import texts
from overt.marking.texts import Sent, Written

if TYPE_CHECKING:
    from overt.gateway.house import House

FUNCTION: Final = "responses.create"
_TECHNIQUES: Final = ("question_answering",)
_JSON: Final = frozenset({"json_object", "json_schema"})
_UNREAD: Final = Text(zh="生成服务的答复无法识别", en="the generator's answer cannot be read")
_READ: Final = ("input", "instructions", "prompt", "model", "stream", "background", "tools", "text")
_DRAWN: Final = frozenset({"image_generation_call", "output_image", "output_audio", "image"})
"""Kinds of items, and of their parts, that are contents which cannot be marked here."""
_DELTA: Final = "response.output_text.delta"
_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})


async def respond(front: Front, asked: Asked) -> Response:
    """One response, whole or as a stream."""
    body = an_object(asked.document)
    bodies.plain(body, _READ)
    _check(body)
    wish = Wish(FUNCTION, _TECHNIQUES, 1, str(body.get("model") or ""))
    decision = await materials.decided(front.house, asked, wish, materials.in_chat(body))
    text = body.get("text")
    chosen = text.get("format") if isinstance(text, dict) else None
    inside = not (isinstance(chosen, dict) and chosen.get("type") in _JSON)
    more = dict(protocol.told_headers(decision, decision.content_ids))
    if body.get("stream"):
        opened = AsyncExitStack()
        async with opened:
            response = await opened.enter_async_context(front.sent(asked))
            flow = _Events(front.house, decision, front.applies.hold_back, inside=inside)
            headers = {name: value for name, value in returned(response).items() if name != "content-type"}
            return Streamed(lambda: flow.out(response), opened.pop_all(), headers=headers | more)
    told, headers = await front.told(asked)
    await _labelled(front.house, decision, told, inside=inside)
    return json_answer(told, headers, more)


def _check(body: dict[str, Any]) -> None:
    if body.get("background"):
        raise unsupported(
            "background",
            Text(
                zh="网关不支持后台响应：其结果将不经标识取回",
                en="the gateway does not support background responses: they would be fetched without marks",
            ),
        )
    tools = body.get("tools") or ()
    if any(isinstance(each, dict) and each.get("type") == "image_generation" for each in tools):
        raise unsupported(
            "tools",
            Text(zh="网关不支持绘图工具", en="the gateway does not support the tool that draws pictures"),
            Text(zh="请改用 /v1/images/generations。", en="Use /v1/images/generations for it."),
        )


async def _labelled(house: House, decision: Decision, told: dict[str, Any], *, inside: bool) -> None:
    """A whole response."""
    _check_output(told)
    parts = list(_parts(told))
    whole = "\n\n".join(part["text"] for part in parts)
    finding = await house.review(decision, texts.material(whole)) if whole else None
    others = "\n".join(_other_texts(told))
    if others and (finding is None or fine(finding)):
        finding = await house.look(decision, others)
    if finding is not None and not fine(finding):
        _emptied(told, decision, finding)
        return
    sent = []
    for part in parts:
        written = house.written(decision, decision.content_ids[0], inside=inside)
        part["text"] = written.piece(part["text"]) + written.end()
        _shifted(part.get("annotations"), written.before)
        told |= written.beside
        sent.append(written)
    if sent:
        await house.record(_joined(sent), decision)


def _check_output(told: dict[str, Any]) -> None:
    """Raises `GatewayError` for what would go out unseen; takes out the text that some servers repeat at the top."""
    told.pop("output_text", None)
    output = told.get("output") or []
    if not isinstance(output, list):
        raise protocol.upstream_failed(_UNREAD)
    for item in output:
        _check_item(item)


def _check_item(item: Any) -> None:
    if not isinstance(item, dict):
        raise protocol.upstream_failed(_UNREAD)
    parts = [each for name in ("content", "outputs", "summary") for each in item.get(name) or ()]
    for each in (item, *parts):
        if not isinstance(each, dict):
            raise protocol.upstream_failed(_UNREAD)
        if each.get("type") in _DRAWN:
            raise protocol.upstream_failed(
                Text(
                    zh=f"生成服务给出了网关在此无法标识的内容（{each['type']}）",
                    en=f"the generator gave something that the gateway cannot mark here ({each['type']})",
                )
            )


def _joined(sent: list[Written]) -> Sent:
    """The texts of a response as the one content that they are."""
    first = sent[0]
    source, text = ("\n\n".join(getattr(each.sent(), name) for each in sent) for name in ("source", "text"))
    return Sent(first.content_id, source, text, first.labelled, first.inside)


def _emptied(told: dict[str, Any], decision: Decision, finding: Finding) -> None:
    told |= {
        "status": "incomplete",
        "incomplete_details": {"reason": "content_filter"},
        "output": [],
        "overt": protocol.why(decision, finding),
    }


def _parts(told: Any) -> Iterator[dict[str, Any]]:
    """The parts of a response's messages that are text."""
    for item in told.get("output") or ():
        yield from _item_parts(item)


def _item_parts(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in item.get("content") or ():
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str):
            yield part


def _other_texts(told: dict[str, Any]) -> Iterator[str]:
    """Summaries of reasoning, refusals: read by people, and no part of the answer."""
    for item in told.get("output") or ():
        for part in (*(item.get("summary") or ()), *(item.get("content") or ())):
            if isinstance(part, dict) and part.get("type") != "output_text":
                yield from (value for name in ("text", "refusal") if isinstance(value := part.get(name), str))


def _shifted(annotations: Any, by: int) -> None:
    """Places in a text that now has a label before it."""
    for each in annotations or ():
        for name in ("start_index", "end_index"):
            if isinstance(each, dict) and isinstance(each.get(name), int):
                each[name] += by


class _Events(Flow):
    """The events of a response."""

    named = True

    def __init__(self, house: House, decision: Decision, hold_back: int, *, inside: bool) -> None:
        super().__init__(house, decision, hold_back)
        self._inside = inside
        self._texts: dict[Hashable, Written] = {}
        self._items: dict[Hashable, Any] = {}
        self._beside = self._written().beside
        self._response: dict[str, Any] = {}
        self._number = 0
        self._ended = False
        self._refused = False
        self._recorded = False

    @property
    def over(self) -> bool:
        """Whether the review ended it."""
        return self._refused

    @property
    def whole(self) -> bool:
        """Whether the generator ended it."""
        return self._ended

    def take(self, event: Event) -> None:
        """Takes an event in."""
        if event.data.strip() == "[DONE]":  # Some servers send the other interface's end.
            return
        told = told_of(event)
        if "item" in told:
            _check_item(told["item"])
        if isinstance(told.get("response"), dict):
            _check_output(told["response"])
        kind = str(told.get("type") or event.name)
        held = Held(told, kind)
        key = (
            kind.rsplit(".", 1)[0],
            told.get("output_index", 0),
            told.get("content_index", told.get("summary_index")),
        )
        if kind.endswith(".delta") and isinstance(told.get("delta"), str) and "call" not in kind:
            held.ends[key] = self.track(key).add(told["delta"])
            if kind == _DELTA:
                self._items.setdefault(key, told.get("item_id"))
        elif kind.endswith(".done") and key in self.tracks:
            self.tracks[key].ended = True
            held.ends[key] = self.tracks[key].total
        elif kind in _ENDS:
            self._ended = True
            for each, track in self.tracks.items():
                track.ended = True
                held.ends[each] = track.total
        if "partial_image" not in kind:
            self.queue.append(held)

    async def hands_on(self, held: Held) -> AsyncIterator[bytes]:
        """An event with the labels in its texts."""
        told = held.told
        if isinstance(told.get("response"), dict):
            self._response = told["response"]
        key = ("response.output_text", told.get("output_index", 0), told.get("content_index"))
        if held.name == _DELTA:
            written = self._texts.setdefault(key, self._written())
            told["delta"] = written.piece(told["delta"])
            if not told["delta"]:
                return
        elif held.name == "response.output_text.done" and key in self._texts:
            if tail := self._texts[key].end():
                yield self._numbered(self._delta(told, tail), _DELTA)
            told["text"] = self._texts[key].text
        elif held.name == "response.output_text.annotation.added" and key in self._texts:
            _shifted([told.get("annotation")], self._texts[key].before)
        elif held.name in _ENDS:
            await self._settle()
            if self._refused:
                yield self._incomplete()
                return
        self._rewrite(told)
        yield self._numbered(told, held.name)

    async def refused(self, track: Hashable, finding: Finding) -> AsyncIterator[bytes]:  # noqa: ARG002
        """The proper end of a response that may not go on."""
        if self._refused:
            return
        self._stop(finding)
        await self.house.surely(self.record())
        yield self._incomplete()

    async def record(self) -> None:
        """Records what was sent."""
        if self._recorded or not (sent := [each for each in self._texts.values() if each.text]):
            return
        self._recorded = True
        await self.house.record(_joined(sent), self.decision)

    async def _settle(self) -> None:
        """The recorded review of the whole, and the record of what was sent."""
        if self._texts:
            whole = "\n\n".join(each.sent().source for each in self._texts.values())
            finding = await self.house.review(self.decision, texts.material(whole))
            if not fine(finding):
                self._stop(finding)
            await self.house.surely(self.record())

    def _stop(self, finding: Finding) -> None:
        self._refused = True
        self.queue.clear()
        self.tracks.clear()
        self._response |= {"overt": protocol.why(self.decision, finding)}

    def _written(self) -> Written:
        return self.house.written(self.decision, self.decision.content_ids[0], inside=self._inside)

    def _rewrite(self, told: dict[str, Any]) -> None:
        """Texts that an event repeats, as they were sent."""
        index = told.get("output_index", 0)
        if told.get("type") == "response.content_part.done" and isinstance(told.get("part"), dict):
            self._rewrite_part(told["part"], ("response.output_text", index, told.get("content_index")))
        if isinstance(told.get("item"), dict):
            self._rewrite_item(told["item"], index)
        if isinstance(told.get("response"), dict):
            for number, item in enumerate(told["response"].get("output") or ()):
                self._rewrite_item(item, number)
            told["response"] |= self._beside

    def _rewrite_item(self, item: dict[str, Any], index: int) -> None:
        for number, part in enumerate(item.get("content") or ()):
            if isinstance(part, dict):
                self._rewrite_part(part, ("response.output_text", index, number))

    def _rewrite_part(self, part: dict[str, Any], key: Hashable) -> None:
        if part.get("type") == "output_text" and key in self._texts and part.get("text"):
            part["text"] = self._texts[key].text
            _shifted(part.get("annotations"), self._texts[key].before)

    def _delta(self, told: dict[str, Any], text: str) -> dict[str, Any]:
        names = ("item_id", "output_index", "content_index")
        kept: dict[str, Any] = {name: told[name] for name in names if name in told}
        return {"type": _DELTA, **kept, "delta": text, "logprobs": []}

    def _incomplete(self) -> bytes:
        output = []
        for key, written in self._texts.items():
            part = {"type": "output_text", "text": written.text, "annotations": []}
            message = {"type": "message", "id": self._items.get(key), "role": "assistant", "status": "incomplete"}
            output.append(message | {"content": [part]})
        ended = self._response | {
            "status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": output,
        }  # fmt: skip
        ended |= self._beside
        return self._numbered({"type": "response.incomplete", "response": ended}, "response.incomplete")

    def _numbered(self, told: dict[str, Any], name: str) -> bytes:
        told["sequence_number"] = self._number
        self._number += 1
        return event(told, name)
