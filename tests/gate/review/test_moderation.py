"""An outside engine over real HTTP: its answers, its failures, and what none of them can mean."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from overt.errors import SetupError, UnsupportedError
from overt.gate.model import Material
from overt.gate.review.chain import Chain
from overt.gate.review.moderation import Moderation, load

FILE = """
name = "guard"
url = "{url}"
model = "omni-moderation-latest"
key_env = "OVERT_TEST_GUARD_KEY"
media = ["text", "image"]
timeout_s = 0.5
{more}

[category."sexual/minors"]
is = "minors-sexual"
refuse = 0.3

[category.violence]
is = "violence"
hold = 0.7
refuse = 0.95

[category.illicit]
is = "crime"
"""
TEXT = Material("prompt", "text", "00", "a text")


class Server(ThreadingHTTPServer):
    """Speaks the protocol, and answers what it is told to."""

    daemon_threads = True
    status, body, stuck = 200, b"", False
    asked: list[tuple[str, str | None, dict[str, object]]]

    def scores(self, flagged: bool = False, categories: tuple[str, ...] = (), **scores: float) -> None:
        named = {name.replace("__", "/"): score for name, score in scores.items()}
        result = {
            "flagged": flagged or bool(categories),
            "categories": {name: name in categories for name in named},
            "category_scores": named,
            "category_applied_input_types": {name: ["text"] for name in named},
        }
        self.body = json.dumps({"id": "modr-1", "model": "omni-moderation-2024-09-26", "results": [result]}).encode()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        if self.server.stuck:
            released.wait(10)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


released = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    released.clear()
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def engine(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moderation]:
    monkeypatch.setenv("OVERT_TEST_GUARD_KEY", "a-key")
    path = tmp_path / "guard.toml"
    path.write_text(FILE.format(url=f"http://127.0.0.1:{server.server_port}/v1/moderations", more=""), "utf-8")
    engine = load(path)
    yield engine
    engine.close()


def test_the_request_is_the_protocols_own(server: Server, engine: Moderation):
    server.scores(violence=0.01)
    opinion = engine.review(TEXT)

    assert server.asked == [("/v1/moderations", "Bearer a-key", {"input": "a text", "model": "omni-moderation-latest"})]
    assert (opinion.outcome, opinion.by) == ("allow", "guard omni-moderation-2024-09-26")


def test_a_picture_travels_as_a_data_url(server: Server, engine: Moderation, tmp_path: Path):
    server.scores(violence=0.01)
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    engine.review(Material("input", "image", "00", path=path))
    assert server.asked[0][2]["input"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    ]
    path.write_bytes(b"no picture")
    with pytest.raises(UnsupportedError):
        engine.review(Material("input", "image", "00", path=path))


@pytest.mark.parametrize(
    ("scores", "flagged", "outcome", "categories"),
    [
        ({"sexual__minors": 0.29}, (), "allow", []),
        ({"sexual__minors": 0.3}, (), "refuse", ["minors-sexual"]),
        ({"violence": 0.7}, (), "hold", ["violence"]),
        ({"violence": 0.96, "sexual__minors": 0.0}, (), "refuse", ["violence"]),
        ({"violence": 0.2}, ("violence",), "allow", []),  # The operator's thresholds go before their flag.
        ({"illicit": 0.4}, ("illicit",), "hold", ["crime"]),
        ({"a_new_one": 0.4}, ("a_new_one",), "hold", ["other"]),
    ],
)
def test_scores_mean_what_the_operator_says(
    server: Server,
    engine: Moderation,
    scores: dict[str, float],
    flagged: tuple[str, ...],
    outcome: str,
    categories: list[str],
):
    server.scores(categories=flagged, **scores)
    opinion = engine.review(TEXT)
    assert (opinion.outcome, [hit.category for hit in opinion.hits]) == (outcome, categories)
    assert opinion.could_not_tell is False


def test_a_flag_without_a_category_is_held(server: Server, engine: Moderation):
    server.scores(flagged=True, something=0.1)
    assert engine.review(TEXT).outcome == "hold"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b'{"error": {"message": "too many"}}'),
        (500, b""),
        (302, b""),
        (200, b""),
        (200, b"null"),
        (200, b'{"results": []}'),
        (200, b'{"results": [{"flagged": "maybe"}]}'),
        (200, b'{"results": [{"flagged": false, "categories": {}, "category_scores": {"violence": "high"}}]}'),
        (200, b'{"results": "' + b"x" * (1 << 20) + b'"}'),
        (200, b"\xff\xfe"),
    ],
)
def test_any_other_answer_could_not_be_told(server: Server, engine: Moderation, status: int, body: bytes):
    server.status, server.body = status, body
    judged = Chain([engine]).review(TEXT)
    assert (judged.outcome, judged.could_not_tell) == ("hold", True)
    assert judged.reasons[0].code == "review:could-not-tell:guard"


def test_no_answer_in_time_could_not_be_told(server: Server, engine: Moderation):
    server.stuck = True
    judged = Chain([engine]).review(TEXT)
    assert (judged.outcome, judged.could_not_tell) == ("hold", True)
    assert "0.5 s" in judged.reasons[0].text.en


def test_no_server_and_no_key_could_not_be_told(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "guard.toml"
    path.write_text(FILE.format(url="http://127.0.0.1:1/v1/moderations", more='unsure = "refuse"'), "utf-8")
    engine = load(path)
    monkeypatch.delenv("OVERT_TEST_GUARD_KEY", raising=False)
    judged = Chain([engine]).review(TEXT)
    assert (judged.outcome, judged.could_not_tell) == ("refuse", True)
    assert "OVERT_TEST_GUARD_KEY" in judged.reasons[0].text.en
    monkeypatch.setenv("OVERT_TEST_GUARD_KEY", "a-key")
    assert engine.review(TEXT).could_not_tell
    assert "a-key" not in repr(Chain([engine]).review(TEXT))
    engine.close()


@pytest.mark.parametrize(
    "more",
    ['unsure = "allow"', "timeout_s = 0", 'media = ["audio"]', "surprise = 1", "[[[", '[category.x]\nis = "no such"'],
)
def test_a_file_that_describes_no_engine_is_refused_in_words(more: str, tmp_path: Path):
    path = tmp_path / "guard.toml"
    path.write_text(f'name = "guard"\nurl = "http://127.0.0.1/"\n{more}\n', "utf-8")
    with pytest.raises(SetupError):
        load(path)
