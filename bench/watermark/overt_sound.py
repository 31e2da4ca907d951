"""Overt's mark of sound as a method of the bench."""

from __future__ import annotations

import numpy as np

from bench.watermark.overt import bits_of, key_of, value_of
from overt.marks.watermark.sound.embed import embed
from overt.marks.watermark.sound.read import read


class OvertSound:
    """64 bits in sound."""

    name, kind, bits = "overt_sound", "audio", 64

    def embed(self, sound, bits, key):
        samples, rate = sound
        return embed(samples, rate, value_of(bits), self.bits, key_of(key))[0], rate

    def decode(self, sound, key):
        samples, rate = sound
        readout = read(np.ascontiguousarray(samples, np.float32), rate, [key_of(key)])
        found = [each for each in readout.ids if each.bits == self.bits]
        if not found:
            return None, 0.0
        return bits_of(found[0].value, self.bits), -found[0].log10_p


class OvertSound40(OvertSound):
    """40 bits, for short sound."""

    name, bits = "overt_sound_40", 40
