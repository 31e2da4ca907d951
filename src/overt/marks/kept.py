"""What is kept of a content, so that a copy of it leads back to the record.

```
 Print   a fingerprint as bytes: what the guarded process hands over, and what the record holds
 Gap     a fingerprint that could not be taken, and why: never the same as one that does not match
 View    a small picture of it, to be laid beside a copy
 Kept    all of these, with the store of its content credential and its ISCC code
```

What comes from the guarded process is checked when it is opened: counts, sizes, types.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from overt.errors import FormatError
from overt.fingerprints.model import SHAPES, Fingerprint, Kind
from overt.language import Text

MOST_VALUES = 4_000_000
"""Values of one fingerprint: a day of sound has less."""
_FORMS: dict[str, tuple[np.dtype[Any], int]] = {
    "32u1": (np.dtype("u1"), 32),
    "u4": (np.dtype("<u4"), 1),
    "u8": (np.dtype("<u8"), 1),
}


@dataclass(frozen=True, slots=True)
class Print:
    """One fingerprint as bytes. `data` is deflated: values, steps between places (int64), qualities."""

    kind: Kind
    form: str
    count: int
    extent: int
    made_by: str
    data: bytes

    @classmethod
    def of(cls, taken: Fingerprint) -> Print:
        """A fingerprint, packed."""
        form = "32u1" if taken.values.ndim == 2 else f"u{taken.values.itemsize}"
        kind, _ = _FORMS[form]
        steps = np.diff(taken.places, prepend=0)
        parts = (taken.values.astype(kind), steps.astype("<i8"), taken.quality.astype("u1"))
        packed = zlib.compress(b"".join(part.tobytes() for part in parts), 6)
        return cls(taken.kind, form, len(taken), int(taken.extent), taken.made_by, packed)

    def opened(self) -> Fingerprint:
        """The fingerprint. Raises `FormatError` for what is none."""
        if self.form not in _FORMS or self.kind not in SHAPES or not 0 <= self.count <= MOST_VALUES:
            raise _broken()
        kind, width = _FORMS[self.form]
        of_values, of_places = self.count * width * kind.itemsize, self.count * 8
        whole = of_values + of_places + self.count
        try:
            inflate = zlib.decompressobj()
            raw = inflate.decompress(self.data, whole + 1)
        except zlib.error as error:
            raise _broken() from error
        if len(raw) != whole:
            raise _broken()
        values = np.frombuffer(raw, kind, self.count * width)
        places = np.cumsum(np.frombuffer(raw, "<i8", self.count, of_values))
        quality = np.frombuffer(raw, "u1", self.count, of_values + of_places)
        try:
            shaped = values.reshape(self.count, width) if width > 1 else values
            return Fingerprint(self.kind, shaped, places, quality, self.extent, self.made_by)
        except ValueError as error:
            raise _broken() from error


def _broken() -> FormatError:
    return FormatError("the fingerprint makes no sense", "指纹数据无效")


@dataclass(frozen=True, slots=True)
class Gap:
    """A fingerprint of a kind that could not be taken: it cannot be compared, and says neither yes nor no.

    `failed` is whether the content could not be decoded; otherwise there is none for such a content.
    """

    kind: str
    reason: Text
    failed: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A small picture (WebP) of a content, or of a moment of a film. `width` and `height` are the content's own."""

    width: int
    height: int
    webp: bytes
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one content.

    `bars` are heights of the wave form (0 to 1) over `seconds`, `excerpt` the first words of a text, `manifest` the
    bytes of the C2PA manifest store, `iscc` the code of ISO 24138.
    """

    prints: tuple[Print, ...] = ()
    gaps: tuple[Gap, ...] = ()
    views: tuple[View, ...] = ()
    bars: tuple[float, ...] = ()
    seconds: float = 0.0
    excerpt: str = ""
    iscc: str = ""
    manifest: bytes = b""

    @property
    def manifest_sha256(self) -> str:
        """The hash of the manifest store, in hexadecimal; empty where there is none."""
        return sha256(self.manifest).hexdigest() if self.manifest else ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A content that was reported and is to be known again: its number, its bytes, why, and when (UTC, ISO 8601)."""

    report_id: str
    sha256: str
    media_type: str
    reason: str
    remembered: str
