"""Requests that may be repeated: a POST under `/v1` with an `Idempotency-Key` is carried out once.

Source: IETF draft-ietf-httpapi-idempotency-key-header. A key counts for one caller and one address, for 24 hours:

- the same request again gets the first answer, with `Idempotency-Replayed: true`;
- another body under the same key is refused (422), and so is a repetition while the first is still under way (409);
- what failed on our side, or never got as far as the caller's rights, is not kept: it may be made anew.

An answer too long to be kept is told by its status and its headers, without its body (409). Callers without a
credential have no keys: nobody could tell them apart.
"""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from overt.errors import OvertError
from overt.language import Text
from overt.store.answered import MOST_BYTES, Answered, Kept, Name
from overt.web import errors
from overt.web.access import COOKIE, SECURE_COOKIE, visitor

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
LONGEST: Final = 255
_NOT_KEPT: Final = frozenset({401, 403, 408, 409, 413, 429})
_SAME: Final = Text(zh="请使用新的 Idempotency-Key。", en="Use another Idempotency-Key for another request.")


class Idempotency:
    """The middleware. It stands inside the frame, before the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on, or answers it as it was answered before."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        key = headers.get(HEADER, "")
        credential = _credential(headers) if key else ""
        if not key or not credential or scope["method"] != "POST" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        answer = await self._answer(scope, receive, send, key, credential)
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, key: str, credential: str) -> Response | None:
        if len(key) > LONGEST:
            return _refused(400, "an Idempotency-Key has at most 255 characters", "Idempotency-Key 最多 255 个字符")
        request = Request(scope, receive)
        house = scope["app"].state.house
        try:  # A key that was withdrawn gets no answer, not even an old one.
            await asyncio.to_thread(visitor, request, house)
        except OvertError as error:
            return await errors.of_ours(request, error)
        answered = Answered(house.store)
        name = Name.of(credential, "POST", f"{scope['path']}?{scope['query_string'].decode('latin-1')}", key)
        kept = await asyncio.to_thread(answered.begin, name)
        if kept is None:
            await self._first(scope, receive, send, answered, name)
            return None
        if kept.state == "running":
            return _refused(
                409, "the first request with this key is still under way", "使用该密钥的第一个请求仍在处理中"
            )
        asked = await _digest(scope, receive)
        if asked != kept.request:
            return _refused(422, "this key was used for another request", "该密钥已用于另一个请求")
        return _again(kept)

    async def _first(self, scope: Scope, receive: Receive, send: Send, answered: Answered, name: Name) -> None:
        told = _Told(scope, receive, send)
        kept = False
        try:
            await self._app(scope, told.receive, told.held)
            if told.worth_keeping:
                await asyncio.to_thread(answered.keep, name, told.request, told.status, told.headers, told.body)
                kept = True
        finally:
            if not kept:
                await asyncio.to_thread(answered.drop, name)
        await told.finish()


class _Told:
    """What passes while the first request is answered. The end of the answer waits until it is kept."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._body = _Body(Headers(scope=scope).get("content-type", ""))
        self._whole = False
        self._last: Message | None = None
        self._pieces: list[bytes] | None = []
        self._length = 0
        self.status = 0
        self.headers: dict[str, str] = {}

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._body.take(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        return message

    async def held(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = Headers(raw=message["headers"])
            self.headers = {each: told[each] for each in told if each not in ("content-length", "set-cookie", "date")}
        else:
            self._take(message.get("body", b""))
            if not message.get("more_body", False):
                self._last = message
                return
        await self._send(message)

    def _take(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > MOST_BYTES:
            self._pieces = None
        elif self._pieces is not None:
            self._pieces.append(piece)

    @property
    def worth_keeping(self) -> bool:
        return self._whole and self._last is not None and self.status < 500 and self.status not in _NOT_KEPT

    @property
    def request(self) -> str:
        return self._body.digest()

    @property
    def body(self) -> bytes | None:
        return None if self._pieces is None else b"".join(self._pieces)

    async def finish(self) -> None:
        if self._last is not None:
            await self._send(self._last)


class _Body:
    """The digest of a body. What a client draws anew each time it sends a form, its boundary, does not count."""

    def __init__(self, content_type: str) -> None:
        kind, _, rest = content_type.partition(";")
        self._hash = sha256(kind.strip().lower().encode())
        found = re.search(r'boundary="?([^";,]{1,70})', rest) if kind.startswith("multipart/") else None
        self._boundary = found[1].encode() if found else b""
        self._tail = b""

    def take(self, piece: bytes) -> None:
        if not self._boundary:
            self._hash.update(piece)
            return
        held = (self._tail + piece).replace(self._boundary, b"")
        safe = max(0, len(held) - len(self._boundary) + 1)
        self._hash.update(held[:safe])
        self._tail = held[safe:]

    def digest(self) -> str:
        whole = self._hash.copy()
        whole.update(self._tail)
        return whole.hexdigest()


def _credential(headers: Headers) -> str:
    """What the caller shows who they are by; empty for the public."""
    if authorization := headers.get("authorization", ""):
        return authorization
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return next((cookies[name].value for name in (SECURE_COOKIE, COOKIE) if name in cookies), "")


async def _digest(scope: Scope, receive: Receive) -> str:
    told = _Told(scope, receive, _nowhere)
    while (message := await told.receive())["type"] == "http.request" and message.get("more_body", False):
        pass
    return told.request


async def _nowhere(_: Message) -> None: ...


def _again(kept: Kept) -> Response:
    if kept.body is None:
        refused = _refused(
            409,
            f"this was done before, with status {kept.status}; the answer was too long to be kept",
            f"该请求此前已完成，状态为 {kept.status}；答复过长，没有保留",
        )
        if location := kept.headers.get("location"):
            refused.headers["location"] = location
        return refused
    answer = Response(kept.body, kept.status)
    for name, value in kept.headers.items():
        answer.headers[name] = value
    answer.headers[REPLAYED] = "true"
    return answer


def _refused(status: int, en: str, zh: str) -> Response:
    return errors.told(status, Text(zh=zh, en=en), _SAME)
