"""The frame of every page: style, icons, the language switch, and the Chinese type that the page brings along.

A page makes no requests and runs no scripts: its content security policy says so to the browser.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template

from overt.language import Text
from overt.report.markup import Markup, esc
from overt.report.typeface import font_face


def page(title: Text, body: Markup) -> str:
    """The whole page as HTML. `body` is markup already."""
    template = Template(_part("page.html"))
    parts = {"title": f"{esc(title.zh)} · {esc(title.en)}", "style": _part("style.css"), "sprite": _part("sprite.svg")}
    letters = template.safe_substitute(parts, body=body)
    return template.substitute(parts, body=body, typeface=font_face(letters))


def _part(name: str) -> str:
    return files("overt.report").joinpath(name).read_text(encoding="utf-8")
