from __future__ import annotations

from pathlib import Path

import pytest

from overt.demo.story import TRACE, Outcome, _clear
from overt.errors import UsageError
from overt.language import Text


def _answer(verdict: str, contradictions: tuple[str, ...] = (), marks: tuple[str, ...] = ()) -> dict:
    return {
        "verdict": verdict,
        "contradictions": [{"name": name} for name in contradictions],
        "readings": [{"mark": mark, "state": "found"} for mark in marks] + [{"mark": "label", "state": "absent"}],
    }


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        pytest.param(_answer("confirmed", ("a",), ("metadata",)), True, id="as promised"),
        pytest.param(_answer("none", ("a",), ("metadata",)), False, id="another verdict"),
        pytest.param(_answer("confirmed", (), ("metadata",)), False, id="a contradiction is missing"),
        pytest.param(_answer("confirmed", ("a", "b"), ("metadata",)), False, id="a contradiction too many"),
        pytest.param(_answer("confirmed", ("a",)), False, id="a mark is missing"),
    ],
)
def test_a_promise_is_kept_or_not(answer, kept):
    outcome = Outcome(Path("x"), Text("x", "x"), answer, "confirmed", frozenset({"a"}), frozenset({"metadata"}))

    assert outcome.kept is kept


def test_only_its_own_folder_is_cleared(tmp_path):
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    _clear(own)
    (own / "old").mkdir()
    _clear(own)
    foreign.mkdir()
    (foreign / "letter.txt").write_text("dear", encoding="utf-8")

    assert [path.name for path in own.iterdir()] == [TRACE]
    with pytest.raises(UsageError):
        _clear(foreign)
    assert (foreign / "letter.txt").read_text(encoding="utf-8") == "dear"
