"""`overt mark`: puts the marks on, reads them back, releases."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from overt import api, settings
from overt.cli import remote
from overt.cli.show import err, interactive, out, plain, print_json, show_readings
from overt.errors import OvertError, UsageError
from overt.gate.decision import decode
from overt.gate.model import Decision
from overt.inspection.inspect import reading_json
from overt.language import Text, current, printable, visible
from overt.rulebook import mark_rules

if TYPE_CHECKING:
    from overt.marking.pipeline import Released

HELP = Text(
    zh="为合成内容添加标识，读回核验后发布，并说明每个标识在哪里。",
    en="Put the marks on synthetic content, read them back, release it, and say what is where.",
)


def techniques() -> str:
    """The techniques that `--technique` takes, each with its name in this run's language."""
    names = mark_rules().techniques
    told = Text(zh="、".join(f"{name} {title.zh}" for name, title in names.items()), en=", ".join(names))
    title = Text(zh="技术类型（深度合成规定第 23 条）：", en="Techniques (Deep Synthesis Provisions, art. 23): ")
    return f"{title}{told}"


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help=str(Text(zh="要标识的文件。", en="Files to mark.")))
    ],
    technique: Annotated[
        list[str],
        typer.Option(
            "--technique",
            "-t",
            metavar="T",
            help=str(
                Text(
                    zh="合成技术，如 face_replacement；可重复。",
                    en="How it was synthesised, such as face_replacement; may be repeated.",
                )
            ),
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT", help=str(Text(zh="输出文件（单个文件时）。", en="Output file, for one FILE."))
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out-dir", metavar="DIR", help=str(Text(zh="输出目录。", en="Folder for the marked files."))),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="MARK,…",
            help=str(
                Text(
                    zh="只添加这些标识：watermark、label、metadata、credential。",
                    en="Only these marks: watermark, label, metadata, credential.",
                )
            ),
        ),
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=str(Text(zh="显式标识样式。", en="Style of the explicit label."))),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option(
            metavar="ID|FILE",
            help=str(
                Text(
                    zh="许可的决定：编号或文件（overt gate ask）；闸口开启时必填。",
                    en="The decision that allows it: its id or file (overt gate ask); needed where the gate is on.",
                )
            ),
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(zh="每个文件输出一行 JSON。", en="One JSON object per file.")))
    ] = False,
) -> int:
    """Marks each file. One that fails does not stop the others."""
    pairs = pairs_of(files, target, folder)
    wanted = None if only is None else [name.strip() for name in only.split(",")]
    named = None if decision is None else _decision(decision)
    if remote.chosen():
        remote.without(only=only, style=style)
        return _by_server(pairs, technique, named, as_json=as_json)
    worst = 0
    with api.marker(settings.load(), pairs[0][1].parent, only=wanted, style=style) as marker:
        for source, destination in pairs:
            shown = err.status(plain(source.name)) if interactive() and not as_json else nullcontext()
            try:
                with shown as status:
                    released = marker.mark(source, destination, technique, _progress(source, status), decision=named)
            except OvertError as error:
                worst = max(worst, error.exit_code) if worst in (0, error.exit_code) else 1
                failed(source, error, as_json=as_json)
                continue
            if as_json:
                print_json(released_json(released))
            else:
                _show(released)
    return worst


def _by_server(
    pairs: list[tuple[Path, Path]], technique: list[str], decision: Decision | str | None, *, as_json: bool
) -> int:
    worst = 0
    with remote.client() as client:
        for source, destination in pairs:
            try:
                released = client.mark(source, destination, technique=technique, decision=decision)
            except OvertError as error:
                worst = max(worst, error.exit_code) if worst in (0, error.exit_code) else 1
                failed(source, error, as_json=as_json)
                continue
            if as_json:
                print_json(released_json(released))
            else:
                _show(released)
    return worst


def _decision(named: str) -> Decision | str:
    """The decision in a file, or an id. Raises `FormatError` for a file that holds none."""
    path = Path(named)
    return decode(path.read_bytes()) if path.suffix == ".json" and path.is_file() else named


def pairs_of(files: list[Path], target: Path | None, folder: Path | None) -> list[tuple[Path, Path]]:
    """Each source with its target. Raises `UsageError`."""
    if (target is None) == (folder is None):
        raise UsageError("give either -o OUT or --out-dir DIR", "请使用 -o OUT 或 --out-dir DIR 之一")
    if target is not None:
        if len(files) > 1:
            raise UsageError("-o OUT is for one FILE; use --out-dir DIR", "多个文件请使用 --out-dir DIR")
        return [(files[0], target)]
    if folder is None:
        raise UsageError("give either -o OUT or --out-dir DIR", "请使用 -o OUT 或 --out-dir DIR 之一")
    names = [file.name for file in files]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UsageError(
            f"two files have the same name: {', '.join(sorted(twice))}",
            f"文件重名：{'、'.join(sorted(twice))}",
        )
    return [(file, folder / file.name) for file in files]


def _progress(source: Path, status: Any) -> Any:
    def show(step: Text) -> None:
        if status is not None:
            status.update(f"{plain(source.name)}: {step}")

    return show


def failed(source: Path, error: OvertError, *, as_json: bool) -> None:
    """Tells of one file that failed, where others go on."""
    if as_json:
        told = {"file": printable(source), "error": error.message.both(), "hint": error.hint.both()}
        print_json(told)
    err.print(f"[bold red]✗[/] {plain(source)}\n{escape(visible(error.diagnostics().in_(current())))}")


def released_json(released: Released) -> dict[str, Any]:
    """The form of `overt mark --json`."""
    return {
        "file": printable(released.source),
        "out": printable(released.path),
        "sidecar": printable(released.sidecar) if released.sidecar else None,
        "content_id": released.content_id,
        "sha256": released.sha256,
        "media_type": released.media_type,
        "techniques": list(released.techniques),
        "marks": [reading_json(reading) for reading in released.marks],
        "ledger_index": released.ledger_index,
        "remarks": [remark.both() for remark in released.remarks],
    }


def _show(released: Released) -> None:
    out.print(f"[bold green]✓[/] [bold]{plain(released.path)}[/]", soft_wrap=True)
    out.print(f"   {Text(zh='内容编号', en='content id')} {released.content_id}")
    if released.sidecar:
        out.print(f"   {Text(zh='随附标识文件', en='sidecar')} {plain(released.sidecar)}", soft_wrap=True)
    show_readings(released.marks)
    for remark in released.remarks:
        out.print(f"   [dim]{plain(remark)}[/]", soft_wrap=True)
    out.print()
