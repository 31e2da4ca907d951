"""14 attacks on films, and what one frame still says: codecs, sizes, rates, cuts, crops, captions, screens.

A film is a pair: uint8 RGB frames (n x height x width x 3), and frames a second. Codecs and filters are the ffmpeg
program's. Times are compared with those of H.264, written and read.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.watermark import metrics
from bench.watermark.medium import Medium
from bench.watermark.pictures import overlaid

Film = tuple[NDArray[np.uint8], float]
Random = np.random.Generator
FilmAttack = Callable[[Film, Random], Film]

SECONDS = 3.0
RATED = 8  # Frames on which quality is measured.


def ffmpeg(film: Film, *codec: str, filters: str = "", suffix: str = "mp4") -> Film:
    """Through filters and a codec, and back."""
    frames, rate = film
    _, height, width, _ = frames.shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate), "-i", "pipe:0"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"coded.{suffix}")
        chain = ["-vf", filters] if filters else []
        _run([*raw, *chain, *codec, "-pix_fmt", "yuv420p", str(path)], np.ascontiguousarray(frames).tobytes())
        return read(path, 0, seconds=None)


def read(path: Path, longest: int, seconds: float | None = SECONDS) -> Film:
    """The beginning of a film, its longer side at most so many pixels; 0: as it is."""
    shown = [
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "stream=width,height,r_frame_rate",
        "-of",
        "json",
    ]
    told = json.loads(subprocess.run(["ffprobe", *shown, path], capture_output=True, check=True).stdout)["streams"][0]
    above, below = told["r_frame_rate"].split("/")
    factor = min(1.0, longest / max(told["width"], told["height"])) if longest else 1.0
    width, height = (int(told[side] * factor) // 2 * 2 for side in ("width", "height"))
    part = ["-t", str(seconds)] if seconds else []
    sized = ["-vf", f"scale={width}:{height}:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    out = _run(["-i", str(path), *part, *sized])
    return np.frombuffer(out, np.uint8).reshape(-1, height, width, 3), float(above) / float(below)


def _run(given: list[str], data: bytes = b"") -> bytes:
    quiet = ["ffmpeg", "-hide_banner", "-v", "error", "-threads", "1", "-y"]
    return subprocess.run([*quiet, *given], input=data, capture_output=True, check=True).stdout


def h264(quality: int, filters: str = "") -> FilmAttack:
    """x264 at a constant quality (CRF)."""
    codec = ("-c:v", "libx264", "-crf", str(quality), "-preset", "veryfast")
    return lambda film, _: ffmpeg(film, *codec, filters=filters)


def trimmed(film: Film, random: Random) -> Film:
    """Three seconds from anywhere."""
    frames, rate = film
    count = int(3 * rate)
    start = int(random.integers(0, max(1, len(frames) - count)))
    return h264(23)((frames[start : start + count], rate), random)


def cropped(film: Film, random: Random) -> Film:
    """Four fifths of the area from anywhere."""
    frames, rate = film
    height, width = frames.shape[1:3]
    down, across = (int(side * 0.8**0.5) // 2 * 2 for side in (height, width))
    top, left = int(random.integers(0, height - down)), int(random.integers(0, width - across))
    return h264(23)((frames[:, top : top + down, left : left + across], rate), random)


def captioned(film: Film, random: Random) -> Film:
    """A dark bar with words and a red disc on every frame."""
    return h264(23)((np.stack([overlaid(frame, random) for frame in film[0]]), film[1]), random)


def grabbed(film: Film, random: Random) -> Film:
    """One frame from anywhere of a copy with 360 lines, CRF 33."""
    frames, rate = h264(33, "scale=-2:360")(film, random)
    place = int(random.integers(0, len(frames)))
    return frames[place : place + 1], rate


def first_frame(film: Film, random: Random) -> Film:
    """The first frame of such a copy: a codec's whole picture."""
    frames, rate = h264(33, "scale=-2:360")(film, random)
    return frames[:1], rate


def averaged(film: Film, _: Random) -> Film:
    """The mean of 20 frames, as one frame."""
    frames, rate = film
    picked = frames[np.linspace(0, len(frames) - 1, 20).astype(int)]
    return np.rint(picked.mean(0, keepdims=True)).astype(np.uint8), rate


SCREEN = (
    "scale=iw*0.8:ih*0.8,pad=iw+60:ih+90:30:50:color=white,scale=trunc(iw/2)*2:trunc(ih/2)*2,"
    "fps=30,eq=brightness=0.03:contrast=1.05"
)
_H265 = ("-c:v", "libx265", "-crf", "28", "-preset", "veryfast", "-x265-params", "log-level=error:pools=1")
_VP9 = ("-c:v", "libvpx-vp9", "-crf", "35", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "8")

GROUPS: dict[str, dict[str, FilmAttack]] = {
    "untouched": {"none": lambda film, _: film},
    "codec": {
        **{f"h264_{quality}": h264(quality) for quality in (23, 28, 33)},
        "h265_28": lambda film, _: ffmpeg(film, *_H265),
        "vp9_35": lambda film, _: ffmpeg(film, *_VP9, suffix="webm"),
    },
    "size and rate": {
        **{f"scale{lines}": h264(23, f"scale=-2:{lines}") for lines in (480, 360)},
        "fps15": h264(23, "fps=15"),
    },
    "cut": {"trim3s": trimmed, "crop80": cropped, "hflip": h264(23, "hflip")},
    "over it": {"caption": captioned, "screenrec": h264(28, SCREEN)},
}
ONE_FRAME: dict[str, FilmAttack] = {"first_frame360": first_frame, "any_frame360": grabbed, "mean20": averaged}
"""Beyond the 14: what one frame says."""


def quality(clean: Film, marked: Film) -> dict[str, float]:
    """PSNR and SSIM, the mean over some frames."""
    places = np.linspace(0, len(clean[0]) - 1, min(RATED, len(clean[0]))).astype(int)
    pairs = [(clean[0][place], marked[0][place]) for place in places]
    return {
        "psnr": float(np.mean([metrics.psnr(*pair) for pair in pairs])),
        "ssim": float(np.mean([metrics.ssim(*pair) for pair in pairs])),
    }


FILMS = Medium(
    kind="video",
    folder="video",
    unit="MP of frames",
    groups={**GROUPS, "one frame": ONE_FRAME},
    read=partial(read, seconds=SECONDS),
    quality=quality,
    plain=lambda film: h264(23)(film, np.random.default_rng(0)),
    units=lambda film: film[0][..., 0].size / 1e6,
)

cv2.setNumThreads(1)
