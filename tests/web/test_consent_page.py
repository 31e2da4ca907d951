"""The consent page in a real browser: a phone's width, both languages, the keyboard alone, no scripts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from overt import api, settings
from overt.cli.listening import listening
from overt.gate.consent.model import Scope, Told
from overt.setup.initialise import initialise
from overt.store.consent_rows import Link, Upload
from overt.web.app import application
from overt.web.limits import Allowance

sync_api = pytest.importorskip("playwright.sync_api")
uvicorn = pytest.importorskip("uvicorn")
BROWSER = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not BROWSER.exists(), reason="Chromium is not installed")]

TOLD = Told("李明", "li@example.cn", "王芳（短视频作者）", "一段 30 秒的生日祝福短片", "只在家人群里")
SCOPE = Scope(("face", "voice"), ("face_replacement", "voice_conversion"), ("entertainment", "art"), uses=3, days=30)
LEAST_SIZE = 24  # Pixels of a target: WCAG 2.2, 2.5.8.

# The luminance contrast of every visible text with what is behind it (WCAG 2.2, 1.4.3), and of each field's frame.
CONTRAST = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const lum = c => { const [r, g, b] = rgb(c).slice(0, 3).map(v => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b };
  const clear = c => rgb(c).length > 3 && rgb(c)[3] === 0;
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!clear(c)) return c } return 'rgb(255,255,255)' };
  const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + .05) / (y + .05) };
  const bad = [];
  for (const e of document.body.querySelectorAll('*')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (own && ratio(style.color, behind(e)) < 4.5) bad.push(e.tagName + ': ' + e.textContent.trim().slice(0, 40));
    if (e.matches('input[type=text], textarea') && ratio(style.borderTopColor, behind(e.parentElement)) < 3)
      bad.push('frame of ' + e.name);
  }
  return bad;
}"""
FIELDS = "input:not([type=hidden]), textarea, button:not([hidden], [hidden] *)"
UNLABELLED = """() => [...document.querySelectorAll('FIELDS, a, img, audio, video')]
  .filter(e => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.ariaLabel && !e.alt)
  .map(e => e.outerHTML)""".replace("FIELDS", FIELDS)
SMALL = """least => [...document.querySelectorAll('FIELDS, header a')]
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([_, box]) => box.width < least || box.height < least).map(([html]) => html)""".replace("FIELDS", FIELDS)
WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e);
  return { name: e.name || e.textContent.trim(), value: e.value || '', type: e.type || e.tagName,
           seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 } }"""


class Desk:
    """A served set-up with people to ask."""

    def __init__(self, home: Path) -> None:
        initialise(home, "Example-Studio")
        config = home / "overt.toml"
        config.write_text(config.read_text().replace("# reach =", "reach ="))
        self.setup = settings.load(config)
        self.address = ""

    def ask(self, scope: Scope = SCOPE, told: Told = TOLD, preview: Upload | None = None) -> Link:
        with api.consents(self.setup) as desk:
            return desk.consents.ask(told, scope, preview=preview)

    def page(self, link: Link) -> str:
        return f"{self.address}/consent/{link.token}"

    def state(self, link: Link) -> tuple[str, str]:
        with api.consents(self.setup) as desk:
            standing = desk.consents.standing(link.consent_id)
            assert standing is not None
            return standing.written, standing.proof


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("pages"))
    generous = Allowance(10_000, 10_000)
    config = uvicorn.Config(application(desk.setup, asking=generous, uploading=generous), log_level="error")
    server = uvicorn.Server(config)
    with listening("127.0.0.1", 0) as heard:
        desk.address = f"http://127.0.0.1:{heard.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [heard]})
        thread.start()
        yield desk
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def phone(chromium: Any, language: str, *, scripts: bool = False, scheme: str = "light") -> Iterator[Any]:
    """A phone of 360 pixels; without scripts, unless a test measures with them."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 740},
        java_script_enabled=scripts,
        bypass_csp=scripts,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        color_scheme=scheme,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_a_person_says_yes_and_takes_it_back(desk: Desk, chromium: Any, media: Path) -> None:
    """In Chinese, on a phone, without scripts."""
    preview = Upload((media / "images" / "kodim23.png").read_bytes(), "image/png")
    link = desk.ask(preview=preview)
    with phone(chromium, "zh") as page:
        page.goto(desk.page(link))
        page.get_by_label("我已满 14 周岁").check()
        page.get_by_role("button", name="看说明").click()
        for question in (
            "谁在询问您？",
            "要制作什么？",
            "会用到您的什么？",
            "会怎样制作？",
            "用来做什么？",
            "会在哪里出现？",
        ):
            page.get_by_role("heading", name=question).wait_for()
        assert page.get_by_role("img").bounding_box()["width"] > 100
        boxes = page.get_by_role("checkbox").all()
        assert len(boxes) == 6
        assert not any(each.is_checked() for each in boxes)
        yes, no = page.get_by_role("button", name="同意我勾选的内容"), page.get_by_role("button", name="不同意")
        assert yes.bounding_box()["width"] == no.bounding_box()["width"]
        assert yes.bounding_box()["height"] == no.bounding_box()["height"]
        yes.click()
        page.get_by_role("alert").wait_for()
        for each in ("您的脸", "换脸：把您的脸放到别的画面里", "艺术创作（美术、摄影、装置、文学）"):
            page.get_by_label(each, exact=True).check()
        page.get_by_label("录制或选择文件").set_input_files(media / "images" / "kodim23.png")
        page.get_by_role("button", name="同意我勾选的内容").click()
        assert page.get_by_role("status").inner_text() == "已记下您的同意"
        assert desk.state(link) == ("given", "waiting")
        page.goto(desk.page(link))  # The same link, another day.
        page.get_by_role("link", name="查看凭据").click()
        page.get_by_text("王芳（短视频作者）").wait_for()
        page.get_by_role("link", name="返回").click()
        page.get_by_role("button", name="撤回").click()
        assert "立即生效" in page.get_by_role("status").inner_text()
        assert desk.state(link)[0] == "withdrawn"


def test_a_person_says_no_with_the_keyboard_alone(desk: Desk, chromium: Any) -> None:
    link = desk.ask(Scope(("name",), ("passage_generation",), ("satire",)))
    with phone(chromium, "en", scripts=True) as page:
        page.goto(desk.page(link))
        seen = [tab(page) for _ in range(4)]
        assert [each["type"] for each in seen] == ["A", "A", "A", "radio"]
        page.keyboard.press("Space")
        assert page.get_by_label("I am 14 or older").is_checked()
        assert tab(page)["name"] == "Read what it is about"
        page.keyboard.press("Enter")
        page.wait_for_selector("text=What if I say no?")
        reached = [tab(page) for _ in range(8)]
        assert all(each["seen"] for each in seen + reached), "the focus can be seen"
        assert [each["name"] for each in reached][3:] == [
            "likeness",
            "techniques",
            "purposes",
            "I agree to what I ticked",
            "I do not agree",
        ]
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Recorded: you said no")
    assert desk.state(link)[0] == "declined"


def tab(page: Any) -> dict[str, Any]:
    page.keyboard.press("Tab")
    found: dict[str, Any] = page.evaluate(FOCUS)
    return found


def test_a_guardian_answers_in_english(desk: Desk, chromium: Any) -> None:
    link = desk.ask(Scope(("name",), ("passage_generation",), ("art",)))
    with phone(chromium, "en") as page:
        page.goto(desk.page(link))
        page.get_by_label("Under 14").check()
        page.get_by_role("button", name="Read what it is about").click()
        page.wait_for_selector(".notice")  # What lists what is there waits for nothing.
        for each in page.get_by_role("checkbox").all():
            each.check()
        page.get_by_label("Your full name").fill("Li Daming")
        page.get_by_label("Parent", exact=True).check()
        page.get_by_role("button", name="I agree").click()
        page.get_by_role("link", name="See the receipt").first.click()
        page.get_by_text("Li Daming").wait_for()
    assert desk.state(link) == ("given", "none")


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
def test_everybody_can_read_and_reach_everything(desk: Desk, chromium: Any, language: str, scheme: str) -> None:
    """Contrast, labels, sizes of targets, one heading, a language, nothing to scroll sideways: WCAG 2.2 AA in parts."""
    link, given = desk.ask(), desk.ask(Scope(("name",), ("passage_generation",), ("art",)))
    with phone(chromium, language, scripts=True, scheme=scheme) as page:

        def measured(where: str) -> None:
            page.wait_for_load_state("load")  # With its style.
            assert page.evaluate(CONTRAST) == [], where
            assert page.evaluate(UNLABELLED) == [], where
            assert page.evaluate(SMALL, LEAST_SIZE) == [], where
            assert page.evaluate(WIDTH) == 0, where
            assert page.locator("h1").count() == 1
            assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]
            assert page.title()

        for each in (link, given):
            page.goto(desk.page(each))
            measured("start")
            page.locator("input[value=under]").check()
            page.locator("button.yes").click()
            page.wait_for_selector(".notice")
            measured("question")
        page.locator("#guardian_name").fill("Li Daming")
        page.locator("input[name=relation]").first.check()
        page.locator("button.yes").click()
        page.wait_for_selector(".alert")
        measured("error")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.locator("input[name=relation]").first.check()
        page.locator("button.yes").click()
        page.wait_for_selector(".done")
        measured("own")
        page.locator(".acts a").first.click()
        page.wait_for_selector("dl")
        measured("receipt")
        for path in ("/refusal", "/consent/nothing"):
            page.goto(desk.address + path)
            measured(path)
