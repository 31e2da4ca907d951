"""What a report of the public is: its kinds, states and outcomes, and its rows as they are read."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from overt.errors import UsageError
from overt.language import Text
from overt.marks.kept import Print

Kind = Literal["face", "voice", "intimate", "child", "fraud", "defamation", "label", "other"]
KINDS: Final[dict[Kind, Text]] = {
    "face": Text(zh="用了我的脸", en="My face is used"),
    "voice": Text(zh="用了我的声音", en="My voice is used"),
    "intimate": Text(zh="私密影像", en="An intimate picture or film"),
    "child": Text(zh="涉及未成年人", en="A child is shown"),
    "fraud": Text(zh="冒用我的名义行骗", en="Fraud in my name"),
    "defamation": Text(zh="捏造内容损害我的名誉", en="Lies about me"),
    "label": Text(zh="合成标识缺失、有误或被去除", en="A label is missing, wrong or was removed"),
    "other": Text(zh="其他", en="Something else"),
}
GRAVE: Final[frozenset[Kind]] = frozenset({"intimate", "child"})
"""Kinds of which the page says first that the picture need not be sent."""
NEVER_KEPT: Final[frozenset[Kind]] = frozenset({"child"})
"""Kinds of which no file is kept, whoever wants it: to keep it may itself be forbidden."""

State = Literal["received", "working", "asked", "answered", "closed", "withdrawn"]
STATES: Final[dict[State, Text]] = {
    "received": Text(zh="已收到", en="Received"),
    "working": Text(zh="处理中", en="Being worked on"),
    "asked": Text(zh="等待您补充", en="Waiting for you"),
    "answered": Text(zh="已答复", en="Answered"),
    "closed": Text(zh="已结束", en="Closed"),
    "withdrawn": Text(zh="已撤回", en="Withdrawn"),
}
OPEN: Final[tuple[State, ...]] = ("received", "working", "asked")

Outcome = Literal["", "acted", "not-here", "declined"]
OUTCOMES: Final[dict[Outcome, Text]] = {
    "acted": Text(zh="属实，已采取措施", en="Confirmed, and acted upon"),
    "not-here": Text(zh="不在本服务", en="Not on this service"),
    "declined": Text(zh="未予采纳", en="Not upheld"),
}

Looked = Literal["nothing-given", "waiting", "found", "not-found", "could-not-tell"]
LOOKED: Final[dict[Looked, Text]] = {
    "nothing-given": Text(zh="没有可供查找的文件或指纹", en="No file or fingerprint to look up"),
    "waiting": Text(zh="正在查找", en="Being looked up"),
    "found": Text(zh="在本服务的记录中找到相符内容", en="Found among our contents"),
    "not-found": Text(zh="在本服务的记录中没有找到", en="Not found among our contents"),
    "could-not-tell": Text(
        zh="没有查成，无法判断", en="It could not be looked up: nobody can say whether it is among our contents"
    ),
}

STEPS: Final[dict[str, Text]] = {
    "receive": Text(zh="收到举报", en="The report arrived"),
    "look": Text(zh="查找了本服务的记录", en="Our records were searched"),
    "take": Text(zh="工作人员开始处理", en="Somebody works on it"),
    "ask": Text(zh="工作人员提问", en="You were asked something"),
    "add": Text(zh="补充说明", en="Something was added"),
    "confirm": Text(
        zh="内容已登记，再次出现时会被认出", en="The content is on record, and will be known when it comes again"
    ),
    "answer": Text(zh="作出答复", en="You were answered"),
    "close": Text(zh="举报结束", en="The report was closed"),
    "withdraw": Text(zh="举报已撤回", en="The report was taken back"),
}

_LETTERS: Final = "ACDEFGHJKLMNPQRTUVWXY"
"""Letters of receipt codes: none is mistaken for a digit or another one (no B, I, O, S, Z)."""
_GROUPS: Final = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """By when there is an answer, and whose number that is: the law's, the operator's own, or nobody's yet.

    `duty` and `clause` are where it stands; `mark` how far it is verified (`overt.rulebook.duty.Mark`).
    """

    whose: Literal["law", "operator", "nobody"]
    value: float = 0
    unit: str = ""
    duty: str = ""
    clause: Text | None = None
    mark: str = ""
    due: str = ""

    def packed(self) -> str:
        """As it is kept with the report to which it was made."""
        clause = self.clause.both() if self.clause else None
        return json.dumps(asdict(self) | {"clause": clause}, ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Promise:
        """As it was made."""
        told = json.loads(text)
        return cls(**told | {"clause": Text(**told["clause"]) if told["clause"] else None})


@dataclass(frozen=True, slots=True)
class Said:
    """What a reporter says. All of it is sealed. `has_file` is the reporter's word that they have the file."""

    links: tuple[str, ...] = ()
    line: str = ""
    contact: str = ""
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a reported content is known by: prints to be looked up and to be kept, the hash, the type."""

    asked: tuple[Print, ...] = ()
    kept: tuple[Print, ...] = ()
    sha256: str = ""
    media_type: str = ""

    def packed(self) -> bytes:
        """As bytes, to be sealed."""

        def of(each: Print) -> dict[str, Any]:
            return asdict(each) | {"data": b64encode(each.data).decode()}

        told = {"asked": list(map(of, self.asked)), "kept": list(map(of, self.kept))}
        return json.dumps(told | {"sha256": self.sha256, "media_type": self.media_type}).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> Fingerprints:
        """What was packed."""

        def to(each: dict[str, Any]) -> Print:
            return Print(**each | {"data": b64decode(each["data"])})

        told = json.loads(data)
        asked, kept = (tuple(map(to, told[name])) for name in ("asked", "kept"))
        return cls(asked, kept, told["sha256"], told["media_type"])


@dataclass(frozen=True, slots=True)
class Hit:
    """A content of ours that a report leads to: how, and how often strangers are as alike, at most."""

    content_id: str
    origin: str
    led_by: tuple[str, ...]
    error_rate: float


@dataclass(frozen=True, slots=True)
class Report:
    """One report, without anything that was said: what lists and pages show to all who may see reports."""

    id: str
    person: str
    kind: Kind
    state: State
    outcome: Outcome
    language: str
    received: str
    promise: Promise
    answered: str
    looked: Looked
    hits: tuple[Hit, ...]
    remembered: str
    media_type: str
    has_prints: bool
    has_file: bool
    has_views: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a report. `by` is `reporter`, `system`, or the post of whoever did it."""

    at: str
    step: str
    by: str
    clauses: tuple[str, ...]
    text: str

    @property
    def title(self) -> Text:
        """What it is, in plain words."""
        return STEPS[self.step]


def new_code() -> str:
    """A receipt code: four groups of four letters, which is one of 2^70."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))


def read_code(text: str) -> str:
    """The code in what somebody typed, whatever stands between its letters; empty where it is none."""
    letters = "".join(each for each in text.upper() if each.isascii() and each.isalpha())
    if len(letters) != 4 * _GROUPS or set(letters) - set(_LETTERS):
        return ""
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def unknown() -> UsageError:
    """Nothing is kept under this number."""
    return UsageError("there is no such report", "没有这份举报")
