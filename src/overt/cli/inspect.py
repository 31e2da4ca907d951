"""`overt inspect`: the verdict on files, with its readings."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from overt import api, settings
from overt.cli import conformance, remote, show
from overt.errors import UsageError
from overt.formats.text import sidecar_name
from overt.inspection import Inspection, Inspector
from overt.inspection.conformance import assess
from overt.language import Text
from overt.marks.examine import KINDS
from overt.marks.model import ReadingKind
from overt.rulebook import available

HELP = Text(
    zh="检查文件是否为合成内容：给出结论及其依据。- 表示标准输入。",
    en="Is it generated or synthesised? The verdict with its readings. `-` reads standard input.",
)
_COULD_NOT_TELL = 3
SIDECAR = sidecar_name("")
STDIN = "-"


def command(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help=str(Text(zh="文件，或目录（检查其中所有文件）。", en="Files, or folders: every file in them.")),
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(zh="每个文件输出一行 JSON。", en="One JSON object per file.")))
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="MARK,…",
            help=str(
                Text(zh=f"只读取这些标识：{'、'.join(KINDS)}。", en=f"Read only these marks: {', '.join(KINDS)}.")
            ),
        ),
    ] = None,
    clauses: Annotated[
        bool,
        typer.Option(
            "--clauses",
            help=str(Text(zh="逐条列出条款要求与测量结果。", en="Clause by clause: what is asked, what was measured.")),
        ),
    ] = False,
    rulebook: Annotated[
        str | None,
        typer.Option(
            metavar="ID,…",
            help=str(
                Text(
                    zh=f"逐条测量所用的规则手册：{'、'.join(available())}。",
                    en=f"Rulebooks for the clauses: {', '.join(available())}.",
                )
            ),
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help=str(Text(zh="把逐条测量结果写成一个网页。", en="Write the clauses as a page to open.")),
        ),
    ] = None,
) -> int:
    """Inspects each file."""
    if remote.chosen():
        remote.without(only=only, clauses=clauses, rulebook=rulebook, report=report)
        return _by_server(files, as_json=as_json)
    kinds = _kinds(only)
    setup = settings.load_if_present()
    books = conformance.rulebooks(rulebook, setup) if clauses or report else ()
    page = conformance.Page(report, books) if report else None
    could_tell = True
    with api.inspector(setup, kinds=kinds) as inspector:
        for path, answer in _answers(inspector, files, progress=not as_json):
            could_tell &= answer.verdict.kind != "unreadable"
            findings = [finding for book in books for finding in assess(answer, book)]
            if as_json:
                told = {"clauses": [finding.as_json() for finding in findings]} if clauses else {}
                show.print_json(answer.as_json() | told)
            else:
                show.inspection(answer)
                if clauses:
                    conformance.show(findings)
            if page:
                page.add(inspector, path, answer, findings)
    if page:
        page.write()
    return 0 if could_tell else _COULD_NOT_TELL


def _by_server(files: list[str], *, as_json: bool) -> int:
    could_tell = True
    with remote.client() as client:
        for name in (path for each in files for path in _files(each)):
            answer = client.inspect(name)
            could_tell &= answer.verdict.kind != "unreadable"
            if as_json:
                show.print_json(answer.as_json())
            else:
                show.inspection(answer)
    return 0 if could_tell else _COULD_NOT_TELL


def _kinds(only: str | None) -> tuple[ReadingKind, ...]:
    if only is None:
        return KINDS
    names = [name.strip() for name in only.split(",")]
    if unknown := sorted(set(names) - set(KINDS)):
        raise UsageError(
            f"there is no reader for: {', '.join(unknown)}; there are: {', '.join(KINDS)}",
            f"没有以下标识的读取器：{'、'.join(unknown)}；现有：{'、'.join(KINDS)}",
        )
    return tuple(kind for kind in KINDS if kind in names)


def _answers(inspector: Inspector, names: list[str], *, progress: bool) -> Iterator[tuple[Path | None, Inspection]]:
    """Each file's answer, with its path; standard input has none."""
    found = [path for name in names for path in _files(name)]
    if not found:
        show.err.print(str(Text(zh="没有可检查的文件。", en="There are no files to inspect.")))
    paths = [None if name == STDIN else Path(name) for name in found]
    answers = (
        (_standard_input(inspector) if name == STDIN else inspector.inspect(Path(name)) for name in found)
        if STDIN in found
        else inspector.inspect_all([Path(name) for name in found])
    )
    if progress and show.interactive() and len(found) > 1:
        with Progress(console=show.err, transient=True) as bar:
            tracked = bar.track(answers, len(found), description=str(Text(zh="检查", en="inspecting")))
            yield from zip(paths, tracked, strict=True)
    else:
        yield from zip(paths, answers, strict=True)


def _files(name: str) -> list[str]:
    if name == STDIN:
        return [name]
    path = Path(name)
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file())
        # A sidecar is read with the file it belongs to.
        return [str(each) for each in found if not _is_sidecar(each)]
    if not path.is_file():
        raise UsageError(f"there is no file {name}", f"文件 {name} 不存在")
    return [name]


def _is_sidecar(path: Path) -> bool:
    return path.name.endswith(SIDECAR) and path.with_name(path.name.removesuffix(SIDECAR)).is_file()


def _standard_input(inspector: Inspector) -> Inspection:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read", "没有可读取的标准输入")
    with tempfile.NamedTemporaryFile(prefix="overt-stdin-") as file:
        copied = 0
        while chunk := sys.stdin.buffer.read(1 << 20):
            copied += len(chunk)
            if copied > inspector.budget.max_bytes:
                raise UsageError("standard input is larger than the budget allows", "标准输入超出资源限额")
            file.write(chunk)
        file.flush()
        return inspector.inspect(Path(file.name), STDIN)
