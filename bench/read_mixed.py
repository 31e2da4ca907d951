"""Reading the metadata and credentials of 10,000 mixed files: files a second and core.

Real pictures beside the checkout (with genuine credentials among them) and one marked sample of each other format, by
hard links. One process on one core. Peers: c2pa's own reader alone on the same files, which knows credentials only, and
exiftool in one process, which knows metadata only.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from itertools import cycle, islice
from pathlib import Path

import c2pa

from bench.timing import MEDIA, seconds
from overt.inspection import Inspector

FILES = 10_000
FOLDERS = ("images", "audio", "video")


def mixed(folder: Path) -> list[Path]:
    """10,000 names for real files of all kinds."""
    real = sorted(path for name in FOLDERS for path in (MEDIA / name).iterdir() if path.is_file())
    made = []
    for number, path in enumerate(islice(cycle(real), FILES)):
        made.append(folder / f"{number:05}{path.suffix}")
        made[-1].symlink_to(path)
    return made


def overt(files: list[Path]) -> None:
    with Inspector(kinds=("metadata", "credential")) as inspector:
        for path in files:
            inspector.inspect(path)


def sdk(files: list[Path]) -> None:
    for path in files:
        with contextlib.suppress(c2pa.C2paError), c2pa.Reader(str(path)) as reader:
            reader.json()


def exiftool(files: list[Path], arguments: Path) -> None:
    arguments.write_text("".join(f"{path}\n" for path in files))
    subprocess.run(
        ["exiftool", "-j", "-@", arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        files = mixed(folder / "in")
        print(f"metadata and credentials of {FILES} mixed files, on one core")
        works = {
            "c2pa's reader alone (credentials)": lambda: sdk(files),
            "exiftool (metadata)": lambda: exiftool(files, folder / "arguments"),
            "overt (metadata and credentials)": lambda: overt(files),
        }
        for title, work in works.items():
            print(f"  {title:40} {FILES / seconds(work):9.0f} files a second")


if __name__ == "__main__":
    main()
