"""A place where nothing can listen is said in plain words, by host and port."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from commands import overt_here


@pytest.mark.parametrize(
    "command", [("serve",), ("gateway", "--upstream", "http://127.0.0.1:9/v1")], ids=lambda c: c[0]
)
def test_a_port_that_is_taken_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert overt_here("init", "--producer", "Example-Studio", folder=tmp_path).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = overt_here(*command, "--port", str(port), folder=tmp_path)
    assert done.returncode == 2
    assert f"cannot listen at 127.0.0.1:{port}: another program uses it" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("host", "why"),
    [("192.0.2.1", "192.0.2.1:8080: this machine has no such address"), ("host.invalid", "no such host name")],
)
def test_a_host_that_is_not_this_machine_is_named(tmp_path: Path, host: str, why: str) -> None:
    done = overt_here("serve", "--host", host, folder=tmp_path)
    assert done.returncode == 2
    assert why in done.stderr
