"""What a content looks or sounds like, as plain data: pictures in JPEG, heights of a wave form, first lines.

`preview` opens untrusted bytes: call it through the guarded process. What it gives is checked again where it is drawn.
A content that cannot be shown gives an empty preview: a figure is no verdict.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from overt.errors import MediaError, SetupError
from overt.formats.text import TEXT_LIMIT, decode
from overt.media.budget import Budget, in_force
from overt.rulebook import Medium

SIDE = 720
"""The longest side of a picture on the page, in pixels."""
MOMENTS = (0.0, 0.35, 0.7, 0.95)
"""Which pictures of a film are shown, as shares of its length."""
WAVE_SECONDS = 60.0
"""How much of a recording is drawn."""
BARS = 240
LINES, LINE_LENGTH = 24, 200


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in JPEG, as Base64. `width` and `height` are those of the content, in displayed pixels."""

    jpeg: str
    width: int
    height: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One of pictures, bars and lines is filled, or none. `bars` are heights from 0 to 1 over `seconds`.

    Of a film `seconds` is its length.
    """

    pictures: tuple[Picture, ...] = ()
    bars: tuple[float, ...] = ()
    seconds: float = 0.0
    lines: tuple[str, ...] = ()


def preview(path: Path, container: str, medium: Medium, budget: Budget) -> Preview:
    """What can be shown of the file at `path`. Opens untrusted bytes: see the module."""
    draw = {"image": _image, "audio": _sound, "video": _film, "text": _lines}.get(medium)
    if draw is None:
        return Preview()
    try:
        with in_force(budget):
            return draw(path, container, budget)
    except (MediaError, SetupError, UnidentifiedImageError, OSError, ValueError, StopIteration):
        return Preview()


def _image(path: Path, _container: str, budget: Budget) -> Preview:
    with Image.open(path) as opened:
        if opened.width * opened.height > budget.max_pixels:
            return Preview()
        return Preview(pictures=(_jpeg(ImageOps.exif_transpose(opened)),))


def _jpeg(shown: Image.Image, time: float | None = None) -> Picture:
    width, height = shown.size
    ground = Image.new("RGB", shown.size, "white")
    upright = shown.convert("RGBA")
    ground.paste(upright, mask=upright.getchannel("A"))
    ground.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    ground.save(content, "JPEG", quality=82, optimize=True, progressive=True)
    return Picture(base64.b64encode(content.getvalue()).decode("ascii"), width, height, time)


def _sound(path: Path, container: str, budget: Budget) -> Preview:
    from overt.media.av import audio  # noqa: PLC0415  # PyAV is an extra, and slow to load

    heard = audio.ends(path, container, WAVE_SECONDS, budget)[0]
    edges = np.linspace(0, len(heard.mono), BARS + 1).astype(int)
    peaks = [float(np.abs(heard.mono[a:b]).max(initial=0.0)) for a, b in pairwise(edges)]
    loudest = max(*peaks, 1e-9)
    bars = tuple(round(peak / loudest, 3) for peak in peaks)
    return Preview(bars=bars, seconds=len(heard.samples) / heard.rate)


def _film(path: Path, _container: str, budget: Budget) -> Preview:
    from overt.media.av import video  # noqa: PLC0415

    film = video.probe(path, budget)
    moments = [film.duration * share for share in MOMENTS]
    found = video.pictures_at(path, film, moments)
    pictures = tuple(_jpeg(Image.fromarray(each.rgb), each.time) for each in found)
    return Preview(pictures=pictures, seconds=film.duration)


def _lines(path: Path, _container: str, _budget: Budget) -> Preview:
    with path.open("rb") as file:
        text = decode(file.read(TEXT_LIMIT + 1)).text
    spoken = [line.strip() for line in text.splitlines() if line.strip()]
    cut = (line if len(line) <= LINE_LENGTH else line[:LINE_LENGTH] + "…" for line in spoken[:LINES])
    return Preview(lines=tuple(cut))
