"""What an inspector may see: the scope of a warrant, and whether something lies within it.

Source: an inspection rests on a legal basis, has an object and a period (Deep Synthesis Provisions art. 21; Algorithm
Provisions art. 28; Generative AI Measures art. 19); who inspects keeps secret what they learn and sees no more than
the inspection needs. How a scope is written down is ours.

```
                       a second person confirms
made ──► waiting ───────────────► ready ── since ──► in force ── until ──► over
  └──── no second person asked for ──┘                   └── ended early, with a reason ──► ended
```

Not here: who may issue a warrant, and whether its paper is genuine: people look at that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from overt.language import Text

Subject = Literal["contents", "decisions", "consents", "reports", "duties", "ledger", "library", "keys"]
Standing = Literal["waiting", "ready", "in_force", "over", "ended"]

SUBJECTS: Final[dict[Subject, Text]] = {
    "contents": Text(zh="内容", en="Contents"),
    "decisions": Text(zh="决定", en="Decisions"),
    "consents": Text(zh="同意", en="Consents"),
    "reports": Text(zh="举报", en="Reports"),
    "duties": Text(zh="法定义务", en="Duties"),
    "ledger": Text(zh="账本", en="Ledger"),
    "library": Text(zh="特征库", en="Feature libraries"),
    "keys": Text(zh="密钥与证书", en="Keys and certificates"),
}
"""What an inspection may be about."""

OPENS: Final[dict[Subject, frozenset[str]]] = {
    "contents": frozenset({"contents:read", "contents:inspect", "evidence:export"}),
    "decisions": frozenset({"decisions:read", "evidence:export"}),
    "consents": frozenset({"consents:read", "evidence:export"}),
    "reports": frozenset({"reports:read"}),
    "duties": frozenset({"duties:read"}),
    "ledger": frozenset({"ledger:read", "evidence:export"}),
    "library": frozenset({"library:read"}),
    "keys": frozenset({"keys:read"}),
}
"""What an inspector may do where the subject is in the warrant."""

STANDINGS: Final[dict[Standing, Text]] = {
    "waiting": Text(zh="待第二人确认", en="Waiting for a second person"),
    "ready": Text(zh="尚未开始", en="Not begun"),
    "in_force": Text(zh="有效", en="In force"),
    "over": Text(zh="已到期", en="Over"),
    "ended": Text(zh="已提前终止", en="Ended early"),
}

_ALWAYS: Final = frozenset({"inspections:ask"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What lies within a warrant. An empty limit does not limit; `EVERYTHING` is the scope of those who have none."""

    subjects: frozenset[Subject] = frozenset(SUBJECTS)
    since: str = ""
    """The earliest time of a record, UTC as records hold it."""
    before: str = ""
    """The first time that is out of it."""
    contents: frozenset[str] = field(default=frozenset())
    """Content ids, where the inspection is about these alone."""
    techniques: frozenset[str] = field(default=frozenset())
    instruments: frozenset[str] = field(default=frozenset())
    """Instruments of the rulebook whose duties may be seen."""
    personal: bool = True
    """Whether personal data may be uncovered at all, each time with a reason."""

    @property
    def limited(self) -> bool:
        """Whether single records of a subject that is in it may lie out of it."""
        return bool(self.since or self.before or self.contents or self.techniques)

    def holds(self, time: str) -> bool:
        """Whether a record of this time lies within it."""
        return (not self.since or time >= self.since) and (not self.before or time < self.before)

    def permissions(self) -> frozenset[str]:
        """What an inspector may do under it."""
        opened = _ALWAYS.union(*(OPENS[subject] for subject in self.subjects))
        return opened | {"persons:uncover"} if self.personal else opened


EVERYTHING: Final = Scope()
"""The scope of staff and of programs: their permissions alone bound them."""


def subject_of(permission: str) -> Subject | None:
    """The subject that a permission opens; None where it opens none of its own."""
    head = permission.partition(":")[0]
    return next((each for each in SUBJECTS if each == head), None)
