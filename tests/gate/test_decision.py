from __future__ import annotations

import json
from dataclasses import replace

import pytest
import rfc8785

from gating import SIGNER
from overt.errors import FormatError
from overt.gate import decision as decisions
from overt.gate.model import Decision, Reason, Reviewed
from overt.language import Text
from overt.ledger.signing import verified

DRAFT = Decision(
    id="7c77465e-05b3-45f4-99ad-8a8d972db96e",
    outcome="allow",
    account="a" * 32,
    identity="id",
    purpose="satire",
    function="images.generate",
    model="painter 2",
    techniques=("image_generation",),
    consents=("c",),
    reviewed=(Reviewed("prompt", "ab" * 32, "allow", ("words 1",)),),
    reasons=(Reason("rule:satire", Text(zh="讽刺", en="satire"), ("DS-06",)),),
    content_ids=("one", "two"),
    label="required",
    label_style="closing",
    rulebook="cn",
    rulebook_digest="00" * 32,
    policy="11" * 32,
    decided="2026-11-23T10:00:00.000Z",
    expires="2026-11-24T10:00:00.000Z",
)


def test_every_field_is_signed() -> None:
    signed = decisions.signed(DRAFT, SIGNER)
    assert decisions.verified(signed, SIGNER.public, verified)
    for name in Decision.__dataclass_fields__:
        value = getattr(signed, name)
        other = (*value, "more") if isinstance(value, tuple) else value + "0"
        if name in ("reviewed", "reasons"):
            other = ()
        assert not decisions.verified(replace(signed, **{name: other}), SIGNER.public, verified), name


def test_what_is_signed_is_canonical_json() -> None:
    body = decisions.body(decisions.signed(DRAFT, SIGNER))
    assert body == rfc8785.dumps(json.loads(body))


def test_a_file_comes_back_as_it_was() -> None:
    signed = decisions.signed(DRAFT, SIGNER)
    assert decisions.decode(json.dumps(decisions.decision_json(signed)).encode()) == signed


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"outcome": "perhaps"},
        {"label": "gone"},
        {"identity": "king"},
        {"expires": "tomorrow"},
        {"expires": "2026-11-24T10:00:00"},
        {"techniques": "all"[0:0] or 3},
        {"reasons": [{"code": "x"}]},
        {"reviewed": [{"role": "dream", "sha256": "", "outcome": "allow", "engines": []}]},
        {"extra": 1},
        {"id": None},
    ],
)
def test_what_is_no_decision_is_told(change: dict[str, object]) -> None:
    told = decisions.decision_json(decisions.signed(DRAFT, SIGNER)) | change
    with pytest.raises(FormatError):
        decisions.decode(json.dumps(told).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_other_files_are_told(data: bytes) -> None:
    with pytest.raises(FormatError):
        decisions.decode(data)
