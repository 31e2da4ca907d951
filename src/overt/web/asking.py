"""The consent desk behind console and API, and what both say of consents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import segno
from fastapi import Request

from overt.access.model import Principal
from overt.consenting import Desk
from overt.errors import UsageError
from overt.gate.consent.model import LIKENESSES, Proof, Scope, State, Told
from overt.gate.consent.notice import LIKENESS, technique
from overt.language import Language, Text
from overt.rulebook import Rulebook
from overt.store.objects import Objects
from overt.web.errors import StatusError
from overt.web.house import Site

LEAST_REASON: Final = 2
"""Characters: 本人 is a reason."""

STATES: Final[dict[State, Text]] = {
    "asked": Text(zh="等待答复", en="waits for an answer"),
    "opened": Text(zh="已打开，等待答复", en="opened, waits for an answer"),
    "given": Text(zh="有效", en="in force"),
    "declined": Text(zh="不同意", en="declined"),
    "lapsed": Text(zh="未答复", en="not answered"),
    "used-up": Text(zh="次数已用完", en="used up"),
    "expired": Text(zh="已到期", en="expired"),
    "withdrawn": Text(zh="已撤回", en="withdrawn"),
}
BADGES: Final[dict[State, str]] = {
    "asked": "calm",
    "opened": "calm",
    "given": "good",
    "declined": "bad",
    "lapsed": "warn",
    "used-up": "warn",
    "expired": "warn",
    "withdrawn": "bad",
}
PROOFS: Final[dict[Proof, Text]] = {
    "none": Text(zh="不需要录制", en="no recording needed"),
    "waiting": Text(zh="录制待核对", en="recording waits to be checked"),
    "confirmed": Text(zh="录制已核对为本人", en="recording shows the person"),
    "refused": Text(zh="录制未通过核对", en="recording was refused"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """What is sent to a person who is asked: the link, and a message around it in their language."""

    consent_id: str
    person: str
    address: str
    message: str

    @property
    def code(self) -> str:
        """The link as a QR code, SVG."""
        code = segno.make(self.address, error="m", micro=False)
        return code.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True)


def desk_of(house: Site) -> Desk:
    """The desk over the house's store."""
    return Desk(house.setup, house.store)


def objects_of(house: Site) -> Objects:
    """Where recordings lie, sealed."""
    return Objects.open(house.setup.settings.store.objects, house.setup.data)


def base(house: Site, request: Request) -> str:
    """The public address of the consent pages."""
    return house.setup.settings.consent.address.rstrip("/") or house.address(request)


def ask(house: Site, base: str, told: Told, scope: Scope, language: Language, answer_days: int) -> Link:
    """Asks somebody; `base` is the public address of the pages. Raises `UsageError`."""
    if missing := [name for name in ("name", "contact", "asker", "made", "shown") if not getattr(told, name).strip()]:
        raise UsageError(
            f"not filled in: {', '.join(missing)}", f"未填写：{'、'.join(_FIELDS[each] for each in missing)}"
        )
    if not house.setup.settings.consent.reach:
        raise StatusError(409, "people who are asked must know how to reach you", "须告知被询问者联系方式", hint=_REACH)
    desk = desk_of(house)
    link = desk.consents.ask(told, scope, language=language, answer_days=answer_days)
    at = f"{base}/consent/{link.token}"
    return Link(link.consent_id, link.person, at, message(told, at, answer_days).in_(language))


def message(told: Told, address: str, days: int) -> Text:
    """What to send with the link."""
    return Text(
        zh=f"{told.name}，您好：{told.asker}想使用您的形象或声音制作“{told.made}”。"
        f"是否同意完全由您决定，请在 {days} 天内打开链接查看说明并答复：{address}",
        en=f"Dear {told.name}, {told.asker} would like to use your likeness for “{told.made}”. "
        "It is for you to decide: "
        f"please open this link within {days} days, read what it is about, and answer: {address}",
    )


def may_know(who: Principal) -> bool:
    """Whether a post cannot do its work without knowing who is asked: those who ask and those who check."""
    return who.kind != "inspector" and (who.may("consents:ask") or who.may("consents:check"))


def reasoned(reason: str) -> str:
    """A reason, trimmed. Raises `UsageError` where there is none."""
    if len(trimmed := reason.strip()) < LEAST_REASON:
        raise UsageError("a reason is needed", "须说明理由", hint=_WHY)
    return trimmed


def offered(house: Site) -> dict[str, dict[str, Text]]:
    """What can be asked for: likenesses, techniques and purposes with their words."""
    book: Rulebook = house.rulebook
    purposes = desk_of(house).consents.purposes or {}
    return {
        "likeness": {each: LIKENESS[each] for each in LIKENESSES},
        "techniques": {name: technique(name, book) for name in book.techniques},
        "purposes": dict(purposes),
    }


_FIELDS: Final = {"name": "姓名", "contact": "联系方式", "asker": "谁想使用", "made": "制作什么", "shown": "在哪里出现"}
_REACH: Final = Text(
    zh="在 overt.toml 的 [consent] 填写 reach（个人信息保护法第十七条）。",
    en="Set `reach` in [consent] of overt.toml (PIPL, art. 17).",
)
_WHY: Final = Text(
    zh="写明依据，例如本人来电、来信的日期。",
    en="Say what it rests on, such as the day of the person's call or letter.",
)
