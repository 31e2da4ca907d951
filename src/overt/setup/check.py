"""One thing that `overt doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overt.language import Text

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found. `mend` says what to do where it is not ok."""

    name: Text
    state: State
    found: Text
    mend: Text | None = None
