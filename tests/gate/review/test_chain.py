"""The chain: the strictest wins, a refusal ends it, silence is never a yes; and the gate's step on top of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from overt.errors import UnsupportedError
from overt.gate.model import Ask, Depicted, Material, Medium, Outcome
from overt.gate.review.chain import Chain
from overt.gate.review.features import Features
from overt.gate.review.library import starter
from overt.gate.review.model import Hit, Opinion
from overt.gate.review.queue import Answer
from overt.gate.review.step import ReviewStep, remarks, seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def text(said: str = "hello") -> Material:
    return Material("prompt", "text", sha256(said.encode()).hexdigest(), said)


@dataclass
class Says:
    """An engine that says what it is told to."""

    outcome: Outcome = "allow"
    error: Exception | None = None
    media: frozenset[Medium] = frozenset({"text"})
    thorough: bool = False
    details: dict[str, str] = field(default_factory=dict)
    name: str = "says"
    version: str = "1"
    asked: int = 0

    def review(self, material: Material) -> Opinion:
        self.asked += 1
        if self.error:
            raise self.error
        hits = () if self.outcome == "allow" else (Hit("fraud", self.outcome, said="x"),)
        return Opinion(self.name, self.version, self.outcome, hits, details=self.details)


@pytest.mark.parametrize(
    ("outcomes", "joined", "asked"),
    [
        (["allow", "allow"], "allow", [1, 1]),
        (["allow", "hold"], "hold", [1, 1]),
        (["hold", "allow"], "hold", [1, 1]),
        (["hold", "refuse"], "refuse", [1, 1]),
        (["refuse", "hold"], "refuse", [1, 0]),
    ],
)
def test_the_strictest_wins_and_a_refusal_ends_it(outcomes: list[Outcome], joined: Outcome, asked: list[int]):
    engines = [Says(each) for each in outcomes]
    judged = Chain(engines).review(text())

    assert (judged.outcome, [each.asked for each in engines]) == (joined, asked)
    assert judged.could_not_tell is False


@pytest.mark.parametrize("error", [UnsupportedError("no", "不"), RuntimeError("broken"), MemoryError()])
def test_an_engine_that_fails_never_lets_pass(error: Exception):
    for unsure in ("hold", "refuse"):
        judged = Chain([Says(error=error), Says("allow")], unsure=unsure).review(text())  # type: ignore[arg-type]
        assert (judged.outcome, judged.could_not_tell) == (unsure, True)
        assert [each.code for each in judged.reasons] == ["review:could-not-tell:says"]
    assert Chain([Says(error=error), Says("refuse")]).review(text()).outcome == "refuse"


def test_what_nobody_takes_is_held():
    judged = Chain([Says()]).review(Material("output", "audio", "00"))
    assert (judged.outcome, judged.could_not_tell) == ("hold", True)
    assert judged.reasons[0].duties == ("DS-10a",)


def test_depth_asks_thorough_engines_and_people():
    slow = Says(thorough=True)
    chain = Chain([Says(), slow])
    assert chain.review(text()).outcome == "allow"
    assert slow.asked == 0
    assert chain.review(text(), "deep").outcome == "allow"
    assert slow.asked == 1
    assert chain.review(text(), "human").outcome == "hold"


def test_a_finding_names_categories_and_never_words():
    said = "请将资金转入我们的安全账户"
    step = ReviewStep(Chain([Features([starter()])]))
    (finding,) = step.look(Ask("a", ("text_to_speech",), "art", "speech", materials=(text(said),)), NOON)

    assert finding.outcome == "refuse"
    assert finding.details["categories"] == "fraud"
    assert finding.reasons[0].duties == ("IS-15", "DS-06a")
    assert "安全账户" not in repr(finding)
    judged = step.judge_output(text(said))
    assert "转入我们的安全账户" in remarks(judged)[0]
    assert seen([judged])[0].text == said


@dataclass
class People:
    answer: Answer | None

    def passed(self, person: str, purpose: str, sha256: str) -> Answer | None:
        return self.answer


@pytest.mark.parametrize(
    ("engine", "person", "outcome"),
    [
        ("hold", None, "hold"),
        ("hold", "pass", "allow"),
        ("allow", "refuse", "refuse"),
        ("refuse", "pass", "refuse"),
    ],
)
def test_what_a_person_said_goes_before_a_hold_and_not_before_a_refusal(
    engine: Outcome, person: Answer | None, outcome: Outcome
):
    step = ReviewStep(Chain([Says(engine)]), people=People(person))
    (finding,) = step.look(Ask("a", (), "art", "chat", materials=(text(),)), NOON)
    assert finding.outcome == outcome


def test_the_purpose_says_how_deep():
    step = ReviewStep(Chain([Says()]), depth={"advertising": "human"})
    for purpose, outcome in (("art", "allow"), ("advertising", "hold")):
        assert step.look(Ask("a", (), purpose, "chat", materials=(text(),)), NOON)[0].outcome == outcome


def test_a_face_that_nobody_is_said_to_be_is_held():
    step = ReviewStep(Chain([Says(media=frozenset({"image"}), details={"faces": "1"})]))
    picture = (Material("input", "image", "00"),)

    def outcome(*techniques: str, depicted: tuple[Depicted, ...] = ()) -> Outcome:
        return step.look(Ask("a", techniques, "art", "edit", materials=picture, depicted=depicted), NOON)[0].outcome

    assert outcome("face_replacement") == "hold"
    assert outcome("face_replacement", depicted=(Depicted("face", "c1"),)) == "allow"
    assert outcome("image_enhancement") == "allow"
