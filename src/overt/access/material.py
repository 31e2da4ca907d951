"""Requests for material: what an inspector asks for, and how it goes back and forth until they have it.

Source: who is inspected gives the necessary technical and data support (Deep Synthesis Provisions art. 21(1);
Algorithm Provisions art. 28(2); Generative AI Measures art. 19). The authority sets the time; the operator may ask for
more, and only the inspector grants it.

```
          question ──► questioned ── clarify ──┐
asked ────┤                                    ├──► asked      later, grant: the state stays, `grant` moves the due time
  ▲       └── answer ──► answered ── accept ──► closed
  │                          │
  └────────── again ─────────┘          asked, questioned ── withdraw ──► closed
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from overt.errors import UsageError
from overt.language import Text

State = Literal["asked", "questioned", "answered", "closed"]
Side = Literal["operator", "inspector"]
Kind = Literal["ask", "question", "clarify", "later", "grant", "answer", "again", "accept", "withdraw"]

STATES: Final[dict[State, Text]] = {
    "asked": Text(zh="待答复", en="Waiting for an answer"),
    "questioned": Text(zh="待检查人员澄清", en="Waiting for the inspector's clarification"),
    "answered": Text(zh="已答复", en="Answered"),
    "closed": Text(zh="已办结", en="Closed"),
}
KINDS: Final[dict[Kind, Text]] = {
    "ask": Text(zh="提出调取", en="Asked for material"),
    "question": Text(zh="请求澄清", en="Asked for a clarification"),
    "clarify": Text(zh="作出澄清", en="Clarified"),
    "later": Text(zh="申请延期", en="Asked for more time"),
    "grant": Text(zh="同意延期", en="Gave more time"),
    "answer": Text(zh="答复", en="Answered"),
    "again": Text(zh="要求补充", en="Asked for what is missing"),
    "accept": Text(zh="确认收到齐全", en="Took it as complete"),
    "withdraw": Text(zh="撤回", en="Took the request back"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One way on: whose it is, from which states, into which; None where the state stays."""

    side: Side
    sources: frozenset[State]
    target: State | None


_OPEN: Final[frozenset[State]] = frozenset({"asked", "questioned"})
MOVES: Final[dict[Kind, Move]] = {
    "answer": Move("operator", _OPEN, "answered"),
    "question": Move("operator", frozenset({"asked"}), "questioned"),
    "clarify": Move("inspector", frozenset({"questioned"}), "asked"),
    "later": Move("operator", _OPEN, None),
    "grant": Move("inspector", _OPEN, None),
    "accept": Move("inspector", frozenset({"answered"}), "closed"),
    "again": Move("inspector", frozenset({"answered"}), "asked"),
    "withdraw": Move("inspector", _OPEN, "closed"),
}
DATED: Final[frozenset[Kind]] = frozenset({"ask", "later", "grant"})
"""Moves that name a due time."""


def moved(state: State, kind: Kind, side: Side) -> State:
    """The state after a move. Raises `UsageError` where this side cannot make it now."""
    move = MOVES.get(kind)
    if move is None or move.side != side or state not in move.sources:
        raise UsageError(
            f"this cannot be done while the request is: {STATES[state].en}",
            f"当前状态（{STATES[state].zh}）下不能这样做",
        )
    return move.target or state


def ways_on(state: State, side: Side) -> tuple[Kind, ...]:
    """What this side can do now."""
    return tuple(kind for kind, move in MOVES.items() if move.side == side and state in move.sources)
