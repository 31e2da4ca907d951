"""Photographs every page of the demonstration's set-up for the documentation: `python tools/gallery.py`.

It runs `overt demo` in a folder of its own (or takes the folder of one: `python tools/gallery.py FOLDER`), adds what a
demonstration does not have (a warrant and its officer, a report, a notice, a request that waits for a person), lets
somebody of each role sign in, opens each page of the navigation and the pages behind them in the system's Chromium, in
both languages and on a phone, and writes small pictures to `docs/assets/gallery/` with a page for each language
(`docs/*/explanation/gallery.md`).
"""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from starlette.types import ASGIApp

from overt import api, settings
from overt.access.model import ROLES, Principal, granted
from overt.access.warrant import EVERYTHING
from overt.canonical import stamp
from overt.duties.promises import promise
from overt.errors import UsageError
from overt.gate.model import Ask
from overt.gate.request import file_material, text_material
from overt.language import Text
from overt.media.budget import MIB
from overt.rulebook import load
from overt.settings import Setup
from overt.store.accounts import Accounts
from overt.store.notices import publish
from overt.store.objects import Objects
from overt.store.public_reports import PublicReports
from overt.store.records import Store
from overt.store.report_rows import Said
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from overt.store.tables import contents
from overt.store.tables.decisions import decisions
from overt.store.warrants import Draft, Paper, Warrants
from overt.web.access import COOKIE
from overt.web.app import application
from overt.web.guide import Guided
from overt.web.limits import Allowance
from overt.web.navigation import entries

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "assets" / "gallery"
CHROMIUM = "/usr/bin/chromium"
WIDE, PHONE, HIGHEST = 1280, 390, 1700
QUALITY = 62


@dataclass(frozen=True)
class Shot:
    """One page: its name in files, its title, its address, and who opens it."""

    name: str
    title: Text
    at: str
    role: str = ""


def public() -> list[Shot]:
    """The pages for everybody."""
    return [
        Shot("verify", Text(zh="验证", en="Verify"), "/verify"),
        Shot("report", Text(zh="举报", en="Report a fake of me"), "/report"),
        Shot("refusal", Text(zh="拒绝被合成", en="Register of refusals"), "/refusal"),
        Shot("rules", Text(zh="规则与公示", en="Rules and notices"), "/rules"),
        Shot("sign-in", Text(zh="登录", en="Sign in"), "/sign-in"),
    ]


def console(store: Store) -> list[Shot]:
    """The pages of the navigation, each as somebody who sees it, and the pages behind them."""
    shots = []
    for entry in entries():
        sees = [role for role in ROLES if any(_of(role).may(need) for need in entry.needs)]
        role = next((each for each in ("compliance", "administrator") if each in sees), sees[0])
        shots.append(Shot(entry.at.strip("/").replace("/", "-"), entry.title, entry.at, role))
    with store.reading() as connection:
        content = connection.execute(select(contents.c.content_id).order_by(contents.c.released)).scalars().first()
        decision = connection.execute(select(decisions.c.id)).scalars().first()
    return [
        *shots,
        Shot(
            "content",
            Text(zh="一件内容的经历", en="The life of a content"),
            f"/console/contents/{content}",
            "compliance",
        ),
        Shot("mark", Text(zh="标识一个文件", en="Mark a file"), "/console/contents/new", "operator"),
        Shot("decision", Text(zh="一项决定", en="A decision"), f"/console/decisions/{decision}", "compliance"),
        Shot("duty", Text(zh="一项义务", en="A duty"), "/console/duties/DS-16a", "compliance"),
        Shot("papers", Text(zh="导出义务清单", en="Papers of the duties"), "/console/duties/papers", "compliance"),
    ]


def more(setup: Setup, store: Store, home: Path) -> tuple[list[Shot], str]:
    """What a demonstration does not have; the pages of it, and the officer who inspects."""
    objects, law, now = Objects.open("", setup.data), load("cn"), datetime.now(UTC)
    with suppress(UsageError):  # A folder that was photographed before has it.
        publish(
            store, "algorithm", Text(zh="# 基本原理\n由扩散模型生成。", en="# How it works\nBy diffusion."), "gallery"
        )
    said = Said(("https://video.example/watch?v=1",), "有人用我的脸做了视频", "me@example.cn", has_file=True)
    report, code = PublicReports(store, objects).file("face", said, promise(law, "face"))
    times = stamp(now - timedelta(hours=1)), stamp(now + timedelta(days=7))
    paper = Paper("文书.pdf", b"%PDF-1.7")
    draft = Draft("某市网信办", "网检〔2026〕12号", "DS-21a", EVERYTHING, *times, paper)
    warrant = Warrants(store, objects).make(draft, by="staff:gallery")
    officer = Warrants(store).admit(warrant.id, "李检查", f"officer-{warrant.id[:6]}@example.cn", by=None)[0].id
    account = Accounts(store).open()
    Accounts(store).attest(account, "phone", "provider", "gallery")
    sound = next(each for each in sorted((home / "generated").iterdir()) if each.suffix == ".wav")
    with api.gate(setup, store) as gate:
        materials = (text_material("春天的山水画"), file_material(sound))
        gate.decide(Ask(account, ("image_generation",), "education", "image.generate", materials=materials))
    return [
        Shot("report-status", Text(zh="举报进展", en="How a report stands"), f"/report/{code}"),
        Shot(
            "report-one",
            Text(zh="处理一件举报", en="Answering a report"),
            f"/console/reports/{report.id}",
            "compliance",
        ),
        Shot(
            "warrant",
            Text(zh="一份检查授权", en="A warrant"),
            f"/console/inspections/warrants/{warrant.id}",
            "compliance",
        ),
    ], officer


def _of(role: Any) -> Principal:
    return Principal("staff", role, role, (role,), granted((role,)))


def opened(setup: Setup) -> ASGIApp:
    """The application of a set-up, for one visitor who asks much."""
    generous = Allowance(100_000, 100_000)
    return application(setup, asking=generous, uploading=generous)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serves an application until the end."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.05)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def photograph(browser: Browser, address: str, shot: Shot, token: str, folder: Path) -> None:
    """The page in both languages, wide, and in both languages on a phone."""
    for language in ("zh", "en"):
        context = browser.new_context(
            base_url=address,
            viewport={"width": WIDE, "height": 860},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            reduced_motion="reduce",
        )
        if token:
            context.add_cookies([{"name": COOKIE, "value": token, "url": address, "sameSite": "Strict"}])
        page = context.new_page()
        answer = page.goto(f"{shot.at}{'&' if '?' in shot.at else '?'}lang={language}")
        if answer is None or not answer.ok:
            raise SystemExit(f"{shot.at} as {shot.role or 'anybody'}: {answer and answer.status}")
        keep(page, folder / f"{shot.name}-{language}.webp", WIDE)
        page.set_viewport_size({"width": PHONE, "height": 860})
        keep(page, folder / f"{shot.name}-{language}-phone.webp", PHONE)
        context.close()


def keep(page: Page, path: Path, width: int) -> None:
    """A small picture of the page as it stands."""
    with Image.open(io.BytesIO(page.screenshot(full_page=True))) as taken:
        cut = taken.convert("RGB").crop((0, 0, width, min(taken.height, HIGHEST)))
    if width == WIDE:
        cut = cut.resize((cut.width * 3 // 4, cut.height * 3 // 4), Image.Resampling.LANCZOS)
    cut.save(path, quality=QUALITY, method=4)


def verified(page: Page, file: Path) -> str:
    """The address of the answer for a file."""
    page.goto("/verify")
    page.set_input_files("input[type=file]", file)
    page.locator("form[enctype] button[type=submit]").first.click()
    page.locator(".answer-head").wait_for(timeout=60_000)
    return page.url.partition("?")[0]


def taken(page: Page) -> str:
    """The address of the next item of the review queue; empty where nothing waits."""
    page.goto("/console/review")
    button = page.locator("form[action$='/next'] button")
    if not button.count() or not button.first.is_enabled():
        return ""
    button.first.click()
    return page.url.partition("?")[0] if page.locator("[data-review]").count() else ""


def write(shots: list[Shot]) -> None:
    """The page of the gallery, in both languages."""
    for language, title, lead in (
        ("en", "Gallery", "Every page of the console and of the public front, as `overt demo` fills them."),
        ("zh", "页面图集", "控制台与公开页面一览，内容来自 `overt demo`。"),
    ):
        lines = [f"# {title}", "", lead, ""]
        for shot in shots:
            name = shot.title.in_(language)  # type: ignore[arg-type]
            base = f"../../assets/gallery/{shot.name}-{language}"
            lines += [f"## {name}", "", f"![{name}]({base}.webp) ![{name}, 390 px]({base}-phone.webp)", ""]
        (DOCS / language / "explanation" / "gallery.md").write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def main(home: Path) -> None:
    """Fills a set-up, opens its pages, writes the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not home.exists():
        subprocess.run([sys.executable, "-m", "overt", "demo", "--out", home], check=True, stdout=subprocess.DEVNULL)
    setup = settings.load(home / "overt.toml")
    with closing(api.records(setup)) as store:
        staff, tokens = Staff(store), {"": ""}
        added, officer = more(setup, store, home)
        tokens["inspector"] = Sessions(store).begin(officer, "gallery")
        for role in ROLES:
            if role != "inspector":
                login = f"{role}@example.cn"
                person = staff.by_login(login) or staff.add(f"{role.title()} · 小明", login, (role,), by="gallery")
                tokens[role] = Sessions(store).begin(person.id, "gallery")
        shots = public() + added + console(store)
    released = {each.suffix: each for each in sorted((home / "released").iterdir())}
    kinds = ((".jpg", "图片", "picture"), (".wav", "声音", "sound"), (".mp4", "视频", "film"), (".txt", "文字", "text"))
    with serving(opened(setup)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=address)
        context.add_cookies([{"name": COOKIE, "value": tokens["reviewer"], "url": address, "sameSite": "Strict"}])
        page = context.new_page()
        answers = [
            Shot(f"answer-{en}", Text(zh=f"验证结果：{zh}", en=f"Verified: {en}"), verified(page, released[suffix]))
            for suffix, zh, en in kinds
            if suffix in released
        ]
        item = Text(zh="一件待审内容", en="An item of the review queue")
        held = [Shot("review-item", item, at, "reviewer")] if (at := taken(page)) else []
        for shot in (shots := [*shots[:1], *answers, *shots[1:], *held]):
            photograph(browser, address, shot, tokens[shot.role], PICTURES)
            print(shot.name, flush=True)
        shots.append(guide(browser))
        browser.close()
    write(shots)


def guide(browser: Browser) -> Shot:
    """The first step of the set-up, as a folder without one shows it."""
    shot = Shot("guide", Text(zh="首次配置", en="The first set-up"), "/set-up/gallery/provider")
    with TemporaryDirectory() as folder, serving(Guided(Path(folder), "gallery", 256 * MIB)) as address:
        photograph(browser, address, shot, "", PICTURES)
    return shot


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "demo")
