"""`POST /v1/chat/completions`: answers with their label, whole or as a stream.

| part of the answer | what happens |
|---|---|
| `content` | reviewed; the label before it, and again at its end; recorded when it ends |
| other texts (`refusal`, `reasoning_content`, …) | reviewed, not labelled: they are no part of the answer's text |
| `tool_calls`, `function_call` | untouched: they are for programs |
| `usage`, chunks without choices | untouched |
| `response_format` with JSON | no label inside, which would break it; `aigc_label` and `aigc` beside it |

Each choice is a content with an id of its own; its `aigc` member holds the metadata label, in a stream in its first and
its last chunk. A text that the review refuses ends with `finish_reason: "content_filter"`; an `overt` member says why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from overt.gate.model import Decision, Finding
from overt.gateway import materials, protocol
from overt.gateway.asks import Asked, Wish
from overt.gateway.flow import Flow, Held, Streamed, fine, told_of
from overt.gateway.front import Front, an_object, json_answer
from overt.gateway.protocol import unsupported
from overt.gateway.sse import Event, event
from overt.gateway.upstream import returned
from overt.language import Text
from overt.marking import texts
from overt.marking.texts import Written

if TYPE_CHECKING:
    from overt.gateway.house import House

FUNCTION: Final = "chat.completions"
_TECHNIQUES: Final = ("question_answering",)
_MOST_CHOICES: Final = 128
_NO_TEXT: Final = frozenset({"role", "tool_calls", "function_call", "audio"})
_JSON: Final = frozenset({"json_object", "json_schema"})


async def complete(front: Front, asked: Asked) -> Response:
    """One chat, whole or as a stream."""
    body = an_object(asked.document)
    _check(body)
    wish = Wish(FUNCTION, _TECHNIQUES, choices_of(body), str(body.get("model") or ""))
    decision = await materials.decided(front.house, asked, wish, materials.in_messages(body.get("messages")))
    inside = _kind_of_format(body.get("response_format")) not in _JSON
    if body.get("stream"):
        opened = AsyncExitStack()
        async with opened:
            response = await opened.enter_async_context(front.sent(asked))
            flow = _Chat(front.house, decision, front.applies.hold_back, inside=inside)
            headers = _headers(returned(response)) | dict(protocol.told_headers(decision, decision.content_ids))
            return Streamed(lambda: flow.out(response), opened.pop_all(), headers=headers)
    told, headers = await front.told(asked)
    for choice in told.get("choices") or ():
        await _labelled(front.house, decision, choice, inside=inside)
    return json_answer(told, headers, protocol.told_headers(decision, decision.content_ids))


def choices_of(body: dict[str, Any], name: str = "n") -> int:
    """How many answers are asked for. Raises `GatewayError`."""
    number = body.get(name)
    if number is None:
        return 1
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _MOST_CHOICES:
        raise protocol.GatewayError(
            400,
            "invalid_value",
            Text(zh=f"{name} 应为 1 至 {_MOST_CHOICES} 的整数", en=f"{name} has to be from 1 to {_MOST_CHOICES}"),
            param=name,
        )
    return number


def _check(body: dict[str, Any]) -> None:
    if "audio" in (body.get("modalities") or ()):
        raise unsupported(
            "modalities",
            Text(zh="网关不支持聊天中的语音输出", en="the gateway does not support sound in chats"),
            Text(zh="请改用 /v1/audio/speech。", en="Use /v1/audio/speech for it."),
        )


def _kind_of_format(chosen: Any) -> str:
    return str(chosen.get("type")) if isinstance(chosen, dict) else "text"


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}


async def _labelled(house: House, decision: Decision, choice: Any, *, inside: bool) -> None:
    """A choice of a whole answer."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise protocol.upstream_failed(Text(zh="生成服务的答复缺少消息", en="a choice of the answer has no message"))
    index = choice.get("index", 0)
    written = house.written(decision, _content_id(decision, index), inside=inside)
    finding: Finding | None = None
    for name, text in _texts(message):
        found = await (
            house.review(decision, texts.material(text)) if name == "content" else house.look(decision, text)
        )
        if not fine(found):
            finding = found
    if finding is not None:
        choice["message"] = {"role": message.get("role", "assistant"), "content": ""}
        choice["finish_reason"] = "content_filter"
        choice["overt"] = protocol.why(decision, finding)
        return
    if isinstance(message.get("content"), str) and message["content"]:
        message["content"] = written.piece(message["content"]) + written.end()
        choice |= written.beside
        await house.record(written.sent(), decision)


def _texts(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The texts in a message or a delta, under their names."""
    return [(name, value) for name, value in message.items() if isinstance(value, str) and name not in _NO_TEXT]


def _content_id(decision: Decision, index: Any) -> str:
    if not isinstance(index, int) or not 0 <= index < len(decision.content_ids):
        raise protocol.upstream_failed(
            Text(zh="生成服务给出了多余的回答", en="the generator gave more answers than were asked for")
        )
    return decision.content_ids[index]


class _Chat(Flow):
    """The chunks of a chat."""

    def __init__(self, house: House, decision: Decision, hold_back: int, *, inside: bool) -> None:
        super().__init__(house, decision, hold_back)
        self._inside = inside
        self._choices: dict[int, Written] = {}
        self._closed: set[int] = set()
        self._recorded: set[int] = set()
        self._shape: dict[str, Any] = {}
        self._done = False

    @property
    def over(self) -> bool:
        """Whether the review ended all choices that were asked for."""
        return len(self._closed) == len(self.decision.content_ids)

    @property
    def whole(self) -> bool:
        """Whether `[DONE]` came."""
        return self._done

    def last(self) -> bytes:
        """The protocol's end."""
        return Event("", "[DONE]").encoded()

    def take(self, event: Event) -> None:
        """Takes a chunk in."""
        if event.data.strip() == "[DONE]":
            self._done = True
            return
        held = Held(told_of(event), event.name)
        self._shape = self._shape or {
            name: held.told[name] for name in ("id", "object", "created", "model") if name in held.told
        }
        if not held.told.get("choices"):
            self.queue.append(held)
            return
        held.told["choices"] = [each for each in held.told["choices"] if each.get("index", 0) not in self._closed]
        for choice in held.told["choices"]:
            self._take_choice(choice, held)
        if held.told["choices"]:
            self.queue.append(held)

    def _take_choice(self, choice: dict[str, Any], held: Held) -> None:
        index = choice.get("index", 0)
        if index not in self._choices:
            content_id = _content_id(self.decision, index)
            self._choices[index] = self.house.written(self.decision, content_id, inside=self._inside)
        for name, text in _texts(choice.get("delta") or {}):
            held.ends[index, name] = self.track((index, name)).add(text)
        if choice.get("finish_reason") is not None:
            for key, track in self.tracks.items():
                if isinstance(key, tuple) and key[0] == index:
                    track.ended = True
                    held.ends[key] = track.total

    async def hands_on(self, held: Held) -> AsyncIterator[bytes]:
        """A chunk with its labels; a chunk with the last label goes before the one that ends a choice."""
        for choice in held.told.get("choices") or ():
            index = choice.get("index", 0)
            written = self._choices[index]
            delta = choice.get("delta") or {}
            if isinstance(delta.get("content"), str) and delta["content"]:
                if not written.begun:
                    choice.update(written.beside)
                delta["content"] = written.piece(delta["content"])
            if choice.get("finish_reason") is None or not written.begun:
                continue
            finding = await self.house.review(self.decision, texts.material(self.tracks[index, "content"].text))
            if not fine(finding):
                choice |= {"finish_reason": "content_filter", "overt": protocol.why(self.decision, finding)}
            elif tail := written.end():
                yield self._chunk(index, {"content": tail})
            choice.update(written.beside)
            await self._record(index)
        yield event(held.told)

    async def refused(self, track: Hashable, finding: Finding) -> AsyncIterator[bytes]:
        """The proper end of a choice that may not go on."""
        index: int = track[0]  # type: ignore[index]  # keys are (index, name)
        if index in self._closed:
            return
        self._closed.add(index)
        for key in [key for key in self.tracks if isinstance(key, tuple) and key[0] == index]:
            del self.tracks[key]
        for held in list(self.queue):
            if not (had := held.told.get("choices")):
                continue
            held.told["choices"] = [each for each in had if each.get("index", 0) != index]
            if not held.told["choices"]:
                self.queue.remove(held)
        await self._record(index)
        more = {"overt": protocol.why(self.decision, finding)}
        if self._choices[index].begun:
            more |= self._choices[index].beside
        yield self._chunk(index, {}, finish_reason="content_filter", **more)

    async def record(self) -> None:
        """Records the choices that were cut off."""
        for index in self._choices:
            await self._record(index)

    async def _record(self, index: int) -> None:
        written = self._choices[index]
        if written.text and index not in self._recorded:
            self._recorded.add(index)
            await self.house.surely(self.house.record(written.sent(), self.decision))

    def _chunk(self, index: int, delta: dict[str, Any], **more: Any) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": None} | more
        return event(self._shape | {"choices": [choice]})
