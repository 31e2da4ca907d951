"""Errors as answers: problem details (RFC 9457) which say, in both languages, what happened and what to do.

`title` and `detail` are English, as the RFC wants one language; `message`, `hint` and `reasons` hold both. `type` is
`about:blank`: the status says what kind of problem it is.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from overt.errors import (
    Because,
    BudgetError,
    ConflictError,
    InternalError,
    MediaError,
    OvertError,
    ReadBackError,
    RefusedError,
    SetupError,
    UnsupportedError,
    UsageError,
)
from overt.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

_log = logging.getLogger(__name__)

_LOOK = Text(zh="请查看接口说明 /openapi.json。", en="See the description of the interface: /openapi.json.")
_STATUS: Final[tuple[tuple[type[OvertError], int], ...]] = (
    (ConflictError, 409),
    (UsageError, 400),
    (BudgetError, 413),
    (UnsupportedError, 415),
    (MediaError, 422),
    (RefusedError, 403),
    (ReadBackError, 422),
    (SetupError, 500),
    (InternalError, 500),
)
_PLAIN: Final = {
    404: Text(zh="没有这个地址", en="there is nothing at this address"),
    405: Text(zh="此地址不支持该方法", en="this address does not know this method"),
    408: Text(zh="请求发送得太慢", en="the request came too slowly"),
    413: Text(zh="请求太大", en="the request is too large"),
}
_UNSTORABLE: Final = Text(
    zh="请求中有无法保存的字符或超出范围的数字", en="the request has characters or numbers that cannot be stored"
)
_WITHHELD: Final = Text(zh="服务出错", en="the service failed")


class StatusError(OvertError):
    """A request that is answered with a status of its own. `told` says that its words are for people, too."""

    hint = _LOOK

    def __init__(self, status: int, en: str, zh: str, *, hint: Text | None = None) -> None:
        super().__init__(en, zh, hint=hint)
        self.status = status
        self.told = hint is not None


class AgainError(StatusError):
    """An act asks for a sign-in that was a moment ago. A page leads to the sign-in, and to `back` afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__(401, "sign in once more for this", "此操作需要重新登录")
        self.hint = Text(
            zh="影响较大的操作需要 15 分钟以内的登录。", en="Acts that weigh ask for a sign-in of the last 15 minutes."
        )
        self.back = back

    @property
    def at(self) -> str:
        """The sign-in."""
        return f"/sign-in?again=yes&next={quote(self.back)}"


class BusyError(OvertError):
    """Too much is waiting already."""

    whose = Text(zh="服务繁忙", en="Busy")
    hint = Text(zh="请稍后再试。", en="Try again in a moment.")


MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = 10
"""Seconds after which somebody may try again who found us busy."""


def told(
    status: int,
    message: Text,
    hint: Text,
    headers: Mapping[str, str] | None = None,
    *,
    reasons: Sequence[Because] = (),
) -> Response:
    """An error as an answer. A reason that several duties ask for is told with each of them."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message.en,
        "message": message.both(),
        "hint": hint.both(),
    }
    if reasons:
        named = [(each.text, duty) for each in reasons for duty in each.duties or (None,)]
        content["reasons"] = [{"duty": duty, **text.both()} for text, duty in named]
    # What somebody sent is in the words, perhaps with halves of characters, for which UTF-8 has no bytes.
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, dict(headers or {}), MEDIA_TYPE)


async def of_ours(_: Request, error: Exception) -> Response:
    """The answer for an `OvertError`. What is wrong with the set-up is for the log, not for strangers."""
    if isinstance(error, StatusError):
        return told(error.status, error.message, error.hint)
    if isinstance(error, BusyError):
        return told(503, error.message, error.hint, {"Retry-After": str(RETRY_AFTER)})
    assert isinstance(error, OvertError)  # noqa: S101  (registered for these alone)
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    if status == 500:
        _log.error("a request failed: %s", error)
        return told(status, _WITHHELD, OvertError.hint)
    hint = _LOOK if status == 400 else error.hint
    return told(status, error.message, hint, reasons=error.reasons)


async def of_parameters(_: Request, error: Exception) -> Response:
    """The answer for parameters that are missing or wrong."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    named = ", ".join(sorted({".".join(map(str, each["loc"])) for each in found}))[:300]
    return told(400, Text(zh=f"参数缺失或有误：{named}", en=f"parameters are missing or wrong: {named}"), _LOOK)


async def of_unstorable(_: Request, error: Exception) -> Response:
    """The answer for what no database can hold: a NUL or half a character in a text, a number beyond all columns."""
    _log.info("a value could not be stored: %s", type(error).__name__)
    return told(400, _UNSTORABLE, _LOOK)


async def of_http(_: Request, error: Exception) -> Response:
    """The answer for an address or a method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return told(status, _PLAIN.get(status, _WITHHELD), _LOOK)


async def of_nobody(_: Request, error: Exception) -> Response:
    """The answer for what nobody expected."""
    _log.error("a request failed", exc_info=error)
    return told(500, _WITHHELD, InternalError.hint)
