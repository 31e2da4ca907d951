"""What a watermark says, and what a reader of watermarks found.

Three answers, never mixed: an id with its p-value; a mark whose id cannot be read; no mark. Where the medium cannot be
decoded at all there is no `Readout` but a `MediaError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from uuid import UUID

Bits = Literal[64, 40]
"""How long an id is: 64 bits, or 40 for what is small or short."""
State = Literal["id", "mark", "none"]


def shortened(content_id: str, bits: Bits = 64) -> int:
    """The id that a watermark carries for a content id: the first bits of its SHA-256.

    The id of 40 bits is the beginning of that of 64.
    """
    digest = sha256(b"overt/watermark/id/" + UUID(content_id).bytes).digest()
    return int.from_bytes(digest[: bits // 8], "big")


def spelled(value: int, bits: Bits) -> str:
    """An id as people and records write it: hexadecimal digits, 16 for 64 bits, 10 for 40."""
    return f"{value:0{bits // 4}x}"


def names(spelled_id: str, bits: Bits, content_id: str) -> bool:
    """Whether the id of a watermark is that of a content id; never for what is no UUID."""
    try:
        return spelled(shortened(content_id, bits), bits) == spelled_id
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark lies.

    `outline` are the corners (x, y) of what is marked in a picture, in pixels, as far as it is known; `start` and `end`
    are seconds in sound and film. `turn` is the angle in degrees against the picture as it was marked, `mirrored`
    whether it was mirrored; `speed` and `pitch` are those of sound. `geometry` is the 3 x 3 matrix that takes the
    coordinates of a picture's tiles to pixels, row by row: it says where each part of the picture lay in the marked
    one, but for a shift by whole tiles.
    """

    outline: tuple[tuple[float, float], ...] = ()
    turn: float | None = None
    mirrored: bool = False
    start: float | None = None
    end: float | None = None
    speed: float | None = None
    pitch: float | None = None
    geometry: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One id that was read: `key` is the name of the key it was read with, `log10_p` the bound of its p-value."""

    value: int
    bits: Bits
    key: str
    score: float
    log10_p: float
    place: Place = Place()

    @property
    def spelled(self) -> str:
        """The id in hexadecimal."""
        return spelled(self.value, self.bits)


@dataclass(frozen=True, slots=True)
class Presence:
    """A pilot that was seen, whatever the id: `log10_p` is the bound of its p-value over all places looked at."""

    log10_p: float
    score: float
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Readout:
    """What a reader found in one medium: all ids, surest first, and the surest pilot."""

    ids: tuple[Found, ...] = ()
    presence: Presence | None = None

    @property
    def state(self) -> State:
        """The one of three answers."""
        if self.ids:
            return "id"
        return "mark" if self.presence else "none"


@dataclass(frozen=True, slots=True)
class WatermarkReport:
    """What was put on a file: the id that was read back from the result, and what was measured there.

    `measures` uses these names: `psnr` (dB, what the new file decodes to against what the old one does), `strength`
    (of the carrier's own scale), `frames` (how many pictures carry it), `seconds`.
    """

    modality: Literal["image", "audio", "video"]
    found: Found
    measures: dict[str, float] = field(default_factory=dict)


PRESENCE_LOG10_P = -8.0
"""A pilot is reported as a mark from this p-value down (its logarithm)."""
