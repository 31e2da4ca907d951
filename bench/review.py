"""What the review of texts lets through and stops, and how fast it is.

    python -m bench.review              both
    python -m bench.review rates        over- and under-blocking of the starter list
    python -m bench.review speed        a library of 10,000 entries against what Python has

Rates: texts that must be let through, and texts that must not, half of them kept away from the tuning of the list
(`review_texts/*_held_out.txt`; the tuned good ones are the package's own `good.txt`). Both were written by the authors
of the list, so that the rates say how it does on such texts, not on a platform's traffic. Bad texts are told once more
in each way in which the engine follows writing, by the inverse of its own tables, over the whole text. Intervals are
Wilson's, 95 %.

Speed: the peers look for the same terms as they stand, whatever is written around them: `term in text` for each, and
one alternation of `re` over all. They fold nothing and find no variant.
"""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from math import sqrt
from pathlib import Path

from bench.timing import seconds
from overt.fingerprints.words import simplified
from overt.gate.review import folding
from overt.gate.review.features import Features
from overt.gate.review.importer import good_texts, lines
from overt.gate.review.library import Entry, Library, starter

SEED = 20261123
TEXTS = Path(__file__).parent / "review_texts"
_WORDS = "青蓝紫赤金银铜铁云雨雪风山河湖海春夏秋冬东南西北天地日月星辰草木花果"


def main() -> None:
    """Print the tables."""
    asked = sys.argv[1:] if Path(sys.argv[0]).stem == "review" else []
    if asked in ([], ["rates"]):
        rates()
    if asked in ([], ["speed"]):
        speed()


def rates() -> None:
    """Over- and under-blocking, tuned and held out."""
    features = Features([starter()])
    sets = {
        ("good", "tuned"): good_texts(),
        ("good", "held out"): lines(TEXTS / "good_held_out.txt"),
        ("bad", "tuned"): lines(TEXTS / "bad_tuned.txt"),
        ("bad", "held out"): lines(TEXTS / "bad_held_out.txt"),
    }
    print("over-blocking: good texts that were held or refused")
    for (kind, half), texts in sets.items():
        if kind == "good":
            by_language(half, texts, lambda text: stopped(features, text))
    print("under-blocking: bad texts that were let through")
    for (kind, half), texts in sets.items():
        if kind == "bad":
            by_language(half, texts, lambda text: not stopped(features, text))
    print("evasions: of the bad texts that were stopped when written plainly, those let through when written otherwise")
    for half in ("tuned", "held out"):
        plain = [text for text in sets["bad", half] if stopped(features, text)]
        for name, way in EVASIONS.items():
            told = [changed for text in plain if (changed := way(text, random.Random(SEED))) != text]
            if told:
                row(f"{half}, {name}", [text for text in told if not stopped(features, text)], told)


def stopped(features: Features, text: str) -> bool:
    """Whether a text is held or refused."""
    return any(hit.outcome != "allow" for hit in features.look(text))


def by_language(name: str, texts: Iterable[str], wrong: Callable[[str], bool]) -> None:
    """One row for each language and one for both."""
    split: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        split["zh" if any("\u4e00" <= each <= "\u9fff" for each in text) else "en"].append(text)
    split["both"] = [*split["zh"], *split["en"]]
    for language, some in split.items():
        row(f"{name}, {language}", [text for text in some if wrong(text)], some)


def row(name: str, wrong: list[str], texts: list[str]) -> None:
    """A rate with its interval."""
    low, high = wilson(len(wrong), len(texts))
    print(f"  {name:34} {len(wrong):4} of {len(texts):4}   {100 * len(wrong) / len(texts):5.1f} %"
          f"   ({100 * low:.1f} to {100 * high:.1f} %)")  # fmt: skip


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    share, factor = count / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / factor
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / factor
    return max(0.0, middle - half), min(1.0, middle + half)


def _traditional(text: str, _: random.Random) -> str:
    table = {plain: old for old, plain in simplified().items()}
    return "".join(table.get(each, each) for each in text)


def _wide(text: str, _: random.Random) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def _between(sign: str) -> Callable[[str, random.Random], str]:
    return lambda text, _: sign.join(text)


def _alike(text: str, drawn: random.Random) -> str:
    tables = folding.look_alikes()
    back: dict[str, list[str]] = defaultdict(list)
    for looks, letter in tables.items():
        back[letter].append(looks)
    return "".join(drawn.choice(back[each]) if each in back and drawn.random() < 0.3 else each for each in text)


def _homophones(text: str, drawn: random.Random) -> str:
    common = {each for line in (*good_texts(), *lines(TEXTS / "good_held_out.txt")) for each in line}
    by_sound: dict[tuple[str, int], list[str]] = defaultdict(list)
    for each in sorted(common):
        if reading := folding.readings().get(each):
            by_sound[reading].append(each)
    told = []
    for each in text:
        known = by_sound.get(folding.readings().get(each, ("", 0)))
        told.append(drawn.choice(known) if known and drawn.random() < 0.3 else each)
    return "".join(told)


def _pinyin(text: str, drawn: random.Random) -> str:
    return "".join(
        reading[0] if (reading := folding.readings().get(each)) and drawn.random() < 0.3 else each for each in text
    )


def _split(text: str, _: random.Random) -> str:
    table = {whole: parts for parts, whole in folding.split_characters()[0].items()}
    return "".join(table.get(each, each) for each in text)


def _accents(text: str, drawn: random.Random) -> str:
    table = dict(zip("aeiounc", "áéíöüñç", strict=True))
    return "".join(table[each] if each in table and drawn.random() < 0.5 else each for each in text)


EVASIONS: dict[str, Callable[[str, random.Random], str]] = {
    "traditional characters": _traditional,
    "full width": _wide,
    "nothing visible between (U+200B)": _between("\u200b"),
    "a sign between (*)": _between("*"),
    "an emoji between": _between("😀"),
    "look-alikes for 3 of 10 letters": _alike,
    "accents on half of the vowels": _accents,
    "characters of the same sound (3/10)": _homophones,
    "pinyin for 3 of 10 characters": _pinyin,
    "split characters": _split,
}


def speed() -> None:
    """Megabytes of UTF-8 each second."""
    drawn = random.Random(SEED)
    terms = sorted({"".join(drawn.choice(_WORDS) for _ in range(drawn.randint(3, 6))) for _ in range(6000)})[:5000]
    terms += sorted(
        {"".join(drawn.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(drawn.randint(5, 9))) for _ in range(6000)}
    )[:5000]
    drawn.shuffle(terms)
    library = Library(
        name="bench",
        version="1",
        approver="bench",
        entry=tuple(Entry(id=f"e{number}", category="other", words=(term,)) for number, term in enumerate(terms)),
    )
    chinese = [each for each in good_texts() if each[0] > "\u4e00"]
    english = [each for each in good_texts() if each[0] < "\u4e00"]
    texts = {"Chinese": "\n".join(chinese * 150), "English": "\n".join(english * 150), "a prompt": "".join(chinese[:3])}
    built = seconds(lambda: Features([library]))
    features = Features([library])
    alternation = re.compile("|".join(map(re.escape, terms)))
    print(f"10,000 entries: ready in {built:.2f} s")
    for name, text in texts.items():
        many = 2000 if len(text) < 1000 else 1
        size = len(text.encode()) * many / 1e6
        few = min(many, 50)
        works: dict[str, tuple[int, Callable[[], object]]] = {
            "overt, all ways of writing": (many, lambda text=text: features.look(text)),
            "term in text": (few, lambda text=text: sum(each in text for each in terms)),
            "re, one alternation": (few, lambda text=text: alternation.findall(text)),
        }
        features.look(text)
        print(f"{name} ({size / many:.4f} MB)")
        told = {}
        for work, (times, run) in works.items():
            spent = seconds(lambda run=run, times=times: [run() for _ in range(times)])
            told[work] = size * times / many / spent
        for work, rate in told.items():
            print(f"  {work:34} {rate:9.3f} MB/s   {rate / told['term in text']:8.2f} x `term in text`")


if __name__ == "__main__":
    main()
