"""What a receipt says, for people: the same facts as its JSON, in words."""

from __future__ import annotations

from typing import Any

from overt.gate.consent import notice
from overt.language import Text
from overt.store.consent_rows import Asked
from overt.web import clock
from overt.web.words.consent import STATES

Fact = tuple[Text, Text | str]


def facts(asked: Asked, receipt: dict[str, Any], words: notice.Words, state: str) -> list[Fact]:
    """The receipt's facts in the order in which people ask for them."""
    consent = asked.standing.consent
    if consent is None or asked.told is None:
        return []
    told: list[Fact] = [
        (Text(zh="编号", en="Number"), consent.id),
        (Text(zh="现在", en="Now"), next(text for name, text in STATES.items() if name == state)),
        (Text(zh="谁在使用", en="Who uses it"), asked.told.asker),
        (Text(zh="由谁负责", en="Who answers for it"), _party(receipt)),
        (Text(zh="制作什么", en="What is made"), asked.told.made),
        (Text(zh="在哪里出现", en="Where it is shown"), asked.told.shown),
        (Text(zh="使用您的", en="What of you"), _joined([words.likeness[each] for each in consent.likeness])),
        (Text(zh="怎样制作", en="How"), _joined([words.techniques[each] for each in consent.techniques])),
        (Text(zh="用来做什么", en="What for"), _joined([words.purposes[each] for each in consent.purposes])),
        (Text(zh="份数上限", en="How many at most"), str(consent.uses)),
        (Text(zh="同意时间", en="You agreed"), clock.clock(consent.given)),
        (Text(zh="有效期至", en="Valid until"), clock.clock(consent.expires)),
    ]
    if consent.guardian:
        told.append((Text(zh="监护人", en="Guardian"), asked.guardian_name))
    if asked.standing.withdrawn:
        told.append((Text(zh="撤回时间", en="You withdrew"), clock.clock(asked.standing.withdrawn)))
    return [
        *told,
        (Text(zh="您看到的说明（SHA-256）", en="The notice you read (SHA-256)"), consent.notice),
        (Text(zh="签名（Ed25519）", en="Signature (Ed25519)"), consent.signature),
        (Text(zh="签名密钥", en="Key of the signature"), consent.signer),
    ]


def _party(receipt: dict[str, Any]) -> str:
    party = receipt["receipt"]["party_identification"][0]
    return f"{party['party_name']} ({party['party_contact']})"


def _joined(texts: list[Text]) -> Text:
    return Text(zh="；".join(each.zh for each in texts), en="; ".join(each.en for each in texts))
