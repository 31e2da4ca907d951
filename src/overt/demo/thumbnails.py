"""Small pictures for the terminal: two pixels in each character cell (U+2580), sound as a row of bars.

Only for terminals that show colours; elsewhere the table stays as it is. Documents and texts have none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text as Cells

from overt.demo.figures import PICTURES, SOUND
from overt.errors import MediaError
from overt.media.av import audio, video

WIDTH, HEIGHT = 20, 12
"""Pixels; a character cell holds one across and two down."""
_BARS = "▁▂▃▄▅▆▇█"


def shown(console: Console) -> bool:
    """Whether this console can show them."""
    return console.is_terminal and console.color_system in ("truecolor", "256", "eight_bit")


def thumbnail(path: Path) -> Cells:
    """What a file looks like, or nothing where it cannot be shown."""
    suffix = path.suffix.lower()
    try:
        if suffix in PICTURES:
            with Image.open(path) as picture:
                return _cells(ImageOps.exif_transpose(picture).convert("RGB"))
        if suffix == ".mp4":
            first = next(iter(video.pictures_at(path, video.probe(path), (0.0,), WIDTH * 4)))
            return _cells(Image.fromarray(first.rgb))
        if suffix in SOUND:
            return _wave(path, SOUND[suffix][0])
    except (MediaError, OSError, StopIteration):
        pass
    return Cells()


def _cells(picture: Image.Image) -> Cells:
    picture.thumbnail((WIDTH, HEIGHT))
    pixels = np.asarray(picture)[: picture.height // 2 * 2]
    cells = Cells(no_wrap=True)
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            cells.append("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
        cells.append("\n")
    cells.rstrip()
    return cells


def _wave(path: Path, container: str) -> Cells:
    samples = np.abs(audio.ends(path, container, 60.0)[0].samples).max(axis=1)
    bars = np.array([part.max(initial=0.0) for part in np.array_split(samples, WIDTH)])
    levels = np.minimum(bars / max(float(bars.max()), 1e-9) * len(_BARS), len(_BARS) - 1).astype(int)
    return Cells("".join(_BARS[level] for level in levels), "cyan", no_wrap=True)
