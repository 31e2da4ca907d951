"""What happened to people of staff and to programs: added, changed, left; keys made and withdrawn.

A person of staff is a person: the id stands in no `about`, and the openings are sealed under its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class _OfStaff(Event):
    """An event of one person of staff."""

    keeping: ClassVar[str] = "identity"

    staff: str

    @property
    def person(self) -> str | None:
        """The person of staff."""
        return self.staff


@dataclass(frozen=True, slots=True)
class StaffAdded(_OfStaff):
    """Somebody may sign in from now on, with these roles. `by` is the principal who let them."""

    tag: ClassVar[str] = "staff:person:add"

    roles: tuple[str, ...]
    until: str
    warrant: str
    by: str


@dataclass(frozen=True, slots=True)
class StaffSignedIn(_OfStaff):
    """Somebody signed in, and how."""

    tag: ClassVar[str] = "staff:session:begin"

    method: str


@dataclass(frozen=True, slots=True)
class StaffRolesChanged(_OfStaff):
    """Somebody has these roles from now on, and no others; their sessions ended."""

    tag: ClassVar[str] = "staff:person:grant"

    roles: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class StaffLeft(_OfStaff):
    """Somebody may sign in no more."""

    tag: ClassVar[str] = "staff:person:leave"

    by: str


@dataclass(frozen=True, slots=True)
class StaffWayAdded(_OfStaff):
    """Somebody can sign in in this way, too: a passkey, a password with one-time codes, the company's sign-in."""

    tag: ClassVar[str] = "staff:credential:add"

    way: str
    by: str


@dataclass(frozen=True, slots=True)
class StaffWayRemoved(_OfStaff):
    """Somebody can sign in in this way no more."""

    tag: ClassVar[str] = "staff:credential:remove"

    way: str
    by: str


@dataclass(frozen=True, slots=True)
class StaffLinkMade(_OfStaff):
    """A link was made that works once: `first` for an administrator who is not there yet, `invitation`, `reset`."""

    tag: ClassVar[str] = "staff:link:make"

    kind: str
    ends: str
    by: str

    @property
    def person(self) -> str | None:
        """The person of staff, unless the link makes them."""
        return self.staff or None


@dataclass(frozen=True, slots=True)
class StaffSessionsEnded(_OfStaff):
    """Somebody's sessions were ended before their time."""

    tag: ClassVar[str] = "staff:session:end"

    count: int
    by: str


@dataclass(frozen=True, slots=True)
class ApiKeyMade(Event):
    """A program got a key, with what it may do. The key is not said."""

    tag: ClassVar[str] = "staff:key:make"

    key: str
    name: str
    scopes: tuple[str, ...]
    ends: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The key's id."""
        return (self.key,)


@dataclass(frozen=True, slots=True)
class ApiKeyWithdrawn(Event):
    """A program's key works no more."""

    tag: ClassVar[str] = "staff:key:withdraw"

    key: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The key's id."""
        return (self.key,)
