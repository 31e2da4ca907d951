"""The checks that clauses name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from overt.inspection.conformance.model import Facts, Outcome
from overt.rulebook import MarkRules

Check = Callable[[Facts, MarkRules, Any], Outcome]
"""Measures one thing; the last argument is what the clause compares with."""

CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Registers a check under its function's name."""
    CHECKS[function.__name__] = function
    return function
