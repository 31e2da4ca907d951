"""The receipt of a consent: what the person takes away, as JSON that other programs understand, signed.

Source: ISO/IEC TS 27560:2023, "Consent record information structure": the sections header, processing, party
identification and event [memory: the standard's text was not at hand; field names follow its published summaries
and the W3C Data Privacy Vocabulary's guide to it]. Purposes and techniques keep the names of this house.

The signature is Ed25519 over the canonical JSON (RFC 8785) of everything under `receipt`. Whoever has the
set-up's public key can check it without us; it is named by `signer`, the SHA-256 of the raw key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from overt.canonical import canonical
from overt.gate.consent.model import Consent, Scope

SCHEMA: Final = "ISO/IEC TS 27560:2023"
_SENSITIVE: Final = {"face": "biometric", "voice": "biometric", "body": "biometric", "name": "identity"}


class Signs(Protocol):
    """What signs in the set-up's name."""

    id: str

    def sign(self, data: bytes) -> bytes:
        """The signature over these bytes."""


def receipt(consent: Consent, scope: Scope, events: Mapping[str, str], *, reach: str, signer: Signs) -> dict[str, Any]:
    """The signed receipt. `events` are times by state ("asked", "given" …), `reach` how to get in touch."""
    told = {
        "header": {
            "schema_version": SCHEMA,
            "record_id": consent.id,
            "pii_principal_id": consent.person,
            "language": consent.language,
        },
        "pii_processing": {
            "privacy_notice": {"sha256": consent.notice, "shown": consent.shown, "language": consent.language},
            "purposes": [
                {
                    "purpose": purpose,
                    "lawful_basis": "separate consent (PIPL art. 13(1)(1), 29; Deep Synthesis Provisions art. 14(2))",
                    "consented": purpose in consent.purposes,
                    "withdrawal_method": "one tap on the page behind the link that the person received",
                }
                for purpose in scope.purposes
            ],
            "processing": [
                {"operation": technique, "consented": technique in consent.techniques} for technique in scope.techniques
            ],
            "pii_information": [
                {"pii_type": each, "category": _SENSITIVE[each], "sensitive": _SENSITIVE[each] == "biometric"}
                for each in consent.likeness
            ],
            "storage_conditions": "sealed under a key of the person's own; destroyed with it",
            "retention_until": consent.expires,
            "number_of_uses": consent.uses,
        },
        "party_identification": [
            {"party_role": "PII controller", "party_name": consent.controller, "party_contact": reach},
            {"party_role": "PII principal", "party_id": consent.person},
            *([{"party_role": "guardian", "relation": consent.guardian.relation}] if consent.guardian else []),
        ],
        "events": [
            {"event_type": state, "event_time": time, "entity_id": consent.person}
            for state, time in sorted(events.items(), key=lambda each: each[1])
        ],
        "consent": {"signed": json.loads(consent.signed_bytes()), "signature": consent.signature},
    }
    return {"receipt": told, "signer": signer.id, "signature": signer.sign(canonical(told)).hex()}
