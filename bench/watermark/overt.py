"""Overt's own marks as methods of the bench."""

from __future__ import annotations

import numpy as np

from overt.marks.watermark.keys import Key, derived
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read


def key_of(number: int) -> Key:
    """The operator's key of a number."""
    return Key(f"bench-{number}", derived(b"overt/bench", str(number)))


def value_of(bits) -> int:
    """An id out of its bits, the first the highest."""
    return int("".join(str(int(bit)) for bit in bits), 2)


def bits_of(value: int, count: int) -> np.ndarray:
    """The bits of an id, the highest first."""
    return np.array([int(digit) for digit in f"{value:0{count}b}"])


class OvertPicture:
    """64 bits in a picture."""

    name, kind, bits = "overt", "image", 64

    def embed(self, picture, bits, key):
        marked = embed(picture, value_of(bits), self.bits, key_of(key))
        return np.clip(np.rint(picture + marked.delta[..., None]), 0, 255).astype(np.uint8)

    def decode(self, picture, key):
        found = [each for each in read(picture, [key_of(key)]).ids if each.bits == self.bits]
        if not found:
            return None, 0.0
        return bits_of(found[0].value, self.bits), -found[0].log10_p


class OvertPicture40(OvertPicture):
    """40 bits, for small pictures."""

    name, bits = "overt_40", 40
