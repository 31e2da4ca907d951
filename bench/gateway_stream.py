"""What the gateway adds to a streamed chat, in milliseconds, against the same generator asked directly in the same run.

Generator, gateway and client are processes of their own. The generator sends a token every 10 ms, as models do, or all
of them at once. Time to the first words (label and all), to the end, and processor time of the gateway for each token.
The gateway does everything: key, decision (signed, with its ledger entry), review in windows, label, record.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import closing
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from overt import api, settings
from overt.gateway.app import application
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.store.gateway import GatewayRecords

TOKENS, RUNS, EVERY = 200, 21, 0.01
_context = multiprocessing.get_context("spawn")


async def _chunks(seconds: float) -> AsyncIterator[bytes]:
    shape = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "small"}
    for number in range(TOKENS):
        choice = {"index": 0, "delta": {"content": f"word{number % 10} "}, "finish_reason": None}
        yield f"data: {json.dumps(shape | {'choices': [choice]})}\n\n".encode()
        if seconds:
            await asyncio.sleep(seconds)
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps(shape | {'choices': [end]})}\n\ndata: [DONE]\n\n".encode()


async def _chat(request: Request) -> StreamingResponse:
    seconds = EVERY if (await request.json())["model"] == "paced" else 0.0
    return StreamingResponse(_chunks(seconds), media_type="text/event-stream")


def _generator(port: int) -> None:
    app = Starlette(routes=[Route("/v1/chat/completions", _chat, methods=["POST"])])
    uvicorn.run(app, port=port, log_level="error", access_log=False)


def _gateway(port: int, home: str, upstream: int) -> None:
    setup = settings.load(Path(home) / "overt.toml")
    chosen = setup.settings.gateway.model_copy(update={"upstream": f"http://127.0.0.1:{upstream}"})
    changed = setup.model_copy(update={"settings": setup.settings.model_copy(update={"gateway": chosen})})
    uvicorn.run(application(changed), port=port, log_level="error", access_log=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _started(work: Any, *arguments: Any) -> tuple[SpawnProcess, int]:
    port = _free_port()
    process = _context.Process(target=work, args=(port, *arguments))
    process.start()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process, port


def asked(client: httpx.Client, port: int, model: str) -> tuple[float, float]:
    """Milliseconds to the first words, and to the end."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Tell me about the lighthouse."}]}
    start, first = time.perf_counter(), 0.0
    with client.stream("POST", f"http://127.0.0.1:{port}/v1/chat/completions", json=body) as answer:
        for line in answer.iter_lines():
            if not first and '"content"' in line:
                first = time.perf_counter() - start
    return first * 1000, (time.perf_counter() - start) * 1000


def processor_seconds(process: SpawnProcess) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        initialise(Path(folder), "Bench")
        with closing(api.records(settings.load(Path(folder) / "overt.toml"))) as store:
            key, secret = GatewayRecords(store).add_key("bench", purpose="education")
            Accounts(store).attest(key.account, "phone", "Bench", "TX-1")
        generator, direct = _started(_generator)
        gateway, through = _started(_gateway, folder, direct)
        try:
            with httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=60) as client:
                _measure(client, {"directly": direct, "through the gateway": through}, gateway)
        finally:
            for process in (gateway, generator):
                process.terminate()
                process.join()


def _measure(client: httpx.Client, ports: dict[str, int], gateway: SpawnProcess) -> None:
    for model, told in (("paced", f"a token every {EVERY * 1000:.0f} ms"), ("fast", "all tokens at once")):
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ports}
        for port in ports.values():
            asked(client, port, model)
        before = processor_seconds(gateway)
        for _ in range(RUNS):
            for name, port in ports.items():
                times[name].append(asked(client, port, model))
        spent = (processor_seconds(gateway) - before) / RUNS * 1000
        print(f"a chat of {TOKENS} tokens, {told}: medians of {RUNS} runs in turns")
        medians = {
            name: [statistics.median(each) for each in zip(*found, strict=True)] for name, found in times.items()
        }
        for name, (first, whole) in medians.items():
            print(f"  {name:24} first words {first:8.1f} ms   whole {whole:8.1f} ms")
        first, whole = (b - a for a, b in zip(*medians.values(), strict=True))
        print(f"  {'the gateway adds':24} first words {first:8.1f} ms   whole {whole:8.1f} ms")
        print(f"  {'':24} {whole / TOKENS:.2f} ms a token; processor of the gateway {spent / TOKENS:.2f} ms a token")


if __name__ == "__main__":
    main()
