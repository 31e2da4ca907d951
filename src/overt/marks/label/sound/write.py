"""A file with the label among its sound, for each kind of file.

What was there stays: the samples of WAV and AIFF, the samples of a FLAC bit for bit, the packets of all others byte for
byte, with the label in packets of the same codec beside them. A file whose sound nothing here can join is refused with
the way out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from overt.errors import UnsupportedError
from overt.formats import mp4_sound, mp4_sound_insert
from overt.formats.ogg_pages import read as first_page
from overt.formats.splice import Buffer, Splice, write
from overt.language import Text
from overt.marks.label.sound import adts, aiff, flac, mpeg, mpeg_join, ogg, vorbis_code, vorbis_setup, wave
from overt.marks.label.sound.listen import av, mapped
from overt.marks.label.sound.voice import Voice

SPEECH_KILOBITS: Final = 24
"""Bit rate of each channel, at least, of a label in the codecs that were made for speech."""
AAC_KILOBITS: Final = (48, 160)
"""Least and most of each channel."""
OPUS_KILOBITS: Final = (24, 128)


def _coders() -> ModuleType:
    return import_module("overt.media.av.coders")


def _save(splice: Splice, source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        write(splice, old, new)


def _write_wav(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        parsed = wave.parse(data)
        label = parsed.samples.encode(voice.samples(parsed.rate, parsed.channels, parsed.mask))
        at = voice.place if isinstance(voice.place, str) else voice.places(parsed.rate, parsed.frames)
        _save(wave.insert(data, parsed, label, at), source, target)


def _write_aiff(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        form = aiff.parse(data)
        label = aiff.encode(form, voice.samples(form.rate, form.channels))
        _save(aiff.insert(data, form, label, voice.places(form.rate, form.frames)), source, target)


def _write_mp3(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        stream = mpeg.parse(data)
        first = stream.first
        label = voice.samples(first.rate, first.channels)
        frames, delay, padding = _coders().encode_mp3(
            label, first.rate, mpeg.bit_rate(stream), joint=first.mode == "joint" or stream.joint
        )
        if first.mode == "dual":  # LAME writes no dual channel, whose frames differ from stereo in two bits alone.
            frames = [mpeg_join.as_dual(frame) for frame in frames]
        # Players leave the encoder's delay out; so do the seconds at which labels are to be.
        late = mpeg.delays(stream.lame)[0] / first.samples
        at = voice.place if isinstance(voice.place, str) else _packets(voice, first.samples / first.rate, late, stream)
        _save(mpeg_join.join(data, stream, frames, delay, padding, at), source, target)


def _packets(voice: Voice, seconds: float, late: float, stream: mpeg.Stream | adts.Stream) -> list[int]:
    """The packets before which the label goes; packets are `seconds` long and `late` packets late."""
    if isinstance(voice.place, str):
        return [0 if voice.place == "start" else stream.frames]
    return sorted({min(round(at / seconds + late), stream.frames) if at else 0 for at in voice.place})


def _write_aac(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        stream = adts.parse(data)
        rate = stream.first.rate
        if voice.parts[0].rate != rate:
            raise UnsupportedError(
                f"an AAC stream that plays at {voice.parts[0].rate} Hz and says {rate} (HE-AAC)",
                f"AAC 流声明 {rate} Hz，实际为 {voice.parts[0].rate} Hz（HE-AAC）",
                hint=adts.TO_LC,
            )
        label = voice.samples(rate, stream.channels)
        blocks = _coders().encode_aac(label, rate, _kilobits(stream.kilobits, stream.channels, AAC_KILOBITS))
        _save(adts.join(data, stream, blocks, _packets(voice, 1024 / rate, 0, stream)), source, target)


def _kilobits(own: int, channels: int, bounds: tuple[int, int]) -> int:
    """The bit rate of the file, within bounds for each channel."""
    return min(max(own, bounds[0] * channels), bounds[1] * channels)


def _write_m4a(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        sound = mp4_sound.read(data)
        if voice.parts[0].rate != sound.rate:
            raise UnsupportedError(
                f"sound that plays at {voice.parts[0].rate} Hz and says {sound.rate} (HE-AAC)",
                f"音频声明 {sound.rate} Hz，实际为 {voice.parts[0].rate} Hz（HE-AAC）",
                hint=adts.TO_LC,
            )
        label = voice.samples(sound.rate, sound.channels, multiple=sound.step)
        if sound.coding == "alac":
            packets, delay, again = _alac(sound, voice), 0, 0
        else:
            kilobits = _kilobits(sound.kilobits, sound.channels, AAC_KILOBITS)
            packets, again = _coders().encode_aac(label, sound.rate, kilobits), 1
            delay = _coders().AAC_DELAY
        if isinstance(voice.place, str):
            places = [0 if voice.place == "start" else sound.track.count]
        else:
            places = sorted({sound.packet(seconds) if seconds else 0 for seconds in voice.place})
        _save(mp4_sound_insert.insert(data, sound, packets, delay, places, again), source, target)


def _alac(sound: mp4_sound.Sound, voice: Voice) -> list[bytes]:
    """Packets that the file's own configuration decodes."""
    bits = sound.cookie[5]
    packets: list[bytes] = []
    if bits in (16, 24) and sound.channels <= 2:
        label = voice.samples(sound.rate, sound.channels, multiple=sound.step)
        packets, extra = _coders().encode_alac(label, sound.rate, bits)
        # Frame length, version, bits, the coder's three parameters, channels.
        if extra[-24:][:10] == sound.cookie[:10]:
            return packets
    raise UnsupportedError(
        "ALAC of an uncommon configuration",
        "ALAC 的配置不常见",
        hint=Text(zh="先转换为 FLAC：ffmpeg -i IN OUT.flac", en="Convert it to FLAC first: ffmpeg -i IN OUT.flac"),
    )


def _write_ogg(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data:
        magic = bytes(data[(page := first_page(data, 0)).body : page.stop])[:8]
        if magic.startswith(b"\x01vorbis"):
            _save(_with_vorbis(data, voice), source, target)
        elif magic == b"OpusHead":
            _save(_with_opus(data, voice), source, target)
        else:
            raise ogg.unwritten(magic)


def _with_opus(data: Buffer, voice: Voice) -> Splice:
    stream = ogg.parse(data, 2, lambda _: ogg.opus_plays)
    head = ogg.opus_head(stream.headers[0])
    if head.family > 1:
        raise UnsupportedError("Opus with channels of no known layout", "Opus 声道布局未知", hint=_TO_OPUS)
    label = voice.samples(ogg.OPUS_RATE, head.channels, multiple=960) / head.gain
    kilobits = _kilobits(round(stream.kilobits * ogg.OPUS_RATE), head.channels, OPUS_KILOBITS)
    first = bytes(data[stream.where[0][2] : stream.where[0][2] + 1]) if stream.where else b""
    packets, own = _coders().encode_opus(label, kilobits, speech=False)
    if head.table != ogg.opus_head(own).table:
        raise UnsupportedError("Opus with channels coded in another way", "Opus 声道编码方式不同", hint=_TO_OPUS)
    if not ogg.is_speech(first):
        # A change of mode makes the decoder forget the label: the content begins as in a file of its own.
        silence = label[:960] * 0
        packets = [*packets, *_coders().encode_opus(silence, SPEECH_KILOBITS * head.channels, speech=True)[0][:1]]
    if isinstance(voice.place, str):
        places = [0 if voice.place == "start" else stream.count]
    else:
        skip = int.from_bytes(stream.headers[0][10:12], "little")
        places = sorted({stream.packet(round(s * ogg.OPUS_RATE) + skip) if s else 0 for s in voice.place})
    return ogg.insert(data, stream, lambda _: packets, places, ogg.OPUS_AGAIN, ogg.opus_plays)


_TO_OPUS = Text(
    zh="先转换：ffmpeg -i IN -ac 2 -c:a libopus OUT.opus",
    en="Convert it first: ffmpeg -i IN -ac 2 -c:a libopus OUT.opus",
)


def _with_vorbis(data: Buffer, voice: Voice) -> Splice:
    found: list[vorbis_setup.Setup] = []

    def duration(headers: tuple[bytes, ...]) -> ogg.Duration:
        found.append(vorbis_setup.read(headers))
        return found[0].plays

    stream = ogg.parse(data, 3, duration)
    setup = found[0]
    label = voice.samples(setup.rate, setup.channels)
    if isinstance(voice.place, str):
        places = [0 if voice.place == "start" else stream.count]
    else:
        places = sorted({stream.packet(round(s * setup.rate)) if s else 0 for s in voice.place})
    heads = [bytes(data[at : at + 8]) for _, _, at in stream.where]

    def packets(place: int) -> list[bytes]:
        # In the midst, the packet before the label comes once more behind it.
        before = heads[place - 1] if place else b""
        behind = before if 0 < place < stream.count else heads[place] if place < stream.count else b""
        return vorbis_code.encode(setup, label, before, behind)

    return ogg.insert(data, stream, packets, places, 1, setup.plays)


def _write_flac(source: Path, target: Path, voice: Voice) -> None:
    with mapped(source) as data, tempfile.TemporaryFile(dir=target.parent) as coded:
        parsed = flac.parse(data)
        if parsed.bits not in (16, 24):
            raise UnsupportedError(
                f"a FLAC of {parsed.bits} bits", f"{parsed.bits} 位 FLAC",
                hint=Text(zh="先转换为 16 位或 24 位 FLAC。", en="Convert it to a FLAC of 16 or 24 bits first."),
            )  # fmt: skip
        label = voice.samples(parsed.rate, parsed.channels, multiple=flac.CD_FRAME)
        nothing = label[:0]
        if isinstance(voice.place, str):
            at: flac.Place = voice.place
            before, behind = (label, nothing) if at == "start" else (nothing, label)
            av().extend_flac(source, coded, parsed.bits, before, behind)
        else:
            at = voice.places(parsed.rate, 1 << 36)
            av().extend_flac(source, coded, parsed.bits, nothing, nothing, inside=label, places=at)
        coded.flush()
        coded.seek(0)
        new = flac.parse(coded.read(1 << 16))  # A fresh file has two short blocks before its frames.
        place = new.blocks[0][1]
        coded.seek(place.start)
        front = flac.head(data, parsed, coded.read(len(place)), len(label), at)
        coded.seek(new.frames)
        with target.open("wb") as file:
            file.write(front)
            shutil.copyfileobj(coded, file, 1 << 20)
            file.write(flac.tail(data))


WRITERS: Final[dict[str, Callable[[Path, Path, Voice], None]]] = {
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
