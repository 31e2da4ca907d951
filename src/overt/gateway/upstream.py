"""The generator behind the gateway: requests to it, and the files that its answers point to.

Connections are kept alive in one pool. Of a client's headers only those that a generator may need go on, never its key
to the gateway; of the generator's, only those that a client may need come back. Redirects are not followed.

A file that an answer points to is fetched from the generator's own host, or from a host that the set-up names, and from
nowhere else: no answer sends the gateway into the operator's network. The generator's credential stays away from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Self

import httpx

from overt.errors import SetupError
from overt.gateway import bodies
from overt.gateway.protocol import GatewayError, upstream_failed
from overt.language import Text
from overt.media.budget import MIB

if TYPE_CHECKING:
    from pathlib import Path

    from overt.settings import Setup

_THERE: Final = ("accept", "content-type", "idempotency-key", "user-agent")
_BACK: Final = ("cache-control", "content-type", "retry-after", "x-should-retry")
_PREFIXES_THERE: Final = ("openai-", "x-stainless-")
_PREFIXES_BACK: Final = ("openai-", "x-ratelimit-")
_CONNECT_SECONDS: Final = 10.0


class Upstream:
    """One generator. Use it as an asynchronous context manager."""

    def __init__(self, setup: Setup) -> None:
        """Raises `SetupError` for an address or a credential that cannot be used."""
        chosen = setup.settings.gateway
        self._most = chosen.most_answered * MIB
        self._hosts = chosen.fetched
        self._base = _address(chosen.upstream)
        self._credential = _credential(setup)
        self._pass = chosen.pass_authorization
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(chosen.seconds, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=2 * chosen.at_once, max_keepalive_connections=chosen.at_once),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def asked(
        self, method: str, path: str, *, query: str = "", headers: Mapping[str, str], body: bytes = b""
    ) -> AsyncIterator[httpx.Response]:
        """The generator's answer, its body still to be read. Leaving it early ends the connection.

        Raises `GatewayError` where there is none.
        """
        target = self._base.path.rstrip("/") + path + (f"?{query}" if query else "")
        url = self._base.copy_with(raw_path=target.encode("ascii", "ignore"))
        try:
            async with self._client.stream(method, url, headers=self._headers(headers), content=body) as response:
                yield response
        except httpx.HTTPError as error:
            raise _gone(error) from error

    async def read(self, response: httpx.Response) -> bytes:
        """The body of an answer. Raises `GatewayError` for one that is too large, or breaks off."""
        parts, size = [], 0
        try:
            async for part in response.aiter_bytes():
                size += len(part)
                if size > self._most:
                    raise _too_large()
                parts.append(part)
        except httpx.HTTPError as error:
            raise _gone(error) from error
        return b"".join(parts)

    async def save(self, response: httpx.Response, path: Path) -> None:
        """Writes the body of an answer to a file. Raises `GatewayError` as `read` does."""
        size = 0
        with path.open("wb") as file:
            try:
                async for part in response.aiter_bytes():
                    size += len(part)
                    if size > self._most:
                        raise _too_large()
                    await asyncio.to_thread(file.write, part)
            except httpx.HTTPError as error:
                raise _gone(error) from error

    async def fetch(self, address: str) -> bytes:
        """The file that an answer points to. Raises `GatewayError` for one that lies elsewhere."""
        try:
            url = self._base.join(address)
        except (httpx.InvalidURL, ValueError) as error:
            raise self._elsewhere(address) from error
        own = (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)
        named = url.scheme == "https" and any(fnmatchcase(url.host.lower(), host.lower()) for host in self._hosts)
        if not (own or named) or url.userinfo:
            raise self._elsewhere(str(url))
        try:
            async with self._client.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    raise upstream_failed(
                        Text(
                            zh=f"无法取得生成的文件（HTTP {response.status_code}）",
                            en=f"the generated file could not be fetched (HTTP {response.status_code})",
                        )
                    )
                return await self.read(response)
        except httpx.HTTPError as error:
            raise _gone(error) from error

    def _elsewhere(self, address: str) -> GatewayError:
        host = address.partition("//")[2].partition("/")[0].rpartition("@")[2][:100] or "?"
        return GatewayError(
            502,
            "upstream_error",
            Text(
                zh=f"生成的文件位于未列入 [gateway] fetched 的主机 {host}",
                en=f"the generated file lies on {host}, a host that [gateway] fetched does not name",
            ),
            hint=Text(
                zh="由网关的运营者在 [gateway] fetched 中列出该主机，或要求以 Base64 返回文件。",
                en="The gateway's operator names it in [gateway] fetched; or ask for the file in Base64.",
            ),
        )

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        told = {name: headers[name] for name in headers if _goes(name, _THERE, _PREFIXES_THERE)}
        if "content-type" in told and not bodies.is_form(told["content-type"]):
            told["content-type"] = "application/json"  # As which it was read and reviewed.
        told["accept-encoding"] = "identity"  # Nothing is gained between two servers, and events would wait.
        if self._pass and "overt-key" in headers and "authorization" in headers:
            told["authorization"] = headers["authorization"]
        elif self._credential:
            told["authorization"] = f"Bearer {self._credential}"
        return told


def returned(response: httpx.Response) -> dict[str, str]:
    """The headers of an answer that go back to the client."""
    return {name: value for name, value in response.headers.items() if _goes(name, _BACK, _PREFIXES_BACK)}


def _goes(name: str, names: tuple[str, ...], prefixes: tuple[str, ...]) -> bool:
    return name.lower() in names or name.lower().startswith(prefixes)


def _too_large() -> GatewayError:
    return upstream_failed(Text(zh="生成服务的答复过大", en="the generator's answer is too large"))


def _gone(error: httpx.HTTPError) -> GatewayError:
    if isinstance(error, httpx.TimeoutException):
        return GatewayError(504, "upstream_timeout", Text(zh="生成服务超时", en="the generator took too long"))
    return upstream_failed(Text(zh="无法连接生成服务，或连接中断", en="the generator cannot be reached, or broke off"))


def _address(text: str) -> httpx.URL:
    try:
        # Clients name the interface's version in the address; here it is a part of each path.
        url = httpx.URL(text.rstrip("/").removesuffix("/v1"))
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise SetupError(
            "the gateway needs the address of a generator",
            "网关需要生成服务的地址",
            hint=Text(
                zh="用 --upstream URL 或 overt.toml 的 [gateway] upstream 指明，如 https://api.openai.com/v1。",
                en="Name it by --upstream URL, or as `upstream` in [gateway] of overt.toml: https://api.openai.com/v1.",
            ),
        )
    return url


def _credential(setup: Setup) -> str:
    named = setup.settings.gateway.credential
    if named is None:
        return ""
    path = setup.home / named
    try:
        text = path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise SetupError(
            f"[gateway] credential: {path} cannot be read", f"[gateway] credential：无法读取 {path}"
        ) from error
    if not text or any(each.isspace() or not each.isprintable() for each in text):
        raise SetupError(
            f"[gateway] credential: {path} holds no API key", f"[gateway] credential：{path} 中没有 API 密钥"
        )
    return text
