"""Still and moving pictures as pixels: decoded for drawing, encoded again as they were.

Sources: the formats' own specifications through Pillow; EXIF 3.0, 4.6.5 for the orientation.
Compression settings that the file shows are kept: a JPEG's quantisation tables, subsampling and progressive
order, a PNG's kind and depth of colour, whether a WebP is lossless, and all frames, durations and loops.
Metadata is not handled here: `overt.formats` transplants the original's.

It does not keep what no decoder reports: arithmetic coding, restart intervals, interlacing, the quality of a
lossy WebP. A palette becomes true colour, with the same colours.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import exif
from overt.language import Text
from overt.media.budget import MARKING, Budget

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
"""Our names of the formats, and Pillow's."""

_WEBP_QUALITY = 90  # A lossy WebP does not say with which quality it was made.

_FLIP_OR_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BACK = _FLIP_OR_TURN | {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


@dataclass(slots=True)
class Raster:
    """A decoded picture: its frames as they are displayed, and what is needed to encode them as they were.

    The frames are upright (the EXIF orientation is applied) and of mode L, LA, RGB, RGBA, CMYK or I;16.
    `pixel_aspect` is a displayed pixel's width over its height.
    """

    container: str
    frames: list[Image.Image]
    orientation: int = 1
    pixel_aspect: float = 1.0
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        return self.frames[0].size


@contextmanager
def decoding(container: str) -> Iterator[None]:
    """Turns what Pillow raises on a bad file into our own errors."""
    try:
        yield
    except (Image.DecompressionBombError, MemoryError) as error:
        raise BudgetError(f"the {container} picture is too large", f"{container} 图片过大") from error
    except UnidentifiedImageError as error:
        raise FormatError(f"not a readable {container} picture", f"无法识别的 {container} 图片") from error
    except _PILLOW as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # The disk, not the picture.
        kind = TruncatedError if "truncated" in str(error) else FormatError
        raise kind(
            f"the {container} picture cannot be decoded: {error}", f"{container} 图片无法解码：{error}"
        ) from error


_PILLOW = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
)


def decode(data: bytes, container: str, budget: Budget = MARKING) -> Raster:
    """All frames of a picture. Raises only the family of `MediaError`."""
    if container not in FORMATS:
        raise UnsupportedError(f"no picture format “{container}”", f"不支持的图片格式：{container}")
    with decoding(container), Image.open(io.BytesIO(data), formats=[FORMATS[container]]) as image:
        frames = 1 if container == "jpeg" else getattr(image, "n_frames", 1)
        within(image.size, frames, budget)
        settings = _SETTINGS[container](image, data)
        raster = Raster(container, [], settings=settings)
        durations: list[float] = []
        for index in range(frames):
            if frames > 1:
                image.seek(index)
            image.load()
            durations.append(image.info.get("duration", 0))
            raster.frames.append(plain(image))
        if frames > 1:
            settings |= {"save_all": True, "duration": durations, "loop": image.info.get("loop", 0)}
            if settings.get("default_image"):
                # The still that viewers without animation show is no part of the animation.
                settings["duration"] = durations[1:]
        raster.orientation = orientation(image)
        raster.pixel_aspect = _pixel_aspect(image, container)
    if raster.orientation in _FLIP_OR_TURN:
        raster.frames = [frame.transpose(_FLIP_OR_TURN[raster.orientation]) for frame in raster.frames]
        if raster.orientation >= 5:
            raster.pixel_aspect = 1 / raster.pixel_aspect
    return raster


def encode(raster: Raster) -> bytes:
    """The picture in its container, with no metadata but what decoding needs."""
    frames = raster.frames
    if raster.orientation in _BACK:
        frames = [frame.transpose(_BACK[raster.orientation]) for frame in frames]
    for frame in frames:
        frame.info.clear()
    out = io.BytesIO()
    more = {"append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(out, FORMATS[raster.container], **raster.settings, **more)
    return out.getvalue()


def upright(image: Image.Image) -> Image.Image:
    """The picture as it is displayed."""
    turn = _FLIP_OR_TURN.get(orientation(image))
    return image.transpose(turn) if turn is not None else image


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or it makes no sense, as viewers take it."""
    data = image.info.get("exif")
    if not isinstance(data, bytes):
        return 1
    try:
        return exif.orientation(data)
    except MediaError:
        return 1


def pixels(image: Image.Image, over: int = 255) -> NDArray[np.uint8]:
    """The picture as RGB or grey pixels of 8 bits, see-through parts on a grey ground of this tone."""
    if image.mode == "I;16":
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in {"LA", "RGBA"}:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (over, over, over, 255))
        image = Image.alpha_composite(ground, rgba)
    return np.asarray(image if image.mode == "L" else image.convert("RGB"))


def lay(image: Image.Image, plate: Image.Image, left: int, top: int) -> None:
    """Put an RGBA plate over a picture, in place, in the picture's own mode."""
    box = (left, top, left + plate.width, top + plate.height)
    under = np.asarray(image.crop(box)).astype(np.float64)
    rgba = np.asarray(plate).astype(np.float64)
    alpha = rgba[..., 3:] / 255
    ink = _in_mode(rgba[..., :3], image.mode)
    if image.mode in {"LA", "RGBA"}:
        behind = under[..., -1:] / 255 * (1 - alpha)
        total = alpha + behind
        colour = (ink * alpha + under[..., :-1] * behind) / np.where(total == 0, 1, total)
        # Where the plate's corner leaves the picture as it was, so do hidden colours.
        colour = np.where(alpha == 0, under[..., :-1], colour)
        mixed = np.concatenate([colour, total * 255], axis=2)
    elif under.ndim == 2:
        mixed = under + (ink[..., 0] - under) * alpha[..., 0]
    else:
        mixed = under + (ink - under) * alpha
    depth = np.uint16 if image.mode == "I;16" else np.uint8
    if image.mode == "I;16":
        piece = Image.fromarray(mixed.round().astype(depth))
    else:
        piece = Image.frombytes(image.mode, plate.size, mixed.round().astype(depth).tobytes())
    image.paste(piece, box)


def _in_mode(rgb: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    if mode in {"RGB", "RGBA"}:
        return rgb
    grey: NDArray[np.float64] = rgb @ np.array([[0.299], [0.587], [0.114]])
    if mode == "I;16":
        grey *= 257
    if mode == "CMYK":  # Black ink alone: no colour fringes in print.
        grey = np.concatenate([np.zeros((*rgb.shape[:2], 3)), 255 - grey], axis=2)
    return grey


def within(size: tuple[int, int], frames: int, budget: Budget) -> None:
    """Raise `BudgetError` for more pixels, all frames together, than the budget allows."""
    total = size[0] * size[1] * frames
    if total > budget.max_pixels:
        raise BudgetError(
            f"{total:,} pixels, more than the budget of {budget.max_pixels:,}",
            f"共 {total:,} 像素，超过 {budget.max_pixels:,} 的限额",
        )


def plain(image: Image.Image) -> Image.Image:
    """A copy in one of the modes that labels are drawn in; no colour is changed."""
    if image.mode == "P" or "transparency" in image.info:
        grey = image.mode in {"1", "L"}
        return image.convert("LA" if grey else "RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "I;16"}:
        return image.copy()
    raise UnsupportedError(
        f"pictures of mode {image.mode} cannot be labelled",
        f"不支持为 {image.mode} 模式的图片添加标识",
        hint=Text(zh="请先转换为 8 位 RGB 或灰度图片。", en="Convert the picture to RGB or grey of 8 bits first."),
    )


def _jpeg_settings(image: Image.Image, _data: bytes) -> dict[str, Any]:
    assert isinstance(image, JpegImagePlugin.JpegImageFile)  # noqa: S101 - Image.open was told the format
    settings: dict[str, Any] = {
        "qtables": dict(enumerate(image.quantization[key] for key in sorted(image.quantization))),
        "progressive": "progressive" in image.info or "progression" in image.info,
        "optimize": True,
    }
    if image.mode == "RGB":
        sampling = JpegImagePlugin.get_sampling(image)
        settings["subsampling"] = max(0, sampling)  # What Pillow cannot write is kept at full resolution.
        letters = bytes(component[0] for component in image.layer)
        settings["keep_rgb"] = image.info.get("adobe_transform") == 0 or letters == b"RGB"
    return settings


def _png_settings(image: Image.Image, data: bytes) -> dict[str, Any]:
    if data[24:25] == b"\x10" and image.mode != "I;16":
        raise UnsupportedError(
            "a PNG with colour of 16 bits cannot be labelled without losing half of them",
            "16 位彩色 PNG 无法在不损失精度的情况下添加标识",
            hint=Text(zh="请先转换为 8 位 PNG，再添加标识。", en="Convert it to a PNG of 8 bits first, then label it."),
        )
    return {"default_image": True} if image.info.get("default_image") else {}


def _webp_settings(_image: Image.Image, data: bytes) -> dict[str, Any]:
    lossless = b"VP8L" in data and b"VP8 " not in data
    if lossless:
        return {"lossless": True, "exact": True, "quality": 80, "method": 4}
    return {"quality": _WEBP_QUALITY, "alpha_quality": 100, "method": 4, "exact": True}


_SETTINGS = {"jpeg": _jpeg_settings, "png": _png_settings, "webp": _webp_settings}


def _pixel_aspect(image: Image.Image, container: str) -> float:
    """A stored pixel's width over its height, from JFIF density or PNG pHYs."""
    info = image.info
    density = info.get("jfif_density") if container == "jpeg" else info.get("aspect") or info.get("dpi")
    across, down = density or (1, 1)
    return float(down) / float(across) if across > 0 and down > 0 else 1.0
