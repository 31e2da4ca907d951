"""What the reserved codes of a label prove.

Source: TC260-PG-202511A, Annex A.1, for the text that a producer's signature covers; formats/marks.md 2.8 for the
messages and keys of real labels. A vendor's opaque text is `unknown form`, never a fault.
The text that a propagator signs is not known to us: ours is `propagated_text` [ours], so another's signature in
`ReservedCode2` that fits nothing is `unknown form`, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import md5, sha1, sha256

from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.security import data
from overt.marks.metadata.security.keys import PublicKey, octets, public_keys
from overt.marks.metadata.security.sm2 import sm3
from overt.marks.proof import Outcome, Proof

Hashed = Callable[[str], str]
"""The hash of the whole content by the name of its algorithm ("SM3", "SHA-256"), in hex."""

_NAME = 64
"""Characters of a stranger's name for an algorithm that are repeated."""
_WHOLE = frozenset({"", "0", "all", "whole", "file", "full"})
_DIGESTS: tuple[Callable[[bytes], bytes], ...] = (
    sm3,
    lambda text: sha256(text).digest(),
    lambda text: sha1(text, usedforsecurity=False).digest(),
    lambda text: md5(text, usedforsecurity=False).digest(),
)
"""Digests of which labels hold the hex or the Base64. What none of them gives is a vendor's own."""


def covered_text(aigc: Aigc) -> str:
    """The text of Annex A.1, which a producer's security data cover."""
    return f'"Label":"{aigc.label}","ContentProducer":"{aigc.content_producer}","ProduceID":"{aigc.produce_id}"'


def propagated_text(aigc: Aigc) -> str:
    """The text that a propagator's security data cover [ours]: that of Annex A.1, and the propagator's own pair."""
    pair = f'"ContentPropagator":"{aigc.content_propagator}","PropagateID":"{aigc.propagate_id}"'
    return f"{covered_text(aigc)},{pair}"


def digest(aigc: Aigc) -> str:
    """SM3 over the text of Annex A.1, as 64 lower-case hex digits (GB 45438-2025, Annex F.4 leaves the form free)."""
    return sm3(covered_text(aigc).encode("utf-8", "replace")).hex()


def proofs(aigc: Aigc, hashed: Hashed | None = None) -> tuple[Proof, ...]:
    """What both reserved codes prove. `hashed` gives the content's hash where a binding speaks of the whole file."""
    return (
        *_proofs("ReservedCode1", aigc.reserved_code1, covered_text(aigc), "label", hashed),
        *_proofs("ReservedCode2", aigc.reserved_code2, propagated_text(aigc), "propagation", hashed),
    )


def deviations(aigc: Aigc) -> tuple[str, ...]:
    """The defects of the `SecurityData` objects that a label holds."""
    objects = (data.read(code) for code in (aigc.reserved_code1, aigc.reserved_code2))
    return tuple(dict.fromkeys(name for each in objects if each for name in each.defects))


def pin(found: tuple[Proof, ...], aigc: Aigc, pinned: tuple[PublicKey, ...]) -> tuple[Proof, ...]:
    """The proofs again, for a reader who knows these keys: the same key in a file is no longer only self-supplied.

    A bare signature without its key is tried with them.
    """
    known = {key.fingerprint for key in pinned}
    result = []
    for proof in found:
        if proof.outcome == Outcome.SELF_SUPPLIED and proof.key in known:
            result.append(replace(proof, outcome=Outcome.PINNED))
        elif proof.outcome == Outcome.UNKNOWN and not proof.key and not proof.covers:
            text = aigc.reserved_code1 if proof.field == "ReservedCode1" else aigc.reserved_code2
            message = covered_text(aigc) if proof.field == "ReservedCode1" else propagated_text(aigc)
            result.append(_bare(proof.field, text, message, pinned) or proof)
        else:
            result.append(proof)
    return tuple(result)


def _proofs(field: str, text: str, message: str, covers: str, hashed: Hashed | None) -> Iterator[Proof]:
    if not text:
        yield Proof(field, Outcome.NONE)
        return
    found = data.read(text)
    if found is None:
        raw = next(octets(text), b"")
        fits = any(raw == make(message.encode("utf-8", "replace")) for make in _DIGESTS)
        yield Proof(field, Outcome.DIGEST, covers) if fits else Proof(field, Outcome.UNKNOWN)
    elif not found.signatures and not found.bindings:
        yield Proof(field, Outcome.UNKNOWN)
    else:
        yield from (_of_signature(field, signature, found, message, covers) for signature in found.signatures)
        yield from (_of_binding(field, binding, hashed) for binding in found.bindings)


def _bare(field: str, text: str, message: str, pinned: tuple[PublicKey, ...]) -> Proof | None:
    """A signature that stands alone, without the key that made it."""
    raw = next(octets(text), b"") if len(text) <= data.MAX_TEXT else b""
    key = _signer(pinned, (message.encode("utf-8", "replace"),), raw) if raw else None
    covers = "label" if field == "ReservedCode1" else "propagation"
    return Proof(field, Outcome.PINNED, covers, key.algorithm, key.fingerprint) if key else None


def _of_signature(field: str, signature: data.Signature, found: data.SecurityData, message: str, covers: str) -> Proof:
    entries = [key for key in found.keys if key.key_id == signature.key_id] or found.keys
    keys = [key for entry in entries for key in public_keys(entry.value, entry.algorithm or signature.algorithm)]
    raw = next(octets(signature.value), b"")
    if not keys or not raw or not signature.covers:
        return Proof(
            field, Outcome.UNKNOWN, "" if signature.covers != "binding" else "binding", signature.algorithm[:_NAME]
        )
    if signature.covers == "binding":
        texts = [binding.text for binding in found.bindings]
        texts.append("[" + ",".join(texts) + "]")
        messages, speaks_of = tuple(text.encode("utf-8", "replace") for text in texts), "binding"
    else:
        messages, speaks_of = (message.encode("utf-8", "replace"),), covers
    key = _signer(keys, messages, raw)
    if key is not None:
        return Proof(field, Outcome.SELF_SUPPLIED, speaks_of, key.algorithm, key.fingerprint)
    # Only the text of Annex A.1 is known well enough to call a signature that does not fit it wrong.
    known = field == "ReservedCode1" and signature.covers == "label"
    outcome = Outcome.DIFFERS if known else Outcome.UNKNOWN
    return Proof(field, outcome, speaks_of, keys[0].algorithm, keys[0].fingerprint)


def _signer(keys: Iterable[PublicKey], messages: tuple[bytes, ...], signature: bytes) -> PublicKey | None:
    """The key whose signature it is: over a message, or over its digest, which some sign in its place."""
    for key in keys:
        for message in messages:
            digests = (sm3(message),) if key.algorithm == "SM2" else (sha256(message).digest(), sm3(message))
            if any(key.verifies(each, signature) for each in (message, *digests)):
                return key
    return None


def _of_binding(field: str, binding: data.Binding, hashed: Hashed | None) -> Proof:
    """The content's hash, where it is that of the whole file: no other selection is understood."""
    name = {40: "SHA-1", 96: "SHA-384"}.get(len(binding.digest), "")
    if re.fullmatch(r"[0-9a-fA-F]{64}", binding.digest):
        name = (
            "SHA-256"
            if re.search(r"sha-?_?256|2\.16\.840\.1\.101\.3\.4\.2\.1", binding.algorithm, re.IGNORECASE)
            else "SM3"
        )
    if hashed is None or binding.selection.lower() not in _WHOLE or name not in ("SM3", "SHA-256"):
        return Proof(field, Outcome.UNKNOWN, "content", binding.algorithm[:_NAME])
    same = hashed(name).lower() == binding.digest.lower()
    return Proof(field, Outcome.DIGEST if same else Outcome.UNKNOWN, "content", name)
