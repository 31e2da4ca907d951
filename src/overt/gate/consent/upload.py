"""What came from a stranger's camera: which medium it is, and the fingerprint of a picture.

Call these guarded, never directly: nothing of an upload is decoded outside the guarded
process (`overt.media.guard`).
What leaves it is a word or a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overt.errors import FormatError, UnsupportedError
from overt.fingerprints import calibration, pdq
from overt.formats import identify
from overt.marks import keep
from overt.marks.files import mapped
from overt.marks.kept import Kept, Print
from overt.media.budget import Budget

SHOWN: Final = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif", "image/avif",
        "audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/vnd.wave", "audio/ogg", "audio/flac", "audio/aac",
        "video/mp4", "video/webm", "video/quicktime", "video/x-matroska", "video/matroska", "audio/webm", "video/3gpp",
    }
)  # fmt: skip
"""Types that a page shows or takes: pictures, sounds and films that browsers never run."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is: its media type, its container's short name."""

    media_type: str
    container: str


def look(path: Path) -> Looked:
    """What a file is, by its bytes alone. Raises `UnsupportedError` for what is no picture, sound or film."""
    with mapped(path) as data:
        container = identify(data)
    if container.media_type not in SHOWN:
        raise UnsupportedError(
            f"{container.media_type} is no picture, sound or film that is taken here",
            f"此处只接收图片、声音或视频，不接收 {container.media_type}",
        )
    return Looked(container.media_type, container.name)


def fingerprint(path: Path, budget: Budget) -> tuple[Print, ...]:
    """The picture's PDQ fingerprint, by which it is known again; none for what is no picture, or says too little."""
    looked = look(path)
    if not looked.media_type.startswith("image/"):
        return ()
    return _pdq(keep.take(path, looked.container, looked.media_type, budget, views=False))


def asked(path: Path, budget: Budget) -> tuple[Print, ...]:
    """The fingerprint with which a picture is looked up: as it is, turned and mirrored."""
    looked = look(path)
    if not looked.media_type.startswith("image/"):
        return ()
    return _pdq(keep.ask(path, looked.container, looked.media_type, budget))


def _pdq(kept: Kept) -> tuple[Print, ...]:
    if failed := next((gap for gap in kept.gaps if gap.failed), None):
        raise FormatError(failed.reason.en, failed.reason.zh)
    return tuple(each for each in kept.prints if each.kind == "pdq")


def alike(queries: Sequence[Print], kept: Print) -> bool:
    """Whether two pictures are so alike that strangers hardly ever are (`overt.fingerprints.calibration`)."""
    return any(
        calibration.alike("pdq", pdq.compare(query.opened(), kept.opened()).distance)
        for query in queries
        if query.made_by == kept.made_by
    )
