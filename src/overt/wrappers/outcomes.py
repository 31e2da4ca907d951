"""What generators give: paths, bytes, pictures, sounds and texts; as a file to be marked, and back again.

| given | becomes | comes back as |
|---|---|---|
| `Path`, `str` naming a file (see `generator`) | that file | the path of the marked file |
| `bytes` | a file | bytes |
| a PIL picture, an array of rows, columns and channels | PNG | a PIL picture, an array |
| an array of samples, with its rate | WAV, 16 bits | an array |
| a text, pieces of a text | the same with its label | a text, pieces |

Values of arrays are whole numbers from 0 to 255, or fractions: 0 to 1 for pictures, -1 to 1 for sounds. A picture that
is saved anew loses its metadata label and its credential: hand on the marked file (`Content.path`).
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.gate.model import Medium
from overt.language import Text

_CHANNELS: Final = (1, 3, 4)
_MOST_SOUND_CHANNELS: Final = 8


@dataclass(frozen=True, slots=True)
class Made:
    """One output as a file: its bytes, or where they are; `kind` is what it was."""

    kind: str
    medium: Medium | None
    data: bytes | Path


def made(value: Any, rate: int | None = None) -> Made | None:
    """A value as a file; None for what is no file. `rate` is a sound's, in samples a second."""
    if isinstance(value, Path):
        return Made("path", None, value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Made("bytes", None, bytes(value))
    if is_picture(value):
        buffer = BytesIO()
        value.save(buffer, format="PNG")
        return Made("picture", "image", buffer.getvalue())
    array = _array(value)
    if array is None:
        return None
    if array.ndim == 3 and array.shape[2] in _CHANNELS:
        return Made("pixels", "image", _png(array))
    if rate is not None and array.ndim in (1, 2):
        return Made("samples", "audio", _wav(array, rate))
    raise UnsupportedError(
        f"an array of shape {array.shape} is neither a picture nor, with its rate, a sound",
        f"形状为 {array.shape} 的数组既不是图像，也不是注明采样率的声音",
        hint=Text(
            zh="图像数组的形状应为（行，列，通道）；声音请以 rate 注明采样率。",
            en="A picture has rows, columns and channels; a sound needs its `rate`.",
        ),
    )


def back(kind: str, path: Path, like: Any) -> Any:
    """A marked file as what it was before. `like` is what it was, whose type of numbers an array keeps."""
    if kind == "path":
        return path
    if kind == "bytes":
        return path.read_bytes()
    if kind == "samples":
        return _samples(path, _array(like))
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as picture:
        picture.load()
        if kind == "picture":
            return picture.copy()
        like_array = _array(like)
        pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if like_array is not None and like_array.dtype.kind == "f":
        return (pixels / 255).astype(like_array.dtype)
    return pixels


def is_picture(value: Any) -> bool:
    """Whether it is a PIL picture, without importing PIL."""
    return any(f"{kind.__module__}.{kind.__qualname__}" == "PIL.Image.Image" for kind in type(value).__mro__)


def _array(value: Any) -> NDArray[Any] | None:
    """A NumPy array, or a tensor that is on the processor."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        array = value.detach().cpu().numpy()
        return array if isinstance(array, np.ndarray) else None
    return None


def _png(array: NDArray[Any]) -> bytes:
    from PIL import Image  # noqa: PLC0415

    pixels = array if array.dtype == np.uint8 else (np.clip(array, 0, 1) * 255).round().astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def _wav(array: NDArray[Any], rate: int) -> bytes:
    frames = array[:, np.newaxis] if array.ndim == 1 else array
    if frames.shape[1] > _MOST_SOUND_CHANNELS >= frames.shape[0]:  # Channels first, as models give them.
        frames = frames.T
    if frames.dtype.kind == "f":
        frames = (np.clip(frames.astype(np.float64), -1, 1) * 32767).round()
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames.astype("<i2").tobytes())
    return buffer.getvalue()


def _samples(path: Path, like: NDArray[Any] | None) -> NDArray[Any]:
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    samples: NDArray[Any] = raw
    if like is not None and like.dtype.kind == "f":
        samples = (raw / 32767).astype(like.dtype)
    if like is not None and like.ndim == 1:
        return samples[:, 0]
    first = like is not None and like.shape[1] > _MOST_SOUND_CHANNELS >= like.shape[0]
    return samples.T if first else samples
