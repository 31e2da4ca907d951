"""A credential's values in words: the five answers, each by itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from overt.language import Text

_NOT_SIGNED: Final = Text(zh="未知", en="unknown")

_BINDING: Final = {
    "intact": Text(zh="完好：文件与签名时一致", en="intact: the file is as it was signed"),
    "mismatch": Text(zh="不符：文件在签名之后被改动", en="broken: the file was changed after it was signed"),
    "unknown": Text(zh="无法判断", en="could not tell"),
}
_SIGNATURE: Final = {
    "valid": Text(zh="有效", en="valid"),
    "mismatch": Text(zh="不符：陈述在签名之后被改动", en="broken: the statements were changed after they were signed"),
    "unknown": Text(zh="无法判断", en="could not tell"),
}
_VALIDITY: Final = {
    "valid": Text(zh="签名时有效", en="good when it signed"),
    "expired": Text(
        zh="已到期，没有受信任的时间戳（不表示被篡改）",
        en="ended, and no trusted time stamp is older (this is no sign of tampering)",
    ),
    "revoked": Text(zh="已吊销", en="revoked"),
    "invalid": Text(zh="不符合 C2PA 要求（不表示被篡改）", en="not as C2PA wants it (this is no sign of tampering)"),
    "unknown": Text(zh="无法判断", en="could not tell"),
}
_TRUST: Final = {
    "own": Text(zh="我方签署", en="signed by us"),
    "trusted": Text(zh="受信任", en="trusted"),
    "untrusted": Text(zh="不在信任列表中", en="not on our trust lists"),
    "not-judged": Text(zh="未判断：没有设置信任列表", en="not judged: no trust list is set up"),
}

_TRUST_ENDED: Final = Text(
    zh="不予信任：证书已到期，是否在信任列表中未作判断",
    en="none: its certificate has ended, and was not looked for on our trust lists",
)
_CHANGED_BEFORE: Final = Text(
    zh="至少一份素材在纳入时已与其凭证不符",
    en="at least one did not fit its own credential any more when it was taken in",
)


def in_words(values: Mapping[str, Any]) -> list[tuple[Text, Text]]:
    """Each answer with its name, in the order in which a person asks."""
    signer = _as_is(values["signer"]) if values["signer"] else _NOT_SIGNED
    when = values["time"]
    # The SDK looks for no authority behind an ended certificate, and calls it untrusted.
    ended = values["trust"] == "untrusted" and values["validity"] == "expired"
    told = [
        (Text(zh="文件", en="file"), _BINDING[values["binding"]]),
        (Text(zh="签名", en="signature"), _SIGNATURE[values["signature"]]),
        (Text(zh="证书", en="certificate"), _VALIDITY[values["validity"]]),
        (Text(zh="信任", en="trust"), _TRUST_ENDED if ended else _TRUST[values["trust"]]),
        (Text(zh="签署者", en="signer"), signer),
        (Text(zh="关于 AI", en="about AI"), about_ai(values)),
    ]
    if when:
        told.append((Text(zh="时间戳", en="time stamp"), _as_is(when)))
    if values["manifests"] > 1:
        told.append((Text(zh="清单数", en="manifests"), _as_is(str(values["manifests"]))))
    if values["ingredients_changed"]:
        told.append((Text(zh="素材", en="ingredients"), _CHANGED_BEFORE))
    return told


def about_ai(values: Mapping[str, Any]) -> Text:
    """What the manifests state about how the content came to be."""
    types = ", ".join(values["source_types"])
    agents = ", ".join(values["agents"])
    by_zh, by_en = (f"，所用系统 {agents}", f", by {agents}") if agents else ("", "")
    if values["says_ai"]:
        return Text(zh=f"声明为合成：{types}{by_zh}", en=f"stated to be synthetic: {types}{by_en}")
    if types:
        return Text(zh=f"声明的来源：{types}{by_zh}", en=f"stated source: {types}{by_en}")
    return Text(zh=f"没有声明来源{by_zh}", en=f"no source is stated{by_en}")


def _as_is(text: str) -> Text:
    return Text(zh=text, en=text)
