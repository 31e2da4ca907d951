"""OSCAL 1.1: the duties as a catalog, and where they stand as assessment results. A ZIP of both and the signed record.

Source: NIST OSCAL 1.1.3 (catalog, assessment-results). What OSCAL has no word for stands in properties under our
namespace: `state` in our four words, the verification mark, the ledger's entry. Findings are written for what was seen
to be met (`satisfied`) or lacking (`not-satisfied`) alone: OSCAL knows no "could not tell", so that a duty without
evidence has an observation and no finding. Duties that do not apply are excluded from the reviewed controls.
There is no assessment plan: `import-ap` leads to a note that says so.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from overt.duties import words as duty_words
from overt.duties.export import record
from overt.duties.export.words import WORDS, said, word
from overt.language import Text
from overt.rulebook import ACTORS

if TYPE_CHECKING:
    from overt.duties.export.record import Taken
    from overt.duties.model import Evidence, Standing
    from overt.language import Language
    from overt.rulebook import Duty

    Languages = tuple[Language, ...]

VERSION: Final = "1.1.3"
NAMESPACE: Final = "urn:overt:oscal"
_OURS: Final = UUID("5f0c3a52-95a4-5b9d-8a77-1f6a0e1d7c11")
_STATES: Final = {"met": "satisfied", "gap": "not-satisfied"}
_SPACE: Final = re.compile(r"\s+")
_NO_PLAN: Final = Text(
    zh="没有单独的评估计划：系统的控制项持续查看各项义务。",
    en="There is no assessment plan of its own: the controls of the running system look at every duty at all times.",
)


def write(taken: Taken, languages: Languages) -> bytes:
    """The ZIP. The same record gives the same bytes."""
    files = {
        "catalog.json": {"catalog": catalog(taken, languages)},
        "assessment-results.json": {"assessment-results": results(taken, languages)},
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            data = json.dumps(content, ensure_ascii=False, indent=1).encode()
            archive.writestr(_member(name, taken), data)
        archive.writestr(_member("record.json", taken), record.write(taken, languages))
    return held.getvalue()


def catalog(taken: Taken, languages: Languages) -> dict[str, Any]:
    """The rulebook's duties as controls, in groups by instrument."""
    book = taken.view.rulebook
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in taken.standings:
        groups.setdefault(each.duty.instrument, []).append(_control(each.duty, languages))
    return {
        "uuid": _uuid(taken, "catalog"),
        "metadata": _metadata(taken, said(book.jurisdiction, languages, " · "), languages),
        "groups": [
            {"id": f"instrument-{name}", "title": said(book.instruments[name], languages, " · "), "controls": controls}
            for name, controls in groups.items()
        ],
    }


def results(taken: Taken, languages: Languages) -> dict[str, Any]:
    """Where the duties stand."""
    there = [each for each in taken.standings if each.state != "not_applicable"]
    left_out = [each for each in taken.standings if each.state == "not_applicable"]
    selection: dict[str, Any] = {"include-controls": [{"control-id": each.duty.id} for each in there]}
    if left_out:
        selection["exclude-controls"] = [{"control-id": each.duty.id} for each in left_out]
    result: dict[str, Any] = {
        "uuid": _uuid(taken, "result"),
        "title": word("title", languages),
        "description": said(WORDS["intro"], languages),
        "start": _when(taken),
        "end": _when(taken),
        "props": _about(taken),
        "reviewed-controls": {"control-selections": [selection]},
        "observations": [_observation(each, taken, languages) for each in taken.standings],
    }
    if findings := [_finding(each, taken, languages) for each in there if each.state in _STATES]:
        result["findings"] = findings
    plan = _uuid(taken, "plan")
    return {
        "uuid": _uuid(taken, "results"),
        "metadata": _metadata(taken, word("title", languages), languages),
        "import-ap": {"href": f"#{plan}"},
        "results": [result],
        "back-matter": {
            "resources": [
                {"uuid": plan, "title": "Assessment plan", "description": said(_NO_PLAN, languages)},
                {
                    "uuid": _uuid(taken, "catalog-file"),
                    "title": "Catalog",
                    "rlinks": [{"href": "catalog.json", "media-type": "application/oscal.catalog+json"}],
                },
                {
                    "uuid": _uuid(taken, "record-file"),
                    "title": "Signed record",
                    "description": said(WORDS["to_check"], languages),
                    "rlinks": [{"href": "record.json", "media-type": "application/json"}],
                },
            ]
        },
    }


def _control(duty: Duty, languages: Languages) -> dict[str, Any]:
    parts = [
        {
            "id": f"{duty.id}_{each}",
            "name": "statement",
            "props": [_prop("language", each)],
            "prose": duty.text.in_(each),
        }
        for each in languages
    ]
    numbers = [said(each, languages, " · ") for each in duty_words.in_words(duty)]
    if numbers:
        parts.append({"id": f"{duty.id}_numbers", "name": "guidance", "prose": "\n".join(numbers)})
    props = [_prop("mark", duty.mark), _prop("force", duty.force)]
    if duty.article:
        props.append(_prop("article", duty.article))
    props += [_prop("actor", said(ACTORS[each], languages, " · ")) for each in duty.actors]
    props += [_prop("depends-on", each) for each in duty.when]
    title = said(duty.text, languages[:1])
    return {"id": duty.id, "class": "duty", "title": title, "props": props, "parts": parts}


def _observation(each: Standing, taken: Taken, languages: Languages) -> dict[str, Any]:
    told: dict[str, Any] = {
        "uuid": _uuid(taken, f"observation {each.duty.id}"),
        "title": each.duty.id,
        "description": said(each.reason, languages),
        "props": [
            _prop("duty", each.duty.id),
            _prop("state", each.state),
            _prop("stated-only", str(each.stated_only).lower()),
            *(_prop("control", finding.control.id) for finding in each.findings),
        ],
        "methods": ["TEST" if each.findings else "EXAMINE"],
        "collected": _when(taken),
    }
    if found := [_evidence(one, languages) for one in each.all_evidence]:
        told["relevant-evidence"] = found
    return told


def _evidence(each: Evidence, languages: Languages) -> dict[str, Any]:
    props = [_prop("kind", each.kind)]
    if each.value.strip():
        props.append(_prop("value", each.value))
    if each.entry is not None:
        props.append(_prop("ledger-entry", str(each.entry)))
    return {"description": f"{said(each.shows, languages, ' · ')}: {each.value}", "props": props}


def _finding(each: Standing, taken: Taken, languages: Languages) -> dict[str, Any]:
    return {
        "uuid": _uuid(taken, f"finding {each.duty.id}"),
        "title": f"{each.duty.id} {said(duty_words.STATES[each.state], languages, ' · ')}",
        "description": said(each.reason, languages),
        "target": {
            "type": "objective-id",
            "target-id": each.duty.id,
            "title": each.duty.id,
            "status": {"state": _STATES[each.state], "remarks": said(each.reason, languages)},
        },
        "related-observations": [{"observation-uuid": _uuid(taken, f"observation {each.duty.id}")}],
    }


def _about(taken: Taken) -> list[dict[str, str]]:
    props = [
        _prop("producer", taken.record["producer"]),
        _prop("rulebook", taken.record["rulebook"]),
        _prop("rulebook-sha256", taken.record["digest"]),
        _prop("record-sha256", taken.digest),
    ]
    if taken.signature:
        props += [_prop("record-key", taken.key), _prop("record-signature", taken.signature)]
    if taken.record["checkpoint"]:
        props.append(_prop("ledger-checkpoint", taken.record["checkpoint"]))
    return props


def _metadata(taken: Taken, title: str, languages: Languages) -> dict[str, Any]:
    told = {"zh": "zh-CN", "en": "en"}
    return {
        "title": title,
        "last-modified": _when(taken),
        "version": taken.digest[:16],
        "oscal-version": VERSION,
        "props": [_prop("language", told[each]) for each in languages],
    }


def _prop(name: str, value: str) -> dict[str, str]:
    """A property of ours; OSCAL's values are one line."""
    return {"name": name, "ns": NAMESPACE, "value": _SPACE.sub(" ", value).strip()}


def _when(taken: Taken) -> str:
    return taken.at.isoformat(timespec="seconds")


def _uuid(taken: Taken, name: str) -> str:
    return str(uuid5(_OURS, f"{taken.digest} {name}"))


def _member(name: str, taken: Taken) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, taken.at.timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
