"""A witness of the tests' own behind HTTP, as C2SP tlog-witness asks; and a checkpoint of a public log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.errors import FormatError
from overt.ledger.checkpoint import Key, opened
from overt.ledger.cosignature import cosign, cosigner, submitted
from overt.ledger.merkle import verify_consistency
from overt.ledger.signing import Signer

# A staging log of Certificate Transparency, cosigned by witnesses of the public network.
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESSES = (
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
)
PUBLIC_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
""".encode()  # noqa: E501


@dataclass
class Witness:
    """A witness that knows one log. `signed` is what it last signed; `answers` overrides what it says."""

    log: Key
    signer: Signer = field(default_factory=lambda: Signer(Ed25519PrivateKey.generate()))
    name: str = "witness.example/w1"
    address: str = ""
    size: int = 0
    root: bytes = b""
    asked: int = 0
    answer: tuple[int, bytes] | None = None

    @property
    def setting(self) -> str:
        """The witness as `[ledger] witnesses` names it."""
        return f"{cosigner(self.name, self.signer.public).spelled} {self.address}"

    def add(self, body: bytes) -> tuple[int, bytes]:
        """The protocol's `add-checkpoint`: status and body."""
        self.asked += 1
        if self.answer:
            return self.answer
        try:
            old, proof, note = submitted(body)
            head, _ = opened(note, [self.log])
        except FormatError:
            return 403, b""
        if old != self.size:
            return 409, f"{self.size}\n".encode()
        if old > head.size:
            return 400, b""
        if old and not verify_consistency(old, head.size, self.root, head.root, proof):
            return 422, b""
        self.size, self.root = head.size, head.root
        return 200, cosign(head.text, self.name, self.signer, int(time.time())).line.encode()


@contextmanager
def serving(witness: Witness) -> Iterator[Witness]:
    """The witness behind HTTP on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = witness.add(body) if self.path == "/w/add-checkpoint" else (404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        witness.address = f"http://127.0.0.1:{server.server_port}/w/"
        yield witness
        server.shutdown()
