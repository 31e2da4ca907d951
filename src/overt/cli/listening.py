"""The socket on which a command serves."""

from __future__ import annotations

import socket


def listening(host: str, port: int, backlog: int = 128) -> socket.socket:
    """A socket that listens there; at any free port for 0. Raises `OSError`.

    Its connections send at once (`TCP_NODELAY`). asyncio sees to that where a socket names its protocol, which that of
    `create_server` does not: the second piece of each answer would wait until the client confirms the first, for 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=backlog)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Accepted connections inherit it.
    return made
