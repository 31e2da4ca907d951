"""Every page of the navigation and of the front, in both languages, wide and at 320 pixels (a window at 400 %, WCAG
1.4.10): nothing shuts anybody out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from overt.access.model import ROLES, Principal, granted
from overt.web.navigation import entries
from sites import barriers, visit

CJK = re.compile(r"[\u3400-\u9fff]+")
NAMES = re.compile(r"明示|中文|小明|李检查|某市网信办|网检〔2026〕12号|人工智能生成")
"""Chinese that English pages show: our name, the other language's own, who is in the fixtures, the label."""
BEHIND = {
    "operator": ("/console/contents/new", "/console/decisions/ask"),
    "reviewer": ("/console/review/comfort",),
    "compliance": (
        "/console/consents/ask",
        "/console/duties/facts",
        "/console/duties/statements",
        "/console/duties/papers",
        "/console/inspections/new",
        "/account",
    ),
    "administrator": ("/console/programs/new", "/console/webhooks/new", "/console/staff/new"),
}
"""Pages behind the lists, which their own tests open with what they are about."""
PUBLIC = ("/verify", "/report", "/refusal", "/rules", "/sign-in", "/nothing-here")
FEWER = {"/console/duties": "&state=met"}
"""Where a page has hundreds of rows that are alike, the engine looks at some of them."""
HEADINGS = "[...document.querySelectorAll('h1')].length"


def of_the_console() -> list[tuple[str, str]]:
    """Each page of the navigation, with a role that sees it."""
    found = []
    for entry in entries():
        seen = [
            role
            for role in ROLES
            if any(Principal("staff", "x", "x", (role,), granted((role,))).may(need) for need in entry.needs)
        ]
        assert seen, f"nobody sees {entry.at}"
        found.append((entry.at, next((role for role in seen if role != "inspector"), "inspector")))
    return found


def look(page: Any, at: str, language: str) -> list[str]:
    page.emulate_media(color_scheme="dark" if language == "zh" else "light")
    page.goto(f"{at}?lang={language}{FEWER.get(at, '')}")
    told = [f"{at} {language}: {each}" for each in barriers(page)]
    if (ones := page.evaluate(HEADINGS)) != 1:
        told.append(f"{at} {language}: {ones} first headings")
    if not page.title().strip(" ·").replace("Overt 明示", "").strip(" ·"):
        told.append(f"{at} {language}: no title")
    if page.locator("a.other").count() and "lang=" not in str(page.locator("a.other").get_attribute("href")):
        told.append(f"{at} {language}: no way to the other language")
    left = CJK.findall(NAMES.sub("", page.inner_text("body"))) if language == "en" else []
    return told + ([f"{at}: Chinese on the English page: {left[:5]}"] if left else [])


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 320)])
def test_every_page_of_the_console_is_open_to_everybody_who_may_see_it(
    chromium: Any, site: Any, language: str, width: int
) -> None:
    told = []
    for role in dict.fromkeys(role for _, role in of_the_console()):
        with visit(chromium, site, role, language=language, width=width) as page:
            for at in [*(at for at, sees in of_the_console() if sees == role), *BEHIND.get(role, ())]:
                told += look(page, at, language)
    assert told == []


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("zh", 320), ("en", 1280)])
def test_every_public_page_needs_no_scripts(chromium: Any, site: Any, language: str, width: int) -> None:
    told = []
    with visit(chromium, site, language=language, width=width, scripts=True) as page:
        for at in PUBLIC:
            told += look(page, at, language)
    with visit(chromium, site, language=language, width=width, scripts=False) as page:
        for at in PUBLIC[:-1]:
            answer = page.goto(at)
            assert answer is not None
            told += [f"{at}: {answer.status}"] if answer.status != 200 else []
            told += [f"{at}: no heading"] if not page.inner_text("h1").strip() else []
    assert told == []
