"""Switches and sanctions count for what was allowed before them, too."""

from __future__ import annotations

import pytest

from gating import account, ask, gate_of
from overt.errors import RefusedError
from overt.store.records import Store
from overt.store.sanctions import SanctionBook
from overt.store.switches import SwitchBoard


def test_a_decision_that_allowed_is_worth_nothing_while_it_is_switched_off(store: Store) -> None:
    gate, board = gate_of(store), SwitchBoard(store)
    decision = gate.decide(ask(account(store)))
    assert gate.permit(decision)
    board.turn_off("function", "*", "ordered", "Duty officer")
    with pytest.raises(RefusedError, match="switched off"):
        gate.permit(decision)
    board.turn_on("function", "*", "mended", "Duty officer")
    assert gate.permit(decision)


def test_nor_after_the_account_was_suspended(store: Store) -> None:
    gate, book, who = gate_of(store), SanctionBook(store), account(store)
    decision = gate.decide(ask(who))
    book.impose(who, "warn", "be careful", "DS-10e")
    assert gate.permit(decision)
    suspended = book.impose(who, "suspend", "fraud", "DS-10e")
    with pytest.raises(RefusedError, match="fraud"):
        gate.permit(decision)
    book.lift(suspended.id, "the appeal was right", "Appeals")
    assert gate.permit(decision)
