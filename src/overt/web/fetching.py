"""Files that visitors name by their address: fetched by us, from public places alone.

Whoever can make a server fetch an address can reach what the server reaches (OWASP, server-side request forgery). So
the name is looked up by us, every address behind it has to be a public one, and the connection goes to the very
address that was looked at: a name that changes its mind in between leads nowhere. The same holds for each redirect. No
cookies, no proxies, no credentials, ports 80 and 443 alone; size, time and redirects are bounded.

Not here: what the file is. Its type and its name are the server's word.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from overt import __version__
from overt.errors import UsageError
from overt.language import Text

SECONDS: Final = 30.0
"""From the first look-up to the last byte."""
MOST_REDIRECTS: Final = 5
LONGEST: Final = 2048
"""Characters of an address."""
_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SLOW: Final = 10.0  # Seconds of silence.

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class FetchError(UsageError):
    """An address whose file cannot be had."""

    whose = Text(zh="链接", en="The link")
    hint = Text(zh="请自行下载该文件，再上传到本页。", en="Download the file yourself, and choose it on this page.")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is known of a file before its bytes: what its address calls it, and what its server says that it is."""

    name: str
    media_type: str


def public(address: Address) -> bool:
    """Whether everybody can reach this address: not a private one, loopback, link-local, or one that hides such."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if hidden is not None or address in _LOCAL_TRANSLATED:
            return False  # Nobody names a file on the public internet in this way.
    if any(address.version == each.version and address in each for each in _NOT_GLOBAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


_NOT_GLOBAL: Final = tuple(
    # Site-local addresses, relays to IPv4, documentation: some versions of Python take them for global ones.
    ipaddress.ip_network(each)
    for each in ("fec0::/10", "192.88.99.0/24", "3fff::/20")
)
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_LOCAL_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215


class Fetcher:
    """Fetches one file after another: from public addresses, and from the `reachable` networks of an operator."""

    def __init__(self, reachable: Sequence[Network] = ()) -> None:
        self._reachable = tuple(reachable)

    def fetch(self, address: str, most: int, write: Callable[[str, bytes], None]) -> Fetched:
        """Gives the file's bytes to `write`, at most `most` of them. Raises `FetchError`."""
        try:
            return asyncio.run(self._in_time(address, most, write))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise FetchError("the server does not answer in time", "对方服务器没有及时应答") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise FetchError("the address cannot be reached", "无法连接该地址") from error

    async def _in_time(self, address: str, most: int, write: Callable[[str, bytes], None]) -> Fetched:
        # One clock for all of it: a server that sends a byte now and then holds nobody up.
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(trust_env=False, timeout=_SLOW, follow_redirects=False) as client,
        ):
            for _ in range(MOST_REDIRECTS + 1):
                answer = await client.send(await self._request(client, address), stream=True)
                try:
                    if answer.status_code in _REDIRECTS and "location" in answer.headers:
                        address = urljoin(address, answer.headers["location"])
                        continue
                    return await _read(answer, address, most, write)
                finally:
                    await answer.aclose()
        raise FetchError("the address leads from one to the next without end", "该地址重定向次数过多")

    async def _request(self, client: httpx.AsyncClient, address: str) -> httpx.Request:
        """A request to an address that was looked at, which names the host that is meant."""
        scheme, host, port, path = taken_apart(address)
        found = await self.looked_up(host, port)
        shown = f"[{found}]" if found.version == 6 else str(found)
        name = f"[{host}]" if ":" in host else host
        headers = {
            "Host": name if port == _PORTS[scheme] else f"{name}:{port}",
            "User-Agent": f"Overt/{__version__} (verifies a file that a visitor named)",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        return client.build_request(
            "GET", f"{scheme}://{shown}:{port}{path}", headers=headers, extensions={"sni_hostname": host}
        )

    def _allowed(self, address: Address, port: int) -> bool:
        own = any(address.version == each.version and address in each for each in self._reachable)
        return own or (public(address) and port in _PORTS.values())

    async def looked_up(self, host: str, port: int) -> Address:
        """The first of a host's addresses, if all may be reached."""
        try:
            found = [
                ipaddress.ip_address(str(each[4][0]).partition("%")[0])
                for each in await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            ]
        except (OSError, ValueError) as error:
            raise FetchError("there is no such address", "没有这个地址") from error
        if not found or not all(self._allowed(each, port) for each in found):
            raise FetchError("this address is not on the public internet", "该地址不在公共互联网上")
        return found[0]


async def _read(answer: httpx.Response, address: str, most: int, write: Callable[[str, bytes], None]) -> Fetched:
    if answer.status_code != httpx.codes.OK:
        said = answer.status_code
        raise FetchError(f"the server answers {said}, and gives no file", f"对方服务器应答 {said}，没有给出文件")
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    told = Fetched(unquote(urlsplit(address).path).rpartition("/")[2], kind[:100])
    total = 0
    async for piece in answer.aiter_raw():  # As it was sent: nothing that was packed is unpacked here.
        total += len(piece)
        if total > most:
            raise _too_large(most)
        write(told.name, piece)
    if not total:
        raise FetchError("there is nothing at this address", "该地址没有内容")
    return told


def taken_apart(address: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path with query. Raises `FetchError` for what is no address of a file.

    The host is as it is looked up and as requests name it: 例子.中国 is xn--fsqu00a.xn--fiqs8s.
    """
    try:
        parts = urlsplit(address.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host = host if host.isascii() else httpx.URL(scheme="http", host=host).raw_host.decode("ascii")
    except (ValueError, httpx.InvalidURL) as error:
        raise FetchError("this is no address", "这不是网址", hint=_FULL) from error
    if scheme not in _PORTS or not host or len(address) > LONGEST:
        raise FetchError(
            "only addresses with http:// or https:// are fetched", "只支持 http:// 或 https:// 网址", hint=_FULL
        )
    if parts.username is not None or any(each <= " " or each == "\x7f" for each in address.strip()):
        raise FetchError("this address cannot be fetched", "无法读取该网址", hint=_FULL)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return scheme, host, port or _PORTS[scheme], path


def _too_large(most: int) -> FetchError:
    size = f"{most / (1 << 20):g} MiB"
    return FetchError(f"the file is larger than {size}", f"文件超过 {size}")


_FULL: Final = Text(
    zh="请粘贴文件本身的完整网址，例如 https://example.com/photo.jpg。",
    en="Paste the whole address of the file itself, such as https://example.com/photo.jpg.",
)
