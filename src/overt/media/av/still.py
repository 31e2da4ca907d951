"""Still pictures coded by HEVC: decoded into their own planes, and encoded again.

Sources: ITU-T H.265 through FFmpeg and x265; ISO/IEC 14496-15 for how they lie in files. All pictures of one call to
`encode` share one decoder configuration, as the tiles of a HEIF picture must.
PyAV's wheels contain x265, which is GPL-2.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import av
from av.video.frame import PictureType
from numpy.typing import NDArray

from overt.errors import FormatError, UnsupportedError
from overt.media.av.encode import planes
from overt.media.av.video import Colour

Planes = tuple[NDArray[Any], ...]

_PROFILES = {"yuv420p": "main", "yuv420p10le": "main10"}
"""Profiles of HEVC that every HEIC reader knows (ISO/IEC 23008-12 B.4); pictures of others cannot be written."""
_PLAIN = {"yuvj420p": "yuv420p"}
"""Names that tell the range besides the layout, which is told otherwise here."""
_PRESET = "veryfast"
_FIRST_PARAMETER = 32
"""Types of units from here on are parameters and remarks (H.265 7.4.2.2), which the configuration holds."""


@dataclass(frozen=True, slots=True)
class Still:
    """One decoded picture: luma and chroma as they are stored."""

    planes: Planes
    pixel_format: str
    depth: int
    colour: Colour


def decode(configurations: Iterable[bytes], samples: Iterable[bytes]) -> Iterator[Still]:
    """Pictures, each from its decoder configuration and its sample. Raises `FormatError`."""
    decoder, current = None, None
    for configuration, sample in zip(configurations, samples, strict=True):
        try:
            if decoder is None or configuration != current:
                decoder, current = av.CodecContext.create("hevc", "r"), configuration
                decoder.extradata = configuration
            frames = [*decoder.decode(av.Packet(sample)), *decoder.decode(None)]
            decoder.flush_buffers()
        except (av.error.FFmpegError, ValueError) as error:
            raise FormatError(f"the HEVC picture cannot be decoded: {error}", f"HEVC 图片无法解码：{error}") from error
        if len(frames) != 1:
            raise FormatError("the HEVC item holds no single picture", "HEVC 项目中不是单幅图片")
        yield _still(frames[0])


def _still(frame: Any) -> Still:
    colour = Colour(frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range == 2)
    name = _PLAIN.get(frame.format.name, frame.format.name)
    return Still(tuple(plane.copy() for plane in planes(frame)), name, frame.format.components[0].bits, colour)


def encode(pictures: list[Planes], like: Still, crf: float) -> tuple[bytes, list[bytes]]:
    """A film of these pictures, for its decoder configuration, and a sample for each. Raises `UnsupportedError`."""
    height, width = pictures[0][0].shape
    profile = _PROFILES.get(like.pixel_format)
    if profile is None or height % 2 or width % 2:
        raise UnsupportedError(
            f"HEVC pictures of {width}×{height} in {like.pixel_format} cannot be encoded again",
            f"无法重新编码 {like.pixel_format} 格式、{width}×{height} 的 HEVC 图片",
        )
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        # Key pictures are asked for one by one: where all are so by rule, x265 names a profile that few readers know.
        settings = "info=0:log-level=none:keyint=-1:bframes=0"
        options = {"preset": _PRESET, "crf": f"{crf:.1f}", "profile": profile, "forced-idr": "1"}
        options["x265-params"] = settings
        track = file.add_stream("libx265", rate=1, options=options)
        track.width, track.height, track.pix_fmt = width, height, like.pixel_format
        context = track.codec_context
        context.codec_tag = "hvc1"
        context.color_range = 2 if like.colour.full else 1
        context.color_primaries, context.color_trc = like.colour.primaries, like.colour.transfer
        context.colorspace = like.colour.matrix
        samples = []
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame(width, height, like.pixel_format)
            for plane, values in zip(planes(frame), picture, strict=True):
                plane[...] = values
            frame.pts, frame.pict_type = number, PictureType.I
            samples += [bytes(packet) for packet in _muxed(file, track, frame)]
        samples += [bytes(packet) for packet in _muxed(file, track, None)]
    return out.getvalue(), [_sample(stream) for stream in samples]


def _sample(stream: bytes) -> bytes:
    """A picture's slices with their lengths, as files have them, from a stream with start codes."""
    units = [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1")[1:]]
    slices = [unit for unit in units if unit[0] >> 1 & 0x3F < _FIRST_PARAMETER]
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in slices)


def _muxed(file: Any, track: Any, frame: Any) -> Iterator[Any]:
    for packet in track.encode(frame):
        yield packet
        file.mux(packet)
