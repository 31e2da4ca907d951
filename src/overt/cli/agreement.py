"""`overt agreement`: publishes versions of agreement and rules, records who read and accepted them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.account import Account, AsJson, moment, opened
from overt.cli.show import out, plain, print_json
from overt.errors import UsageError
from overt.gate.account.model import Published, TextKind
from overt.language import Text

if TYPE_CHECKING:
    from overt.store.agreements import Agreements
    from overt.store.records import Store

HELP = Text(
    zh="服务协议与管理规则：发布版本，记录提示阅读与同意。",
    en="Service agreement and rules: publish versions, record prompts to read and acceptances.",
)
app = typer.Typer(no_args_is_help=True, add_completion=False)

Of = Annotated[TextKind, typer.Option("--kind", help=str(Text(zh="服务协议或管理规则。", en="Agreement or rules.")))]
Version = Annotated[str, typer.Argument(metavar="VERSION", help=str(Text(zh="版本名称。", en="Name of the version.")))]


@app.command("publish", help=str(Text(zh="发布一个版本；此后不再改动。", en="Publish a version; it never changes.")))
def publish(
    version: Version,
    zh: Annotated[Path, typer.Option(metavar="FILE", help=str(Text(zh="中文文本。", en="The text in Chinese.")))],
    en: Annotated[Path, typer.Option(metavar="FILE", help=str(Text(zh="英文文本。", en="The text in English.")))],
    kind: Of = "agreement",
    valid_from: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help=str(Text(zh="自此日起适用。", en="It applies from this day."))
        ),
    ] = None,
    covers: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DUTY", help=str(Text(zh="文本所载明的义务，如 LB-08。", en="A duty that it states: LB-08."))
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Publishes a version."""
    try:
        text = Text(zh=zh.read_text("utf-8"), en=en.read_text("utf-8"))
    except ValueError as error:
        raise UsageError(f"the text cannot be used: {error}", f"文本无法使用：{error}") from error
    with opened() as store:
        made = _agreements(store).publish(kind, version, text, valid_from=moment(valid_from), covers=covers or ())
    if as_json:
        print_json(_json(made))
    else:
        out.print(
            f"[green]✓[/] {plain(made.version)} [dim]SHA-256 {made.sha256} · {made.valid_from}[/]", soft_wrap=True
        )
    return 0


@app.command("show", help=str(Text(zh="现行版本及同意情况。", en="The version that applies, and who accepted it.")))
def show(kind: Of = "agreement", as_json: AsJson = False) -> int:
    """Prints the version that applies; 1 where none was published."""
    with opened() as store:
        kept = _agreements(store)
        current = kept.current(kind, datetime.now(UTC))
        prompted, accepted = kept.counts(kind, current.version) if current else (0, 0)
    if current is None:
        out.print(str(Text(zh="尚未发布。", en="None was published.")))
        return 1
    if as_json:
        print_json(_json(current) | {"prompted": prompted, "accepted": accepted})
    else:
        asked = Text(
            zh=f"已提示 {prompted} 个账号，{accepted} 个已同意", en=f"{prompted} accounts prompted, {accepted} accepted"
        )
        out.print(f"[bold]{plain(current.version)}[/] [dim]{current.valid_from} · {current.sha256}[/]\n{asked}")
    return 0


@app.command("prompt", help=str(Text(zh="记录已提示账号阅读。", en="Record that an account was asked to read it.")))
def prompt(account: Account, version: Version, kind: Of = "agreement") -> int:
    """Records a prompt."""
    with opened() as store:
        _agreements(store).prompt(account, version, kind)
    out.print(f"[green]✓[/] {plain(version)}")
    return 0


@app.command("accept", help=str(Text(zh="记录账号已同意。", en="Record that an account accepted it.")))
def accept(account: Account, version: Version, kind: Of = "agreement") -> int:
    """Records an acceptance."""
    with opened() as store:
        _agreements(store).accept(account, version, kind)
    out.print(f"[green]✓[/] {plain(version)}")
    return 0


def _json(each: Published) -> dict[str, object]:
    return {
        "kind": each.kind,
        "version": each.version,
        "sha256": each.sha256,
        "valid_from": each.valid_from,
        "covers": list(each.covers),
    }


def _agreements(store: Store) -> Agreements:
    from overt.store.agreements import Agreements  # noqa: PLC0415  # the database is slow to import

    return Agreements(store)
