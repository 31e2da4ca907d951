"""What an explicit label is: what is asked for, and what was measured on the result.

Source: GB 45438-2025 clause 5 through the rulebook; Labeling Measures art. 4.
A `Labeller` puts a label on one family of formats and reads labels back from any file of that family.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from overt.language import Language, Text
from overt.rulebook import LabelRules

Position = Literal["auto", "top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"]


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How a label looks or sounds: data, so that an operator can bring another.

    `second_language` adds the wording in a second language beside the rulebook's.
    `position` is for pictures and film; "auto" takes the edge or corner where the label covers least.
    `span` is for film: the starting picture (at least the rulebook's seconds), the whole film, or the starting picture
    and after it a smaller label that stays in a corner.
    `audio` chooses between a spoken label and the rhythm label; `audio_at` where it goes: at the start, at the end,
    or at the start of each turn of a dialogue: a turn begins with the first sound after a pause of at least
    `turn_pause_seconds`.
    `text` chooses between a line of its own and a superscript (the corner mark of GB 45438-2025, 5.1);
    `text_at` where it goes.
    """

    second_language: Language | None = None
    position: Position = "auto"
    span: Literal["start", "whole", "corner"] = "start"
    audio: Literal["spoken", "rhythm"] = "spoken"
    audio_at: Literal["start", "end", "turns"] = "start"
    turn_pause_seconds: float = 1.0  # [ours]: the standard gives no number; people pause for less within a turn
    text: Literal["line", "superscript"] = "line"
    text_at: Literal["start", "end", "both"] = "start"


@dataclass(frozen=True, slots=True)
class LabelPlace:
    """Where one label is.

    `box` is left, top, width, height in pixels of the displayed picture; `seconds` is start and end by
    presentation time; `where` says it in a word ("bottom-right", "first line", "page 1", "start").
    """

    where: str
    box: tuple[int, int, int, int] | None = None
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What was measured on a labelled file: never what was intended.

    `measures` uses these names: `glyph_height_px`, `shortest_side_px`, `glyph_height_ratio`, `contrast`
    (WCAG ratio), `seconds`, `characters_per_minute`, `unit_seconds`, `score`.
    """

    modality: Literal["text", "image", "audio", "video", "document", "scene"]
    wording: str
    places: tuple[LabelPlace, ...]
    measures: dict[str, float] = field(default_factory=dict)


class Labeller(Protocol):
    """Labels for one family of formats."""

    containers: tuple[str, ...]
    """Names of the container formats that it serves."""

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`, which is `source` with a label, all other metadata kept.

        Raises `MediaError` if the file cannot be labelled, `ReadBackError` if the label measured on the
        result falls short of the rules.
        """

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label that this file carries, measured on the file; None where there is none.

        Raises `MediaError` where it could not tell.
        """


_WHERE = {
    "top-left": "左上角",
    "top": "上边",
    "top-right": "右上角",
    "bottom-left": "左下角",
    "bottom": "下边",
    "bottom-right": "右下角",
    "first line": "首行",
    "last line": "末行",
    "start": "开头",
    "end": "结尾",
    "middle": "中间",
    "header or footer": "页眉或页脚",
    "start picture": "起始画面",
    "first camera": "首个相机的画面",
    "in the scene": "场景中",
    "pixels": "像素中",
    "sound": "声音中",
    "film": "画面中",
    "text": "文字",
    "pdq": "整幅画面",
    "points": "画面特征点",
}
_IN_ENGLISH = {"pdq": "whole picture", "points": "points of the picture"}
"""Names of readings' places that are no English words."""
_NUMBERED = {
    "page": ("第", "页"),
    "slide": ("第", "张幻灯片"),
    "sheet": ("第", "张工作表"),
    "chapter": ("第", "个章节文件"),
    "turn": ("第", "轮"),
}


def where_in_words(where: str) -> Text:
    """Where a reading was found, or several such places joined by commas, in both languages."""
    chinese = []
    for part in where.split(", "):
        kind, _, number = part.rpartition(" ")
        before, after = _NUMBERED.get(kind, ("", "")) if number.isdigit() else ("", "")
        chinese.append(f"{before} {number} {after}" if before else _WHERE.get(part, part))
    return Text(zh="、".join(chinese), en=_IN_ENGLISH.get(where, where))
