"""The socket on which a command serves."""

from __future__ import annotations

import errno
import socket
from typing import Final

from overt.errors import SetupError
from overt.language import Text

_ELSEWHERE: Final = Text(
    zh="换一个端口（--port，0 为任意空闲端口），或先停止占用它的程序。",
    en="Choose another port (`--port`; 0 takes any free one), or stop the program that holds it.",
)
_OWN_ADDRESS: Final = Text(
    zh="--host 须是本机的地址，如 127.0.0.1；0.0.0.0 表示本机的全部地址。",
    en="`--host` must be an address of this machine, such as 127.0.0.1; 0.0.0.0 means all of them.",
)
_WHY: Final[dict[int, tuple[Text, Text]]] = {
    errno.EADDRINUSE: (Text(zh="另一个程序正在使用它", en="another program uses it"), _ELSEWHERE),
    errno.EADDRNOTAVAIL: (Text(zh="本机没有这个地址", en="this machine has no such address"), _OWN_ADDRESS),
    errno.EACCES: (
        Text(zh="系统不允许", en="the system does not allow it"),
        Text(
            zh="1024 以下的端口需要特权；请用更大的端口，并由反向代理转发。",
            en="Ports below 1024 need privileges; take a higher one behind a reverse proxy.",
        ),
    ),
}


def listening(host: str, port: int, backlog: int = 128) -> socket.socket:
    """A socket that listens there; at any free port for 0. Raises `SetupError` where it cannot.

    Its connections send at once (`TCP_NODELAY`). asyncio sees to that where a socket names its protocol, which that of
    `create_server` does not: the second piece of each answer would wait until the client confirms the first, for 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        if error.errno is not None and error.errno < 0:  # getaddrinfo's numbers are below those of the system.
            why, hint = Text(zh="找不到这个主机名", en="no such host name was found"), _OWN_ADDRESS
        else:
            said = error.strerror or str(error)
            why, hint = _WHY.get(error.errno or 0, (Text(zh=said, en=said), SetupError.hint))
        at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise SetupError(f"cannot listen at {at}: {why.en}", f"无法监听 {at}：{why.zh}", hint=hint) from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Accepted connections inherit it.
    return made
