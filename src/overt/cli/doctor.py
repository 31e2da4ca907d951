"""`overt doctor`: what a set-up lacks, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from overt.cli.show import out, plain, print_json
from overt.language import Text
from overt.setup.doctor import examine_setup

HELP = Text(zh="检查配置：缺少什么，如何补上。", en="What is missing in the set-up, and how to mend it.")
_SIGNS = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "missing": "[red]✗[/]"}


def command(
    as_json: Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))] = False,
) -> int:
    """Prints every check; 1 where something is missing."""
    checks = examine_setup()
    if as_json:
        for check in checks:
            told = {
                "name": check.name.both(),
                "state": check.state,
                "found": check.found.both(),
                "mend": check.mend.both() if check.mend else None,
            }
            print_json(told)
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for check in checks:
            mend = f"\n[dim]→ {plain(check.mend)}[/]" if check.mend else ""
            table.add_row(_SIGNS[check.state], str(check.name), plain(check.found) + mend)
        out.print(table)
    return int(any(check.state == "missing" for check in checks))
