"""What each clause asks, and what was measured: on real marked files and on files of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from overt.inspection import Inspector
from overt.inspection.conformance import CHECKS, Facts, Finding, assess, medium_of
from overt.language import Text
from overt.marking.pipeline import Released
from overt.marks.model import Reading
from overt.rulebook import MEDIA, available, load

SUFFIXES = ("jpg", "png", "wav", "mp3", "mp4", "txt", "md", "html", "pdf", "docx")


def _by_id(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.clause.id: finding for finding in findings}


@pytest.mark.parametrize("name", available())
def test_every_clause_names_a_check_that_is_there(name: str):
    assert {clause.check for clause in load(name).clauses} <= set(CHECKS)


def test_no_check_is_without_a_clause():
    assert set(CHECKS) == {clause.check for name in available() for clause in load(name).clauses}


@pytest.mark.parametrize("name", available())
def test_the_ids_of_a_rulebooks_clauses_differ(name: str):
    ids = [clause.id for clause in load(name).clauses]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_overt_releases_meets_every_clause_that_binds(suffix: str, released: dict[str, Released], own: Inspector):
    findings = assess(own.inspect(released[suffix].path), load("cn"))
    short = {
        finding.clause.id: (finding.outcome.state, finding.outcome.measured.en)
        for finding in findings
        if finding.clause.force == "must" and finding.outcome.state != "met"
    }
    # The guides name no carrier for these: what is not known is not called met.
    assert set(short) <= ({"metadata-carrier-document"} if suffix in ("txt", "html") else set())


def test_only_the_clauses_of_the_medium_are_asked(released: dict[str, Released], own: Inspector):
    found = _by_id(assess(own.inspect(released["png"].path), load("cn")))

    assert "label-height-image" in found
    assert not {"label-height-video", "label-pace-audio", "label-text"} & set(found)


def test_the_measured_height_is_told(released: dict[str, Released], own: Inspector):
    finding = _by_id(assess(own.inspect(released["png"].path), load("cn")))["label-height-image"]

    assert finding.outcome.measured.en.endswith("/ 256 px)")
    assert finding.outcome.evidence


def test_a_photo_without_marks_meets_nothing_and_its_label_is_not_judged(stranger: Inspector, tmp_path: Path):
    path = tmp_path / "plain.png"
    Image.new("RGB", (200, 200), "olive").save(path)
    found = _by_id(assess(stranger.inspect(path), load("cn")))

    assert found["metadata-found"].outcome.state == "not-met"
    # Another maker's label may go unseen: that is no "no".
    assert found["label-image"].outcome.state == "could-not-tell"


def test_a_text_without_a_label_does_not_meet_the_clause(stranger: Inspector, tmp_path: Path):
    path = tmp_path / "plain.txt"
    path.write_text("床前明月光，疑是地上霜。\n", encoding="utf-8")

    assert _by_id(assess(stranger.inspect(path), load("cn")))["label-text"].outcome.state == "not-met"


def test_of_a_file_that_cannot_be_read_nothing_is_told(stranger: Inspector, tmp_path: Path):
    path = tmp_path / "noise.bin"
    path.write_bytes(bytes(range(256)) * 8)
    findings = assess(stranger.inspect(path), load("cn"))

    assert findings
    assert {finding.outcome.state for finding in findings} == {"could-not-tell"}


LABEL = {
    "Label": "1",
    "ContentProducer": "Example-Studio",
    "ProduceID": "x",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}


def _facts(*readings: Reading) -> Facts:
    return Facts("image", "png", readings)


def _metadata(**values: str) -> Reading:
    return Reading("metadata", "found", "XMP", 33, LABEL | values)


@pytest.mark.parametrize(
    ("check", "value", "reading", "state"),
    [
        ("metadata_attribute", {"1": "", "2": "", "3": ""}, _metadata(Label="7"), "not-met"),
        ("metadata_producer", None, _metadata(), "met"),
        ("metadata_producer", None, _metadata(ContentProducer="00191110000000000000000000X"), "not-met"),
        ("metadata_producer", None, _metadata(Label="2", ContentProducer="", ProduceID=""), "could-not-tell"),
        ("metadata_producer", None, _metadata(ContentProducer=""), "not-met"),
        ("metadata_propagator", None, _metadata(), "not-met"),
        ("metadata_propagator", None, _metadata(ContentPropagator="P", PropagateID="y"), "met"),
        ("metadata_security", None, _metadata(), "not-met"),
        ("metadata_carrier", ["png"], Reading("metadata", "found", "PNG tEXt", 33, LABEL), "not-met"),
        ("metadata_carrier", ["gif"], _metadata(), "could-not-tell"),
    ],
)
def test_a_metadata_label_is_measured(check: str, value: object, reading: Reading, state: str):
    assert CHECKS[check](_facts(reading), load("cn"), value).state == state


def test_two_labels_are_one_too_many():
    outcome = CHECKS["metadata_one"](_facts(_metadata(), _metadata()), load("cn"), 1)

    assert outcome.state == "not-met"
    assert outcome.measured.en == "2"


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_what_was_not_looked_for_is_never_told(check: str):
    outcome = CHECKS[check](_facts(), load("cn"), None)

    assert outcome.state == "could-not-tell"
    assert outcome.measured.zh
    assert outcome.measured.en


@pytest.mark.parametrize("check", ["metadata_found", "label_found", "states_generated", "credential_signed"])
def test_what_could_not_be_read_is_never_told(check: str):
    reason = Text(zh="坏了", en="it is broken")
    marks = ("metadata", "label", "credential", "trace")
    unread = tuple(Reading(mark, "unreadable", reason=reason) for mark in marks)

    assert CHECKS[check](_facts(*unread), load("cn"), None).measured == reason


def _label(**values: object) -> Reading:
    return Reading(
        "label",
        "found",
        "top",
        values={"wording": "人工智能生成", "places": [], "measures": {}} | values,
    )


@pytest.mark.parametrize(
    ("check", "value", "label", "state"),
    [
        ("label_height", 0.05, _label(measures={"glyph_height_ratio": 0.049}), "not-met"),
        ("label_height", 0.05, _label(measures={"glyph_height_ratio": 0.05}), "met"),
        ("label_height", 0.05, _label(), "could-not-tell"),
        ("label_from_the_start", 2.0, _label(places=[{"where": "top", "seconds": (0.0, 1.9)}]), "not-met"),
        ("label_from_the_start", 2.0, _label(places=[{"where": "top", "seconds": (1.0, 4.0)}]), "not-met"),
        ("label_from_the_start", 2.0, _label(places=[{"where": "top", "seconds": (0.0, 2.0)}]), "met"),
        ("label_pace", (120, 160), _label(measures={"characters_per_minute": 300.0}), "not-met"),
        ("label_pace", (120, 160), _label(measures={"characters_per_minute": 140.0}), "met"),
        ("label_pace", (120, 160), _label(measures={"unit_seconds": 0.12}), "met"),
        ("label_contrast", 3.0, _label(measures={"contrast": 1.2}), "not-met"),
        ("label_at_an_edge", None, _label(places=[{"where": "middle", "box": (9, 9, 9, 9)}]), "not-met"),
        ("label_elements", None, _label(wording="AI"), "not-met"),
        ("label_elements", None, _label(wording="AI生成"), "met"),
    ],
)
def test_a_label_is_measured(check: str, value: object, label: Reading, state: str):
    assert CHECKS[check](_facts(label), load("cn"), value).state == state


def test_a_label_in_chinese_alone_tells_europeans_nothing():
    assert CHECKS["label_elements"](_facts(_label()), load("eu"), None).state == "not-met"
    assert CHECKS["label_elements"](_facts(_label(wording="AI-generated")), load("eu"), None).state == "met"


STATED = {
    "manifest": 0,
    "source_type": "trainedAlgorithmicMedia",
    "agent": "Painter 2.1",
    "when": "2026-11-01T00:00:00Z",
}
CREDENTIAL = {
    "binding": "intact",
    "signature": "valid",
    "signer": "Example",
    "says_ai": True,
    "source_types": ["trainedAlgorithmicMedia"],
    "agents": ["Painter 2.1"],
    "statements": [STATED],
    "time": None,
    "content_id": "x",
    "manifests": 2,
    "ingredients_changed": False,
}


@pytest.mark.parametrize(
    ("check", "changed", "state"),
    [
        ("states_generated", {}, "met"),
        ("credential_signed", {}, "met"),
        ("credential_signed", {"binding": "mismatch"}, "not-met"),
        ("credential_signed", {"signature": "unknown"}, "could-not-tell"),
        ("credential_time_stamped", {}, "not-met"),
        ("credential_time_stamped", {"time": "2026-11-01T00:00:00Z"}, "met"),
        ("latent_system", {}, "met"),
        ("states_generated", {"binding": "mismatch"}, "could-not-tell"),
        ("latent_system", {"statements": [STATED | {"agent": "Painter"}]}, "not-met"),
        ("latent_system", {"statements": [STATED | {"agent": "Overt 0.1.0"}]}, "not-met"),
        ("latent_system", {"binding": "mismatch"}, "could-not-tell"),
        ("latent_system", {"statements": [STATED | {"manifest": 1}]}, "met"),
        ("latent_system", {"statements": [STATED | {"manifest": 1}], "ingredients_changed": True}, "not-met"),
        ("latent_time", {}, "met"),
        ("latent_time", {"statements": [STATED | {"source_type": None}]}, "not-met"),
        ("latent_time", {"signature": "mismatch"}, "could-not-tell"),
        ("latent_id", {}, "met"),
        ("latent_provider", {}, "met"),
        ("latent_provider", {"statements": [STATED | {"manifest": 1}]}, "not-met"),
        ("latent_provider", {"binding": "mismatch"}, "could-not-tell"),
        ("inputs_kept", {}, "met"),
        ("inputs_kept", {"binding": "mismatch"}, "could-not-tell"),
        ("inputs_kept", {"ingredients_changed": True}, "could-not-tell"),
        ("inputs_kept", {"manifests": 1}, "could-not-tell"),
    ],
)
def test_a_credential_is_measured(check: str, changed: dict[str, object], state: str):
    reading = Reading("credential", "found", "JUMBF", values=CREDENTIAL | changed)

    assert CHECKS[check](_facts(reading, Reading("metadata", "absent")), load("us-ca"), None).state == state


@pytest.mark.parametrize(
    ("media_type", "medium"),
    [
        ("image/svg+xml", "image"),
        ("model/gltf-binary", "scene"),
        ("application/pdf", "document"),
        ("text/html", "text"),
    ],
)
def test_a_media_type_says_which_clauses_apply(media_type: str, medium: str):
    assert medium_of(media_type) == medium
    assert medium in MEDIA
