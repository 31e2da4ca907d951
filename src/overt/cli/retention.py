"""`overt retention`: what is kept how long, legal holds, and the sweep that deletes what is due."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli.show import out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.rulebook import Rulebook
    from overt.rulebook.duty import Span
    from overt.settings import Setup
    from overt.store.retention import Hold, Source

HELP = Text(
    zh="保存期限：各类记录保存多久，哪些已到期，法律保全，删除到期记录。",
    en="How long records are kept: what is due, legal holds, and the deletion of what is due.",
)
app = typer.Typer(no_args_is_help=True, add_completion=False)
_Json = Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))]
_UNITS = {
    "day": Text(zh="日", en="days"),
    "month": Text(zh="个月", en="months"),
    "year": Text(zh="年", en="years"),
}


@app.command(
    "show", help=str(Text(zh="各类记录：数量、期限、依据、已到期数。", en="Classes of records, with what is due."))
)
def show(as_json: _Json = False) -> int:
    """One line for each class in each place."""
    from overt.store import retention  # noqa: PLC0415

    setup = settings.load()
    with closing(api.records(setup)) as store:
        found = retention.sources(store, law(setup), datetime.now(UTC))
    for each in found:
        told = {"source": each.name, "record": each.record, "count": each.count, "due": each.due, "held": each.held}
        told["expires"] = each.expire
        if as_json:
            print_json(told | {"limits": each.kept.model_dump(mode="json")})
            continue
        counts = Text(
            zh=f"{each.count} 条，已到期 {each.due}，保全 {each.held}",
            en=f"{each.count} kept, {each.due} due, {each.held} held",
        )
        out.print(f"{plain(each.record):<14} {plain(each.name):<22} {counts}", soft_wrap=True)
        out.print(f"[dim]  {plain(_limits(each))}[/]", soft_wrap=True)
    return 0


@app.command("run", help=str(Text(zh="删除已到期的记录；每批都记入账本。", en="Delete what is due; the ledger tells.")))
def run(as_json: _Json = False) -> int:
    """Sweeps, and destroys the keys of persons whose erasure waited."""
    from overt.store import persons, retention  # noqa: PLC0415

    setup, now = settings.load(), datetime.now(UTC)
    with closing(api.records(setup)) as store:
        deleted = retention.expire(store, law(setup), now)
        erased = [each for each in persons.finish(store, law(setup), now) if each.destroyed]
    told = [{"source": source, "record": record, "deleted": count} for (source, record), count in deleted.items()]
    if as_json:
        print_json({"deleted": told, "erased": [each.person for each in erased]})
        return 0
    for each in told:
        out.print(plain(f"{each['record']:<14} {each['source']:<22} {each['deleted']}"), soft_wrap=True)
    if not told and not erased:
        out.print(plain(Text(zh="没有到期的记录。", en="Nothing is due.")))
    if erased:
        out.print(plain(Text(zh=f"已销毁 {len(erased)} 人的密钥。", en=f"The keys of {len(erased)} persons are gone.")))
    return 0


@app.command(
    "hold", help=str(Text(zh="保全：所涉记录不得删除。", en="Place a legal hold: what it covers is not deleted."))
)
def hold(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help=str(Text(zh="内容、决定、同意或案件的编号。", en="Ids that it covers."))),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=str(Text(zh="原因。", en="Why.")))] = "",
    authority: Annotated[
        str, typer.Option(metavar="TEXT", help=str(Text(zh="依据的机关或负责人。", en="On whose authority.")))
    ] = "",
    period: Annotated[
        str, typer.Option(metavar="A..B", help=str(Text(zh="所涉期间（UTC）。", en="The period that it covers, UTC.")))
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="DATE", help=str(Text(zh="到此日为止。", en="It ends by itself on this day.")))
    ] = "",
    as_json: _Json = False,
) -> int:
    """Places it."""
    from overt.ledger.bundle import Period, moment  # noqa: PLC0415
    from overt.store import retention  # noqa: PLC0415

    if until and not moment(until):
        raise UsageError(f"{until!r} is no date", f"“{until}”不是日期")
    covered = Period.read(period) if period else None
    with closing(api.records(settings.load())) as store:
        placed = retention.place(store, reason, authority, ids=ids or [], period=covered, until=moment(until))
    _show_hold(placed, as_json=as_json)
    return 0


@app.command("release", help=str(Text(zh="解除保全。", en="Release a hold.")))
def release(
    name: Annotated[str, typer.Argument(metavar="HOLD", help=str(Text(zh="保全的编号。", en="The hold's id.")))],
    reason: Annotated[str, typer.Option(metavar="TEXT", help=str(Text(zh="原因。", en="Why.")))] = "",
    as_json: _Json = False,
) -> int:
    """Releases it."""
    from overt.store import retention  # noqa: PLC0415

    with closing(api.records(settings.load())) as store:
        retention.release(store, name, reason)
        ended = next(each for each in retention.all_holds(store) if each.id == name)
    _show_hold(ended, as_json=as_json)
    return 0


@app.command("holds", help=str(Text(zh="列出保全，包括已解除的。", en="List the holds, also those that ended.")))
def holds(as_json: _Json = False) -> int:
    """One line for each."""
    from overt.store import retention  # noqa: PLC0415

    with closing(api.records(settings.load())) as store:
        found = retention.all_holds(store)
    for each in found:
        _show_hold(each, as_json=as_json)
    if not found and not as_json:
        out.print(plain(Text(zh="没有保全。", en="There are no holds.")))
    return 0


def law(setup: Setup) -> Rulebook:
    """The rulebook with the operator's numbers."""
    from overt.rulebook import load  # noqa: PLC0415

    overrides = setup.settings.overrides
    return load(setup.settings.rulebook, setup.home / overrides if overrides else None)


def _show_hold(each: Hold, *, as_json: bool) -> None:
    if as_json:
        print_json(each.told())
        return
    covers = ", ".join(each.ids) if each.period is None else f"{each.period.since}..{each.period.before}"
    ends = each.released or each.until
    state = Text(zh="已解除", en="released") if each.released else Text(zh="至", en="until") if ends else None
    out.print(f"{plain(each.id)}  {plain(covers)}  [dim]{plain(f'{state} {ends}' if state else '')}[/]", soft_wrap=True)
    out.print(f"  {plain(each.reason)} ({plain(each.authority)}, {plain(each.placed)})", soft_wrap=True)


def _limits(source: Source) -> Text:
    """Least and most in words, with the duties that ask for them."""
    parts, kept = [], source.kept
    if kept.least:
        span, by = _span(kept.least), ", ".join(kept.least_by)
        parts.append(Text(zh=f"至少 {span.zh}（{by}）", en=f"at least {span.en} ({by})"))
    if not source.expire:
        parts.append(Text(zh="与其用途同止，不按时间到期", en="ends with what it serves, not by its age"))
    elif kept.most:
        span, by = _span(kept.most), ", ".join(kept.most_by)
        parts.append(Text(zh=f"至多 {span.zh}（{by}）", en=f"at most {span.en} ({by})"))
    else:
        parts.append(Text(zh="没有最长期限，不会自动到期", en="no longest time, so it does not expire by itself"))
    return Text(zh="，".join(each.zh for each in parts), en="; ".join(each.en for each in parts))


def _span(span: Span) -> Text:
    unit = _UNITS[span.unit]
    return Text(zh=f"{span.value:g} {unit.zh}", en=f"{span.value:g} {unit.en}")
