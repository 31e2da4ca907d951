"""Today: what needs a person, by clock; what runs; what did not work; how many decisions and contents there were.

Each subject says for itself what needs somebody (`overt.web.attention`); the page shows it to those who may do it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.language import Language, Text
from overt.report import charts
from overt.report.charts import Series
from overt.store.daily import daily, generating
from overt.web import acts, attention, navigation
from overt.web.access import Who, needs
from overt.web.attention import Attention, Clock, Item, moment
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of, show
from overt.web.standing import standing
from overt.web.words.today import OUTCOMES, WORDS, kind_of, span

ENTRY: Final = Entry(Text(zh="今日", en="Today"), "/console", "work", ("today:read",), 0, "today")
router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
_DAYS: Final = 30


def needs_attention(house: Site, who: Principal) -> list[Item]:
    """What somebody began that did not work."""
    failed = [each for each in house.work.failed() if each.owner == who.post and each.kind in acts.KINDS and each.error]
    return [
        Item(
            acts.KINDS[each.kind],
            f"/console/tasks/{each.id}",
            detail=each.error.message if each.error else None,
            failed=True,
        )
        for each in failed
    ]


ATTENTION: Final = Attention(Text(zh="任务", en="Tasks"), ("today:read",), needs_attention)


@dataclass(frozen=True, slots=True)
class Shown:
    """One matter on the page: whose subject it is, how it stands with its time, and that in words."""

    subject: Text
    item: Item
    clock: Clock
    waited: Text | None
    left: Text | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts by day, drawn, and as the numbers of the table beside it."""

    title: str
    days: tuple[str, ...]
    series: tuple[Series, ...]
    svg: Markup
    key: Markup

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The table, the latest day first."""
        return [(day, [each.counts[at] for each in self.series]) for at, day in enumerate(self.days)][::-1]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(each.counts) for each in self.series)


@router.get("")
def today(request: Request, house: House, who: Who) -> Response:
    """The page. Whoever may not see it, such as an inspector, is led to the first page that is theirs."""
    if not who.may("today:read"):
        return _elsewhere(who)
    now, language = datetime.now(UTC), language_of(request)
    found = attention.look(house, who, now)
    shown = [_shown(subject, item, now) for subject, item in found.items]
    return show(
        request,
        "today/today",
        waiting=[each for each in shown if not each.item.failed],
        failed=[each for each in shown if each.item.failed],
        untold=_listed(found.untold, language),
        looking=_listed(found.looking, language),
        running=_running(house, who),
        generating=generating(house.store),
        standing=standing(house) if who.may("ledger:read") else None,
        now=now,
        span=span,
        moment=moment,
        charts=_charts(house, who, now, language),
    )


@router.get("/tasks/{task_id}", dependencies=[needs("today:read")])
def task(house: House, who: Who, task_id: str) -> Response:
    """Leads to the page of a task, by its kind."""
    found = house.work.find(task_id, owner=who.post)
    if found is None or found.kind not in acts.KINDS:
        raise StatusError(404, "there is no such task", "没有此任务")
    at = "/console/ledger/tasks" if found.kind == "audit" else "/console/contents/tasks"
    return RedirectResponse(f"{at}/{found.id}", 303)


def _listed(subjects: tuple[Text, ...], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(each.in_(language) for each in subjects)


def _elsewhere(who: Principal) -> Response:
    for _, entries in navigation.for_principal(who):
        return RedirectResponse(entries[0].at, 303)
    raise StatusError(403, "your account may not see any page yet", "您的账号尚无任何页面权限")


def _shown(subject: Text, item: Item, now: datetime) -> Shown:
    return Shown(
        subject,
        item,
        item.clock(now),
        span(now - moment(item.since)) if item.since else None,
        span(abs(moment(item.due) - now)) if item.due else None,
    )


def _running(house: Site, who: Principal) -> list[tuple[Text, int, str, object]]:
    """What waits or runs, by kind: how many; of one's own, where it is seen."""
    under_way = house.work.under_way()
    others = Counter(each.kind for each in under_way if each.owner != who.post)
    told: list[tuple[Text, int, str, object]] = [
        (
            kind_of(each.kind),
            1,
            f"/console/tasks/{each.id}" if each.kind in acts.KINDS else "",
            each,
        )
        for each in under_way
        if each.owner == who.post
    ]
    return told + [(kind_of(kind), count, "", None) for kind, count in sorted(others.items())]


def _charts(house: Site, who: Principal, now: datetime, language: Language) -> list[Chart]:
    """The numbers of the last days."""
    on = charts.days(now.date(), _DAYS)
    counts = daily(house.store, now.date() - timedelta(days=_DAYS - 1))

    def series(name: Text, look: str, found: dict[str, int]) -> Series:
        return Series(name.in_(language), f"series-{look}", charts.counted(on, found))

    drawn = {"released": [series(WORDS["released"], "main", counts.contents)]}
    if who.may("decisions:read"):
        drawn["decided"] = [series(name, each, counts.decisions.get(each, {})) for each, name in OUTCOMES.items()]
    return [_drawn(name, each, on, language) for name, each in drawn.items()]


def _drawn(name: str, series: list[Series], on: tuple[str, ...], language: Language) -> Chart:
    title = WORDS[f"{name}_chart"].in_(language)
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    sums = comma.join(f"{each.name}{colon}{sum(each.counts)}" for each in series)
    told = WORDS["chart_told"].in_(language).format(first=on[0], last=on[-1], sums=sums)
    drawn, key = charts.stacked(name, title, told, on, series), charts.key(name, series)
    # Both are made of numbers and of our own words.
    return Chart(title, on, tuple(series), Markup(drawn), Markup(key))  # noqa: S704
