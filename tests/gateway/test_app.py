"""What holds for all routes: keys, limits, what goes through, what stays out of logs and of the generator's sight."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from typer.testing import CliRunner

from gateway.conftest import CREDENTIAL
from gateway.gates import gates
from gateway.generator import FORBIDDEN, Generator, serving
from overt import api
from overt.cli.app import app
from overt.errors import SetupError
from overt.gateway.app import application
from overt.settings import GatewaySettings, Setup
from overt.setup.initialise import initialise
from overt.store.gateway import GatewayRecords

ASKED: Any = [{"role": "user", "content": "Tell me about the lighthouse."}]


def changed(home: Setup, **values: Any) -> Setup:
    gateway = home.settings.gateway.model_copy(update=values)
    return home.model_copy(update={"settings": home.settings.model_copy(update={"gateway": gateway})})


def test_without_a_key_that_holds_nothing_opens(gateway: str, home: Setup) -> None:
    for wrong in ("ovk_wrong", CREDENTIAL):
        with (
            openai.OpenAI(base_url=f"{gateway}/v1", api_key=wrong, max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()
    with closing(api.records(home)) as store:
        records = GatewayRecords(store)
        _, secret = records.add_key("short-lived")
        headers = {"Authorization": f"Bearer {secret}"}
        assert httpx.get(f"{gateway}/v1/models", headers=headers).status_code == 200
        records.withdraw_key("short-lived")
        assert httpx.get(f"{gateway}/v1/models", headers=headers).status_code == 401
        stored = (home.data / "overt.db").read_bytes()
    assert secret.encode() not in stored


def test_the_generator_sees_its_own_credential_alone(client: openai.OpenAI, generator: Generator, key: Any) -> None:
    client.with_options(default_headers={"Cookie": "session=1", "OpenAI-Project": "p"}).models.list()
    _, _, headers = generator.asked[-1]
    assert headers["authorization"] == f"Bearer {CREDENTIAL}"
    assert headers["openai-project"] == "p"
    assert "cookie" not in headers
    assert not any(key[1] in value for value in headers.values())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/completions"),
        ("POST", "/v1/embeddings"),
        ("GET", "/v1/secrets"),
        ("GET", "/v1/models/../secrets"),
        ("GET", "/v1/models/%2e%2e/secrets"),
        ("GET", "/v1/models/%252e%252e/secrets"),
        ("GET", "/v1/models/..;/secrets"),
        ("GET", "/v1/videos"),
        ("DELETE", "/v1/models/small"),
        ("GET", "/v1/chat/completions/chatcmpl-1"),
    ],
)
def test_what_the_gateway_does_not_know_stays_here(
    gateway: str, key: Any, generator: Generator, method: str, path: str
) -> None:
    before = len(generator.asked)
    address = httpx.URL(gateway).copy_with(raw_path=path.encode())
    answer = httpx.request(method, address, headers={"Overt-Key": key[1]})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_url"
    assert len(generator.asked) == before


GOOD, BAD = [{"role": "user", "content": "Hello."}], [{"role": "user", "content": FORBIDDEN}]
TOOLS = [{"type": "function", "function": {"name": "f", "description": FORBIDDEN}}]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("chat/completions", json.dumps({"model": "plain", "messages": BAD}), "refused"),
        ("chat/completions", json.dumps({"model": "plain", "messages": GOOD, "tools": TOOLS}), "refused"),
        ("chat/completions", json.dumps({"model": "plain", "Messages": BAD}), "ambiguous"),
        ("chat/completions", f'{{"messages": {json.dumps(BAD)}, "messages": {json.dumps(GOOD)}}}', "ambiguous"),
        ("responses", json.dumps({"model": "plain", "input": "Hello.", "Input": FORBIDDEN}), "ambiguous"),
        ("images/generations", json.dumps({"prompt": [FORBIDDEN]}), "refused"),
        ("images/generations", json.dumps({"PROMPT": FORBIDDEN}), "ambiguous"),
        ("videos", json.dumps({"Prompt": FORBIDDEN}), "ambiguous"),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_what_is_reviewed_is_what_the_generator_reads(
    gateway: str, key: Any, generator: Generator, path: str, body: str, code: str, kind: str
) -> None:
    before = len(generator.asked)
    headers = {"Overt-Key": key[1], "Content-Type": kind}
    answer = httpx.post(f"{gateway}/v1/{path}", headers=headers, content=body)
    assert answer.json()["error"]["code"] == code
    assert len(generator.asked) == before


def test_fields_of_a_form_that_come_twice_are_all_reviewed(gateway: str, key: Any) -> None:
    fields = [("prompt", (None, "a pier")), ("prompt", (None, FORBIDDEN))]
    answer = httpx.post(f"{gateway}/v1/images/edits", headers={"Overt-Key": key[1]}, files=fields)
    assert answer.json()["error"]["code"] == "refused"


def test_headers_say_more_about_a_request(client: openai.OpenAI) -> None:
    def error(**headers: str) -> Any:
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model="plain", messages=ASKED, extra_headers=headers)
        return caught.value.body

    assert error(**{"Overt-Purpose": "no-such-purpose"})["code"] == "refused"
    assert error(**{"Overt-Technique": "magic"})["param"] == "Overt-Technique"
    assert error(**{"Overt-Depicted": "ear"})["param"] == "Overt-Depicted"
    assert error(**{"Overt-Account": "somebody"})["code"] == "account_not_allowed"


def test_requests_are_limited(gateway: str, key: Any, home: Setup) -> None:
    address, headers = f"{gateway}/v1/chat/completions", {"Overt-Key": key[1], "Content-Type": "application/json"}
    too_large = httpx.post(address, headers=headers, content=b" " * (2 << 20))
    assert too_large.status_code == 413
    assert httpx.post(address, headers=headers, content=b"{").json()["error"]["code"] == "invalid_json"
    with (
        serving(application(changed(home, at_once=1), gates)) as busy,
        openai.OpenAI(base_url=f"{busy}/v1", api_key=key[1], max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="slow", messages=ASKED, stream=True)
        next(iter(stream))
        with pytest.raises(openai.RateLimitError):
            client.models.list()
        assert httpx.get(f"{busy}/overt/health").json()["status"] == "ok"
        stream.close()


def test_every_answer_has_a_number(gateway: str, key: Any) -> None:
    numbers = [httpx.get(f"{gateway}{path}").headers["x-request-id"] for path in ("/overt/health", "/v1/models")]
    assert len(set(numbers)) == 2


def test_no_secret_and_no_word_of_a_request_reaches_the_log(
    client: openai.OpenAI, key: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "overt"):
        client.chat.completions.create(model="plain", messages=ASKED)
    assert "/v1/chat/completions: 200" in caplog.text
    for secret in (key[1], CREDENTIAL, "lighthouse"):
        assert secret not in caplog.text


@pytest.mark.parametrize("address", ["", "ftp://x", "http://user:password@x", "nowhere"])
def test_an_address_that_is_none_is_told_at_once(home: Setup, address: str) -> None:
    with pytest.raises(SetupError, match="address of a generator"):
        application(changed(home, upstream=address), gates)


def test_an_adapter_that_makes_no_sense_is_told_at_once(home: Setup, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    for text in ("[[route]]\npath='/x'", "route = 1", "[["):
        path.write_text(text)
        with pytest.raises(SetupError, match=r"wrong\.toml"):
            application(changed(home, adapters=(path,)), gates)


def test_the_command(upstream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    initialise(tmp_path, "Example-Studio")
    monkeypatch.setenv("OVERT_CONFIG", str(tmp_path / "overt.toml"))
    monkeypatch.setenv("OVERT_LANG", "en")
    run = partial(CliRunner().invoke, app)
    made = json.loads(run(["gateway", "key", "add", "app", "--purpose", "education", "--json"]).stdout)
    command = [sys.executable, "-m", "overt", "gateway", "--port", "0", "--upstream", upstream]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        address = process.stderr.readline().split()[1]
        answer = httpx.get(f"{address}/models", headers={"Authorization": f"Bearer {made['key']}"}, timeout=60)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert answer.json()["data"][0]["id"] == "small"
    assert run(["gateway", "key", "withdraw", "app"]).exit_code == 0
    (listed,) = json.loads(run(["gateway", "key", "list", "--json"]).stdout)
    assert listed["name"] == "app"
    assert listed["withdrawn"]
    assert made["key"] not in json.dumps(listed)


def test_settings_of_the_gateway_have_defaults_that_pass_little() -> None:
    chosen = GatewaySettings()
    assert chosen.passed == ("/v1/models", "/v1/models/*")
    assert not chosen.fetched
    assert not chosen.pass_authorization
