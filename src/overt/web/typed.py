"""What somebody typed into a form whose act asks for a sign-in of the last minutes: kept until they are back.

```
POST of the form ──► sign in once more ──► GET /account/typed/{id} ──► the same POST, by one press
```

It waits in memory for minutes, for the person who typed it alone, one form for each person. Files, passwords and
one-time codes are not kept: whoever sent those comes back to the page they pressed on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from overt.web.entrance import entrance_of

if TYPE_CHECKING:
    from fastapi import Request

    from overt.web.errors import AgainError

AT: Final = "/account/typed"
_PURPOSE: Final = "typed"
_MOST_BYTES: Final = 64 * 1024
_SECRET: Final = frozenset({"password", "repeat", "code"})
_PLAIN: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: where to, its fields, and the page on which it stands."""

    id: str
    action: str
    fields: tuple[tuple[str, str], ...]
    back: str


async def keep(request: Request, again: AgainError) -> None:
    """Keeps the form of a request that asks for another sign-in, and has the sign-in lead to it."""
    sized = request.headers.get("content-length", "")
    small = sized.isdecimal() and int(sized) <= _MOST_BYTES
    if request.method != "POST" or not small or not request.headers.get("content-type", "").startswith(_PLAIN):
        return
    fields = tuple((name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str))
    if not _SECRET.isdisjoint(name for name, _ in fields):
        return
    action = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    form = Typed(secrets.token_urlsafe(16), action, fields, again.back)
    entrance_of(request).pending.keep(_PURPOSE, request.state.principal.id, form)
    again.back = f"{AT}/{form.id}"


def look(request: Request, number: str) -> Typed | None:
    """The form of this number, for whoever typed it; None when it is gone."""
    form = entrance_of(request).pending.look(_PURPOSE, request.state.principal.id)
    return form if isinstance(form, Typed) and secrets.compare_digest(form.id.encode(), number.encode()) else None
