"""The pages behind a person's link, asked as programs and attackers would."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from overt import api, settings
from overt.gate.consent.model import Scope, Told
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.consent_rows import Link, Upload
from overt.web import uploads
from overt.web.app import application
from overt.web.limits import Allowance

OURS = {"origin": "http://testserver"}
EVIL = '<script>alert("x")</script>"\'>{{7*7}}'
TOLD = Told(f"李明{EVIL}", "li@example.cn", f"王芳{EVIL}", f"短片{EVIL}", f"家人群{EVIL}")
FACE = Scope(("face",), ("face_replacement", "image_generation"), ("art", "satire"), uses=3)
NAME = Scope(("name",), ("passage_generation",), ("art",), uses=2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("asking")
    initialise(folder, "Example-Studio")
    config = folder / "overt.toml"
    config.write_text(config.read_text().replace("# reach =", "reach ="))
    return settings.load(config)


@pytest.fixture(scope="module")
def client(home: Setup) -> Iterator[TestClient]:
    generous = Allowance(10_000, 10_000)
    with TestClient(
        application(home, asking=generous, uploading=generous), raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


def picture(colour: str = "red") -> bytes:
    coded = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(coded, "PNG")
    return coded.getvalue()


def asked(home: Setup, scope: Scope = FACE, told: Told = TOLD, preview: Upload | None = None) -> Link:
    with api.consents(home) as desk:
        return desk.consents.ask(told, scope, preview=preview)


def opened(client: TestClient, link: Link, age: str = "over") -> str:
    answer = client.post(f"/consent/{link.token}/open", data={"age": age, "language": "zh"}, headers=OURS)
    assert answer.status_code == 303, answer.text
    return client.get(f"/consent/{link.token}").text


def fields(page: str, **changed: object) -> dict[str, object]:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    ticks: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)">', page):
        ticks.setdefault(name, []).append(value)
    return {name: hidden[name] for name in ("notice", "challenge") if name in hidden} | ticks | changed


def give(client: TestClient, link: Link, page: str, film: bytes | None = None, **changed: object) -> tuple[int, str]:
    answer = client.post(
        f"/consent/{link.token}/give",
        data=fields(page, **changed),
        files={"recording": ("me.png", film)} if film else {"recording": ("", b"")},
        headers=OURS,
    )
    return answer.status_code, answer.text


def state(home: Setup, link: Link) -> str:
    with api.consents(home) as desk:
        standing = desk.consents.standing(link.consent_id)
        assert standing is not None
        return standing.written


def agreed(client: TestClient, home: Setup, scope: Scope = NAME, told: Told = TOLD) -> Link:
    link = asked(home, scope, told)
    status, text = give(client, link, opened(client, link))
    assert status == 303, text
    return link


def test_following_links_changes_nothing(client: TestClient, home: Setup) -> None:
    link, given = asked(home), agreed(client, home)
    for token in (link.token, given.token):
        for path in ("", "/open", "/give", "/decline", "/withdraw", "/receipt", "/receipt.json", "/preview"):
            for method in ("GET", "HEAD", "OPTIONS"):
                client.request(method, f"/consent/{token}{path}", params={"consent": given.consent_id})
    assert state(home, link) == "asked"
    assert state(home, given) == "given"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"origin": "http://testserver", "sec-fetch-site": "same-site"},
    ],
)
def test_forms_of_other_sites_do_not_count(client: TestClient, home: Setup, headers: dict[str, str]) -> None:
    given = agreed(client, home)
    for path in ("open", "give", "decline", "withdraw"):
        answer = client.post(f"/consent/{given.token}/{path}", data={"age": "over"}, headers=headers)
        assert answer.status_code == 403
    assert client.post("/refusal", data={"names": "x", "contact": "y"}, headers=headers).status_code == 403
    assert state(home, given) == "given"


def test_one_press_withdraws(client: TestClient, home: Setup) -> None:
    given = agreed(client, home)
    answer = client.post(f"/consent/{given.token}/withdraw", data={"consent": given.consent_id}, headers=OURS)
    assert (answer.status_code, state(home, given)) == (303, "withdrawn")
    page = client.get(answer.headers["location"]).text
    assert "已撤回" in page
    assert f'name="consent" value="{given.consent_id}"' not in page


def test_nobody_elses_consent_can_be_seen_or_withdrawn(client: TestClient, home: Setup) -> None:
    mine = agreed(client, home)
    other = agreed(client, home, told=Told("王芳", "wang@example.cn", "x", "y", "z"))
    answer = client.post(f"/consent/{mine.token}/withdraw", data={"consent": other.consent_id}, headers=OURS)
    assert (answer.status_code, state(home, other)) == (404, "given")
    for path in ("receipt", "receipt.json"):
        assert client.get(f"/consent/{mine.token}/{path}", params={"of": other.consent_id}).status_code == 404
    assert other.consent_id not in client.get(f"/consent/{mine.token}").text


def test_the_own_page_shows_all_of_a_person_once_it_is_certain_that_it_is_them(client: TestClient, home: Setup) -> None:
    told = Told("赵云", "zhao@example.cn", "x", "y", "z")
    first, second = agreed(client, home, told=told), agreed(client, home, told=told)
    assert first.consent_id in client.get(f"/consent/{second.token}").text
    third = asked(home, FACE, told)
    assert first.consent_id not in client.get(f"/consent/{third.token}").text
    assert give(client, third, opened(client, third), picture("blue"))[0] == 303
    page = client.get(f"/consent/{third.token}").text
    assert "等待确认" in page
    assert first.consent_id not in page  # It may be somebody else who answered.
    answer = client.post(f"/consent/{third.token}/withdraw", data={"consent": first.consent_id}, headers=OURS)
    assert (answer.status_code, state(home, first)) == (404, "given")
    with api.consents(home) as desk:
        desk.consents.check(third.consent_id, confirmed=True, by="staff-1")
    assert first.consent_id in client.get(f"/consent/{third.token}").text


def test_words_of_strangers_stay_words(client: TestClient, home: Setup) -> None:
    link = asked(home, preview=Upload(picture(), "image/png"))
    pages = [client.get(f"/consent/{link.token}").text, opened(client, link, "under")]
    values = {"guardian_name": EVIL, "relation": "parent"}
    status, text = give(client, link, pages[-1], b"no picture", **values)
    assert status == 422
    pages += [text]
    assert give(client, link, pages[1], picture("green"), **values)[0] == 303
    pages += [client.get(f"/consent/{link.token}{path}").text for path in ("", "/receipt")]
    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "49" not in re.findall(r"\}\}|\{\{7\*7|>49<", page)
        assert 'value="<' not in page
    shown = client.get(f"/consent/{link.token}/preview")
    assert (shown.headers["content-type"], shown.content) == ("image/png", picture())
    part = client.get(f"/consent/{link.token}/preview", headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, picture()[2:6])


def test_every_page_forbids_scripts_frames_and_caches(client: TestClient, home: Setup) -> None:
    link = asked(home)
    for path in (f"/consent/{link.token}", "/consent/nothing", "/refusal", "/refusal/nothing", "/assets/style.css"):
        headers = client.get(path, headers={"origin": "https://evil.example"}).headers
        assert "script-src 'self';" in headers["content-security-policy"]  # no inline scripts, none from elsewhere
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == ("public, max-age=3600" if path.startswith("/assets/") else "no-store")
        assert headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_uploads_are_bounded_and_only_media(client: TestClient, home: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    link = asked(home)
    page = opened(client, link)
    for film in (b"<html><script>1</script>", b"\x7fELF" + bytes(100)):
        assert give(client, link, page, film)[0] == 422
    assert state(home, link) == "opened"
    second = asked(home)
    page = opened(client, second)
    monkeypatch.setattr(uploads, "MOST_MIB", 1)
    assert give(client, second, page, picture() + bytes(2 << 20))[0] == 413
    assert give(client, second, page, None, purposes=["x"] * 200)[0] in (400, 413, 422)
    assert give(client, second, page, None, notice="x" * 100_000)[0] in (400, 413, 422)
    assert state(home, second) == "opened"


def test_a_recording_is_taken_once(client: TestClient, home: Setup) -> None:
    first, second = asked(home), asked(home)
    film = picture("yellow")
    assert give(client, first, opened(client, first), film)[0] == 303
    status, text = give(client, second, opened(client, second), film)
    assert (status, state(home, second)) == (422, "opened")
    assert "已被使用过" in text
    assert "checked" in text  # What was ticked stays.


def test_the_receipt_can_be_taken_away(client: TestClient, home: Setup) -> None:
    link = agreed(client, home)
    page = client.get(f"/consent/{link.token}/receipt").text
    told = client.get(f"/consent/{link.token}/receipt.json").json()
    assert link.consent_id in page
    assert told["receipt"]["consent"]["signature"] in page
    assert "attachment" in client.get(f"/consent/{link.token}/receipt.json").headers["content-disposition"]


def test_both_languages_are_whole(client: TestClient, home: Setup) -> None:
    link = asked(home, told=Told("Li Ming", "li@example.org", "Wang Fang", "a film", "at home"))
    han = re.compile("[\u4e00-\u9fff]")
    page = client.get(f"/consent/{link.token}?lang=en").text
    assert set(han.findall(page)) <= set("中文明示")
    client.post(f"/consent/{link.token}/open", data={"age": "under", "language": "en"}, headers=OURS)
    page = client.get(f"/consent/{link.token}").text
    assert set(han.findall(page)) <= set("中文明示")
    assert set(han.findall(client.get("/refusal?lang=en").text)) <= set("中文明示")
    assert client.get(f"/consent/{link.token}", headers={"accept-language": "zh"}).text == page  # As it was opened.


def test_joining_the_register_and_leaving_it(client: TestClient, home: Setup) -> None:
    form = {"names": "李小明\nLi Xiaoming", "contact": "li@example.cn"}
    photo = {"photo": ("me.png", picture())}
    assert client.post("/refusal", data=form, files=photo, headers=OURS).status_code == 422  # Not agreed to separately.
    assert client.post("/refusal", data={"names": "", "contact": "x"}, headers=OURS).status_code == 422
    answer = client.post("/refusal", data=form | {"separate": "yes"}, files=photo, headers=OURS)
    assert answer.status_code == 303
    own = answer.headers["location"].partition("?")[0]
    with api.consents(home) as desk:
        (entry,) = desk.refusals.every(waiting=True)
        _, code = desk.refusals.new_code(entry.refusal_id)
    wrong = client.post(f"{own}/code", data={"code": "1"}, headers=OURS)
    assert "wrong=1" in wrong.headers["location"]
    assert "不对" in client.get(wrong.headers["location"] + "&lang=zh").text
    client.post(f"{own}/code", data={"code": code}, headers=OURS)
    assert "您已登记" in client.get(own).text
    client.post(f"{own}/leave", headers=OURS)
    assert "李小明" not in client.get(own).text
    with api.consents(home) as desk:
        assert list(desk.refusals.refusers()) == []


def test_recalls_are_for_programs(client: TestClient, home: Setup) -> None:
    told = client.get("/recalls")
    assert told.headers["access-control-allow-origin"] == "*"
    assert set(told.json()) == {"list", "signer", "signature"}
    assert client.get("/recalls/status-list").headers["content-type"] == "application/vc+jwt"
    assert client.get("/recalls/no-such-content").status_code == 404
    assert "/recalls" in json.dumps(client.get("/openapi.json").json())
    assert "consent/{token}" not in json.dumps(client.get("/openapi.json").json())
