"""Marks, attacks, reads, and says what came back.

    OMP_NUM_THREADS=1 python -m bench.watermark.run bench.watermark.overt:OvertPicture --limit 12 --longest 768
    python -m bench.watermark.run bench.watermark.overt:OvertPicture40 --pick s256 --attacks jpeg50 crop25
    python -m bench.watermark.run bench.watermark.overt_film:OvertFilm --longest 480
    python -m bench.watermark.run bench.watermark.overt:OvertPicture bench.watermark.peers:RivaGan --limit 6

*exact*: the share of (file, attack) pairs whose whole id came back right; a wrong id and "no mark" both count as
failures, and wrong ids are counted apart. *bits*: the share of right bits, one half where there is no answer. Times are
CPU times of one thread, the median over files, beside those of the plain work (a JPEG of quality 90 written and read).
Methods of one kind see the same files, attacks and seeds, and share their tables.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import mean, median
from typing import Any

import cv2
import numpy as np

from bench.timing import MEDIA
from bench.watermark.films import FILMS
from bench.watermark.medium import Medium, generator
from bench.watermark.pictures import PICTURES
from bench.watermark.sounds import SOUNDS

MEDIUMS = {medium.kind: medium for medium in (PICTURES, SOUNDS, FILMS)}


def timed(work: Callable[..., Any], *given: object) -> tuple[Any, float]:
    """What work gives, and its CPU seconds, those of programs it started among them."""

    def now() -> float:
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(each.ru_utime + each.ru_stime for each in used)

    start = now()
    return work(*given), now() - start


def one_file(method: Any, medium: Medium, path: Path, given: argparse.Namespace) -> dict[str, Any]:
    """A row of results for a file."""
    clean = medium.read(path, given.longest)
    bits = generator(path.name, "payload").integers(0, 2, method.bits)
    marked, marking = timed(method.embed, clean, bits, given.key)
    _, reading = timed(method.decode, marked, given.key)
    nothing, reading_clean = timed(method.decode, clean, given.key)
    row = {
        "file": path.name,
        "units": medium.units(clean),
        "plain": timed(medium.plain, clean)[1],
        "marking": marking,
        "reading": reading,
        "reading_clean": reading_clean,
        "on_clean": nothing[0] is not None,
        "on_other_key": method.decode(marked, given.key + 1)[0] is not None,
        "quality": medium.quality(clean, marked),
        "attacks": {},
    }
    for name, attack in medium.attacks.items():
        if given.attacks and name not in given.attacks:
            continue
        attacked = attack(marked, generator(path.name, name))
        (read, confidence), seconds = timed(method.decode, attacked, given.key)
        right = read is not None and (not method.bits or bool(np.array_equal(read, bits)))
        row["attacks"][name] = {
            "right": right,
            "wrong": read is not None and not right,
            "bits": 0.5 if read is None or not method.bits else float(np.mean(np.equal(read, bits))),
            "confidence": float(confidence),
            "seconds": seconds,
        }
    return row


Rows = list[dict[str, Any]]


def summary(method: Any, medium: Medium, rows: Rows) -> dict[str, object]:
    """One line of the table of methods."""
    share = shares(rows)
    each = [attacked for row in rows for attacked in row["attacks"].values()]
    return {
        "method": method.name,
        "bits": method.bits,
        "n": len(rows),
        **{name: f"{mean(row['quality'][name] for row in rows):.3f}" for name in rows[0]["quality"]},
        "exact": f"{mean(share.values()):.3f}",
        "right bits": f"{mean(attacked['bits'] for attacked in each):.3f}",
        "wrong ids": sum(attacked["wrong"] for attacked in each),
        **{
            group: f"{mean(share[name] for name in attacks if name in share):.2f}"
            for group, attacks in medium.groups.items()
            if any(name in share for name in attacks)
        },
        "ids on clean": sum(row["on_clean"] for row in rows),
        "on other key": sum(row["on_other_key"] for row in rows),
        **{
            f"{label} s/{medium.unit}": f"{median(row[part] / row['units'] for row in rows):.3f}"
            for part, label in (("marking", "mark"), ("reading", "read"), ("reading_clean", "read clean"))
        },
        "mark x plain": f"{median(row['marking'] / row['plain'] for row in rows):.1f}",
    }


def shares(rows: Rows) -> dict[str, float]:
    """The share of whole ids by attack."""
    return {name: mean(row["attacks"][name]["right"] for row in rows) for name in rows[0]["attacks"]}


def table(lines: list[dict[str, object]]) -> str:
    """In Markdown; all lines have the same columns."""
    head = ["| " + " | ".join(lines[0]) + " |", "|" + " --- |" * len(lines[0])]
    return "\n".join([*head, *("| " + " | ".join(map(str, line.values())) + " |" for line in lines), ""])


def report(medium: Medium, results: dict[Any, Rows]) -> str:
    """The tables of all methods of one kind: a line for each method, and a line for each attack."""
    of_each = {method.name: shares(rows) for method, rows in results.items()}
    attacks = next(iter(of_each.values()))
    lines = [summary(method, medium, rows) for method, rows in results.items()]
    by_attack = [
        {"attack": attack, **{name: f"{share[attack]:.2f}" for name, share in of_each.items()}} for attack in attacks
    ]
    return table(lines) + "\n" + table(by_attack)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="+", metavar="module:Class")
    parser.add_argument("--media", type=Path, default=MEDIA, help="a folder with images/, audio/, video/")
    parser.add_argument("--out", type=Path, help="a JSON file for all results")
    parser.add_argument("--limit", type=int, default=0, help="how many files, in a seeded choice")
    parser.add_argument("--pick", nargs="*", help="files with one of these in their names")
    parser.add_argument("--attacks", nargs="*", help="only these")
    parser.add_argument("--longest", type=int, default=768, help="pixels of the longer side, or seconds; 0: as it is")
    parser.add_argument("--key", type=int, default=42)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    cv2.setNumThreads(1)
    results: dict[str, dict[Any, Rows]] = {}
    for spec in given.methods:
        module, _, name = spec.partition(":")
        method = getattr(import_module(module), name)()
        medium = MEDIUMS[method.kind]
        paths = sorted((given.media / medium.folder).iterdir())
        paths = [path for path in paths if not given.pick or any(part in path.name for part in given.pick)]
        if given.limit and given.limit < len(paths):
            paths = sorted(np.random.default_rng(1).choice(np.array(paths, object), given.limit, replace=False))
        rows: Rows = []
        results.setdefault(method.kind, {})[method] = rows
        for path in paths:
            rows.append(one_file(method, medium, path, given))
            lost = [name for name, each in rows[-1]["attacks"].items() if not each["right"]]
            quality = ", ".join(f"{name} {value:.2f}" for name, value in rows[-1]["quality"].items())
            print(f"{path.name}: {quality}, lost:", *lost, flush=True)
            if given.out:
                each = {method.name: rows for of_kind in results.values() for method, rows in of_kind.items()}
                given.out.write_text(json.dumps(each))
        print(table([summary(method, medium, rows)]), flush=True)
    for kind, of_kind in results.items():
        print(f"## {kind}\n", report(MEDIUMS[kind], of_kind), sep="\n")


if __name__ == "__main__":
    main()
