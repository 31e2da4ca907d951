"""What an inspector asks to see: whether it lies within the warrant, and its entry in the ledger before any answer.

`needs` (`overt.web.access`) comes here for everybody with a warrant, so that no route can forget it. What cannot be
recorded is not shown: the entry is made first, and its failure is the answer. A refusal is recorded, too.

A warrant may be limited to a time, to contents, techniques or instruments. A route whose address names one record is
then checked here. A route that lists records, or takes their ids elsewhere, says that it cuts them down by asking for
the scope; one that does not is closed to limited warrants:

```python
@router.get("", dependencies=[needs("contents:read")])
def every(house: House, within: Within) -> …:
    found = house.store.some(…, contents_within(within))        # conditions, of `overt.store.within`
```

`within` is `EVERYTHING`, which adds no condition, for staff and programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from overt.access.model import PERMISSIONS, Principal
from overt.access.warrant import EVERYTHING, STANDINGS, SUBJECTS, Scope, Subject, subject_of
from overt.language import Text
from overt.store.warrants import Warrant, Warrants, event_of
from overt.store.within import lies_within
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.web.house import Site

MOST_IDS: Final = 8
HOME: Final = "/console"
_ASK: Final = Text(
    zh="如需查看，请与发出检查授权的机关或本单位合规人员联系；也可在“我的检查”中提出调取。",
    en="Ask the authority that gave the warrant, or the compliance staff here; you may also request it as material on "
    "your desk.",
)


class ElsewhereError(StatusError):
    """Leads an inspector who has just signed in from the staff's first page to their own."""

    at = "/console/desk"

    def __init__(self) -> None:
        super().__init__(403, "this page is for staff", "此页面供工作人员使用", hint=_ASK)


def scope_of(request: Request) -> Scope:
    """What the records shown by this request have to lie within."""
    found: Scope = getattr(request.state, "scope", EVERYTHING)
    return found


Within = Annotated[Scope, Depends(scope_of)]


def admit(request: Request, house: Site, who: Principal, permissions: Sequence[str]) -> None:
    """Lets an inspector's request go on, or refuses it; either is in the ledger when this returns. For others nothing.

    Raises `StatusError` (403) for what lies out of the warrant, and whatever keeps the entry from being made.
    """
    if who.kind != "inspector":
        return
    if request.url.path == HOME:
        raise ElsewhereError
    warrant = Warrants(house.store).find(who.warrant)
    if warrant is None:
        raise StatusError(403, "this account has no warrant", "该账号没有检查授权", hint=_ASK)
    if refusal := _refusal(request, house, warrant, who, permissions):
        refuse(request, house, who, permissions, refusal)
    _record(request, house, who, permissions, granted=True)
    request.state.scope = warrant.scope


def refuse(request: Request, house: Site, who: Principal, permissions: Sequence[str], why: Text) -> NoReturn:
    """Refuses an inspector what a route found to lie out of the warrant, and records that."""
    _record(request, house, who, permissions, granted=False)
    raise StatusError(403, why.en, why.zh, hint=_ASK)


def _record(request: Request, house: Site, who: Principal, permissions: Sequence[str], *, granted: bool) -> None:
    path = getattr(request.scope.get("route"), "path", "")
    ids = tuple(str(each)[:128] for each in request.path_params.values())[:MOST_IDS]
    asked = tuple(sorted(set(request.query_params) - {"lang"}))[:MOST_IDS]
    look = event_of(_told_as(permissions))(who.warrant, who.id, f"{request.method} {path}", ids, asked, granted)
    Warrants(house.store).looked(look)


def _refusal(
    request: Request, house: Site, warrant: Warrant, who: Principal, permissions: Sequence[str]
) -> Text | None:
    standing = warrant.standing(datetime.now(UTC))
    if standing != "in_force":
        told = STANDINGS[standing]
        return Text(zh=f"检查授权{told.zh}", en=f"the warrant stands so: {told.en}")
    missing = [each for each in permissions if not who.may(each)]
    if missing:
        zh = "、".join(PERMISSIONS[each].zh for each in missing)
        en = ", ".join(PERMISSIONS[each].en for each in missing)
        return Text(zh=f"不在检查授权范围内：{zh}", en=f"this lies out of the warrant: {en}")
    for each in permissions:
        if each != "contents:inspect" and not _lies_within(request, house, warrant.scope, each):
            return Text(
                zh="该记录，或未按范围筛选的列表，不在检查授权范围内",
                en="this record, or a list that cannot be cut down to the warrant, lies out of it",
            )
    return None


def _lies_within(request: Request, house: Site, scope: Scope, permission: str) -> bool:
    subject = subject_of(permission)
    if not _limited(scope, subject, permission):
        return True
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and _asks_for_scope(route.dependant):
        return True
    named = [str(each) for each in request.path_params.values()]
    if not named or subject is None:
        return False
    if subject == "duties":
        return house.rulebook.duty(named[0]).instrument in scope.instruments
    with house.store.reading() as connection:
        return lies_within(connection, scope, subject, named[0])


def _limited(scope: Scope, subject: Subject | None, permission: str) -> bool:
    if subject == "duties":
        return bool(scope.instruments)
    if subject is None:
        return permission == "evidence:export" and scope.limited
    return subject in ("contents", "decisions", "consents", "reports", "ledger") and scope.limited


def _asks_for_scope(dependant: Dependant) -> bool:
    return any(each.call is scope_of or _asks_for_scope(each) for each in dependant.dependencies)


def _told_as(permissions: Sequence[str]) -> str:
    """The subject under which a look is told."""
    for each in permissions:
        head = each.partition(":")[0]
        if head in SUBJECTS or head in ("evidence", "persons"):
            return head
        if each == "inspections:ask":
            return "desk"
    return "else"
