"""Small pieces of HTML: escaped texts, both languages side by side, data URIs.

Everything that reaches the page as text goes through `esc`; what these functions return is markup already.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape

from overt.language import Text

Markup = str
"""HTML that is safe to place on the page."""


def esc(value: object) -> Markup:
    """Any value as text of the page, also safe inside a quoted attribute."""
    return escape(str(value), quote=True)


def both(text: Text, tag: str = "span") -> Markup:
    """A text in both languages; the page's switch hides one, or shows them as equals. Once where they say the same."""
    if text.zh == text.en:
        return f"<{tag}>{esc(text.en)}</{tag}>"
    return (
        f'<{tag} class="zh" lang="zh-CN">{esc(text.zh)}</{tag}>'
        f'<span class="dot" aria-hidden="true"> · </span>'
        f'<{tag} class="en" lang="en">{esc(text.en)}</{tag}>'
    )


def pair(text: Text, kind: str = "") -> Markup:
    """A paragraph in both languages, in two columns where there is room; once where they say the same."""
    if text.zh == text.en:
        return f'<div class="{esc(kind)}"><p>{esc(text.en)}</p></div>'
    return (
        f'<div class="pair {esc(kind)}"><p class="zh" lang="zh-CN">{esc(text.zh)}</p>'
        f'<p class="en" lang="en">{esc(text.en)}</p></div>'
    )


def data_uri(media_type: str, content: bytes) -> str:
    """Content that the page carries within itself."""
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"
