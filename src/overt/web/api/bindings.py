"""From a soft binding or a copy to the manifests of our releases: what the C2PA resolution API asks for.

Source: C2PA 2.4, "Soft Binding Resolution API" 1.1, and 8.2 (identifiers of manifests).

| algorithm | value | what is looked up |
|---|---|---|
| `dev.overt.watermark.1` | a watermark's id: 8 or 5 bytes, or the hexadecimal digits of these | the register of ids |
| `dev.overt.fingerprint.pdq.1` | 32 bytes, a PDQ hash | the index of fingerprints |

A binding says no more than that a manifest has it: whoever asks by binding looks at the content himself. A query by
content is stricter (`overt.tracing`): what is written beside the content leads nowhere, and nothing is named where the
watermark's id and what the content shows contradict each other. Where the two could not be compared, the manifest that
the id leads to is named with half the score, and the outcome is "could-not-tell".
Nothing but the manifests of released contents is given out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from overt.errors import UsageError
from overt.fingerprints.model import VECTOR_BYTES, Fingerprint
from overt.fingerprints.pdq import compare
from overt.language import Text
from overt.marks.credential import active as active_manifest
from overt.marks.kept import Print
from overt.marks.watermark.reading import ALGORITHM as WATERMARK
from overt.tracing.match import match
from overt.tracing.model import Outcome

if TYPE_CHECKING:
    from overt.store.records import Store
    from overt.tracing.catalogue import Catalogue
    from overt.tracing.model import Candidate, Trace

FINGERPRINT: Final = "dev.overt.fingerprint.pdq.1"
_HEX = re.compile(r"[0-9a-f]{16}|[0-9a-f]{10}")
_MANIFEST = re.compile(r"urn:c2pa:([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?::[!-~]{0,80})?", re.IGNORECASE)
UNCOMPARED: Final = 50
"""The score of an id whose content could not be compared with what is kept."""
LONGEST_VALUE: Final = 4096
"""Characters of a binding's value: the longest that is known here has 44."""


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest that was found, and how strongly: 0 to 100."""

    content_id: str
    score: int

    @property
    def manifest_id(self) -> str:
        """The identifier of its active manifest."""
        return f"urn:c2pa:{self.content_id}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a copy led to. `outcome` is that of the trace: "could not tell" is never "nothing found"."""

    found: tuple[Found, ...]
    outcome: Outcome


def by_binding(store: Store, catalogue: Catalogue, algorithm: str, value: str) -> Iterator[Found]:
    """The manifests with this soft binding. Raises `UsageError` for what is none."""
    if algorithm == WATERMARK:
        content_id = store.kept.by_watermark(_watermark_id(value))
        if content_id and _has_manifest(store, content_id):
            yield Found(content_id, 100)
    elif algorithm == FINGERPRINT:
        yield from _by_hash(store, catalogue, _decoded(value, VECTOR_BYTES))
    else:
        raise _no_algorithm(algorithm)


def by_content(store: Store, trace: Trace, algorithm: str | None) -> Answer:
    """The manifests that a copy itself leads to, by one algorithm or by all."""
    if algorithm not in (None, WATERMARK, FINGERPRINT):
        raise _no_algorithm(algorithm)
    found = []
    for candidate in trace.candidates:
        score = _score(candidate, algorithm)
        if candidate.release and score and _has_manifest(store, candidate.content_id):
            found.append(Found(candidate.content_id, score))
    if any(each.score > UNCOMPARED for each in found):
        outcome: Outcome = "found"
    else:
        outcome = "could-not-tell" if found or trace.outcome == "could-not-tell" else "not-found"
    return Answer(tuple(sorted(found, key=lambda each: -each.score)), outcome)


def manifest(store: Store, manifest_id: str, *, active: bool) -> bytes | None:
    """A manifest store by the identifier of its active manifest, or that manifest alone. Raises `UsageError`."""
    named = _MANIFEST.fullmatch(manifest_id)
    if named is None:
        raise UsageError("this is no identifier of a C2PA manifest", "不是有效的 C2PA 清单编号")
    content_id = str(UUID(named[1]))
    kept = store.kept.manifest(content_id) if store.by_content_id(content_id) else None
    return active_manifest.alone(kept) if kept and active else kept


def strength(rate: float) -> int:
    """A score of 0 to 99 out of an error rate: ten for each decimal place that it lies under 1."""
    return max(0, min(99, round(-10 * log10(max(rate, 1e-10)))))


def _score(candidate: Candidate, algorithm: str | None) -> int:
    """How strongly the content itself leads to a candidate; 0 where it does not."""
    if any(mark.agreement == "differs" for mark in candidate.marks):
        return 0
    scores = [0]
    if algorithm in (None, WATERMARK) and candidate.marks:
        scores.append(100 if any(mark.agreement == "agrees" for mark in candidate.marks) else UNCOMPARED)
    if algorithm is None and "bytes" in candidate.led_by:
        scores.append(100)
    if algorithm != WATERMARK:
        scores += [strength(each.error_rate) for each in candidate.matches if algorithm is None or each.kind == "pdq"]
    return max(scores)


def _by_hash(store: Store, catalogue: Catalogue, raw: bytes) -> Iterator[Found]:
    values = np.frombuffer(raw, np.uint8).reshape(1, VECTOR_BYTES)
    query = Fingerprint("pdq", values, np.zeros(1, np.int64), np.full(1, 100, np.uint8))
    tries = len(catalogue.index("pdq"))
    best: dict[str, int] = {}
    for row in catalogue.candidates("pdq", [query]):
        if not isinstance(row.taken, Print) or row.origin != "released":
            continue
        found = match(compare(query, row.taken.opened()), tries)
        if found and _has_manifest(store, row.content_id):
            best[row.content_id] = max(best.get(row.content_id, 0), strength(found.error_rate))
    yield from (Found(*each) for each in sorted(best.items(), key=lambda each: -each[1]))


def _has_manifest(store: Store, content_id: str) -> bool:
    return store.by_content_id(content_id) is not None and store.kept.manifest(content_id) is not None


def _watermark_id(value: str) -> str:
    """The hexadecimal digits, given as they are, in Base64, or as the bytes that they spell in Base64."""
    if _HEX.fullmatch(value.lower()):
        return value.lower()
    raw = _decoded(value, 5, 8, 10, 16)
    if len(raw) in (5, 8):
        return raw.hex()
    spelled = raw.decode("ascii", "replace").lower()
    if not _HEX.fullmatch(spelled):
        raise _no_value()
    return spelled


def _decoded(value: str, *sizes: int) -> bytes:
    """Base64 of one of these sizes, with or without padding, in either alphabet."""
    if len(value) > LONGEST_VALUE:
        raise _no_value()
    plain = value.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_value() from error
    if len(raw) not in sizes:
        raise _no_value()
    return raw


def _no_algorithm(name: str) -> UsageError:
    return UsageError(
        f"the algorithm {name[:100]!r} is not known here",
        f"不支持软绑定算法 {name[:100]!r}",
        hint=Text(
            zh="支持的算法见 /services/supportedAlgorithms。", en="Those that are: /services/supportedAlgorithms."
        ),
    )


def _no_value() -> UsageError:
    return UsageError("the value is none of this algorithm", "该值不符合此算法的格式")
