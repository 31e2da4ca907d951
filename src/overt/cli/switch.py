"""`overt switch`: what is switched off, and switching it off and on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.account import AsJson, Post, Reason, opened
from overt.cli.show import out, plain, print_json
from overt.gate.account.model import SwitchKind
from overt.language import Text

if TYPE_CHECKING:
    from overt.store.records import Store
    from overt.store.switches import SwitchBoard

HELP = Text(
    zh="停用开关：立即停用或者恢复功能、模型、账号。",
    en="Kill switches: a function, a model or an account is switched off at once, and on again.",
)
app = typer.Typer(no_args_is_help=True, add_completion=False)

_NAME = Text(
    zh="名称：images.generate、images（其全部）或 *（一切）。",
    en="Its name: images.generate, images (all of them), or * (everything).",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help=str(_NAME))]
Of = Annotated[SwitchKind, typer.Option("--kind", help=str(Text(zh="停用什么。", en="What it is.")))]


@app.command("off", help=str(Text(zh="立即停用。", en="Switch something off at once.")))
def off(name: Name, reason: Reason, by: Post, kind: Of = "function") -> int:
    """Switches off."""
    with opened() as store:
        made = _board(store).turn_off(kind, name, reason, by)
    out.print(f"[red]●[/] {plain(made.name)} [dim]{made.at}[/]")
    return 0


@app.command("on", help=str(Text(zh="恢复。", en="Let it run again.")))
def on(name: Name, reason: Reason, by: Post, kind: Of = "function") -> int:
    """Switches on."""
    with opened() as store:
        _board(store).turn_on(kind, name, reason, by)
    out.print(f"[green]✓[/] {plain(name)}")
    return 0


@app.command("list", help=str(Text(zh="当前停用的内容。", en="What is switched off now.")))
def show(as_json: AsJson = False) -> int:
    """Lists what is off."""
    with opened() as store:
        found = _board(store).off()
    if as_json:
        print_json({"off": [asdict(each) for each in found]})
        return 0
    for each in found:
        out.print(
            f"[red]●[/] {each.kind} [bold]{plain(each.name)}[/] {plain(each.reason)}"
            f" [dim]{plain(each.by)} · {each.at}[/]",
            soft_wrap=True,
        )
    if not found:
        out.print(str(Text(zh="没有停用任何内容。", en="Nothing is switched off.")))
    return 0


def _board(store: Store) -> SwitchBoard:
    from overt.store.switches import SwitchBoard  # noqa: PLC0415  # the database is slow to import

    return SwitchBoard(store)
