"""Real identity before publishing (DS-09, CSL-26, SA-05b, AF-21, MN-31): attested checks, a gate that asks for them."""

from __future__ import annotations

from datetime import datetime

from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.registry import control
from overt.duties.view import View
from overt.gate.account.levels import rows_of
from overt.gate.account.model import Identified
from overt.gate.account.steps import Identity
from overt.gate.model import Ask
from overt.language import Text
from overt.store.accounts import Accounts

GATE_OFF = Text(
    zh="闸口未开启，内容可不经许可发布。在 overt.toml 的 [gate] 设置 on = true",
    en="The gate is off: contents are released without a decision. Set `on = true` in [gate] of overt.toml",
)
_GATE = Text(zh="闸口", en="The gate")


@control(
    "DS-09a", "CSL-26", "SA-05b", "AF-21", "MN-31",
    name=Text(zh="真实身份信息认证", en="Real identities that were checked"),
)  # fmt: skip
def checked(view: View) -> Found:
    """Identities are attested with method, result and time, and checked again before they expire."""
    counted = Accounts(view.store).counted(view.now)
    shown = view.counted(
        view.tally("accounts:identity:attest"), Text(zh="身份核验登记", en="Checks of identities, attested")
    )
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE), *shown)
    if not counted.attested:
        how = "overt account attest"
        reason = Text(zh=f"尚未登记身份核验。运行 {how}", en=f"No check of an identity was attested yet: `{how}`")
        return no_evidence(reason, *shown)
    levels = Text(zh="开放账号；其中核验有效", en="Open accounts; of these with a check that counts")
    return met(
        Text(
            zh="身份核验以方式、结果、时间登记，不存号码", en="Checks are kept as method, result and time, no numbers"
        ),
        *shown,
        Evidence("count", levels, f"{counted.open}; {counted.attested}"),
    )


@control("DS-09b", "CSL-26", name=Text(zh="未认证不得发布", en="No publishing without a checked identity"))
def publishing_refused(view: View) -> Found:
    """The gate's own step is asked, for every technique, by an account that is only signed in: it must refuse."""
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE))
    own = view.setup.settings.gate.levels
    step = Identity(_SignedIn(), rows_of(view.rulebook.id, view.setup.home / own if own else None))
    asked = [
        Ask("0" * 32, (technique,), "entertainment", "check", channel="public")
        for technique in view.rulebook.techniques
    ]
    refused = [each for each in asked if any(found.outcome != "allow" for found in step.look(each, view.now))]
    shown = Evidence(
        "count",
        Text(
            zh="对仅登录的账号公开发布请求的拒绝（逐项技术试问）",
            en="Requests to publish by an account that is only signed in, refused (one for each technique)",
        ),
        f"{len(refused)} / {len(asked)}",
    )
    if len(refused) < len(asked):
        let = ", ".join(each.techniques[0] for each in asked if each not in refused)
        return gap(Text(zh=f"未认证身份即可公开发布：{let}", en=f"Published without a checked identity: {let}"), shown)
    return met(
        Text(zh="未认证真实身份的账号不能公开发布", en="Accounts without a checked identity cannot publish"),
        shown,
        view.set_to("gate.on", _GATE),
    )


class _SignedIn:
    """An account that is signed in and nothing more, so that the step is asked without touching a real one."""

    def identified(self, account: str, at: datetime) -> Identified:  # noqa: ARG002
        return Identified("account")
