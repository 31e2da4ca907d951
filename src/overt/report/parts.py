"""The pieces that pages share: a verdict, a reading, the metadata label, as markup.

Input is what `overt inspect --json` prints (design, section 7); the pieces show what it says and judge nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from overt.inspection.fingerprint import in_words as fingerprint_words
from overt.language import Text
from overt.marks import trace
from overt.marks.credential.words import in_words as credential_words
from overt.marks.label.measures import in_words
from overt.marks.label.model import where_in_words
from overt.marks.watermark.words import in_words as watermark_words
from overt.report.markup import Markup, both, esc, pair
from overt.report.wording import AIGC_KEYS, NOT_PROVED, VERDICTS, WORDS

Json = Mapping[str, Any]

_IN_CONTENT = ("watermark", "fingerprint")
"""Readings that lie in the content itself, and not in a place of the file that has a name."""


def badge(verdict: str) -> Markup:
    """The verdict as colour, icon and word: never as colour alone."""
    return (
        f'<span class="badge {verdict}"><svg class="icon" aria-hidden="true"><use href="#v-{verdict}"/></svg>'
        f"{both(VERDICTS[verdict])}</span>"
    )


def verdict(answer: Json) -> Markup:
    """The notice, the reasons, what speaks against it, and what is not proved."""
    notice = pair(text(answer["notice"]), f"notice {answer['verdict']}")
    reasons = "".join(f"<li>{pair(text(reason))}{duty(reason)}</li>" for reason in answer["reasons"])
    against = "".join(f"<li>{pair(text(item))}</li>" for item in answer["contradictions"])
    told = [notice, f'<h5>{both(WORDS["reasons"])}</h5><ul class="reasons">{reasons}</ul>']
    if against:
        told.append(f'<h5>{both(WORDS["contradictions"])}</h5><ul class="against">{against}</ul>')
    told.append(f"<h5>{both(WORDS['not proved'])}</h5>{pair(NOT_PROVED[answer['verdict']], 'quiet')}")
    return "".join(told)


def duty(reason: Json) -> Markup:
    """The duty that a reason cites."""
    return f'<span class="duty">{esc(reason["duty"])}</span>' if reason.get("duty") else ""


def reading(found: Json, measured: Mapping[str, float] | None = None) -> Markup:
    """One reading; `measured` is what was measured on the label when it was put on."""
    name = f"<dt>{both(WORDS[found['mark']])}</dt>"
    if found["state"] != "found":
        why = text(found["reason"]) if found.get("reason") else None
        return f"{name}<dd>{both(WORDS[found['state']])}{': ' + both(why) if why else ''}</dd>"
    if found["mark"] == "label":
        return f"{name}<dd>{_label_facts(found, measured or {})}</dd>"
    told = _told(found)
    offset = found.get("offset")
    at = f" · {both(WORDS['byte'])} <code>{offset:,}</code>" if offset is not None else ""
    defects = "".join(f"<li>{both(text(defect))}</li>" for defect in found["defects"])
    beside = f"{told}{f'<ul>{defects}</ul>' if defects else ''}"
    carrier = found["carrier"]
    where = both(where_in_words(carrier)) if found["mark"] in _IN_CONTENT else f"<code>{esc(carrier)}</code>"
    return f"{name}<dd>{where}{at}{beside}</dd>"


def _told(found: Json) -> Markup:
    """What a credential or a trace says, in words; the metadata label's values stand below by themselves."""
    values = found["values"]
    if found["mark"] == "credential":
        rows = credential_words(values)
    elif found["mark"] == "watermark":
        rows = watermark_words(values)
    elif found["mark"] == "fingerprint":
        rows = list(fingerprint_words(values))
    elif found["mark"] == "trace":
        rows = [(Text(zh=values["name"], en=values["name"]), trace.told(values))]
    else:
        return ""
    return f"<ul>{''.join(f'<li>{both(title)}: {both(said)}</li>' for title, said in rows)}</ul>"


def _label_facts(reading: Json, measured: Mapping[str, float]) -> Markup:
    values = reading["values"]
    measures = {**measured, **values.get("measures", {})}
    parts = [f'<b lang="zh-CN">{esc(values.get("wording", ""))}</b>']
    for place in values.get("places", ()):
        where = both(where_in_words(place["where"]))
        if place.get("box"):
            left, top, width, height = place["box"]
            where += f" · {width} × {height} px @ ({left}, {top})"
        if place.get("seconds"):
            start, end = place["seconds"]
            where += f" · {start:.2f}–{end:.2f} s"
        parts.append(f"<span>{where}</span>")
    told = [f"<span>{both(name)} <b>{esc(value)}</b></span>" for name, value in in_words(measures)]
    return "<br>".join(parts) + (f'<span class="measures">{"".join(told)}</span>' if told else "")


def aigc(values: Mapping[str, str] | None) -> Markup:
    """The seven values of a metadata label as they stand in the file, each explained where one points at it."""
    if not values:
        return ""
    lines = ",\n".join(
        f'  <span title="{esc(_title(key))}"><i>"{esc(key)}"</i>: {esc(json.dumps(value, ensure_ascii=False))}</span>'
        for key, value in values.items()
    )
    return f'<pre class="aigc" tabindex="0" aria-label="AIGC">{{\n{lines}\n}}</pre>'


def _title(key: str) -> str:
    text = AIGC_KEYS.get(key)
    return f"{text.zh} · {text.en}" if text else key


def text(value: Mapping[str, str]) -> Text:
    """A text out of JSON."""
    return Text(zh=value["zh"], en=value["en"])
