"""46 attacks on pictures: codecs, sizes, crops, turns, tones, noise and filters, and chains of what people do.

A picture is uint8 RGB, height x width x 3. Codecs are Pillow's, filters OpenCV's.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.watermark import metrics
from bench.watermark.medium import Attack, Medium

Picture = NDArray[np.uint8]
Random = np.random.Generator
Tone = Callable[[NDArray[np.float32], Random], NDArray[np.floating]]


def coded(name: str, **options: object) -> Attack:
    """Written and read again."""

    def attack(picture: Picture, _: Random) -> Picture:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, name, **options)
        return np.asarray(Image.open(file).convert("RGB"))

    return attack


def to_size(picture: Picture, width: float, height: float) -> Picture:
    """Averaged when smaller, cubic when larger."""
    way = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(picture, (max(round(width), 8), max(round(height), 8)), interpolation=way)


def scaled(factor: float) -> Attack:
    return lambda picture, _: to_size(picture, picture.shape[1] * factor, picture.shape[0] * factor)


def cropped(area: float, *, back: bool = False) -> Attack:
    """A part of the area anywhere in the picture; `back`: enlarged to the old size."""

    def attack(picture: Picture, random: Random) -> Picture:
        height, width = picture.shape[:2]
        down, across = round(height * area**0.5), round(width * area**0.5)
        top = int(random.integers(0, height - down + 1)) if height > down else 0
        left = int(random.integers(0, width - across + 1)) if width > across else 0
        part = picture[top : top + down, left : left + across]
        return to_size(part, width, height) if back else np.ascontiguousarray(part)

    return attack


def turned(degrees: int) -> Attack:
    """On the same canvas with black corners; quarter turns without loss."""

    def attack(picture: Picture, _: Random) -> Picture:
        if degrees % 90 == 0:
            return np.ascontiguousarray(np.rot90(picture, degrees // 90))
        height, width = picture.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC)

    return attack


def toned(change: Tone) -> Attack:
    """A change of values, rounded to 8 bits."""
    return lambda picture, random: rounded(change(picture.astype(np.float32), random))


def rounded(values: NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def saturated(factor: float) -> Attack:
    def change(picture: NDArray[np.float32], _: Random) -> NDArray[np.float32]:
        grey = (picture @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
        return grey + (picture - grey) * factor

    return toned(change)


def hued(degrees: float) -> Attack:
    def attack(picture: Picture, _: Random) -> Picture:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV_FULL).astype(np.int32)
        hsv[..., 0] = (hsv[..., 0] + int(degrees / 360 * 256)) % 256
        return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB_FULL)

    return attack


def noisy(deviation: float) -> Attack:
    return toned(lambda picture, random: picture + random.normal(0, deviation, picture.shape))


def blurred(deviation: float) -> Attack:
    return lambda picture, _: cv2.GaussianBlur(picture, (0, 0), deviation)


def sharpened(picture: Picture, _: Random) -> Picture:
    return cv2.addWeighted(picture, 2.0, cv2.GaussianBlur(picture, (0, 0), 1.0), -1.0, 0)


def grey(picture: Picture, _: Random) -> Picture:
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def screenshot(picture: Picture, random: Random) -> Picture:
    """0.73 of the size, JPEG 70, nine tenths of the area."""
    return cropped(0.9)(coded("JPEG", quality=70)(scaled(0.73)(picture, random), random), random)


def shared(side: int, quality: int) -> Attack:
    """What a chat app does: at most `side` pixels, JPEG with half the colour."""

    def attack(picture: Picture, random: Random) -> Picture:
        factor = min(1.0, side / max(picture.shape[:2]))
        smaller = scaled(factor)(picture, random) if factor < 1 else picture
        return coded("JPEG", quality=quality, subsampling=2)(smaller, random)

    return attack


def overlaid(picture: Picture, _: Random) -> Picture:
    """A dark bar with a caption below, a red disc above."""
    height, width = picture.shape[:2]
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    bar = int(height * 0.12)
    draw.rectangle([0, height - bar, width, height], fill=(0, 0, 0, 190))
    font = ImageFont.load_default(max(8, int(bar * 0.5)))
    place = (int(width * 0.03), height - bar + int(bar * 0.2))
    draw.text(place, "Breaking news: shared picture", font=font, fill=(255, 255, 255, 255))
    disc = int(min(height, width) * 0.22)
    draw.ellipse([width - disc - 8, 8, width - 8, 8 + disc], fill=(220, 30, 40, 230))
    return np.asarray(Image.alpha_composite(Image.fromarray(picture).convert("RGBA"), layer).convert("RGB"))


def collaged(picture: Picture, random: Random) -> Picture:
    """Pasted at 0.9 of its size into a canvas of other content, 2.6 times its area."""
    smaller = scaled(0.9)(picture, random)
    height, width = smaller.shape[:2]
    down, across = int(height * 1.7), int(width * 1.7)
    base = random.integers(0, 256, (9, 9, 3)).astype(np.uint8)
    canvas = cv2.resize(base, (across, down), interpolation=cv2.INTER_CUBIC)
    half = picture[::-1, ::-1][: picture.shape[0] // 2]
    mirror = cv2.resize(half, (across, down // 2), interpolation=cv2.INTER_AREA)
    canvas[: down // 2] = cv2.GaussianBlur(mirror, (0, 0), 3)
    top, left = int(random.integers(0, down - height)), int(random.integers(0, across - width))
    canvas[top : top + height, left : left + width] = smaller
    return canvas


def print_scanned(picture: Picture, random: Random) -> Picture:
    """A simulation: a skewed sheet, soft, paler, with noise, JPEG 80."""
    height, width = picture.shape[:2]
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = corners + random.uniform(-0.025, 0.025, (4, 2)).astype(np.float32) * np.float32([width, height])
    skew = cv2.getPerspectiveTransform(corners, moved)
    sheet = cv2.warpPerspective(picture, skew, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.7).astype(np.float32)
    scan = 255 * (np.clip(soft, 0, 255) / 255) ** 1.1 * 0.95 + 8 + random.normal(0, 3, soft.shape)
    return coded("JPEG", quality=80)(rounded(scan), random)


GROUPS: dict[str, dict[str, Attack]] = {
    "untouched": {"none": lambda picture, _: picture},
    "codec": {
        **{f"jpeg{quality}": coded("JPEG", quality=quality) for quality in (90, 75, 50, 30, 20)},
        **{f"webp{quality}": coded("WEBP", quality=quality) for quality in (75, 50)},
        "avif50": coded("AVIF", quality=50),
    },
    "scale": {f"resize{factor}": scaled(factor) for factor in (0.5, 0.75, 1.5)},
    "crop": {
        **{f"crop{int(area * 100)}": cropped(area) for area in (0.9, 0.75, 0.5, 0.25)},
        **{f"cropback{int(area * 100)}": cropped(area, back=True) for area in (0.75, 0.5)},
    },
    "turn": {
        **{f"rot{degrees}": turned(degrees) for degrees in (1, 2, 5, 15, 45, 90)},
        "hflip": lambda picture, _: np.ascontiguousarray(picture[:, ::-1]),
    },
    "tone": {
        **{f"bright{factor}": toned(lambda picture, _, factor=factor: picture * factor) for factor in (1.2, 0.7)},
        **{
            f"contrast{factor}": toned(lambda picture, _, factor=factor: (picture - 128) * factor + 128)
            for factor in (1.4, 0.6)
        },
        **{
            f"gamma{power}": toned(lambda picture, _, power=power: 255 * (picture / 255) ** power)
            for power in (0.7, 1.4)
        },
        "sat1.5": saturated(1.5),
        "gray": grey,
        "hue15": hued(15),
    },
    "filter": {
        **{f"noise{deviation}": noisy(deviation) for deviation in (5, 10)},
        **{f"blur{deviation}": blurred(deviation) for deviation in (1, 2)},
        "median3": lambda picture, _: cv2.medianBlur(picture, 3),
        "sharpen": sharpened,
    },
    "chain": {
        "screenshot": screenshot,
        "chat": shared(1080, 60),
        "chat_hard": shared(640, 50),
        "overlay": overlaid,
        "collage": collaged,
        "printscan": print_scanned,
    },
}


def read(path: Path, longest: int) -> Picture:
    """The picture, its longer side at most `longest` pixels (0: as it is)."""
    picture = Image.open(path).convert("RGB")
    if longest and max(picture.size) > longest:
        factor = longest / max(picture.size)
        size = round(picture.size[0] * factor), round(picture.size[1] * factor)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)


PICTURES = Medium(
    kind="image",
    folder="images",
    unit="MP",
    groups=GROUPS,
    read=read,
    quality=metrics.of_pictures,
    plain=lambda picture: coded("JPEG", quality=90)(picture, np.random.default_rng(0)),
    units=lambda picture: picture.shape[0] * picture.shape[1] / 1e6,
)
