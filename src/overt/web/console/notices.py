"""Notices, for staff: what the law wants visible, what is missing, and publishing a version.

```
GET   /console/notices            what must be visible, by duty, and what stands there
GET   /console/notices/{kind}     write the next version
POST  /console/notices/{kind}     preview it, or publish it from a date
```

The agreement and the rules are accepted by accounts; they are published in the same way, under a version's name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, get_args

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.duties.visible import AUDIENCES, duties_of, standing
from overt.errors import UsageError
from overt.language import Text
from overt.store.notices import KINDS, NoticeKind, Notices, TextKind, checked, compared
from overt.store.notices import publish as store_publish
from overt.web import clock, prose
from overt.web.access import Who, needs
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of, show

ENTRY: Final = Entry(
    Text(zh="规则与公示", en="Notices"), "/console/notices", "law", ("duties:read", "texts:publish"), 40, "rules"
)
router = APIRouter(prefix="/console/notices", route_class=PageRoute, include_in_schema=False)
_READ: Final = [needs("duties:read")]
_PUBLISH: Final = [needs("texts:publish")]


@router.get("", dependencies=_READ)
def every(request: Request, house: House, who: Who, done: str = "") -> Response:
    """What must be visible, and what is."""
    texts, now = Notices(house.store), datetime.now(UTC)
    rows = list(standing(house.rulebook, texts, now))
    listed = {each.row.kind for each in rows}
    values: dict[str, Any] = {
        "rows": rows,
        "others": [(kind, title, texts.current(kind, now)) for kind, title in KINDS.items() if kind not in listed],
        "audiences": AUDIENCES,
        "kinds": KINDS,
        "publishes": who.may("texts:publish"),
        "done": KINDS.get(done),
    }
    return show(request, "notices/every", **values)


@router.get("/{kind}", dependencies=_PUBLISH)
def write(request: Request, house: House, kind: str) -> Response:
    """The form, with the version that applies as its beginning."""
    current = Notices(house.store).current(_known(kind))
    typed = {"zh": current.text.zh, "en": current.text.en} if current else {}
    return _form(request, house, kind, typed, current.covers if current else ())


@router.post("/{kind}", dependencies=_PUBLISH)
def publish(request: Request, house: House, who: Who, kind: str, fields: Fields) -> Response:
    """A preview of what was written, or its publication."""
    _known(kind)
    typed = {name: fields.get(name, 200_000) for name in ("zh", "en", "since", "version")}
    covers = tuple(each for each in fields.all("covers") if each in duties_of(kind))
    if fields.get("act") != "publish":
        return _form(request, house, kind, typed, covers, preview=True)
    try:
        publish_text(house, kind, fields, covers, who.post)
    except UsageError as error:
        return _form(request, house, kind, typed, covers, error=error)
    return RedirectResponse(f"/console/notices?done={kind}", 303)


def publish_text(house: Site, kind: str, fields: Form, covers: tuple[str, ...], by: str) -> None:
    """Publishes what a form holds. Raises `UsageError`."""
    zh, en = fields.get("zh", 200_000), fields.get("en", 200_000)
    if not zh or not en:
        raise UsageError("a notice needs both languages", "公示须有中文和英文两种文字")
    since = _since(fields.get("since"))
    said = Text(zh=zh, en=en)
    store_publish(house.store, kind, said, by, covers=covers, valid_from=since, version=fields.get("version", 64))


def _since(day: str) -> datetime | None:
    if not day:
        return None
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise UsageError("this is no date", "日期无效") from error
    if found < (today := clock.today()):
        raise UsageError(
            "a text cannot apply from a day that is over",
            "不能从已经过去的日期起适用",
            hint=Text(zh="留空即从现在起适用。", en="Leave it empty: then it applies from now on."),
        )
    return None if found == today else clock.begins(found)


def _form(
    request: Request,
    house: Site,
    kind: str,
    typed: dict[str, str],
    covers: tuple[str, ...],
    *,
    preview: bool = False,
    error: UsageError | None = None,
) -> Response:
    texts, language = Notices(house.store), language_of(request)
    current = texts.current(kind)
    written = {"zh": "", "en": "", "since": "", "version": ""} | typed
    if preview and kind in get_args(NoticeKind) and written["zh"] and written["en"]:
        checked(kind, Text(zh=written["zh"], en=written["en"]))
    known = {duty.id: duty for duty in house.rulebook.duties}
    both = Text(zh=written["zh"] or " ", en=written["en"] or " ")
    values: dict[str, Any] = {
        "kind": kind,
        "title": KINDS[kind],
        "typed": written,
        "named": kind in get_args(TextKind),
        "duties": [known[each] for each in duties_of(kind) if each in known],
        "covers": covers,
        "current": current,
        "previews": [(each, prose.blocks(both.in_(each))) for each in ("zh", "en")] if preview else [],
        "lines": compared(current.text, both, language) if preview and current else (),
        "error": error,
        "today": clock.today().isoformat(),
    }
    return show(request, "notices/write", 422 if error else 200, **values)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise StatusError(404, "there is no such notice", "没有这种公示")
    return kind
