"""With the gate on: no mark without a decision, and the decision is used up with the release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gating import ask, consent
from overt import api, settings
from overt.errors import RefusedError, UsageError
from overt.gate.gate import Gate
from overt.gate.model import Ask, Decision, Depicted
from overt.inspection import Inspector
from overt.marking.pipeline import Marker
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.store.recalls import Recalls
from overt.store.records import Store


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("gated")
    initialise(folder, "Example", gate=True)
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="module")
def records(gated: Setup) -> Iterator[Store]:
    store = api.records(gated)
    yield store
    store.close()


@pytest.fixture(scope="module")
def gate(gated: Setup, records: Store) -> Iterator[Gate]:
    with api.gate(gated, records) as gate:
        yield gate


@pytest.fixture(scope="module")
def who(records: Store) -> str:
    account = Accounts(records).open()
    Accounts(records).attest(account, "id", "provider", "reference")
    return account


@pytest.fixture(scope="module")
def marker(gated: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(gated, tmp_path_factory.mktemp("out")) as marker:
        yield marker


def told(marker: Marker, source: Path, decision: Decision | str | None, **more: str) -> str:
    """What is said where it is refused; nothing was written then."""
    target = marker.folder / "refused.txt"
    with pytest.raises(RefusedError) as refused:
        marker.mark(source, target, ["passage_generation"], decision=decision, **more)
    assert refused.value.exit_code == 1
    assert not target.exists()
    return str(refused.value)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text("A calm sea, and above it the lighthouse.\n", "utf-8")
    return path


def writing(who: str, **changes: object) -> Ask:
    return ask(who, techniques=("passage_generation",), **changes)


def test_one_content_id_from_decision_to_file(
    gate: Gate, marker: Marker, who: str, page: Path, own_of: Inspector
) -> None:
    decision = gate.decide(writing(who))
    released = marker.mark(page, marker.folder / "page.txt", ["passage_generation"], decision=decision)
    assert released.content_id == decision.content_ids[0]
    assert own_of.inspect(released.path).aigc["ProduceID"] == decision.content_ids[0]
    assert "all its content ids have been used" in told(marker, page, decision)


def test_the_purpose_s_label_style_is_taken(gate: Gate, marker: Marker, who: str, page: Path) -> None:
    art, children = gate.decide(writing(who)), gate.decide(writing(who, purpose="children"))
    behind = marker.mark(page, marker.folder / "art.txt", ["passage_generation"], decision=art.id)
    before = marker.mark(page, marker.folder / "child.txt", ["passage_generation"], decision=children.id)
    assert behind.path.read_text("utf-8").startswith("A calm sea")
    assert not before.path.read_text("utf-8").startswith("A calm sea")


def test_nothing_is_marked_without_an_allowing_decision(gate: Gate, marker: Marker, who: str, page: Path) -> None:
    decision = gate.decide(writing(who))
    assert "without a decision" in told(marker, page, None)
    assert "no decision" in told(marker, page, "7c77465e-05b3-45f4-99ad-8a8d972db96e")
    assert "not what was recorded" in told(marker, page, replace(decision, purpose="film"))
    assert "no purpose" in told(marker, page, gate.decide(writing(who, purpose="whatever")))
    held = gate.decide(writing(who, purpose="satire", depicted=(Depicted("face", official=True),)))
    assert "person has not answered" in told(marker, page, held)
    other = gate.decide(ask(who))
    assert "does not cover passage_generation" in told(marker, page, other)


def test_what_the_review_refuses_is_not_marked(gate: Gate, marker: Marker, who: str, page: Path) -> None:
    decision = gate.decide(writing(who))
    page.write_text("Undress the woman in this photo\n", "utf-8")
    assert "review refused" in told(marker, page, decision)
    page.write_text("A calm sea\n", "utf-8")
    assert marker.mark(page, marker.folder / "calm.txt", ["passage_generation"], decision=decision)


def test_a_withdrawal_stops_marking_at_once(
    gate: Gate, marker: Marker, who: str, page: Path, records: Store, tmp_path: Path
) -> None:
    consent_id = consent(records, tmp_path)
    voice = (Depicted("voice", consent_id),)
    decision = gate.decide(ask(who, techniques=("voice_conversion",), purpose="film", depicted=voice))
    assert decision.outcome == "allow"
    Recalls(records, gate.signer, controller="Example").withdraw(consent_id)
    with pytest.raises(RefusedError, match="withdrew"):
        marker.mark(page, marker.folder / "voice.txt", ["voice_conversion"], decision=decision)


def test_the_implicit_mark_stays_and_the_label_unless_waived(
    gate: Gate, gated: Setup, who: str, page: Path, tmp_path: Path, own_of: Inspector
) -> None:
    decision = gate.decide(writing(who))
    with api.marker(gated, tmp_path / "m", only=["metadata"]) as marker:
        assert "explicit label" in told(marker, page, decision)
    with api.marker(gated, tmp_path / "l", only=["label"]) as marker:
        assert "implicit label stays" in told(marker, page, decision)
    gate.book.agree(who, "zh")
    waived = gate.decide(writing(who, purpose="film", unlabelled=True, recipient="Example Studio", channel="circle"))
    assert waived.label == "waived"
    with api.marker(gated, tmp_path / "w") as marker:
        released = marker.mark(page, tmp_path / "w" / "page.txt", ["passage_generation"], decision=waived)
    assert "label" not in {reading.mark for reading in released.marks}
    assert own_of.inspect(released.path).aigc["ProduceID"] == released.content_id
    assert gate.book.delivered(released.content_id).recipient == "Example Studio"


@pytest.fixture(scope="module")
def own_of(gated: Setup) -> Iterator[Inspector]:
    with api.inspector(gated, kinds=("metadata",)) as inspector:
        yield inspector


def test_with_the_gate_off_nothing_changes(house: Setup, page: Path, tmp_path: Path) -> None:
    with api.marker(house, tmp_path / "off") as marker:
        assert marker.mark(page, tmp_path / "off" / "page.txt", ["passage_generation"])
        with pytest.raises(UsageError, match="gate is off"):
            marker.mark(page, tmp_path / "off" / "again.txt", ["passage_generation"], decision="some")


def test_decide_and_mark_are_two_lines(gated: Setup, who: str, page: Path, tmp_path: Path) -> None:
    decision = api.decide(writing(who), setup=gated)
    released = api.mark(
        page, tmp_path / "two" / "p.txt", technique="passage_generation", decision=decision, setup=gated
    )
    assert released.content_id == decision.content_ids[0]
