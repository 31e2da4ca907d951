"""Where a film can go on with its old pictures after new ones, and the parameter sets that such a film needs.

Source: ITU-T H.264 7.3.1 (NAL units), 7.3.2.1 and 7.3.2.2 (parameter sets), 7.4.1.2.4 (an IDR picture refers to
nothing before it); ISO/IEC 14496-15 5.3.3.1 (decoder configuration record).
The old and the new pictures are in one track with one description: it holds the parameter sets of both, and each
picture names its own. The encoder therefore gives its sets the number `NEW_SET`.
It does this for H.264 alone. Other films are encoded anew as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from overt.errors import FormatError
from overt.formats.bmff import Box
from overt.formats.cursor import Cursor
from overt.formats.mp4_samples import Ints, Track, described, positions, read_film, rows, times
from overt.formats.splice import Buffer

NEW_SET: Final = 31
"""The number of the new sequence and picture parameter set: the highest for sequences, which hardly anybody uses."""

_IDR: Final = 5
_SLICES: Final = range(1, 6)
_EXTENDED: Final = frozenset((100, 110, 122))
"""Profiles whose record says more about depth and sampling."""
RANK: Final = (66, 77, 100, 110, 122)
"""Profiles, each of which can decode more than the one before. Extended is left out, and so is 4:4:4: FFmpeg decodes
what x264 once made of it in another way than the standard's, for the whole film or not at all."""


def seam(film: Buffer, least: int) -> int:
    """How many pictures, at least `least`, must be encoded anew before the film can go on with its old ones.

    All of them where there is no such place. Raises `MediaError` where the film itself is broken.
    """
    track = read_film(film)[2]
    _, configuration, _ = described(film, track)
    if configuration.kind != b"avcC" or least >= track.count:
        return track.count
    if not goes_on(film, configuration):
        return track.count
    shown = times(film, track)[1]
    lowest_after = np.minimum.accumulate(shown[::-1])[::-1]
    highest_before = np.maximum.accumulate(shown)
    starts, sizes = positions(track)
    sample: int
    for sample in (syncs(film, track) - 1).tolist():
        if (
            max(least, 1) <= sample < track.count
            and lowest_after[sample] > highest_before[sample - 1]
            and refers_to_nothing(film, int(starts[sample]), int(sizes[sample]))
        ):
            return sample
    return track.count


def syncs(data: Buffer, track: Track) -> Ints:
    """Numbers, from 1, of the samples that decoding can begin with (8.6.2)."""
    if b"stss" not in track.boxes:
        return np.arange(1, track.count + 1, dtype=np.int64)
    return rows(data, track.boxes[b"stss"], 1)[:, 0]


def goes_on(film: Buffer, configuration: Box) -> bool:
    """Whether pictures with this decoder configuration record may follow new ones in the same track."""
    record = _record(film, configuration)
    return record.length == 4 and record.profile in RANK and NEW_SET not in record.numbers()


def parameter_sets(data: Buffer, configuration: Box) -> tuple[bytes, ...]:
    """The parameter sets of a decoder configuration record, sequences first."""
    record = _record(data, configuration)
    return record.sequences + record.pictures


def refers_to_nothing(data: Buffer, start: int, length: int) -> bool:
    """Whether the first slice of a picture is that of an IDR picture."""
    cursor = Cursor(data, start, start + length)
    while cursor.left > 4:
        unit = cursor.uint(4)
        kind = cursor.peek(1)[0] & 0x1F
        if kind in _SLICES:
            return kind == _IDR
        cursor.skip(unit)
    return False


@dataclass(frozen=True, slots=True)
class _Record:
    """A decoder configuration record; `length` is how many bytes tell a NAL unit's length."""

    profile: int
    compatible: int
    level: int
    length: int
    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    extension: bytes

    def numbers(self) -> set[int]:
        """The numbers of all parameter sets."""
        # Behind the NAL header, a sequence's set has profile, constraints and level; these never need escaping.
        return {set_number(unit[4:]) for unit in self.sequences} | {set_number(unit[1:]) for unit in self.pictures}


def _record(data: Buffer, box: Box) -> _Record:
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(1)
    profile, compatible, level, length = (cursor.uint(1) for _ in range(4))
    sequences = tuple(cursor.take(cursor.uint(2)) for _ in range(cursor.uint(1) & 0x1F))
    pictures = tuple(cursor.take(cursor.uint(2)) for _ in range(cursor.uint(1)))
    return _Record(profile, compatible, level, (length & 3) + 1, sequences, pictures, cursor.take(cursor.left))


def set_number(bits: bytes) -> int:
    """The first exp-Golomb number (9.1) of a parameter set: its own."""
    value = int.from_bytes(bits[:8].ljust(8, b"\0"), "big")
    zeros = 64 - value.bit_length()
    if zeros > 16:
        raise FormatError("a parameter set without a number", "参数集没有编号")
    return (value >> (63 - 2 * zeros)) - 1


def joined(film: Buffer, old: Box, encoded: Buffer, new: Box) -> bytes:
    """The body of a configuration record for both."""
    first, second = _record(film, old), _record(encoded, new)
    if (
        second.profile not in RANK
        or NEW_SET in first.numbers()
        or second.numbers() != {NEW_SET}
        or first.length != second.length
    ):
        raise FormatError("the old and the new pictures cannot be told apart", "无法区分原画面与新画面")
    higher = max(first, second, key=lambda record: RANK.index(record.profile))
    extension = (first.extension or second.extension) if higher.profile in _EXTENDED else b""
    sequences, pictures = first.sequences + second.sequences, first.pictures + second.pictures
    head = (1, higher.profile, first.compatible & second.compatible, max(first.level, second.level), 0xFC | 3)
    return b"".join(
        (
            bytes(head),
            bytes((0xE0 | len(sequences),)),
            *(len(unit).to_bytes(2, "big") + unit for unit in sequences),
            bytes((len(pictures),)),
            *(len(unit).to_bytes(2, "big") + unit for unit in pictures),
            extension,
        )
    )
