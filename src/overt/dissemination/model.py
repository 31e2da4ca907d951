"""What is kept of one write-back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dissemination:
    """One file that we distributed with our propagation data in its label.

    `sha256` is of the file as written, `source_sha256` as received; `attribute` is the label's (1, 2, 3); `declared`
    is "yes" where the uploader's own declaration was the ground; `label` is the whole label as JSON; `superseded` the
    labels as they were received, as JSON (what was written keeps the producer's fields of one of them); `written` the
    time in UTC (ISO 8601).
    """

    propagate_id: str
    sha256: str
    source_sha256: str
    media_type: str
    propagator: str
    attribute: str
    declared: str
    label: str
    superseded: str
    written: str
