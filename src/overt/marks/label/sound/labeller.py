"""The label on sound: a voice that says it, or the rhythm, at an end of the content or at each turn of a dialogue.

Sources: GB 45438-2025, 5.3, and Labeling Measures art. 4(1)(2), through the rulebook.
The content stays what it was: `overt.marks.label.sound.write` says how. The label is as loud as the content beside it.
Times that tags state (synchronised lyrics, TLEN, chapters but those of M4A) are not moved. WAV and AIFF need numpy
alone; what is coded needs the extra `media`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from overt.errors import FormatError, ReadBackError
from overt.language import Text
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.sound import rhythm, speech, turns
from overt.marks.label.sound.listen import LOSSES, ends, levels, spans
from overt.marks.label.sound.voice import GAP_SECONDS, Voice
from overt.marks.label.sound.write import WRITERS
from overt.media import sound
from overt.media.sound import Excerpt
from overt.rulebook import LabelRules

END_SECONDS = 15.0
"""How much of each end is listened to, and sets the level: twice the longest label."""
TURN_SECONDS = 1.0
"""Around where a label in the midst ought to be, this much more is listened to: packets have a length of their own."""

MIDST_SECONDS = 600.0
"""Longer sound is listened to at its ends alone: all of it is decoded to find its pauses."""
HEARD_SECONDS = 300.0
"""Of the midst, so much is listened to: what follows the first hundred pauses or so of a dialogue."""
PAUSE_SECONDS = 0.8 * GAP_SECONDS
"""In the midst a label is looked for after a pause: ours have silence before them; lossy coding fills some of it."""

_RHYTHM = "rhythm"


@dataclass(frozen=True, slots=True)
class _Found:
    """One label in a file: `kind` is "rhythm", or the sentence that is said."""

    kind: str
    place: LabelPlace
    measures: dict[str, float]


class AudioLabeller:
    """Labels for WAV, AIFF, MP3, FLAC, AAC, M4A, Ogg Vorbis and Opus."""

    containers: tuple[str, ...] = tuple(WRITERS)

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: `source` with a label at the wanted place of its sound. `target` is another file.

        A file that has the wanted label at the wanted place already is copied as it is: one label is enough.
        Raises `MediaError` if the file cannot be labelled, `SetupError` without a voice for the wording or without
        PyAV, `ReadBackError` if the label that is found in the result falls short of the rules.
        """
        wanted = _wanted(rules, style)
        try:
            if style.audio_at == "turns":
                found = _put_turns(source, target, container, rules, style)
            else:
                found = _put_end(source, target, container, rules, style)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return _report([item for item in found if item.kind in wanted], rules)

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label heard in the first or the last 15 seconds, or else, in up to ten minutes, after a pause within.

        None means: no rhythm label, and no spoken label in one of our own voices. Somebody else's voice is not
        heard; this is no speech recognition. Raises `MediaError` where it could not tell.
        """
        parts = ends(path, container, END_SECONDS)
        found = _labels(parts, rules) or _midst(path, container, parts, rules)
        return _report([item for item in found if item.kind != _RHYTHM] or found, rules) if found else None


def _put_end(source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> list[_Found]:
    """The label before or after the sound, and what is found of it."""
    wanted, where = _wanted(rules, style), "end" if style.audio_at == "end" else "start"
    parts = ends(source, container, END_SECONDS)
    if _shortfall(_labels(parts, rules), wanted, rules, style, where):
        WRITERS[container](source, target, Voice(parts, rules, style, "end" if where == "end" else "start"))
    else:
        shutil.copyfile(source, target)
    found = _labels(ends(target, container, END_SECONDS), rules)
    _confirm(found, wanted, rules, style, where)
    return found


# ── Turns of a dialogue ──────────────────────────────────────────────────────────────────────────────


def _put_turns(source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> list[_Found]:
    """The label before each turn, and what is found of them: each is listened to at its place."""
    wanted = _wanted(rules, style)
    parts = ends(source, container, END_SECONDS)
    length = Voice(parts, rules, style, (0.0,)).seconds
    begins = turns.cuts(levels(source, container, turns.HOP_SECONDS), style.turn_pause_seconds)
    heard = list(_heard(source, container, begins, length, rules))
    labelled = [
        _shortfall(found, wanted, rules, style, found[0].place.where if found else "") is None for found in heard
    ]
    # A label is itself a turn by its sound, and so is what it announces.
    missing = [
        begin
        for number, begin in enumerate(begins)
        if not labelled[number] and not (number and labelled[number - 1] and _announces(heard[number - 1], begin))
    ]
    if not missing:
        shutil.copyfile(source, target)
        return _numbered([found for found, good in zip(heard, labelled, strict=True) if good])
    voice = Voice(parts, rules, style, tuple(missing))
    WRITERS[container](source, target, voice)
    places = [begin + number * voice.seconds for number, begin in enumerate(missing)]
    result = list(_heard(target, container, places, length, rules, follow=True))
    for found in result:
        _confirm(found, wanted, rules, style, found[0].place.where if found else "")
    return _numbered(result)


def _announces(found: list[_Found], begin: float) -> bool:
    """Whether what begins here comes right behind a label."""
    end = max((item.place.seconds[1] for item in found if item.place.seconds), default=-1.0)
    return 0 < begin - end < 4 * GAP_SECONDS


def _heard(
    path: Path, container: str, places: list[float], length: float, rules: LabelRules, *, follow: bool = False
) -> Iterator[list[_Found]]:
    """The labels at each of these seconds.

    With `follow`, each place moves by how far the label before was from its own: packets have a length of their own,
    and what that adds up to is not known beforehand.
    """
    drift, last = 0.0, 0.0

    def windows() -> Iterator[tuple[float, float]]:
        nonlocal last
        for place, following in zip(places, [*places[1:], float("inf")], strict=True):
            begin = max(place + drift - TURN_SECONDS / 2, last)
            last = max(begin, min(place + drift + length + TURN_SECONDS, following + drift))
            yield begin, last

    for place, excerpt in zip(places, spans(path, container, windows()), strict=False):
        found = _labels((excerpt,), rules)
        if follow and found and found[0].place.seconds:
            drift = found[0].place.seconds[0] - place - GAP_SECONDS
        yield found


def _numbered(turns_found: list[list[_Found]]) -> list[_Found]:
    return [
        _Found(item.kind, LabelPlace(f"turn {number}", seconds=item.place.seconds), item.measures)
        for number, found in enumerate(turns_found, 1)
        for item in found
    ]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────


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


def _midst(path: Path, container: str, parts: tuple[Excerpt, ...], rules: LabelRules) -> list[_Found]:
    """The first label between the two ends: a turn's in a dialogue that was cut, say."""
    if len(parts) == 1 or parts[-1].start + END_SECONDS > MIDST_SECONDS:
        return []
    stretches = _behind_pauses(turns.after_pauses(levels(path, container, turns.HOP_SECONDS), PAUSE_SECONDS), parts)
    for excerpt in spans(path, container, stretches):
        if found := _labels((excerpt,), rules):
            return [_Found(item.kind, replace(item.place, where="middle"), item.measures) for item in found]
    return []


def _behind_pauses(begins: list[float], parts: tuple[Excerpt, ...]) -> list[tuple[float, float]]:
    """Where to listen in the midst: from each pause on for as long as a label may be; at most half a minute at once."""
    result: list[tuple[float, float]] = []
    # What begins sooner or later lies within an end.
    for begin in (begin for begin in begins if END_SECONDS / 2 <= begin <= parts[-1].start):
        start, stop = begin - TURN_SECONDS / 2, begin + END_SECONDS / 2
        if result and start <= result[-1][1] and stop - result[-1][0] <= 2 * END_SECONDS:
            start = result.pop()[0]
        result.append((start, stop))
        if sum(last - first for first, last in result) > HEARD_SECONDS:
            break
    return result


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


def _confirm(found: list[_Found], wanted: list[str], rules: LabelRules, style: LabelStyle, where: str) -> None:
    if problem := _shortfall(found, wanted, rules, style, where):
        raise ReadBackError(
            f"the label on the sound could not be confirmed: {problem.en}", f"音频标识未能确认：{problem.zh}"
        )


def _wanted(rules: LabelRules, style: LabelStyle) -> list[str]:
    if style.audio == "rhythm":
        return [_RHYTHM]
    return [clip.sentence for clip in speech.chosen(rules, style.second_language)]


def _shortfall(found: list[_Found], wanted: list[str], rules: LabelRules, style: LabelStyle, where: str) -> Text | None:
    """What is missing at a place for the label that was asked for; None if nothing is."""
    low, high = rules.speech_rate.value
    unit = rules.rhythm_unit_seconds.value
    if style.audio == "spoken" and not rules.has_elements(" ".join(wanted)):
        return Text(zh="语句缺少必要要素", en="the sentence lacks an element")
    for kind in wanted:
        item = next((i for i in found if i.kind == kind and i.place.where == where), None)
        if item is None:
            place = {"start": "开头", "end": "结尾"}.get(where, "轮次开头")
            return Text(
                zh=f"{place}未检出{'节奏提示' if kind == _RHYTHM else f'“{kind}”'}",
                en=f"{kind!r} is not heard at the {where or 'start of a turn'}",
            )
        pace = item.measures.get("characters_per_minute")
        if pace is not None and not low <= pace <= high:
            return Text(zh=f"语速为每分钟 {pace:.0f} 字", en=f"the pace is {pace:.0f} characters a minute")
        measured = item.measures.get("unit_seconds", unit)
        if abs(measured - unit) > unit / 10:
            return Text(zh=f"节奏单位为 {measured:.3f} 秒", en=f"the rhythm's unit is {measured:.3f} s")
    return None


LABELLER = AudioLabeller()
