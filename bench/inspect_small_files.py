"""`overt inspect` on a directory of 1,000 small files, against `exiftool -r` on the same directory.

Whole processes, three runs each in turn, median.
The files are small JPEG, PNG and WebP pictures, half of them marked.
Peer: exiftool (Perl), which reads metadata alone and hashes nothing; an inspection takes the SHA-256 of every file.
So does `overt inspect --only metadata`; the full inspection looks for visible labels as well.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from overt.formats import named
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import is_label, note_of
from overt.rulebook import load

FILES, RUNS = 1000, 3
FORMATS = {"jpeg": ("jpg", "JPEG"), "png": ("png", "PNG"), "webp": ("webp", "WEBP")}
NOTE = note_of(Aigc("1", "Bench", "id-1", "", "Bench", "id-1"), load().metadata)


def make(folder: Path) -> None:
    """1,000 small files, a third of each format, every second one marked."""
    noise = np.random.default_rng(1)
    for number in range(FILES):
        name = list(FORMATS)[number % 3]
        suffix, pillow = FORMATS[name]
        path = folder / f"{number:04}.{suffix}"
        small = noise.integers(0, 255, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize((160, 120)).save(path, pillow)
        if number % 2:
            data = path.read_bytes()
            path.write_bytes(named(name).put(data, NOTE, is_label).apply(data))


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> None:
    overt = str(Path(sys.executable).with_name("overt"))
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        commands = {
            "exiftool -r -j": ["exiftool", "-r", "-j", folder],
            "overt inspect --only metadata --json": [overt, "inspect", "--only", "metadata", "--json", folder],
            "overt inspect --json": [overt, "inspect", "--json", folder],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                times[name].append(seconds(command))
    peer = statistics.median(times["exiftool -r -j"])
    for name, each in times.items():
        median = statistics.median(each)
        print(f"{name:40} {median:7.2f} s   {peer / median:5.2f} x exiftool's speed")


if __name__ == "__main__":
    main()
