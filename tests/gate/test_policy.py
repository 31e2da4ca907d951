from __future__ import annotations

from pathlib import Path

import pytest

from overt.errors import SetupError
from overt.gate import policy
from overt.gate.model import Ask, Depicted, Finding, Reason
from overt.gate.policy import model, rule
from overt.language import Text
from overt.rulebook import load as load_rulebook

MISSING = Finding("consent", "refuse", (Reason("consent:missing", Text(zh="缺", en="missing")),))
ID = Finding("identity", "allow", details={"level": "id"})
OFFICIAL = (Depicted("face", official=True),)


def ask(purpose: str, *, depicted: tuple[Depicted, ...] = (), **changes: object) -> Ask:
    return Ask("a" * 32, ("image_generation",), purpose, "images.generate", depicted=depicted, **changes)


def outcomes(ruling: policy.Ruling) -> set[str]:
    return {each.outcome for each in ruling.findings}


def codes(ruling: policy.Ruling) -> set[str]:
    return {reason.code for each in ruling.findings for reason in each.reasons}


def test_the_shipped_policy_is_whole() -> None:
    shipped = policy.load()
    assert {"satire", "art", "education", "journalism", "accessibility", "research", "advertising"} <= set(
        shipped.purposes
    )
    known = {duty.id for duty in load_rulebook().duties}
    cited = {duty for each in shipped.rules.values() for duty in each.duties}
    assert cited <= known, cited - known


def test_the_same_request_differs_by_purpose() -> None:
    found = [MISSING, ID]
    satire = rule(policy.load(), ask("satire", depicted=OFFICIAL), found)
    advertising = rule(policy.load(), ask("advertising", depicted=OFFICIAL), found)
    assert satire.without_consent
    assert outcomes(satire) == {"allow", "hold"}
    assert "refuse" in outcomes(advertising)
    assert not advertising.without_consent


def test_labels_differ_by_purpose() -> None:
    assert rule(policy.load(), ask("art"), [ID]).label_style == "closing"
    assert rule(policy.load(), ask("children"), [ID]).label_style == ""
    assert rule(policy.load(), ask("art", depicted=OFFICIAL), [ID, MISSING]).label_style == ""


def test_a_refused_consent_is_never_set_aside() -> None:
    withdrawn = Finding("consent", "refuse", (Reason("consent:withdrawn", Text(zh="撤", en="gone")),))
    ruling = rule(policy.load(), ask("satire", depicted=OFFICIAL), [withdrawn, ID])
    assert not ruling.without_consent


@pytest.mark.parametrize("purpose", ["satire", "art"])
def test_voices_need_consent_in_satire_too(purpose: str) -> None:
    depicted = (*OFFICIAL, Depicted("voice", official=True))
    ruling = rule(policy.load(), ask(purpose, depicted=depicted), [MISSING, ID])
    assert not ruling.without_consent
    assert "rule:no-voice-without-consent" in codes(ruling)


def test_what_the_review_found_reaches_the_policy() -> None:
    seen = Finding("review", "allow", details={"categories": "sexual, vulgar"})
    ruling = rule(policy.load(), ask("art", depicted=OFFICIAL), [MISSING, ID, seen])
    assert "rule:no-sexual-likeness" in codes(ruling)


def test_an_unknown_purpose_is_refused_and_the_known_ones_are_named() -> None:
    ruling = rule(policy.load(), ask("whatever"), [ID])
    assert outcomes(ruling) == {"refuse"}
    assert "accessibility" in ruling.findings[0].reasons[0].text.en


def test_without_label_only_for_a_named_recipient() -> None:
    shipped = policy.load()
    assert rule(shipped, ask("film", unlabelled=True, recipient="Studio", channel="circle"), [ID]).unlabelled
    assert not rule(shipped, ask("film", unlabelled=True), [ID]).unlabelled
    news = rule(shipped, ask("journalism", unlabelled=True, recipient="Paper"), [ID])
    assert not news.unlabelled
    assert "rule:no-unlabelled-news" in codes(news)


GOOD = """
@id("p") @purpose_zh("甲") @purpose_en("a") @about_zh("甲") @about_en("a")
permit (principal, action == Action::"synthesise", resource == Purpose::"a");
"""
BAD = [
    ('permit (principal, acton == Action::"x", resource);', 5),
    ('@id("q") forbid (principal, action, resource) when { context.nothing };', 5),
    ('@id("q") @reason_zh("x") @reason_en("x")\nforbid (principal, action, resource) when { context.nothing };', 5),
    ("permit (principal, action, resource);", 5),
    ('@id("q") forbid (principal, action, resource) when { context.official };', 5),
    ('@id("p") permit (principal, action == Action::"without_person", resource);', 5),
    ('@id("q") permit (principal, action == Action::"with_small_label", resource);', 5),
    ('@id("q") permit (principal, action == Action::"synthesise", resource);', 5),
    ('// ; a comment\n@id("q;") permit (principal, action == Action::"nope", resource);', 6),
    ('@id("q") permit (principal == ?principal, action, resource);', 1),
]


@pytest.mark.parametrize(("wrong", "line"), BAD)
def test_errors_name_file_and_line(wrong: str, line: int) -> None:
    with pytest.raises(SetupError, match=rf"mine\.cedar, line {line}: "):
        model.parse(f"{GOOD}\n{wrong}", "mine.cedar")


def test_nothing_permitted_is_held_and_refused() -> None:
    """A policy that only names a purpose: nobody may leave a person or a consent out."""
    bare = model.parse(GOOD, "mine.cedar")
    ruling = rule(bare, ask("a", depicted=(Depicted("face"),)), [MISSING, ID])
    assert outcomes(ruling) == {"allow", "hold", "refuse"}
    assert codes(ruling) == {"rule:without_person"}  # What is missing, the consent's step has said.


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.cedar").write_text(GOOD, "utf-8")
    assert list(policy.load(tmp_path / "mine.cedar").purposes) == ["a"]
    with pytest.raises(SetupError, match=r"gone\.cedar"):
        policy.load(tmp_path / "gone.cedar")
