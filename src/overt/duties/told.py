"""Standings as programs read them: one JSON object (design, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from overt.duties import answers
from overt.duties.model import STATES, Evidence, Finding, Standing, State
from overt.duties.view import View


def counts(standings: Sequence[Standing]) -> dict[State, int]:
    """How many duties are in each state."""
    found = Counter(each.state for each in standings)
    return {state: found[state] for state in STATES}


def as_json(standings: Sequence[Standing], view: View) -> dict[str, Any]:
    """The rulebook as it applies here, the facts that were determined, and each duty with its state and evidence."""
    book = view.rulebook
    return {
        "rulebook": book.id,
        "digest": book.digest(),
        "at": view.now.isoformat(timespec="seconds"),
        "overridden": [each.model_dump(mode="json") for each in book.overridden],
        "determined": {name: _fact(name, view) for name in book.facts},
        "counts": counts(standings),
        "duties": [duty_json(each) for each in standings],
    }


def duty_json(standing: Standing) -> dict[str, Any]:
    """One duty."""
    duty = standing.duty.model_dump(mode="json")
    return duty | {
        "state": standing.state,
        "stated_only": standing.stated_only,
        "reason": standing.reason.both(),
        "controls": [_finding(each) for each in standing.findings],
        "evidence": [_evidence(each) for each in standing.all_evidence],
        "wanted": duty["evidence"],
    }


def _fact(name: str, view: View) -> dict[str, Any]:
    found = answers.fact(name, view)
    return {
        "title": view.rulebook.facts[name].both(),
        "value": view.fact(name),
        "reason": found.reason.both(),
        "evidence": [_evidence(each) for each in found.evidence],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.control.id,
        "name": finding.control.name.both(),
        "state": finding.found.state,
        "reason": finding.found.reason.both(),
        "evidence": [_evidence(each) for each in finding.found.evidence],
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    return {"kind": each.kind, "shows": each.shows.both(), "value": each.value, "entry": each.entry, "at": each.at}
