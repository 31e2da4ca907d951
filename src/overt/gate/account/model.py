"""The values of accounts: attestations, sanctions, agreements, switches.

States of an account:

```
 open ──suspend──► suspended ──until, or lift──► open
   │ └─sanction: close──► shut ──lift──► open
   └──the user leaves──► closed (for good)
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from overt.canonical import stamp
from overt.gate.model import IdentityLevel
from overt.language import Text

Method = Literal["phone", "id", "credit_code", "national"]
LEVELS: dict[Method, IdentityLevel] = {"phone": "phone", "id": "id", "credit_code": "id", "national": "national"}
"""The ways of checking a real identity that Deep Synthesis Provisions, art. 9, names, and the level that each gives."""
METHODS: dict[Method, Text] = {
    "phone": Text(zh="移动电话号码", en="mobile number"),
    "id": Text(zh="身份证件号码", en="ID document"),
    "credit_code": Text(zh="统一社会信用代码", en="unified social credit code"),
    "national": Text(zh="国家网络身份认证公共服务", en="national network identity service"),
}
LEVEL_NAMES: dict[IdentityLevel, Text] = {
    "none": Text(zh="未识别", en="not identified"),
    "account": Text(zh="已登录", en="signed in"),
    "phone": Text(zh="移动电话号码认证", en="verified by mobile number"),
    "id": Text(zh="身份证件或者统一社会信用代码认证", en="verified by ID document or unified social credit code"),
    "national": Text(zh="国家网络身份认证", en="verified by the national network identity service"),
}
SanctionKind = Literal["warn", "restrict", "suspend", "close"]
SANCTION_NAMES: dict[SanctionKind, Text] = {
    "warn": Text(zh="警示", en="warning"),
    "restrict": Text(zh="限制功能", en="restriction of functions"),
    "suspend": Text(zh="暂停服务", en="suspension"),
    "close": Text(zh="关闭账号", en="closing of the account"),
}
"""From the mildest (Deep Synthesis Provisions, art. 10(3); Interim Measures for Generative AI, art. 14(2))."""
SwitchKind = Literal["function", "model", "account"]
TextKind = Literal["agreement", "rules"]
"""What users accept, and what is published for everybody to read (management rules, platform convention)."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """The operator's word that somebody's real identity was checked: how, with what result, when, until when.

    `reference` is a keyed hash of the provider's reference, so that both can find the check again; never the number.
    Times are UTC (ISO 8601); `expires` is the last moment at which it counts.
    """

    id: str
    account: str
    method: Method
    passed: bool
    checked: str
    expires: str
    provider: str
    reference: str


@dataclass(frozen=True, slots=True)
class Identified:
    """How far an account is identified at a moment, and until when (empty where that does not end)."""

    level: IdentityLevel
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Sanction:
    """What was decided against a user who broke the law or the agreement.

    `functions` are what is restricted; `until` is empty where it does not end by itself; `appeal` says where to appeal.
    """

    id: str
    account: str
    kind: SanctionKind
    functions: tuple[str, ...]
    reason: str
    duty: str
    imposed: str
    until: str
    appeal: str
    lifted: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it holds at this moment."""
        return not self.lifted and (not self.until or stamp(at) < self.until)


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a published text. `covers` are the duties that its publisher says it states (LB-08, GA-09b)."""

    kind: TextKind
    version: str
    text: Text
    sha256: str
    valid_from: str
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """The version of the agreement that applies at a moment, and the one that an account accepted last; empty: none."""

    current: str
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that was switched off: why, by which post, when."""

    kind: SwitchKind
    name: str
    reason: str
    by: str
    at: str


def covers(pattern: str, name: str) -> bool:
    """Whether a switch or a restriction for `pattern` meets `name`: the same, a part of it (`images`), or all (`*`)."""
    return pattern in ("*", name) or (name.startswith(pattern) and name[len(pattern)] in ".:/@- ")


class Identities(Protocol):
    """How far accounts are identified."""

    def identified(self, account: str, at: datetime) -> Identified:
        """How far an account is identified; "none" for one that is unknown or closed."""


class SanctionBook(Protocol):
    """What was decided against accounts."""

    def holding(self, account: str, at: datetime) -> Sequence[Sanction]:
        """The sanctions that hold against an account."""


class Agreements(Protocol):
    """Published texts, and who accepted them."""

    def agreed(self, account: str, at: datetime) -> Agreed:
        """The agreement that applies, and the version that the account accepted last."""


class SwitchBoard(Protocol):
    """What is switched off."""

    def off(self) -> Sequence[Switch]:
        """Everything that is switched off now."""
