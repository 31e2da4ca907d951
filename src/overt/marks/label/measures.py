"""What is measured on a label, in words for people, with how each value is written.

The names are those of `LabelReport.measures`.
"""

from __future__ import annotations

from collections.abc import Callable

from overt.language import Text

MEASURES: dict[str, tuple[Text, Callable[[float], str]]] = {
    "glyph_height_px": (Text(zh="字高", en="glyph height"), lambda value: f"{value:.0f} px"),
    "shortest_side_px": (Text(zh="画面最短边", en="shortest side of the picture"), lambda value: f"{value:.0f} px"),
    "glyph_height_ratio": (
        Text(zh="字高占最短边", en="glyph height of the shortest side"),
        lambda value: f"{value:.1%}",
    ),
    "corner_height_ratio": (
        Text(zh="角标字高占最短边", en="glyph height in the corner, of the shortest side"),
        lambda value: f"{value:.1%}",
    ),
    "corner_seconds": (Text(zh="角标时长", en="corner label lasts"), lambda value: f"{value:.2f} s"),
    "contrast": (Text(zh="对比度", en="contrast"), lambda value: f"{value:.1f} : 1"),
    "seconds": (Text(zh="时长", en="lasts"), lambda value: f"{value:.2f} s"),
    "characters_per_minute": (Text(zh="每分钟字数", en="characters a minute"), lambda value: f"{value:.0f}"),
    "unit_seconds": (Text(zh="节拍单位", en="rhythm unit"), lambda value: f"{value * 1000:.0f} ms"),
    "score": (Text(zh="吻合度", en="match with our own label"), lambda value: f"{value:.2f}"),
}


def in_words(measures: dict[str, float]) -> list[tuple[Text, str]]:
    """Each measure's name and value; one without words is shown as it is."""
    told = []
    for name, value in measures.items():
        title, write = MEASURES.get(name, (Text(zh=name, en=name), lambda number: f"{number:g}"))
        told.append((title, write(value)))
    return told
