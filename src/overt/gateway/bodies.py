"""The body of a request: read up to a limit, and what is in it, as JSON or as a form."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from overt.gateway.asks import Upload
from overt.gateway.protocol import GatewayError
from overt.language import Text
from overt.media.budget import MIB

_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
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
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS:
        return await _form(request)
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GatewayError(
            400, "invalid_json", Text(zh="请求体不是有效的 JSON", en="the body is no valid JSON")
        ) from error


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
    """Fields that come several times, or end in `[]`, are lists."""
    plain = name.removesuffix("[]")
    if plain in fields:
        before = fields[plain]
        fields[plain] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        fields[plain] = [value] if name.endswith("[]") else value


def _too_large(most: int) -> GatewayError:
    mib = max(1, most // MIB)
    return GatewayError(
        413, "too_large", Text(zh=f"请求超过 {mib} MiB", en=f"the request has more than {mib} MiB"),
        hint=Text(zh="上限为 [gateway] most_asked。", en="The limit is `most_asked` in [gateway]."),
    )  # fmt: skip
