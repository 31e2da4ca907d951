"""What a content credential adds to a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from overt.inspection import Inspector
from overt.inspection.verdict import judge
from overt.marks.model import Reading

AIGC = {"Label": "1", "ContentProducer": "P", "ProduceID": "x", "ReservedCode1": "", "ContentPropagator": "",
        "PropagateID": "", "ReservedCode2": ""}  # fmt: skip
STATED = {
    "manifest": 0,
    "action": "c2pa.created",
    "source_type": "trainedAlgorithmicMedia",
    "agent": "M 1",
    "when": None,
    "trusted": True,
}
PASSED_ON = STATED | {"manifest": 1, "trusted": False}
VALUES: dict[str, Any] = {
    "binding": "intact", "signature": "valid", "validity": "valid", "trust": "not-judged", "says_ai": True,
    "source_types": ["trainedAlgorithmicMedia"], "agents": ["M 1"], "statements": [STATED], "signer": "S", "time": None,
    "generator": "G", "content_id": None, "aigc": None, "manifests": 1, "ingredients_changed": False, "codes": [],
}  # fmt: skip
SILENT = {"says_ai": False, "source_types": []}
CAMERA = {"says_ai": False, "source_types": ["digitalCapture"]}


def verdict(label: dict[str, str] | None = None, **changes: Any) -> tuple[str, list[str]]:
    readings = [Reading("credential", "found", "APP11", values=VALUES | changes)]
    readings.append(Reading("metadata", "found", "XMP", values=label) if label else Reading("metadata", "absent"))
    judged = judge(tuple(readings), "00")
    return judged.kind, [each.name for each in judged.contradictions]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"trust": "own"}, "confirmed", id="ours"),
        pytest.param({"trust": "trusted"}, "confirmed", id="trusted"),
        pytest.param({"trust": "not-judged"}, "suspected", id="nobody says whose"),
        pytest.param({"trust": "untrusted"}, "suspected", id="not on our lists"),
        pytest.param({"trust": "trusted", "validity": "revoked"}, "suspected", id="trusted, but revoked"),
        pytest.param({"trust": "trusted", "binding": "unknown"}, "suspected", id="trusted, binding unknown"),
        pytest.param({"trust": "own", "statements": [PASSED_ON]}, "suspected", id="passed on by us"),
        pytest.param({"trust": "trusted", "statements": [PASSED_ON]}, "suspected", id="passed on by the trusted"),
        pytest.param(
            {"trust": "own", "statements": [STATED | {"manifest": 1}]}, "confirmed", id="stated by the trusted before"
        ),
        pytest.param(
            {"trust": "trusted", "statements": [STATED | {"manifest": 1}], "ingredients_changed": True},
            "suspected",
            id="stated by the trusted of other bytes",
        ),
        pytest.param({"trust": "own", "signature": "mismatch"}, "suspected", id="ours, but changed"),
        pytest.param({"validity": "expired"}, "suspected", id="expired"),
    ],
)
def test_stated_synthesis_counts_as_much_as_we_know_who_states_it(changes: dict[str, Any], kind: str):
    assert verdict(**changes) == (kind, [])


@pytest.mark.parametrize("changes", [SILENT, CAMERA])
def test_a_credential_that_states_no_synthesis_is_no_ground(changes: dict[str, Any]):
    assert verdict(trust="own", **changes) == ("none", [])


@pytest.mark.parametrize(
    ("codes", "contradictions"),
    [
        (["assertion.dataHash.mismatch"], ["credential-mismatch"]),
        (["claimSignature.mismatch"], ["credential-mismatch"]),
        (["signingCredential.untrusted", "signingCredential.expired"], []),
        (["signingCredential.invalid"], []),
    ],
)
def test_only_a_mismatch_speaks_of_a_change(codes: list[str], contradictions: list[str]):
    assert verdict(codes=codes) == ("suspected", contradictions)


def test_a_label_that_differs_from_the_signed_one_contradicts_it():
    assert verdict(AIGC, aigc=AIGC) == ("confirmed", [])
    assert verdict(AIGC, aigc=AIGC | {"ProduceID": "y"}) == ("confirmed", ["credential-label-differs"])
    # What a platform adds to a label is no contradiction.
    assert verdict(AIGC | {"ContentPropagator": "Q"}, aigc=AIGC) == ("confirmed", [])


def test_a_camera_contradicts_a_label():
    assert verdict(AIGC, **CAMERA) == ("confirmed", ["credential-states-camera"])
    assert verdict(AIGC | {"Label": "2"}, **CAMERA) == ("possible", [])


@pytest.mark.parametrize("name", ["ai_chatgpt-1.png", "ai_firefly-1.png"])
def test_genuine_files_of_generators_are_suspected_and_not_called_changed(name: str, media: Path, stranger: Inspector):
    answer = stranger.inspect(media / "images" / name)

    assert answer.verdict.kind == "suspected"
    assert answer.verdict.contradictions == ()
    assert any("content credential" in reason.text.en for reason in answer.verdict.reasons)
