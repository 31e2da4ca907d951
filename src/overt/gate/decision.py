"""A decision as bytes: canonical JSON (RFC 8785), its signature, and the file that a decision travels as.

The signature is Ed25519 (RFC 8032) over the canonical JSON of all fields but `signature`. Not here: who vouches for the
key, whether the decision was used, and whether its consents still hold: only the record knows that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Protocol

from overt.canonical import canonical
from overt.errors import FormatError
from overt.gate.model import IDENTITY_LEVELS, OUTCOMES, Decision, Reason, Reviewed
from overt.language import Text

VERSION = 1
_TEXTS = (
    "id", "account", "purpose", "function", "model", "label_style", "rulebook", "rulebook_digest", "policy",
    "decided", "expires", "supersedes", "answered", "signer", "signature",
)  # fmt: skip
_LISTS = ("techniques", "consents", "content_ids")


class Signs(Protocol):
    """What signs in the set-up's name. `id` is the SHA-256 of `public`, the raw public key."""

    id: str
    public: bytes

    def sign(self, data: bytes) -> bytes:
        """The signature over these bytes."""


def body(decision: Decision) -> bytes:
    """What is signed: everything but the signature."""
    told = decision_json(decision)
    del told["signature"]
    return canonical(told)


def signed(decision: Decision, signer: Signs) -> Decision:
    """The decision with its signature."""
    named = replace(decision, signer=signer.id, signature="")
    return replace(named, signature=signer.sign(body(named)).hex())


def verified(decision: Decision, public: bytes, check: Callable[[bytes, bytes, bytes], bool]) -> bool:
    """Whether the signature is that of this raw public key; `check` takes key, signature and data."""
    try:
        return check(public, bytes.fromhex(decision.signature), body(decision))
    except ValueError:
        return False


def decision_json(decision: Decision) -> dict[str, Any]:
    """The decision as JSON takes it."""
    told = {name: getattr(decision, name) for name in Decision.__dataclass_fields__}
    told["reviewed"] = [asdict(each) for each in decision.reviewed]
    told["reasons"] = [{"code": e.code, "text": e.text.both(), "duties": e.duties} for e in decision.reasons]
    return {"v": VERSION, **told}


def from_json(told: object) -> Decision:
    """The decision in decoded JSON. Raises `FormatError` for what is none."""
    try:
        return _decision(told)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"this is no decision: {error}", f"不是决定：{error}") from error


def _decision(told: Any) -> Decision:
    if not isinstance(told, dict) or told["v"] != VERSION or set(told) != {"v", *Decision.__dataclass_fields__}:
        raise ValueError("no decision of this version")
    fields: dict[str, Any] = {name: _text(told[name]) for name in _TEXTS}
    fields |= {name: tuple(_text(each) for each in told[name]) for name in _LISTS}
    decision = Decision(
        outcome=_one_of(told["outcome"], OUTCOMES),
        identity=_one_of(told["identity"], IDENTITY_LEVELS),
        label=_one_of(told["label"], ("required", "waived")),
        reviewed=tuple(_reviewed(each) for each in told["reviewed"]),
        reasons=tuple(_reason(each) for each in told["reasons"]),
        **fields,
    )
    if until(decision).tzinfo is None:
        raise ValueError("a time without its zone")
    return decision


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def from_event(told: dict[str, Any]) -> Decision:
    """The decision as its ledger entry's opening has it."""
    return from_json({"v": VERSION, **told})


def decode(data: bytes) -> Decision:
    """The decision in a JSON file. Raises `FormatError`."""
    try:
        return from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"this is no decision: {error}", f"不是决定：{error}") from error


def until(decision: Decision) -> datetime:
    """When the decision ends (UTC)."""
    return datetime.fromisoformat(decision.expires)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _reviewed(told: dict[str, Any]) -> Reviewed:
    role, outcome = _one_of(told["role"], ("prompt", "input", "output")), _one_of(told["outcome"], OUTCOMES)
    return Reviewed(role, _text(told["sha256"]), outcome, tuple(map(_text, told["engines"])))


def _reason(told: dict[str, Any]) -> Reason:
    text = Text(zh=_text(told["text"]["zh"]), en=_text(told["text"]["en"]))
    return Reason(_text(told["code"]), text, tuple(map(_text, told["duties"])))
