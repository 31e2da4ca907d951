"""Connections that say nothing, or drip their head, are let go; those that ask are answered."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from overt.web import serving


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_not_waited_for(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD", 0.2)
    app = FastAPI()

    @app.get("/")
    def root() -> dict[str, Any]:
        return {}

    server = uvicorn.Server(serving.config(app))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.01)
            with socket.create_connection(listening.getsockname()) as sender:
                if not said:
                    sender.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert sender.recv(65536).startswith(b"HTTP/1.1 200")
                sender.sendall(said)
                while sender.recv(65536):  # Until it is closed.
                    pass
        finally:
            server.should_exit = True
            thread.join()
