"""Who refuses is found by name and by photo; what cannot be told holds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image

from overt.errors import SetupError
from overt.gate.consent import engine, upload
from overt.gate.consent.challenge import draw
from overt.gate.consent.register import EngineMatcher, NameMatcher, PictureMatcher, Refuser, normalised
from overt.gate.consent.steps import RefusalStep
from overt.gate.model import Ask, Depicted, Material
from overt.marks.kept import Print
from overt.media.budget import INSPECTION
from overt.media.guard import Guard

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Register:
    def __init__(self, *refusers: Refuser) -> None:
        self.kept = refusers

    def refusers(self) -> tuple[Refuser, ...]:
        return self.kept


NAMES = Register(Refuser("r1", (normalised("李小明"), normalised("Li Xiaoming"))), Refuser("r2", (normalised("Bo"),)))


def ask(prompt: str = "", described: str = "", path: Path | None = None, medium: str = "image") -> Ask:
    materials = [Material("prompt", "text", "00", text=prompt)] if prompt else []
    materials += [Material("input", medium, "00", path=path)] if path else []
    depicted = (Depicted("name", described=described),) if described else ()
    return Ask("a1", ("image_generation",), "art", "images.generate", materials=tuple(materials), depicted=depicted)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (ask(described="李小明"), ("r1",)),
        (ask("a portrait of L\u0456 X\u0456\u0430om\u200bing, in Cyrillic letters"), ("r1",)),
        (ask("Lǐ Xiǎo-míng on a horse"), ("r1",)),
        (ask(described="李 小·明"), ("r1",)),
        (ask(described="ＬＩ　ＸＩＡＯＭＩＮＧ"), ("r1",)),
        (ask(described="Bo"), ("r2",)),
        (ask(prompt="请画一张李小明在海边的照片"), ("r1",)),
        (ask(prompt="A photo of li xiaoming, at the sea"), ("r1",)),
        (ask(prompt="A photo of LiXiaoming"), ("r1",)),
        (ask(prompt="A photo of Bella Xiaomington"), ()),
        (ask(prompt="A boat; Bob says boo to Bo"), ()),  # Two letters stand in every text.
        (ask(prompt="李小龙和王小明"), ()),
        (ask(described="王小明"), ()),
        (ask(), ()),
    ],
)
def test_names(request_: Ask, found: tuple[str, ...]) -> None:
    assert NameMatcher(NAMES).match(request_).refusals == found


@pytest.fixture(scope="module")
def photo(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.convert("RGB").resize((384, 256)).save(path)
    return path


@pytest.fixture(scope="module")
def taken(photo: Path) -> tuple[Print, ...]:
    with Guard() as guard:
        return guard.call(upload.fingerprint, photo, INSPECTION)


def test_the_same_photo_is_found_again_and_another_is_not(
    photo: Path, taken: tuple[Print, ...], media: Path, tmp_path: Path
) -> None:
    matcher = PictureMatcher(Register(Refuser("r1", photos=taken)))
    copy, other, broken = tmp_path / "copy.jpg", tmp_path / "other.jpg", tmp_path / "broken.png"
    with Image.open(photo) as picture:
        picture.resize((200, 133)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(copy, quality=60)
    with Image.open(media / "images" / "kodim01.png") as picture:
        picture.convert("RGB").resize((300, 200)).save(other)
    broken.write_bytes(photo.read_bytes()[:2000])
    assert matcher.match(ask(path=copy)).refusals == ("r1",)
    assert matcher.match(ask(path=other)).refusals == ()
    unread = matcher.match(ask(path=broken))
    assert unread.refusals == ()
    assert unread.could_not_tell


def test_a_match_holds_and_names_nobody() -> None:
    (finding,) = RefusalStep([NameMatcher(NAMES)]).look(ask(described="李小明"), AT)
    assert finding.outcome == "hold"
    assert finding.reasons[0].code == "refusal:possible"
    assert "李" not in json.dumps([each.text.both() for each in finding.reasons], ensure_ascii=False)
    assert RefusalStep([NameMatcher(NAMES)]).look(ask(described="王芳"), AT) == []


class Answers(BaseHTTPRequestHandler):
    word = "live"
    seen: ClassVar[list[dict[str, object]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).seen.append(body | {"key": self.headers.get("authorization")})
        answer = json.dumps({"result": {"state": type(self).word}}).encode()
        self.send_response(200 if type(self).word else 500)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Answers.seen.clear()
    yield f"http://127.0.0.1:{server.server_port}/check"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def file(service: str, tmp_path: Path) -> Path:
    (tmp_path / "engine.key").write_text("secret\n")
    path = tmp_path / "engine.toml"
    path.write_text(
        f'name = "probe"\nversion = "3"\nurl = "{service}"\nkey = "engine.key"\nanswer = "result.state"\n'
        'passed = ["live"]\nfailed = ["spoof"]\n'
    )
    return path


@pytest.mark.parametrize(
    ("word", "outcome"), [("live", "passed"), ("spoof", "failed"), ("maybe", "could-not-tell"), ("", "could-not-tell")]
)
def test_an_engine_answers_in_its_own_words(file: Path, word: str, outcome: str) -> None:
    Answers.word = word
    drawn = draw(("voice",), AT)
    assert drawn is not None
    said = engine.load(file).check(b"recording", "audio/wav", drawn)
    assert (said.outcome, said.engine) == (outcome, "probe@3")
    assert Answers.seen[0]["key"] == "Bearer secret"
    assert Answers.seen[0]["text"] == drawn.text.both()


def test_an_engine_that_is_not_there_could_not_tell(tmp_path: Path, photo: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text('name = "gone"\nurl = "http://127.0.0.1:1/"\nseconds = 1\n')
    (finding,) = RefusalStep([EngineMatcher(engine.load(path))]).look(ask(path=photo), AT)
    assert (finding.outcome, finding.could_not_tell) == ("hold", True)


def test_an_engine_that_knows_a_face_holds(file: Path, photo: Path) -> None:
    Answers.word = "live"
    (finding,) = RefusalStep([EngineMatcher(engine.load(file))]).look(ask(path=photo), AT)
    assert (finding.outcome, finding.could_not_tell) == ("hold", False)


def test_an_engine_file_that_is_wrong_says_so_without_its_key(tmp_path: Path) -> None:
    path = tmp_path / "engine.toml"
    path.write_text('name = "x"\nurl = "ftp://nowhere"\n')
    with pytest.raises(SetupError, match=r"engine\.toml"):
        engine.load(path)
