"""Decisions of the gate over loopback HTTP, against a bare FastAPI endpoint with one durable insert.

Both are FastAPI under uvicorn in a process of their own, both asked over one kept connection, in turns; both commit to
SQLite with WAL and `synchronous=FULL`. Ours looks at switches, agreement, sanctions, identity, a consent, the register
of refusals, a prompt of 200 characters and the policy, counts the consent's use, signs the decision, and writes it with
its ledger entry.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI, Response

from overt import api, settings
from overt.consenting import Desk
from overt.gate.consent.model import Scope, Told
from overt.gate.decision import decision_json
from overt.gate.request import Request
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.store.consent_rows import Answer, Upload
from overt.store.records import Store

ROUNDS = 400
WARM = 40
PROMPT = "一幅水墨风格的雨后江南，远山如黛，近处有一叶小舟和一位撑伞的人，岸边的柳树刚刚抽芽。" * 5


def main() -> None:
    """Prints medians, p99 and rates of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder, _served("bare", folder) as bare, _served("gate", folder) as gate:
        times: dict[str, list[float]] = {"bare": [], "gate": []}
        for number in range(WARM + ROUNDS):
            for name, client in (("bare", bare), ("gate", gate)):
                asked = {"prompt": f"{number:04} {PROMPT}"[:200]}
                start = time.perf_counter()
                client.post("/decide", json=asked).raise_for_status()
                if number >= WARM:
                    times[name].append(time.perf_counter() - start)
    told = {"bare": "FastAPI, one durable insert", "gate": "Overt's gate, signed decision"}
    print(f"decisions over loopback HTTP, {ROUNDS} of each in turns")
    for name, each in times.items():
        median, late = statistics.median(each), statistics.quantiles(each, n=100)[98]
        rate = len(each) / sum(each)
        print(f"  {told[name]:32} {median * 1e3:7.2f} ms median {late * 1e3:8.2f} ms p99 {rate:8.0f} in a second")
    ratio = statistics.median(times["gate"]) / statistics.median(times["bare"])
    late = statistics.quantiles(times["gate"], n=100)[98] / statistics.quantiles(times["bare"], n=100)[98]
    print(f"  the gate costs {ratio:.2f} times the bare endpoint (median), {late:.2f} times (p99); goal: 2.5")


@contextmanager
def _served(name: str, folder: str) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.decisions", name, folder, str(port)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        process.wait()


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            client.get("/openapi.json")
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def serve(name: str, folder: Path, port: int) -> None:
    """One of the two servers."""
    app = FastAPI()
    with _gate(app, folder / "gate") if name == "gate" else _bare(app, folder / "bare.db"):
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


@contextmanager
def _bare(app: FastAPI, path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE decisions (id TEXT PRIMARY KEY, sha256 TEXT, time REAL)")

        @app.post("/decide")
        async def decide(asked: dict[str, str]) -> dict[str, str]:
            row = (str(uuid4()), sha256(asked["prompt"].encode()).hexdigest(), time.time())
            connection.execute("INSERT INTO decisions VALUES (?, ?, ?)", row)
            return {"id": row[0], "outcome": "allow"}

        yield


@contextmanager
def _gate(app: FastAPI, folder: Path) -> Iterator[None]:
    initialise(folder, "Bench", contact="bench@example.com")
    setup = settings.load(folder / "overt.toml")
    with closing(api.records(setup)) as store, api.gate(setup, store) as gate:
        account = Accounts(store).open()
        Accounts(store).attest(account, "id", "provider", "reference")
        depicted = [{"likeness": "voice", "consent": _consent(setup, store)}]
        fields = {"account": account, "techniques": ("voice_conversion",), "purpose": "film", "depicted": depicted}

        @app.post("/decide")
        async def decide(asked: dict[str, str]) -> Response:
            request = Request.model_validate({**fields, "prompt": asked["prompt"], "function": "audio.speech"})
            wanted = request.ask(folder)
            decision = gate.decide(wanted)
            if decision.outcome != "allow":
                raise RuntimeError(decision.reasons)
            return Response(json.dumps(decision_json(decision)), media_type="application/json")

        yield


def _consent(setup: settings.Setup, store: Store) -> str:
    desk = Desk(setup, store)
    scope = Scope(("voice",), ("voice_conversion",), ("film",), uses=1000)
    link = desk.consents.ask(Told("Somebody", "somebody@example.com", "a studio", "a film", "cinemas"), scope)
    asked = desk.consents.open(link.token, "en", guarded=False)
    answer = Answer(scope.likeness, scope.techniques, scope.purposes, asked.notice, asked.challenge.id)  # type: ignore[union-attr]
    desk.consents.give(link.token, answer, Upload(b"a recording", "audio/webm"))
    desk.consents.check(link.consent_id, confirmed=True, by="staff")
    return link.consent_id


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
