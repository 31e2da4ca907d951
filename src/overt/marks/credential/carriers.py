"""Which formats a credential can be put into and read from, as far as the SDK goes.

Source: C2PA 2.4, Annex A (where a manifest store sits), and what c2pa-python 0.38.1 was seen to do with each format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Carrier:
    """How one container format carries a credential.

    `sdk` is the SDK's name for the format; `place` where the manifest store is; `stored` whether every entry of the
    package must be stored without compression before it can be signed; `rewritten` whether signing writes the whole
    file anew, so that a label in it must be looked at again.
    """

    sdk: str
    place: str
    stored: bool = False
    rewritten: bool = False


_BMFF: Final = "uuid"
_ZIP: Final = "META-INF/content_credential.c2pa"

CARRIERS: Final[dict[str, Carrier]] = {
    "jpeg": Carrier("image/jpeg", "APP11"),
    "png": Carrier("image/png", "caBX"),
    "webp": Carrier("image/webp", "C2PA"),
    "gif": Carrier("image/gif", "C2PA_GIF"),
    "tiff": Carrier("image/tiff", "tag 52545"),
    "svg": Carrier("image/svg+xml", "c2pa:manifest"),
    "heic": Carrier("image/heic", _BMFF),
    "heif": Carrier("image/heif", _BMFF),
    "avif": Carrier("image/avif", _BMFF),
    "jxl": Carrier("image/jxl", "jumb"),
    "mp4": Carrier("video/mp4", _BMFF),
    "mov": Carrier("video/quicktime", _BMFF),
    "m4v": Carrier("video/x-m4v", _BMFF),
    "m4a": Carrier("audio/mp4", _BMFF),
    "avi": Carrier("video/avi", "C2PA"),
    "wav": Carrier("audio/wav", "C2PA"),
    "mp3": Carrier("audio/mpeg", "GEOB"),
    "flac": Carrier("audio/flac", "GEOB"),
    "pdf": Carrier("application/pdf", "C2PA_Manifest", rewritten=True),
    "docx": Carrier("docx", _ZIP, stored=True, rewritten=True),
    "xlsx": Carrier("xlsx", _ZIP, stored=True, rewritten=True),
    "pptx": Carrier("pptx", _ZIP, stored=True, rewritten=True),
    "epub": Carrier("epub", _ZIP, stored=True, rewritten=True),
    "odt": Carrier("odt", _ZIP, stored=True, rewritten=True),
    "ods": Carrier("ods", _ZIP, stored=True, rewritten=True),
    "odp": Carrier("odp", _ZIP, stored=True, rewritten=True),
}
"""By the short name of the container (`overt.formats`)."""

TEXTS: Final = frozenset({"text", "markdown", "html"})
"""Formats for which C2PA defines a place that the SDK cannot read (2.4, Annexes A.7 to A.9)."""


def carrier(container: str) -> Carrier | None:
    """How this format carries a credential; None where the SDK knows no way."""
    return CARRIERS.get(container)
