"""`overt doctor`: what a set-up lacks, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from overt.cli.show import out, plain, print_json
from overt.language import Text

HELP = Text(zh="检查配置：缺少什么，如何补上。", en="What is missing in the set-up, and how to mend it.")
_SIGNS = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "missing": "[red]✗[/]"}


def command(
    as_json: Annotated[
        bool, typer.Option("--json", help=str(Text(zh="输出一个 JSON 对象。", en="Print one JSON object.")))
    ] = False,
) -> int:
    """Prints every check; 1 where something is missing."""
    from overt.setup.doctor import examine_setup  # noqa: PLC0415  # the store is slow to import

    checks = examine_setup()
    if as_json:
        told = [
            {
                "name": check.name.both(),
                "state": check.state,
                "found": check.found.both(),
                "mend": check.mend.both() if check.mend else None,
            }
            for check in checks
        ]
        print_json({"checks": told})
    else:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for overflow in ("ellipsis", "fold", "fold"):
            table.add_column(overflow=overflow)
        for check in checks:
            mend = f"\n[dim]→ {plain(check.mend)}[/]" if check.mend else ""
            table.add_row(_SIGNS[check.state], str(check.name), plain(check.found) + mend)
        out.print(table)
    return int(any(check.state == "missing" for check in checks))
