"""`overt demo`: the main job on real media, from the generator to the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from overt.cli.show import out
from overt.language import Text

HELP = Text(
    zh="演示全程：询问闸口，生成、标识、发布、检查、撤回同意，最后给出报告和证据包。",
    en="The whole way on real media: ask the gate, make, mark, release, inspect, withdraw; ends with a report to open.",
)


def command(
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help=str(Text(zh="结果目录。", en="Folder for the results.")))
    ] = Path("demo-out"),
) -> int:
    """Runs the demonstration."""
    from overt.demo.story import run  # noqa: PLC0415  # brings OpenCV and PyAV along

    return run(folder, out)
