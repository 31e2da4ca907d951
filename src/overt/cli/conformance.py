"""How the clauses of an inspection are shown in a terminal and put into a page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from overt.cli.show import err, out, plain
from overt.errors import MediaError, UsageError
from overt.inspection import Inspection, Inspector
from overt.inspection.conformance import Finding, State, medium_of
from overt.language import Text
from overt.report import clauses
from overt.report.preview import Preview, preview
from overt.rulebook import MarkRules, mark_rules
from overt.settings import Setup

_SIGNS: dict[State, tuple[str, str]] = {
    "met": ("✓", "green"),
    "not-met": ("✗", "red"),
    "could-not-tell": ("?", "magenta"),
}


def rulebooks(names: str | None, setup: Setup | None) -> tuple[MarkRules, ...]:
    """The rulebooks that were named; else the one of the set-up, else China's. Raises `UsageError`."""
    if names is None:
        return (mark_rules(setup.settings.rulebook if setup else "cn"),)
    return tuple(mark_rules(name.strip()) for name in dict.fromkeys(names.split(",")))


def show(findings: Sequence[Finding]) -> None:
    """The findings of one file, for a person."""
    for _, group in groupby(findings, key=lambda finding: finding.rulebook.id):
        found = list(group)
        out.print(f"   [bold]{plain(found[0].rulebook.jurisdiction)}[/] [dim]{found[0].rulebook.id}[/]")
        for finding in found:
            sign, colour = _SIGNS[finding.outcome.state]
            clause = finding.clause
            soft = f" [dim]({Text(zh='鼓励', en='encouraged')})[/]" if clause.force == "may" else ""
            out.print(
                f"   [{colour}]{sign} {plain(clauses.STATES[finding.outcome.state])}[/]  {plain(clause.text)}{soft} "
                f"[dim]{plain(clause.clause)} · {clause.duty}[/]",
                soft_wrap=True,
            )
            out.print(f"       {plain(finding.outcome.measured)}", soft_wrap=True)
        out.print()


class Page:
    """The page that `--report` writes, filled file by file."""

    def __init__(self, target: Path, books: tuple[MarkRules, ...]) -> None:
        if not target.absolute().parent.is_dir():
            raise UsageError(
                f"there is no folder {target.absolute().parent}", f"目录 {target.absolute().parent} 不存在"
            )
        if target.is_dir():
            raise UsageError(f"{target} is a folder", f"{target} 是目录")
        self._target = target
        self._books = books
        self._examined: list[clauses.Examined] = []

    def add(self, inspector: Inspector, path: Path | None, answer: Inspection, findings: Sequence[Finding]) -> None:
        """Adds a file with what can be shown of it; standard input is gone by then and is not shown."""
        shown = Preview()
        medium = medium_of(answer.examination.media_type)
        if path is not None and medium and answer.examination.container:
            try:
                shown = inspector.guard.call(
                    preview, path.absolute(), answer.examination.container, medium, inspector.budget
                )
            except MediaError:
                shown = Preview()
        self._examined.append(clauses.Examined(answer, tuple(findings), shown))

    def write(self) -> None:
        """Writes the page, in one step. Raises `UsageError` where it may not be written."""
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        page = clauses.write(self._examined, version("overt"), date)
        try:
            descriptor, beside = tempfile.mkstemp(dir=self._target.absolute().parent, prefix=".overt-report-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(page)
            Path(beside).chmod(0o644)
            Path(beside).replace(self._target)
        except OSError as error:
            raise UsageError(f"the report cannot be written: {error}", f"无法写入报告：{error}") from error
        err.print(f"{Text(zh='报告', en='report')}: [bold]{plain(self._target)}[/]")
