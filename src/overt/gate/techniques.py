"""The gate's step that knows the techniques: what the rulebook does not know, nobody can allow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from overt.gate.model import Ask, Finding, Reason
from overt.language import Text


class Techniques:
    """Refuses techniques that are not in the rulebook: marking would refuse them after the work was done."""

    name = "techniques"

    def __init__(self, known: Collection[str]) -> None:
        self._known = tuple(known)

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:  # noqa: ARG002  (the port's)
        """Names what is not known, and what is."""
        unknown = [each for each in ask.techniques if each not in self._known]
        if not unknown:
            return (Finding(self.name, "allow"),)
        told, known = ", ".join(unknown), ", ".join(self._known)
        text = Text(zh=f"没有名为 {told} 的技术；可选：{known}", en=f"there is no technique {told}; there are: {known}")
        return (Finding(self.name, "refuse", (Reason("techniques:unknown", text),)),)
