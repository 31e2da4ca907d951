"""The API asked everything that its own description allows, and much that it does not: never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from overt.access.model import PERMISSIONS, ROLES
from overt.web.examples import BODIES
from sites import Site

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from schemathesis.checks import Failure, FailureGroup, not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = 3
"""For each operation."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LIBRARY = "id,category,words\nsafe-account,fraud,安全账户\n"
ID = "00000000-0000-4000-8000-000000000000"
METHODS = ("get", "post", "put", "delete")


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    with site.client() as client:
        return dict(client.get("/openapi.json").json())


@pytest.fixture(scope="module")
def all_scopes(site: Site) -> Iterator[httpx.Client]:
    with site.with_key(*PERMISSIONS) as client:
        yield client


@pytest.mark.slow
def test_no_request_makes_the_api_fail(site: Site, all_scopes: httpx.Client) -> None:
    headers = {"Authorization": all_scopes.headers["Authorization"]}
    described = schemathesis.openapi.from_url(f"{site.address}/openapi.json")
    told = []
    for each in described.get_all_operations():
        operation = each.ok()
        try:
            _ask(operation, headers)
        except (AssertionError, FailureGroup, Failure) as error:
            told.append(f"{operation.label}: {error!r:.1500}")
    assert told == []


def _ask(operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    ask()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, each in described["paths"].items():
        for method in METHODS:
            if method in each:
                yield method.upper(), path, each[method]


def test_every_operation_says_what_it_is(described: dict[str, Any]) -> None:
    found = list(operations(described))
    names = [each["operationId"] for _, _, each in found]
    assert len(set(names)) == len(names) > 130
    for method, path, each in found:
        where = f"{method} {path}"
        assert each["tags"], where
        assert " " in each["summary"] or each["summary"] in ("Attest", "Disseminate", "Inspect"), where
        assert each["description"], where
        problems = [status for status in each["responses"] if status[0] in "45"]
        assert {"400", "429"} <= set(problems), where
        for status in problems:
            assert "application/problem+json" in each["responses"][status]["content"], f"{where} {status}"
        bodies = each.get("requestBody", {}).get("content", {})
        told = [kind for kind, content in bodies.items() if "example" in content]
        assert told or not bodies or each["operationId"] in ("openAccount", "uploadFile"), where
    assert set(BODIES) <= set(names)


def test_the_examples_are_answered_as_described(
    described: dict[str, Any], all_scopes: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "text.txt").write_text("山高水长，云淡风轻。" * 20, "utf-8")
    (tmp_path / "library.csv").write_text(LIBRARY, "utf-8")
    done, wrong = set(), []
    for method, path, each in operations(described):
        name = each["operationId"]
        for kind, example in BODIES.get(name, {}).items():
            answer = _sent(all_scopes, method, path, kind, example, tmp_path)
            assert str(answer.status_code) in each["responses"], f"{name}: {answer.status_code} {answer.text[:300]}"
            if answer.is_error:
                assert answer.headers["content-type"] == "application/problem+json", name
                assert answer.json()["message"]["zh"] != answer.json()["message"]["en"], name
                # A record that this set-up has not may be told by 400; the binding of the example is nobody's.
                if answer.status_code in (400, 415) and "{" not in path and name != "queryByLargeBinding":
                    wrong.append(f"{name}: {answer.json()['detail']}")
            else:
                done.add(name)
    assert not wrong, "; ".join(wrong)
    assert len(done) > 15


def _sent(client: httpx.Client, method: str, path: str, kind: str, example: Any, folder: Path) -> httpx.Response:
    at = path.format_map(_Ids())
    if kind == "application/json":
        return client.request(method, at, json=example)
    fields = {name: value for name, value in example.items() if name != "file"}
    name = example.get("file")
    parts = {"file": (name, (folder / name).read_bytes())} if name else {"text": (None, fields.pop("text").encode())}
    return client.request(method, at, data=fields, files=parts)


class _Ids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return {"kind": "algorithm", "number": "1"}.get(name, ID)


@pytest.mark.parametrize("role", [*ROLES, None])
def test_nobody_makes_it_fail(site: Site, described: dict[str, Any], role: Any) -> None:
    with site.client(role) as client:
        begins = [*ROLES, None].index(role)
        for method, path, each in list(operations(described))[begins % 4 :: 4]:  # Each is asked by some of them.
            kind, example = next(iter(BODIES.get(each["operationId"], {}).items()), ("", None))
            body = {"json": example} if kind == "application/json" else {}
            answer = client.request(method, path.format_map(_Ids()), **body)
            assert str(answer.status_code) in each["responses"], f"{method} {path}: {answer.status_code}"


HOSTILE: tuple[Any, ...] = (
    "\x00", "a\x00b", "\ud800", "\u202e\u2066", "../../etc/passwd", "a/b", "%00", "'; drop table staff; --",
    "<script>alert(1)</script>", "x" * 5000, "-1", "1e999", "9" * 40, -1, 2**63, 2**200, -0.0, 1e308, True, None,
    [], {}, [[]] * 3, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-02-30",
)  # fmt: skip


def test_hostile_values_are_answered(described: dict[str, Any], site: Site, all_scopes: httpx.Client) -> None:
    attack(described, all_scopes)


def attack(described: dict[str, Any], client: httpx.Client) -> None:
    """Every string, number and id of every operation, with values that somebody wicked would send."""
    wrong = []
    for number, (method, path, each) in enumerate(operations(described)):
        name = each["operationId"]
        for at, body, query in _attacks(path, each, number):
            content = json.dumps(body).encode() if body is not None else None
            headers = {"Content-Type": "application/json"} if content else {}
            answer = client.request(method, at, content=content, headers=headers, params=query)
            if answer.status_code >= 500 and answer.status_code != 503:
                wrong.append(f"{name} {at[:80]} {str(body)[:200]} {query}: {answer.status_code}")
            elif answer.is_error and "problem+json" not in answer.headers.get("content-type", ""):
                wrong.append(f"{name} {at[:80]} {answer.status_code} {answer.headers.get('content-type')}")
    assert wrong == []


def _attacks(path: str, told: dict[str, Any], number: int) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Each place in turn; the values go round, so that all places together meet all values."""
    here = path.format_map(_Ids())
    example = next(iter(BODIES.get(told["operationId"], {}).values()), None)
    turn = iter(HOSTILE[number % len(HOSTILE) :] + HOSTILE * 20)
    places = [each for each in told.get("parameters", ()) if each["in"] == "path"]
    for each in places:
        for value in _two(("%00", "a%2Fb", "%ED%A0%80", "x" * 3000, "-1", "9" * 40), number):
            yield path.replace("{" + each["name"] + "}", value).format_map(_Ids()), example, {}
    for each in told.get("parameters", ()):
        if each["in"] == "query":
            for value in _two(("\x00", "0001-01-01T00:00:00+14:00", "9" * 40, "WyIwIl0", "-1", "W10"), number):
                yield here, example, {each["name"]: value}
    if isinstance(example, list):
        example = {"": example[0]}
    for key in _keys(example):
        for _ in range(2):
            body = _with(json.loads(json.dumps(example)), key, next(turn))
            yield here, body.get("", body) if "" not in body else [body[""]], {}


def _two(values: tuple[str, ...], number: int) -> tuple[str, str]:
    return values[number % len(values)], values[(number + 1) % len(values)]


def _keys(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _keys(value[key], (*before, key))
    elif before:
        yield before


def _with(body: Any, key: tuple[Any, ...], value: Any) -> Any:
    place = body
    for each in key[:-1]:
        place = place[each]
    place[key[-1]] = value
    return body


def test_what_no_client_would_send_is_a_problem_too(all_scopes: httpx.Client) -> None:
    deep = b"[" * 100_000
    for content, kind in ((deep, "json"), (b"\xff\xfe", "json"), (b"{}", "xml"), (b"", "json"), (b"NaN", "json")):
        answer = all_scopes.post("/v1/api-keys", content=content, headers={"Content-Type": f"application/{kind}"})
        assert answer.status_code in (400, 415, 422), (content[:4], kind)
        assert answer.headers["content-type"] == "application/problem+json"
    for after in ("!!", "W10", "WyIwIl0", "bnVsbA", "WzEsMl0", "W251bGxd", "/" * 400):
        assert all_scopes.get("/v1/contents", params={"after": after}).status_code == 400, after
    for most in ("0", "201", "-1", "x"):
        assert all_scopes.get("/v1/contents", params={"most": most}).status_code == 400
    assert all_scopes.head("/v1/contents").status_code == 200
    assert all_scopes.options("/v1/contents").status_code in (204, 405)
    assert all_scopes.get("/v1/nothing").json()["status"] == 404
    assert all_scopes.patch("/v1/contents").json()["status"] == 405


def test_a_list_stays_itself_while_rows_are_added(all_scopes: httpx.Client) -> None:
    made = [_key(all_scopes, number) for number in range(5)]
    seen, after = [], ""
    for number in range(50):
        page = all_scopes.get("/v1/api-keys", params={"most": 2, "after": after}).json()
        seen += [each["id"] for each in page["items"]]
        if not (after := page["next"]):
            break
        _key(all_scopes, 100 + number)
    assert len(set(seen)) == len(seen)
    assert set(made) <= set(seen)


def _key(client: httpx.Client, number: int) -> str:
    told = client.post("/v1/api-keys", json={"name": f"n{number}", "scopes": ["contents:read"]}).json()
    return str(told.get("id") or told["key"]["id"])
