"""The manifest definition: what a credential is to say about a content. Pure.

Source: C2PA 2.4, sections 10 (claim), 18 (assertions); `c2pa.ai-disclosure` 18.28; CAWG Training and Data Mining 1.1.
`cn.tc260.aigc` is ours: the metadata label once more, under the signature, so that a changed label is seen.
Left out: thumbnails (they double the size), the file's name, and whatever nobody has told us.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import uuid4

from overt.marks.credential import sources
from overt.marks.credential.model import Watermark
from overt.marks.model import Declaration

ACTIONS: Final = "c2pa.actions.v2"
AIGC: Final = "cn.tc260.aigc"
DISCLOSURE: Final = "c2pa.ai-disclosure"
SOFT_BINDING: Final = "c2pa.soft-binding"
TRAINING: Final = "cawg.training-mining"
PARENT: Final = "parent"
"""How the definition calls the ingredient that a signing is given."""

CREATED: Final = ("c2pa.actions", ACTIONS, AIGC, DISCLOSURE, SOFT_BINDING, TRAINING)
"""What the signer vouches for; the others would only be "gathered" (C2PA 2.4, section 10.3)."""

OVERT: Final = {"name": "Overt", "version": version("overt")}

TRAINING_KEYS: Final = ("cawg.ai_inference", "cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining")


def marked(
    declaration: Declaration,
    aigc: Mapping[str, str] | None,
    *,
    parent: bool,
    watermark: Watermark | None = None,
    training: str | None = None,
) -> dict[str, Any]:
    """The definition for a content that we mark.

    Args:
        declaration: what is said about the content.
        aigc: the seven values of its metadata label, if it carries one.
        parent: whether signing is given the unmarked file as parent: for edits of what was there, and where that
            file has a credential itself, which stays in the chain.
        watermark: what a watermark step put in.
        training: `allowed`, `notAllowed` or `constrained`: the operator's word on training and mining.
    """
    kind = sources.origin(declaration.techniques)
    source_type = sources.BASE + sources.CODES[kind]
    said = {
        "digitalSourceType": source_type,
        "softwareAgent": agent(declaration.system),
        "when": _when(declaration.created),
    }
    actions = [_opened(), {"action": "c2pa.edited", **said}] if parent else [{"action": "c2pa.created", **said}]
    assertions: list[dict[str, Any]] = []
    if watermark:
        actions.append({"action": "c2pa.watermarked.bound", "softwareAgent": OVERT, "when": said["when"]})
        blocks = [{"scope": {}, "value": watermark.value}]
        assertions.append({"label": SOFT_BINDING, "data": {"alg": watermark.algorithm, "blocks": blocks}})
    if kind != "algorithmic":
        assertions.append({"label": DISCLOSURE, "data": _disclosure(declaration.system)})
    if training:
        entries = {key: {"use": training} for key in TRAINING_KEYS}
        assertions.append({"label": TRAINING, "data": {"entries": entries}})
    return _definition(declaration.content_id, actions, assertions, aigc)


def distributed(aigc: Mapping[str, str] | None, when: datetime, actions: Sequence[str] = ()) -> dict[str, Any]:
    """The definition for a received file whose label a platform has written into.

    Signing is given the received file as parent. `actions` come after `c2pa.opened` and `c2pa.edited.metadata`,
    such as `c2pa.published`.
    """
    said = {"softwareAgent": OVERT, "when": _when(when)}
    named = ("c2pa.edited.metadata", *actions)
    return _definition(str(uuid4()), [_opened(), *({"action": each, **said} for each in named)], [], aigc)


def serialised(definition: Mapping[str, Any]) -> str:
    """As the SDK takes it."""
    return json.dumps(definition, ensure_ascii=False, allow_nan=False)


def agent(system: str) -> dict[str, str]:
    """`softwareAgent` of "Name 1.2" or "Name": the version is a last word with a digit in front (or v and a digit).

    Without a system it is Overt itself, which is what we know.
    """
    name, _, last = system.strip().rpartition(" ")
    if name and last.removeprefix("v").removeprefix("V")[:1].isdecimal():
        return {"name": name.strip(), "version": last}
    return {"name": system.strip()} if system.strip() else dict(OVERT)


def _definition(
    identity: str, actions: list[dict[str, Any]], assertions: list[dict[str, Any]], aigc: Mapping[str, str] | None
) -> dict[str, Any]:
    stated = [{"label": ACTIONS, "data": {"actions": actions}}, *assertions]
    if aigc:
        stated.append({"label": AIGC, "data": dict(aigc)})
    return {
        "label": f"urn:c2pa:{identity}",
        "instance_id": f"urn:uuid:{identity}",
        "claim_generator_info": [OVERT],
        "assertions": stated,
    }


def _opened() -> dict[str, Any]:
    return {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}}


def _disclosure(system: str) -> dict[str, Any]:
    named = agent(system)["name"] if system.strip() else None
    return {"modelType": "c2pa.types.model"} | ({"modelName": named} if named else {})


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
