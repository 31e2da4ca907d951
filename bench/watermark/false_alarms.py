"""How often a reader reports an id that nobody put there: in clean media, and in media marked with other keys.

    OMP_NUM_THREADS=1 python -m bench.watermark.false_alarms --reads 200 --keys 250

Each read looks for the ids of many keys at once, all with the one public presence key, so that in marked media the
pilot leads every one of them to the very place where an id of somebody else lies. A decode is one key and one length of
id under one geometry at least; what is printed counts one geometry only.
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np

from bench.timing import MEDIA
from bench.watermark.medium import generator
from bench.watermark.overt import key_of
from bench.watermark.pictures import PICTURES
from overt.marks.watermark.model import Readout
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read

LONGEST = 512  # Pixels: small pictures leave chance the most room.
EDITS = ("none", "jpeg50", "crop50", "rot5", "resize0.5", "noise10")


def pictures(reads: int):
    """Clean and marked pictures in turn, each read edited in another way: name, whether it is marked, picture."""
    paths = sorted((MEDIA / "images").iterdir())
    for number in range(reads):
        path, marked = paths[number // 2 % len(paths)], bool(number % 2)
        edit = EDITS[number // (2 * len(paths)) % len(EDITS)]
        picture = PICTURES.read(path, LONGEST)
        if marked:
            delta = embed(picture, 0x0123456789ABCDEF ^ number, 64, key_of(0)).delta
            picture = np.clip(np.rint(picture + delta[..., None]), 0, 255).astype(np.uint8)
        yield path.name, marked, PICTURES.attacks[edit](picture, generator(path.name, edit))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reads", type=int, default=20)
    parser.add_argument("--keys", type=int, default=250, help="keys that are tried in each read")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    keys = [key_of(1 + number) for number in range(given.keys)]
    decodes = {True: 0, False: 0}
    wrong, present, surest = 0, {True: 0, False: 0}, 0.0
    start = time.process_time()
    for name, marked, picture in pictures(given.reads):
        readout: Readout = read(picture, keys)
        decodes[marked] += 2 * len(keys)
        present[marked] += readout.presence is not None
        if readout.ids:
            wrong += len(readout.ids)
            print(f"{name}: {readout.ids}")
        if not marked and readout.presence:
            surest = min(surest, readout.presence.log10_p)
    print(f"{given.reads} reads with {given.keys} keys, {time.process_time() - start:.0f} CPU seconds")
    print(f"decodes: {decodes[False]:,} of clean pictures, {decodes[True]:,} of pictures marked with another key")
    print(f"ids reported: {wrong}")
    print(f"marks seen: {present[False]} of clean pictures (surest p {surest}), {present[True]} of marked ones")


if __name__ == "__main__":
    main()
