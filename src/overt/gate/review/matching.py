"""Finds the terms of many entries in a text in one pass for each view, whatever way they are written.

Source: Aho, Corasick 1975 (by `ahocorasick_rs`).

| way | what is followed | by itself for |
|---|---|---|
| plain | the words as they are: width, case, accents, script variant; whole words where words are parted | all |
| separated | signs, emoji, spaces and what nobody sees between the letters; all letters spelled out | all |
| look-alike | digits, signs and letters of other scripts that look like Latin letters | Latin terms from 4 letters |
| split | characters written as their parts | all with such a character |
| tones | other characters of the same sound and tone, half in Latin letters | Chinese terms of 3, in a group of 2 |
| sound | the same without tones, and written in Latin letters | Chinese terms from 4 characters |
| initials | the first letter of each syllable | Chinese terms from 5 characters |
| reversed | from the end to the beginning | from 4 Chinese characters, 7 letters |

Shorter terms collide with innocent words in these ways; an entry that wants them says so (`ways`).
A stop between two characters parts them, unless all are parted. One space between Chinese characters does not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from ahocorasick_rs import AhoCorasick

from overt.errors import BudgetError
from overt.gate.review import folding
from overt.gate.review.folding import LOOK_ALIKE, PLAIN, SOUND, SPACE, STOP, UNSEEN, View, gap, is_wordy
from overt.gate.review.library import Way

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.uint32]

MOST_OF_ONE: Final = 5000
"""Places of one term. A text with more could not be told: what stands behind them must not hide there."""
_RUN_TOGETHER: Final = 12
"""Letters from which a phrase counts without its spaces: `therapist` must not be read as two words."""
_BARE: Final = "bare"  # The plain way alone, nothing between the letters.
_PINYIN: Final = 3
"""Syllables from which a term counts that is written in Latin letters alone."""


@dataclass(frozen=True, slots=True)
class Found:
    """One term at one place of the original text."""

    term: int
    start: int
    stop: int
    way: str


@dataclass(frozen=True, slots=True)
class _Form:
    """A term as it stands in one view. `breaks` are the places inside at which it may be parted."""

    term: int
    text: str
    way: str
    breaks: frozenset[int]
    open_left: bool = False
    open_right: bool = False
    tones: tuple[int, ...] | None = None
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """A term, the ways in which it is followed (None: those that are safe), and whether it counts only with others."""

    text: str
    ways: tuple[Way, ...] | None = None
    together: bool = False


class Matcher:
    """All terms of some entries. Terms are numbered in the order in which they are given."""

    def __init__(self, terms: Iterable[Sought]) -> None:
        plain: list[_Form] = []
        alike: list[_Form] = []
        sounds: list[_Form] = []
        for number, sought in enumerate(terms):
            for form in _forms(number, sought):
                kind = {"look-alike": alike, "sound": sounds, "tones": sounds}.get(form.way, plain)
                kind.append(form)
        self._plain, self._alike, self._sounds = _Automaton(plain), _Automaton(alike), _Automaton(sounds)

    def find(self, text: str) -> list[Found]:
        """Where terms stand, in no order. Raises `BudgetError` for a text that is too long, or floods."""
        return _counted(self._found(text, folding.points_of(text)))

    def _found(self, text: str, points: Points) -> Iterator[Found]:
        view = PLAIN.view(points)
        yield from self._in_plain(text, view)
        if (whole := folding.joined(view)) is not None:
            yield from self._in_plain(text, whole, split=True)
        if self._alike.forms and _mixed(points):
            yield from self._in_look_alike(text, LOOK_ALIKE.view(points))
        if self._sounds.forms:
            yield from self._in_sound(text, SOUND.view(points))

    def _in_plain(self, text: str, view: View, *, split: bool = False) -> Iterator[Found]:
        for form, start, stop in self._plain.matches(view.text):
            if split and int(view.stops[stop - 1] - view.starts[start]) == stop - start:
                continue  # Nothing was joined here: the plain view has it.
            way = _in_words(text, view, start, stop, form)
            if way and form.way == "plain":
                yield _found(view, start, stop, form, "split" if split else way)
            elif way == "plain":
                yield _found(view, start, stop, form, "plain" if form.way == _BARE else form.way)

    def _in_look_alike(self, text: str, view: View) -> Iterator[Found]:
        for form, start, stop in self._alike.matches(view.text):
            found = _found(view, start, stop, form, "look-alike")
            if PLAIN.of(text[found.start : found.stop]) != form.plain and _in_words(text, view, start, stop, form):
                yield found

    def _in_sound(self, text: str, view: View) -> Iterator[Found]:
        for form, start, stop in self._sounds.matches(view.text):
            if _aligned(text, view, start, stop, form):
                yield _found(view, start, stop, form, form.way)


class _Automaton:
    """Forms by their text, and what finds them."""

    def __init__(self, forms: list[_Form]) -> None:
        by_text: dict[str, list[_Form]] = defaultdict(list)
        for form in forms:
            by_text[form.text].append(form)
        self.forms = list(by_text.values())
        self._machine = AhoCorasick(list(by_text)) if by_text else None

    def matches(self, text: str) -> Iterator[tuple[_Form, int, int]]:
        """Every form at every place, overlapping ones too."""
        if self._machine is None:
            return
        for number, start, stop in self._machine.find_matches_as_indexes(text, overlapping=True):
            for form in self.forms[number]:
                yield form, start, stop


def _counted(found: Iterable[Found]) -> list[Found]:
    """Each place once."""
    told: Counter[int] = Counter()
    places: dict[Found, None] = {}
    for each in found:
        if each not in places:
            places[each] = None
            told[each.term] += 1
            if told[each.term] > MOST_OF_ONE:
                raise BudgetError(
                    f"one term stands in the text more than {MOST_OF_ONE} times",
                    f"同一个词在文本中超过 {MOST_OF_ONE} 次",
                )
    return list(places)


def _forms(number: int, sought: Sought) -> Iterator[_Form]:
    """A term in all views and ways that it is followed in."""
    text, ways = sought.text, sought.ways
    open_left, open_right = text.startswith("*"), text.endswith("*")
    inside = text.strip("*").strip()
    plain = PLAIN.of(inside)
    if not plain:
        return
    breaks = _breaks(inside)
    latin = any(each.isascii() and each.isalpha() for each in plain)
    chinese = all("\u3400" <= each <= "\u9fff" for each in plain)
    size = len(plain)

    def follows(way: Way, *, usually: bool) -> bool:
        return usually if ways is None else way in ways

    yield _Form(number, plain, "plain" if follows("separated", usually=True) else _BARE, breaks, open_left, open_right)
    if latin and follows("look-alike", usually=size >= 4):
        alike = LOOK_ALIKE.of(inside)
        if len(alike) == size:
            yield _Form(number, alike, "look-alike", breaks, open_left, open_right, plain=plain)
    if follows("reversed", usually=size >= (4 if chinese else 7)) and plain[::-1] != plain:
        turned = frozenset(size - each for each in breaks)
        yield _Form(number, plain[::-1], "reversed", turned, open_right, open_left)
    if chinese:
        yield from _sounds(
            number,
            plain,
            follows("tones", usually=size == 3 or (size == 2 and sought.together)),
            follows("sound", usually=size >= 4),
        )
        letters = "".join(SOUND.of(each)[0] for each in plain)
        if follows("initials", usually=size >= 5):
            yield _Form(number, letters, "initials", frozenset())


def _sounds(number: int, plain: str, with_tones: bool, without: bool) -> Iterator[_Form]:
    known = [folding.readings().get(each) for each in plain]
    if not (with_tones or without) or not all(known):
        return
    syllables = [each[0] for each in known if each]
    ends = np.cumsum([len(each) for each in syllables]).tolist()
    way = "sound" if without else "tones"
    tones = None if without else tuple(each[1] for each in known if each)
    yield _Form(number, "".join(syllables), way, frozenset(ends[:-1]), tones=tones, plain=plain)


def _breaks(inside: str) -> frozenset[int]:
    """Where a term itself is parted, counted in its plain letters."""
    words = [PLAIN.of(each) for each in re.split(r"[\s\-_'’/]+", inside)]
    ends = np.cumsum([len(each) for each in words]).tolist()
    return frozenset(ends[:-1])


def _found(view: View, start: int, stop: int, form: _Form, way: str) -> Found:
    return Found(form.term, int(view.starts[start]), int(view.stops[stop - 1]), way)


def _between(text: str, view: View, at: int) -> str:
    return text[int(view.stops[at - 1]) : int(view.starts[at])]


def _in_words(text: str, view: View, start: int, stop: int, form: _Form) -> str:
    """How the letters of a match hang together: "plain", "separated", or "" where they are no such word."""
    left = not form.open_left and _goes_on(text, view, start, start - 1)
    if left or (not form.open_right and _goes_on(text, view, stop - 1, stop)):
        return ""
    places = range(start + 1, stop)
    gaps = {at - start: gap(_between(text, view, at)) for at in places} if _parted(view, start, stop) else {}
    gaps = {at: strength for at, strength in gaps.items() if strength}
    told = {at for at, strength in gaps.items() if strength > UNSEEN}
    if len(told) == len(places) > 1 and not form.breaks >= told:
        return "separated"  # All is spelled out: s-a-f-e, 安。全。账。户
    if (missing := form.breaks - told) and (stop - start < _RUN_TOGETHER or missing != form.breaks):
        return ""
    if any(strength == STOP for strength in gaps.values()):
        return ""
    extra = {at: strength for at, strength in gaps.items() if at not in form.breaks}
    for at, strength in extra.items():
        # A space inside a word makes two words, but Chinese is also set with spaces.
        if strength == SPACE and is_wordy(view.text[start + at - 1]) and is_wordy(view.text[start + at]):
            return ""
    spaces_alone = all(strength == SPACE for strength in extra.values())
    return "plain" if spaces_alone and not missing else "separated"


def _parted(view: View, start: int, stop: int) -> bool:
    return int(view.starts[stop - 1] - view.starts[start]) != stop - 1 - start


def _goes_on(text: str, view: View, edge: int, beyond: int) -> bool:
    """Whether the word at this edge of a match goes on beyond it."""
    if not 0 <= beyond < len(view.text) or not is_wordy(view.text[edge]) or not is_wordy(view.text[beyond]):
        return False
    return gap(_between(text, view, max(edge, beyond))) <= UNSEEN


def _mixed(points: Points) -> bool:
    """Whether something that only looks like a letter stands beside one."""
    plain, alike = PLAIN, LOOK_ALIKE
    alike.view(points)
    changed = alike.changes(points, plain)
    lower = points | 32
    letters = (lower >= ord("a")) & (lower <= ord("z"))
    only_looks = changed & ~letters
    foreign = only_looks & (points > 127)
    if foreign.any():
        return True
    return bool((only_looks[1:] & letters[:-1]).any() or (only_looks[:-1] & letters[1:]).any())


def _aligned(text: str, view: View, start: int, stop: int, form: _Form) -> bool:
    """Whether a match of sounds begins, ends and is parted where syllables are."""
    starts = view.starts
    if start > 0 and starts[start - 1] == starts[start]:
        return False
    if stop < len(view.text) and starts[stop] == starts[stop - 1]:
        return False
    said = text[int(starts[start]) : int(view.stops[stop - 1])]
    if form.plain in PLAIN.of(said):
        return False  # It stands there as it is: the plain view has it.
    spoken = [text[int(starts[at])] for at in range(start, stop)]
    chinese = [folding.readings().get(folding.plain_character(each)) for each in spoken]
    for edge, beyond in ((start, start - 1), (stop - 1, stop)):
        if chinese[edge - start] is None and _letters_touch(text, view, edge, beyond):
            return False
    for at in range(start + 1, stop):
        if starts[at] == starts[at - 1]:
            continue
        between = _between(text, view, at)
        strength = gap("".join(each for each in between if not each.isdigit()))
        both_latin = chinese[at - start] is None and chinese[at - 1 - start] is None
        if strength == STOP or (at - start not in form.breaks and (not both_latin or strength > UNSEEN)):
            return False
    return _sounds_right(form, chinese)


def _sounds_right(form: _Form, chinese: list[tuple[str, int] | None]) -> bool:
    """Whether enough stands there in Chinese characters, and in their tones where those count."""
    if form.tones is None:
        return any(chinese) or len(form.breaks) + 1 >= _PINYIN
    heads = [0, *sorted(form.breaks)]
    tones = [reading[1] if (reading := chinese[at]) else 0 for at in heads]
    right = sum(said == wanted for said, wanted in zip(tones, form.tones, strict=True))
    return right + tones.count(0) == len(heads) and 2 * right >= len(heads)


def _letters_touch(text: str, view: View, edge: int, beyond: int) -> bool:
    if not 0 <= beyond < len(view.text) or folding.readings().get(text[int(view.starts[beyond])]):
        return False
    return _between(text, view, max(edge, beyond)) == ""
