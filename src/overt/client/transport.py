"""How the client speaks HTTP: its key, problems as errors, repeated requests, jobs that take their time, files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx

from overt import __version__
from overt.client import answers
from overt.errors import (
    BudgetError,
    InternalError,
    MediaError,
    OvertError,
    RefusedError,
    SetupError,
    UnsupportedError,
    UsageError,
)
from overt.language import Text

_ATTEMPTS: Final = 3
_PAUSE: Final = 0.5
_WAIT: Final = "20"
"""Seconds for which the server may hold a request for its answer."""
_KINDS: Final[dict[int, type[OvertError]]] = {
    400: UsageError,
    401: SetupError,
    403: RefusedError,
    404: UsageError,
    409: UsageError,
    413: BudgetError,
    415: UnsupportedError,
    422: MediaError,
}
_ADDRESS: Final = Text(
    zh="请检查 --server 的地址，以及服务是否在运行（overt serve）。",
    en="Check the address in --server, and that the service runs (`overt serve`).",
)
_LATER: Final = Text(zh="请稍后再试。", en="Try again in a moment.")


class Transport:
    """One server, with one key. Threads may share it."""

    def __init__(self, address: str, key: str, seconds: float) -> None:
        if not address.startswith(("http://", "https://")):
            raise UsageError(f"{address!r} is no address of a server", f"{address!r} 不是服务器地址", hint=_ADDRESS)
        headers = {"User-Agent": f"overt/{__version__}", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._seconds = seconds
        self._http = httpx.Client(
            base_url=address.rstrip("/"),
            headers=headers,
            timeout=httpx.Timeout(60.0),
            # The server lets a silent connection go after five seconds: none is used again that may end just then.
            limits=httpx.Limits(keepalive_expiry=2.0),
        )

    def close(self) -> None:
        """Lets the connections go."""
        self._http.close()

    def got(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The answer to a GET."""
        asked = {name: value for name, value in (query or {}).items() if value}
        return _object(self._sent(lambda: self._http.get(quote(path), params=asked)))

    def every(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list."""
        after = ""
        while True:
            page = self.got(path, {"most": "200", **query, "after": after})
            yield from page["items"]
            if not (after := page["next"]):
                return

    def posted(self, path: str, body: Any, *, wait: str = "") -> dict[str, Any]:
        """The answer to a POST of JSON; with `wait` the job that it started, done."""
        key = _key()
        answer = self._sent(lambda: self._http.post(path, json=body, params=_held(wait), headers=key))
        return self._waited(answer) if wait else _object(answer)

    def ask(self, path: str, body: Any, files: Sequence[Path]) -> dict[str, Any]:
        """The answer to a POST of JSON with files beside it."""
        if not files:
            return self.posted(path, body)
        key = _key()

        def send() -> httpx.Response:
            with ExitStack() as opened:
                parts = [("input", (each.name, opened.enter_context(each.open("rb")))) for each in files]
                fields = {"request": json.dumps(body, ensure_ascii=False)}
                return self._http.post(path, data=fields, files=parts, headers=key, timeout=self._seconds)

        return _object(self._sent(send))

    def upload(self, path: str, file: Path, fields: Mapping[str, Any] | None = None, *, wait: str) -> dict[str, Any]:
        """The answer to a file, waited for."""
        key = _key()

        def send() -> httpx.Response:
            with file.open("rb") as opened:
                parts = {"file": (file.name, opened)}
                query = _held(wait)
                return self._http.post(path, data=dict(fields or {}), files=parts, params=query, headers=key)

        return self._waited(self._sent(send))

    def job(self, path: str, file: Path, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The job that a file started, done. Raises what it failed with."""
        return self.upload(path, file, fields, wait="/v1/jobs")

    def fetch(self, path: str, target: Path) -> None:
        """Writes the file at a path, whole or not at all."""
        with self._http.stream("GET", path) as answer:
            _checked(answer, stream=True)
            _written(answer, target)

    def download(self, path: str, body: Any, target: Path) -> httpx.Headers:
        """Writes the file that a POST answers with. Returns the answer's headers."""
        with self._http.stream("POST", path, json=body, timeout=self._seconds) as answer:
            _checked(answer, stream=True)
            _written(answer, target)
            return answer.headers

    def _waited(self, answer: httpx.Response) -> dict[str, Any]:
        until = time.monotonic() + self._seconds
        told = _object(answer)
        while answer.status_code == httpx.codes.ACCEPTED or told.get("state") in ("waiting", "running"):
            if time.monotonic() > until:
                raise SetupError("the server takes too long", "服务器处理超时", hint=_LATER)
            time.sleep(_PAUSE)
            at = answer.headers.get("location") or str(answer.request.url.path)
            answer = self._sent(lambda at=at: self._http.get(at))  # type: ignore[misc]
            told = _object(answer)
        if told.get("state") == "failed" and told.get("error"):
            raise _error(told["error"]["status"], told["error"])
        return told

    def _sent(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Sends, and sends again what may have been lost on the way; POSTs carry a key, so that they act once."""
        for attempt in range(_ATTEMPTS):
            try:
                answer = send()
            except httpx.TransportError as error:
                if attempt + 1 == _ATTEMPTS:
                    raise SetupError(
                        f"the server cannot be reached: {error}", f"无法连接服务器：{error}", hint=_ADDRESS
                    ) from error
            else:
                busy = answer.status_code in (429, 503)
                if not busy or attempt + 1 == _ATTEMPTS:
                    return _checked(answer)
                time.sleep(min(30.0, float(answer.headers.get("retry-after", "1") or 1)))
                continue
            time.sleep(_PAUSE * 2**attempt)
        raise InternalError("nothing was sent", "没有发送任何请求")


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


def _held(wait: str) -> dict[str, str]:
    return {"wait": _WAIT} if wait == "/v1/jobs" else {}


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise SetupError("this server does not speak Overt's API", "该服务器不提供 Overt 接口", hint=_ADDRESS)
    return told


def _checked(answer: httpx.Response, *, stream: bool = False) -> httpx.Response:
    if answer.is_success:
        return answer
    if stream:
        answer.read()
    try:
        told = answer.json()
    except ValueError:
        told = {}
    raise _error(answer.status_code, told if isinstance(told, dict) else {})


def _error(status: int, told: Mapping[str, Any]) -> OvertError:
    """A problem of the server as the error that it was there, in both languages."""
    message = told.get("message") or {}
    hint = told.get("hint") or {}
    kind = _KINDS.get(status, InternalError)
    en = message.get("en") or f"the server answers {status}"
    zh = message.get("zh") or f"服务器应答 {status}"
    way_out = Text(zh=hint["zh"], en=hint["en"]) if hint.get("zh") and hint.get("en") else None
    error = kind(en, zh, hint=way_out)
    if isinstance(error, RefusedError):
        error.reasons = tuple(answers.because(told.get("reasons") or ()))
    return error


def _written(answer: httpx.Response, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        with beside.open("xb") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
