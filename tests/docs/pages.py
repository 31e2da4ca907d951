"""The documentation as the tests see it: pages with their headings and fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(?P<kind>[\w-]*)[^\n]*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ ", re.MULTILINE)


class Block(NamedTuple):
    kind: str
    body: str


class Command(NamedTuple):
    line: str
    code: int
    output: str


@dataclass(frozen=True)
class Page:
    path: Path
    text: str

    @property
    def blocks(self) -> list[Block]:
        return [Block(found["kind"], found["body"]) for found in _FENCE.finditer(self.text)]

    @property
    def headings(self) -> list[str]:
        """The hashes of each heading, in order."""
        return [found[0].strip() for found in _HEADING.finditer(_FENCE.sub("", self.text))]

    @property
    def commands(self) -> list[Command]:
        """Every command of the page that is run, with its exit code and the output shown, if any."""
        return [command for block in self.blocks if block.kind == "console" for command in commands(block.body)]


def commands(body: str) -> list[Command]:
    """The commands of a `console` block: lines that begin with `$`, each with the lines below it."""
    found = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        while line.endswith("\\"):
            following, _, output = output.partition("\n")
            line = line + "\n" + following
        code = re.search(r"# exit (\d+)", line)
        found.append(Command(line, int(code[1]) if code else 0, output.strip("\n")))
    return found


def page(path: Path) -> Page:
    return Page(path, path.read_text(encoding="utf-8"))


def tree(language: str) -> dict[str, Page]:
    """The pages of one language by their path below it."""
    folder = DOCS / language
    return {str(path.relative_to(folder)): page(path) for path in sorted(folder.rglob("*.md"))}


def fits(expected: str, output: str) -> bool:
    """Whether an output is as shown. `…` stands for anything in a line, and on a line of its own for any lines."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\\n]*".join(re.escape(part.rstrip()) for part in line.split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern + r"\n*", output.rstrip("\n") + "\n") is not None
