"""Both languages say the same, and nothing claims what cannot be claimed."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from docs.pages import DOCS, ROOT, Page, page, tree

CLAIMS = re.compile(r"\b(compliant|compliance|approved|certified)\b|(?<!符)合规(?!审计)|合格认证", re.IGNORECASE)
"""What no page says of us. 合规审计 (an audit) and 符合规定 are the law's own words for something else."""
ROLE = re.compile("role “Compliance”|“合规”角色")
"""A post of the operator's staff, by the name that the console shows."""
PAIRS = [*sorted(tree("en").keys() | tree("zh").keys()), "README"]


def _pair(name: str) -> tuple[Page, Page]:
    if name == "README":
        return page(ROOT / "README.md"), page(ROOT / "README.zh.md")
    return page(DOCS / "en" / name), page(DOCS / "zh" / name)


def _code(text: Page) -> list[object]:
    """What a reader would copy: commands without the output, code without the comments."""
    shown: list[object] = []
    for block in text.blocks:
        if block.kind == "console":
            lines = re.findall(r"^\$ (.*)$", block.body, re.MULTILINE)
            shown.append([line.split(" #")[0] for line in lines])
        elif block.kind in ("python", "py", "toml", "sh", "json"):
            shown.append([re.sub(r"\s*#.*", "", line) for line in block.body.splitlines()])
    return shown


@pytest.mark.parametrize("name", PAIRS)
def test_both_languages_have_the_same_page(name: str) -> None:
    english, chinese = _pair(name)
    assert english.headings == chinese.headings
    assert [block.kind for block in english.blocks] == [block.kind for block in chinese.blocks]
    assert _code(english) == _code(chinese)
    assert english.text.count("\n| ") == chinese.text.count("\n| "), "rows of tables"


@pytest.mark.parametrize("name", PAIRS)
def test_a_page_claims_nothing(name: str) -> None:
    for text in _pair(name):
        assert not [line for line in text.text.splitlines() if CLAIMS.search(ROLE.sub("", line))]


@pytest.mark.parametrize("name", PAIRS)
def test_a_chinese_page_is_in_chinese(name: str) -> None:
    english, chinese = _pair(name)
    title = next(line for line in chinese.text.splitlines() if line.startswith("# "))
    assert re.search(r"[\u4e00-\u9fff]", title), title
    assert title != next(line for line in english.text.splitlines() if line.startswith("# "))


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for language in ("en", "zh"):
        for name in tree(language):
            assert f"{language}/{name}" in navigation


def test_the_site_builds_and_asks_no_other_host(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = tmp_path_factory.mktemp("site")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", ROOT / "mkdocs.yml", "-d", site],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    loads = re.compile(
        r'<(?:script|img|iframe)[^>]+src="(?:https?:)?//|<link[^>]+href="(?:https?:)?//[^>]+(?:css|woff)'
    )
    for built in site.rglob("*.html"):
        assert not loads.search(built.read_text(encoding="utf-8")), built
