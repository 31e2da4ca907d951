"""What a text says, whatever it is written with: views in which the feature library's terms are looked for.

Source: Unicode 15.1 (UAX 15 NFKC, UAX 31 default ignorable characters, names); OpenCC's table of traditional
characters; pypinyin's table of readings. Split characters and look-alikes are small tables of our own (`data/`).

| view | keeps | so that these read the same |
|---|---|---|
| plain | letters and digits; folded in width, case, accents, script variant | `ＳＡＦＥ`, `S·a·f·e`, `賬戶`, `账 户` |
| look-alike | the same, and letters for what looks like one | `nud3`, `ѕех` in Cyrillic letters |
| joined | the plain view, with two parts for their character | `贝长户` for `账户` |
| sound | Latin letters: those that stand there, and those of each character's reading | `银杭`, `yin hang`, `银hang` |

Every character of a view knows which characters of the text it comes from. What lies between them (spaces, stops,
emoji, characters without width) is not in the view; `gap` says how much it parts. A character's first reading counts,
in texts and terms alike. Work is linear in the text: one look-up in a table for each character, by NumPy.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from overt.errors import BudgetError
from overt.fingerprints.words import simplified

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CHARACTERS: Final = 4_000_000
"""The longest text that is looked through: eight times the Bible."""

NONE, UNSEEN, MARK, SPACE, STOP = range(5)
"""How much parts two characters: nothing; what nobody sees; symbols and emoji; spaces; ends of sentences and lines."""

_POINTS: Final = 0x110000
_UNKNOWN: Final = 255
_MOST_LETTERS: Final = 8
"""Letters that are kept of one character: the longest readings have six; some Arabic ligatures have more."""
_NAMED = re.compile(r"(?:NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL|REGIONAL INDICATOR SYMBOL) LETTER ([A-Z])$")
_STOPS = frozenset("\n\r\u2028\u2029.,;:!?。，、；：！？．…")
_EUROPE = 0x0590  # Below are Latin, Greek and Cyrillic letters, whose accents are left out.


@dataclass(frozen=True, slots=True)
class View:
    """A folded text: for each of its characters, from where to where it stands in the original."""

    text: str
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]


class Alphabet:
    """A way to fold, as a table that is filled with the characters that occur."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._length = np.full(_POINTS, _UNKNOWN, np.uint8)
        self._first = np.zeros(_POINTS, np.uint32)
        self._letters = np.zeros((_POINTS, _MOST_LETTERS), np.uint32)  # Pages of it are taken when they are written.

    def view(self, points: NDArray[np.uint32]) -> View:
        """The view of a text, given as code points."""
        lengths = self._length[points]
        if (lengths == _UNKNOWN).any():
            self._learn(np.unique(points[lengths == _UNKNOWN]))
            lengths = self._length[points]
        if int(lengths.max(initial=0)) <= 1:
            source = np.flatnonzero(lengths)
            folded = self._first[points[source]]
        else:
            source = np.repeat(np.arange(len(points)), lengths)
            firsts = np.repeat(np.cumsum(lengths, dtype=np.int64) - lengths, lengths)
            folded = self._letters[points[source], np.arange(len(source)) - firsts]
        return View(folded.tobytes().decode("utf-32-le", "surrogatepass"), source, source + 1)

    def places(self, points: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many letters of the view stand before each place of the text, and at its end."""
        self.view(points)
        counts = np.minimum(self._length[points], 1)
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])

    def of(self, text: str) -> str:
        """A short text, folded."""
        return "".join(map(self._fold, text))

    def changes(self, points: NDArray[np.uint32], other: Alphabet) -> NDArray[np.bool_]:
        """Which characters this alphabet folds otherwise than another, both having seen them."""
        mine, theirs = self._length[points], other._length[points]
        differs: NDArray[np.bool_] = (mine != theirs) | (self._first[points] != other._first[points])
        return differs

    def _learn(self, points: NDArray[np.uint32]) -> None:
        for point in points.tolist():
            said = self._fold(chr(point))[:_MOST_LETTERS]
            self._letters[point, : len(said)] = [ord(each) for each in said]
            self._first[point] = self._letters[point, 0]
            self._length[point] = len(said)  # Last: another thread may read meanwhile.


def points_of(text: str) -> NDArray[np.uint32]:
    """The text's code points. Raises `BudgetError` for one that is too long."""
    if len(text) > MOST_CHARACTERS:
        raise BudgetError(f"the text has more than {MOST_CHARACTERS} characters", f"文本超过 {MOST_CHARACTERS} 个字符")
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@cache
def plain_character(character: str) -> str:
    """A letter or digit in its plainest form; nothing for all else."""
    if named := _NAMED.match(unicodedata.name(character, "")):
        return named[1].lower()
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(_letter(each) for each in folded)


def _letter(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] not in "LN":
        return ""
    base = unicodedata.normalize("NFD", character)[0]
    if ord(base) < _EUROPE:
        return base
    return simplified().get(character, character)


@cache
def look_alike(character: str) -> str:
    """As `plain_character`, with the Latin letter that a character looks like. `l` and `1` look like `i`."""
    table = look_alikes()
    return table.get(character) or "".join(table.get(each, each) for each in plain_character(character))


@cache
def look_alikes() -> dict[str, str]:
    """Characters with the Latin letter that they look like."""
    rows = tomllib.loads(_data("look_alikes.toml"))
    return {each: letter for letter, alike in rows["letters"].items() for each in alike}


@cache
def sound(character: str) -> str:
    """The Latin letters of a character: its reading without tone, or itself; no digits, which write tones."""
    if reading := readings().get(character):
        return reading[0]
    folded = plain_character(character)
    if len(folded) == 1 and (reading := readings().get(folded)):
        return reading[0]
    return "".join(each for each in folded if not each.isdigit())


@cache
def readings() -> dict[str, tuple[str, int]]:
    """Chinese characters with their first reading (pinyin, ü as u) and its tone (5: none)."""
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415  # loads 40,000 rows

    return {chr(point): _parted(said.split(",")[0]) for point, said in PINYIN_DICT.items() if point < _POINTS}


def _parted(said: str) -> tuple[str, int]:
    spread = unicodedata.normalize("NFD", said)
    tones = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
    tone = next((tones[each] for each in spread if each in tones), 5)
    return "".join(each for each in spread if each.isascii()), tone


PLAIN: Final = Alphabet(plain_character)
LOOK_ALIKE: Final = Alphabet(look_alike)
SOUND: Final = Alphabet(sound)


def joined(plain: View) -> View | None:
    """The plain view with split characters put together; None where there are none."""
    parts, form = split_characters()
    found = [(each.start(), parts[each[0]]) for each in form.finditer(plain.text)]
    if not found:
        return None
    letters = list(plain.text)
    stops = plain.stops.copy()
    kept = np.ones(len(letters), np.bool_)
    for at, whole in found:
        letters[at] = whole
        stops[at] = plain.stops[at + 1]
        kept[at + 1] = False
    text = "".join(letter for letter, keep in zip(letters, kept.tolist(), strict=True) if keep)
    return View(text, plain.starts[kept], stops[kept])


@cache
def split_characters() -> tuple[dict[str, str], re.Pattern[str]]:
    """Parts with their whole character, and what finds them."""
    table: dict[str, str] = tomllib.loads(_data("split_characters.toml"))["parts"]
    return table, re.compile("|".join(map(re.escape, table)))


def gap(between: str) -> int:
    """How much parts two characters of a view: the strongest of what stands between them."""
    return max((_strength(each) for each in between), default=NONE)


@cache
def _strength(character: str) -> int:
    if character in _STOPS:
        return STOP
    if character.isspace():
        return SPACE
    return UNSEEN if unicodedata.category(character) in {"Cf", "Mn", "Me", "Cs"} else MARK


@cache
def is_wordy(character: str) -> bool:
    """Whether it is a letter or digit of a script whose words are parted: its neighbours matter."""
    return character.isascii() or not _UNPARTED.match(character)


_UNPARTED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


def _data(name: str) -> str:
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")
