"""Filing of the algorithm, which only people can hand in (AR-24, DS-19, GA-17)."""

from __future__ import annotations

from overt.duties import answers
from overt.duties.model import Found
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text


@control("AR-24a", "DS-19a", "DS-19b", "GA-17", name=Text(zh="算法备案", en="Filing of the algorithm"), statements=True)
def filed(view: View) -> Found:
    """Somebody states, with the hash of the receipt, that the algorithm was filed."""
    return answers.statement(view, "AR-24a", "DS-19a", "DS-19b", "GA-17", topic="filing")
