"""Films written: the pictures of a film encoded anew with something painted on them, and new films from arrays.

Sources: FFmpeg through PyAV; ITU-T H.264, H.265, VP9, AV1 and ISO/IEC 14496-2 through its encoders.
`reencode` keeps codec, size, depth, sampling, colours and key pictures, and lets the caller paint on pictures in the
film's own planes. Its result holds the picture track alone; `overt.formats` has what puts it into the film's file.
PyAV's wheels contain x264 and x265, which are GPL-2.

It does not keep dynamic HDR metadata, alpha, or the two fields of interlaced pictures: such films are refused.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType
from numpy.typing import NDArray

from overt.errors import FormatError, UnsupportedError
from overt.language import Text
from overt.media.av.video import Film, Timeline, changed, decoding, opened

Plane = NDArray[Any]
"""One plane of a picture, `uint8` or `uint16`, a view of what will be encoded."""
Paint = Callable[[int, tuple[Plane, ...]], None]
"""Paints, in place, on the picture of a number, counted in the order of display."""

_ENCODERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    # Constant quality at which the eye finds no difference: on camera footage every picture stays above 44 dB (PSNR).
    "h264": ("libx264", {"crf": "16", "preset": "veryfast", "forced-idr": "1"}),
    "hevc": ("libx265", {"crf": "18", "preset": "veryfast", "forced-idr": "1"}),
    "vp9": ("libvpx-vp9", {"crf": "18", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}),
    "av1": ("libsvtav1", {"crf": "18", "preset": "8"}),
    "mpeg4": ("mpeg4", {}),
    "vp8": ("libvpx", {"crf": "10", "b": "100M", "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0"}),
    "mjpeg": ("mjpeg", {}),
    "flv1": ("flv", {}),
}
_IN_ORDER: Final = {"h264": {"bf": "0"}, "hevc": {"x265-params": "bframes=0"}}
"""What keeps an encoder from pictures that are decoded in another order than they are shown in."""
_QUANTISED: Final = frozenset(("mpeg4", "mjpeg", "flv1"))
"""Encoders that take a quantiser instead of a quality."""
_PROFILES: Final = {"Constrained Baseline": "baseline", "Baseline": "baseline", "Main": "main"}
"""Profiles of H.264 that the encoder would leave for a higher one, which simple devices cannot play."""
_MPEG4_SCALE: Final = 2
"""The quantiser of MPEG-4 part 2 and its like, from 1 to 31."""
_FF_QP2LAMBDA: Final = 118
"""FFmpeg's unit of `global_quality` (libavutil/avutil.h)."""
_MPEG4_TICKS: Final = 65_535
"""MPEG-4 part 2 counts no more ticks a second (ISO/IEC 14496-2 6.3.3)."""
_DYNAMIC: Final = {"DYNAMIC_HDR_PLUS", "DYNAMIC_HDR_VIVID", "DOVI_RPU_BUFFER", "DOVI_METADATA"}


def reencode(
    source: Path,
    target: Path,
    film: Film,
    times: Timeline,
    paint: Paint,
    count: int | None = None,
    number: int = 0,
    form: str = "mp4",
) -> None:
    """Write `target`, an MP4 with the film's pictures in their order, each painted on by `paint`.

    With `count`, only so many pictures are written. `number` is that of the parameter sets, in H.264.
    With the form "matroska" or "flv" its pictures are decoded in the order in which they are shown, and its times mean
    nothing: that order is all that there is to know.
    Raises `UnsupportedError` with the way out where the film cannot be encoded as it was.
    """
    _check(film)
    base, ticks = _clock(film, times) if form == "mp4" else _even(film, times)
    wanted = len(ticks) if count is None else count
    done = 0
    with (
        decoding(source),
        opened(source, edits=False) as (container, stream),
        av.open(str(target), "w", format=form) as out,
    ):
        track: Any = None
        for frame in islice(container.decode(stream), wanted):
            if track is None:
                track = _track(out, film, frame, stream.codec_context, base, number, in_order=form != "mp4")
            if (frame.width, frame.height, frame.format.name) != (film.width, film.height, film.pixel_format):
                raise changed()
            frame.make_writable()
            paint(done, planes(frame))
            frame.pts, frame.time_base = ticks[done], base
            frame.pict_type = PictureType.I if frame.key_frame else PictureType.NONE
            out.mux(track.encode(frame))
            done += 1
        if done < wanted:
            raise FormatError(
                f"of {wanted} pictures {done} could be decoded", f"应有 {wanted} 帧画面，只解码出 {done} 帧"
            )
        out.mux(track.encode(None))


def planes(frame: Any) -> tuple[Plane, ...]:
    """Luma and chroma of a frame as arrays that share its memory."""
    found = []
    for component in frame.format.components:
        plane = frame.planes[component.plane]
        wide = component.bits > 8
        cells = np.frombuffer(plane, np.uint16 if wide else np.uint8)
        rows = cells.reshape(-1, plane.line_size // (2 if wide else 1))
        found.append(rows[: component.height, : component.width])
    return tuple(found)


def _check(film: Film) -> None:
    if film.codec not in _ENCODERS:
        raise _unknown(film)
    if film.interlaced:
        raise _refused("interlaced film", "隔行扫描影片", "ffmpeg -i IN -vf bwdif -c:v libx264 -crf 16 OUT.mp4")
    offered = {entry.name for entry in av.Codec(_ENCODERS[film.codec][0], "w").video_formats or ()}
    planar = film.pixel_format.startswith(("yuv4", "yuvj4", "gray"))
    if film.pixel_format not in offered or not planar:
        raise _refused(
            f"{film.codec} film with pixels {film.pixel_format}",
            f"像素格式为 {film.pixel_format} 的 {film.codec} 影片",
            "ffmpeg -i IN -pix_fmt yuv420p -c:v libx264 -crf 16 OUT.mp4",
        )


def _unknown(film: Film) -> UnsupportedError:
    return _refused(f"film in {film.codec}", f"{film.codec} 编码的影片", "ffmpeg -i IN -c:v libx264 -crf 16 OUT.mp4")


def _refused(en: str, zh: str, command: str) -> UnsupportedError:
    return UnsupportedError(
        f"{en} cannot be encoded again as it is",
        f"无法按原样重新编码{zh}",
        hint=Text(zh=f"先转换：{command}", en=f"Convert it first: {command}"),
    )


def _clock(film: Film, times: Timeline) -> tuple[Fraction, list[int]]:
    """A time base and a tick for each picture, as coarse as they can be without changing a time."""
    steps = np.diff(np.array(times.stored, dtype=np.int64))
    if len(steps) and int(steps.min()) > 0:
        unit = math.gcd(*steps.tolist())
        base = times.base * unit
        if film.codec != "mpeg4" or base.denominator <= _MPEG4_TICKS:
            return base, [(time - times.stored[0]) // unit for time in times.stored]
    return _even(film, times)


def _even(film: Film, times: Timeline) -> tuple[Fraction, list[int]]:
    """An even beat: where the times in the file do not come from the encoder, it will do."""
    return 1 / film.rate.limit_denominator(1001), list(range(len(times.stored)))


def _track(out: Any, film: Film, frame: Any, decoder: Any, base: Fraction, number: int, *, in_order: bool) -> Any:
    encoder, options = _ENCODERS[film.codec]
    order = _IN_ORDER.get(film.codec, {}) if in_order else {}
    if film.codec == "h264":
        options = options | order | {"x264-params": f"sps-id={number}"}
        if profile := _PROFILES.get(decoder.profile or ""):
            options = options | {"profile": profile}
    sides = {side.type.name: side for side in frame.side_data}
    if _DYNAMIC & sides.keys():
        raise _refused("film with dynamic HDR", "动态 HDR 影片", "ffmpeg -i IN -c:v libx265 -crf 16 OUT.mp4")
    if film.codec == "hevc":
        options = options | {"x265-params": ":".join(["log-level=none", *order.values(), *_static_hdr(sides)])}
    if film.codec == "av1":
        # The only way to keep SVT-AV1 from writing its settings to standard error.
        os.environ.setdefault("SVT_LOG", "1")
    try:
        track = out.add_stream(encoder, rate=film.rate, options=options)
    except ValueError as error:  # This codec in this container: FFmpeg reads it, but does not write it.
        raise _unknown(film) from error
    context = track.codec_context
    context.width, context.height, context.pix_fmt = film.width, film.height, film.pixel_format
    context.time_base = track.time_base = base
    context.thread_type = "FRAME"  # Slices cost quality.
    context.framerate = film.rate
    context.color_primaries, context.color_trc = film.colour.primaries, film.colour.transfer
    context.colorspace, context.color_range = film.colour.matrix, int(decoder.color_range)
    if decoder.sample_aspect_ratio:
        context.sample_aspect_ratio = decoder.sample_aspect_ratio
    if film.codec in _QUANTISED:
        context.flags |= Flags.qscale
        context.global_quality = _MPEG4_SCALE * _FF_QP2LAMBDA
    if film.codec == "hevc" and not in_order:
        context.codec_tag = "hvc1"
    return track


def _static_hdr(sides: dict[str, Any]) -> list[str]:
    """Mastering display and content light as x265 takes them (SMPTE ST 2086, CTA-861.3)."""
    params: list[str] = []
    if master := sides.get("MASTERING_DISPLAY_METADATA"):
        numbers = struct.unpack("<20i2i", bytes(master)[:88])
        value = [Fraction(n, d or 1) for n, d in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
        if numbers[20] and numbers[21]:
            (rx, ry, gx, gy, bx, by, wx, wy) = (round(v * 50_000) for v in value[:8])
            low, high = (round(v * 10_000) for v in value[8:])
            params.append(f"master-display=G({gx},{gy})B({bx},{by})R({rx},{ry})WP({wx},{wy})L({high},{low})")
    if light := sides.get("CONTENT_LIGHT_LEVEL"):
        params.append("max-cll={},{}".format(*struct.unpack("<2I", bytes(light)[:8])))
    return params


def write(
    frames: Iterable[NDArray[np.uint8]],
    rate: Fraction | int,
    audio: tuple[NDArray[np.float32], int] | None,
    path: Path,
    crf: int = 18,
) -> None:
    """Write a film of RGB pictures of one size, as H.264 and AAC, its index first so that it starts at once on the web.

    There must be at least one picture.
    `audio` is samples between -1 and 1 (one row for each channel) and their rate.
    An odd row or column at the edge is cut off: 4:2:0 has only even sizes.
    """
    rate = Fraction(rate)
    coming = iter(frames)
    first = next(coming)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        film: Any = out.add_stream("libx264", rate=rate, options={"crf": str(crf), "preset": "fast"})
        film.height, film.width, film.pix_fmt = first.shape[0] & ~1, first.shape[1] & ~1, "yuv420p"
        film.time_base = film.codec_context.time_base = 1 / rate
        film.codec_context.colorspace = film.codec_context.color_primaries = 1
        film.codec_context.color_trc = film.codec_context.color_range = 1
        sound = _Sound(out, *audio) if audio else None
        for count, pixels in enumerate(chain((first,), coming)):
            cut = np.ascontiguousarray(pixels[: film.height, : film.width])
            frame: Any = av.VideoFrame.from_ndarray(cut, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts, frame.time_base = count, 1 / rate
            out.mux(film.encode(frame))
            if sound:
                sound.until(float((count + 1) / rate))
        out.mux(film.encode(None))
        if sound:
            sound.until(math.inf)


class _Sound:
    """Samples that go into a file as far as the pictures are."""

    def __init__(self, out: Any, samples: NDArray[np.float32], rate: int) -> None:
        self.out, self.rate = out, rate
        self.samples = np.atleast_2d(samples).astype(np.float32)
        self.layout = "mono" if self.samples.shape[0] == 1 else "stereo"
        self.track = out.add_stream("aac", rate=rate, layout=self.layout, options={"b": "160k"})
        self.done = 0

    def until(self, seconds: float) -> None:
        """Encode everything up to this moment; with infinity, finish."""
        total = self.samples.shape[1]
        stop = total if math.isinf(seconds) else min(total, int(seconds * self.rate))
        while self.done < stop:
            piece = np.ascontiguousarray(self.samples[:, self.done : min(stop, self.done + 1024)])
            frame: Any = av.AudioFrame.from_ndarray(piece, format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts, frame.time_base = self.rate, self.done, Fraction(1, self.rate)
            self.out.mux(self.track.encode(frame))
            self.done += piece.shape[1]
        if math.isinf(seconds):
            self.out.mux(self.track.encode(None))
