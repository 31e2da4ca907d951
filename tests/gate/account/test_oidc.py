"""Sign-in against a provider over real HTTP: the good way, and every way in which an answer must not be believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from identity_provider import CLIENT_ID, REDIRECT, SECRET, Provider, running
from overt.errors import RefusedError, SetupError
from overt.gate.account.oidc import Begun, Client, SignIn, Subject
from overt.store import vault
from overt.store.accounts import Accounts
from overt.store.records import Store


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(server: Provider) -> Provider:
    server.claims, server.sign, server.document = {}, "ES256", {}
    return server


def sign_in(provider: Provider, **more: Any) -> SignIn:
    return SignIn(
        Client(
            **{"issuer": provider.address, "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "secret": SECRET} | more
        )
    )


def agreed(begun: Begun) -> str:
    """Where the user comes back after having agreed."""
    return httpx.get(begun.url).headers["Location"]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_user_signs_in(provider: Provider, algorithm: str) -> None:
    provider.sign = algorithm
    at = sign_in(provider)
    begun = at.begin()
    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["scope"] == ["openid"]
    assert begun.verifier not in begun.url
    assert at.finish(begun, agreed(begun)) == Subject(provider.address, "subject-of-the-provider")


def test_the_same_user_gets_the_same_account(provider: Provider, tmp_path: Path) -> None:
    store = Store.open(tmp_path, vault=vault.make(tmp_path))
    at, kept, found = sign_in(provider), Accounts(store), set()
    for _ in range(2):
        begun = at.begin()
        who = at.finish(begun, agreed(begun))
        found.add(kept.signed_in(who.issuer, who.subject))
    assert len(found) == 1
    store.close()


HOUR = 3600
LIES: dict[str, dict[str, Any]] = {
    "wrong nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "wrong audience": {"aud": "somebody-else"},
    "several audiences and no azp": {"aud": [CLIENT_ID, "somebody-else"]},
    "several audiences and another azp": {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
    "expired": {"exp": int(time.time()) - HOUR},
    "no end": {"exp": None},
    "wrong issuer": {"iss": "https://id.example"},
    "made in the future": {"iat": int(time.time()) + HOUR},
    "not valid yet": {"nbf": int(time.time()) + HOUR},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject beyond all length": {"sub": "x" * 300},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_hold_is_refused(provider: Provider, lie: str) -> None:
    provider.claims = LIES[lie]
    at = sign_in(provider)
    begun = at.begin()
    with pytest.raises(RefusedError):
        at.finish(begun, agreed(begun))


@pytest.mark.parametrize("signed", ["none", "HS256", "stranger", ""])
def test_a_signature_that_is_not_the_providers_is_refused(provider: Provider, signed: str) -> None:
    provider.sign = signed
    at = sign_in(provider)
    begun = at.begin()
    with pytest.raises(RefusedError):
        at.finish(begun, agreed(begun))


def test_several_audiences_with_us_as_azp_hold(provider: Provider) -> None:
    provider.claims = {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}
    at = sign_in(provider)
    begun = at.begin()
    assert at.finish(begun, agreed(begun)).subject == "subject-of-the-provider"


def test_answers_to_other_sign_ins_are_refused(provider: Provider) -> None:
    at = sign_in(provider)
    first, second = at.begin(), at.begin()
    with pytest.raises(RefusedError, match="another sign-in"):
        at.finish(second, agreed(first))
    with pytest.raises(RefusedError, match="another provider"):
        at.finish(first, agreed(first).rpartition("&iss=")[0] + "&iss=https://id.example")
    with pytest.raises(RefusedError, match="access_denied"):
        at.finish(first, f"{REDIRECT}?state={first.state}&error=access_denied")
    with pytest.raises(RefusedError, match="no token"):
        at.finish(first, f"{REDIRECT}?state={first.state}&code=made-up")


def test_a_stolen_code_is_worth_nothing_without_the_verifier(provider: Provider) -> None:
    at = sign_in(provider)
    begun = at.begin()
    thief = Begun(begun.url, begun.state, begun.nonce, "x" * 43)
    with pytest.raises(RefusedError, match="no token"):
        at.finish(thief, agreed(begun))


def test_a_code_works_once(provider: Provider) -> None:
    at = sign_in(provider)
    begun = at.begin()
    back = agreed(begun)
    at.finish(begun, back)
    with pytest.raises(RefusedError):
        at.finish(begun, back)


def test_new_keys_of_the_provider_are_fetched_once(provider: Provider) -> None:
    at = sign_in(provider)
    begun = at.begin()
    at.finish(begun, agreed(begun))
    provider.new_keys()
    provider.asked.clear()
    begun = at.begin()
    at.finish(begun, agreed(begun))
    assert provider.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://id.example"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://id.example/authorize"},
    ],
)
def test_a_provider_that_says_odd_things_of_itself(provider: Provider, document: dict[str, Any]) -> None:
    provider.document = document
    with pytest.raises(SetupError):
        sign_in(provider).begin()


def test_nobody_signs_in_over_plain_http(provider: Provider) -> None:
    with pytest.raises(SetupError, match="https"):
        sign_in(provider, issuer="http://id.example")


def test_a_provider_that_is_not_there() -> None:
    with running() as gone:
        address = gone.address
    with pytest.raises(SetupError, match="reached"):
        sign_in(Provider(address=address)).begin()
