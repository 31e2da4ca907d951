"""What MkDocs does beyond its settings: shows CONTRIBUTING.md as a page, and gives Chinese pages their language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page `contributing.md` is the file of that name at the root, with its links as seen from `docs/`."""
    if page.file.src_uri == "contributing.md":
        return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")
    return markdown


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Screen readers and fonts go by the language of the page."""
    if page.file.src_uri.startswith("zh/"):
        return re.sub(r'<html lang="\w+"', '<html lang="zh-CN"', output, count=1)
    return output
