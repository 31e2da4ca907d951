"""Errors as answers: a status and, in both languages, what happened and what to do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from overt.errors import BudgetError, InternalError, MediaError, OvertError, SetupError, UnsupportedError, UsageError
from overt.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_log = logging.getLogger(__name__)

_LOOK = Text(zh="请查看接口说明 /openapi.json。", en="See the description of the interface: /openapi.json.")
_STATUS: Final[tuple[tuple[type[OvertError], int], ...]] = (
    (UsageError, 400),
    (BudgetError, 413),
    (UnsupportedError, 415),
    (MediaError, 422),
    (SetupError, 500),
    (InternalError, 500),
)
_PLAIN: Final = {
    404: Text(zh="没有这个地址", en="there is nothing at this address"),
    405: Text(zh="此地址不支持该方法", en="this address does not know this method"),
}
_WITHHELD: Final = Text(zh="服务出错", en="the service failed")


class StatusError(OvertError):
    """A request that is answered with a status of its own."""

    hint = _LOOK

    def __init__(self, status: int, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.status = status


def told(status: int, message: Text, hint: Text, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as an answer."""
    content = {"error": {"status": status, "message": message.both(), "hint": hint.both()}}
    return JSONResponse(content, status, dict(headers or {}))


async def of_ours(_: Request, error: Exception) -> JSONResponse:
    """The answer for an `OvertError`. What is wrong with the set-up is for the log, not for strangers."""
    if isinstance(error, StatusError):
        return told(error.status, error.message, error.hint)
    assert isinstance(error, OvertError)  # noqa: S101  (registered for these alone)
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    if status == 500:
        _log.error("a request failed: %s", error)
        return told(status, _WITHHELD, OvertError.hint)
    return told(status, error.message, _LOOK if isinstance(error, UsageError) else error.hint)


async def of_parameters(_: Request, error: Exception) -> JSONResponse:
    """The answer for parameters that are missing or wrong."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    named = ", ".join(sorted({".".join(map(str, each["loc"])) for each in found}))[:300]
    return told(400, Text(zh=f"参数缺失或有误：{named}", en=f"parameters are missing or wrong: {named}"), _LOOK)


async def of_http(_: Request, error: Exception) -> JSONResponse:
    """The answer for an address or a method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return told(status, _PLAIN.get(status, _WITHHELD), _LOOK)


async def of_nobody(_: Request, error: Exception) -> JSONResponse:
    """The answer for what nobody expected."""
    _log.error("a request failed", exc_info=error)
    return told(500, _WITHHELD, InternalError.hint)
