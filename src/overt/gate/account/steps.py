"""The gate's first four steps: is it switched off, was the agreement accepted, is the account sanctioned, who asks?

Each reads what the store knows at this moment, and changes nothing; nothing is remembered from one request to the next,
so that a switch, a sanction or a new version of the agreement counts for the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from overt.gate.account.levels import Row, rank, required
from overt.gate.account.model import (
    LEVEL_NAMES,
    METHODS,
    SANCTION_NAMES,
    Agreements,
    Identities,
    Sanction,
    SanctionBook,
    Switch,
    SwitchBoard,
    covers,
)
from overt.gate.model import Ask, Finding, IdentityLevel, Outcome, Reason
from overt.language import Text


class Switches:
    """Whether the function, the model or the account is switched off (Deep Synthesis Provisions, art. 21(2))."""

    name = "switches"
    lasting = True
    """Asked again when a decision is used: switched off is switched off, whatever was allowed before."""

    def __init__(self, board: SwitchBoard) -> None:
        self._board = board

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:  # noqa: ARG002
        """Refuses what is switched off."""
        met = {"function": ask.function, "model": ask.model, "account": ask.account}
        off = [each for each in self._board.off() if covers(each.name, met[each.kind])]
        if not off:
            return (Finding(self.name, "allow"),)
        return (Finding(self.name, "refuse", tuple(_switched_off(each) for each in off)),)


class Agreement:
    """Whether the account accepted the agreement that applies (Labeling Measures, art. 8; Interim Measures, art. 9)."""

    name = "agreement"

    def __init__(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """Refuses until the version that applies was accepted. Where none was published, nothing is to be accepted."""
        agreed = self._agreements.agreed(ask.account, at)
        if not agreed.current:
            return (Finding(self.name, "allow", (_NO_AGREEMENT,)),)
        details = {"version": agreed.current, "accepted": agreed.accepted}
        if agreed.accepted == agreed.current:
            return (Finding(self.name, "allow", details=details),)
        return (Finding(self.name, "refuse", (_not_accepted(agreed.current),), details=details),)


class Sanctions:
    """Whether something was decided against the account (Deep Synthesis Provisions, art. 10(3))."""

    name = "sanctions"
    lasting = True
    """Asked again when a decision is used."""

    def __init__(self, book: SanctionBook) -> None:
        self._book = book

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """Refuses suspended and closed accounts, and restricted functions. A warning is told, and hinders nothing."""
        found = []
        for each in self._book.holding(ask.account, at):
            hit = each.kind in ("suspend", "close") or any(covers(name, ask.function) for name in each.functions)
            if each.kind == "warn" or hit:
                outcome: Outcome = "allow" if each.kind == "warn" else "refuse"
                found.append(Finding(self.name, outcome, (_sanctioned(each),), details={"sanction": each.id}))
        return found or (Finding(self.name, "allow"),)


class Identity:
    """Whether the account is identified as far as the request needs (Deep Synthesis Provisions, art. 9)."""

    name = "identity"

    def __init__(self, identities: Identities, rows: Sequence[Row]) -> None:
        self._identities = identities
        self._rows = tuple(rows)

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """Refuses below the required level, and says how it is reached."""
        known = self._identities.identified(ask.account, at)
        needed, rows = required(ask, self._rows)
        details = {"level": known.level, "required": needed, "expires": known.expires}
        if rank(known.level) >= rank(needed):
            return (Finding(self.name, "allow", details=details),)
        reasons = tuple(_too_low(known.level, row) for row in rows)
        return (Finding(self.name, "refuse", reasons, details=details),)


_NO_AGREEMENT = Reason(
    "agreement:none",
    Text(
        zh="尚未发布服务协议。运营者可运行 overt agreement publish 发布",
        en="No service agreement was published. The operator publishes one with `overt agreement publish`",
    ),
    ("GA-09b", "LB-08"),
)
_KINDS = {
    "function": Text(zh="功能", en="function"),
    "model": Text(zh="模型", en="model"),
    "account": Text(zh="账号", en="account"),
}


def _switched_off(switch: Switch) -> Reason:
    kind = _KINDS[switch.kind]
    return Reason(
        "switch:off",
        Text(
            zh=f"该{kind.zh}已于 {switch.at} 停用：{switch.reason}",
            en=f"This {kind.en} was switched off on {switch.at}: {switch.reason}",
        ),
        ("DS-21b",),
    )


def _not_accepted(version: str) -> Reason:
    return Reason(
        "agreement:not-accepted",
        Text(
            zh=f"尚未同意现行服务协议（{version}）。请阅读并同意后重新请求",
            en=f"The service agreement that applies ({version}) was not accepted. Read it, accept it and ask again",
        ),
        ("GA-09b", "LB-08"),
    )


def _sanctioned(sanction: Sanction) -> Reason:
    kind = SANCTION_NAMES[sanction.kind]
    until = Text(zh=f"，至 {sanction.until}", en=f", until {sanction.until}") if sanction.until else None
    appeal = Text(zh=f"。申诉：{sanction.appeal}", en=f". Appeal: {sanction.appeal}") if sanction.appeal else None
    return Reason(
        f"sanction:{sanction.kind}",
        Text(
            zh=f"{kind.zh}（{sanction.reason}）{until.zh if until else ''}{appeal.zh if appeal else ''}",
            en=f"{kind.en.capitalize()} ({sanction.reason}){until.en if until else ''}{appeal.en if appeal else ''}",
        ),
        (sanction.duty,),
    )


_WAYS: dict[IdentityLevel, Text] = {
    "none": Text(zh="无须操作", en="nothing needs to be done"),
    "account": Text(zh="请登录账号", en="sign in"),
    "phone": Text(
        zh=f"请以{METHODS['phone'].zh}、{METHODS['id'].zh}、{METHODS['credit_code'].zh}或者{METHODS['national'].zh}认证",
        en="have your identity verified by mobile number, ID document, unified social credit code or the national"
        " network identity service",
    ),
    "id": Text(
        zh=f"请以{METHODS['id'].zh}、{METHODS['credit_code'].zh}或者{METHODS['national'].zh}认证",
        en="have your identity verified by ID document, unified social credit code or the national network identity"
        " service",
    ),
    "national": Text(
        zh=f"请以{METHODS['national'].zh}认证",
        en="have your identity verified by the national network identity service",
    ),
}


def _too_low(level: IdentityLevel, row: Row) -> Reason:
    have, need, way = LEVEL_NAMES[level], LEVEL_NAMES[row.level], _WAYS[row.level]
    return Reason(
        "identity:level",
        Text(
            zh=f"{row.why.zh}（{row.clause}）。需要：{need.zh}；目前：{have.zh}。{way.zh}后重新请求",
            en=f"{row.why.en} ({row.clause}). Needed: {need.en}; now: {have.en}. To go on, {way.en}, and ask again",
        ),
        (row.duty,),
    )
