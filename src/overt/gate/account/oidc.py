"""Signs users in through an identity provider that speaks OpenID Connect, and keeps nothing of what it says of them.

OpenID Connect Core 1.0 with discovery; the code flow with PKCE (RFC 7636, S256), `state` and `nonce`; the `iss` of the
answer (RFC 9207). The id token's signature is verified with the provider's published keys, and its `iss`, `aud`, `azp`,
`exp`, `iat` and `nonce` are checked; "none" and algorithms with a shared secret are never taken.

```
 begin ──► url, and what the user's session remembers (Begun) ──► the provider ──► finish(begun, where it came back)
```

What comes out is issuer and subject: whoever keeps them keeps a keyed hash (`store.accounts.Accounts.signed_in`). What
a provider tells of a person beyond the subject comes out only where the client names the claims, as for its own staff.
Not here: sessions, log-out.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from overt.errors import OvertError, RefusedError, SetupError
from overt.language import Text

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS: Final = 60
_LONGEST_ANSWER: Final = 1 << 20
_TIMEOUT: Final = 10.0
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows of us. `secret` is empty for a public client, which PKCE alone protects."""

    issuer: str
    client_id: str
    redirect_uri: str
    secret: str = ""
    scopes: tuple[str, ...] = ("openid",)
    claims: tuple[str, ...] = ()
    """What else of the id token is wanted."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way. `url` is where the user goes; the rest stays in the user's session, on our side."""

    url: str
    state: str
    nonce: str
    verifier: str
    within: int | None = None
    """Seconds within which the user has to have shown the provider that it is them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who signed in: the provider, and what the provider calls the user. Never to be kept as it is."""

    issuer: str
    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict)


class SignIn:
    """Sign-ins at one provider. Its published document is read once; its keys again when it changed them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._document: Mapping[str, Any] | None = None
        self._keys: Any = None
        _must_be_safe(client.issuer)

    def begin(self, *, within: int | None = None) -> Begun:
        """A fresh sign-in. Raises `SetupError` where the provider cannot be reached or says odd things of itself.

        `within` asks the provider for a sign-in that is no older than so many seconds (`max_age`), and has it checked.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        more = {} if within is None else {"max_age": str(within)}
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier, **more
            )
        return Begun(url, state, nonce, verifier, within)

    def finish(self, begun: Begun, came_back: str) -> Subject:
        """Who signed in; `came_back` is the address at which the user came back.

        Raises `RefusedError` where the answer is not one to this sign-in, or its token does not hold.
        """
        said = {name: values[0] for name, values in parse_qs(urlsplit(came_back).query).items()}
        if not hmac.compare_digest(said.get("state", "").encode(), begun.state.encode()):
            raise _refused("the answer belongs to another sign-in", "返回的结果不属于本次登录")
        if "error" in said:
            raise _refused(f"the provider said {said['error'][:64]!r}", f"身份提供方返回 {said['error'][:64]!r}")
        document = self._known()
        if said.get("iss", document["issuer"]) != document["issuer"]:
            raise _refused("the answer names another provider", "返回的结果来自其他身份提供方")
        return self._verified(self._exchanged(begun, came_back), begun)

    def _exchanged(self, begun: Begun, came_back: str) -> str:
        """The id token for the code."""
        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    authorization_response=came_back,
                    code_verifier=begun.verifier,
                    state=begun.state,
                )
        except httpx.HTTPError as error:
            raise _unreachable(self._client.issuer, error) from error
        except OvertError:
            raise
        except Exception as error:  # Authlib's own errors, and whatever its JSON reader says
            raise _refused(
                f"the provider gave no token: {type(error).__name__}", f"身份提供方没有给出令牌：{type(error).__name__}"
            ) from error
        found = token.get("id_token")
        if not isinstance(found, str):
            raise _refused("the provider gave no id token", "身份提供方没有给出身份令牌")
        return found

    def _verified(self, token: str, begun: Begun) -> Subject:
        from joserfc import jwt  # noqa: PLC0415  # the extra `serve`
        from joserfc.errors import JoseError  # noqa: PLC0415

        claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._known()["issuer"]},
            aud={"essential": True, "value": self._client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": begun.nonce},
        )
        try:
            told = self._decoded(token)
            claims.validate(told.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(
                f"the id token does not hold: {type(error).__name__}", f"身份令牌无效：{type(error).__name__}"
            ) from error
        audience = told.claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and told.claims.get("azp") != self._client.client_id:
            raise _refused("the id token was made for somebody else", "身份令牌签发给了其他应用")
        subject = told.claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # Core 1.0, section 2
            raise _refused("the id token names nobody", "身份令牌没有指明主体")
        if begun.within is not None:
            shown = told.claims.get("auth_time")  # Required where `max_age` was asked for (Core 1.0, section 2).
            if not isinstance(shown, int) or time.time() - shown > begun.within + _LEEWAY_SECONDS:
                raise _refused("the provider's sign-in is too long ago", "身份提供方的登录时间过早")
        wanted = {name: told.claims[name] for name in self._client.claims if name in told.claims}
        return Subject(str(told.claims["iss"]), subject, wanted)

    def _decoded(self, token: str) -> Any:
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415

        try:
            return jwt.decode(token, self._published(), algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:  # The provider has new keys.
            self._keys = None
            return jwt.decode(token, self._published(), algorithms=list(ALGORITHMS))

    def _published(self) -> Any:
        from joserfc.jwk import KeySet  # noqa: PLC0415

        if self._keys is None:
            told = _fetched(self._endpoint("jwks_uri"))
            try:
                self._keys = KeySet.import_key_set(told)  # type: ignore[arg-type]
            except (ValueError, KeyError, TypeError) as error:
                raise _odd(self._client.issuer, "jwks_uri") from error
        return self._keys

    def _known(self) -> Mapping[str, Any]:
        if self._document is None:
            told = _fetched(self._client.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if told.get("issuer") != self._client.issuer:  # Discovery 1.0, section 4.3
                raise _odd(self._client.issuer, "issuer")
            self._document = told
        return self._document

    def _endpoint(self, name: str) -> str:
        address = self._known().get(name)
        if not isinstance(address, str):
            raise _odd(self._client.issuer, name)
        _must_be_safe(address)
        return address

    def _session(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415  # the extra `serve`

        return OAuth2Client(
            self._client.client_id,
            self._client.secret or None,
            scope=" ".join(self._client.scopes),
            redirect_uri=self._client.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client.secret else "none",
            timeout=_TIMEOUT,
        )


def _fetched(address: str) -> dict[str, Any]:
    """A document of the provider, of bounded size; no redirect is followed."""
    try:
        with httpx.stream("GET", address, timeout=_TIMEOUT) as answer:
            answer.raise_for_status()
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LONGEST_ANSWER:
                    raise _odd(address, "size")
        told = httpx.Response(200, content=body).json()
    except httpx.HTTPError as error:
        raise _unreachable(address, error) from error
    except ValueError as error:
        raise _odd(address, "JSON") from error
    if not isinstance(told, dict):
        raise _odd(address, "JSON")
    return told


def _must_be_safe(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SetupError(f"{address} is not https", f"{address} 不是 https", hint=_WAY_OUT)


def _unreachable(address: str, error: httpx.HTTPError) -> SetupError:
    return SetupError(
        f"{address} cannot be reached: {type(error).__name__}",
        f"无法访问 {address}：{type(error).__name__}",
        hint=_WAY_OUT,
    )


def _odd(address: str, what: str) -> SetupError:
    return SetupError(
        f"{address} says nothing usable of itself: {what}", f"{address} 的说明无法使用：{what}", hint=_WAY_OUT
    )


def _refused(en: str, zh: str) -> RefusedError:
    return RefusedError(en, zh, hint=_AGAIN)


_AGAIN = Text(
    zh="请重新登录；若再次发生，请联系运营者。", en="Sign in again; if it happens once more, tell the operator."
)
_WAY_OUT = Text(
    zh="检查身份提供方的地址（issuer）及其发现文档。",
    en="Check the provider's address (issuer) and its discovery document.",
)
