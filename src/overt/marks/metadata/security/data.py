"""The `SecurityData` object of a reserved code: written strictly, read with tolerance.

Source: TC260-PG-202511A, as far as public readers wrote it down (formats/marks.md 2.8) [read2]:
`{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[…],"Bindings":[…]}}`, entries `DS` (signature) and `PubKey`.
Real objects misspell names and types; each is taken for what it is meant to be. What it proves is `verify`'s part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from overt.language import whole

MAX_TEXT = 64 * 1024
"""Characters that are looked at; a real object has below two thousand."""
MAX_ENTRIES = 4
"""Signatures, and keys, and bindings, that are looked at, each: two are the most met. Every signature may have to be
tried with every key."""

Covers = Literal["label", "binding", ""]
_COVERS: dict[str, Covers] = {
    "md": "label",
    "labelmetadata": "label",
    "labelmatadata": "label",  # StepFun and MiniMax write it so.
    "metadata": "label",
    "bnd": "binding",
    "binding": "binding",
    "bindings": "binding",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """An entry `DS`: over what, by which algorithm, with which key."""

    covers: Covers
    algorithm: str
    value: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """An entry `PubKey`."""

    algorithm: str
    value: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A statement about the content: a hash, how it was made, and over which bytes (`CntSel`).

    `text` is the entry as compact JSON, which is what its own signature covers.
    """

    algorithm: str
    digest: str
    selection: str
    text: str


@dataclass(frozen=True, slots=True)
class SecurityData:
    """The object as read. `defects` are the deviations that were tolerated."""

    signatures: tuple[Signature, ...] = ()
    keys: tuple[Key, ...] = ()
    bindings: tuple[Binding, ...] = ()
    defects: tuple[str, ...] = ()


def write(algorithm: str, signature: bytes, key: bytes) -> str:
    """A `SecurityData` object with one label signature and its key, without spaces or backslashes (Annex E j)."""
    entries = [
        {"Type": "DS", "AlgID": algorithm, "TBSData": {"Type": "Md"}, "Signature": signature.hex().upper()},
        {"Type": "PubKey", "AlgID": algorithm, "KeyValue": key.hex().upper()},
    ]
    whole = {"SecurityData": {"Type": "TC260PG", "Version": 1, "PubSD": entries}}
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":"))


def read(text: str) -> SecurityData | None:
    """The object in a reserved code; None where there is none. Never raises."""
    if "{" not in text or len(text) > MAX_TEXT:
        return None
    whole = _object(_loads(text))
    inner = _object(_loads(_get(whole, "securitydata"))) or (whole if _get(whole, "pubsd") is not None else {})
    if not inner:
        return None
    defects = [] if inner.get("Type") == "TC260PG" and "PubSD" in inner else ["security-data-spelling"]
    entries = [_object(_loads(entry)) for entry in _list(_loads(_get(inner, "pubsd")))]
    signatures = [_signature(entry, defects) for entry in entries if _text(_get(entry, "type")).lower() == "ds"]
    keys = [
        Key(_text(_get(entry, "algid")), _text(_get(entry, "keyvalue")), _text(_get(entry, "keyid")))
        for entry in entries
        if _text(_get(entry, "type")).lower() in ("pubkey", "cert", "certificate")
    ]
    bindings = [_binding(_object(_loads(entry))) for entry in _list(_loads(_get(inner, "bindings")))]
    return SecurityData(
        tuple(signatures[:MAX_ENTRIES]),
        tuple(keys[:MAX_ENTRIES]),
        tuple(bindings[:MAX_ENTRIES]),
        tuple(dict.fromkeys(defects)),
    )


def _signature(entry: dict[str, Any], defects: list[str]) -> Signature:
    covered = _loads(_get(entry, "tbsdata"))
    name = _text(_get(covered, "type") if isinstance(covered, dict) else covered)
    covers = _COVERS.get(name.lower(), "")
    if name not in ("Md", "Bnd"):
        defects.append("security-data-spelling")
    return Signature(covers, _text(_get(entry, "algid")), _text(_get(entry, "signature")), _text(_get(entry, "keyid")))


def _binding(entry: dict[str, Any]) -> Binding:
    names = ("cnthash", "contenthash", "hashvalue", "hash", "digest", "value")
    digest = next((_text(_get(entry, name)) for name in names if _text(_get(entry, name))), "")
    algorithm = next((_text(_get(entry, name)) for name in ("hashalg", "algid", "alg") if _get(entry, name)), "")
    # The signed text has the entry's own order and spelling, without white space.
    text = whole(json.dumps(entry, ensure_ascii=False, separators=(",", ":")))
    return Binding(algorithm, digest, _text(_get(entry, "cntsel")), text)


def _loads(value: Any) -> Any:
    """A value that may be JSON in a string once more."""
    if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _get(value: Any, name: str) -> Any:
    """An entry by its name, whatever its case."""
    if not isinstance(value, dict):
        return None
    return next((each for key, each in value.items() if isinstance(key, str) and key.lower() == name), None)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value]
    return value[: 4 * MAX_ENTRIES] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return whole(value) if isinstance(value, str) else str(value) if isinstance(value, int) else ""
