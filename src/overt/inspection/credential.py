"""What a content credential adds to a verdict. Pure rules.

```
confirmed      it states synthesis; bytes and signature hold; and it is ours, or an authority that we trust vouches,
               for the manifest that states it, too: whoever signs a file anew does not vouch for what it said
suspected      it states synthesis, and any of these is missing
contradiction  bytes or claim differ from what was signed (`*.mismatch`, and nothing else)
contradiction  it repeats the metadata label under its signature, and the file's label says another thing
contradiction  it states a camera, and the metadata label says that the content is generated
```

Labeling Measures, art. 6: a file whose metadata "clearly states" synthesis is confirmed (6.1.1). GB 45438-2025 gives
that statement one form, the AIGC object; a credential has another, and anybody can sign one. So by itself it is one of
the "other traces" (6.1.3), and it states clearly only where we know who states it. An ended certificate is no sign of
tampering, and no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from overt.language import Text
from overt.marks.credential.sources import CAPTURED, SYNTHETIC
from overt.marks.credential.words import about_ai

Strength = Literal["confirmed", "suspected"]
_SHARED = ("Label", "ContentProducer", "ProduceID")
"""What producer and platform never change in a label."""


def ground(values: Mapping[str, Any]) -> tuple[Strength, Text] | None:
    """What a found credential is a ground for, if for anything."""
    if not values["says_ai"]:
        return None
    said, signer = about_ai(values), values["signer"] or "?"
    known = values["trust"] in ("own", "trusted") and values["validity"] == "valid"
    own = values["trust"] == "own"
    if known and not _stated_by_the_trusted(values):
        # Signed anew by who distributed it: the statement is still the stranger's.
        who = Text(zh="我方", en="we") if own else Text(zh=f"受信任的 {signer} ", en=f"{signer}, trusted,")
        return "suspected", Text(
            zh=f"内容凭证记录了他人的陈述，{who.zh}仅在传播时签署：{said.zh}",
            en=f"the content credential holds another's statement, which {who.en} only passed on: {said.en}",
        )
    if known and _holds(values):
        who = Text(zh="我方", en="us") if own else Text(zh=f"受信任的 {signer} ", en=f"{signer}, trusted")
        return "confirmed", Text(
            zh=f"内容凭证由{who.zh}签署，与文件相符：{said.zh}",
            en=f"the content credential, signed by {who.en}, fits the file: {said.en}",
        )
    if _holds(values):
        fits_zh, fits_en = "", ""
    else:
        fits_zh, fits_en = "，但与文件不符", ", and does not fit the file"
    return "suspected", Text(
        zh=f"内容凭证（签署者自称 {signer}{fits_zh}）：{said.zh}",
        en=f"the content credential (its signer calls itself {signer}{fits_en}): {said.en}",
    )


def contradictions(values: Mapping[str, Any], labels: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Text]]:
    """What speaks against a found credential, or against the metadata labels beside it: names and texts."""
    if any(code.endswith(".mismatch") for code in values["codes"]):
        yield (
            "credential-mismatch",
            Text(
                zh="文件或内容凭证在签署之后被改动",
                en="the file or its content credential was changed after it was signed",
            ),
        )
        return  # What it says was said of other bytes.
    repeated = values["aigc"]
    if repeated and any(_differs(repeated, label) for label in labels):
        yield (
            "credential-label-differs",
            Text(
                zh="元数据标识与内容凭证中签署的标识不同",
                en="the metadata label differs from the one that the content credential was signed with",
            ),
        )
    captured = not CAPTURED.isdisjoint(values["source_types"]) and not values["says_ai"]
    if captured and any(label.get("Label") == "1" for label in labels):
        said = about_ai(values)
        yield (
            "credential-states-camera",
            Text(
                zh=f"标识写明内容属于生成合成，而内容凭证{said.zh}",
                en=f"the label says that the content is generated or synthesised, the content credential: {said.en}",
            ),
        )


def _stated_by_the_trusted(values: Mapping[str, Any]) -> bool:
    """Whether a manifest states synthesis that is itself of ours or of somebody trusted.

    The active one speaks of these bytes; one of an ingredient's counts where the ingredient was as it was signed.
    """
    stated = [each for each in values["statements"] if each["source_type"] in SYNTHETIC and each["trusted"]]
    return any(each["manifest"] == 0 or not values["ingredients_changed"] for each in stated)


def _holds(values: Mapping[str, Any]) -> bool:
    return bool(values["binding"] == "intact" and values["signature"] == "valid")


def _differs(repeated: Mapping[str, str], label: Mapping[str, str]) -> bool:
    return any(repeated.get(key) != label.get(key) for key in _SHARED)
