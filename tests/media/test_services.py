"""What a worker may ask its parent in mid-call, and what it may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from overt.errors import FormatError, InternalError, SetupError
from overt.media import services, wire
from overt.media.budget import Budget
from overt.media.guard import Guard
from overt.media.services import Service
from overt.testing import misbehaviour


@pytest.fixture(scope="module")
def shared() -> Iterator[Guard]:
    with Guard(Budget(wall_s=20)) as guard:
        yield guard


@pytest.fixture
def guard(shared: Guard) -> Iterator[Guard]:
    """One guard for all tests, which must leave it working."""
    yield shared
    assert shared.call(misbehaviour.echo, b"still here") == b"still here"


class Counted:
    """Turns bytes round, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def __call__(self, question: bytes) -> bytes:
        self.asked.append(question)
        return question[::-1]


def test_a_worker_is_answered_in_mid_call(guard: Guard):
    turn = Counted()
    answer = guard.call(misbehaviour.ask, "turn", b"\x00ab\nc", 3, services={"turn": Service(turn, 3, 100)})

    assert answer == b"c\nba\x00" * 3
    assert turn.asked == [b"\x00ab\nc"] * 3


def test_long_questions_and_answers_arrive_whole(guard: Guard):
    question = bytes(range(256)) * 4096  # More than a pipe holds at once.

    assert (
        guard.call(misbehaviour.ask, "turn", question, 1, services={"turn": Service(Counted(), 1, 1 << 20)})
        == (question[::-1])
    )


@pytest.mark.parametrize(
    ("name", "question", "times", "answered"),
    [
        pytest.param("turn", b"x", 3, 2, id="once too often"),
        pytest.param("turn", b"x" * 101, 1, 0, id="one byte too long"),
        pytest.param("turn", b"x" * (1 << 20), 1, 0, id="a megabyte too long"),
        pytest.param("other", b"x", 1, 0, id="another service"),
        pytest.param("", b"", 1, 0, id="no name"),
        pytest.param("turn\nturn", b"", 1, 1, id="a name with a line feed"),
    ],
)
def test_a_worker_that_asks_for_more_than_it_was_given_is_ended(
    guard: Guard, name: str, question: bytes, times: int, answered: int
):
    before, turn = guard.call(misbehaviour.identity), Counted()
    given = {"turn": Service(turn, 2, 100)}
    if answered == times:  # A line feed in the name only moves bytes into the question.
        guard.call(misbehaviour.ask, name, question, times, services=given)
    else:
        with pytest.raises(FormatError, match="makes no sense"):
            guard.call(misbehaviour.ask, name, question, times, services=given)
        assert guard.call(misbehaviour.identity) != before
    assert len(turn.asked) == answered


def test_a_call_that_was_given_nothing_may_ask_nothing(guard: Guard):
    with pytest.raises(FormatError, match="makes no sense"):
        guard.call(misbehaviour.ask, "turn", b"", 1)


def test_what_was_given_to_one_call_is_not_there_for_the_next(guard: Guard):
    guard.call(misbehaviour.ask, "turn", b"x", 1, services={"turn": Service(Counted(), 2, 100)})

    with pytest.raises(FormatError, match="makes no sense"):
        guard.call(misbehaviour.ask, "turn", b"x", 1)


def test_a_service_that_fails_ends_the_call_with_its_own_error(guard: Guard):
    def refuse(_: bytes) -> bytes:
        raise SetupError("the key is gone", "密钥不在了")

    with pytest.raises(SetupError, match="the key is gone"):
        guard.call(misbehaviour.ask, "sign", b"x", 1, services={"sign": Service(refuse, 1, 100)})


@pytest.mark.parametrize("kind", [wire.TOLD, wire.HELLO, wire.CALL, b"?"])
def test_frames_out_of_turn_gain_nothing(guard: Guard, kind: bytes):
    with pytest.raises(FormatError, match="makes no sense"):
        guard.call(misbehaviour.speak_out_of_turn, kind, b"turn\nx", services={"turn": Service(Counted(), 1, 100)})


def test_outside_a_worker_there_is_nobody_to_ask():
    with pytest.raises(InternalError):
        services.ask("sign", b"")
