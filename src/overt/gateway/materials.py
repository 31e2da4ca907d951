"""What of a request is to be reviewed: its words, and the files that it brings.

Everything in a chat's request counts, whoever is said to have spoken: the interface has no memory, and a client can
put words into every mouth, and into the descriptions of tools. A file that the request only points to was seen by
nobody here, so the review is told of it without its bytes, and cannot tell.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from overt.gate.model import Decision, Material, Medium
from overt.gateway.asks import Asked, Upload, Wish, ask_of
from overt.gateway.protocol import GatewayError
from overt.language import Text
from overt.marking import texts
from overt.marking.admission import medium_of

if TYPE_CHECKING:
    from overt.gateway.house import House

_NO_WORDS: Final = frozenset(
    {"role", "type", "id", "call_id", "tool_call_id", "item_id", "status", "detail", "format", "encrypted_content"}
)
_PICTURES: Final = ("image_url", "input_image")
_FILES: Final = ("file", "input_file")
_FILE_MEMBERS: Final = frozenset({"image_url", "input_audio", "file", "file_data", "file_url", "file_id", "filename"})
_CONTROLS: Final = frozenset(
    {"model", "user", "metadata", "stop", "safety_identifier", "prompt_cache_key", "service_tier", "reasoning_effort"}
    | {"verbosity", "modalities", "truncation", "include", "previous_response_id", "conversation", "tool_choice"}
)
"""Members of a request that say how it is to be answered, and that no model reads as words."""
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class Given:
    """One file of a request: its bytes, or, where there is only a reference to it, None."""

    medium: Medium
    data: bytes | None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a request brings to be reviewed."""

    words: str
    files: tuple[Given, ...] = ()


async def decided(house: House, asked: Asked, wish: Wish, brought: Brought) -> Decision:
    """The decision that allows this request. Raises `GatewayError` where there is none."""
    applies = house.setup.settings.gateway
    async with AsyncExitStack() as files:
        materials = [texts.material(brought.words, "prompt")] if brought.words else []
        for each in brought.files:
            path = await files.enter_async_context(house.file(each.data, "input")) if each.data is not None else None
            known = each.data if each.data is not None else each.reference.encode("utf-8", "replace")
            materials.append(Material("input", each.medium, sha256(known).hexdigest(), path=path))
        ask = ask_of(asked, wish, materials, purpose=applies.purpose, known=tuple(house.rulebook.techniques))
        return await house.decide(ask, asked.headers.get("overt-decision", "").strip())


def in_chat(body: dict[str, Any]) -> Brought:
    """What is in the request of a chat or a response: its messages, and whatever else the model may read.

    Descriptions of tools, schemas, predictions and members that only some servers know are read as well as messages.
    """
    words: list[str] = []
    files: list[Given] = []
    for name, node in body.items():
        if name in _CONTROLS:
            continue
        for found in _walked(node, 0):
            if isinstance(found, str):
                words.append(found)
            else:
                files.append(found)
    return Brought("\n".join(words), tuple(files))


def given(value: Any, medium: Medium) -> Iterator[Given]:
    """What a field holds: a file of a form, a data URL, Base64, an address, or a list of these."""
    if isinstance(value, list):
        for each in value:
            yield from given(each, medium)
    elif isinstance(value, Upload):
        yield Given(medium, value.data)
    elif isinstance(value, dict):
        yield from given(value.get("image_url") or value.get("url") or value.get("file_id"), medium)
    elif isinstance(value, str) and value:
        yield _spelled(value, medium)


def words(values: Sequence[Any]) -> str:
    """The texts in values, one below the other, however they are packed: a field can come twice, or as a list."""
    return "\n".join(each for value in values for each in _strings(value, 0) if each)


def _strings(node: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise _too_deep()
    if isinstance(node, str):
        yield node
    elif isinstance(node, Upload):
        yield node.data.decode("utf-8", "replace")
    elif isinstance(node, (list, dict)):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _strings(each, depth + 1)


def _too_deep() -> GatewayError:
    return GatewayError(400, "too_deep", Text(zh="请求嵌套过深", en="the request is nested too deeply"))


def decoded(text: str) -> bytes | None:
    """What Base64 stands for, with or without `data:` before it; None for anything else."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _walked(node: Any, depth: int) -> Iterator[str | Given]:
    if depth > _DEEPEST:
        raise _too_deep()
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for each in node:
            yield from _walked(each, depth + 1)
    elif isinstance(node, dict):
        file = _file(node)
        if file is not None:
            yield file
        for name, value in node.items():
            said = name not in _NO_WORDS or not isinstance(value, str)
            if said and (file is None or name not in _FILE_MEMBERS):
                yield from _walked(value, depth + 1)


def _file(part: dict[str, Any]) -> Given | None:
    """The file that a part of a message is."""
    kind = part.get("type")
    if kind in _PICTURES:
        url = part.get("image_url") or part.get("file_id") or ""
        url = url.get("url", "") if isinstance(url, dict) else url
        return _spelled(str(url), "image")
    if kind == "input_audio" and isinstance(part.get("input_audio"), dict):
        return _spelled(str(part["input_audio"].get("data", "")), "audio")
    if kind in _FILES:
        inner = part["file"] if isinstance(part.get("file"), dict) else part
        value = str(inner.get("file_data") or inner.get("file_url") or inner.get("file_id") or "")
        return _spelled(value, "document")
    return None


def _spelled(text: str, medium: Medium) -> Given:
    if text.startswith("data:"):
        medium = medium_of(text[5:].partition(",")[0].partition(";")[0])
    return Given(medium, None if "://" in text[:16] else decoded(text), text)
