"""Takes the SDK's report apart into answers that must not be mixed. Pure.

Source: the report of c2pa-rs 0.91 (`Reader.json`), whose codes are those of C2PA 2.4, section 15.2. Its one word for
all of it (`validation_state`) is not used: a genuine file is "Invalid" there as soon as its certificate ends.
Everything in the report may be of the file's own making: each value is looked at before it is used, and cut to length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from cryptography import x509

from overt.errors import FormatError
from overt.marks.credential.manifest import AIGC
from overt.marks.credential.model import Binding, Signature, Statement, Trust, Trusted, Validity, Values
from overt.marks.credential.sources import SYNTHETIC, code_of
from overt.media.wire import clean

MOST_MANIFESTS: Final = 64
"""Manifests that are walked; the longest chains seen have ten."""
MOST_STATEMENTS: Final = 256
"""Statements that are told."""
MOST_TEXT: Final = 200
"""Characters of a text that is told."""

_BOUND: Final = (
    "assertion.dataHash",
    "assertion.bmffHash",
    "assertion.boxesHash",
    "assertion.collectionHash",
    "assertion.multiAssetHash",
)
"""Codes of the hashes that bind a manifest to the file, before `.match` or `.mismatch`."""


_TRUSTED: Final = "signingCredential.trusted"
_UNTRUSTED: Final = "signingCredential.untrusted"


def split(report: dict[str, Any], trust: Trust, known: frozenset[str] | None = None) -> Values:
    """The answers. Raises `FormatError` where the report names an active manifest that it does not have.

    `known` are the labels of the manifests whose signers are known, where another report than this one says so.
    """
    manifests = _dict(report.get("manifests"))
    label = _text(report.get("active_manifest"))
    if label is None or not isinstance(manifests.get(label), dict):
        raise FormatError("the credential's active manifest is not in it", "凭证中没有其所称的活动清单")
    active = _dict(manifests[label])
    results = _dict(report.get("validation_results"))
    judged = _dict(results.get("activeManifest"))
    good, bad = _codes(judged.get("success")), _codes(judged.get("failure"))
    signature_info = _dict(active.get("signature_info"))
    chain = list(_chain(manifests, label))
    trusted = _trust(good, signature_info, trust)
    known = known_manifests(report) if known is None else known
    known = known | {label} if trusted in ("own", "trusted") else known - {label}
    statements = tuple(
        replace(each, trusted=name in known) for depth, name, manifest in chain for each in _statements(depth, manifest)
    )[:MOST_STATEMENTS]
    types = tuple(dict.fromkeys(each.source_type for each in statements if each.source_type))
    aigc = _aigc(active)
    return Values(
        binding=_binding(good, bad),
        signature=_signature(good, bad),
        validity=_validity(good, bad),
        trust=trusted,
        says_ai=not SYNTHETIC.isdisjoint(types),
        source_types=types,
        agents=tuple(dict.fromkeys(each.agent for each in statements if each.agent)),
        statements=statements,
        signer=_joined(signature_info.get("issuer"), signature_info.get("common_name")),
        time=_text(signature_info.get("time")) if "timeStamp.validated" in good else None,
        generator=_generator(active),
        content_id=aigc.get("ProduceID") if aigc else None,
        aigc=aigc,
        manifests=len(chain),
        ingredients_changed=any(code.endswith(".mismatch") for code in _ingredient_codes(results, chain)),
        codes=bad,
    )


def known_manifests(report: dict[str, Any]) -> frozenset[str]:
    """The labels of the manifests in the chain whose signers are trusted by the lists that the report was made with.

    What was noted when an ingredient was taken in is the word of who took it in. The SDK verifies it all again, and
    reports where it differs (`ingredientDeltas`); both together are its own word.
    """
    manifests, results = _dict(report.get("manifests")), _dict(report.get("validation_results"))
    active = _text(report.get("active_manifest"))
    if active is None:
        return frozenset()
    chain = list(_chain(manifests, active))
    verified = [_dict(results.get("activeManifest"))]
    verified += [_dict(_dict(each).get("validationDeltas")) for each in _list(results.get("ingredientDeltas"))]
    now_good = {pair for each in verified for pair in _of_manifests(each.get("success"))}
    now_bad = {pair for each in verified for pair in _of_manifests(each.get("failure"))}
    noted = [_dict(_dict(_dict(i).get("validation_results")).get("activeManifest")) for i in _ingredients(chain)]
    noted_good = {pair for each in noted for pair in _of_manifests(each.get("success"))}
    noted_bad = {pair for each in noted for pair in _of_manifests(each.get("failure"))}
    for each in _ingredients(chain):  # Before C2PA 2, failures alone were noted.
        noted_bad |= _of_manifests(each.get("validation_status"))

    good = now_good | {pair for pair in noted_good if (pair[0], _UNTRUSTED) not in noted_bad}
    doubtful = {label for label, code in noted_bad if code != _UNTRUSTED} | {label for label, _ in now_bad}
    return frozenset(label for _, label, _ in chain if (label, _TRUSTED) in good and label not in doubtful)


def own_manifests(report: dict[str, Any], trust: Trust) -> frozenset[str]:
    """Those of the known manifests that are signed with our own certificate."""
    manifests = _dict(report.get("manifests"))
    return frozenset(
        label
        for label in known_manifests(report)
        if _is_own(_dict(_dict(manifests.get(label)).get("signature_info")), trust)
    )


def _of_manifests(found: object) -> set[tuple[str, str]]:
    """Codes with the labels of the manifests that they speak of."""
    told = ((_dict(each).get("url"), _dict(each).get("code")) for each in _list(found))
    return {
        (url.rpartition("/c2pa/")[2].partition("/")[0], code)
        for url, code in told
        if isinstance(url, str) and isinstance(code, str)
    }


def _binding(good: tuple[str, ...], bad: tuple[str, ...]) -> Binding:
    if any(f"{each}.mismatch" in bad for each in _BOUND):
        return "mismatch"
    # A changed assertion may be the very one that holds the hash: then nothing is known of the file.
    sure = not any(code.startswith("assertion.") for code in bad)
    return "intact" if sure and any(f"{each}.match" in good for each in _BOUND) else "unknown"


def _signature(good: tuple[str, ...], bad: tuple[str, ...]) -> Signature:
    if "claimSignature.mismatch" in bad:
        return "mismatch"
    return "valid" if "claimSignature.validated" in good else "unknown"


def _validity(good: tuple[str, ...], bad: tuple[str, ...]) -> Validity:
    if any("revoked" in code for code in bad):
        return "revoked"
    if "signingCredential.invalid" in bad:
        return "invalid"
    if "signingCredential.expired" in bad or "claimSignature.outsideValidity" in bad:
        return "expired"
    return "valid" if "claimSignature.insideValidity" in good else "unknown"


def _trust(good: tuple[str, ...], signed: dict[str, Any], trust: Trust) -> Trusted:
    if _TRUSTED not in good:
        return "untrusted" if trust.anchors else "not-judged"
    return "own" if _is_own(signed, trust) else "trusted"


def _is_own(signed: dict[str, Any], trust: Trust) -> bool:
    """Whether a certificate, verified up to our own issuer, is ours: an issuer gives each number once."""
    if not trust.own:
        return False
    own = x509.load_pem_x509_certificates(trust.own.encode("ascii"))[0]
    return signed.get("cert_serial_number") == str(own.serial_number)


def _chain(manifests: dict[str, Any], active: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The active manifest and those of its ingredients, each once, with how far it is and its label."""
    waiting, seen = [(0, active)], {active}
    for at in range(MOST_MANIFESTS):
        if at >= len(waiting):
            return
        depth, label = waiting[at]
        manifest = _dict(manifests.get(label))
        yield depth, label, manifest
        for ingredient in _list(manifest.get("ingredients")):
            further = _dict(ingredient).get("active_manifest")
            if isinstance(further, str) and further in manifests and further not in seen:
                seen.add(further)
                waiting.append((depth + 1, further))


def _ingredients(chain: list[tuple[int, str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for _, _, manifest in chain:
        yield from map(_dict, _list(manifest.get("ingredients")))


def _ingredient_codes(results: dict[str, Any], chain: list[tuple[int, str, dict[str, Any]]]) -> Iterator[str]:
    """Failures that were noted when an ingredient was taken in, and those that are new since."""
    for each in _list(results.get("ingredientDeltas")):
        yield from _codes(_dict(_dict(each).get("validationDeltas")).get("failure"))
    for each in _ingredients(chain):
        yield from _codes(_dict(_dict(each.get("validation_results")).get("activeManifest")).get("failure"))
        yield from _codes(each.get("validation_status"))  # Before C2PA 2.


def _statements(depth: int, manifest: dict[str, Any]) -> Iterator[Statement]:
    for assertion in _list(manifest.get("assertions")):
        label, data = _dict(assertion).get("label"), _dict(_dict(assertion).get("data"))
        if not isinstance(label, str):
            continue
        if label.startswith("c2pa.actions"):
            agents = [_agent(each) for each in _list(data.get("softwareAgents"))]
            for action in _list(data.get("actions")):
                yield _action(depth, _dict(action), agents)
        elif _text(data.get("digitalSourceType")):  # stds.schema-org.CreativeWork, stds.iptc
            yield Statement(depth, label, _source_type(data), None, None)
    for ingredient in _list(manifest.get("ingredients")):
        if _text(_dict(ingredient).get("digitalSourceType")):
            yield Statement(depth, "ingredient", _source_type(_dict(ingredient)), None, None)


def _action(depth: int, action: dict[str, Any], agents: list[str | None]) -> Statement:
    index = action.get("softwareAgentIndex")
    listed = agents[index] if isinstance(index, int) and 0 <= index < len(agents) else None
    return Statement(
        depth,
        _text(action.get("action")) or "?",
        _source_type(action) or _source_type(_dict(action.get("parameters"))),
        _agent(action.get("softwareAgent")) or listed,
        _text(action.get("when")),
    )


def _source_type(holder: dict[str, Any]) -> str | None:
    told = _text(holder.get("digitalSourceType"))
    return code_of(told) if told else None


def _agent(value: object) -> str | None:
    if isinstance(value, dict):
        return _joined(value.get("name"), value.get("version"))
    return _text(value)


def _generator(manifest: dict[str, Any]) -> str | None:
    infos = _list(manifest.get("claim_generator_info"))
    return (_agent(infos[0]) if infos else None) or _text(manifest.get("claim_generator"))


def _aigc(manifest: dict[str, Any]) -> dict[str, str] | None:
    for assertion in _list(manifest.get("assertions")):
        if _dict(assertion).get("label") == AIGC:
            data = _dict(_dict(assertion).get("data"))
            # Whole: these are compared with what stands in the file, and the label caps their length.
            return {str(key): value for key, value in list(data.items())[:16] if isinstance(value, str)}
    return None


def _codes(found: object) -> tuple[str, ...]:
    told = (_text(_dict(each).get("code")) for each in _list(found))
    return tuple(dict.fromkeys(code for code in told if code))


def _joined(*parts: object) -> str | None:
    return " ".join(filter(None, map(_text, parts))) or None


def _text(value: object) -> str | None:
    return clean(value, MOST_TEXT) if isinstance(value, str) and value else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
