"""Whether a generator answers at an address: one real request, which costs nothing there (its list of models)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import httpx

from overt.errors import UsageError
from overt.language import Text
from overt.setup.initialise import Generator

_SECONDS: Final = 10.0
_ADDRESS = Text(
    zh="例如 https://api.openai.com/v1 或 http://localhost:8000/v1。",
    en="Such as https://api.openai.com/v1 or http://localhost:8000/v1.",
)
_SILENT = Text(
    zh="请核对地址，确认生成服务已启动、从本机可以访问；也可以先跳过，以后再设。",
    en="Look at the address, and whether the generator runs and this machine reaches it; or leave it for later.",
)
_KEY = Text(
    zh="请在生成服务的控制台复制密钥，再粘贴一次。",
    en="Copy the key from the generator's own console, and paste it again.",
)


def generator_at(upstream: str, credential: str = "") -> Generator:
    """A generator by its address. Raises `UsageError` for what is no address."""
    upstream, credential = upstream.strip().rstrip("/"), credential.strip()
    try:
        parts = urlsplit(upstream)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and not parts.query
    except ValueError:
        sound = False
    if not sound or not upstream.isprintable() or " " in upstream:
        raise UsageError("this is no address of a generator", "这不是生成服务的地址", hint=_ADDRESS)
    if not credential.isascii() or not credential.isprintable():
        raise UsageError("an API key is one line of ASCII", "接口密钥应为一行 ASCII 字符", hint=_KEY)
    return Generator(upstream, credential)


def tried(generator: Generator) -> Text:
    """What it answered to one request. Raises `UsageError` where it did not, or did not take the key."""
    headers = {"Authorization": f"Bearer {generator.credential}"} if generator.credential else {}
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            answer = client.get(f"{generator.upstream}/models", headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError("nothing answered there", "该地址没有应答", hint=_SILENT) from error
    if answer.status_code in (401, 403):
        raise UsageError("it answered, and did not take the key", "有应答，但不接受该密钥", hint=_KEY)
    if not answer.is_success:
        code = answer.status_code
        raise UsageError(
            f"it answered with status {code} to {generator.upstream}/models",
            f"{generator.upstream}/models 返回状态 {code}",
            hint=_ADDRESS,
        )
    return Text(zh=f"有应答（状态 {answer.status_code}）。", en=f"It answered (status {answer.status_code}).")
