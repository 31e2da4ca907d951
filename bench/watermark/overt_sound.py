"""Overt's watermark of sound, as the watermark bench wants it: 64 bits, and 40 bits."""

from __future__ import annotations

import numpy as np

from overt.marks.watermark.code import Bits
from overt.marks.watermark.keys import Key, derived
from overt.marks.watermark.sound.embed import embed
from overt.marks.watermark.sound.read import read


class OvertSound:
    """An id of 64 bits."""

    name, kind = "overt_sound", "audio"
    bits: Bits = 64

    def embed(self, media, bits, key):
        samples, rate = media
        value = int("".join(map(str, bits)), 2)
        return embed(samples, rate, value, self.bits, _key(key))[0], rate

    def decode(self, media, key):
        """The id with the lowest p-value; None where there is none."""
        samples, rate = media
        readout = read(np.ascontiguousarray(samples, np.float32), rate, [_key(key)])
        for found in readout.ids:
            if found.bits == self.bits:
                return np.array([int(each) for each in f"{found.value:0{self.bits}b}"]), -found.log10_p
        return None, readout.presence.score if readout.presence else 0.0


class OvertSound40(OvertSound):
    """An id of 40 bits."""

    name, bits = "overt_sound_40", 40


def _key(number: int) -> Key:
    return Key(f"bench-{number}", derived(b"overt/bench", str(number)))
