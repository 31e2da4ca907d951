"""A small identity provider that speaks OpenID Connect over real HTTP, and misbehaves when it is told to."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT_ID, SECRET, REDIRECT = "overt-test", "a secret of the tests", "https://platform.example/back"


@dataclass
class Provider:
    """What the provider is and does. `claims` overrides what its tokens say; `sign` how they are signed."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    sign: str = "ES256"
    document: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    subject: str = "subject-of-the-provider"
    asked: list[str] = field(default_factory=list)

    def new_keys(self) -> None:
        """Fresh keys, under fresh names."""
        self.keys = {
            "ES256": ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)}),
            "RS256": RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}),
        }

    def discovery(self) -> dict[str, Any]:
        here = self.address
        return {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
        } | self.document

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the user is sent back to, having agreed."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"], "iss": self.address})

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a code: the id token, where code, client and PKCE verifier are right."""
        known = "Basic " + b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if asked is None or authorization != known or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "t", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}
        return 200, answer if self.sign else {"access_token": "t", "token_type": "Bearer"}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
        }
        told = {name: value for name, value in (claims | self.claims).items() if value is not None}
        if self.sign == "none":
            header, body = ({"alg": "none"}, told)
            return (
                ".".join(urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, body))
                + "."
            )
        if self.sign == "HS256":  # With what everybody knows as the shared secret.
            public = json.dumps(self.keys["RS256"].as_dict(private=False), sort_keys=True)
            return jwt.encode({"alg": "HS256"}, told, OctKey.import_key(public))
        if self.sign == "stranger":
            key = ECKey.generate_key("P-256", {"kid": self.keys["ES256"].kid})
            return jwt.encode({"alg": "ES256", "kid": key.kid}, told, key)
        key = self.keys[self.sign or "ES256"]
        return jwt.encode({"alg": self.sign or "ES256", "kid": key.kid}, told, key)


@contextmanager
def running() -> Iterator[Provider]:
    """A provider on a free port."""
    provider = Provider()
    provider.new_keys()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/.well-known/openid-configuration":
                self.answer(200, provider.discovery())
            elif parts.path == "/keys":
                self.answer(200, KeySet(list(provider.keys.values())).as_dict(private=False))
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize({n: v[0] for n, v in parse_qs(parts.query).items()}))
                self.end_headers()
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*provider.token(form, self.headers.get("Authorization", "")))

        def answer(self, status: int, told: Any) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
