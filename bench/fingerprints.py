"""How fingerprints of pictures, film and sound hold: recall per edit, and how near strangers come.

    python -m bench.fingerprints [pictures] [points] [films] [sounds]     prints the tables
    python -m bench.fingerprints sounds --write                           and keeps the calibration of what was measured

The media lie beside the checkout (`../shared/media`); the edits in `bench/watermark/attacks.py` or, beside the
checkout, in `../shared/bench/watermark`. Recall stands for all files, then for every second one and for the others;
for PDQ also within 31 bits.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import soundfile
from PIL import Image
from scipy.stats import beta

from overt.fingerprints import film, pdq, points, sound
from overt.fingerprints.calibration import FLOOR, calibrations

ROOT = Path(__file__).parents[1]
MEDIA = ROOT.parent / "shared" / "media"
KEPT = ROOT / "src" / "overt" / "fingerprints" / "calibration.toml"
SIDE = 768
SAME_CONTENT = ("_s256", "vs_1.mp4")  # Smaller copies of other files, and a film of a picture.
RADIUS = 31  # Bits: what exchanges call a match, and as far as the index looks.
BY_POINTS = ", by points"
CROPS = 40  # Pieces of each source, for pairs of strangers.
HARD = (
    *("none", "jpeg30", "jpeg20", "resize0.5", "crop90", "crop75", "crop50", "crop25", "cropback50", "rot5", "rot15"),
    *("rot45", "rot90", "hflip", "contrast0.6", "noise10", "blur2", "screenshot", "overlay", "collage", "printscan"),
)
"""Edits that points are tried on: all that PDQ fails at, and the coarsest of the others."""
UNITS = {
    "pdq": "bits of 256, the nearest of eight orientations",
    "points": "log10 of the chance model",
    "film": "bits of 256, mean of the nearer half of the aligned frames",
    "sound": "log10 of the chance model",
}


def main() -> None:
    """Print the tables; with `--write`, keep the calibration."""
    cv2.setNumThreads(1)
    edits = _edits()
    parts = {"pictures": pictures, "points": picture_points, "films": films, "sounds": sounds}
    for name in [each for each in sys.argv[1:] if each in parts] or parts:
        started = time.process_time()
        kind, sources, far, recall = parts[name](edits)
        table = _bound(np.sort(np.array(far)))
        alike = _threshold(table)
        print(f"\n== {kind}: {len(far)} pairs of {sources} sources, nearest {np.sort(far)[:5]}; alike up to {alike:g}")
        for edit, found in recall.items():
            limit = calibrations()["points"].alike if edit.endswith(BY_POINTS) else alike
            first, second = ([each <= limit for each in found[half::2]] for half in (0, 1))
            worst = np.sort(found)[-3:]
            shares = [first + second, first, second]
            if kind == "pdq":
                shares.append([each <= RADIUS for each in found])
            print(f"| {edit} | {' | '.join(f'{np.mean(share):.2f}' for share in shares)} | {worst} |")
        print(f"{time.process_time() - started:.0f} s of CPU time")
        if "--write" in sys.argv:
            _keep(kind, alike, len(far), sources, table)


def pictures(edits: ModuleType) -> tuple[str, int, list[float], dict[str, list[float]]]:
    """PDQ: recall on whole pictures; strangers are all pairs of pieces of different pictures and frames."""
    recall = defaultdict(list)
    for name, picture in _pictures():
        kept = pdq.fingerprint(picture)
        for edit, change in edits.IMAGE.items():
            copy = change(picture, edits.rng_of(name, edit))
            recall[edit].append(pdq.compare(pdq.queries(copy), kept).distance)
    owners, asked, kept = [], [], []
    for owner, (name, picture) in enumerate(_stills(edits)):
        for piece in _pieces(name, picture, CROPS, edits):
            hashes, quality = pdq.dihedral(piece)
            if quality >= pdq.MIN_QUALITY:
                owners.append(owner)
                asked.append(hashes)
                kept.append(hashes[0])
    far = []
    for number, hashes in enumerate(asked):
        later = [other for other in range(number + 1, len(kept)) if owners[other] != owners[number]]
        if later:
            words = np.stack([kept[other] for other in later]).view(np.uint64)
            differing = np.bitwise_count(hashes.view(np.uint64)[:, None] ^ words[None]).sum(2, dtype=np.int64)
            far.extend(differing.min(0).tolist())
    return "pdq", max(owners) + 1, far, recall


def picture_points(edits: ModuleType) -> tuple[str, int, list[float], dict[str, list[float]]]:
    """Points: recall on whole pictures; strangers are pairs of pieces of different pictures and frames."""
    recall = defaultdict(list)
    for name, picture in list(_pictures())[::3]:
        kept = points.fingerprint(picture)
        for edit in HARD:
            copy = edits.IMAGE[edit](picture, edits.rng_of(name, edit))
            recall[edit].append(points.compare(points.queries(copy), kept).distance)
    pieces = [[points.queries(piece) for piece in _pieces(name, picture, 2, edits)] for name, picture in _stills(edits)]
    far = [
        points.compare(query, kept[0]).distance
        for one, other in combinations(pieces, 2)
        for query, kept in product(one, other)
    ]
    return "points", len(pieces), far, recall


def films(edits: ModuleType) -> tuple[str, int, list[float], dict[str, list[float]]]:
    """Film: recall by frames and, where they do not do, by points; strangers are pairs of clips of different films."""
    recall: dict[str, list[float]] = defaultdict(list)
    clips = []
    for path in sorted((MEDIA / "video").iterdir()):
        frames, rate = edits.read_video(str(path), max_side=360, t=5)
        kept = _sampled(frames, rate, film.EVERY)
        third = len(frames) // 3
        for number in range(3):
            piece = frames[number * third : (number + 1) * third]
            clips.append((path.name, _sampled(piece, rate, film.ASKED_EVERY).queries()))
        for edit, change in edits.VIDEO.items():
            copy, copied_rate = change(frames, rate, edits.rng_of(path.name, edit))
            asked = _sampled(copy, copied_rate, film.ASKED_EVERY)
            recall[edit].append(film.compare(asked.queries(), kept.fingerprint()).distance)
            if edit in {"crop80", "trim3s", "screenrec", "h264_33"}:
                near = points.compare(asked.points(), kept.points()[0])
                recall[edit + BY_POINTS].append(near.distance)
    for name, picture in _pictures():
        clips.append((name, _sampled(np.stack(list(_moving(picture))), 8.0, film.ASKED_EVERY).queries()))
    far = [
        film.compare(query, kept[0]).distance for (one, query), (other, kept) in combinations(clips, 2) if one != other
    ]
    return "film", len({name for name, _ in clips}), far, recall


def sounds(edits: ModuleType) -> tuple[str, int, list[float], dict[str, list[float]]]:
    """Sound: recall of the whole and of five and three seconds of the copy; strangers: such pieces and other files."""
    recall: dict[str, list[float]] = defaultdict(list)
    kept, asked = {}, []
    for path in sorted((MEDIA / "audio").iterdir()):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        samples = samples[: 20 * rate]
        kept[path.name] = sound.fingerprint(samples, rate)
        for edit, change in edits.AUDIO.items():
            copy, copied_rate = change(samples, rate, edits.rng_of(path.name, edit))
            for seconds in (None, 5, 3):
                start = max(0, (len(copy) - (seconds or 0) * copied_rate) // 2)
                piece = copy[start : start + seconds * copied_rate] if seconds else copy
                query = sound.queries(piece, copied_rate)
                asked.append((path.name, query))
                label = edit if seconds is None else f"{edit}, {seconds} s"
                recall[label].append(sound.compare(query, kept[path.name]).distance)
    far = [sound.compare(query, other).distance for one, query in asked for name, other in kept.items() if name != one]
    return "sound", len(kept), far, recall


def _edits() -> ModuleType:
    for folder in (ROOT / "bench" / "watermark", ROOT.parent / "shared" / "bench" / "watermark"):
        if (folder / "attacks.py").is_file():
            sys.path.insert(0, str(folder))
            return __import__("attacks")
    raise SystemExit("the edits (attacks.py) are not here")


def _pictures() -> Iterator[tuple[str, np.ndarray]]:
    for path in sorted((MEDIA / "images").iterdir()):
        if not path.stem.endswith(SAME_CONTENT):
            picture = np.asarray(Image.open(path).convert("RGB"))
            scale = SIDE / max(picture.shape[:2])
            smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield path.name, smaller if scale < 1 else picture


def _stills(edits: ModuleType) -> Iterator[tuple[str, np.ndarray]]:
    """Pictures, and a frame of each film."""
    yield from _pictures()
    for path in sorted((MEDIA / "video").iterdir()):
        if not path.name.endswith(SAME_CONTENT):
            frames, _ = edits.read_video(str(path), max_side=480, t=1)
            yield path.name, frames[len(frames) // 2]


def _pieces(name: str, picture: np.ndarray, count: int, edits: ModuleType) -> Iterator[np.ndarray]:
    """The picture, and pieces of it of any place, shape and size from a third of its sides."""
    yield picture
    random = edits.rng_of(name, "pieces")
    height, width = picture.shape[:2]
    for _ in range(count - 1):
        high, wide = (round(side * random.uniform(0.33, 1)) for side in (height, width))
        top, left = int(random.integers(0, height - high + 1)), int(random.integers(0, width - wide + 1))
        yield np.ascontiguousarray(picture[top : top + high, left : left + wide])


def _moving(picture: np.ndarray) -> Iterator[np.ndarray]:
    """Three seconds of a camera that moves over a picture."""
    height, width = picture.shape[:2]
    high, wide = round(0.7 * height), round(0.7 * width)
    for step in np.linspace(0, 1, 24):
        top, left = round(step * (height - high)), round(step * (width - wide))
        yield cv2.resize(picture[top : top + high, left : left + wide], (320, 240), interpolation=cv2.INTER_AREA)


def _sampled(frames: np.ndarray, rate: float, every: float) -> film.Sampler:
    sampler = film.Sampler(every)
    for number, frame in enumerate(frames):
        if sampler.wants(number / rate):
            scale = min(1.0, film.SIDE / min(frame.shape[:2]))
            sampler.add(number / rate, cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return sampler


def _bound(far: np.ndarray) -> list[tuple[float, float]]:
    """Distances and upper bounds of the share of strangers as near: of Clopper and Pearson, then a fitted tail.

    The tail falls by as many decades a step as from the hundredth part of the pairs to the ten-thousandth.
    Distances of strangers fall faster the further out; so this is on the high side.
    """
    total = far.size
    lower, upper = np.quantile(far, (1e-4, 1e-2), method="inverted_cdf")
    decades = 2 / max(1e-9, float(upper - lower))
    seen = np.unique(far[: total // 20 + 1])
    step, last = (0.5, -0.5) if seen[0] < 0 else (2.0, float(seen[-1]))
    table = []
    for distance in np.arange(2 * np.floor(seen[0] / 2), last + step, step):
        count = int(np.searchsorted(far, distance, "right"))
        table.append((float(distance), float(beta.ppf(0.95, count + 1, max(1, total - count)))))
    # Where fewer than a handful were seen, the tail begins.
    while len(table) > 1 and np.searchsorted(far, table[0][0], "right") < 5:
        table.pop(0)
    first, rate = table[0]
    tail = []
    while rate > FLOOR:
        first -= step
        rate = max(FLOOR, rate * 10 ** (-decades * step))
        tail.append((first, rate))
    return [*reversed(tail), *table]


def _threshold(table: list[tuple[float, float]], rate: float = 1e-6) -> float:
    return max(distance for distance, bound in table if bound <= rate)


def _keep(kind: str, alike: float, pairs: int, sources: int, table: list[tuple[float, float]]) -> None:
    """Replaces one kind's part of the calibration."""
    kept: dict[str, Any] = tomllib.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    kept[kind] = {
        "unit": UNITS[kind],
        "alike": alike,
        "pairs": pairs,
        "sources": sources,
        "how": "upper 95 % bound (Clopper-Pearson) where at least five pairs were as near; below, an exponential tail "
        "with the slope from 1e-2 to 1e-4",
        "distances": [distance for distance, _ in table],
        "rates": [float(f"{bound:.2e}") for _, bound in table],
    }
    lines = ["# How near strangers come: python -m bench.fingerprints --write (texts: bench.fingerprint_texts)"]
    for name, part in sorted(kept.items()):
        lines.append(f"\n[{name}]")
        for key, value in part.items():
            if isinstance(value, list):
                rows = [", ".join(f"{each:g}" for each in value[at : at + 12]) for at in range(0, len(value), 12)]
                lines.append(f"{key} = [\n  " + ",\n  ".join(rows) + ",\n]")
            else:
                lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}")
    KEPT.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
