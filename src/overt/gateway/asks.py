"""From a request over HTTP to what the gate is asked.

Nothing of it has to be there: an application that only changed its `base_url` is asked for by its key.

| header | says |
|---|---|
| `Overt-Purpose` | the purpose (`education`); the key's, then the set-up's, where it is missing |
| `Overt-Technique` | techniques in place of the route's: `face_replacement, voice_conversion` |
| `Overt-Consent` | ids of consents that cover the likeness that the technique uses |
| `Overt-Depicted` | whose likeness is used: `face;consent=ID, voice;fictional, face;official;name=%E7%8E%8B` |
| `Overt-Channel` | where it shall go: `private`, `circle`, `public` |
| `Overt-Account` | for whom it is asked, where the key may say so: an opaque id, never a name |
| `Overt-Unlabelled-For` | the recipient of contents without explicit label (Labeling Measures, art. 9) |
| `Overt-Decision` | a decision that was held, and has been answered by a person since |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args
from urllib.parse import unquote

from overt.gate.model import Ask, Channel, Depicted, Likeness, Material
from overt.gateway.protocol import GatewayError
from overt.language import Text
from overt.store.gateway import GatewayKey

_ID: Final = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_VOICES: Final = frozenset({"text_to_speech", "voice_conversion", "voice_editing"})
_MOST_DEPICTED: Final = 32


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form."""

    data: bytes
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: its key, its headers (names in small letters), its body and what is in that.

    `document` is the decoded JSON, or a form's fields under their names, each a text, an `Upload`, or a list of these.
    """

    key: GatewayKey
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    document: Any
    base: str
    """The address at which the gateway was asked, for links."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one route wants from its generator."""

    function: str
    techniques: tuple[str, ...]
    outputs: int = 1
    model: str = ""


def ask_of(
    asked: Asked, wish: Wish, materials: Sequence[Material], *, purpose: str, known: Sequence[str]
) -> Ask:  # fmt: skip
    """What the gate is asked. `purpose` is the set-up's, `known` the rulebook's techniques. Raises `GatewayError`."""
    headers = asked.headers
    techniques = _techniques(headers.get("overt-technique", ""), known) or wish.techniques
    channel = headers.get("overt-channel", "public")
    if channel not in get_args(Channel):
        raise _wrong("Overt-Channel", f"{channel[:40]!r}: private, circle or public")
    recipient = unquote(headers.get("overt-unlabelled-for", "")).strip()
    return Ask(
        account=_account(asked),
        techniques=techniques,
        purpose=headers.get("overt-purpose", "").strip() or asked.key.purpose or purpose,
        function=wish.function,
        model=wish.model[:256],
        materials=tuple(materials),
        depicted=_depicted(headers, asked.key.consents, techniques),
        outputs=wish.outputs,
        unlabelled=bool(recipient),
        recipient=recipient[:256],
        channel=channel,  # type: ignore[arg-type]  # looked up above
    )


def _account(asked: Asked) -> str:
    named = asked.headers.get("overt-account", "").strip()
    if not named:
        return asked.key.account
    if not asked.key.names_accounts:
        raise GatewayError(
            403,
            "account_not_allowed",
            Text(zh="该密钥不得指定账户", en="this key may not say for whose account it asks"),
            hint=Text(
                zh="用 overt gateway key add NAME --names-accounts 创建可指定账户的密钥。",
                en="`overt gateway key add NAME --names-accounts` makes a key that may.",
            ),
            param="Overt-Account",
        )
    if not _ID.fullmatch(named):
        raise _wrong("Overt-Account", "an opaque id is needed")
    return named


def _techniques(text: str, known: Sequence[str]) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if unknown := [each for each in named if each not in known]:
        raise _wrong("Overt-Technique", f"{unknown[0][:40]!r} is unknown; there are: {', '.join(known)}")
    return named


def _depicted(headers: Mapping[str, str], consents: Sequence[str], techniques: Sequence[str]) -> tuple[Depicted, ...]:
    told = [_person(part) for part in headers.get("overt-depicted", "").split(",") if part.strip()]
    named = [part.strip() for part in headers.get("overt-consent", "").split(",") if part.strip()]
    if not told and not named:
        named = list(consents)
    likeness: Likeness = "voice" if _VOICES.intersection(techniques) else "face"
    told += [Depicted(likeness, _consent(each)) for each in named]
    if len(told) > _MOST_DEPICTED:
        raise _wrong("Overt-Depicted", f"at most {_MOST_DEPICTED} are taken")
    return tuple(told)


def _person(text: str) -> Depicted:
    """One of `face;consent=ID;name=Percent%20encoded;fictional;official`."""
    likeness, *parameters = (part.strip() for part in text.split(";"))
    if likeness not in get_args(Likeness):
        raise _wrong("Overt-Depicted", f"{likeness[:40]!r}: face, voice, body or name")
    told = dict(part.partition("=")[::2] for part in parameters)
    if unknown := told.keys() - {"consent", "name", "fictional", "official"}:
        raise _wrong("Overt-Depicted", f"{min(unknown)[:40]!r} is unknown")
    return Depicted(
        likeness,  # type: ignore[arg-type]  # looked up above
        _consent(told["consent"]) if told.get("consent") else None,
        unquote(told.get("name", ""))[:256],
        fictional="fictional" in told,
        official="official" in told,
    )


def _consent(text: str) -> str:
    if not _ID.fullmatch(text):
        raise _wrong("Overt-Consent", "the id of a consent is needed")
    return text


def _wrong(header: str, en: str) -> GatewayError:
    return GatewayError(
        400, "invalid_header", Text(zh=f"请求头 {header} 有误：{en}", en=f"{header}: {en}"), param=header
    )
