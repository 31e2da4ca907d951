"""Personal data on pages: covered until somebody who may gives a reason; then seen for 15 minutes in that session.

```python
@router.get("/{account}", dependencies=[needs("accounts:read")])
def one(request: Request, house: House, account: str, cover: Cover) -> Response:
    name = cover.show(person, "name", plain)            # person: the id under whose key it is sealed
    return show(request, "accounts/one", name=name)     # template: {{ ui.personal(words, name) }}
```

`cover.may_see(person)` says the same before anything is unsealed: prefer it, so that covered data are never opened.
The API answers `null` for what is covered; `POST /v1/uncoverings` uncovers. A page where the post cannot do its work
without the data (checking a recording, answering a report) passes `needed=who.may("consents:check")`: that counts for
staff and programs, never for inspectors. Every uncovering is in the ledger, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Request

from overt.access.model import Principal
from overt.language import Text
from overt.store.sessions import Session
from overt.store.uncovering import uncovered
from overt.web.access import Who
from overt.web.house import House

WHAT: Final[dict[str, Text]] = {
    "name": Text(zh="姓名或称呼", en="Name"),
    "contact": Text(zh="联系方式", en="Contact"),
    "identity": Text(zh="身份信息", en="Identity"),
    "prompt": Text(zh="提示词与输入", en="Prompt and inputs"),
    "likeness": Text(zh="人脸、人声等肖像声音", en="Face, voice, likeness"),
    "statement": Text(zh="本人陈述", en="What the person wrote"),
    "recipient": Text(zh="接收对象", en="Recipient"),
    "all": Text(zh="本页的个人信息", en="The personal data of this page"),
}
"""The kinds of personal data that can be uncovered."""


@dataclass(frozen=True, slots=True)
class Personal:
    """One piece of personal data for a page. Covered, it has no text; `at` is where to uncover it, if they may."""

    text: str
    covered: bool
    at: str = ""


class Covering:
    """What one request may see of persons."""

    def __init__(self, who: Principal, session: str, seen: frozenset[str], here: str) -> None:
        self.who = who
        self.session = session
        self._seen = seen
        self._here = here

    def may_see(self, person: str, *, needed: bool = False) -> bool:
        """Whether this person's data may be opened for this request."""
        return person in self._seen or (needed and self.who.kind != "inspector")

    def show(self, person: str, what: str, plain: str, *, needed: bool = False) -> Personal:
        """A piece of somebody's data, covered where it has to be."""
        WHAT[what]
        if self.may_see(person, needed=needed):
            return Personal(plain, covered=False)
        return Personal("", covered=True, at=self.at(person, what))

    def at(self, person: str, what: str) -> str:
        """Where these data are uncovered; empty for whom it is never."""
        if not person or not self.who.may("persons:uncover"):
            return ""
        return "/console/uncover?" + urlencode({"person": person, "what": what, "back": self._here})


def covering(request: Request, house: House, who: Who) -> Covering:
    """What this request may see of persons."""
    session = session_of(request, who)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Covering(who, session, uncovered(house.store, session), here)


Cover = Annotated[Covering, Depends(covering)]


def session_of(request: Request, who: Who) -> str:
    """The session in which something is uncovered; a program's key is its session."""
    session: Session | None = request.state.session
    return session.id if session else who.post


SessionOf = Annotated[str, Depends(session_of)]
