"""What synthesis is for, and what that changes: policy as text."""

from __future__ import annotations

from overt.gate.policy.model import PolicyText, Purpose, load, parse
from overt.gate.policy.rule import Ruling, rule

__all__ = ["PolicyText", "Purpose", "Ruling", "load", "parse", "rule"]
