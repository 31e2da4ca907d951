"""What MkDocs does beyond its settings.

It shows CONTRIBUTING.md as a page, gives Chinese pages their language, and joins the lines of Chinese sentences.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_WORDS = {
    "Table of contents": "目录",
    "Search": "搜索",
    "Skip to content": "跳到正文",
    "Back to top": "回到顶部",
    "Next": "下一页",
    "Previous": "上一页",
    "Initializing search": "正在准备搜索",
    "Select language": "选择语言",
    "Type to start searching": "输入以开始搜索",
    "No matching documents": "没有找到相符的页面",
    "1 matching document": "找到 1 个页面",
    "# matching documents": "找到 # 个页面",
    "Copy to clipboard": "复制",
    "Copied to clipboard": "已复制",
    "Clear": "清除",
    "Share": "分享",
    "Footer": "页脚",
    "Header": "页眉",
    "Navigation": "导航",
    "Tabs": "栏目",
}
_CODE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
_WIDE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BREAK = re.compile(rf"(?<=[。；：，！？）])\n|(?<={_WIDE})\n(?={_WIDE})")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page `contributing.md` is the file of that name at the root, with its links as seen from `docs/`."""
    if page.file.src_uri == "contributing.md":
        return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")
    return markdown


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Screen readers and fonts go by the language of the page; the theme has one language for the whole site."""
    if not page.file.src_uri.startswith("zh/"):
        return output
    for english, chinese in _WORDS.items():
        output = re.sub(rf'(?<=[>"]){english}(?=["<:])|(?<=>\n)(\s*){english}(?=\s*<)', rf"\g<1>{chinese}", output)
    return re.sub(r'<html lang="\w+"', '<html lang="zh-CN"', output, count=1)


def on_page_content(html: str, **_: Any) -> str:
    """One sentence stands on one line of the source; browsers would put a space between two Chinese ones."""
    return "".join(part if part.startswith("<pre") else _BREAK.sub("", part) for part in _CODE.split(html))
