"""How texts' fingerprints match: copies and rewordings by rule, and pages that have nothing to do with each other.

    python -m bench.fingerprint_texts [PAGES]     Chinese and English manual pages: /usr/share/man if not said

Needs the manual pages of Debian (`manpages-zh`, those of any system). Pages of one program, by their names, are not
counted as unrelated; lines and shingles that stand in three pages or more are taken out first, as an index leaves out
what is common. What remains in common was copied by the authors nearly always (the longest of it is printed, so that
one can look): the table errs on the high side. `calibration.toml` has its larger rates up to 2 shingles' worth; from
2.5, where all that was found had been copied, the bound of Clopper and Pearson for none, and the same slope beyond.
"""

from __future__ import annotations

import gzip
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import beta

from overt.fingerprints import text
from overt.fingerprints.words import read

SEED = 20261123
NEEDED = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)  # Shingles' worth in common; the distance is one through it.
LOOKED_AT = 20
LENGTHS = (150, 300, 1000)
SHARES = (None, 0.0, 0.1, 0.2)
LANGUAGES = {"zh": "zh_CN/man*/*.gz", "en": "man[1-8]/*.gz"}
MOST = {"zh": 400, "en": 400}
_SENTENCE = re.compile(r"[^。！？；.!?;\n]+[。！？；.!?;\n]*")
_FILLERS = {"zh": "其中包含使用系统可以进行的数据", "en": ["whose", "system", "table", "given", "named", "option"]}


def main() -> None:
    """Print the tables."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/man")
    for language, pattern in LANGUAGES.items():
        pages = gathered(folder, pattern, MOST[language])
        if len(pages) < 50:
            print(f"{language}: {len(pages)} pages, too few")
            continue
        unrelated(language, pages)
        copied(language, [page for _, page in pages[:100]])


def gathered(folder: Path, pattern: str, most: int) -> list[tuple[str, str]]:
    """Names and words of pages, without the lines that are in several of them."""
    paths = [path for path in sorted(folder.glob(pattern)) if not path.is_symlink()]
    random.Random(SEED).shuffle(paths)
    families: Counter[str] = Counter()
    pages = {}
    for path in paths:
        families[path.name[:3]] += 1
        if families[path.name[:3]] <= 3:
            pages[path.name] = plain(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
        if len(pages) >= 3 * most:
            break
    seen = Counter(line for page in pages.values() for line in set(page.splitlines()) if len(line) > 8)
    kept = (
        (name, " ".join(line for line in page.splitlines() if len(line) > 8 and seen[line] < 3)[:8000])
        for name, page in pages.items()
    )
    return [(name, page) for name, page in kept if len(page) > 1200][:most]


def plain(page: str) -> str:
    """The words of a page of troff, nearly."""
    lines = (line for line in page.splitlines() if not re.match(r"[.'](\\\"|TH|de|ds|so|if|ie|nr|t[ai]|el)", line))
    lines = (line for line in lines if "\\{" not in line)
    return "\n".join(re.sub(r"\\f.|\\[-&]|\\\(..|\\s[+-]?\d|^\.[A-Za-z]+\s*", "", line).strip() for line in lines)


def family(name: str) -> tuple[str, str]:
    """By which two pages are taken for relatives: how the name begins; a section of one library."""
    section = name.split(".")[-2]
    return name[:2], section if len(section) > 1 else name


def unrelated(language: str, pages: list[tuple[str, str]]) -> None:
    """How often two pages of different programs match."""
    readings = [read(page) for _, page in pages]
    kept, asked = [text.fingerprint(each) for each in readings], [text.queries(each) for each in readings]
    seen = Counter(value for query in asked for value in set(query.values.tolist()))
    common = np.array([value for value, count in seen.items() if count >= 3], np.uint64)
    at = defaultdict(set)
    for number, each in enumerate(kept):
        for value in each.values.tolist():
            at[value].add(number)
    pairs, best = 0, []
    for number, whole in enumerate(asked):
        rare = ~np.isin(whole.values, common)
        query = replace(whole, values=whole.values[rare], places=whole.places[rare], quality=whole.quality[rare])
        own = family(pages[number][0])
        strange = {
            other for other, (name, _) in enumerate(pages) if not set(family(name)) & set(own) and other != number
        }
        pairs += len(strange)
        for other in strange & set().union(*(at.get(value, set()) for value in query.values.tolist())):
            found = text.compare(query, kept[other])
            best += [
                (1 / found.distance, number, other, readings[number].passage(*each.query)) for each in found.spans[:1]
            ]
    print(f"{language}: {len(pages)} pages, {pairs} pairs of different programs")
    for needed in NEEDED:
        count = sum(found >= needed for found, *_ in best)
        print(f"  {needed} or more: {count}, at most {beta.ppf(0.95, count + 1, pairs - count):.1e}")
    for found, one, other, passage in sorted(best, reverse=True)[: 2 * LOOKED_AT : 2]:
        print(f"    {found:.1f} {pages[one][0]} {pages[other][0]}: {passage[:80]}")


def copied(language: str, pages: list[str]) -> None:
    """How often a part of a page is known again, as it is and reworded by rule."""
    chance = random.Random(SEED)
    found = defaultdict(list)
    for number, page in enumerate(pages):
        kept = text.fingerprint(read(page))
        strange = pages[number - 1]
        for length in (*LENGTHS, len(page)):
            start = chance.randrange(0, max(1, len(page) - length))
            part = page[start : start + length]
            for share in SHARES:
                said = part if share is None else reworded(part, language, share, strange, chance)
                name = "whole" if length == len(page) else f"{length} characters"
                found[name, share].append(1 / text.compare(text.queries(read(said)), kept).distance)
    for (name, share), values in found.items():
        edit = "copied" if share is None else f"sentences moved and put in, {share:.0%} of words replaced"
        rates = ", ".join(f"{n}: {sum(v >= n for v in values) / len(values):.2f}" for n in NEEDED)
        print(f"  {name}, {edit}: {rates}")


def reworded(part: str, language: str, share: float, strange: str, chance: random.Random) -> str:
    """A rewording by rule: sentences change places, strange ones come between, words are replaced."""
    sentences = _SENTENCE.findall(part)
    for at in range(len(sentences) - 1):
        if chance.random() < 0.3:
            sentences[at : at + 2] = reversed(sentences[at : at + 2])
    others = _SENTENCE.findall(strange)
    mixed = "".join(each + (chance.choice(others) if chance.random() < 0.15 else "") for each in sentences)
    fillers = _FILLERS[language]
    if language == "zh":
        return re.sub(
            "[\u4e00-\u9fff]{2}",
            lambda two: "".join(chance.choices(fillers, k=2)) if chance.random() < share else two[0],
            mixed,
        )
    return re.sub("[A-Za-z]+", lambda word: chance.choice(fillers) if chance.random() < share else word[0], mixed)


if __name__ == "__main__":
    main()
