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
from overt.marking.texts import Written

if TYPE_CHECKING:
    from overt.gateway.house import House

FUNCTION: Final = "chat.completions"
_TECHNIQUES: Final = ("question_answering",)
_MOST_CHOICES: Final = 128
_READ: Final = ("messages", "model", "stream", "n", "modalities", "response_format")
"""Members of a request that are read here."""
_CHOICE: Final = frozenset({"index", "message", "delta", "finish_reason", "logprobs"})
_FOR_PROGRAMS: Final = frozenset({"tool_calls", "function_call", "annotations"})
_NO_TEXT: Final = frozenset({"role", "id"})
_CONTENTS: Final = frozenset({"content", "audio", "images", "image", "video", "videos"})
_UNREAD: Final = Text(zh="生成服务的答复无法识别", en="the generator's answer cannot be read")
_JSON: Final = frozenset({"json_object", "json_schema"})


async def complete(front: Front, asked: Asked) -> Response:
    """One chat, whole or as a stream."""
    body = an_object(asked.document)
    bodies.plain(body, _READ)
    _check(body)
    wish = Wish(FUNCTION, _TECHNIQUES, choices_of(body), str(body.get("model") or ""))
    decision = await materials.decided(front.house, asked, wish, materials.in_chat(body))
    inside = _kind_of_format(body.get("response_format")) not in _JSON
    if body.get("stream"):
        opened = AsyncExitStack()
        async with opened:
            response = await opened.enter_async_context(front.sent(asked))
            flow = _Chat(front.house, decision, front.applies.hold_back, inside=inside)
            headers = _headers(returned(response)) | dict(protocol.told_headers(decision, decision.content_ids))
            return Streamed(lambda: flow.out(response), opened.pop_all(), headers=headers)
    told, headers = await front.told(asked)
    for choice in _choices(told):
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
    message = choice.get("message")
    if not isinstance(message, dict):
        raise protocol.upstream_failed(Text(zh="生成服务的答复缺少消息", en="a choice of the answer has no message"))
    choice.pop("delta", None)
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
        choice.pop("logprobs", None)  # They repeat the text.
        return
    if isinstance(message.get("content"), str) and message["content"]:
        message["content"] = written.piece(message["content"]) + written.end()
        _shifted(message, written.before)
        choice |= written.beside
        await house.record(written.sent(), decision)


def _choices(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of an answer or a chunk, without members that the interface does not know.

    Raises `GatewayError` for what cannot be read: nothing unread is handed on.
    """
    choices = told.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        raise protocol.upstream_failed(_UNREAD)
    for each in choices:
        for name in [
            name for name, value in each.items() if name not in _CHOICE and isinstance(value, (str, list, dict))
        ]:
            del each[name]
        for name in ("message", "delta"):
            _check_message(each.get(name))
    return choices


def _check_message(message: Any) -> None:
    """What is neither text nor for programs would go out unseen, such as pictures; members without content go."""
    if message is None:
        return
    if not isinstance(message, dict):
        raise protocol.upstream_failed(_UNREAD)
    for name, value in list(message.items()):
        if name in _FOR_PROGRAMS or not isinstance(value, (list, dict)):
            continue
        if name in _CONTENTS and value:
            raise protocol.upstream_failed(
                Text(
                    zh=f"生成服务在 {name} 中给出了网关无法标识的内容",
                    en=f"the generator gave something in `{name}` that the gateway cannot mark there",
                )
            )
        del message[name]


def _texts(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The texts in a message or a delta, under their names."""
    return [(name, value) for name, value in message.items() if isinstance(value, str) and name not in _NO_TEXT]


def _shifted(message: dict[str, Any], by: int) -> None:
    """Places of citations in a text that now has a label before it."""
    for each in _cited(message.get("annotations")):
        for name in ("start_index", "end_index"):
            if isinstance(each.get(name), int):
                each[name] += by


def _cited(annotations: Any) -> Iterator[dict[str, Any]]:
    for each in annotations if isinstance(annotations, list) else ():
        if isinstance(each, dict):
            yield from (value for value in each.values() if isinstance(value, dict))


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
        if not (choices := _choices(held.told)):
            self.queue.append(held)
            return
        held.told["choices"] = [each for each in choices if each.get("index", 0) not in self._closed]
        for choice in held.told["choices"]:
            self._take_choice(choice, held)
        if held.told["choices"]:
            self.queue.append(held)

    def _take_choice(self, choice: dict[str, Any], held: Held) -> None:
        choice.pop("message", None)  # Only whole answers have one.
        index = choice.get("index", 0)
        if not isinstance(index, int) or index not in self._choices:
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
            if delta.get("annotations"):
                _shifted(delta, written.before)
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
