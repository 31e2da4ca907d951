"""A web page, or a part of one, that shows a scene behind its label: for scenes that carry none themselves.

Source: GB 45438-2025, 5.5 through the rulebook: on the starting picture. Whatever shows the scene goes inside: an
`<iframe>`, a `<model-viewer>`, a canvas. The frame brings no script and no code of others; the label is markup and
style alone, so that nothing which fails to load takes it away.
The label stays for as long as the scene is shown, since nothing tells a frame when what is in it begins to show: how
many seconds a rule asks for does not matter then. Its size is a share of the frame's shorter side.
The glyph's ink is the reference face's; another face of the reader's system differs by a few percent, which the
margin covers. Browsers before 2023 know no container units: the label is then sized by the window.
"""

from __future__ import annotations

from html import escape

from overt.errors import UsageError
from overt.language import Language
from overt.marks.label import glyphs
from overt.marks.label.model import LabelStyle
from overt.marks.label.picture import burn
from overt.rulebook import LabelRules

OWN = "data-overt-scene"
"""The attribute by which the frame is known."""
MARGIN = 0.25
"""What the glyphs are larger than the rule asks: the reader's browser may lack the face."""
_LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_FACES = "'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"


def frame(viewer: str, rules: LabelRules, style: LabelStyle) -> str:
    """A part of a page: `viewer`, which is markup and goes in as it is, with the label over it.

    It fills what it is put into, which must have a height.
    """
    words = _words(rules, style)
    label = "".join(
        f'<span lang="{_LANGUAGES[language]}" class="{name}">{escape(text)}</span>'
        for (language, text), name in zip(words, ("first", "second"), strict=False)
    )
    told = escape(" / ".join(text for _, text in words))
    return (
        f'<div class="overt-scene" {OWN}="">\n'
        f"<style>\n{_sheet(rules, words[0][1])}</style>\n"
        f'<div class="overt-scene-viewer">{viewer}</div>\n'
        f'<div class="overt-scene-label" role="note" aria-label="{told}">{label}</div>\n'
        "</div>"
    )


def page(viewer: str, title: str, rules: LabelRules, style: LabelStyle, head: str = "") -> str:
    """A whole page that is nothing but the frame. `head` is markup that the viewer needs there, such as its script."""
    words = _words(rules, style)
    return (
        f'<!DOCTYPE html>\n<html lang="{_LANGUAGES[words[0][0]]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>html,body{margin:0;height:100%}</style>\n"
        f"{head}</head>\n<body>\n{frame(viewer, rules, style)}\n</body>\n</html>\n"
    )


def framed(address: str, title: str, rules: LabelRules, style: LabelStyle) -> str:
    """A page around a viewer at another address. Raises `UsageError` for an address that is none of the web's."""
    scheme = address.strip().partition(":")[0].lower() if ":" in address.split("/", maxsplit=1)[0] else ""
    if scheme not in ("", "http", "https"):
        raise UsageError(f"{address!r} is no web address", f"{address!r} 不是网页地址")
    source, name = escape(address.strip()), escape(title)
    inner = f'<iframe src="{source}" title="{name}" allow="fullscreen; xr-spatial-tracking"></iframe>'
    return page(inner, title, rules, style)


def _words(rules: LabelRules, style: LabelStyle) -> list[tuple[Language, str]]:
    """The wording with its language, and the style's second one."""
    first, second = burn.wording(rules, style)
    language: Language = "zh" if first == rules.wording.value.zh else "en"
    words: list[tuple[Language, str]] = [(language, first)]
    if second is not None and style.second_language is not None:
        words.append((style.second_language, second))
    return words


def _sheet(rules: LabelRules, wording: str) -> str:
    reference = rules.reference_glyph.value
    glyph = reference if reference in wording else max(wording, key=glyphs.ink_share)
    em = 100 * rules.glyph_height_ratio.value * (1 + MARGIN) / glyphs.ink_share(glyph)
    # `all: initial` and `!important` keep a page's own style sheets from hiding or dimming the label.
    return f"""\
.overt-scene {{ position: relative; width: 100%; height: 100%; overflow: hidden; container-type: size; }}
.overt-scene-viewer, .overt-scene-viewer > * {{ width: 100%; height: 100%; border: 0; display: block; }}
.overt-scene-label {{
  all: initial !important; font: 600 {em:.2f}vmin/1.2 {_FACES} !important;
  position: absolute !important; z-index: 2147483647 !important; display: block !important;
  left: 50% !important; bottom: 4% !important; transform: translateX(-50%) !important;
  max-width: 96% !important; padding: .35em .6em !important; border-radius: .3em !important;
  background: #111317 !important; color: #fff !important; text-align: center !important;
  white-space: nowrap !important; visibility: visible !important; opacity: 1 !important;
  pointer-events: none !important;
}}
@supports (width: 1cqmin) {{ .overt-scene-label {{ font-size: {em:.2f}cqmin !important; }} }}
.overt-scene-label > span {{ display: block; }}
.overt-scene-label > .second {{ font-size: .55em; font-weight: 400; }}
"""
