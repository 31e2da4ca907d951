"""`overt trace`: from a copy back to the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli import remote
from overt.cli.show import MARKS, VERDICTS, err, out, plain, print_json
from overt.errors import OvertError, UsageError
from overt.inspection.fingerprint import KINDS, match_in_words
from overt.language import Text

if TYPE_CHECKING:
    from overt.tracing.model import Candidate, Trace
    from overt.tracing.tracer import Tracer

HELP = Text(
    zh="从副本回溯到我方记录：由谁、何时、以何种技术生成，哪些标识还在，凭什么证据。",
    en="From a copy back to our record: who made it, when and how, which marks are left, and what led there.",
)
_NOT_FOUND, _COULD_NOT_TELL = 1, 3
_OUTCOMES = {
    "found": (Text(zh="已找到记录", en="record found"), "bold white on red", "●"),
    "not-found": (Text(zh="没有找到我方内容", en="nothing of ours found"), "bold white on blue", "○"),
    "could-not-tell": (Text(zh="无法判断", en="could not tell"), "bold white on magenta", "?"),
}


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help=str(Text(zh="要回溯的文件。", en="Files to trace.")))
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(zh="每个文件输出一行 JSON。", en="One JSON object per file.")))
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help=str(Text(zh="写成一个网页，副本与原件并排。", en="Write a page with copy and content side by side.")),
        ),
    ] = None,
    remember: Annotated[
        bool,
        typer.Option(
            "--remember",
            help=str(
                Text(
                    zh="记住被举报的文件（只存指纹），以便再次出现时认出；须给出 --reason。",
                    en="Remember files that were reported, by their fingerprints, to know them again; with --reason.",
                )
            ),
        ),
    ] = False,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help=str(Text(zh="为何记住。", en="Why they are remembered.")))
    ] = "",
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help=str(
                Text(
                    zh="删除被举报内容的指纹；此时 FILE 为举报编号。",
                    en="Delete what is kept of reported contents; FILE is then the number of the report.",
                )
            ),
        ),
    ] = False,
) -> int:
    """Traces each file, or remembers it."""
    if remember and forget:
        raise UsageError("either --remember or --forget", "--remember 与 --forget 只能选一个")
    if remote.chosen():
        remote.without(remember=remember, forget=forget, report=report)
        return _by_server(files, as_json=as_json)
    with api.tracer(settings.load()) as tracer:
        if forget:
            return _forget(tracer, files)
        if remember:
            return _remember(tracer, files, reason, as_json=as_json)
        return _trace(tracer, files, report, as_json=as_json)


def _by_server(files: list[Path], *, as_json: bool) -> int:
    outcomes = []
    with remote.client() as client:
        for path in files:
            told = client.trace(path)
            outcomes.append(told["outcome"])
            if as_json:
                print_json(told)
            else:
                remote.show_trace(told)
    return _exit(outcomes)


def _exit(outcomes: list[str]) -> int:
    if "could-not-tell" in outcomes:
        return _COULD_NOT_TELL
    return _NOT_FOUND if "not-found" in outcomes else 0


def head(outcome: str, file: str) -> None:
    """The first line of a trace."""
    word, style, sign = _OUTCOMES[outcome]
    out.print(f"[{style}] {sign} {word} [/]  [bold]{plain(file)}[/]")


def _trace(tracer: Tracer, files: list[Path], report: Path | None, *, as_json: bool) -> int:
    from overt.tracing.form import trace_json  # noqa: PLC0415
    from overt.tracing.page import Page  # noqa: PLC0415

    page = Page(report) if report else None
    outcomes: list[str] = []
    for path in files:
        trace = tracer.trace(path)
        outcomes.append(trace.outcome)
        if as_json:
            print_json(trace_json(trace))
        else:
            _show(trace)
        if page:
            page.add(tracer, path, trace)
    if page:
        page.write()
        err.print(f"{Text(zh='报告', en='report')}: [bold]{plain(report)}[/]")
    return _exit(outcomes)


def _remember(tracer: Tracer, files: list[Path], reason: str, *, as_json: bool) -> int:
    worst = 0
    for path in files:
        try:
            done = tracer.remember(path, reason)
        except OvertError as error:
            if len(files) == 1:
                raise
            err.print(f"[bold red]✗[/] {plain(path)}: {plain(error.message)}")
            worst = max(worst, error.exit_code)
            continue
        if as_json:
            print_json({"file": str(path), "report_id": done.report_id, "sha256": done.sha256, "reason": done.reason})
        else:
            told = Text(zh="已记住，举报编号", en="remembered as report")
            out.print(f"[bold green]✓[/] [bold]{plain(path)}[/]  {told} {done.report_id}", soft_wrap=True)
    return worst


def _forget(tracer: Tracer, numbers: list[Path]) -> int:
    for number in numbers:
        tracer.forget(str(number))
        out.print(f"[bold green]✓[/] {Text(zh='已删除', en='forgotten')} {plain(number)}")
    return 0


def _show(trace: Trace) -> None:
    head(trace.outcome, trace.file)
    out.print(f"   {Text(zh='结论', en='verdict')}: {VERDICTS[trace.inspection.verdict.kind][0]}")
    for contradiction in trace.contradictions:
        out.print(f"   [bold red]⚠ {plain(contradiction.text)}[/]", soft_wrap=True)
    for number, each in enumerate(trace.candidates, 1):
        _candidate(number, each)
    for values in trace.unknown:
        told = Text(
            zh=f"水印编号 {values['id']} 由我方密钥写入，但不在我方记录中",
            en=f"the watermark id {values['id']} was put on with our key, and is not in our record",
        )
        out.print(f"   [magenta]? {plain(told)}[/]", soft_wrap=True)
    for gap in trace.gaps:
        told = Text(zh=f"未能比对（{KINDS[gap.kind].zh}）：", en=f"not compared ({KINDS[gap.kind].en}): ")
        out.print(f"   [dim]{told}{plain(gap.reason)}[/]", soft_wrap=True)
    out.print()


def _candidate(number: int, each: Candidate) -> None:
    from overt.tracing.model import POINTERS  # noqa: PLC0415

    led = ", ".join(str(POINTERS[pointer]) for pointer in each.led_by)
    colour = "red" if each.holds else "yellow"
    out.print(f"   [{colour}]{number}.[/] [bold]{each.content_id}[/]  [dim]← {led}[/]", soft_wrap=True)
    for name, value in _record(each):
        out.print(f"       [dim]{name}[/] {plain(value)}", soft_wrap=True)
    for name, value in _evidence(each):
        out.print(f"       [{colour}]•[/] {name}: {plain(value)}", soft_wrap=True)


def _record(each: Candidate) -> list[tuple[Text, object]]:
    if each.report:
        return [
            (Text(zh="被举报", en="reported"), each.report.remembered),
            (Text(zh="原因", en="reason"), each.report.reason),
        ]
    release = each.release
    if release is None:
        return []
    proof = {
        True: Text(zh="证明成立", en="proved"),
        False: Text(zh="证明不成立", en="the proof does not hold"),
        None: Text(zh="未证明", en="not proved"),
    }[each.proved]
    rows: list[tuple[Text, object]] = [
        (Text(zh="提供者", en="producer"), release.producer),
        (Text(zh="发布时间", en="released"), release.released),
        (Text(zh="技术", en="techniques"), ", ".join(release.techniques)),
        (Text(zh="系统", en="system"), release.system),
        (Text(zh="账本条目", en="ledger entry"), f"{each.ledger_index} ({proof})"),
        (Text(zh="仍在的标识", en="marks found"), _names(each.kept_marks)),
        (Text(zh="丢失的标识", en="marks lost"), _names(each.lost)),
        (Text(zh="无法读取的标识", en="marks not read"), _names(each.unread)),
    ]
    return [(name, value) for name, value in rows if value]


def _names(marks: tuple[str, ...]) -> str:
    return ", ".join(str(MARKS[mark]) for mark in marks)


def _evidence(each: Candidate) -> list[tuple[Text, object]]:
    from overt.tracing.agreement import WORDS, error_rate  # noqa: PLC0415
    from overt.tracing.finder import match_values  # noqa: PLC0415

    rows: list[tuple[Text, object]] = []
    for mark in each.marks:
        told = f"{mark.values['id']}, p ≤ 10^{mark.values['p']:.0f}; {WORDS[mark.agreement]}"
        rows.append((MARKS["watermark"], told))
        if laid := mark.likeness:
            shown = Text(
                zh=f"相关系数 {laid.score:.2f}（误报率 {error_rate(laid):.1g}），占原件的 {laid.share:.0%}",
                en=f"correlation {laid.score:.2f} (error rate {error_rate(laid):.1g}), {laid.share:.0%} of the content",
            )
            rows.append((Text(zh="按水印位置与原件比对", en="laid on the content by the watermark"), shown))
    rows += [(KINDS[match.kind], match_in_words(match_values(match))) for match in each.matches]
    return rows
