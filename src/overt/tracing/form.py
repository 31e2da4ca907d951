"""A trace as JSON: the form of `overt trace --json`, and what a report is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from overt.inspection.inspect import reading_json
from overt.tracing.agreement import WORDS, error_rate
from overt.tracing.finder import match_values
from overt.tracing.model import Candidate, Mark, Trace


def trace_json(trace: Trace) -> dict[str, Any]:
    """One trace; a contract."""
    examination = trace.inspection.examination
    return {
        "file": trace.file,
        "sha256": examination.sha256,
        "media_type": examination.media_type,
        "outcome": trace.outcome,
        "verdict": trace.inspection.verdict.kind,
        "candidates": [_candidate(each) for each in trace.candidates],
        "unknown_watermarks": [_watermark(values) for values in trace.unknown],
        "not_compared": [{"kind": gap.kind, **gap.reason.both()} for gap in trace.gaps],
        "contradictions": [{"name": each.name, **each.text.both()} for each in trace.contradictions],
        "readings": [reading_json(reading) for reading in examination.readings],
    }


def _candidate(each: Candidate) -> dict[str, Any]:
    release, report = each.release, each.report
    return {
        "content_id": each.content_id,
        "origin": "released" if release else "reported",
        "holds": each.holds,
        "led_by": list(each.led_by),
        "release": asdict(release) if release else None,
        "report": asdict(report) if report else None,
        "ledger": {"index": each.ledger_index, "proved": each.proved} if release else None,
        "watermarks": [_mark(mark) for mark in each.marks],
        "fingerprints": [match_values(match) for match in each.matches],
        "marks": {"found": list(each.kept_marks), "lost": list(each.lost), "unread": list(each.unread)},
        "preview": [str(picture.path) for picture in each.preview.pictures] if each.preview else [],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    laid = mark.likeness
    return {
        **_watermark(mark.values),
        "agreement": mark.agreement,
        "agreement_text": WORDS[mark.agreement].both(),
        "laid_on": None
        if laid is None
        else {
            "correlation": round(laid.score, 3),
            "error_rate": float(f"{error_rate(laid):.2g}"),
            "places_tried": laid.places,
            "share_of_content": round(laid.share, 3),
            "box": [round(side, 3) for side in laid.box],
        },
    }


def _watermark(values: dict[str, Any]) -> dict[str, Any]:
    """The id and how sure it is; `log10_p` is the logarithm of the bound of its p-value."""
    return {"id": values["id"], "bits": values["bits"], "key": values["key"], "log10_p": values["p"]}
