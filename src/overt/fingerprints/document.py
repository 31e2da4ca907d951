"""Fingerprints of documents: that of their text (`overt.fingerprints.text`), and PDQ of the pictures in them.

Pictures are those that the file holds, each at the place of its number. How pages look is not compared: another
program, font or paper changes it while nothing was said differently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from overt.fingerprints import pdq
from overt.fingerprints.model import VECTOR_BYTES, Fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fingerprint(pictures: Iterable[NDArray[np.uint8]]) -> Fingerprint:
    """The fingerprint to be kept: one hash for each picture that tells itself from others; repeated ones count once."""
    return _joined(pictures, 1)


def queries(pictures: Iterable[NDArray[np.uint8]]) -> Fingerprint:
    """The fingerprint to be looked up: for each picture eight hashes, in the order of `pdq.WAYS`."""
    return _joined(pictures, len(pdq.WAYS))


def _joined(pictures: Iterable[NDArray[np.uint8]], ways: int) -> Fingerprint:
    kept: dict[bytes, tuple[int, int]] = {}
    for number, picture in enumerate(pictures):
        hashes, quality = pdq.dihedral(picture)
        if quality >= pdq.MIN_QUALITY:
            kept.setdefault(hashes[:ways].tobytes(), (number, quality))
    values = np.frombuffer(b"".join(kept), np.uint8).reshape(ways * len(kept), VECTOR_BYTES)
    places = np.array([place for place, _ in kept.values()], np.int64)
    quality_of = np.array([quality for _, quality in kept.values()], np.uint8)
    return Fingerprint("pdq", values, places.repeat(ways), quality_of.repeat(ways))
