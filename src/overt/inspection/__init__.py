"""From a file to a verdict, with the readings it rests on.

`inspect` reads a file in the guarded process, looks it up among our own releases, and judges.
"""

from __future__ import annotations

from overt.inspection.inspect import Inspection, Inspector
from overt.inspection.verdict import Contradiction, Reason, Verdict, VerdictKind

__all__ = ["Contradiction", "Inspection", "Inspector", "Reason", "Verdict", "VerdictKind"]
