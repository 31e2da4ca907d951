"""What sounds impossible: measured, and printed where it is missed, too.

OMP_NUM_THREADS=1 python -m bench.watermark.moonshots [--limit 12] [NAME …]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.timing import MEDIA
from bench.watermark.medium import generator
from bench.watermark.overt import key_of
from bench.watermark.pictures import PICTURES, blurred, coded, rounded
from overt.marks.watermark.code import Bits
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read

Picture = NDArray[np.uint8]
KEY = key_of(42)
Score = tuple[int, int, int]
"""How many ids came back, of how many, and how many wrong ones did."""


def some(limit: int, longest: int, least: int) -> Iterator[tuple[str, Picture]]:
    """Pictures whose longer side is `least` or more, brought down to `longest`."""
    paths = [path for path in sorted((MEDIA / "images").iterdir()) if max(PICTURES.read(path, 0).shape) >= least]
    for place in np.unique(np.linspace(0, len(paths) - 1, min(limit, len(paths))).astype(int)):
        yield paths[place].name, PICTURES.read(paths[place], longest)


def marked(picture: Picture, value: int, bits: Bits = 64) -> Picture:
    return rounded(picture + embed(picture, value, bits, KEY).delta[..., None])


def value(name: str, number: int = 0) -> int:
    return int(generator(name, f"value{number}").integers(1, 2**63))


def counted(picture: Picture, wanted: set[int]) -> Score:
    read_ids = {each.value for each in read(picture, [KEY], effort="thorough").ids}
    return len(read_ids & wanted), len(wanted), len(read_ids - wanted)


def small_crop(name: str, picture: Picture) -> Score:
    """Any 160 x 160 pixels of a picture of one megapixel, as JPEG 60."""
    height, width = picture.shape[:2]
    factor = (1_000_000 / (height * width)) ** 0.5
    one = cv2.resize(picture, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
    whole, random = marked(one, value(name)), generator(name, "crop")
    top, left = (int(random.integers(0, side - 160)) for side in whole.shape[:2])
    part = coded("JPEG", quality=60)(whole[top : top + 160, left : left + 160], random)
    return counted(part, {value(name)})


def ten_in_a_row(name: str, picture: Picture) -> Score:
    """Ten random attacks of the suite, one after another."""
    random, changed = generator(name, "chain"), marked(picture, value(name))
    for place in random.integers(1, len(PICTURES.attacks), 10):
        changed = list(PICTURES.attacks.values())[place](changed, random)
    return counted(changed, {value(name)})


def screen_photo(name: str, picture: Picture) -> Score:
    """A photo of a screen, simulated: the screen's pixels, 25 degrees of tilt, moiré, gamma, blur, noise, JPEG 60."""
    random, height, width = generator(name, "screen"), *picture.shape[:2]
    shown = marked(picture, value(name))
    large = cv2.resize(shown, (width * 2, height * 2), interpolation=cv2.INTER_NEAREST).astype(np.float32)
    large[:, 1::2] *= 0.9  # The gaps between a screen's columns beat with the camera's pixels: moiré.
    away = np.deg2rad(25 * random.uniform(0.8, 1.0))
    axis = random.uniform(0, 2 * np.pi)
    normal = np.array([np.cos(axis), np.sin(axis)]) * np.sin(away)
    middle = np.array([width, height], float)
    corners = np.float32([[0, 0], [2 * width, 0], [2 * width, 2 * height], [0, 2 * height]])
    depth = 1 + ((corners - middle) @ normal) / (2.5 * max(width, height))
    flat = (corners - middle) * np.array([1.0, 1.0]) / depth[:, None]
    flat -= np.outer((flat @ normal) * (1 - np.cos(away)) / max(np.sin(away), 1e-6) ** 2, normal)
    seen = flat - flat.min(0)
    size = np.ptp(seen, 0)
    seen = np.float32(seen * min(1.1 * width / size[0], 1.1 * height / size[1]) + 20)
    to = cv2.getPerspectiveTransform(corners, seen)
    canvas = (int(seen[:, 0].max()) + 20, int(seen[:, 1].max()) + 20)
    photo = cv2.warpPerspective(large, to, canvas, flags=cv2.INTER_AREA, borderValue=(40, 40, 45))
    photo = 255 * (np.clip(photo, 0, 255) / 255) ** 1.15
    photo = blurred(0.8)(photo, random) + random.normal(0, 3, photo.shape)
    return counted(coded("JPEG", quality=60)(rounded(photo), random), {value(name)})


def two_ids(name: str, picture: Picture) -> Score:
    """Marked, saved as JPEG 80, marked again by the same operator, saved as JPEG 80."""
    save = coded("JPEG", quality=80)
    random = generator(name, "two")
    first = save(marked(picture, value(name, 1)), random)
    return counted(save(marked(first, value(name, 2)), random), {value(name, 1), value(name, 2)})


def five_averaged(name: str, picture: Picture) -> Score:
    """The average of five copies with five ids: any of them counts as one, and no other may come."""
    wanted = {value(name, number) for number in range(5)}
    mean = np.mean([marked(picture, each) for each in wanted], axis=0)
    right, _, wrong = counted(rounded(mean), wanted)
    return min(right, 1), 1, wrong


SHOTS: dict[str, tuple[Callable[[str, Picture], Score], int]] = {
    "a 160 x 160 crop of one megapixel, JPEG 60": (small_crop, 0),
    "ten random attacks in a row": (ten_in_a_row, 768),
    "a photo of a screen, 25 degrees, simulated": (screen_photo, 768),
    "two ids in one file": (two_ids, 768),
    "five differently marked copies averaged": (five_averaged, 768),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="only those whose name holds one of these words")
    parser.add_argument("--limit", type=int, default=6, help="pictures for each")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    for name, (shot, longest) in SHOTS.items():
        if given.names and not any(word in name for word in given.names):
            continue
        scores = [shot(file, picture) for file, picture in some(given.limit, longest, 700)]
        back, asked, wrong = (sum(each) for each in zip(*scores, strict=True))
        print(f"{name}: {back} of {asked} back, {wrong} wrong ({len(scores)} pictures)", flush=True)


if __name__ == "__main__":
    main()
