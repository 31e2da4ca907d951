"""The body of a request: read up to a limit, and what is in it, as JSON or as a form.

What is reviewed has to be what the generator reads. Servers differ in what they make of a name that occurs twice, or in
other letters (`Prompt`), and of a form that is none: such bodies are refused instead of being read in one of two ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from overt.gateway.asks import Upload
from overt.gateway.protocol import GatewayError
from overt.language import Text
from overt.media.budget import MIB

_FORM: Final = "multipart/form-data"
_PLACE: Final = re.compile(r"\[\w*\]$", re.ASCII)
"""What some clients write behind a name that comes several times: `image[]`, `image[0]`."""
_MOST_FIELDS: Final = 256
_MOST_FILES: Final = 32


async def read(request: Request, most: int) -> bytes:
    """The whole body, which the request keeps. Raises `GatewayError` for one of more than `most` bytes."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    request._body = b"".join(parts)  # noqa: SLF001  (where Starlette keeps it itself, once it was read)
    return request._body  # noqa: SLF001


async def document(request: Request, body: bytes) -> Any:
    """What is in the body: decoded JSON, or a form's fields. None where there is no body."""
    if is_form(request.headers.get("content-type", "")):
        return await _form(request)
    if not body:
        return None
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise GatewayError(
            400, "invalid_json", Text(zh="请求体不是有效的 JSON（UTF-8）", en="the body is no valid JSON in UTF-8")
        ) from error


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form with files; every other body is read, and handed on, as JSON."""
    return content_type.partition(";")[0].strip().lower() == _FORM


def plain(document: Any, names: Collection[str]) -> None:
    """Raises `GatewayError` where one of these names occurs in other letters, which some servers take for the same."""
    folded = {name.casefold() for name in names}
    for name in document if isinstance(document, dict) else ():
        if name not in names and name.casefold() in folded:
            raise _ambiguous(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in pairs:
        if name in told:
            raise _ambiguous(name)
        told[name] = value
    return told


def _ambiguous(name: str) -> GatewayError:
    return GatewayError(
        400,
        "ambiguous",
        Text(
            zh=f"字段 {name[:80]!r} 重复，或大小写不规范，可能被理解为不同内容",
            en=f"the name {name[:80]!r} occurs twice, or in other letters, and could be read in two ways",
        ),
        param=name[:80],
    )


async def _form(request: Request) -> dict[str, Any]:
    try:
        form = await request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FILES, max_part_size=MIB)
    except (HTTPException, ClientDisconnect, ValueError) as error:
        raise GatewayError(400, "invalid_form", Text(zh="表单无法读取", en="the form cannot be read")) from error
    fields: dict[str, Any] = {}
    try:
        for name, value in form.multi_items():
            told: str | Upload
            if isinstance(value, UploadFile):
                told = Upload(await value.read(), value.filename or "", value.content_type or "")
            else:
                told = value
            _put(fields, name, told)
    finally:
        await form.close()
    return fields


def _put(fields: dict[str, Any], name: str, value: str | Upload) -> None:
    """Fields that come several times, or end in `[]` or `[0]`, are lists."""
    base = _PLACE.sub("", name)
    if base in fields:
        before = fields[base]
        fields[base] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        fields[base] = [value] if base != name else value


def _too_large(most: int) -> GatewayError:
    mib = max(1, most // MIB)
    return GatewayError(
        413, "too_large", Text(zh=f"请求超过 {mib} MiB", en=f"the request has more than {mib} MiB"),
        hint=Text(zh="上限为 [gateway] most_asked。", en="The limit is `most_asked` in [gateway]."),
    )  # fmt: skip
