"""The review queue in a browser and over the API: one item at a time, covered, by mouse and by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import queued
from overt.store.reviews import Reviews
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from overt.web.access import COOKIE
from samples import make
from sites import Site, barriers, visit

QUEUE = "/console/review"


@pytest.fixture(scope="module")
def sound(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("wav", media, tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def film(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("mp4", media, tmp_path_factory.mktemp("film"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return queued.picture(tmp_path, "<b>photo.png")


def another(site: Site, page: Any, name: str, *roles: Any) -> None:
    """Somebody else signs in to this window."""
    person = Staff(site.store).add(name, f"{name}@example.cn", roles or ("reviewer",), by="test").id
    token = Sessions(site.store).begin(person, "test")
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": site.address, "sameSite": "Strict"}])


def taken(page: Any) -> str:
    """Takes the next item in this window; empty where there is none."""
    page.goto(QUEUE)
    with page.expect_navigation():
        page.locator("form[action$='/next'] button").click()
    return page.url.rpartition("/")[2].partition("?")[0] if page.locator(".lease").count() else ""


def test_a_reviewer_takes_looks_and_answers_by_keys(site: Site, chromium: Any, photo: Path, film: Path, sound: Path):
    queued.held_request(site, photo, film, sound, words="春天<script>alert(1)</script>")
    with visit(chromium, site, "reviewer", language="en") as page:
        page.goto(QUEUE)
        assert barriers(page) == []
        assert page.locator("main").inner_text().count("春天") == 0, "a list shows no material"
        taken(page)
        assert barriers(page) == []
        assert page.get_by_text("春天<script>alert(1)</script>").is_visible()

        veiled = page.locator(".veil img")
        assert "blur" in veiled.evaluate("each => getComputedStyle(each).filter")
        assert "grayscale" in veiled.evaluate("each => getComputedStyle(each).filter")
        assert page.locator("video").evaluate("each => [each.muted, each.autoplay]") == [True, False]
        assert page.locator("audio").evaluate("each => each.autoplay") is False

        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.down("Space")
        assert veiled.evaluate("each => getComputedStyle(each).filter") == "none"
        page.keyboard.up("Space")
        assert "blur" in veiled.evaluate("each => getComputedStyle(each).filter")
        page.locator("#reveal-1").check()
        page.evaluate("window.dispatchEvent(new Event('blur'))")
        assert not page.locator("#reveal-1").is_checked(), "covered again when the page is left"

        page.keyboard.press("r")
        page.keyboard.type("prompts to nowhere: p and e are letters here")
        assert page.locator("[name=verdict][value=refuse]").is_checked()
        page.get_by_role("checkbox", name="DS-10a").check()
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#followed")
        assert barriers(page) == []
        page.locator("#followed code").wait_for()
        assert page.get_by_text("A new decision was made").is_visible()
        page.goto(f"{QUEUE}?show=settled")
        assert page.locator("tbody .badge").first.inner_text() == "Refuse"
        assert barriers(page) == []


def test_files_never_run_and_pictures_are_drawn_anew(site: Site, photo: Path, film: Path):
    drawing = photo.parent / "drawing.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)" viewBox="0 0 9 9"/>', "utf-8")
    written = photo.parent / "page.html"
    written.write_text("<!doctype html><script>alert(1)</script>", encoding="utf-8")
    queued.held_request(site, drawing, photo, film, written)
    with site.client("reviewer") as mine, site.client("compliance") as other:
        item = mine.post("/v1/reviews/next").json()
        assert mine.post("/v1/reviews/next").json()["id"] == item["id"], "the one that is taken already"
        numbers = {each["medium"]: each["number"] for each in item["materials"]}
        at = f"{QUEUE}/{item['id']}/materials"
        shown = mine.get(f"{at}/{numbers['image']}/glimpse")
        assert (shown.headers["content-type"], shown.content[:4]) == ("image/webp", b"RIFF")
        played = mine.get(f"{at}/{numbers['video']}", headers={"Range": "bytes=0-9"})
        assert (played.status_code, played.headers["content-type"], len(played.content)) == (206, "video/mp4", 10)
        for each in item["materials"]:
            file = mine.get(f"{at}/{each['number']}")
            assert file.headers["content-security-policy"].startswith("sandbox")
            assert (file.headers["x-content-type-options"], file.headers["cache-control"]) == ("nosniff", "no-store")
            inline = file.headers["content-disposition"] == "inline"
            assert inline == (each["medium"] == "video"), each
            assert other.get(f"{at}/{each['number']}").status_code == 409
        assert other.get(f"/v1/reviews/{item['id']}").json()["materials"] == []
        assert mine.get(f"{at}/99").status_code == 404
        assert mine.post(f"/v1/reviews/{item['id']}/release").status_code == 204
        assert mine.get(f"{at}/0").status_code == 409
        assert other.post("/v1/reviews/next").json()["id"] == item["id"]
        answer = {"answer": "pass", "words": "一张图", "duties": ["DS-10a"]}
        settled = other.post(f"/v1/reviews/{item['id']}/answer", json=answer).json()
        assert (settled["outcome"], bool(settled["followed"])) == ("pass", True)


def test_two_reviewers_never_have_the_same_item_and_a_lost_one_loses_no_words(site: Site, chromium: Any, sound: Path):
    queued.held_request(site, sound)
    queued.held_request(site, sound, words="秋天的山水画")
    with visit(chromium, site, "reviewer") as first, visit(chromium, site, "reviewer") as second:
        another(site, second, "bao")
        mine, theirs = taken(first), taken(second)
        assert mine
        assert theirs
        assert mine != theirs

        queue = Reviews(site.store)
        assert queue.release(mine, queue.get(mine).claimed_by)
        assert queue.release(theirs, queue.get(theirs).claimed_by)
        assert taken(second) in (mine, theirs)
        first.locator("[name=verdict][value=pass]").check()
        first.locator("[name=words]").fill("写了很久的理由")
        with first.expect_navigation():
            first.locator("[data-answer] button").click()
        assert first.get_by_role("alert").first.is_visible()
        assert first.locator("[name=words]").input_value() == "写了很久的理由"
        assert barriers(first) == []
        assert queue.get(mine).answers == ()
        for page in (first, second):
            while taken(page):
                page.locator("[name=verdict][value=refuse]").check()
                page.locator("[name=words]").fill("不予通过")
                page.locator("[data-answer] button").click()
                page.wait_for_selector("#followed")


def test_what_is_escalated_is_for_seniors_and_works_on_a_phone_without_scripts(
    site: Site, chromium: Any, photo: Path, sound: Path
):
    queued.held_request(site, photo, sound)
    with visit(chromium, site, "reviewer", width=360, scripts=False) as page:
        item = taken(page)
        assert barriers_without_scripts(page) == 0
        assert "blur" in page.locator(".veil img").evaluate("each => getComputedStyle(each).filter")
        page.locator("label[for^=reveal]").click()
        assert page.locator(".veil img").evaluate("each => getComputedStyle(each).filter") == "none"
        page.locator("[name=verdict][value=escalate]").check()
        with page.expect_navigation():
            page.locator("[data-answer] button").click()
        page.get_by_role("alert").wait_for()
        assert page.locator("[name=verdict][value=escalate]").is_checked()
        page.locator("[name=other]").fill("IS-15, DS-06a")
        page.locator("[data-answer] button").click()
        page.wait_for_url("**done=answered")
        assert taken(page) == "", "escalated items are for seniors"
    with visit(chromium, site, "compliance") as page:
        assert taken(page) == item
        assert page.get_by_text("复核").first.is_visible()
        assert page.locator(".life abbr").count() == 2
        page.locator("form[action$='/back'] button").click()
        page.wait_for_url("**done=back")
    with site.client("compliance") as senior:
        senior.post("/v1/reviews/next")
        wrong = senior.post(f"/v1/reviews/{item}/answer", json={"answer": "refuse", "duties": ["XX-1"]})
        assert wrong.status_code == 400
        assert (
            senior.post(f"/v1/reviews/{item}/answer", json={"answer": "refuse", "duties": ["IS-15"]}).status_code == 200
        )


def barriers_without_scripts(page: Any) -> int:
    """How much wider than its window the page is."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def test_a_held_output_that_is_passed_is_marked_on_one_press(site: Site, chromium: Any, sound: Path):
    decision = queued.held_output(site, sound)
    with visit(chromium, site, "reviewer") as page:
        taken(page)
        page.keyboard.press("p")
        page.keyboard.type("一段录音，可以发布")
        page.keyboard.press("Control+Enter")
        page.locator("form[action$='/marked'] button").click()
        with page.expect_download() as download:
            page.locator("a[href$='/marked']").click()
        marked = download.value.path().read_bytes()
    content_id = decision.content_ids[0]
    assert content_id.encode() in marked, "the metadata mark names the content"
    with site.client("operator") as operator:
        told = operator.get(f"/v1/decisions/{decision.id}").json()
        assert [(each["content_id"], each["use"]) for each in told["contents"]] == [(content_id, "used")]
        assert operator.get(f"/console/decisions/{decision.id}").text.count("/marked/") == 1


def test_choices_of_comfort_are_kept_and_keys_can_be_switched_off(site: Site, chromium: Any, photo: Path, sound: Path):
    queued.held_request(site, photo, sound)
    with visit(chromium, site, "reviewer", language="en") as page:
        page.goto(f"{QUEUE}/comfort")
        assert barriers(page) == []
        page.locator("[name=blur][value=light]").check()
        page.locator("[name=grey]").uncheck()
        page.locator("[name=keys]").uncheck()
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()
        item = taken(page)
        assert page.locator(".veil img").evaluate("each => getComputedStyle(each).filter") == "blur(8px)"
        page.keyboard.press("p")
        assert not page.locator("[name=verdict][value=pass]").is_checked()
        with page.expect_navigation():
            page.locator("form[action$='/renew'] button").click()
        page.get_by_role("status").first.wait_for()
        page.locator("form[action$='/back'] button").click()
        page.wait_for_url("**done=back")
        assert Reviews(site.store).get(item).state == "waiting"


def test_only_reviewers_come_here(site: Site):
    with site.client("operator") as operator, site.client() as nobody, site.with_key("reviews:read") as program:
        assert operator.get(QUEUE).status_code == 403
        assert operator.post("/v1/reviews/next").status_code == 403
        assert nobody.get("/v1/reviews").status_code == 401
        assert program.post("/v1/reviews/next").status_code == 403
        page = program.get("/v1/reviews", params={"most": 1, "state": "settled"}).json()
        assert len(page["items"]) <= 1
        assert program.get(f"/v1/reviews/{'0' * 32}").status_code == 404
        assert program.get("/v1/reviews", params={"after": "x"}).status_code == 400
