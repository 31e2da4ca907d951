"""`overt disseminate`: prepares files that others made for distribution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli import remote
from overt.cli.mark import failed, pairs_of
from overt.cli.show import out, plain, print_json
from overt.errors import OvertError
from overt.language import Text

if TYPE_CHECKING:
    from overt.dissemination.act import Disseminated

HELP = Text(
    zh="传播他人的文件：判断提示用语，把传播信息写回标识，读回并登记。",
    en="Distribute files that others made: what to tell the public, and our propagation data in the label.",
)
_COULD_NOT_TELL = 3
CASES = {
    "confirmed": Text(zh="提示：属于生成合成", en="tell the public that it is synthetic"),
    "possible": Text(zh="提示：可能属于生成合成", en="tell the public that it may be synthetic"),
    "suspected": Text(zh="提示：疑似生成合成", en="tell the public that it is suspected to be synthetic"),
    "none": Text(zh="无须提示", en="nothing to tell"),
    "unreadable": Text(zh="无法判断，未输出文件", en="could not tell; no file was written"),
}
_CREDENTIALS = {
    "signed-anew": Text(zh="内容凭证已重新签名", en="the content credential was signed anew"),
    "broken": Text(zh="内容凭证与文件不再相符", en="the content credential no longer fits the file"),
    "kept": Text(zh="内容凭证保持不变", en="the content credential was kept"),
}


def command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help=str(Text(zh="要传播的文件。", en="Files to distribute."))),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT", help=str(Text(zh="输出文件（单个文件时）。", en="Output file, for one FILE."))
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out-dir", metavar="DIR", help=str(Text(zh="输出目录。", en="Folder for the files."))),
    ] = None,
    declared: Annotated[
        bool,
        typer.Option(
            "--declared",
            help=str(Text(zh="用户声明内容为生成合成。", en="The uploader declared that it is synthetic.")),
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(zh="每个文件输出一行 JSON。", en="One JSON object per file.")))
    ] = False,
) -> int:
    """Prepares each file. One that fails does not stop the others."""
    pairs = pairs_of(files, target, folder)
    if remote.chosen():
        return _by_server(pairs, declared=declared, as_json=as_json)
    worst = 0
    with api.disseminator(settings.load(), pairs[0][1].parent) as disseminator:
        for source, destination in pairs:
            try:
                done = disseminator.disseminate(source, destination, declared=declared)
            except OvertError as error:
                code = error.exit_code
                failed(source, error, as_json=as_json)
            else:
                code = _COULD_NOT_TELL if done.path is None else 0
                if as_json:
                    print_json(done.as_json())
                else:
                    _show(done)
            worst = max(worst, code) if worst in (0, code) or not code else 1
    return worst


def _by_server(pairs: list[tuple[Path, Path]], *, declared: bool, as_json: bool) -> int:
    worst = 0
    with remote.client() as client:
        for source, destination in pairs:
            try:
                told = client.disseminate(source, destination, declared=declared)
            except OvertError as error:
                code = error.exit_code
                failed(source, error, as_json=as_json)
            else:
                code = _COULD_NOT_TELL if told["out"] is None else 0
                if as_json:
                    print_json(told)
                else:
                    remote.show_dissemination(told)
            worst = max(worst, code) if worst in (0, code) or not code else 1
    return worst


def _show(done: Disseminated) -> None:
    sign = "[bold green]✓[/]" if done.path else "[bold magenta]?[/]"
    out.print(f"{sign} [bold]{plain(done.path or done.source)}[/]  {CASES[done.plan.case]}", soft_wrap=True)
    out.print(f"   {Text(zh='依据', en='ground')}: {plain(done.plan.why)}", soft_wrap=True)
    if done.notice:
        out.print(f"   {Text(zh='提示用语', en='notice')}: {plain(done.notice)}", soft_wrap=True)
    if done.written and done.plan.label:
        label = done.plan.label
        told = f"Label {label.label}, ContentPropagator {label.content_propagator}, PropagateID {label.propagate_id}"
        out.print(f"   {Text(zh='写回', en='written back')}: {plain(told)}", soft_wrap=True)
    for change in done.plan.changes:
        told = f"{change.field}: {change.before} → {change.after}"
        out.print(f"   [yellow]! {plain(change.text)}[/] [dim]{plain(told)}[/]", soft_wrap=True)
    for other in done.plan.superseded:
        replaced = Text(zh="同一文件只能有一个标识，已取代", en="one label a file; replaced")
        out.print(f"   [yellow]! {replaced}[/] [dim]{plain(other.values())}[/]", soft_wrap=True)
    if done.credential in _CREDENTIALS:
        out.print(f"   {_CREDENTIALS[done.credential]}", soft_wrap=True)
    for contradiction in done.inspection.verdict.contradictions:
        out.print(f"   [bold red]⚠ {plain(contradiction.text)}[/]", soft_wrap=True)
    for each in done.plan.remaining:
        out.print(f"   → {plain(each.text)} [dim]({each.duty})[/]", soft_wrap=True)
    out.print()
