"""`overt demo`: the main job on real media, from the generator to the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from overt.cli.show import out
from overt.language import Text

HELP = Text(
    zh="演示：生成真实的合成内容，标识、发布、检查，最后给出一份可打开的报告。",
    en="The main job on real media: make, mark, release, inspect; ends with a report to open.",
)


def command(
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help=str(Text(zh="结果目录。", en="Folder for the results.")))
    ] = Path("demo-out"),
) -> int:
    """Runs the demonstration."""
    from overt.demo.story import run  # noqa: PLC0415  # brings OpenCV and PyAV along

    return run(folder, out)
