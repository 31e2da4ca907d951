"""Writing a mark into sound: the level of each cell swings by a few decibels.

All channels get the same change. How far a cell swings follows three things:

- how loud it is: ears and measures of quality forgive most where there is least, so that loud cells swing less;
- how it swings by itself: a cell that already swings as the mark wants it is left alone, one that swings a little the
  other way is turned round, one that swings far is hopeless and left alone too;
- the block's strength: as much as it takes for the id to be read under white noise 10 dB below the sound. Sound that is
  loud in many cells needs least; where no bearable strength would do, a middle one is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.watermark import code
from overt.marks.watermark.sound import lattice, levels, swing
from overt.marks.watermark.sound.excerpt import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from overt.marks.watermark.code import Bits
    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.sound.excerpt import Excerpt

    Floats = NDArray[np.float32]

SHORTEST: dict[Bits, float] = {64: 5.0, 40: 3.0}
"""Seconds of sound from which an id of so many bits fits."""
RATES = (8000, 192000)
"""Samples a second that are marked."""
STRENGTH = 1.9
"""Decibels of a swing that no other rule changes."""
WEAKEST, STRONGEST = 1.6, 2.7
_HOPELESS, _MIDDLE = 4.5, 2.2  # From where on noise is given up, and the strength that is used then.
_NEEDED = 40.0
"""How many cells (as the root of their number) rise above the noise where `STRENGTH` is enough, as was measured."""
_BY_LOUDNESS = ([-40, -25, -15, -5, 5, 15, 25], [1.3, 1.5, 1.5, 1.3, 0.8, 0.45, 0.3])
"""dB against the mean of the block's cells, and the factor of the swing there."""
_BY_OWN_SWING = ([-12, -7, -4, 0, 2, 4, 12], [0.0, 1.2, 2.5, 1.6, 0.6, 0.0, 0.0])
"""dB by which a cell swings by itself in the direction that is wanted, and the factor of the swing there."""
_BLOCK = 8 * lattice.PERIOD
_FRAME = 0.028
"""Seconds of the frames in which levels are changed, half overlapping, under a sine window there and back."""
_MARGIN = 2 * lattice.CELL
_PER_DECIBEL = np.float32(np.log(10) / 20)
_FAINT = 1e-4  # A sound whose samples are all below this (-80 dB) is silence.


@dataclass(frozen=True, slots=True)
class SoundReport:
    """How a sound was marked: `snr` of sound to change and mean size of the swings, `strength`, both in dB."""

    bits: Bits
    snr: float
    strength: float
    seconds: float


def embed(samples: Floats, rate: float, value: int, bits: Bits, key: Key) -> tuple[Floats, SoundReport]:
    """Sound that carries an id, and how it was done.

    Args:
        samples: float32, samples x channels, -1 to 1.
        rate: samples a second.
        value: the id.
        bits: its length.
        key: the operator's key.

    Raises:
        UnsupportedError: As in `Marking`.
    """
    marking = Marking(rate, value, bits, key)
    pieces = [marking.feed(samples)]
    rest, report = marking.finish()
    return np.concatenate([*pieces, rest]), report


class Marking:
    """Writes an id into sound that comes in pieces, so that hours need no more memory than a minute.

    Raises:
        UnsupportedError: The sound is of a rate that carries no mark, or, at the end, is too short for so long an id
            or silent throughout.
    """

    def __init__(self, rate: float, value: int, bits: Bits, key: Key) -> None:
        if not RATES[0] <= rate <= RATES[1]:
            raise UnsupportedError(
                f"sound of {rate:g} samples a second carries no watermark",
                f"采样率为 {rate:g} Hz 的音频无法承载水印",
                hint=Text(zh="请转换为 16 至 48 kHz。", en="Convert it to 16 to 48 kHz."),
            )
        self._rate, self._bits = rate, bits
        self._symbols = lattice.filled(code.symbols(value, bits, lattice.room(), key.secret), key.presence)
        self._queue = Queue(rate, _BLOCK, _MARGIN)
        self._power = self._change = self._swings = 0.0
        self._cells = 0
        self._peak = 0.0
        self._channels = 1

    def feed(self, samples: Floats) -> Floats:
        """Takes the next samples, and returns those that are marked by now."""
        self._channels = samples.shape[1]
        self._peak = max(self._peak, float(np.max(np.abs(samples), initial=0)))
        return self._marked(self._queue.add(samples))

    def finish(self) -> tuple[Floats, SoundReport]:
        """The last samples, and how all were marked."""
        rest = self._marked(self._queue.rest())
        seconds = self._queue.length / self._rate
        if seconds < SHORTEST[self._bits]:
            raise UnsupportedError(
                f"{seconds:.1f} s of sound are too short for a watermark of {self._bits} bits",
                f"{seconds:.1f} 秒的音频过短，无法承载 {self._bits} 位水印",
                hint=Text(
                    zh=f"64 位水印需至少 {SHORTEST[64]:g} 秒，40 位需至少 {SHORTEST[40]:g} 秒；"
                    "更短的音频请使用其他标识。",
                    en=f"64 bits need {SHORTEST[64]:g} s, 40 bits need {SHORTEST[40]:g} s. "
                    "Shorter sound gets the other marks.",
                ),
            )
        if self._peak < _FAINT:
            raise UnsupportedError(
                "silence carries no watermark",
                "静音无法承载水印",
                hint=Text(zh="请使用其他标识。", en="Use the other marks."),
            )
        snr = 10 * np.log10(self._power / self._change) if self._change else np.inf
        return rest, SoundReport(self._bits, float(snr), self._swings / max(self._cells, 1), seconds)

    def _marked(self, blocks: Iterable[tuple[Excerpt, int, int]]) -> Floats:
        marked = [np.empty((0, self._channels), np.float32)]
        for sound, begin, end in blocks:
            swings, first = _swings(sound, begin, end, self._symbols)
            delta = _changed(sound, begin, end, swings, first)
            clean = sound.between(begin, end)
            marked.append(np.clip(clean + delta, -1, 1))
            self._change += float(np.vdot(delta, delta))
            self._power += float(np.vdot(clean, clean))
            self._swings += float(np.sum(np.abs(swings)))
            self._cells += swings.size
        return np.concatenate(marked)


def _swings(sound: Excerpt, begin: int, end: int, symbols: Floats) -> tuple[Floats, int]:
    """The swing of each cell in dB, signed, columns x bands, and the number of the column in which `begin` lies."""
    first = int(begin / sound.rate / lattice.CELL)
    last = int(np.ceil(end / sound.rate / lattice.CELL)) + 1
    first_frame = 4 * first
    power = levels.banded(levels.summed(sound, first_frame, 4 * (last - first) + 1), sound.rate)
    noise = 0.1 * _power(sound, begin, end) * lattice.WIDTH / sound.rate
    found, mean, _ = swing.raw(power, first_frame, swing.Timing())
    own, loudness = swing.against_neighbours(found), levels.decibels(mean / max(float(np.mean(mean)), levels.FAINTEST))
    missing = (0, last - first - len(own))
    own, loudness = (np.pad(each, (missing, (0, 0)), mode="edge") for each in (own, loudness))
    wanted = symbols[np.arange(first, last) % lattice.COLUMNS]
    strength = _strength(mean, noise)
    size = strength * np.interp(loudness, *_BY_LOUDNESS) * np.interp(own * wanted, *_BY_OWN_SWING)
    return (wanted * size).astype(np.float32), first


def _power(sound: Excerpt, begin: int, end: int) -> float:
    """The mean power of what all channels share."""
    mono = levels.mono(sound.between(begin, end))
    return float(np.vdot(mono, mono)) / len(mono)


def _strength(mean: Floats, noise: float) -> float:
    """The strength that lets the id be read under noise of a power in each band."""
    above = levels.decibels(mean) - 10 * np.log10(noise + levels.FAINTEST)
    heard = float(np.sqrt(np.sum(np.square(np.clip((above - 3) / 6, 0, 1)))))
    needed = STRENGTH * _NEEDED / (heard + 1)
    return _MIDDLE if needed > _HOPELESS else min(max(needed, WEAKEST), STRONGEST)


def _changed(sound: Excerpt, begin: int, end: int, swings: Floats, first: int) -> Floats:
    """What is to be added to samples `begin` to `end`."""
    half = int(fft.next_fast_len(round(_FRAME * sound.rate / 2), real=True))
    size = 2 * half
    frame = begin // half - 1  # The first frame that reaches into the block.
    count = end // half - frame + 1
    padded = sound.between(frame * half, (frame + count + 1) * half)
    turns = (frame + 1 + np.arange(count)) * half / sound.rate / lattice.CELL
    columns = np.floor(turns).astype(np.int64)
    moment = np.sin(2 * np.pi * (turns - columns)).astype(np.float32) * _PER_DECIBEL
    decibels = swings[np.clip(columns - first, 0, len(swings) - 1)] * moment[:, None]
    factor, used = _between_bands(decibels, np.arange(half + 1) * sound.rate / size)
    window = np.sin(np.pi * (np.arange(size) + 0.5) / size).astype(np.float32)
    added = np.zeros((count + 1, half, padded.shape[1]), np.float32)
    channels = np.ascontiguousarray(padded.T)
    for channel in range(len(channels)):
        views = np.lib.stride_tricks.sliding_window_view(channels[channel], size)[::half]
        spectrum = fft.rfft(views * window, axis=1, overwrite_x=True)
        spectrum[:, used] *= factor
        spectrum[:, : used.start] = 0
        spectrum[:, used.stop :] = 0
        waves = fft.irfft(spectrum, size, axis=1, overwrite_x=True)
        waves *= window
        added[:-1, :, channel] += waves[:, :half]
        added[1:, :, channel] += waves[:, half:]
    delta: Floats = added.reshape(-1, padded.shape[1])[begin - frame * half : end - frame * half]
    return delta


def _between_bands(logarithms: Floats, pitches: NDArray[np.float64]) -> tuple[Floats, slice]:
    """The relative change of each bin, and which bins are changed: straight from band to band.

    Steps between bands would tear harmonics apart, which is heard.
    """
    place = (pitches - lattice.LOWEST) / lattice.WIDTH + 0.5
    used = slice(int(np.searchsorted(place, 0, "right")), int(np.searchsorted(place, lattice.BANDS + 1)))
    low = np.floor(place[used]).astype(np.int64)
    share = (place[used] - low).astype(np.float32)
    around = np.pad(logarithms, ((0, 0), (1, 1)))
    return np.expm1(around[:, low] * (1 - share) + around[:, low + 1] * share), used
