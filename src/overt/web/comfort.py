"""How one reviewer wants to see ugly things: how blurred, whether grey, how small, with which keys, and when to rest.

Kept in a cookie of that browser, since it is nobody else's affair. What is not understood counts as the mildest choice.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final, Literal
from urllib.parse import parse_qs, urlencode

Blur = Literal["strong", "light", "none"]
Size = Literal["small", "medium"]
COOKIE: Final = "overt-review"
WORKING: Final = "overt-review-since"
RESTS: Final = (0, 20, 30, 45, 60)
"""After how many minutes a rest is proposed; 0 never [ours]."""
PAUSE: Final = 10
"""Minutes without an item that count as a rest [ours]."""


@dataclass(frozen=True, slots=True)
class Comfort:
    """The choices."""

    blur: Blur = "strong"
    grey: bool = True
    size: Size = "small"
    keys: bool = True
    rest: int = 30

    @property
    def cookie(self) -> str:
        """As the cookie holds it."""
        return urlencode(
            {name: int(value) if isinstance(value, bool) else value for name, value in asdict(self).items()}
        )

    @property
    def classes(self) -> str:
        """As the page's style knows it."""
        return f"blur-{self.blur} size-{self.size}{' grey' if self.grey else ''}"


def chosen(cookie: str) -> Comfort:
    """The choices in a cookie, or the defaults."""
    told = {name: values[-1] for name, values in parse_qs(cookie).items()}
    rest = told.get("rest", "")
    return Comfort(
        blur=told["blur"] if told.get("blur") in ("strong", "light", "none") else "strong",  # type: ignore[arg-type]
        grey=told.get("grey") != "0",
        size="medium" if told.get("size") == "medium" else "small",
        keys=told.get("keys") != "0",
        rest=int(rest) if rest.isdecimal() and int(rest) in RESTS else 30,
    )


@dataclass(frozen=True, slots=True)
class Stint:
    """How long somebody has been reviewing without a pause: minutes since the epoch of its begin and its last item."""

    begun: int
    seen: int

    @property
    def minutes(self) -> int:
        """Its length."""
        return self.seen - self.begun

    @property
    def cookie(self) -> str:
        """As the cookie holds it."""
        return f"{self.begun}.{self.seen}"


def stint(cookie: str, now: float) -> Stint:
    """The stint that a cookie tells of, continued at this time (in seconds); a new one after a pause."""
    minute = int(now // 60)
    begun, _, seen = cookie.partition(".")
    if begun.isdecimal() and seen.isdecimal() and int(begun) <= int(seen) <= minute <= int(seen) + PAUSE:
        return Stint(int(begun), minute)
    return Stint(minute, minute)
