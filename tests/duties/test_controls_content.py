"""The controls on marks, records, consents and review: each of their answers, over real records on both databases."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from uuid import uuid4

import pytest
from sqlalchemy import delete, update

from duty_views import view
from evidence import Law
from gating import account, ask, consent, gate_of
from overt import api
from overt.duties import controls as folder
from overt.duties.model import Found
from overt.duties.registry import controls
from overt.duties.view import View
from overt.gate.model import Finding
from overt.gate.review import library
from overt.ledger import events
from overt.ledger.event import Event
from overt.marks.model import Release
from overt.rulebook import load
from overt.settings import Setup
from overt.store import persons, retention
from overt.store.decisions import Decisions
from overt.store.recalls import Recalls
from overt.store.records import Store
from overt.store.reviews import Reviews
from overt.store.tables.decisions import recipients
from overt.store.tables.ledger import ledger_entries

ALL = ("watermark", "label", "metadata")
NOW = datetime.now(UTC)


def look(known_as: str, seen: View) -> Found:
    return {each.id: each for each in controls()}[known_as].look(seen)


def found(known_as: str, setup: Setup, store: Store, days: int = 0) -> Found:
    """What one control finds, some days from now."""
    return look(known_as, view(setup, store, now=NOW + timedelta(days=days)))


@pytest.fixture
def gated(house: Setup) -> Setup:
    on = house.settings.model_copy(update={"gate": house.settings.gate.model_copy(update={"on": True})})
    return Setup(home=house.home, settings=on)


def released(store: Store, marks: tuple[str, ...] = ALL, media: str = "image/png", **more: str) -> str:
    content_id = more.get("content_id") or str(uuid4())
    release = Release(
        content_id, uuid4().hex * 2, more.get("source", "ab" * 32), media, "Example", ("image_generation",), marks,
        NOW.isoformat(timespec="seconds"),
    )  # fmt: skip
    store.release(release, decision_id=more.get("decision", ""))
    return content_id


# ── Marks ───────────────────────────────────────────────────────────────────────────────────────────


def test_before_any_release_nothing_shows_marks(house: Setup, store: Store) -> None:
    for known_as in ("labelling.metadata", "labelling.labels", "labelling.watermarks", "labelling.look_up"):
        assert found(known_as, house, store).state == "no_evidence"


def test_marks_on_every_release_are_shown_with_the_last(house: Setup, store: Store) -> None:
    released(store)
    released(store, media="audio/mpeg")
    for known_as in ("metadata", "labels", "labels_of_images", "labels_of_sound", "metadata_of_images", "look_up"):
        assert found(f"labelling.{known_as}", house, store).state == "met"
    assert found("labelling.labels_of_video", house, store).state == "no_evidence"
    assert found("labelling.metadata", house, store).evidence[0].value == "2 / 2"


@pytest.mark.parametrize(
    ("mark", "control"), [("label", "labels"), ("metadata", "metadata"), ("watermark", "watermarks")]
)
def test_one_release_without_a_mark_is_a_gap(house: Setup, store: Store, mark: str, control: str) -> None:
    released(store)
    released(store, tuple(each for each in ALL if each != mark))
    lacking = found(f"labelling.{control}", house, store)
    assert (lacking.state, lacking.evidence[0].value) == ("gap", "1 / 2")


def test_what_was_delivered_without_label_under_article_9_is_no_gap(gated: Setup, store: Store) -> None:
    assert found("labelling.unlabelled", gated, store).state == "no_evidence"
    who = account(store)
    Decisions(store).agree(who, "zh")
    wanted = ask(who, purpose="film", unlabelled=True, recipient="Example Studio", channel="circle")
    decision = gate_of(store).decide(wanted)
    released(store, ("watermark", "metadata"), content_id=decision.content_ids[0], decision=decision.id)
    assert found("labelling.labels", gated, store).state == "met"
    kept = found("labelling.unlabelled", gated, store)
    assert (kept.state, kept.evidence[0].value) == ("met", "1; 1; 1")
    # A sound that nobody answers for is not made good by the picture's recipient.
    released(store, ("watermark", "metadata"), media="audio/mpeg")
    assert found("labelling.labels_of_sound", gated, store).state == "gap"
    assert found("labelling.labels_of_images", gated, store).state == "met"
    assert found("labelling.unlabelled", gated, store).evidence[0].value == "2; 1; 1"
    with store.acting() as act:
        act.connection.execute(delete(recipients))
    assert found("labelling.unlabelled", gated, store).state == "gap"
    assert found("labelling.labels_of_images", gated, store).state == "gap"


@pytest.mark.parametrize(
    ("producer", "state"),
    [("Example", "not_applicable"), ("001191110000MA00000X8H10000", "gap"), ("00119111000000000000A000000", "gap")],
)
def test_a_code_has_to_hold(house: Setup, store: Store, producer: str, state: str) -> None:
    changed = Setup(home=house.home, settings=house.settings.model_copy(update={"producer": producer}))
    assert found("labelling.provider", changed, store).state == state


# ── Records ─────────────────────────────────────────────────────────────────────────────────────────


def test_logs_are_kept_until_their_time_is_over(house: Setup, store: Store) -> None:
    assert found("records.logs", house, store).state == "no_evidence"
    released(store)
    kept = found("records.logs", house, store)
    assert (kept.state, kept.evidence[0].value) == ("met", "6 month")


def _with(tmp_path: Path, setup: Setup, store: Store, duty: str, name: str, value: int, unit: str) -> View:
    path = tmp_path / "numbers.toml"
    path.write_text(
        f'[[override]]\nduty = "{duty}"\nname = "{name}"\nvalue = {value}\nunit = "{unit}"\n'
        'reason = { zh = "理由", en = "Why" }\nby = "Data officer"\non = 2026-11-01\n',
        encoding="utf-8",
    )
    return View.of(setup, store, load("cn", path), NOW)


def test_a_longer_time_of_the_operators_own_is_shown(house: Setup, store: Store, tmp_path: Path) -> None:
    released(store)
    kept = look("records.logs", _with(tmp_path, house, store, "CSL-23c", "log.least", 12, "month"))
    assert (kept.state, kept.evidence[0].value) == ("met", "12 month")


def test_a_time_shorter_than_the_laws_is_a_gap(house: Setup, store: Store, tmp_path: Path) -> None:
    released(store)
    kept = look("records.recipients", _with(tmp_path, house, store, "LB-09b", "recipient_log.least", 30, "day"))
    assert kept.state == "gap"
    assert "6 month" in kept.reason.en


def test_a_deletion_before_its_time_is_a_gap(house: Setup, store: Store) -> None:
    released(store)
    retention.expire(store, Law(log=(None, 1)), NOW + timedelta(days=2))
    early = found("records.logs", house, store)
    assert early.state == "gap"
    assert "too early" in early.reason.en


def test_the_ledger_has_no_gap_and_is_signed(house: Setup, store: Store) -> None:
    assert found("records.ledger", house, store).state == "no_evidence"
    released(store)
    assert "overt ledger publish" in found("records.ledger", house, store).reason.en
    with api.ledger(house, store) as ready:
        ready.publish()
    assert found("records.ledger", house, store).state == "met"
    with store.acting() as act:
        act.connection.execute(update(ledger_entries).values(number=7))
    assert found("records.ledger", house, store).state == "gap"


def test_personal_information_needs_a_longest_time(house: Setup, store: Store, tmp_path: Path) -> None:
    assert "personal.most" in found("records.no_longer", house, store).reason.en
    seen = _with(tmp_path, house, store, "PI-19", "personal.most", 90, "day")
    assert look("records.no_longer", seen).state == "met"


def test_deletion_and_access(house: Setup, store: Store) -> None:
    assert found("records.deletion", house, store).state == "no_evidence"
    assert found("records.access", house, store).state == "no_evidence"
    who = account(store)
    persons.export(store, who)
    assert found("records.access", house, store).state == "met"
    erasure = persons.erase(store, load("cn"), who, "request", NOW)
    assert not erasure.destroyed
    waits = found("records.deletion", house, store)
    assert (waits.state, waits.evidence[0].value.split("; ")[-1]) == ("met", "0")
    assert found("records.deletion", house, store, days=4000).state == "gap"


# ── Consents ────────────────────────────────────────────────────────────────────────────────────────


def test_consent_controls_need_the_gate(house: Setup, store: Store) -> None:
    for known_as in ("consent.refused_without", "consent.refusals", "review.both_ends"):
        assert found(known_as, house, store).state == "gap"


def test_without_consent_every_edit_of_a_person_is_refused(gated: Setup, store: Store) -> None:
    asked = found("consent.refused_without", gated, store)
    assert asked.state == "met"
    refused, of = asked.evidence[0].value.split(" / ")
    assert refused == of == "18"


def test_consents_name_the_notice(gated: Setup, store: Store, tmp_path: Path) -> None:
    assert found("consent.noticed", gated, store).state == "no_evidence"
    consent(store, tmp_path)
    shown = found("consent.noticed", gated, store)
    assert (shown.state, shown.evidence[0].value) == ("met", "1; 1")


def test_what_rests_on_a_withdrawn_consent_is_recalled(gated: Setup, store: Store, tmp_path: Path) -> None:
    assert found("consent.withdrawn", gated, store).state == "no_evidence"
    Recalls(store, gate_of(store).signer, controller="Example").withdraw(consent(store, tmp_path))
    assert found("consent.withdrawn", gated, store).state == "met"
    assert found("consent.guarded", gated, store).state == "no_evidence"


# ── Review ──────────────────────────────────────────────────────────────────────────────────────────


def test_both_ends_of_a_release_are_reviewed(gated: Setup, store: Store) -> None:
    assert found("review.both_ends", gated, store).state == "no_evidence"
    gate, who = gate_of(store), account(store)
    decision = gate.decide(ask(who))
    gate.book.review(decision, "cd" * 32, Finding("review", "allow"))
    released(store, source="cd" * 32, content_id=decision.content_ids[0], decision=decision.id)
    both = found("review.both_ends", gated, store)
    assert (both.state, both.evidence[-1].value) == ("met", "1; 1; 1")
    unseen = gate.decide(ask(who))
    released(store, source="ef" * 32, content_id=unseen.content_ids[0], decision=unseen.id)
    assert found("review.both_ends", gated, store).evidence[-1].value == "2; 2; 1"
    released(store)
    lacking = found("review.both_ends", gated, store)
    assert (lacking.state, lacking.evidence[-1].value) == ("gap", "3; 2; 1")


def test_a_library_that_somebody_approved(gated: Setup, store: Store) -> None:
    assert "overt review library --load" in found("review.library", gated, store).reason.en
    Reviews(store).load_library(library.starter())
    assert found("review.library", gated, store).state == "met"


def test_a_small_library_is_told_with_its_size(gated: Setup, store: Store) -> None:
    small = found("review.words", gated, store)
    count, asked = small.evidence[0].value.split("; ")
    assert small.state == "gap"
    assert 0 < int(count) < int(asked) == 10000


def test_the_operators_own_size_counts(gated: Setup, store: Store, tmp_path: Path) -> None:
    Reviews(store).load_library(library.starter())
    seen = _with(tmp_path, gated, store, "GS-06", "words", 100, "item")
    assert look("review.words", seen).state == "met"
    assert look("review.words", replace(seen, now=NOW + timedelta(days=30))).state == "gap"


def test_bundles_that_were_given_out(house: Setup, store: Store) -> None:
    assert "overt bundle" in found("records.evidence", house, store).reason.en


def test_people_answer_in_time(gated: Setup, store: Store) -> None:
    assert found("review.people", gated, store).state == "not_applicable"


def test_every_event_that_the_controls_count_exists() -> None:
    def tags(kind: type[Event]) -> set[str]:
        return {kind.tag} | {tag for each in kind.__subclasses__() for tag in tags(each)}

    named = {
        tag
        for module in iter_modules(events.__path__, "overt.ledger.events.")
        for tag in tags(import_module(module.name).Event)
    }
    written = "".join(file.read_text(encoding="utf-8") for file in Path(folder.__path__[0]).glob("*.py"))
    assert set(re.findall(r'"([a-z]+:[a-z-]+:[a-z-]+)"', written)) <= named


def test_every_class_of_record_is_explained_by_the_rulebook() -> None:
    for module in iter_modules(events.__path__, "overt.ledger.events."):
        import_module(module.name)

    def classes(kind: type[Event]) -> set[str]:
        return {kind.keeping} | {each for one in kind.__subclasses__() for each in classes(one)}

    named = {each for kind in Event.__subclasses__() if kind.__module__.startswith("overt.") for each in classes(kind)}
    named |= {kept.record for _, kept in retention.kept_tables()}
    assert named <= set(load("cn").records)
