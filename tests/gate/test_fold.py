from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.gate import fold
from overt.gate.model import OUTCOMES, Finding, Outcome, Reason
from overt.language import Text


def reason(code: str) -> Reason:
    return Reason(code, Text(zh=code, en=code))


def finding(outcome: Outcome, code: str = "", *, could_not_tell: bool = False, step: str = "s") -> Finding:
    return Finding(step, outcome, (reason(code),) if code else (), could_not_tell)


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(OUTCOMES),
        st.text("abc", min_size=1, max_size=2),
        could_not_tell=st.booleans(),
        step=st.sampled_from(["identity", "consent", "review"]),
    )
)


@given(FINDINGS)
def test_strictest_wins_and_not_knowing_never_allows(found: list[Finding]) -> None:
    folded = fold.fold(found)
    strictness = [OUTCOMES.index(each.outcome) for each in found]
    assert OUTCOMES.index(folded.outcome) >= max(strictness, default=1)
    if not found or any(each.could_not_tell for each in found):
        assert folded.outcome != "allow"


@given(FINDINGS, st.randoms())
def test_order_of_steps_changes_no_outcome(found: list[Finding], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert fold.fold(found).outcome == fold.fold(shuffled).outcome
    assert set(fold.fold(found).reasons) == set(fold.fold(shuffled).reasons)


def test_every_reason_against_is_told() -> None:
    found = [finding("hold", "b"), finding("allow", "fine"), finding("refuse", "a"), finding("refuse", "c")]
    folded = fold.fold(found)
    assert [each.code for each in folded.reasons] == ["a", "c", "b"]


def test_no_finding_is_no_allow() -> None:
    folded = fold.fold([])
    assert folded.outcome == "hold"
    assert folded.could_not_tell


@pytest.mark.parametrize(
    ("codes", "aside"),
    [
        (("consent:missing",), True),
        (("consent:withdrawn",), False),
        (("consent:missing", "consent:withdrawn"), False),
        ((), False),
    ],
)
def test_only_a_missing_consent_can_be_set_aside(codes: tuple[str, ...], aside: bool) -> None:
    found = Finding("consent", "refuse", tuple(reason(code) for code in codes))
    (after,) = fold.without_missing_consent([found])
    assert after.outcome == ("allow" if aside else "refuse")


def test_consents_that_do_not_cover_are_not_named() -> None:
    found = [
        Finding("consent", "allow", details={"consent": "one"}),
        Finding("consent", "refuse", details={"consent": "two"}),
        Finding("other", "allow", details={"consent": "three"}),
    ]
    assert fold.consents(found) == ("one",)


def test_materials_stand_once_with_the_strictest_outcome() -> None:
    details = {"role": "prompt", "sha256": "ab"}
    found = [
        Finding("review", "allow", details=details | {"engines": "words 1, faces 2"}),
        Finding("review", "hold", details=details | {"engines": "words 1"}),
    ]
    (reviewed,) = fold.reviewed(found)
    assert (reviewed.outcome, reviewed.engines) == ("hold", ("words 1", "faces 2"))
