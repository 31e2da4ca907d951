"""New sound as packets of a Vorbis stream that is already there, in the stream's own codebooks.

Source: Vorbis I specification 1.3.2 and 4.3 (windows, packets, coupling), 8.6 (residues).
A Vorbis decoder takes its codebooks from the stream's headers, so a label that lies in one stream with old packets has
to be coded in theirs. This is a plain coder for some seconds: long blocks alone, the floor a little below the
spectrum's envelope, each vector the nearest of its codebook. It makes no use of what an ear does not hear.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.marks.label.sound import vorbis_floor
from overt.marks.label.sound.vorbis_setup import STAGES, Book, Mapping, Residue, Setup
from overt.media.sound import Samples

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ORDER = {3: [0, 2, 1], 5: [0, 2, 1, 3, 4], 6: [0, 2, 1, 4, 5, 3], 7: [0, 2, 1, 4, 5, 6, 3], 8: [0, 2, 1, 6, 7, 4, 5, 3]}
"""Where each channel of Vorbis is in the usual order of WAV (4.3.9)."""

_OFFSETS = (0.0, -6.0, -12.0, -18.0, -24.0, -30.0)
"""Decibels from the envelope to the floor that are tried, the coarsest first."""
_ENOUGH_DB = 24.0
"""Signal to noise at which no finer floor is tried."""
_RANGE_DB = 75.0
"""What lies as far below a moment's loudest is left out."""
_TRIAL = 600
"""Partitions on which the classes of a residue are compared."""
_BINS = 24
_CHUNK = 1 << 22
"""Distances computed at once."""


def whole(setup: Setup, samples: Samples) -> list[bytes]:
    """Packets of a whole stream, which play these samples from the first on; some silence may follow."""
    mode = max(range(len(setup.modes)), key=lambda number: setup.modes[number][0])
    mapping = setup.mappings[setup.modes[mode][1]]
    spectra = _spectra(samples[:, ORDER.get(setup.channels, list(range(setup.channels)))], _block(setup, mode))
    # The first packet gives only what the second overlaps with: the half block of silence before the sound.
    return [_packet(setup, mode, (True, True), body) for body in _bodies(setup, mapping, spectra)]


def encode(setup: Setup, samples: Samples, before: bytes, behind: bytes) -> list[bytes]:
    """Packets that play these samples between two old packets, each of which may be missing.

    `samples` have the channels in the usual order; they begin and end with silence, some of which is lost.
    """
    mode = max(range(len(setup.modes)), key=lambda number: setup.modes[number][0])
    mapping = setup.mappings[setup.modes[mode][1]]
    spectra = _spectra(samples[:, ORDER.get(setup.channels, list(range(setup.channels)))], _block(setup, mode))
    bodies = _bodies(setup, mapping, spectra)
    long = setup.modes[mode][0]
    packets = [_packet(setup, mode, (True, True), body) for body in bodies]
    return [*_lead(setup, mode, long, before), *packets, *_tail(setup, mode, long, behind)]


def _block(setup: Setup, mode: int) -> int:
    return setup.blocks[setup.modes[mode][0]]


def _lead(setup: Setup, mode: int, long: bool, before: bytes) -> Iterator[bytes]:
    """Silence whose window fits to the packet before."""
    if not long or not before:
        yield _silence(setup, mode, (True, True))
        return
    fits = setup.is_long(before) and setup.neighbours(before)[1]
    if setup.is_long(before) and not fits:
        yield _silence(setup, _short(setup), (True, True))
    yield _silence(setup, mode, (fits, True))


def _tail(setup: Setup, mode: int, long: bool, behind: bytes) -> Iterator[bytes]:
    """Silence whose window fits to the packet behind."""
    if not long or not behind:
        yield _silence(setup, mode, (True, True))
        return
    fits = setup.is_long(behind) and setup.neighbours(behind)[0]
    yield _silence(setup, mode, (True, fits))
    if setup.is_long(behind) and not fits:
        yield _silence(setup, _short(setup), (True, True))


def _short(setup: Setup) -> int:
    for number, (long, _) in enumerate(setup.modes):
        if not long:
            return number
    raise UnsupportedError("a Vorbis stream without short blocks", "Vorbis 流没有短块", hint=vorbis_floor.ANOTHER)


def _silence(setup: Setup, mode: int, flags: tuple[bool, bool]) -> bytes:
    return _packet(setup, mode, flags, "0" * setup.channels)


def _packet(setup: Setup, mode: int, flags: tuple[bool, bool], body: str) -> bytes:
    """A packet of sound: its kind, its mode, for long blocks what they lie between, and the rest."""
    bits = "0" + vorbis_floor.number(mode, setup.mode_bits)
    if setup.modes[mode][0]:
        bits += "".join("1" if flag else "0" for flag in flags)
    bits += body
    return int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")


# ── Spectrum and floor ───────────────────────────────────────────────────────────────────────────────


def _spectra(samples: Samples, block: int) -> Floats:
    """The transform of overlapping blocks: (blocks, channels, lines)."""
    half = block // 2
    count = -(-len(samples) // half) + 1
    padded = np.zeros(((count + 1) * half, samples.shape[1]))
    padded[half : half + len(samples)] = samples
    clock = np.arange(block)
    window = np.sin(np.pi / 2 * np.sin(np.pi * (clock + 0.5) / block) ** 2)
    turn = window * np.exp(-1j * np.pi * clock / block)
    lines = np.exp(-2j * np.pi * (0.5 + block / 4) * (np.arange(half) + 0.5) / block)
    result = np.zeros((count, samples.shape[1], half))
    for channel in range(samples.shape[1]):
        frames = np.lib.stride_tricks.sliding_window_view(padded[:, channel], block)[::half]
        result[:, channel] = np.real(np.fft.fft(frames * turn, axis=1)[:, :half] * lines) * (4 / block)
    return result


# ── Residue ──────────────────────────────────────────────────────────────────────────────────────────


def _bodies(setup: Setup, mapping: Mapping, spectra: Floats) -> list[str]:
    """What stands in each packet behind its flags: floors, then residues."""
    trial = spectra[:: max(1, len(spectra) // 24)]
    best, offset = -1e9, _OFFSETS[0]
    for each in _OFFSETS:
        ratio = _coded(setup, mapping, trial, each)[1]
        if ratio > best:
            best, offset = ratio, each
        if ratio >= _ENOUGH_DB:
            break
    bodies, ratio = _coded(setup, mapping, spectra, offset)
    if ratio < 6:
        raise UnsupportedError(
            "a Vorbis stream whose codebooks are too poor", "Vorbis 流的码本过于简陋", hint=vorbis_floor.ANOTHER
        )
    return bodies


def _coded(setup: Setup, mapping: Mapping, spectra: Floats, offset: float) -> tuple[list[str], float]:
    """The packets' bodies, and the signal to noise of what they say."""
    frames, channels, _ = spectra.shape
    power = (spectra**2).sum(axis=2)
    active = power > max(float(power.max()) * 1e-9, 1e-12)
    bits = [""] * frames
    curves = np.ones_like(spectra)
    for frame in range(frames):
        coded: dict[int, vorbis_floor.Line] = {}
        loudest = spectra[frame, int(power[frame].argmax())]
        for channel in range(channels):
            if not active[frame, channel]:
                bits[frame] += "0"
                continue
            which = mapping.submaps[mapping.mux[channel]][0]
            if which not in coded:
                level = vorbis_floor.envelope(loudest) + offset
                level = np.maximum(level, level.max() - _RANGE_DB)
                coded[which] = vorbis_floor.code(setup, setup.floors[which], level)
            bits[frame] += coded[which].bits
            curves[frame, channel] = coded[which].curve
    left = np.where(active[:, :, None], spectra / curves, 0.0)
    said = active.copy()
    for big, small in mapping.coupling:
        left[:, big], left[:, small] = _coupled(left[:, big], left[:, small])
        said[:, big] = said[:, small] = said[:, big] | said[:, small]
    got = np.zeros_like(left)
    for number, (_, residue) in enumerate(mapping.submaps):
        those = [channel for channel in range(channels) if mapping.mux[channel] == number]
        if those:
            _residue(setup, setup.residues[residue], left, said, those, bits, got)
    noise = float((((left - got) * np.where(active[:, :, None], curves, 0.0)) ** 2).sum())
    signal = float((left**2 * np.where(active[:, :, None], curves, 0.0) ** 2).sum())
    return bits, 10 * np.log10(max(signal, 1e-20) / max(noise, 1e-20))


def _coupled(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Two channels as the greater and the difference (4.3.5, the other way round)."""
    greater = np.abs(first) > np.abs(second)
    big = np.where(greater, first, second)
    difference = np.where(big > 0, first - second, second - first)
    return big, difference


def _residue(
    setup: Setup,
    residue: Residue,
    left: Floats,
    said: NDArray[np.bool_],
    those: list[int],
    bits: list[str],
    got: Floats,
) -> None:
    """Add the words of one residue to each packet's bits, and what they stand for to `got`."""
    frames, _, lines = left.shape
    together = residue.kind == 2
    vectors = left[:, those].transpose(0, 2, 1).reshape(frames, 1, -1) if together else left[:, those]
    speak = said[:, those].any(axis=1, keepdims=True) if together else said[:, those]
    end = min(residue.end, vectors.shape[2])
    count = max(0, end - residue.begin) // residue.size
    rows, columns = np.nonzero(speak)
    if not len(rows):
        return
    parts = vectors[rows, columns, residue.begin : residue.begin + count * residue.size]
    parts = parts.reshape(len(rows), count, residue.size)
    classes = _classes(setup, residue, parts.reshape(-1, residue.size)).reshape(len(rows), count)
    words = np.full((STAGES, len(rows), count), "", dtype=object)
    meant = np.zeros_like(parts)
    for kind in np.unique(classes).tolist():
        where = np.nonzero(classes == kind)
        values, stages = _quantised(setup, residue, kind, parts[where])
        meant[where] = values
        for stage, said_words in stages:
            words[stage][where] = said_words
    back = np.zeros_like(vectors)
    back[rows, columns, residue.begin : residue.begin + count * residue.size] = meant.reshape(len(rows), -1)
    got[:, those] = back.reshape(frames, lines, len(those)).transpose(0, 2, 1) if together else back
    for frame in range(frames):
        bits[frame] += _passes(setup, residue, classes, words, np.flatnonzero(rows == frame).tolist(), count)


def _passes(
    setup: Setup, residue: Residue, classes: Ints, words: NDArray[np.object_], own: list[int], count: int
) -> str:
    """The words of one packet's vectors in their order: stage by stage, some partitions of all vectors at a time."""
    if not own:
        return ""
    master = setup.books[residue.master]
    step, kinds = max(1, master.dimensions), len(residue.books)
    stages = [stage for stage in range(STAGES) if not stage or any(row[stage] >= 0 for row in residue.books)]
    pieces: list[str] = []
    for stage in stages:
        for first in range(0, count, step):
            if not stage:
                for vector in own:
                    value = 0
                    for each in range(first, first + step):
                        value = value * kinds + (int(classes[vector, each]) if each < count else 0)
                    pieces.append(master.words[value])
            for each in range(first, min(first + step, count)):
                pieces += [words[stage, vector, each] for vector in own]
    return "".join(pieces)


def _classes(setup: Setup, residue: Residue, parts: Floats) -> Ints:
    """For each partition the class that says it best: found out on some of each loudness."""
    loudness = np.sqrt((parts**2).mean(axis=1))
    bins = np.clip(np.rint(2 * np.log2(loudness + 1e-6)) + _BINS // 2, 0, _BINS - 1).astype(int)
    kinds = _sayable(setup, residue)
    best = np.zeros(_BINS, np.intp)
    for each in np.unique(bins).tolist():
        those = parts[bins == each]
        those = those[:: max(1, len(those) // (_TRIAL // 8))]
        scores = []
        for kind in kinds:
            values, stages = _quantised(setup, residue, kind, those)
            length = sum(len(word) for _, said in stages for word in said) / len(those)
            scores.append((float(((those - values) ** 2).sum()), length))
        least = min(error for error, _ in scores)
        good = [index for index, (error, _) in enumerate(scores) if error <= 1.1 * least + 1e-9 * len(those)]
        best[each] = kinds[min(good, key=lambda index: scores[index][1])]
    return np.asarray(best[bins], np.intp)


def _sayable(setup: Setup, residue: Residue) -> list[int]:
    """Classes that every word about classes can say: all, in what real encoders write."""
    master = setup.books[residue.master]
    kinds, step = len(residue.books), max(1, master.dimensions)
    if len(master.words) < kinds**step or not all(master.words[: kinds**step]):
        raise UnsupportedError(
            "a Vorbis residue without words for its classes", "Vorbis 残差分类码不全", hint=vorbis_floor.ANOTHER
        )
    return list(range(kinds))


def _quantised(setup: Setup, residue: Residue, kind: int, parts: Floats) -> tuple[Floats, list[tuple[int, list[str]]]]:
    """What a class makes of partitions, and the words for it by stage."""
    meant = np.zeros_like(parts)
    result: list[tuple[int, list[str]]] = []
    for stage, number in enumerate(residue.books[kind]):
        book = setup.books[number] if number >= 0 else None
        if book is None or book.values is None or not book.dimensions or residue.size % book.dimensions:
            continue
        count = residue.size // book.dimensions
        rest = parts - meant
        vectors = (rest.reshape(-1, book.dimensions, count).transpose(0, 2, 1) if residue.kind == 0 else rest).reshape(
            -1, book.dimensions
        )
        entries = _nearest(book, vectors)
        values = book.values[entries].reshape(len(parts), count, book.dimensions)
        meant += (values.transpose(0, 2, 1) if residue.kind == 0 else values).reshape(parts.shape)
        texts = np.array(book.words, dtype=object)[entries].reshape(len(parts), count)
        result.append((stage, ["".join(row) for row in texts.tolist()]))
    return meant, result


def _nearest(book: Book, vectors: Floats) -> Ints:
    """The used entry next to each vector."""
    used = book.used
    entries: Ints = np.full(len(vectors), -1, np.intp)
    if book.steps is not None:
        count = len(book.steps)
        order = np.argsort(book.steps)
        middles = (book.steps[order][1:] + book.steps[order][:-1]) / 2
        index = order[np.searchsorted(middles, vectors)]
        entries = np.asarray((index * count ** np.arange(book.dimensions)).sum(axis=1), np.intp)
        known = np.zeros(len(book.words), bool)
        known[used] = True
        entries[~known[entries]] = -1
    missing = np.flatnonzero(entries < 0)
    values = book.values[used] if book.values is not None else np.zeros((len(used), book.dimensions))
    squares = (values**2).sum(axis=1)
    step = max(1, _CHUNK // max(len(used), 1))
    for first in range(0, len(missing), step):
        those = missing[first : first + step]
        entries[those] = used[(squares - 2 * vectors[those] @ values.T).argmin(axis=1)]
    return entries
