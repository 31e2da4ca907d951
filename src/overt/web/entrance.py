"""What sign-ins remember while they are under way: challenges, secrets that nobody confirmed yet, guesses.

All of it is kept in memory, bounded and for minutes: a restart ends the sign-ins that are under way, and nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from overt.errors import SetupError
from overt.gate.account.oidc import Client, SignIn
from overt.web.limits import Waits

if TYPE_CHECKING:
    from fastapi import Request

    from overt.settings import Setup

LIVES: Final = 15 * 60.0
"""Seconds for which something under way is remembered."""
MOST: Final = 10_000
"""Things that are remembered; the oldest is forgotten first."""
BACK: Final = "/sign-in/back"
"""Where the company's sign-in leads back to."""
_FREE_OF_ACCOUNT: Final = 5
_FREE_OF_ADDRESS: Final = 30


class Pending:
    """Values that are remembered for a while, under a purpose and a key that nobody guesses. For several threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[tuple[str, str], tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, purpose: str, key: str, value: Any) -> None:
        """Remembers a value, in place of the one before."""
        with self._lock:
            self._held.pop((purpose, key), None)
            self._held[purpose, key] = (self._clock(), value)
            if len(self._held) > MOST:
                self._held.popitem(last=False)

    def look(self, purpose: str, key: str) -> Any:
        """The value; None where there is none any more."""
        with self._lock:
            since, value = self._held.get((purpose, key), (0.0, None))
        return value if value is not None and self._clock() - since < LIVES else None

    def take(self, purpose: str, key: str) -> Any:
        """The value, this once."""
        value = self.look(purpose, key)
        with self._lock:
            return value if self._held.pop((purpose, key), None) else None


class Entrance:
    """The memory of one application's sign-ins."""

    def __init__(self, setup: Setup) -> None:
        self.pending = Pending()
        self.accounts = Waits(_FREE_OF_ACCOUNT)
        self.addresses = Waits(_FREE_OF_ADDRESS)
        self._setup = setup
        self._company: SignIn | None = None

    @property
    def company_name(self) -> str:
        """How staff know their company's sign-in; empty where there is none."""
        oidc = self._setup.settings.web.oidc
        return oidc.name or oidc.issuer.partition("://")[2]

    def company(self, address: str) -> SignIn:
        """The company's sign-in. Raises `SetupError` where it is not set up, or not to be reached."""
        oidc = self._setup.settings.web.oidc
        if not oidc.issuer:
            raise SetupError("there is no [web.oidc]", "没有配置 [web.oidc]")
        if self._company is None:
            try:
                secret = (self._setup.home / oidc.secret).read_text("utf-8").strip() if oidc.secret else ""
            except (OSError, ValueError) as error:
                raise SetupError(f"{oidc.secret} cannot be read", f"无法读取 {oidc.secret}") from error
            client = Client(
                oidc.issuer,
                oidc.client_id,
                address + BACK,
                secret,
                ("openid", "email"),
                claims=("email", "email_verified", "auth_time"),
            )
            self._company = SignIn(client)
        return self._company


def entrance_of(request: Request) -> Entrance:
    """The entrance of this application."""
    found: Any = request.app.state.entrance
    assert isinstance(found, Entrance)  # noqa: S101  (set when the application starts)
    return found
