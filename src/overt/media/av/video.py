"""Films as pictures: what a file holds, when its pictures are shown, and what they look like.

Sources: FFmpeg through PyAV; ISO/IEC 14496-12 8.3.2 for the display matrix; ITU-T H.273 for the numbers of colours.
PyAV is loaded with this module, so callers import it late.
It does not interpret edit lists itself: what a player shows, and when, is asked of FFmpeg.
`overt.media.av.encode` writes films.
"""

from __future__ import annotations

import errno
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.codec.context import Flags, Flags2
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.language import Text
from overt.media.budget import INSPECTION, Budget, applying

MAX_STREAMS: Final = 64
"""Tracks of one file: a film with thirty languages has some sixty."""
_NEAR: Final = 2.0
"""Seconds up to which decoding on is quicker than going to a key picture."""
_TICK: Final = 1e-6
MAX_PICTURES: Final = 4_000_000
"""Pictures of one film: nine hours at 120 a second."""
_FORMATS: Final = ((0, b"\x1a\x45\xdf\xa3", "matroska"), (0, b"FLV", "flv"), (8, b"AVI ", "avi"))
"""What a file begins with, at which byte, and FFmpeg's name for it; every other film is MP4 or QuickTime."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One track of a file: video, audio, subtitle, data or attachment."""

    index: int
    number: int
    kind: str
    codec: str


@dataclass(frozen=True, slots=True)
class Turn:
    """How stored pictures are turned and mirrored for display: the signs of a display matrix (a, b, c, d)."""

    a: int = 1
    b: int = 0
    c: int = 0
    d: int = 1

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self.a == 0

    def upright(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A stored picture as it is displayed."""
        out = picture.swapaxes(0, 1) if self.sideways else picture
        across, down = (self.c, self.b) if self.sideways else (self.a, self.d)
        return out[::down, ::across]

    def stored(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A displayed picture as it is stored: the inverse of `upright`."""
        across, down = (self.c, self.b) if self.sideways else (self.a, self.d)
        out = picture[::down, ::across]
        return out.swapaxes(0, 1) if self.sideways else out


@dataclass(frozen=True, slots=True)
class Colour:
    """What the numbers of a picture mean (ITU-T H.273 8.1 to 8.3): 2 is "unspecified"; `full` is the range."""

    primaries: int
    transfer: int
    matrix: int
    full: bool


@dataclass(frozen=True, slots=True)
class Film:
    """What a file with a film holds: its tracks, and the one (`index`) with the pictures.

    Sizes are those of stored pictures, `duration` is in seconds.
    """

    streams: tuple[Stream, ...]
    index: int
    codec: str
    pixel_format: str
    depth: int
    width: int
    height: int
    pixel_aspect: Fraction
    turn: Turn
    colour: Colour
    interlaced: bool
    rate: Fraction
    duration: float

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as displayed, in square pixels as high as the stored ones are."""
        wide = max(1, round(self.width * self.pixel_aspect))
        return (self.height, wide) if self.turn.sideways else (wide, self.height)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The pictures of a film in the order of display.

    `stored` are their times in the track, in units of `base` seconds; `shown` the seconds of presentation after
    the edit list, none for pictures that are never shown; `end` is when the last one shown ends.
    """

    base: Fraction
    stored: tuple[int, ...]
    shown: tuple[float | None, ...]
    end: float

    @property
    def start(self) -> float:
        """When the first picture is shown."""
        return min((time for time in self.shown if time is not None), default=0.0)

    def within(self, seconds: float) -> range:
        """Indices of the pictures of the first seconds, both for players that follow the edit list and for others."""
        until, origin = self.start + seconds, self.stored[0]
        last = 0
        for index, (stored, shown) in enumerate(zip(self.stored, self.shown, strict=True)):
            if (shown is not None and shown < until) or (stored - origin) * self.base < seconds:
                last = index + 1
        return range(last)


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture, upright, in square pixels, as RGB."""

    time: float
    rgb: NDArray[np.uint8]


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn what FFmpeg raises on a bad file into our own errors."""
    try:
        yield
    except MemoryError as error:
        raise BudgetError(f"{path.name} takes more memory than allowed", f"{path.name} 占用内存过多") from error
    except av.FFmpegError as error:
        # FFmpeg's Matroska reader says of a file that is cut off what others say of a broken disk.
        cut = isinstance(error, EOFError) or (error.errno == errno.EIO and form_of(path) == "matroska")
        if isinstance(error, OSError) and not cut:
            raise OSError(error.errno, error.strerror, str(path)) from error  # The disk, not the film.
        kind = TruncatedError if cut else FormatError
        raise kind(f"the film cannot be decoded: {error.strerror}", f"影片无法解码：{error.strerror}") from error
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, struct.error) as error:
        # PyAV meets fields in broken files that it does not expect.
        raise FormatError(f"the film cannot be decoded: {error}", f"影片无法解码：{error}") from error


def form_of(path: Path) -> str:
    """FFmpeg's name for the format of a film."""
    with path.open("rb") as file:
        head = file.read(16)
    return next((form for at, magic, form in _FORMATS if head[at:].startswith(magic)), "mov")


@contextmanager
def opened(path: Path, *, edits: bool = True) -> Iterator[tuple[Any, Any]]:
    """The file and its film track, as PyAV has them."""
    form = form_of(path)
    options = {"ignore_editlist": "1"} if form == "mov" and not edits else {}
    # FFmpeg never guesses the format and the name is absolute: no playlist or network address can pose as a film.
    name = str(path.absolute())
    with av.open(name, format=form, options=options, metadata_errors="replace") as container:
        if len(container.streams) > MAX_STREAMS:
            raise BudgetError(f"{len(container.streams)} tracks in one file", f"文件含 {len(container.streams)} 条轨道")
        stream: Any = container.streams.best("video")
        if stream is None:
            raise UnsupportedError(
                "there are no pictures in this film",
                "影片中没有画面",
                hint=Text(zh="先转换：ffmpeg -i IN -vn OUT.flac", en="Convert it first: ffmpeg -i IN -vn OUT.flac"),
            )
        stream.thread_type = "AUTO"
        # Pictures before the first key picture count as well: none may get lost.
        stream.codec_context.flags |= Flags.output_corrupt
        stream.codec_context.flags2 |= Flags2.show_all
        yield container, stream


def probe(path: Path, budget: Budget = INSPECTION) -> Film:
    """What the file holds; decodes one picture. Raises `MediaError`."""
    with decoding(path), opened(path) as (container, stream):
        context = stream.codec_context
        duration = float((container.duration or 0) / av.time_base)
        _afford(context.width * context.height, duration, budget)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise FormatError("no picture could be decoded", "没有可以解码的画面")
        _afford(frame.width * frame.height, duration, budget)
        return Film(
            streams=tuple(
                Stream(s.index, s.id, s.type, s.codec_context.name if s.codec_context else "")
                for s in container.streams
            ),
            index=stream.index,
            codec=context.codec.canonical_name,
            pixel_format=frame.format.name,
            depth=frame.format.components[0].bits,
            width=frame.width,
            height=frame.height,
            pixel_aspect=_aspect(stream.sample_aspect_ratio),
            turn=_turn(frame),
            colour=_colour(frame, context),
            interlaced=bool(frame.interlaced_frame),
            rate=_rate(stream),
            duration=duration,
        )


def _afford(pixels: int, seconds: float, budget: Budget) -> None:
    budget = applying(budget)
    if pixels > budget.max_pixels:
        raise BudgetError(
            f"pictures of {pixels:,} pixels, more than the budget of {budget.max_pixels:,}",
            f"画面为 {pixels:,} 像素，超过 {budget.max_pixels:,} 的限额",
        )
    if seconds > budget.max_duration_s:
        raise BudgetError(
            f"{seconds:.0f} seconds of film, more than the budget of {budget.max_duration_s:.0f}",
            f"影片长 {seconds:.0f} 秒，超过 {budget.max_duration_s:.0f} 秒的限额",
        )


def _aspect(value: Fraction | None) -> Fraction:
    """Width over height of a pixel; what no screen ever had counts as square, as players take it."""
    return value if value and Fraction(1, 10) <= value <= 10 else Fraction(1)


def _rate(stream: Any) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return Fraction(min(max(rate, Fraction(1)), Fraction(1000))).limit_denominator(100_000)


def _turn(frame: Any) -> Turn:
    for side in frame.side_data:
        if side.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(side), np.int32)[:5].tolist()
            if (b == c == 0 and a and d) or (a == d == 0 and b and c):
                return Turn(*(int(np.sign(value)) for value in (a, b, c, d)))
            raise UnsupportedError(
                "the film is shown at an odd angle",
                "影片以非直角旋转显示",
                hint=Text(zh="先转换：ffmpeg -i IN OUT.mp4", en="Convert it first: ffmpeg -i IN OUT.mp4"),
            )
    return Turn()


def _colour(frame: Any, context: Any) -> Colour:
    full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
    return Colour(int(context.color_primaries), int(context.color_trc), int(context.colorspace), full)


def timeline(path: Path) -> Timeline:
    """The times of all pictures, without decoding. Raises `MediaError`."""
    form = form_of(path)
    stored: dict[int, int] = {}
    base, total, last = Fraction(1), 0, 0
    for count, (packet, unit) in enumerate(_packets(path, edits=False)):
        # Only an edit list shows pictures in another way than they are stored; there they are told by their place.
        stored[packet.pos if form == "mov" else count] = packet.dts if form == "avi" else packet.pts
        base, last = unit, packet.duration or 0
        total += last
    if not stored:
        raise FormatError("a film without pictures", "影片中没有画面")
    if form != "mov":
        return _as_stored(base, sorted(stored.values()), last)
    shown: dict[int, float] = {}
    for packet, unit in _packets(path, edits=True):
        if not packet.is_discard:
            time = float(packet.pts * unit)
            shown[packet.pos] = min(time, shown.get(packet.pos, time))
    order = sorted(stored, key=lambda position: stored[position])
    times = [stored[position] for position in order]
    # A picture lasts until the next one; all together last as long as the sum of all durations says.
    stops = [*times[1:], max(times[0] + total, times[-1])]
    ends = [shown[p] + float((stop - stored[p]) * base) for p, stop in zip(order, stops, strict=True) if p in shown]
    return Timeline(base, tuple(times), tuple(shown.get(p) for p in order), max(ends, default=0.0))


def _as_stored(base: Fraction, times: list[int], last: int) -> Timeline:
    """The timeline of a film without edit lists; where no duration is told, the last picture lasts as most do."""
    if not last and len(times) > 1:
        last = sorted(b - a for a, b in pairwise(times))[(len(times) - 1) // 2]
    return Timeline(base, tuple(times), tuple(float(time * base) for time in times), float((times[-1] + last) * base))


def _packets(path: Path, *, edits: bool) -> Iterator[tuple[Any, Fraction]]:
    with decoding(path), opened(path, edits=edits) as (container, stream):
        for count, packet in enumerate(container.demux(stream)):
            if packet.size == 0:
                continue
            time = packet.dts if container.format.name == "avi" else packet.pts
            if time is None or packet.pos is None:
                raise FormatError("a picture without a time", "影片中有画面缺少时间戳")
            if count >= MAX_PICTURES:
                raise BudgetError(f"more than {MAX_PICTURES} pictures", f"画面超过 {MAX_PICTURES} 帧")
            yield packet, stream.time_base


def pictures(
    path: Path,
    film: Film,
    seconds: float | None = None,
    side: int | None = None,
    wanted: Callable[[float], bool] | None = None,
) -> Iterator[Picture]:
    """The pictures as a player shows them, one by one; of the first seconds only, if these are given.

    With `side` they are scaled down until their shortest side is no longer than that. `wanted` is asked with the moment
    of each picture; the others are decoded, which the following ones need, but not converted.
    """
    counted = _counted(path)
    with decoding(path), opened(path) as (container, stream):
        first: float | None = None
        for time, frame in _timed(container.decode(stream), counted):
            first = time if first is None else first
            if seconds is not None and time >= first + seconds:
                return
            if wanted is None or wanted(time):
                yield _picture(frame, film, side, time)


def pictures_at(path: Path, film: Film, times: Iterable[float], side: int | None = None) -> Iterator[Picture]:
    """The picture that is on screen at each of these moments, in seconds of presentation; `side` as above."""
    counted = _counted(path)
    with decoding(path), opened(path) as (container, stream):
        frames: Iterator[tuple[float, Any]] = iter(())
        here: tuple[float, Any] | None = None
        following: tuple[float, Any] | None = None
        for time in times:
            far = not counted and following is not None and time > following[0] + _NEAR
            if here is None or following is None or time < here[0] or far:
                # What is counted is counted from the beginning.
                start = 0 if counted else max(0, math.floor(time / stream.time_base))
                container.seek(start, stream=stream, backward=True)
                frames = _timed(container.decode(stream), counted)
                here = following = next(frames, None)
            while following is not None and following[0] <= time + _TICK:
                here, following = following, next(frames, None)
            if here is not None:
                yield _picture(here[1], film, side, here[0])


def _counted(path: Path) -> tuple[float, ...]:
    """When pictures are shown, where only their number tells: AVI says nothing of the order of display."""
    if form_of(path) != "avi" or all(packet.pts == packet.dts for packet, _ in _packets(path, edits=True)):
        return ()
    return tuple(time for time in timeline(path).shown if time is not None)


def _timed(frames: Iterator[Any], counted: tuple[float, ...]) -> Iterator[tuple[float, Any]]:
    """Pictures with the moments at which they are shown."""
    for number, frame in enumerate(frames):
        told = float(frame.time or 0.0)
        yield (counted[number] if number < len(counted) else told), frame


def _picture(frame: Any, film: Film, side: int | None, time: float) -> Picture:
    if (frame.width, frame.height) != (film.width, film.height):
        raise changed()
    scale = min(1.0, side / min(film.shown)) if side else 1.0
    wide, high = film.shown[::-1] if film.turn.sideways else film.shown
    rgb = frame.to_ndarray(
        format="rgb24",
        width=max(1, round(wide * scale)),
        height=max(1, round(high * scale)),
        interpolation="AREA" if scale < 1 else "BICUBIC",
    )
    return Picture(time, np.ascontiguousarray(film.turn.upright(rgb)))


def changed() -> UnsupportedError:
    """Pictures of two kinds in one film."""
    return UnsupportedError("the film changes its size or pixel format midway", "影片中途改变了画面尺寸或像素格式")
