"""A file with its sound replaced by other sound of the same length, for each kind of file.

The samples of WAV, AIFF and FLAC are written as they are stored; what is coded with loss is coded anew by the same
codec, at a bit rate somewhat above the file's own (Vorbis at twice as much). Tags, pictures, chapters and every other
byte stay.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import accumulate, chain
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from overt.errors import TruncatedError, UnsupportedError
from overt.formats import mp4_sound, mp4_sound_replace, ogg_stream
from overt.formats.ogg_pages import read as first_page
from overt.formats.splice import Splice
from overt.formats.splice import write as write_splice
from overt.language import Text
from overt.marks.label.sound import adts, aiff, flac, mpeg, mpeg_join, ogg, vorbis_code, vorbis_setup, wave
from overt.marks.label.sound.listen import mapped
from overt.marks.watermark.sound.windows import Form
from overt.media.sound import Samples

Pieces = Iterable[Samples]
"""The new sound, in stretches."""

MORE: Final = 1.25
"""The bit rate of sound that is coded a second time, against the first: the loss of the first is coded, too."""
_AAC, _OPUS = (64, 200), (48, 160)
"""Least and most kilobits of each channel."""
VORBIS_SECONDS: Final = 1200.0
"""Vorbis is coded here, in the file's own codebooks and all at once: FFmpeg's encoder knows neither."""


def _recode() -> ModuleType:
    return import_module("overt.media.av.recode")


def _save(splice: Splice, source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        write_splice(splice, old, new)


def _kilobits(own: float, form: Form, bounds: tuple[int, int]) -> int:
    return round(min(max(own * MORE, bounds[0] * form.channels), bounds[1] * form.channels))


def _write_wav(source: Path, target: Path, form: Form, pieces: Pieces) -> None:  # noqa: ARG001
    with mapped(source) as data:
        parsed = wave.parse(data)
        if parsed.truncated:
            raise TruncatedError("the WAV file ends before its samples do", "WAV 文件不完整，样本数据缺失")
        _overwrite(source, target, parsed.data.start, (parsed.samples.encode(piece) for piece in pieces))


def _write_aiff(source: Path, target: Path, form: Form, pieces: Pieces) -> None:  # noqa: ARG001
    with mapped(source) as data:
        parsed = aiff.parse(data)
        if parsed.truncated:
            raise TruncatedError("the AIFF file ends before its samples do", "AIFF 文件不完整，样本数据缺失")
        _overwrite(source, target, parsed.start, (aiff.encode(parsed, piece) for piece in pieces))


def _overwrite(source: Path, target: Path, at: int, samples: Iterator[bytes]) -> None:
    """As many samples of the same form: nothing else moves."""
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        file.seek(at)
        file.writelines(samples)


def _write_flac(source: Path, target: Path, form: Form, pieces: Pieces) -> None:
    with mapped(source) as data, tempfile.TemporaryFile(dir=target.parent) as coded:
        parsed = flac.parse(data)
        if parsed.bits not in (16, 24):
            raise UnsupportedError(
                f"a FLAC of {parsed.bits} bits", f"{parsed.bits} 位 FLAC",
                hint=Text(zh="先转换为 16 位或 24 位 FLAC。", en="Convert it to a FLAC of 16 or 24 bits first."),
            )  # fmt: skip
        _recode().flac(coded, pieces, parsed.rate, _recode().LAYOUTS[form.channels], parsed.bits)
        coded.flush()
        coded.seek(0)
        new = flac.parse(coded.read(1 << 16))  # A fresh file has two short blocks before its frames.
        if parsed.samples and new.samples != parsed.samples:
            raise TruncatedError("the FLAC file ends before its sound does", "FLAC 文件不完整，音频缺失")
        place = new.blocks[0][1]
        coded.seek(place.start)
        front = flac.head(data, parsed, coded.read(len(place)), 0, "start")
        coded.seek(new.frames)
        with target.open("wb") as file:
            file.write(front)
            shutil.copyfileobj(coded, file, 1 << 20)
            file.write(flac.tail(data))


def _write_mp3(source: Path, target: Path, form: Form, pieces: Pieces) -> None:
    with mapped(source) as data:
        stream = mpeg.parse(data)
        frames, delay, padding = _recode().mp3(
            pieces, form.rate, form.channels, mpeg.bit_rate(stream, MORE), joint=stream.first.mode != "stereo"
        )
        if stream.first.mode == "dual":
            frames = [mpeg_join.as_dual(frame) for frame in frames]
        _save(mpeg_join.replaced(data, stream, frames, delay, padding), source, target)


def _write_aac(source: Path, target: Path, form: Form, pieces: Pieces) -> None:
    with mapped(source) as data:
        stream = adts.parse(data)
        _refuse_wider(form, stream.first.rate, stream.channels)
        blocks = _recode().aac(pieces, form.rate, form.channels, _kilobits(stream.kilobits, form, _AAC))
        _save(adts.replaced(data, stream, blocks), source, target)


def _refuse_wider(form: Form, rate: int, channels: int) -> None:
    """HE-AAC decodes to more than its stream says, and cannot be written."""
    if (form.rate, form.channels) != (rate, channels):
        raise UnsupportedError(
            f"sound that plays at {form.rate} Hz and says {rate} (HE-AAC)",
            f"音频声明 {rate} Hz，实际为 {form.rate} Hz（HE-AAC）",
            hint=adts.TO_LC,
        )


def _write_m4a(source: Path, target: Path, form: Form, pieces: Pieces) -> None:
    """Packets of the same times: what is cut off at the beginning (the edit list) is silence before the sound."""
    with mapped(source) as data:
        sound = mp4_sound.read(data, beside=True)
        _refuse_wider(form, sound.rate, sound.channels)
        late = sound.skip * sound.step // sound.delta
        whole = _of_length(chain([np.zeros((late, form.channels))], pieces), sound.track.count * sound.step)
        if sound.coding == "alac":
            made = _recode().alac(whole, form.rate, form.channels, sound.cookie[5])
            if made.header[-24:][:10] != sound.cookie[:10] or sound.cookie[5] not in (16, 24):
                raise UnsupportedError(
                    "ALAC of an uncommon configuration",
                    "ALAC 的配置不常见",
                    hint=Text(
                        zh="先转换为 FLAC：ffmpeg -i IN OUT.flac", en="Convert it to FLAC first: ffmpeg -i IN OUT.flac"
                    ),
                )
            packets = made.packets
        else:
            packets = _recode().aac(whole, form.rate, form.channels, _kilobits(sound.kilobits, form, _AAC))
        _save(mp4_sound_replace.replace(data, sound, packets[: sound.track.count]), source, target)


def _of_length(pieces: Iterable[Samples], length: int) -> Iterator[Samples]:
    """Exactly so many samples: the rest is cut off, or silence follows."""
    left, channels = length, 1
    for piece in pieces:
        channels = piece.shape[1]
        yield piece[:left]
        left -= len(piece[:left])
    yield np.zeros((left, channels))


def _write_ogg(source: Path, target: Path, form: Form, pieces: Pieces) -> None:
    with mapped(source) as data:
        page = first_page(data, 0)
        magic = bytes(data[page.body : page.stop])[:8]
        if magic.startswith(b"\x01vorbis"):
            stream = ogg.parse(data, 3, lambda headers: vorbis_setup.read(headers).plays)
            laid = _vorbis(stream, form, pieces, page.serial)
        elif magic == b"OpusHead":
            stream = ogg.parse(data, 2, lambda _: ogg.opus_plays)
            laid = _opus(stream, form, pieces, page.serial)
        else:
            raise ogg.unwritten(magic)
        with target.open("wb") as file:
            file.writelines(laid)


def _opus(stream: ogg.Stream, form: Form, pieces: Pieces, serial: int) -> Iterator[bytes]:
    made = _recode().opus(pieces, form.channels, _kilobits(stream.kilobits * ogg.OPUS_RATE, form, _OPUS))
    skip = int.from_bytes(made.header[10:12], "little")
    ends = accumulate(ogg.opus_plays(b"", packet) for packet in made.packets)
    packets = zip(made.packets, ends, strict=True)
    return ogg_stream.laid(serial, (made.header, stream.headers[1]), packets, skip + made.samples)


def _vorbis(stream: ogg.Stream, form: Form, pieces: Pieces, serial: int) -> Iterator[bytes]:
    setup = vorbis_setup.read(stream.headers)
    if stream.ends and stream.ends[-1] > VORBIS_SECONDS * form.rate:
        raise UnsupportedError(
            f"Ogg Vorbis of more than {VORBIS_SECONDS:.0f} s",
            f"超过 {VORBIS_SECONDS:.0f} 秒的 Ogg Vorbis",
            hint=Text(
                zh="先转换为 Opus：ffmpeg -i IN -c:a libopus OUT.opus",
                en="Convert it to Opus first: ffmpeg -i IN -c:a libopus OUT.opus",
            ),
        )
    samples = np.concatenate(list(pieces))
    coded = vorbis_code.whole(setup, samples)
    heads = [packet[:8] for packet in coded]
    ends = accumulate(setup.plays(old, new) for old, new in zip([b"", *heads], heads, strict=False))
    return ogg_stream.laid(serial, stream.headers, zip(coded, ends, strict=True), len(samples))


WRITERS: Final[dict[str, Callable[[Path, Path, Form, Pieces], None]]] = {
    "wav": _write_wav,
    "aiff": _write_aiff,
    "mp3": _write_mp3,
    "flac": _write_flac,
    "aac": _write_aac,
    "m4a": _write_m4a,
    "ogg": _write_ogg,
    "opus": _write_ogg,
}
"""What writes which container: from the source to the target, which is another file."""
