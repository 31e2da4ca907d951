"""What a disseminator writes and tells about one file. Pure rules.

Source: Labeling Measures art. 6(1) and 6(2); GB 45438-2025 Annex E c) for the attribute. The table is the plain
reading of both together (formats/marks.md 2.9):

```
found in the file                        told to the public   written
a metadata label                         what it says         its producer fields as they are, its attribute, our pair
exactly the bytes that we released       is                   attribute 1, the fields of our record, our pair
no metadata label, declared by the user  may be               attribute 2, no producer, our pair
neither, a label or traces are found     suspected            attribute 3, no producer, our pair
nothing                                  nothing              nothing; users are still to be asked
a metadata reader could not tell         could not tell       nothing
```

A value that the strict writer may not write is spelt with percent signs (RFC 3986, UTF-8) [ours]; that is told.
Of several labels the strongest stays, because one file holds one label (6.1 c); the others are told and recorded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace

from overt.inspection import Inspection, VerdictKind
from overt.inspection.inspect import propagate_id
from overt.language import Text
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import aigc_in
from overt.marks.metadata.security import Seal, propagated_text
from overt.marks.model import Reading
from overt.rulebook.model import Notices

_BY_ATTRIBUTE: dict[str, VerdictKind] = {"1": "confirmed", "2": "possible", "3": "suspected"}
_ATTRIBUTE = {kind: attribute for attribute, kind in _BY_ATTRIBUTE.items()}
_DUTIES = {"confirmed": "LB-06a", "possible": "LB-06b", "suspected": "LB-06c"}
_ALLOWED = re.compile(r"[\x21-\x5B\x5D-\x7E]*")


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a found label that could not be kept as it was, and why."""

    field: str
    before: str
    after: str
    text: Text


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is still to be done by the platform, and which duty asks for it."""

    duty: str
    text: Text


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one file.

    `case` is what the public is told; `label` what is written, or None; `why` the ground; `superseded` the labels
    found that `label` replaces besides the one it keeps; `kept` says that the file already is as it has to be.
    """

    case: VerdictKind
    label: Aigc | None
    why: Text
    changes: tuple[Change, ...] = ()
    superseded: tuple[Aigc, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    kept: bool = False


def plan(
    answer: Inspection,
    propagator: str,
    seal: Seal,
    notices: Notices,
    *,
    declared: bool = False,
    known: bool = False,
) -> Plan:
    """What to do about a file, from its inspection and the uploader's own word.

    `known` is whether exactly these bytes are ones that we wrote back earlier.
    """
    found = [reading for reading in answer.examination.readings if reading.mark == "metadata"]
    labels = sorted((reading for reading in found if reading.state == "found"), key=_rank)
    if not labels and any(reading.state == "unreadable" for reading in found):
        return _open(answer)
    if labels:
        base, changes, why = _from_label(labels[0])
    elif answer.released:
        record = answer.released
        base, changes = Aigc("1", record.producer, record.content_id), ()
        why = Text(zh="与我方发布的字节完全一致", en="exactly the bytes that we released")
    else:
        case = answer.verdict.kind
        if declared and case != "confirmed":
            case = "possible"
        if case == "unreadable":
            return _open(answer)
        if case == "none":
            text = Text(
                zh="未发现标识或痕迹，用户也未声明", en="no mark or trace was found, and the user declared nothing"
            )
            return Plan("none", None, text, remaining=_remaining(answer, "none", notices))
        base, changes, why = Aigc(_ATTRIBUTE[case]), (), _ground(answer, declared=declared)
    case = _BY_ATTRIBUTE[base.label]
    superseded = tuple(aigc_in(reading) for reading in labels[1:])
    ours = bool(labels) and base.content_propagator == propagator and not changes and not superseded
    if ours and (known or answer.released):
        text = Text(zh="文件已含有我方的传播信息", en="the file already holds our propagation data")
        return Plan(case, base, text, remaining=_remaining(answer, case, notices), kept=True)
    number = propagate_id(propagator, answer.examination.sha256 or "")
    label = replace(base, content_propagator=propagator, propagate_id=number, reserved_code2="")
    label = replace(label, reserved_code2=seal.seal(propagated_text(label)))
    return Plan(case, label, why, changes, superseded, _remaining(answer, case, notices))


def _rank(reading: Reading) -> tuple[str, bool]:
    """The stronger attribute first, then the carrier that the guide names."""
    label = reading.values["Label"]
    return label if label in _BY_ATTRIBUTE else "9", any(defect.name == "other-carrier" for defect in reading.defects)


def _from_label(reading: Reading) -> tuple[Aigc, tuple[Change, ...], Text]:
    """The found label as the strict writer can write it, what that changed, and the ground."""
    old = aigc_in(reading)
    changes: list[Change] = []
    values: dict[str, str] = {}
    names = dict(zip((field.name for field in fields(Aigc)), old.values(), strict=True))
    for name, key in names.items():
        before = getattr(old, name)
        values[name] = before
        if name == "label" and before not in _BY_ATTRIBUTE:
            values[name] = "3"
            text = Text(zh="属性无法理解，按“疑似”书写", en="the attribute cannot be understood; written as suspected")
            changes.append(Change(key, before, "3", text))
        elif name in ("content_producer", "produce_id", "reserved_code1") and not _ALLOWED.fullmatch(before):
            values[name] = _writable(before)
            text = Text(
                zh="含有附录 E j) 不允许的字符，改以允许的字符书写",
                en="holds characters that Annex E j) does not allow; spelt with those that it does",
            )
            changes.append(Change(key, before, values[name], text))
    where = reading.carrier or "metadata"
    why = Text(zh=f"文件元数据（{where}）中的标识", en=f"the label in the metadata ({where})")
    # The found propagator pair is replaced in any case; it must only be writable until then.
    return Aigc(**values), tuple(changes), why


def _writable(value: str) -> str:
    """JSON without its white space, where that is all that stands in the way; else percent signs."""
    try:
        whole = json.loads(value)
    except (ValueError, RecursionError):
        return percent_spelt(value)
    compact = json.dumps(whole, ensure_ascii=False, separators=(",", ":")) if isinstance(whole, dict) else value
    return compact if _ALLOWED.fullmatch(compact) else percent_spelt(value)


def percent_spelt(value: str) -> str:
    """A value in the label's prescribed characters; the signs that are allowed stay, and it can be read back."""
    return "".join(
        each if _ALLOWED.fullmatch(each) and each != "%" else "".join(f"%{byte:02X}" for byte in _bytes(each))
        for each in value
    )


def _bytes(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


def _ground(answer: Inspection, *, declared: bool) -> Text:
    if declared:
        return Text(zh="用户声明", en="the user's own declaration")
    return answer.verdict.reasons[0].text


def _open(answer: Inspection) -> Plan:
    reason = next(iter(answer.verdict.reasons)).text
    text = Text(
        zh="先查明原因或交由人工判断，再决定是否传播",
        en="find out why, or let a person judge, before it is distributed",
    )
    return Plan("unreadable", None, reason, remaining=(Remaining("LB-06c", text),))


def _remaining(answer: Inspection, case: VerdictKind, notices: Notices) -> tuple[Remaining, ...]:
    if case == "none":
        text = Text(
            zh="提供声明功能，并提醒用户主动声明", en="offer the function to declare, and remind users to use it"
        )
        return (Remaining("LB-06d", text),)
    told = getattr(notices, case).text
    text = Text(
        zh=f"在内容周边以显著方式提示公众：{told.zh}", en=f"tell the public conspicuously near the content: {told.en}"
    )
    result = [Remaining(_DUTIES[case], text)]
    labels = [reading.state for reading in answer.examination.readings if reading.mark == "label"]
    if "found" not in labels:
        seen = "absent" in labels
        text = Text(
            zh=("文件本身没有 Overt 能识别的显式标识" if seen else "未能核验文件本身的显式标识")
            + "；周边提示因此是公众唯一可见的说明",
            en=(
                "the file itself has no explicit label that Overt knows"
                if seen
                else "no explicit label could be checked"
            )
            + "; the notice near the content is then all that people see",
        )
        result.append(Remaining(_DUTIES[case], text))
    return tuple(result)
