"""`overt duties`, `overt state`, `overt determine`: where each duty stands, and what people answer to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text as Line

from overt import __version__, settings
from overt.cli.show import out, plain, print_json
from overt.duties import words
from overt.duties.model import STATES, Evidence, Standing, State
from overt.errors import SetupError, UsageError
from overt.language import Text
from overt.rulebook import Duty
from overt.rulebook.duty import ACTORS
from overt.settings import Setup

if TYPE_CHECKING:
    from overt.duties.view import View
    from overt.ledger.events.duties import Statement
    from overt.ledger.signing import Signer

HELP = Text(
    zh="每项义务的履行情况：控制项、状态和证据。",
    en="Where each duty stands: its controls, its state and its evidence.",
)
STATE_HELP = Text(
    zh="就只有人能履行的义务作出签名声明，或以 --withdraw 撤回。",
    en="State, under the set-up's signature, how a duty is met that only people can meet; --withdraw takes it back.",
)
DETERMINE_HELP = Text(
    zh="认定关于服务的事实（如舆论属性），以开启或者关闭相应义务。",
    en="Determine a fact about the service (public_opinion), which switches duties on or off.",
)
_SIGNS: dict[State, str] = {
    "met": "[green]✓[/]",
    "gap": "[bold red]✗[/]",
    "no_evidence": "[magenta]?[/]",
    "not_applicable": "[dim]–[/]",
}
_JSON = Text(zh="输出一个 JSON 对象。", en="Print one JSON object.")
_RULEBOOK = Text(zh="规则手册（默认取自配置）。", en="The rulebook; the set-up's own where none is named.")
_ENTRY = Text(zh="账本条目", en="ledger entry")

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

    with View.opened(settings.load(), rulebook) as view:
        found = [standing(view.rulebook.duty(each), view) for each in ids]
    for each in found:
        if as_json:
            print_json(told.duty_json(each))
        else:
            _whole(each)
    return 0


def state(
    duties: Annotated[
        list[str] | None, typer.Argument(metavar="DUTY", help=str(Text(zh="义务编号。", en="Ids of duties.")))
    ] = None,
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=str(Text(zh="声明内容。", en="What is stated.")))
    ] = "",
    owner: Annotated[
        str,
        typer.Option(
            metavar="POST",
            help=str(Text(zh="负责的岗位，不写人名。", en="The post that answers for it; no person's name.")),
        ),
    ] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=str(Text(zh="有效期至。", en="The last day on which it counts."))),
    ] = None,
    topic: Annotated[
        str, typer.Option(metavar="NAME", help=str(Text(zh="义务的哪一部分。", en="Which part of the duty.")))
    ] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=str(Text(zh="依据文件，只记其哈希。", en="A document; its hash alone is kept."))
        ),
    ] = None,
    withdraw: Annotated[
        str, typer.Option(metavar="ID", help=str(Text(zh="撤回此声明。", en="Withdraw the statement of this id.")))
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Signs and keeps a statement, or withdraws one."""
    from overt.duties.view import View  # noqa: PLC0415
    from overt.store.statements import Statements, statement  # noqa: PLC0415

    with View.opened(setup := settings.load()) as view:
        kept = Statements(view.store)
        if withdraw:
            entry = kept.withdraw(withdraw, text, owner)
            return _done({"id": withdraw, "entry": entry}, as_json=as_json)
        if not duties or until is None:
            raise UsageError(
                "name the duties, and the last day on which it counts (--until)", "须写明义务和有效期（--until）"
            )
        said = statement(_signer(setup), duties, text, owner, until.date(), topic=topic, document=_hash(document))
        for each in duties:
            _must_count(view, view.rulebook.duty(each), said)
        made = kept.keep(said)
    return _done({"id": made.statement.id, "entry": made.entry}, as_json=as_json)


def determine(
    facts: Annotated[
        list[str],
        typer.Argument(
            metavar="FACT", help=str(Text(zh="事实的名称，可有多个。", en="Names of facts, one or several."))
        ),
    ],
    value: Annotated[
        bool | None, typer.Option("--yes/--no", help=str(Text(zh="属于或者不属于。", en="Whether it is so.")))
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=str(Text(zh="理由。", en="Why.")))] = "",
    owner: Annotated[
        str,
        typer.Option(
            metavar="POST",
            help=str(Text(zh="负责的岗位，不写人名。", en="The post that answers for it; no person's name.")),
        ),
    ] = "",
    review_by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=str(Text(zh="最迟何时复核。", en="By when to determine it again."))),
    ] = None,
    rulebook: Annotated[str, typer.Option(metavar="ID", help=str(_RULEBOOK))] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=str(Text(zh="依据文件，只记其哈希。", en="A document; its hash alone is kept."))
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Signs and keeps a determination of each fact."""
    from overt.duties.view import View  # noqa: PLC0415
    from overt.store.statements import Statements  # noqa: PLC0415

    with View.opened(setup := settings.load(), rulebook) as view:
        names = tuple(view.rulebook.facts)
        if unknown := [each for each in facts if each not in names]:
            raise UsageError(
                f"there is no fact {unknown[0]!r}; there are: {', '.join(names)}",
                f"没有事实 {unknown[0]!r}；现有：{'、'.join(names)}",
            )
        if value is None or review_by is None:
            raise UsageError("say --yes or --no, and --review-by", "须写明 --yes 或 --no，以及 --review-by")
        kept, signer, day, hashed = Statements(view.store), _signer(setup), review_by.date(), _hash(document)
        for fact in facts:
            made = kept.determine(signer, view.rulebook.id, fact, reason, owner, day, value=value, document=hashed)
            told_as = {"fact": fact, "id": made.determination.id, "entry": made.entry}
            _done(told_as, as_json=as_json)
    return 0


def _state(name: str) -> State | None:
    found = next((each for each in STATES if each == name), None)
    if name and found is None:
        raise UsageError(
            f"there is no state {name!r}; there are: {', '.join(STATES)}",
            f"没有状态 {name!r}；现有：{'、'.join(STATES)}",
        )
    return found


def _must_count(view: View, duty: Duty, said: Statement) -> None:
    """A statement that nothing counts would only look like an answer."""
    from overt.duties.standing import counts  # noqa: PLC0415

    if not counts(view, duty, said):
        on = f" (--topic {said.topic})" if said.topic else ""
        raise UsageError(
            f"for {duty.id} such a statement{on} would not count",
            f"对 {duty.id} 作出这样的声明{on}不起作用",
            hint=Text(
                zh=f"运行 overt duties show {duty.id} 查看缺少什么，以及可以声明什么。",
                en=f"`overt duties show {duty.id}` tells what is missing, and what can be stated.",
            ),
        )


def _signer(setup: Setup) -> Signer:
    from overt.ledger import signing  # noqa: PLC0415

    key = setup.settings.ledger.key
    if key is None:
        raise SetupError(
            "statements are signed, and no key is named",
            "声明须签名，但没有配置密钥",
            hint=Text(
                zh="在 overt.toml 的 [ledger] 填写 key；overt init 会在新目录生成密钥。",
                en="Name a key in [ledger] of overt.toml; `overt init` makes one in a new folder.",
            ),
        )
    return signing.load(setup.home / key)


def _hash(document: Path | None) -> str:
    return sha256(document.read_bytes()).hexdigest() if document else ""


def _done(answer: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(answer)
    else:
        out.print(f"[green]✓[/] {answer['id']} [dim]· {_ENTRY} {answer['entry']}[/]")
    return 0


# For people -----------------------------------------------------------------------------------------------------------


def _print(shown: Sequence[Standing], view: View, whole: Sequence[Standing], *, verbose: bool) -> None:
    book = view.rulebook
    out.print(f"[bold]{book.jurisdiction}[/] [dim]{book.id} · {book.digest()[:16]}…[/]")
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
    if waiting := [name for name in book.facts if name not in view.determined]:
        out.print(f"[dim]{words.FACT_OPEN} (overt determine): {', '.join(waiting)}[/]", soft_wrap=True)
    for changed in book.overridden:
        was = "—" if changed.was is None else words.number(changed.was)
        out.print(
            f"[yellow]! {changed.duty} {changed.name}: {was} → {words.number(changed.value)} {changed.unit}[/]"
            f" [dim]({plain(changed.reason)}; {plain(changed.by)}, {changed.on})[/]",
            soft_wrap=True,
        )
    out.print(_totals(whole))


def _totals(whole: Sequence[Standing]) -> str:
    found = Counter(each.state for each in whole)
    return "   ".join(f"{_SIGNS[name]} {found[name]} {words.STATES[name]}" for name in STATES)


def _line(each: Standing) -> None:
    duty = each.duty
    mark = "" if duty.mark == "read" else f" [dim yellow]({words.MARKS[duty.mark]})[/]"
    soft = f" [dim]({words.SHOULD})[/]" if duty.force == "should" else ""
    out.print(f" {_SIGNS[each.state]} [bold]{duty.id:<9}[/]{plain(_brief(str(duty.text)))}{soft}{mark}", soft_wrap=True)


def _brief(text: str) -> str:
    longest = max(30, out.width - 16)
    line = Line(text)
    line.truncate(longest, overflow="ellipsis")
    return line.plain


def _reasons(each: Standing) -> None:
    out.print(f"     {plain(each.reason)}", soft_wrap=True)
    for shown in each.evidence:
        _evidence(shown, 5)
    for finding in each.findings:
        out.print(
            f"     {_SIGNS[finding.found.state]} {plain(finding.control.name)}: {plain(finding.found.reason)}"
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
    out.print(f"{_SIGNS[each.state]} [bold]{duty.id}[/] {words.STATES[each.state]} [dim]{plain(duty.article)}[/]")
    out.print(f"   {plain(duty.text)}", soft_wrap=True)
    actors = ", ".join(str(ACTORS[actor]) for actor in duty.actors)
    out.print(f"   [dim]{plain(actors)} · {words.MARKS[duty.mark]}[/]", soft_wrap=True)
    for number in words.in_words(duty):
        out.print(f"   [dim]•[/] {plain(number)}", soft_wrap=True)
    _reasons(each)
