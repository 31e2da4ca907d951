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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import exif, jpeg_segments, webp_chunks
from overt.language import Text
from overt.marks.label.picture import avif_jxl, deep
from overt.media.budget import MARKING, Budget, applying

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF", "jxl": "JXL", "gif": "GIF", "tiff": "TIFF"}
"""Our names of the formats, and Pillow's."""

_WEBP_QUALITY = 90  # A lossy WebP does not say with which quality it was made.

_FINE_STEPS = 16  # Quantisation as fine as this loses no type; finer would only cost bytes.

_FLIP_OR_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OPPOSITE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
"""The orientation that undoes an orientation."""


def _as_it_is(samples: deep.Samples) -> deep.Samples:
    return samples


_TURN_SAMPLES: dict[int, Callable[[deep.Samples], deep.Samples]] = {
    2: lambda samples: samples[:, ::-1],
    3: lambda samples: samples[::-1, ::-1],
    4: lambda samples: samples[::-1],
    5: lambda samples: samples.swapaxes(0, 1),
    6: lambda samples: np.rot90(samples, 3),
    7: lambda samples: samples[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}
"""The same turns for samples."""


@dataclass(slots=True)
class Raster:
    """A decoded picture: its frames as they are displayed, and what is needed to encode them as they were.

    The frames are upright (the EXIF orientation is applied) and of mode L, LA, RGB, RGBA, CMYK or I;16.
    `pixel_aspect` is a displayed pixel's width over its height.
    `samples` are the upright samples of a PNG whose colour has 16 bits; its one frame is then only what it looks like.
    """

    container: str
    frames: list[Image.Image]
    orientation: int = 1
    pixel_aspect: float = 1.0
    settings: dict[str, Any] = field(default_factory=dict)
    samples: deep.Samples | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        return self.frames[0].size


@contextmanager
def opened(source: Path | bytes, container: str) -> Iterator[Image.Image]:
    """A picture, not yet decoded. What Pillow raises, here and while it is open, becomes our own errors."""
    if container == "jxl":
        avif_jxl.need_jxl()
    stream, length = (source, source.stat().st_size) if isinstance(source, Path) else (io.BytesIO(source), len(source))
    with _decoding(source, container), Image.open(stream, formats=[FORMATS[container]]) as image:
        if container == "jpeg":
            # Arithmetic coding cannot be decoded piece by piece.
            image.decodermaxblock = max(image.decodermaxblock, length)
        yield image


@contextmanager
def _decoding(source: Path | bytes, container: str) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, MemoryError) as error:
        raise BudgetError(f"the {container} picture is too large", f"{container} 图片过大") from error
    except UnidentifiedImageError as error:
        _explain(source, container)
        raise FormatError(f"not a readable {container} picture", f"无法识别的 {container} 图片") from error
    except _PILLOW as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # The disk, not the picture.
        _explain(source, container)
        if "truncated" in str(error):
            raise TruncatedError(
                f"the {container} picture ends too early", f"{container} 图片不完整：数据提前结束"
            ) from error
        raise FormatError(
            f"the {container} picture cannot be decoded: {error}", f"{container} 图片无法解码：{error}"
        ) from error


def _explain(source: Path | bytes, container: str) -> None:
    """Raise `UnsupportedError` where a JPEG is no broken file, but coded as Pillow cannot decode it."""
    if container != "jpeg":
        return
    data = source if isinstance(source, bytes) else source.read_bytes()
    coding = jpeg_segments.uncommon(data, jpeg_segments.layout(data).segments)
    if coding is not None:
        raise UnsupportedError(
            f"a JPEG with {coding.en} cannot be decoded here",
            f"无法解码采用{coding.zh}的 JPEG",
            hint=Text(
                zh="请用其他程序另存为普通（基线或渐进式，8 位）JPEG。",
                en="Save it as an ordinary JPEG (baseline or progressive, 8 bits) with another program.",
            ),
        )


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
    RuntimeError,  # libjxl's binding
)


def decode(data: bytes, container: str, budget: Budget = MARKING, *, to_draw: bool = True) -> Raster:
    """All frames of a picture. Raises only the family of `MediaError`.

    Without `to_draw`, of colour of 16 bits only the upper 8 are decoded, which is quicker.
    """
    if container not in FORMATS:
        raise UnsupportedError(f"no picture format “{container}”", f"不支持的图片格式：{container}")
    with opened(data, container) as image:
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
    if to_draw and container == "png" and deep.is_deep(data):
        turned = _TURN_SAMPLES.get(raster.orientation, _as_it_is)
        raster.samples = turned(deep.decode(data))
    if raster.orientation in _FLIP_OR_TURN:
        raster.frames = [frame.transpose(_FLIP_OR_TURN[raster.orientation]) for frame in raster.frames]
        if raster.orientation >= 5:
            raster.pixel_aspect = 1 / raster.pixel_aspect
    return raster


def encode(raster: Raster) -> bytes:
    """The picture in its container, with no metadata but what decoding needs."""
    if raster.samples is not None:
        return deep.encode(as_stored(raster.samples, raster.orientation))
    frames = raster.frames
    if raster.orientation in _FLIP_OR_TURN:
        back = _FLIP_OR_TURN[_OPPOSITE[raster.orientation]]
        frames = [frame.transpose(back) for frame in frames]
    for frame in frames:
        frame.info.clear()
    if raster.container == "jxl":
        return avif_jxl.encode_jxl(frames[0], **raster.settings)
    out = io.BytesIO()
    more = {"append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(out, FORMATS[raster.container], **raster.settings, **more)
    return out.getvalue()


def as_stored(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Samples (rows x columns, or with channels) of a displayed picture as they lie in the file."""
    return _TURN_SAMPLES.get(_OPPOSITE.get(orientation, 1), _as_it_is)(samples)


def stored(raster: Raster, box: tuple[int, int, int, int]) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The first frame as its samples lie in the file, and where a box (left, top, right, bottom) of it is there."""
    frame = raster.frames[0]
    turn = _FLIP_OR_TURN.get(_OPPOSITE[raster.orientation])
    if turn is None:
        return frame, box
    mask = Image.new("L", frame.size)
    mask.paste(255, box)
    return frame.transpose(turn), mask.transpose(turn).getbbox() or box


def refine(raster: Raster) -> bool:
    """Halve the steps of a JPEG's quantisation, or code an AVIF better; False where there is nothing to refine."""
    if raster.container == "avif":
        return avif_jxl.finer_avif(raster.settings)
    tables: dict[int, list[int]] = raster.settings.get("qtables", {})
    if max((max(table) for table in tables.values()), default=0) <= _FINE_STEPS:
        return False
    raster.settings["qtables"] = {key: [(step + 1) // 2 for step in table] for key, table in tables.items()}
    return True


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


def lay(raster: Raster, plate: Image.Image, left: int, top: int) -> None:
    """Put an RGBA plate over all frames of a picture, in place, in the picture's own mode."""
    box = (left, top, left + plate.width, top + plate.height)
    rgba = np.asarray(plate).astype(np.float64)
    for frame in raster.frames:
        under = np.asarray(frame.crop(box)).astype(np.float64)
        if frame.mode == "I;16":
            piece = Image.fromarray((_mixed(under / 257, rgba, "L") * 257).round().astype(np.uint16))
        else:
            mixed = _mixed(under, rgba, frame.mode).round().astype(np.uint8)
            piece = Image.frombytes(frame.mode, plate.size, mixed.tobytes())
        frame.paste(piece, box)
    if raster.samples is not None:
        mode = {2: "LA", 3: "RGB", 4: "RGBA"}[raster.samples.shape[2]]
        mine = raster.samples.copy()
        there = mine[top : box[3], left : box[2]]
        there[:] = (_mixed(there.astype(np.float64) / 257, rgba, mode) * 257).round()
        raster.samples = mine


def _mixed(under: NDArray[np.float64], rgba: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    """The plate over the samples of a picture, both from 0 to 255."""
    alpha, ink = rgba[..., 3:] / 255, _in_mode(rgba[..., :3], mode)
    if mode in {"LA", "RGBA"}:
        behind = under[..., -1:] / 255 * (1 - alpha)
        total = alpha + behind
        colour = (ink * alpha + under[..., :-1] * behind) / np.where(total == 0, 1, total)
        # Where the plate's corner leaves the picture as it was, so do hidden colours.
        colour = np.where(alpha == 0, under[..., :-1], colour)
        return np.concatenate([colour, total * 255], axis=2)
    if mode == "L":
        ink, alpha = ink[..., 0], alpha[..., 0]
    mixed: NDArray[np.float64] = under + (ink - under) * alpha
    return mixed


def _in_mode(rgb: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    if mode in {"RGB", "RGBA"}:
        return rgb
    grey: NDArray[np.float64] = rgb @ np.array([[0.299], [0.587], [0.114]])
    if mode == "CMYK":  # Black ink alone: no colour fringes in print.
        grey = np.concatenate([np.zeros((*rgb.shape[:2], 3)), 255 - grey], axis=2)
    return grey


def within(size: tuple[int, int], frames: int, budget: Budget) -> None:
    """Raise `BudgetError` for more pixels, all frames together, than the budget allows."""
    budget = applying(budget)
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
    if image.mode in {"1", "PA", "RGBX"}:
        return image.convert({"1": "L", "PA": "RGBA"}.get(image.mode, "RGB"))
    if image.mode == "I;16B":
        return Image.fromarray(np.asarray(image).astype(np.uint16))
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


def _png_settings(image: Image.Image, _data: bytes) -> dict[str, Any]:
    return {"default_image": True} if image.info.get("default_image") else {}


def _webp_settings(image: Image.Image, data: bytes) -> dict[str, Any]:
    settings: dict[str, Any] = {"exact": True, "method": 4}
    if "background" in image.info:
        settings["background"] = image.info["background"]
    if webp_chunks.is_lossless(data):
        return settings | {"lossless": True, "quality": 80}
    return settings | {"quality": _WEBP_QUALITY, "alpha_quality": 100}


_SETTINGS: dict[str, Callable[[Image.Image, bytes], dict[str, Any]]] = {
    "jpeg": _jpeg_settings,
    "png": _png_settings,
    "webp": _webp_settings,
    "avif": avif_jxl.avif_settings,
    "jxl": avif_jxl.jxl_settings,
}


def _pixel_aspect(image: Image.Image, container: str) -> float:
    """A stored pixel's width over its height, from JFIF density or PNG pHYs."""
    info = image.info
    density = info.get("jfif_density") if container == "jpeg" else info.get("aspect") or info.get("dpi")
    across, down = density or (1, 1)
    return float(down) / float(across) if across > 0 and down > 0 else 1.0
