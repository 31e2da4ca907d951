"""One content id from consent to evidence, through the whole house: pages, gate, marking, bundle, withdrawal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from overt import api, settings
from overt.errors import RefusedError
from overt.gate.consent.model import Scope, Told
from overt.gate.model import Ask, Depicted, Material
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts

pytest.importorskip("fastapi")
from overt.web.app import application

NAME = "Wang Xiaoming 王小明"
ADDRESS = "http://testserver"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """A set-up whose gate is on."""
    folder = tmp_path_factory.mktemp("spine")
    initialise(folder, "Example-Studio")
    config = folder / "overt.toml"
    text = config.read_text("utf-8").replace("# on = true", "on = true")
    text = text.replace("[consent]\n", f'[consent]\nreach = "privacy@example.com"\naddress = "{ADDRESS}"\n')
    config.write_text(text, "utf-8")
    return settings.load(config)


@pytest.fixture(scope="module")
def pages(house: Setup) -> Iterator[TestClient]:
    """What a person's browser reaches."""
    with TestClient(application(house), base_url=ADDRESS, headers={"Origin": ADDRESS}) as client:
        yield client


@pytest.fixture(scope="module")
def account(house: Setup) -> str:
    """An account whose real name was checked."""
    with closing(api.records(house)) as store:
        accounts = Accounts(store)
        opened = accounts.open()
        accounts.attest(opened, "phone", "Example Check", "check-1")
    return opened


@pytest.fixture(scope="module")
def link(house: Setup, account: str) -> tuple[str, str]:
    """A request for consent: its id and the path of its page."""
    scope = Scope(("face",), ("face_replacement",), ("entertainment",), uses=2, days=30, account=account)
    told = Told(NAME, "wang@example.com", "Example Studio", "a holiday film 度假短片", "among friends 朋友之间")
    with api.consents(house) as desk:
        asked = desk.consents.ask(told, scope, language="en")
    return asked.consent_id, f"/consent/{asked.token}"


def test_from_consent_to_evidence_and_back(
    house: Setup, pages: TestClient, account: str, link: tuple[str, str], media: Path, tmp_path: Path
):
    consent_id, page = link
    photo = _photo(media, tmp_path)
    ask = Ask(
        account,
        ("face_replacement",),
        "entertainment",
        "images.edit",
        model="example-1",
        materials=(prompt("put my friend's face on the sailor, on a sunny beach"),),
        depicted=(Depicted("face", consent_id),),
    )

    # Nobody has agreed: nothing is made.
    assert api.decide(ask, setup=house).outcome == "refuse"
    assert pages.get(page).status_code == 200
    with pytest.raises(RefusedError):
        api.mark(photo, tmp_path / "no.jpg", technique="face_replacement", setup=house)

    # The person opens the page, reads, chooses, and sends the recording that was asked for.
    pages.post(f"{page}/open", data={"age": "over", "language": "en"})
    give(pages, page, media)
    assert api.decide(ask, setup=house).outcome == "hold"  # The recording waits for somebody to look at it.
    with api.consents(house) as desk:
        desk.consents.check(consent_id, confirmed=True, by="reviewer-1")

    decision = api.decide(ask, setup=house)
    assert decision.outcome == "allow", decision.reasons
    content_id = decision.content_ids[0]
    released = api.mark(photo, tmp_path / "film.jpg", technique="face_replacement", decision=decision, setup=house)
    assert released.content_id == content_id
    seen = api.inspect(released.path, setup=house)
    assert (seen.verdict.kind, (seen.aigc or {}).get("ProduceID")) == ("confirmed", content_id)

    # A content id is used once.
    with pytest.raises(RefusedError):
        api.mark(photo, tmp_path / "again.jpg", technique="face_replacement", decision=decision, setup=house)

    # The evidence leads from the content to the consent, and holds nobody's name.
    bundle = tmp_path / "evidence.json"
    overt(house, "bundle", content_id, "-o", str(bundle))
    told = verify(bundle, released.path)
    assert not any(name in bundle.read_text("utf-8") for name in (NAME, "Wang", "王小明", "wang@"))
    tags = {entry["tag"] for entry in entries(bundle)}
    assert {"gate:decision:sign", "gate:decision:use", "marking:content:release", "gate:consent:give"} <= tags, told

    # One press takes it back: at once nothing more is made, and what was made is recalled.
    second = replace(ask, materials=(prompt("the same, at night"),))
    waiting = api.decide(second, setup=house)
    assert waiting.outcome == "allow"
    pages.post(f"{page}/withdraw", data={"consent": consent_id})
    assert api.decide(second, setup=house).outcome == "refuse"
    with pytest.raises(RefusedError):
        api.mark(photo, tmp_path / "late.jpg", technique="face_replacement", decision=waiting, setup=house)
    assert content_id in pages.get("/recalls").text
    inspected = api.inspect(released.path, setup=house)
    assert inspected.verdict.kind == "confirmed"
    assert any("withdr" in reason.text.en for reason in inspected.verdict.reasons)

    # The person's key is destroyed; every proof still verifies.
    with api.consents(house) as desk:
        person = desk.consents.find(consent_id).person
    overt(house, "person", "erase", person, "--ground", "withdrawal", "--yes")
    after = tmp_path / "after.json"
    overt(house, "bundle", content_id, "-o", str(after))
    verify(after, released.path)


def _photo(media: Path, folder: Path) -> Path:
    path = folder / "generated.jpg"
    with Image.open(media / "images" / "kodim04.png") as picture:
        picture.convert("RGB").resize((432, 648)).save(path, quality=92)
    return path


def prompt(text: str) -> Material:
    return Material("prompt", "text", sha256(text.encode()).hexdigest(), text=text)


def give(pages: TestClient, page: str, media: Path) -> None:
    shown = pages.get(page).text
    fields = dict(re.findall(r'name="(notice|challenge)" value="([^"]*)"', shown))
    ticked = {"likeness": ["face"], "techniques": ["face_replacement"], "purposes": ["entertainment"]}
    film = min((media / "video").glob("*.mp4"), key=lambda path: path.stat().st_size)
    with film.open("rb") as file:
        answer = pages.post(f"{page}/give", data=fields | ticked, files={"recording": ("me.mp4", file, "video/mp4")})
    assert answer.url.query == b"done=given", answer.text


def entries(bundle: Path) -> list[dict[str, object]]:
    found = re.findall(r'\{[^{}]*?\\"tag\\":[^{}]*?\}', bundle.read_text("utf-8"))
    return [json.loads(each.replace('\\"', '"')) for each in found]


def overt(house: Setup, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "overt", *arguments],
        env={"OVERT_CONFIG": str(house.home / "overt.toml"), "OVERT_LANG": "en", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verify(bundle: Path, content: Path) -> str:
    """By the verifier alone, with nothing but the standard library."""
    program = Path(__file__).parents[2] / "src" / "overt_verify" / "__init__.py"
    copied = bundle.parent / "overt_verify.py"
    copied.write_bytes(program.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(copied), str(bundle), str(content)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
