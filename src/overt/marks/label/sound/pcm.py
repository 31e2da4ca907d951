"""How samples are stored as bytes: integers, floating point and the two laws of G.711, little-endian.

Sources: Multiple Channel Audio Data and WAVE Files (Microsoft, 2007); ITU-T G.711.
It writes new samples and reads old ones; it never converts what is already in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from overt.media.sound import Samples

Coding = Literal["int", "float", "alaw", "mulaw"]


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """The form of one sample: `bits` it takes in the file, and how many of them (the upper ones) count."""

    coding: Coding
    bits: int
    valid: int

    @property
    def width(self) -> int:
        """Bytes of one sample."""
        return self.bits // 8

    def decode(self, data: bytes, channels: int) -> Samples:
        """The samples of whole frames; a part of a frame at the end is left out."""
        count = len(data) // (self.width * channels) * channels
        data = data[: count * self.width]
        if self.coding == "float":
            values = np.frombuffer(data, f"<f{self.width}").astype(np.float64)
            return np.clip(np.nan_to_num(values, posinf=1.0, neginf=-1.0), -8.0, 8.0).reshape(-1, channels)
        if self.coding in ("alaw", "mulaw"):
            table = _law(self.coding)
            return (table[np.frombuffer(data, np.uint8)] / 32768.0).reshape(-1, channels)
        if self.bits == 8:
            return ((np.frombuffer(data, np.uint8).astype(np.float64) - 128) / 128).reshape(-1, channels)
        integers = _widen(data, self.width)
        return (integers / float(1 << 31)).reshape(-1, channels)

    def encode(self, samples: Samples) -> bytes:
        """The bytes of new samples."""
        if self.coding == "float":
            return samples.astype(f"<f{self.width}").tobytes()
        if self.coding in ("alaw", "mulaw"):
            values = np.clip(np.rint(samples * 32768), -32768, 32767)
            table = _law(self.coding)
            order = np.argsort(table, kind="stable")
            middles = (table[order][1:] + table[order][:-1]) / 2
            return order[np.searchsorted(middles, values)].astype(np.uint8).tobytes()
        top = 1 << (self.valid - 1)
        integers = np.clip(np.rint(samples * top), -top, top - 1).astype(np.int64) << (self.bits - self.valid)
        if self.bits == 8:
            return (integers + 128).astype(np.uint8).tobytes()
        return _narrow(integers, self.width)


def _widen(data: bytes, width: int) -> NDArray[np.int32]:
    """Little-endian integers of 2 to 4 bytes in the upper bytes of 32 bits."""
    wide = np.zeros((len(data) // width, 4), np.uint8)
    wide[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)
    return wide.view("<i4").reshape(-1)


def _narrow(integers: NDArray[np.int64], width: int) -> bytes:
    wide = np.ascontiguousarray(integers.reshape(-1).astype("<i4"))
    return wide.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


@cache
def _law(coding: str) -> NDArray[np.float64]:
    """What each of the 256 codes stands for, in 16 bits (G.711, tables 1 and 2)."""
    codes = np.arange(256)
    if coding == "mulaw":
        inverted = ~codes & 0xFF
        exponent, mantissa = inverted >> 4 & 7, inverted & 15
        magnitude = ((2 * mantissa + 33) << exponent) - 33
        return np.where(inverted & 0x80, -magnitude, magnitude) * 4.0
    inverted = codes ^ 0x55
    exponent, mantissa = inverted >> 4 & 7, inverted & 15
    magnitude = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent - 1, 0))
    return np.where(inverted & 0x80, magnitude, -magnitude) * 8.0
