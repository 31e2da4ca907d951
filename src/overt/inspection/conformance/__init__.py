"""Clause by clause: what a rulebook asks of a file, and what was measured.

`assess` runs the check of every clause that applies to the file's medium. It says `met`, `not-met` or
`could-not-tell`, each with the measured value and where it was measured; never "compliant".
To add a clause: a row in a rulebook. To add a check: a function in one of the modules below, under `@check`.
"""

from __future__ import annotations

from importlib import import_module

from overt.inspection.conformance.model import Facts, Finding, Outcome, State
from overt.inspection.conformance.registry import CHECKS
from overt.inspection.inspect import Inspection
from overt.language import Text
from overt.rulebook import MEDIA, MarkRules, Medium

__all__ = ["CHECKS", "Facts", "Finding", "Outcome", "State", "assess", "medium_of"]

for _module in ("labels", "metadata", "provenance"):
    import_module(f"{__name__}.{_module}")

_TREES: dict[str, Medium] = {"image": "image", "audio": "audio", "video": "video", "text": "text", "model": "scene"}


def medium_of(media_type: str | None) -> Medium | None:
    """What a file is to a clause; None where its format is not known."""
    if media_type is None:
        return None
    return _TREES.get(media_type.partition("/")[0], "document")


def assess(inspection: Inspection, rulebook: MarkRules) -> tuple[Finding, ...]:
    """Every clause of the rulebook that applies to the file, in the rulebook's order."""
    examination = inspection.examination
    medium = medium_of(examination.media_type)
    if medium is None or examination.container is None:
        nothing = Outcome(
            "could-not-tell",
            Text(zh="无法识别文件格式", en="the file's format is not known"),
        )
        return tuple(Finding(rulebook, clause, nothing) for clause in rulebook.clauses if clause.media == MEDIA)
    facts = Facts(medium, examination.container, examination.readings, inspection.released)
    return tuple(
        Finding(rulebook, clause, CHECKS[clause.check](facts, rulebook, rulebook.parameter(clause)))
        for clause in rulebook.clauses
        if medium in clause.media
    )
