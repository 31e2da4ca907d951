"""The verify page and its API: what somebody sees who asks what a file is."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from overt import api, settings
from overt.ledger import answer as answers
from overt.report import told
from overt.web import verifying
from sites import Site, barriers, serving, verified, visit

UNMARKED, SOURCE = "mdn_redpanda.jpg", "da2_demo01.jpg"
TEXT = "一只猫在窗台上看雨。\n" * 20


class Shared(BaseHTTPRequestHandler):
    """A server of somebody's, as far as links are concerned."""

    files: dict[str, tuple[int, dict[str, str], bytes]]

    def do_GET(self) -> None:
        status, headers, body = self.files.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, type[Shared]]]:
    """Its address, and what it serves."""
    handler = type("Handler", (Shared,), {"files": {}})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def marked(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """A served set-up that fetches from this machine, and a picture that it released."""
    folder = tmp_path_factory.mktemp("verify")
    site = Site(folder / "home")
    toml = site.setup.home / "overt.toml"
    toml.write_text(f'{toml.read_text("utf-8")}\n[web]\nreachable = ["127.0.0.0/8"]\n', "utf-8")
    site.setup = settings.load(toml)
    small = folder / "small.jpg"
    with Image.open(media / "images" / SOURCE) as picture:
        picture.resize((960, 640)).save(small, quality=92)
    with api.marker(site.setup, folder) as marker:
        released = marker.mark(small, folder / "released.jpg", ["image_generation"])
    with serving(site) as ready:
        yield ready, released.path


def _asked(site: Site, file: tuple[str, bytes] | None = None, **fields: str) -> httpx.Response:
    """The answer to a form, when it is there."""
    return verified(site, data=fields, files={"file": file} if file else {"none": b""})


def test_a_visitor_without_scripts_learns_what_a_marked_picture_is(chromium: Any, marked: tuple[Site, Path]) -> None:
    site, picture = marked
    with visit(chromium, site, language="zh", width=360, scripts=False) as page:
        page.goto("/verify")
        page.set_input_files("#f-file", str(picture))
        page.focus("#f-file")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".answer-head")
        assert "确认合成" in page.inner_text("h1")
        told = page.inner_text("main")
        for said in ("Example-Studio", "图像生成", "不能证明的", "我方记录"):
            assert said in told
        assert page.locator(".frame .box").count() == 1
        assert page.locator(".frame .outline").count() == 1
        assert page.evaluate("document.querySelector('.frame img').naturalWidth") > 0
        page.click(".readings > summary")
        assert "编号在我方记录中，内容相符" in page.inner_text(".readings")
        at = page.url
        page.click("text=立即删除结果")
        assert "结果已删除" in page.inner_text("main")
        page.goto(at)
        assert "已经不在了" in page.inner_text("h1")


def test_files_are_dropped_and_pasted_with_scripts(chromium: Any, marked: tuple[Site, Path], media: Path) -> None:
    site, _ = marked
    with visit(chromium, site, language="en") as page:
        page.goto("/verify")
        page.evaluate(
            """() => { const given = new DataTransfer();
            given.setData("text/plain", "A cat looks at the rain.");
            document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: given, bubbles: true})); }"""
        )
        page.wait_for_selector(".answer-head")
        assert "No sign found" in page.inner_text("h1")
        assert "A cat looks at the rain." in page.inner_text(".sheet")
        page.goto("/verify")
        data = list((media / "images" / UNMARKED).read_bytes())
        page.evaluate(
            """(data) => { const given = new DataTransfer();
            given.items.add(new File([new Uint8Array(data)], "panda.jpg", {type: "image/jpeg"}));
            document.dispatchEvent(new DragEvent("drop", {dataTransfer: given, bubbles: true, cancelable: true})); }""",
            data,
        )
        page.wait_for_selector(".answer-head")
        assert "panda.jpg" in page.inner_text("h1")
        assert "What this does not prove" in page.inner_text("main")


@pytest.mark.parametrize(("language", "width"), [("zh", 360), ("en", 1280)])
def test_nothing_shuts_anybody_out(chromium: Any, marked: tuple[Site, Path], language: str, width: int) -> None:
    site, picture = marked
    at = _asked(site, ("a.jpg", picture.read_bytes())).url.path
    with visit(chromium, site, language=language, width=width) as page:
        for address in ("/verify", at, f"{at}/print", "/verify/signed", "/verify/gone"):
            page.goto(address)
            for each in page.query_selector_all("details"):
                each.evaluate("(each) => { each.open = true }")
            assert barriers(page) == [], address


def test_the_form_says_what_is_missing_and_keeps_what_was_typed(marked: tuple[Site, Path]) -> None:
    site, _ = marked
    empty = _asked(site)
    assert empty.status_code == 422
    assert "还没有选择文件" in empty.text
    nothing = _asked(site, ("zero.jpg", b""))
    assert nothing.status_code == 422
    assert "这个文件是空的" in nothing.text
    wrong = _asked(site, link="ftp://example.com/a")
    assert wrong.status_code == 422 or "http://" in wrong.text


def test_a_labelled_text_is_read_and_its_label_shown(marked: tuple[Site, Path], tmp_path: Path) -> None:
    site, _ = marked
    source = tmp_path / "poem.txt"
    source.write_text(TEXT, "utf-8")
    with api.marker(site.setup, tmp_path) as marker:
        released = marker.mark(source, tmp_path / "released.txt", ["passage_generation"]).path
    told = _asked(site, text=released.read_text("utf-8")).text
    assert re.search(r"<mark>[^<]*人工智能", told)


def test_a_link_leads_to_the_file_behind_it(marked: tuple[Site, Path], shared: tuple[str, type[Shared]]) -> None:
    site, picture = marked
    address, server = shared
    server.files = {
        "/go": (302, {"Location": "/a/picture.jpg"}, b""),
        "/a/picture.jpg": (200, {"Content-Type": "text/plain"}, picture.read_bytes()),
        "/page": (200, {"Content-Type": "text/html"}, b"<!doctype html><title>x</title><p>Words on a page.</p>"),
    }
    told = _asked(site, link=f"{address}/go").text
    assert "确认合成" in told
    assert "picture.jpg" in told
    assert "检查的只是网页本身" in _asked(site, link=f"{address}/page").text
    assert "404" in _asked(site, link=f"{address}/nothing").text


def test_a_signed_answer_holds_and_shows_any_change(marked: tuple[Site, Path], tmp_path: Path) -> None:
    site, picture = marked
    at = _asked(site, ("a.jpg", picture.read_bytes())).url
    with site.client() as client:
        got = client.get(f"{at.path}/answer.json")
        assert "attachment" in got.headers["content-disposition"]
        opened = answers.opened(got.content)
        assert (opened.verdict, opened.inspection["file"]) == ("confirmed", "a.jpg")
        page = client.post("/verify/signed", files={"file": ("a.json", got.content)})
        assert "由本服务签署" in page.text
        changed = got.content.replace(b'"verdict":"confirmed"', b'"verdict":"none"')
        assert client.post("/verify/signed", files={"file": ("a.json", changed)}).status_code == 422
        assert "确认合成" in client.get(f"{at.path}/print").text
        shown = client.get("/verify/signed").text
    # The commands that the page shows, as they stand there.
    (tmp_path / "overt-answer.json").write_bytes(got.content)
    (tmp_path / "overt-key.pem").write_text(re.search(r"-----BEGIN.*END PUBLIC KEY-----\n", shown, re.DOTALL)[0])
    commands = re.search(r"<pre[^>]*>(jq.*?)</pre>", shown, re.DOTALL)[1].replace("&#39;", "'").replace("&gt;", ">")
    ran = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, check=True)
    ours, named, said = ran.stdout.splitlines()
    assert ours.split()[0] == named
    assert "Verified Successfully" in said


def test_the_api_answers_as_the_command_does(marked: tuple[Site, Path], media: Path) -> None:
    site, picture = marked
    unmarked = (media / "images" / UNMARKED).read_bytes()
    with site.client() as client:
        whole = client.post("/v1/inspections?name=x.jpg", content=picture.read_bytes())
        assert whole.status_code == 200
        assert (whole.json()["verdict"], whole.json()["file"]) == ("confirmed", "x.jpg")
        assert set(whole.json()) == {*["file", "sha256", "media_type", "verdict", "reasons", "contradictions"]} | {
            *["aigc", "readings", "notice", "write_back"]
        }
        later = client.post(
            "/v1/inspections", files={"file": ("panda.jpg", unmarked)}, headers={"Prefer": "respond-async"}
        )
        assert later.status_code == 202
        at = later.headers["location"]
        while (got := client.get(at)).status_code == 202:
            assert got.json()["state"] in ("waiting", "running")
        assert got.json()["media_type"] == "image/jpeg"
        assert answers.opened(client.get(f"{at}/signed").content).sha256 == got.json()["sha256"]
        assert client.delete(at).status_code == 204
        assert client.get(at).status_code == 404
        assert client.post("/v1/inspections", content=b"").status_code == 400
    with site.with_key("contents:inspect") as client:
        own = client.post("/v1/inspections", content=unmarked, headers={"Prefer": "respond-async"})
        at = own.headers["location"]
        assert client.get(at).status_code in (200, 202)
    with site.client() as client:  # A task with an owner is nobody else's, whoever has its number.
        assert client.get(at).status_code == 404
    with site.with_key("ledger:read") as client:
        assert client.post("/v1/inspections", content=unmarked).status_code == 403


def test_a_recall_is_told_apart_from_the_reasons() -> None:
    reason = {"zh": "本人已撤回同意", "en": "the consent was withdrawn", "duty": told.RECALL_DUTY}
    other = {"zh": "另一", "en": "other", "duty": "LB-06a"}
    answer = {"reasons": [other, reason]}
    assert [each.en for each in told.recalled(answer)] == ["the consent was withdrawn"]
    assert [each.en for each in told.reasons(answer)] == ["other"]


def test_whether_others_reported_a_content_is_not_told_to_everybody() -> None:
    reported = {"mark": "fingerprint", "state": "found", "values": {"origin": "reported", "content_id": "r1"}}
    shown = verifying.for_everybody({"readings": [reported], "verdict": "none"})
    assert json.dumps(shown).count("r1") == 0
    assert [each["state"] for each in shown["readings"]] == ["absent"]
