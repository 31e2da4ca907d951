"""An id to symbols and back: check sum, convolutional code, keyed spreading, and how sure the reader may be.

An id of 64 or 40 bits gets a CRC-24 (RFC 9580, section 6.1.1), then a tail-biting convolutional code of rate 1/4 and
constraint length 11 (generators 2327, 2353, 2671, 3175 octal, free distance 29). Its symbols are repeated over as many
places as a carrier has, in a keyed order and with keyed signs.

**The p-value** is a bound that holds whatever the medium is. Let `a` be the soft values, which do not depend on the id
key, and `e` the keyed signs. For one id, the score `sum(a * e * code) / norm(a)` of a medium that was not marked with
this key is a sum of bounded terms of random sign, so that it exceeds `c` with probability at most `exp(-c**2 / 2)`
(Hoeffding 1963). There are `2**bits` ids, and a reader looks `tries` times: `p <= tries * 2**bits * exp(-c**2 / 2)`.
The pilot by which a mark was found is evidence of its own, drawn from another key: two bounds with the product `q` give
`q * (1 - log(q))` together (Fisher 1932). The check sum is not counted; it guards against a *neighbouring* id where a
real mark is nearly gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import log, log10
from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark import keys
from overt.marks.watermark.model import Bits as Bits  # noqa: PLC0414  (told on)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

SIZES: tuple[Bits, ...] = (64, 40)

CRC_BITS = 24
_CRC_POLYNOMIAL, _CRC_START = 0x864CFB, 0xB704CE
_GENERATORS = (0o2327, 0o2353, 0o2671, 0o3175)
_MEMORY = 10  # Bits that the encoder remembers.
_STATES = 1 << _MEMORY
_LAPS = 3  # Around the circle: the first lap finds the state in which it closes.
_CANDIDATES = 32  # End states whose paths are tried against the check sum.
_LEAST_OUT, _HASTY_OUT = -0.5, 1.2
"""Deviations above chance of the energy of gathered symbols below which no id is searched for. Ids that can just be
read were seen from 0.8 up, most have far more; the second saves nine searches of ten where there is nothing."""
LOG10_P = -10.0
"""An id is reported from this p-value down (its logarithm)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An id that was read: `score` as in the module's words, `log10_p` the bound that follows from it."""

    value: int
    bits: Bits
    score: float
    log10_p: float


def symbols(value: int, bits: Bits, count: int, key: bytes) -> Floats:
    """The `count` symbols (+1, -1) that carry an id under an id key."""
    coded = _encode(_with_check(value, bits))
    place, sign = _spreading(bits, count, key)
    return coded[place] * sign


def decode(
    soft: Floats, key: bytes, bits: Bits, tries: int = 1, pilot: float = 0.0, *, hasty: bool = False
) -> Decoded | None:
    """The id in soft values, as many as there were symbols; None where there is none that holds.

    Args:
        soft: what was measured in each place: its sign says which symbol, its size how surely.
        key: the id key.
        bits: which length of id is looked for.
        tries: how often a reader looks in this medium, all in all, for the p-value.
        pilot: the score of the pilot that led here, drawn from another key; 0 where there was none.
        hasty: whether a look that promises little is given up early, for readers that look very often.
    """
    norm = float(np.sqrt(np.sum(np.square(soft, dtype=np.float64))))
    if not np.isfinite(norm) or norm == 0:
        return None
    place, sign = _spreading(bits, soft.size, key)
    length = len(_GENERATORS) * (bits + CRC_BITS)
    gathered = np.bincount(place, weights=soft * sign, minlength=length).astype(np.float32)
    chance = np.bincount(place, weights=np.square(soft), minlength=length)
    standing_out = float(np.sum(np.square(gathered) / np.maximum(chance, 1e-30))) - length
    if standing_out < (_HASTY_OUT if hasty else _LEAST_OUT) * (2 * length) ** 0.5:
        return None  # The signs agree no better than by chance: not worth a search.
    for message in _paths(gathered.reshape(-1, len(_GENERATORS))):
        value = _checked(message, bits)
        if value is None:
            continue
        score = float(gathered @ _encode(message)) / norm
        bound = log10_bound(score, bits, tries, pilot)
        if bound <= LOG10_P:
            return Decoded(value, bits, score, bound)
    return None


def log10_bound(score: float, bits: int, tries: int, pilot: float = 0.0) -> float:
    """The logarithm of the p-value's bound for the score of an id; with 0 bits and no pilot, for that of a pilot."""
    one, other = (max(0.0, each) ** 2 / 2 for each in (score, pilot))
    product = min(0.0, bits * log(2) - one) - other
    together = product + (log(1 - product) if pilot else 0.0)
    return min(0.0, log10(tries) + together / log(10))


@lru_cache(maxsize=256)  # Keys times lengths times rooms: bounded where a service runs for months.
def _spreading(bits: Bits, count: int, key: bytes) -> tuple[Ints, Floats]:
    length = len(_GENERATORS) * (bits + CRC_BITS)
    place = keys.order(key, f"places/{bits}", count) % length
    return place, keys.signs(key, f"symbols/{bits}", count)


def _with_check(value: int, bits: Bits) -> Ints:
    if not 0 <= value < 1 << bits:
        raise ValueError(f"an id of {bits} bits is meant")
    whole = value << CRC_BITS | _crc(value, bits)
    return np.array([whole >> place & 1 for place in range(bits + CRC_BITS - 1, -1, -1)], np.int64)


def _checked(message: Ints, bits: Bits) -> int | None:
    whole = int("".join(map(str, message)), 2)
    value, check = whole >> CRC_BITS, whole & ((1 << CRC_BITS) - 1)
    return value if _crc(value, bits) == check else None


def _crc(value: int, bits: Bits) -> int:
    check = _CRC_START
    for byte in value.to_bytes(bits // 8, "big"):
        check ^= byte << 16
        for _ in range(8):
            check <<= 1
            if check & 0x1000000:
                check ^= 0x1000000 | _CRC_POLYNOMIAL
    return check


@cache
def _outputs() -> Floats:
    """What the encoder says (+1, -1) for each content of its register: 2 * states x generators."""
    registers = np.arange(2 * _STATES)
    return np.stack([1.0 - 2 * (np.bitwise_count(registers & g) & 1) for g in _GENERATORS], 1).astype(np.float32)


def _encode(message: Ints) -> Floats:
    """The circle of code symbols: the encoder starts in the state in which it will end."""
    extended = np.concatenate([message[-_MEMORY:], message])
    windows = np.lib.stride_tricks.sliding_window_view(extended, _MEMORY + 1)
    registers = windows @ (1 << np.arange(_MEMORY, -1, -1))
    coded: Floats = _outputs()[registers].ravel()
    return coded


def _paths(soft: Floats) -> Iterator[Ints]:
    """The likeliest messages, best first: Viterbi's algorithm around the circle, then back from its best ends."""
    steps = len(soft)
    gains = soft @ _outputs().T  # steps x registers
    metric = np.zeros(_STATES, np.float32)
    chosen = np.empty((_LAPS * steps, _STATES), np.bool_)
    for step in range(_LAPS * steps):
        ways = (np.repeat(metric, 2) + gains[step % steps]).reshape(2, _STATES)
        chosen[step] = ways[1] > ways[0]
        metric = np.maximum(ways[0], ways[1])
        metric -= metric.max()
    for end in np.argsort(-metric)[:_CANDIDATES]:
        state = int(end)
        message = np.empty(steps, np.int64)
        for step in range(steps - 1, -1, -1):
            message[step] = state & 1
            state = state >> 1 | int(chosen[(_LAPS - 1) * steps + step, state]) * (_STATES >> 1)
        if state == end:
            yield message
