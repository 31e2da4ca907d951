"""What a consent covers. Pure rules: the same question at the same time always has the same answer.

Source: Deep Synthesis Provisions art. 14(2) (DS-14b), PIPL art. 13–14 (PI-13), 28–30 (PI-28), 31 (PI-31); Civil Code
art. 1019 and 1023 (portrait and voice). Which techniques edit biometric information is our own reading of
art. 14(2) and 23 [ours]: those that need a face, a voice or a body to start from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from overt.gate.consent.model import Standing
from overt.gate.model import Ask, Likeness, Outcome, Reason
from overt.language import Text

BIOMETRIC: Final[Mapping[str, frozenset[Likeness]]] = {
    "voice_conversion": frozenset({"voice"}),
    "voice_editing": frozenset({"voice"}),
    "face_replacement": frozenset({"face"}),
    "face_manipulation": frozenset({"face"}),
    "person_attribute_editing": frozenset({"face", "body"}),
    "pose_manipulation": frozenset({"face", "body"}),
}
"""Techniques that edit biometric information, and of which likeness."""
UNCHECKED: Final = "consent:unchecked"
"""The one thing that is lacking for now, not for good: the gate holds for it."""
_DUTIES: Final = ("DS-14b", "PI-13", "PI-28")


def _reason(code: str, zh: str, en: str, *duties: str) -> Reason:
    return Reason(code, Text(zh=zh, en=en), duties or _DUTIES)


UNSAID: Final = _reason(
    "consent:unsaid",
    "该功能编辑人脸、人声等生物识别信息，但请求没有说明涉及谁。请附上本人同意的编号，或声明不是真实人物。",
    "This edits somebody's face, voice or body, and the request does not say whose. Name the consent of that "
    "person, or "
    "declare that nobody real is depicted.",
    "DS-14b",
)
MISSING: Final = _reason(
    "consent:missing",
    "请求使用了真实人物的形象或声音，但没有本人的同意。请先用 overt consent ask 征求同意，再附上编号。",
    "The request uses a real person's likeness without their consent. Ask them first (`overt consent ask`), and "
    "name the "
    "consent.",
    "DS-14b",
    "CC-1019",
    "CC-1023",
)
FICTIONAL: Final = _reason(
    "consent:fictional",
    "请求方声明不涉及真实人物。已提示：如涉及真实人物，须告知本人并取得其单独同意。",
    "Whoever asks declares that nobody real is depicted. They were told: a real person must be informed, and must "
    "consent "
    "separately.",
    "DS-14b",
)
PROMPTED: Final = _reason(
    "consent:prompted",
    "被编辑者已被告知，并已单独同意。",
    "The person who is edited was informed, and consented separately.",
    "DS-14b",
)
_UNKNOWN = _reason("consent:unknown", "没有此编号的同意。", "There is no consent of this number.")
_NOT_YET = _reason("consent:not-given", "本人尚未答复。", "The person has not answered yet.")
_DECLINED = _reason("consent:declined", "本人没有同意。", "The person said no.")
_LAPSED = _reason(
    "consent:lapsed", "征求同意的链接已过期，本人没有答复。", "The link expired before the person answered. Ask anew."
)
_EXPIRED = _reason("consent:expired", "同意已到期，请重新征求。", "The consent has expired. Ask anew.")
_WITHDRAWN = _reason(
    "consent:withdrawn", "本人已撤回同意。", "The person withdrew the consent.", "PI-13", "CC-1022", "DS-14b"
)
NARROWED: Final = _reason(
    "consent:limited",
    "本人缩小了同意的范围，不再包括这项请求。",
    "The person limited the consent; it covers this request no more.",
    "PI-13",
    "CC-1022",
    "DS-14b",
)
_USED_UP = _reason(
    "consent:used-up",
    "同意的次数不足以完成本次请求。",
    "The consent does not allow for as many contents as the request may bring out.",
)
_UNCHECKED = _reason(
    UNCHECKED,
    "尚未有人确认录像或录音中的是本人；确认后即可继续。",
    "Nobody has confirmed yet that the recording shows the person. It can go on once that is done.",
)
_NOT_THE_PERSON = _reason(
    "consent:not-the-person",
    "录像或录音未能证明是本人同意。",
    "The recording did not show that it was the person who consented.",
)
_CONTROLLER = _reason("consent:controller", "这份同意是给另一个处理者的。", "The consent was given to somebody else.")
_ACCOUNT = _reason("consent:account", "这份同意是给另一个用户的。", "The consent was given to another user.")
_UNANSWERED: Final = {
    "asked": _NOT_YET,
    "opened": _NOT_YET,
    "declined": _DECLINED,
    "lapsed": _LAPSED,
    "expired": _EXPIRED,
    "withdrawn": _WITHDRAWN,
    "used-up": _USED_UP,
}


def covers(
    standing: Standing | None, ask: Ask, likeness: Sequence[Likeness], at: datetime, *, controller: str
) -> tuple[Reason, ...]:
    """Why a consent does not cover the use of this likeness in a request; nothing where it does."""
    if standing is None:
        return (_UNKNOWN,)
    state, consent = standing.state(at), standing.consent
    if state != "given" or consent is None:
        return (_UNANSWERED.get(state, _NOT_YET),)
    lacking = []
    if standing.proof == "refused":
        lacking.append(_NOT_THE_PERSON)
    if standing.proof == "waiting":
        lacking.append(_UNCHECKED)
    if consent.controller != controller:
        lacking.append(_CONTROLLER)
    if consent.account and consent.account != ask.account:
        lacking.append(_ACCOUNT)
    if standing.used + ask.outputs > consent.uses:
        lacking.append(_USED_UP)
    lacking += [_likeness(each) for each in likeness if each not in consent.likeness]
    lacking += [_technique(each) for each in concerned(ask.techniques, likeness) if each not in consent.techniques]
    if ask.purpose not in consent.purposes:
        lacking.append(_purpose(ask.purpose))
    return tuple(lacking)


def unusable(standing: Standing | None, contents: int, at: datetime) -> Reason | None:
    """Why a consent that covered a request can no longer be used for so many contents more; None where it can.

    Nothing more (`contents` 0) may come after the last use: what it was used for stays allowed.
    """
    if standing is None or standing.consent is None:
        return _UNKNOWN
    if (state := standing.state(at)) in ("withdrawn", "expired"):
        return _UNANSWERED[state]
    if standing.proof == "refused":
        return _NOT_THE_PERSON
    if contents and standing.proof == "waiting":
        return _UNCHECKED
    return _USED_UP if contents and standing.used + contents > standing.consent.uses else None


def concerned(techniques: Sequence[str], likeness: Sequence[Likeness]) -> tuple[str, ...]:
    """The techniques of a request that use this likeness: not those that are for another one alone."""
    return tuple(each for each in techniques if each not in BIOMETRIC or BIOMETRIC[each] & set(likeness))


def unsaid(ask: Ask) -> bool:
    """Whether a technique edits biometric information, and the request does not say whose."""
    said = {each.likeness for each in ask.depicted}
    return any(each in BIOMETRIC and not BIOMETRIC[each] & said for each in ask.techniques)


def outcome(lacking: Sequence[Reason]) -> Outcome:
    """What the gate answers: it holds where nothing but the proof is lacking."""
    if not lacking:
        return "allow"
    return "hold" if all(each.code == UNCHECKED for each in lacking) else "refuse"


_LIKENESS = {
    "face": Text(zh="面部", en="face"),
    "voice": Text(zh="声音", en="voice"),
    "body": Text(zh="身体", en="body"),
    "name": Text(zh="姓名", en="name"),
}


def _likeness(likeness: Likeness) -> Reason:
    word = _LIKENESS[likeness]
    return _reason(
        "consent:likeness",
        f"本人没有同意使用其{word.zh}。",
        f"The person did not consent to the use of their {word.en}.",
    )


def _technique(technique: str) -> Reason:
    return _reason(
        "consent:technique", f"本人没有同意技术 {technique}。", f"The person did not consent to {technique}."
    )


def _purpose(purpose: str) -> Reason:
    return _reason(
        "consent:purpose", f"本人没有同意用于 {purpose}。", f"The person did not consent to the purpose {purpose}."
    )
