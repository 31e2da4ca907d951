"""The label on sound: a voice that says it, or the rhythm, before or after the content.

Sources: GB 45438-2025, 5.3, and Labeling Measures art. 4(1)(2), through the rulebook; TC260 names no level or gap.
The content stays what it was: the samples of a WAV and the frames of an MP3 byte for byte, the samples of a FLAC bit
for bit. The label is as loud as the content beside it. Times that tags state (chapters, synchronised lyrics, TLEN)
are not moved. WAV needs numpy alone; MP3 and FLAC need the extra `media`.
"""

from __future__ import annotations

import contextlib
import mmap
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from overt.errors import FormatError, MediaError, ReadBackError, UnsupportedError
from overt.formats.splice import Splice, write
from overt.language import Text
from overt.marks.label import rhythm, speech
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.sound import flac, mpeg, wave
from overt.media import sound
from overt.media.sound import Excerpt, Samples
from overt.rulebook import LabelRules

END_SECONDS = 15.0
"""How much of each end is listened to, and sets the level: twice the longest label."""
GAP_SECONDS = 0.5
"""Silence between label and content, and between two sentences: long enough to be heard as a break."""
EDGE_SECONDS = 0.15
"""Silence at the outer end: players and their loudspeakers swallow the first tenth of a second."""
TONE_GAIN = 10**-0.4
"""A steady tone is set 4 dB below the content: it sounds louder than speech or music of its power."""
SILENT = 10**-2.6
"""Power of a label for content that is silent: -26 dB, a calm voice."""
QUIETEST, LOUDEST = 10**-3.6, 10**-1.4
"""A label can always be heard (-36 dB) and never frightens (-14 dB)."""
PEAK = 0.89
"""-1 dB: lossy coding may overshoot by as much."""
LOSSES = 4
"""Pieces that decoders lose in honest files: the start of a cut MP3, whose first frames need earlier ones."""

_RHYTHM = "rhythm"


@dataclass(frozen=True, slots=True)
class _Found:
    """One label in a file: `kind` is "rhythm", or the sentence that is said."""

    kind: str
    place: LabelPlace
    measures: dict[str, float]


class AudioLabeller:
    """Labels for WAV, MP3 and FLAC."""

    containers: tuple[str, ...] = ("wav", "mp3", "flac")

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: `source` with a label before or after its sound. `target` is another file.

        A file that has the wanted label at the wanted place already is copied as it is: one label is enough.
        Raises `MediaError` if the file cannot be labelled, `SetupError` without a voice for the wording or without
        PyAV, `ReadBackError` if the label that is found in the result falls short of the rules.
        """
        wanted = _wanted(rules, style)
        parts = _ends(source, container)
        try:
            if _shortfall(_labels(parts, rules), wanted, rules, style):
                _WRITERS[container](source, target, _Voice(parts, rules, style))
            else:
                shutil.copyfile(source, target)
            found = _labels(_ends(target, container), rules)
            _confirm(found, wanted, rules, style)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return _report([item for item in found if item.kind in wanted], rules)

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label heard in the first or the last 15 seconds.

        None means: no rhythm label, and no spoken label in one of our own voices. Somebody else's voice is not
        heard; this is no speech recognition. Raises `MediaError` where it could not tell.
        """
        found = _labels(_ends(path, container), rules)
        return _report([item for item in found if item.kind != _RHYTHM] or found, rules) if found else None


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    """A file's bytes, not read into memory."""
    with path.open("rb") as file:
        empty = path.stat().st_size == 0
        # Left to the garbage collector: an error that is under way may still hold a slice.
        yield memoryview(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────


def _ends(path: Path, container: str) -> tuple[Excerpt, ...]:
    """The first and the last seconds; one excerpt if they meet."""
    if container != "wav":
        decoded: tuple[Excerpt, ...] = _av().ends(path, container, END_SECONDS)
        if _promised(path, container) > decoded[-1].start + len(decoded[-1].samples) / decoded[-1].rate + 1.0:
            decoded = (*decoded[:-1], replace(decoded[-1], losses=LOSSES + 1))
        return decoded
    with _mapped(path) as data:
        parsed = wave.parse(data)
        count = round(END_SECONDS * parsed.rate)
        spans = [(0, parsed.frames)] if parsed.frames <= 2 * count else [(0, count), (parsed.frames - count, count)]
        parts = [wave.excerpt(data, parsed, first, length) for first, length in spans]
    if parsed.truncated:
        parts[-1] = replace(parts[-1], losses=LOSSES + 1)
    return tuple(parts)


def _promised(path: Path, container: str) -> float:
    """How many seconds of sound the file itself says it has; 0 where it does not."""
    with _mapped(path) as data, contextlib.suppress(MediaError):
        if container == "flac":
            blocks = flac.parse(data)
            return blocks.samples / blocks.rate
        stream = mpeg.parse(data)
        return stream.promised * stream.first.samples / stream.first.rate
    return 0.0


def _labels(parts: tuple[Excerpt, ...], rules: LabelRules) -> list[_Found]:
    """Every label in these excerpts. Raises `FormatError` if there is none and too much could not be decoded."""
    heard: list[tuple[float, float, str, dict[str, float]]] = []
    for part in parts:
        mono = sound.resample(part.mono, part.rate, speech.RATE)
        for spoken in speech.recognise(mono, speech.RATE):
            measures = {"seconds": spoken.stop - spoken.start, "score": spoken.score}
            if spoken.characters_per_minute is not None:
                measures["characters_per_minute"] = spoken.characters_per_minute
            heard.append((part.start + spoken.start, part.start + spoken.stop, spoken.clip.sentence, measures))
        for tones in rhythm.detect(mono, speech.RATE, rules):
            measures = {"seconds": tones.stop - tones.start, "unit_seconds": tones.unit, "score": tones.score}
            heard.append((part.start + tones.start, part.start + tones.stop, _RHYTHM, measures))
    if not heard and sum(part.losses for part in parts) > LOSSES:
        raise FormatError("parts of the sound are missing or could not be decoded", "部分音频缺失或无法解码")
    heard.sort(key=lambda item: item[:2])
    return _placed(heard, parts[-1].start + len(parts[-1].samples) / parts[-1].rate)


def _placed(heard: list[tuple[float, float, str, dict[str, float]]], total: float) -> list[_Found]:
    """At the start or at the end: to which of them the label is nearer, its sentences taken together."""
    found: list[_Found] = []
    while heard:
        together = 1
        while together < len(heard) and heard[together][0] - heard[together - 1][1] < 2 * GAP_SECONDS:
            together += 1
        where = "start" if heard[0][0] <= total - heard[together - 1][1] else "end"
        found += [
            _Found(kind, LabelPlace(where, seconds=(a, b)), measures) for a, b, kind, measures in heard[:together]
        ]
        heard = heard[together:]
    return found


def _report(found: list[_Found], rules: LabelRules) -> LabelReport:
    wording = " ".join(dict.fromkeys(rules.rhythm.value if i.kind == _RHYTHM else i.kind for i in found))
    main = next((item for item in found if "characters_per_minute" in item.measures), found[0])
    return LabelReport("audio", wording, tuple(item.place for item in found), dict(main.measures))


def _confirm(found: list[_Found], wanted: list[str], rules: LabelRules, style: LabelStyle) -> None:
    if problem := _shortfall(found, wanted, rules, style):
        raise ReadBackError(
            f"the label on the sound could not be confirmed: {problem.en}", f"音频标识未能确认：{problem.zh}"
        )


def _wanted(rules: LabelRules, style: LabelStyle) -> list[str]:
    if style.audio == "rhythm":
        return [_RHYTHM]
    return [clip.sentence for clip in speech.chosen(rules, style.second_language)]


def _shortfall(found: list[_Found], wanted: list[str], rules: LabelRules, style: LabelStyle) -> Text | None:
    """What is missing for the label that was asked for; None if nothing is."""
    low, high = rules.speech_rate.value
    unit = rules.rhythm_unit_seconds.value
    if style.audio == "spoken" and not rules.has_elements(" ".join(wanted)):
        return Text(zh="语句缺少必要要素", en="the sentence lacks an element")
    for kind in wanted:
        item = next((i for i in found if i.kind == kind and i.place.where == style.audio_at), None)
        if item is None:
            where = "开头" if style.audio_at == "start" else "结尾"
            return Text(
                zh=f"{where}未检出{'节奏提示' if kind == _RHYTHM else f'“{kind}”'}",
                en=f"{kind!r} is not heard at the {style.audio_at}",
            )
        pace = item.measures.get("characters_per_minute")
        if pace is not None and not low <= pace <= high:
            return Text(zh=f"语速为每分钟 {pace:.0f} 字", en=f"the pace is {pace:.0f} characters a minute")
        measured = item.measures.get("unit_seconds", unit)
        if abs(measured - unit) > unit / 10:
            return Text(zh=f"节奏单位为 {measured:.3f} 秒", en=f"the rhythm's unit is {measured:.3f} s")
    return None


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Voice:
    """What is to be heard, beside which content."""

    parts: tuple[Excerpt, ...]
    rules: LabelRules
    style: LabelStyle

    def samples(self, rate: int, channels: int, mask: int = 0, multiple: int = 1) -> Samples:
        """The label with its silences, at the content's rate and level, on its channels.

        The length is a multiple of `multiple` samples.
        """
        label = sound.spread(self._mono(rate), channels, mask)
        loudness = sound.power(label, rate)
        if loudness:
            label *= np.sqrt(self._power() / loudness)
        label *= min(1.0, PEAK / max(float(np.abs(label).max()), 1e-9))
        gap, edge = (np.zeros((round(s * rate), channels)) for s in (GAP_SECONDS, EDGE_SECONDS))
        pieces = [edge, label, gap] if self.style.audio_at == "start" else [gap, label, edge]
        pieces.append(np.zeros((-sum(map(len, pieces)) % multiple, channels)))
        return np.concatenate(pieces)

    def _mono(self, rate: int) -> Samples:
        if self.style.audio == "rhythm":
            return rhythm.render(self.rules, rate)
        pieces: list[Samples] = []
        for clip in speech.chosen(self.rules, self.style.second_language):
            pieces += [np.zeros(round(GAP_SECONDS * rate)), sound.resample(clip.samples, clip.rate, rate)]
        return np.concatenate(pieces[1:])

    def _power(self) -> float:
        """As loud as the content next to the label; if that is silent, as the other end."""
        order = self.parts if self.style.audio_at == "start" else self.parts[::-1]
        loudness = next((p for p in (sound.power(part.samples, part.rate) for part in order) if p), SILENT)
        if self.style.audio == "rhythm":
            loudness *= TONE_GAIN
        return min(max(loudness, QUIETEST), LOUDEST)


def _save(splice: Splice, source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        write(splice, old, new)


def _write_wav(source: Path, target: Path, voice: _Voice) -> None:
    with _mapped(source) as data:
        parsed = wave.parse(data)
        label = voice.samples(parsed.rate, parsed.channels, parsed.mask)
        _save(wave.insert(data, parsed, parsed.samples.encode(label), voice.style.audio_at), source, target)


def _write_mp3(source: Path, target: Path, voice: _Voice) -> None:
    with _mapped(source) as data:
        stream = mpeg.parse(data)
        first = stream.first
        label = voice.samples(first.rate, first.channels)
        frames, delay, padding = _av().encode_mp3(
            label, first.rate, mpeg.bit_rate(stream), joint=first.mode == "joint" or stream.joint
        )
        if first.mode == "dual":  # LAME writes no dual channel, whose frames differ from stereo in two bits alone.
            frames = [mpeg.as_dual(frame) for frame in frames]
        _save(mpeg.join(data, stream, frames, delay, padding, voice.style.audio_at), source, target)


def _write_flac(source: Path, target: Path, voice: _Voice) -> None:
    with _mapped(source) as data, tempfile.TemporaryFile(dir=target.parent) as coded:
        parsed = flac.parse(data)
        if parsed.bits not in (16, 24):
            raise UnsupportedError(
                f"a FLAC of {parsed.bits} bits", f"{parsed.bits} 位 FLAC",
                hint=Text(zh="先转换为 16 位或 24 位 FLAC。", en="Convert it to a FLAC of 16 or 24 bits first."),
            )  # fmt: skip
        label = voice.samples(parsed.rate, parsed.channels, multiple=flac.CD_FRAME)
        nothing, at = label[:0], voice.style.audio_at
        before, behind = (label, nothing) if at == "start" else (nothing, label)
        _av().extend_flac(source, coded, parsed.bits, before, behind)
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


_WRITERS: dict[str, Callable[[Path, Path, _Voice], None]] = {
    "wav": _write_wav,
    "mp3": _write_mp3,
    "flac": _write_flac,
}


def _av() -> ModuleType:
    """PyAV's room, entered only where it is needed: WAV does without."""
    return import_module("overt.media.av.audio")


LABELLER = AudioLabeller()
