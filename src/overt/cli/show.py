"""How values are shown to people in a terminal."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape

from overt.inspection import Inspection
from overt.inspection.fingerprint import in_words as fingerprint_words
from overt.language import Text, printable, visible
from overt.marks import trace
from overt.marks.credential.words import in_words as credential_words
from overt.marks.label.measures import in_words
from overt.marks.label.model import where_in_words
from overt.marks.model import Reading
from overt.marks.proof import Outcome, Proof
from overt.marks.watermark.words import in_words as watermark_words

# Without pictures for words: `0:v:0` in a command is no hand.
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

VERDICTS = {
    "confirmed": (Text(zh="确认合成", en="confirmed"), "bold white on red", "●"),
    "possible": (Text(zh="可能合成", en="possible"), "bold black on yellow", "◐"),
    "suspected": (Text(zh="疑似合成", en="suspected"), "bold black on dark_orange", "◔"),
    "none": (Text(zh="未发现标识", en="none"), "bold white on blue", "○"),
    "unreadable": (Text(zh="无法判断", en="unreadable"), "bold white on magenta", "?"),
}
STATES = {
    "found": (Text(zh="发现", en="found"), "red"),
    "absent": (Text(zh="没有", en="absent"), "blue"),
    "unreadable": (Text(zh="无法读取", en="unreadable"), "magenta"),
}
MARKS = {
    "label": Text(zh="显式标识", en="label"),
    "metadata": Text(zh="元数据标识", en="metadata"),
    "watermark": Text(zh="水印", en="watermark"),
    "credential": Text(zh="内容凭证", en="credential"),
    "fingerprint": Text(zh="指纹", en="fingerprint"),
    "trace": Text(zh="痕迹", en="trace"),
}


def tell_troubles() -> None:
    """A service writes its warnings and errors to the log, also where nobody asked for more."""
    log = logging.getLogger("overt")
    log.setLevel(min(log.level or logging.WARNING, logging.WARNING))


def interactive() -> bool:
    """Whether a person is there to see progress."""
    return sys.stderr.isatty()


def plain(text: object) -> str:
    """A text for `out` and `err` that is shown as it is: neither terminal nor console obeys anything in it."""
    return escape(visible(printable(text)).replace("\n", "\\n"))


def print_json(value: dict[str, Any]) -> None:
    """One line of JSON. What a terminal would obey, or the output's encoding lacks, is escaped as JSON escapes it."""
    whole = (sys.stdout.encoding or "").lower().startswith("utf")
    line = json.dumps(value, ensure_ascii=not whole)
    print("".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line), flush=True)


def inspection(answer: Inspection) -> None:
    """One answer, for a person."""
    verdict = answer.verdict
    word, style, sign = VERDICTS[verdict.kind]
    out.print(f"[{style}] {sign} {word} [/]  [bold]{plain(answer.file)}[/]")
    out.print(f"   {plain(answer.notice)}")
    for reason in verdict.reasons:
        duty = f" [dim]({reason.duty})[/]" if reason.duty else ""
        out.print(f"   • {plain(reason.text)}{duty}", soft_wrap=True)
    for contradiction in verdict.contradictions:
        out.print(f"   [bold red]⚠ {plain(contradiction.text)}[/]", soft_wrap=True)
    show_readings(answer.examination.readings)
    out.print()


def show_readings(found: tuple[Reading, ...]) -> None:
    """Readings, each with what it says below it."""
    for reading in found:
        state, colour = STATES[reading.state]
        place = plain(str(where_in_words(reading.carrier or ""))) if reading.state == "found" else ""
        at = f" @ {reading.offset}" if reading.offset is not None else ""
        out.print(f"   [{colour}]■[/] {MARKS[reading.mark]}: [{colour}]{state}[/] {place}[dim]{at}[/]", soft_wrap=True)
        for line in _lines(reading):
            out.print(f"       {line}", soft_wrap=True)


def _lines(reading: Reading) -> list[str]:
    lines = [f"[dim]{plain(key)}[/] {plain(value)}" for key, value in _values(reading).items()]
    lines += [f"[yellow]! {plain(defect.text)}[/] [dim]({plain(defect.clause)})[/]" for defect in reading.defects]
    lines += [_proof(proof) for proof in reading.proofs if proof.outcome != Outcome.NONE]
    if reading.reason:
        lines.append(plain(reading.reason))
    return lines


_COVERS = {
    "label": Text(zh="（标识）", en="(the label)"),
    "propagation": Text(zh="（传播信息）", en="(the propagation)"),
    "binding": Text(zh="（内容绑定）", en="(the content binding)"),
    "content": Text(zh="（内容）", en="(the content)"),
}


def _proof(proof: Proof) -> str:
    colour = {Outcome.PINNED: "green", Outcome.DIFFERS: "red"}.get(proof.outcome, "dim")
    covers = str(_COVERS[proof.covers]) if proof.covers in _COVERS else ""
    about = " ".join(part for part in (covers, proof.algorithm, proof.key[:16]) if part)
    return f"[dim]{proof.field}[/] [{colour}]{proof.outcome.text}[/] [dim]{plain(about)}[/]"


def _shortened(value: str) -> str:
    """A value of a line or two; a signature is for programs, which read it with --json."""
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value)})"


_LONGEST = 160


def _values(reading: Reading) -> dict[str, str]:
    if reading.mark == "trace":
        return {reading.values["name"]: str(trace.told(reading.values))} if reading.values else {}
    if reading.mark == "credential":
        return {str(name): str(told) for name, told in credential_words(reading.values)} if reading.values else {}
    if reading.mark == "watermark":
        return {str(name): str(told) for name, told in watermark_words(reading.values)} if reading.values else {}
    if reading.mark == "fingerprint":
        return {str(name): str(told) for name, told in fingerprint_words(reading.values)} if reading.values else {}
    if reading.mark != "label":
        return {key: _shortened(str(value)) for key, value in reading.values.items() if value}
    shown = {str(Text(zh="文字", en="wording")): reading.values["wording"]} if reading.values else {}
    return shown | {str(name): value for name, value in in_words(reading.values.get("measures", {}))}
