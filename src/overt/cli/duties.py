"""`overt duties`: where each duty stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text as Line

from overt import __version__, settings
from overt.cli import remote
from overt.cli.show import out, plain, print_json
from overt.duties import words
from overt.duties.model import STATES, Evidence, Standing, State
from overt.errors import UsageError
from overt.language import Language, Text
from overt.rulebook.duty import ACTORS

if TYPE_CHECKING:
    from overt.duties.view import View
    from overt.rulebook.model import Overridden

HELP = Text(
    zh="每项义务的履行情况：控制项、状态和证据。",
    en="Where each duty stands: its controls, its state and its evidence.",
)
SIGNS: dict[State, str] = {
    "met": "[green]✓[/]",
    "gap": "[bold red]✗[/]",
    "no_evidence": "[magenta]?[/]",
    "not_applicable": "[dim]–[/]",
}
_JSON = Text(zh="输出一个 JSON 对象。", en="Print one JSON object.")
_RULEBOOK = Text(zh="规则手册（默认取自配置）。", en="The rulebook; the set-up's own where none is named.")
_SCREEN = 20
"""Duties after which the totals, which stand above, have scrolled away: they are printed again."""
_ENTRY = Text(zh="账本条目", en="ledger entry")
_LANGUAGES: dict[str, tuple[Language, ...]] = {"both": ("zh", "en"), "zh": ("zh",), "en": ("en",)}

app = typer.Typer(invoke_without_command=True, add_completion=False)


@app.callback()
def command(
    context: typer.Context,
    rulebook: Annotated[str, typer.Option(metavar="ID", help=str(_RULEBOOK))] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
    state: Annotated[
        str, typer.Option(metavar="|".join(STATES), help=str(Text(zh="只列此状态。", en="Only duties in this state.")))
    ] = "",
    verbose: Annotated[
        bool, typer.Option("--verbose", help=str(Text(zh="列出证据。", en="With the evidence.")))
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help=str(Text(zh="写成一个网页。", en="Write a page to open and print."))),
    ] = None,
) -> int:
    """Prints every duty with its state."""
    if context.invoked_subcommand is not None:
        return 0
    if remote.chosen():
        remote.without(verbose=verbose, html=html)
        with remote.client() as client:
            remote.show_duties(client.duties(rulebook=rulebook, state=_state(state) or ""), as_json=as_json)
        return 0
    from overt.duties import told  # noqa: PLC0415  # here and below: database and page are slow to import
    from overt.duties.standing import standings  # noqa: PLC0415
    from overt.duties.view import View  # noqa: PLC0415

    wanted = _state(state)
    with View.opened(settings.load(), rulebook) as view:
        whole = standings(view)
        shown = tuple(each for each in whole if wanted in (None, each.state))
        if html is not None:
            from overt.duties import page  # noqa: PLC0415

            html.write_text(page.write(shown, view, __version__), encoding="utf-8")
        if as_json:
            print_json(told.as_json(shown, view) | {"counts": told.counts(whole)})
        elif html is None:
            _print(shown, view, whole, verbose=verbose)
        else:
            out.print(_totals(whole))
            out.print(plain(html), soft_wrap=True)
    return 0


@app.command("show", help=str(Text(zh="一项义务：原因、控制项和全部证据。", en="One duty, with all its evidence.")))
def show(
    ids: Annotated[
        list[str], typer.Argument(metavar="DUTY", help=str(Text(zh="义务编号，如 DS-16a。", en="Ids: DS-16a.")))
    ],
    rulebook: Annotated[str, typer.Option(metavar="ID", help=str(_RULEBOOK))] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Prints single duties with everything that is known of them."""
    from overt.duties import told  # noqa: PLC0415
    from overt.duties.standing import standing  # noqa: PLC0415
    from overt.duties.view import View  # noqa: PLC0415

    remote.only_here("duties show")
    with View.opened(settings.load(), rulebook) as view:
        found = [standing(view.rulebook.duty(each), view) for each in ids]
        if as_json:
            print_json(told.as_json(found, view))
            return 0
        for each in found:
            _whole(each)
            for changed in view.rulebook.overridden:
                if changed.duty == each.duty.id:
                    _override(changed)
    return 0


@app.command("export", help=str(Text(zh="写成 PDF、电子表格、OSCAL 或签名记录。", en="A PDF, a spreadsheet, OSCAL.")))
def export(
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="pdf|xlsx|oscal|json", help=str(Text(zh="文件格式。", en="The paper's form."))
        ),
    ] = "pdf",
    target: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help=str(Text(zh="写到此文件。", en="Where to; named by day where empty."))
        ),
    ] = None,
    language: Annotated[
        str,
        typer.Option(
            metavar="both|zh|en", help=str(Text(zh="文件的语言。", en="The languages of the paper: both, zh or en."))
        ),
    ] = "both",
    rulebook: Annotated[str, typer.Option(metavar="ID", help=str(_RULEBOOK))] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Writes where all duties stand now into a paper, and says so in the ledger."""
    from overt.duties.export import ENDINGS, FORMS, made, record, recorded  # noqa: PLC0415
    from overt.duties.view import View  # noqa: PLC0415

    chosen = next((each for each in FORMS if each == form), None)
    languages = _LANGUAGES.get(language)
    if chosen is None or languages is None:
        raise UsageError(
            f"--format is one of {', '.join(FORMS)}; --language one of {', '.join(_LANGUAGES)}",
            f"--format 须为 {'、'.join(FORMS)} 之一；--language 须为 {'、'.join(_LANGUAGES)} 之一",
        )
    if remote.chosen():
        with remote.client() as client:
            name = target or Path(f"overt-duties{ENDINGS[chosen]}")
            _exported(client.export_duties(name, form=form, languages=language, rulebook=rulebook), as_json=as_json)
        return 0
    with View.opened(settings.load(), rulebook) as view:
        taken = record.take(view)
        paper = recorded(made(taken, chosen, languages), taken, "operator")
    target = target or Path(paper.name)
    target.write_bytes(paper.data)
    told = {"file": str(target), "sha256": paper.sha256, "record": paper.record, "entry": paper.entry}
    _exported(told, as_json=as_json)
    return 0


def _exported(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    out.print(
        f"[green]✓[/] {plain(told['file'])} [dim]· {told['sha256']} · {_ENTRY} {told['entry']}[/]", soft_wrap=True
    )


def _state(name: str) -> State | None:
    found = next((each for each in STATES if each == name), None)
    if name and found is None:
        raise UsageError(
            f"there is no state {name!r}; there are: {', '.join(STATES)}",
            f"没有状态 {name!r}；现有：{'、'.join(STATES)}",
        )
    return found


# For people -----------------------------------------------------------------------------------------------------------


def _print(shown: Sequence[Standing], view: View, whole: Sequence[Standing], *, verbose: bool) -> None:
    book = view.rulebook
    out.print(f"[bold]{plain(book.jurisdiction)}[/] [dim]{book.id} · {book.digest()[:16]}…[/]")
    out.print(_totals(whole))
    for changed in book.overridden:
        _override(changed)
    for name, group in groupby(shown, key=lambda each: each.duty.instrument):
        out.print(f"\n[bold]{plain(book.instruments[name])}[/]", soft_wrap=True)
        for each in group:
            _line(each)
            if verbose:
                _reasons(each)
    out.print()
    for name in view.determined:
        value = view.fact(name)
        said = words.FACT_OPEN if value is None else words.YES if value else words.NO
        out.print(f"[dim]{name}[/] {plain(book.facts.get(name, name))}: [bold]{said}[/]", soft_wrap=True)
    if waiting := sum(name not in view.determined for name in book.facts):
        out.print(f"[dim]{plain(_waiting(waiting))}[/]", soft_wrap=True)
    if len(shown) > _SCREEN:
        out.print(_totals(whole))


def _waiting(facts: int) -> Text:
    return Text(
        zh=f"{facts} 项事实尚未认定。运行 overt determine --blank > facts.toml，填写后运行 "
        "overt determine --file facts.toml",
        en=f"{facts} facts are not determined. `overt determine --blank > facts.toml`, fill it in, then "
        "`overt determine --file facts.toml`",
    )


def _override(changed: Overridden) -> None:
    told = f"[yellow]! {changed.duty} {changed.name}: {plain(words.changed(changed))}[/]"
    out.print(f"{told} [dim]({plain(changed.reason)}; {plain(changed.by)}, {changed.on})[/]", soft_wrap=True)


def _totals(whole: Sequence[Standing]) -> str:
    found = Counter(each.state for each in whole)
    stated = sum(each.stated_only for each in whole)
    alone = {"met": f" [dim]({stated} {words.STATED})[/]"} if stated else {}
    return "   ".join(f"{SIGNS[name]} {found[name]} {words.STATES[name]}{alone.get(name, '')}" for name in STATES)


def _line(each: Standing) -> None:
    duty = each.duty
    mark = "" if duty.mark == "read" else f" [dim yellow]({words.MARKS[duty.mark]})[/]"
    soft = f" [dim]({words.SHOULD})[/]" if duty.force == "should" else ""
    soft += f" [dim]({words.STATED})[/]" if each.stated_only else ""
    out.print(f" {SIGNS[each.state]} [bold]{duty.id:<9}[/]{plain(_brief(str(duty.text)))}{soft}{mark}", soft_wrap=True)


def _brief(text: str) -> str:
    longest = max(30, out.width - 16)
    line = Line(text)
    line.truncate(longest, overflow="ellipsis")
    return line.plain


def _reasons(each: Standing) -> None:
    if len(each.findings) != 1 or each.reason != each.findings[0].found.reason:
        out.print(f"     {plain(each.reason)}", soft_wrap=True)
    for shown in each.evidence:
        _evidence(shown, 5)
    for finding in each.findings:
        out.print(
            f"     {SIGNS[finding.found.state]} {plain(finding.control.name)}: {plain(finding.found.reason)}"
            f" [dim]{finding.control.id}[/]",
            soft_wrap=True,
        )
        for shown in finding.found.evidence:
            _evidence(shown, 9)


def _evidence(each: Evidence, indent: int) -> None:
    entry = f" · {_ENTRY} {each.entry}" if each.entry is not None else ""
    at = f" · {each.at}" if each.at else ""
    out.print(f"{' ' * indent}[dim]{plain(each.shows)}:[/] {plain(each.value)}[dim]{entry}{at}[/]", soft_wrap=True)


def _whole(each: Standing) -> None:
    duty = each.duty
    alone = f" [dim]({words.STATED})[/]" if each.stated_only else ""
    article = f" [dim]· {words.ARTICLE} {plain(duty.article)}[/]" if duty.article else ""
    out.print(f"{SIGNS[each.state]} [bold]{duty.id}[/] {words.STATES[each.state]}{alone}{article}")
    out.print(f"   {plain(duty.text)}", soft_wrap=True)
    actors = str(Text(zh="、", en=", ")).join(str(ACTORS[actor]) for actor in duty.actors)
    out.print(f"   [dim]{plain(actors)} · {words.MARKS[duty.mark]}[/]", soft_wrap=True)
    if duty.trigger and not duty.clocks:  # The clocks say it too.
        out.print(f"   [dim]•[/] {plain(duty.trigger)}", soft_wrap=True)
    for number in words.in_words(duty):
        out.print(f"   [dim]•[/] {plain(number)}", soft_wrap=True)
    if duty.note:
        out.print(f"   [dim]•[/] {plain(duty.note)}", soft_wrap=True)
    if duty.evidence:
        out.print(f"   [dim]{words.WANTED}:[/] {plain(duty.evidence)}", soft_wrap=True)
    _reasons(each)
