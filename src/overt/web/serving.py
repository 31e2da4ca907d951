"""The server in front of the application: how many connections, and how long one may say nothing.

A connection that has sent no whole request head within `HEAD` seconds is closed, so that senders who drip a byte at a
time cannot take every place. Bodies have their own pace (`overt.web.frame`). Who asks is told by the connection alone:
`X-Forwarded-For` counts as `[web] proxies` says, never because it came from this machine.
"""

from __future__ import annotations

import logging
from asyncio import TimerHandle, Transport
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

CONNECTIONS: Final = 1024
"""Connections at the same time; how many requests of one address are worked on, the frame says."""
HEAD: Final = 15.0
"""Seconds for the head of a request, from the first byte of the connection or after the answer before."""


class Impatient(H11Protocol):
    """HTTP/1.1 that waits for the head of a request no longer than `HEAD`."""

    _late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A connection is there: its request has to come."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """More of it came: a whole head, or still only a part."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_no_more()
        elif self._late is None:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._expect_no_more()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._late = self.loop.call_later(HEAD, self._let_go)

    def _expect_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _let_go(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def config(app: ASGIApp) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        http=Impatient,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=30,
    )
