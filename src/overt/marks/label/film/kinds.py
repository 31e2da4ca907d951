"""How the pictures of a film are exchanged for others in its own file, for each kind of file."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from overt.errors import TruncatedError
from overt.formats import avi_film, flv_film, matroska_film
from overt.formats.mp4_film import exchange
from overt.formats.mp4_seam import seam
from overt.formats.splice import Buffer, Splice


@dataclass(frozen=True, slots=True)
class Kind:
    """Films of one container: the form of the new pictures, where they may end, how they get in.

    `forms` has that of codecs which no other form has a name for.
    """

    form: str
    seam: Callable[[Buffer, int], int]
    exchange: Callable[[Buffer, Buffer], Splice]
    forms: dict[str, str] = field(default_factory=dict)


KINDS: Final = {
    "mov": Kind("mp4", seam, exchange),
    "matroska": Kind("matroska", matroska_film.seam, matroska_film.exchange),
    "flv": Kind("matroska", flv_film.seam, flv_film.exchange, {"flv1": "flv"}),
    "avi": Kind("matroska", avi_film.seam, avi_film.exchange),
}
"""By FFmpeg's name for the format (`overt.media.av.video.form_of`)."""


def mapped(path: Path) -> Buffer:
    """A file's bytes, not read into memory. Raises `TruncatedError` for an empty one."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise TruncatedError("the file is empty", "文件为空")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
