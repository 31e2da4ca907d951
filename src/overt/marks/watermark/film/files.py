"""The watermark of film files: MP4, MOV, MKV, WebM, FLV and AVI.

All pictures are encoded anew in their own codec, at the quality at which the label does it, and put into their places
in the file (`overt.marks.label.film.kinds`): sizes, times (of a variable rate, too), depth and colours stay, and so do
the other tracks, byte for byte. Of MP4 and MOV the sound is marked as well where it can be encoded as it was; where it
cannot, it stays. Films whose pictures cannot be encoded as they were are refused with the reason
(`overt.media.av.encode`).
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from overt.errors import MediaError, ReadBackError, UnsupportedError
from overt.formats.mp4_film import film_track
from overt.formats.splice import write
from overt.language import Text
from overt.marks.label.film.kinds import KINDS, mapped
from overt.marks.watermark.film.mark import PROXY, FilmMarker
from overt.marks.watermark.film.read import FRAMES, FilmReader
from overt.marks.watermark.model import Found, Readout, WatermarkReport, shortened
from overt.marks.watermark.picture import tile
from overt.marks.watermark.sound import files as sound_files
from overt.media.av import encode, glance, video
from overt.media.budget import INSPECTION, MARKING, Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Bits

_SOUND: Final = {"mov": "m4a", "matroska": "matroska", "flv": "flv", "avi": "avi"}
"""What a film's sound is read as, by FFmpeg's name for the film's format."""
_MEASURED: Final = 5  # Pictures on which the quality is measured.
_LIMITED: Final = 219 / 255  # Luma codes for one grey level, where they go from 16 to 235.


def bits_for(width: int, height: int) -> Bits:
    """How long an id a film of this size carries."""
    return 64 if max(width, height) >= tile.SMALL else 40


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:  # noqa: ARG001
    """Write `target`: the film with the id on every picture; it is read back from what was written.

    Raises `MediaError` where the film cannot carry one, `ReadBackError` (and leaves no file) where too little of the
    mark outlives the film's own coding.
    """
    form = video.form_of(source)
    original = mapped(source)
    # Asked before anything is decoded: it refuses what cannot be put back.
    number = film_track(original) if form == "mov" else KINDS[form].seam(original, 0)
    film = video.probe(source, MARKING)
    if form == "mov" and number not in (stream.number for stream in film.streams if stream.index == film.index):
        raise UnsupportedError(
            "it is unclear which of several picture tracks is the film", "文件含多条画面轨道，无法确定哪一条是影片"
        )
    bits = bits_for(*film.shown)
    value = shortened(content_id, bits)
    times = video.timeline(source)
    level = (1 << (film.depth - 8)) * (1.0 if film.colour.full else _LIMITED)
    marker = FilmMarker(
        (film.height, film.width), float(film.rate), value, bits, key, aspect=float(film.pixel_aspect), level=level
    )
    try:
        _write(source, target, film, times, marker)
        with_sound = form == "mov" and _sound_marked(target, content_id, key)
        found = _read_back(target, value, key)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    report = marker.report()
    measures = {"psnr": _psnr(source, target, film, times), "frames": float(report.frames), "sound": float(with_sound)}
    return WatermarkReport("video", found, measures | {"seconds": times.end - times.start})


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:  # noqa: ARG001
    """The ids in a film: in pictures from all over it, and in its sound. Raises `MediaError` if it has no pictures."""
    return _read(path, video.form_of(path), keys)


def _read(path: Path, form: str, keys: Sequence[Key]) -> Readout:
    pictures = _seen(path, keys, INSPECTION)
    try:
        sound = sound_files.read(path, _SOUND[form], keys)
    except MediaError:  # Most often there is none; the pictures were looked at.
        return pictures
    return _together(pictures, sound)


def _seen(path: Path, keys: Sequence[Key], budget: Budget) -> Readout:
    reader = FilmReader(keys)
    for glimpse in glance.glimpses(path, video.probe(path, budget), FRAMES, PROXY):
        reader.see(glimpse.grey, glimpse.time)
    return reader.readout()


def _read_back(target: Path, value: int, key: Key) -> Found:
    found = next((each for each in _seen(target, (key,), MARKING).ids if each.value == value), None)
    if found is None:
        raise ReadBackError(
            "too little of the watermark is left in this film: it is too plain, too small or too short",
            "水印在该影片中保留不足：画面过于单调、尺寸过小或时间过短",
            hint=Text(
                zh="换用更大或更长的影片；也可不加水印：--only label,metadata,credential。",
                en="Use a larger or longer film; or leave the watermark out: --only label,metadata,credential.",
            ),
        )
    return found


def _sound_marked(film: Path, content_id: str, key: Key) -> bool:
    """Put the id on the sound of a film, too. False, and the film as it was, where that cannot be."""
    with TemporaryDirectory(dir=film.parent, prefix=".overt-") as folder:
        marked = Path(folder) / "sound"
        try:
            sound_files.put(film, marked, _SOUND["mov"], content_id, key)
        except (MediaError, ReadBackError):
            return False
        marked.replace(film)
    return True


def _together(pictures: Readout, sound: Readout) -> Readout:
    """What two tracks say: an id that both have counts once, from where it is longer or surer."""
    ids: list[Found] = []
    for found in sorted((*pictures.ids, *sound.ids), key=lambda each: (-each.bits, each.log10_p)):
        if not any(other.key == found.key and other.value >> (other.bits - found.bits) == found.value for other in ids):
            ids.append(found)
    presences = [each.presence for each in (pictures, sound) if each.presence]
    surest = min(presences, key=lambda each: each.log10_p, default=None)
    return Readout(tuple(sorted(ids, key=lambda each: each.log10_p)), surest)


def _write(source: Path, target: Path, film: video.Film, times: video.Timeline, marker: FilmMarker) -> None:
    form = video.form_of(source)
    wide, unit = film.depth > 8, 1 << (film.depth - 8)

    def paint(number: int, planes: tuple[NDArray[Any], ...]) -> None:
        luma = planes[0]
        seen = luma.astype(np.float32) / unit if wide else luma
        change = marker.delta(seen, float(times.stored[number] * times.base))
        if wide:
            luma[...] = np.clip(np.rint(luma + change), 0, (1 << film.depth) - 1).astype(luma.dtype)
        else:
            luma[...] = cv2.add(luma, change, dtype=cv2.CV_8U)

    with TemporaryDirectory(dir=target.parent, prefix=".overt-") as folder:
        encoded = Path(folder) / "pictures"
        kind = KINDS[form]
        encode.reencode(source, encoded, film, times, paint, form=kind.forms.get(film.codec, kind.form))
        splice = kind.exchange(mapped(source), mapped(encoded))
    with source.open("rb") as old, target.open("wb") as new:
        write(splice, old, new)


def _psnr(source: Path, target: Path, film: video.Film, times: video.Timeline) -> float:
    """What the new film's pictures are against the old one's, in dB: the mean over some."""
    shown = sorted(time for time in times.shown if time is not None)
    picked = [shown[round(part * (len(shown) - 1))] for part in np.linspace(0, 1, _MEASURED)]
    pairs = zip(video.pictures_at(source, film, picked), video.pictures_at(target, film, picked), strict=False)
    errors = [float(np.mean(np.square(one.rgb.astype(np.float32) - other.rgb))) for one, other in pairs]
    return float(np.mean([min(99.0, 10 * np.log10(255**2 / max(error, 1e-9))) for error in errors]))
