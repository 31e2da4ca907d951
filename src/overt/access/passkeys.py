"""Passkeys: discoverable credentials with which somebody shows that it is them (W3C WebAuthn Level 3).

```
registering(site, …) ──► options for the browser, and a challenge that we keep ──► registered(site, challenge, answer)
asking(site)         ──► options for the browser, and a challenge that we keep ──► asserted(site, challenge, answer, …)
```

The authenticator verifies its user (a PIN, a finger, a face), so that a passkey counts for two factors. Its make is not
asked for (attestation `none`). A challenge is used once: whoever keeps it takes it away when it is answered.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from overt.errors import RefusedError
from overt.language import Text

_MOST_ID: Final = 1023  # Bytes of a credential id (WebAuthn, 4).
_AGAIN: Final = Text(zh="请再试一次，或用其他方式登录。", en="Try once more, or sign in in another way.")


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are: a domain (`id`), the origin of its pages, and the name that authenticators show."""

    id: str
    origin: str
    name: str

    @classmethod
    def at(cls, address: str, name: str) -> Site:
        """The site whose pages are at this address."""
        parts = urlsplit(address)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name)


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of a passkey. `count` is its counter of signatures; 0 where it has none."""

    id: bytes
    key: bytes
    count: int = 0

    @property
    def known_as(self) -> str:
        """The name under which it is looked up: the hash of its id, which may be long."""
        return sha256(self.id).hexdigest()


def registering(
    site: Site, user: bytes, login: str, name: str, known: Iterable[bytes] = ()
) -> tuple[dict[str, Any], bytes]:
    """What the browser needs to make a passkey, and the challenge. `known` are the passkeys that are there already."""
    import webauthn  # noqa: PLC0415  # the extra `serve`
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=user,
        user_name=login,
        user_display_name=name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def registered(site: Site, challenge: bytes, answer: dict[str, Any]) -> Passkey:
    """The passkey that was made. Raises `RefusedError`."""
    import webauthn  # noqa: PLC0415  # the extra `serve`
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise _refused(error) from error
    if len(made.credential_id) > _MOST_ID:
        raise _refused(ValueError("a long id"))
    return Passkey(made.credential_id, made.credential_public_key, made.sign_count)


def asking(site: Site) -> tuple[dict[str, Any], bytes]:
    """What the browser needs to ask for any passkey of this site, and the challenge."""
    import webauthn  # noqa: PLC0415  # the extra `serve`
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=site.id, user_verification=UserVerificationRequirement.REQUIRED
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def named(answer: dict[str, Any]) -> str:
    """The passkey that an answer names, as `known_as`; nothing is verified yet. Raises `RefusedError`."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415  # the extra `serve`

    try:
        return Passkey(base64url_to_bytes(str(answer["rawId"])), b"").known_as
    except (ValueError, TypeError, KeyError) as error:
        raise _refused(error) from error


def asserted(site: Site, challenge: bytes, answer: dict[str, Any], passkey: Passkey, user: bytes) -> int:
    """The counter after a sign-in with this passkey of this user.

    Raises `RefusedError`, also for a counter that stood still: then there are two of it.
    """
    import webauthn  # noqa: PLC0415  # the extra `serve`
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        handle = base64url_to_bytes(str(answer["response"]["userHandle"]))
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=passkey.key,
            credential_current_sign_count=passkey.count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise _refused(error) from error
    if not hmac.compare_digest(handle, user):
        raise _refused(ValueError("another user"))
    return shown.new_sign_count


def _refused(error: Exception) -> RefusedError:
    return RefusedError(f"this passkey was not accepted ({type(error).__name__})", "该通行密钥未被接受", hint=_AGAIN)
