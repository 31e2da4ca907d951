"""What every route needs: the house, the generator behind it, and what is set."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
from starlette.responses import JSONResponse, Response

from overt.gateway.protocol import GatewayError, upstream_failed
from overt.gateway.upstream import Upstream, returned
from overt.language import Text

if TYPE_CHECKING:
    from overt.gateway.asks import Asked
    from overt.gateway.house import House
    from overt.settings import GatewaySettings

_NOT_OURS: Final = ("content-type", "content-length")
_NO_JSON = Text(zh="生成服务的答复不是 JSON 对象", en="the generator's answer is no JSON object")


class AsItIsError(Exception):
    """The generator's own refusal or error, which goes back as it is."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True)
class Front:
    """The gateway in front of one generator."""

    house: House
    upstream: Upstream
    applies: GatewaySettings

    @asynccontextmanager
    async def sent(self, asked: Asked) -> AsyncIterator[httpx.Response]:
        """The generator's answer to a request as it came. Raises `AsItIsError` for an error of the generator's."""
        async with self.upstream.asked(
            asked.method, asked.path, query=asked.query, headers=asked.headers, body=asked.body
        ) as response:
            if not response.is_success:
                body = await self.upstream.read(response)
                raise AsItIsError(Response(body, response.status_code, returned(response)))
            yield response

    async def told(self, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
        """The generator's answer, which has to be a JSON object, and its headers for the client."""
        async with self.sent(asked) as response:
            return json_object(await self.upstream.read(response)), returned(response)


def json_object(data: bytes) -> dict[str, Any]:
    """The object in an answer. Raises `GatewayError`."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise upstream_failed(_NO_JSON) from error
    if not isinstance(told, dict):
        raise upstream_failed(_NO_JSON)
    return told


def json_answer(told: dict[str, Any], headers: Mapping[str, str], more: Mapping[str, str]) -> JSONResponse:
    """An answer in JSON, with the generator's headers and ours."""
    kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_OURS}
    return JSONResponse(told, headers=kept | dict(more))


def an_object(document: Any) -> dict[str, Any]:
    """The request's JSON object. Raises `GatewayError` for anything else."""
    if not isinstance(document, dict):
        raise GatewayError(400, "invalid_json", Text(zh="请求体应为 JSON 对象", en="the body has to be a JSON object"))
    return document
