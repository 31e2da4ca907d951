"""Reporting a fake, from the frightened person's phone to the answer: device, upload, receipt code, staff, API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from overt.fingerprints.model import hamming
from overt.marks import keep
from overt.media.budget import INSPECTION
from overt.store.public_reports import PublicReports
from overt.tracing import offered
from overt.web.public.report import LOOKING
from sites import Site, barriers, visit

MOST_BITS = 4
"""By which the device's hash may differ from the server's: the most over 48 photos and eight forms each."""
PHOTOS = ("kodim23.png", "exif_nokia.jpg", "da2_demo09.jpg", "tm_ripley.jpg")


def tells(page: Any, path: Path) -> offered.Offered:
    """What the script makes of a file, as the server reads it."""
    page.goto("/report")
    page.set_input_files("#f-file", path)
    page.locator("[data-told] code").wait_for()
    return offered.read(page.input_value("[name=prints]"))


def test_a_device_makes_the_fingerprint_that_the_server_makes(site: Site, chromium: Any, media: Path) -> None:
    with visit(chromium, site) as page:
        for name in PHOTOS:
            path = media / "images" / name
            theirs = tells(page, path).asked[0].opened()
            container = "png" if path.suffix == ".png" else "jpeg"
            kept = keep.ask(path, container, f"image/{container}", INSPECTION)
            ours = next(each for each in kept.prints if each.kind == "pdq").opened()
            assert len(theirs) == len(ours)
            apart = [
                int(hamming(theirs.values[at : at + 1], ours.values[at : at + 1])[0, 0]) for at in range(len(ours))
            ]
            assert max(apart[:8]) <= MOST_BITS, name


def test_a_film_is_known_by_frames_that_a_device_looked_at(site: Site, chromium: Any, media: Path) -> None:
    from overt.tracing.match import compared, match  # noqa: PLC0415

    path = media / "video" / "mdn_flower.mp4"
    with visit(chromium, site) as page:
        made = tells(page, path)
    reference = next(
        each for each in keep.take(path, "mp4", "video/mp4", INSPECTION, False).prints if each.kind == "film"
    ).opened()
    found = compared([each.opened() for each in made.asked], reference)
    assert found is not None
    assert match(found)


def test_from_a_phone_to_the_answer(site: Site, chromium: Any, media: Path, tmp_path: Path) -> None:
    photo = media / "images" / "kodim23.png"
    bodies: list[bytes] = []
    with visit(chromium, site, width=360) as page:
        page.on("request", lambda sent: bodies.append(sent.post_data_buffer or b"") if sent.method == "POST" else None)
        page.goto("/report")
        assert barriers(page) == []
        page.get_by_text("私密影像不必上传").wait_for()
        page.get_by_label("私密影像", exact=True).check()
        page.get_by_label("链接").fill("https://example.com/p/1\njavascript:alert(1)")
        page.get_by_label("选择文件").set_input_files(photo)
        page.locator("[data-told] code").wait_for()
        page.get_by_label("怎样联系您").fill("wo@example.cn <b>")
        page.get_by_role("button", name="提交举报").focus()
        page.keyboard.press("Enter")
        page.get_by_text("在本服务的记录中没有找到").wait_for()
        code = page.inner_text(".receipt")
        assert barriers(page) == []
    body = b"".join(bodies)
    assert b"filename=" not in body
    assert b"\x89PNG" not in body
    assert photo.read_bytes()[1000:1100] not in body
    assert b'"pictures"' in body
    number = _number(site, code)
    with visit(chromium, site, "reviewer", language="en") as page:
        page.goto("/console/reports")
        page.get_by_role("link", name="An intimate picture or film").click()
        page.get_by_text("wo@example.cn <b>").wait_for()
        assert page.get_by_role("link", name="javascript").count() == 0
        page.get_by_role("button", name="It holds: keep the fingerprint").click()
        page.get_by_text("The content is known when it comes again.").first.wait_for()
        page.get_by_label("Confirmed, and acted upon").check()
        page.get_by_label("Why").first.fill("Taken down.")
        page.get_by_label("On which clauses").fill("DS-12, DS-10b")
        page.get_by_role("button", name="Answer").click()
        page.get_by_text("Your answer stands on the reporter's page.").wait_for()
        assert barriers(page) == []
    # The same picture, mirrored and saved again, sent by somebody whose browser runs no scripts.
    copy = tmp_path / "copy.jpg"
    ImageOps.mirror(Image.open(photo).convert("RGB")).save(copy, quality=70)
    with visit(chromium, site, language="en", scripts=False) as page:
        page.goto("/report")
        page.get_by_text("Your browser runs no scripts").wait_for()
        page.get_by_label("A child is shown", exact=True).check()
        page.get_by_label("Choose the file").set_input_files(copy)
        page.get_by_label("Send the file and keep it sealed").check()
        page.get_by_role("button", name="Send the report").click()
        page.get_by_text("Found among our contents").wait_for()
        other = page.inner_text(".receipt")
        page.goto("/report/status")
        page.get_by_label("Receipt code").fill(code.lower().replace("-", " "))
        page.keyboard.press("Enter")
        page.get_by_text("Taken down.").wait_for()
        page.get_by_label("One line, or a link").fill("It is there again.")
        page.get_by_role("button", name="Add it").click()
        page.get_by_text("Somebody is working on it").wait_for()
        page.goto(f"/report/{other}")
        page.locator("summary").click()
        page.get_by_role("button", name="Yes, take it back").click()
        page.get_by_text("All that you gave is destroyed.").wait_for()
        assert page.get_by_label("One line, or a link").count() == 0
    report = PublicReports(site.store).by_code(code)
    assert report is not None
    assert report.state == "working"
    withdrawn = PublicReports(site.store).get(_number(site, other))
    assert [(each.origin, each.led_by) for each in withdrawn.hits] == [("reported", ("fingerprint",))]
    assert not withdrawn.has_file
    assert number == report.id


def test_a_form_that_lacks_something_comes_back_with_what_was_typed(site: Site, chromium: Any) -> None:
    with visit(chromium, site, language="en", scripts=False) as page:
        page.goto("/report?kind=fraud")
        page.get_by_label("How to reach you").fill("me@example.com")
        page.get_by_role("button", name="Send the report").click()
        page.get_by_role("alert").get_by_text("say where it is, or what happened").wait_for()
        assert page.get_by_label("How to reach you").input_value() == "me@example.com"
        assert page.get_by_label("Fraud in my name").is_checked()
        page.goto("/report/status")
        page.get_by_label("Receipt code").fill("AAAA-AAAA-AAAA-AAAA")
        page.get_by_role("button", name="Show it").click()
        page.get_by_role("alert").wait_for()


def test_programs_do_what_the_console_does(site: Site) -> None:
    program = site.with_key("reports:read", "reports:handle", "contents:remember")
    filed = program.post("/v1/reports", json={"kind": "voice", "line": "它在群里", "contact": "a@example.cn"})
    assert filed.status_code == 201
    code, report = filed.json()["code"], filed.json()["report"]
    at = f"/v1/reports/{report['id']}"
    assert report["looked"] == "nothing-given"
    assert report["promise"]["whose"] == "nobody"
    assert report["id"] in [each["id"] for each in program.get("/v1/reports?kind=voice").json()["items"]]
    assert program.post(f"{at}/take").json()["state"] == "working"
    assert program.post(f"{at}/ask", json={"question": "哪里？"}).json()["state"] == "asked"
    assert program.post(f"{at}/confirm").status_code == 409
    answered = program.post(f"{at}/answer", json={"outcome": "declined", "reason": "…", "clauses": ["DS-12"]})
    assert answered.json()["state"] == "answered"
    assert program.post(f"{at}/close", json={"reason": "done"}).json()["state"] == "closed"
    assert program.post(f"{at}/close", json={"reason": "again"}).status_code == 409
    assert program.get(at).json()["said"]["line"] == "它在群里"
    assert site.client().get(f"/report/{code}").status_code == 200
    watching = site.client("inspector")
    assert watching.get(at).json()["said"] is None
    assert [each["text"] for each in watching.get(at).json()["history"]] == [None] * 5
    page = watching.get(f"/console/reports/{report['id']}")
    assert page.status_code == 200
    assert "它在群里" not in page.text
    assert "a@example.cn" not in page.text
    assert site.with_key("reports:read").post(f"{at}/take").status_code == 403
    assert site.client("inspector").post(f"/console/reports/{report['id']}/take", data={}).status_code == 403
    odd = program.post(
        "/v1/reports",
        content=b'{"kind": "face", "line": "\\ud800 \\u0000"}',
        headers={"Content-Type": "application/json"},
    )
    assert odd.status_code in (201, 400)
    for broken in ("{", '{"v": 1, "type": "image/png", "pictures": [{"quality": 1, "hashes": []}]}', "[]"):
        assert program.post("/v1/reports", json={"kind": "face", "fingerprint": broken}).status_code == 422


def test_nobody_tries_codes_without_end_and_no_other_site_reports(site: Site) -> None:
    stranger = site.client()
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert stranger.post("/report", files={"kind": (None, "face")}, headers=elsewhere).status_code == 403
    assert stranger.post("/report/status", data={"code": "x"}, headers=elsewhere).status_code == 403
    statuses = {stranger.get("/report/AAAA-AAAA-AAAA-AAAA").status_code for _ in range(LOOKING.at_once + 60)}
    assert statuses == {404, 429}


def _number(site: Site, code: str) -> str:
    found = PublicReports(site.store).by_code(code)
    assert found is not None
    return found.id


pytestmark = pytest.mark.slow
