"""Every `console` and `python` block of the pages does what the page says.

A page has a folder of its own with one sample of each kind under the names of `NAMES`, and a set-up, unless the page
makes one. Blocks of other kinds are not run: `sh` for what takes an empty machine or minutes, `py` for signatures.
A Chinese page that shows the same as its English twin is not run again.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import overt.cli
from docs.pages import DOCS, ROOT, Page, commands, fits, page, tree
from overt.setup.initialise import initialise

NAMES = {
    "png": "picture.png", "jpg": "photo.jpg", "webp": "drawing.webp",
    "wav": "voice.wav", "mp3": "speech.mp3", "flac": "music.flac", "mp4": "film.mp4",
    "m4a": "talk.m4a", "glb": "room.glb", "xlsx": "table.xlsx", "pptx": "slides.pptx", "epub": "book.epub",
    "txt": "story.txt", "md": "notes.md", "html": "page.html", "pdf": "report.pdf", "docx": "letter.docx",
}  # fmt: skip


def _examples(text: Page) -> list[str]:
    return [block.body for block in text.blocks if block.kind in ("console", "python")]


def _pages() -> list[object]:
    english, chinese = tree("en"), tree("zh")
    found = [("en", name) for name, text in english.items() if _examples(text)]
    for name, text in chinese.items():
        twin = english.get(name)
        if _examples(text) and (twin is None or _examples(twin) != _examples(text)):
            found.append(("zh", name))
    return [pytest.param(*each, id="/".join(each)) for each in found]


@pytest.fixture
def folder(samples: dict[str, Path], tmp_path: Path) -> Path:
    for suffix, name in NAMES.items():
        shutil.copyfile(samples[suffix], tmp_path / name)
    return tmp_path


def _command(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """A command as bash would run it. One that is `overt` alone runs in this process, which spares it a start."""
    words = shlex.split(line, comments=True)
    assert words[:2] != ["overt", "serve"], "a server does not end: show it in a `sh` block, which is not run"
    if words[0] != "overt" or re.search(r"[|;&<>$]", line):
        run = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        return run.returncode, run.stdout + run.stderr
    monkeypatch.setattr(sys, "argv", words)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), pytest.raises(SystemExit) as ended:
        overt.cli.main()
    return int(ended.value.code or 0), printed.getvalue()


def _run(text: Page, folder: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "$ overt init" not in text.text:
        initialise(folder, "Example-Studio")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OVERT_LANG", language)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    blocks = [*text.blocks, None]
    for block, following in pairwise(blocks):
        assert block is not None
        if block.kind == "console":
            for command in commands(block.body):
                code, told = _command(command.line, monkeypatch)
                assert code == command.code, f"{command.line}\n{told}"
                assert not command.output or fits(command.output, told), f"{command.line}\n{told}"
        elif block.kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(block.body, str(text.path), "exec"), {"__name__": "example"})
            if following is not None and following.kind == "text":
                assert fits(following.body.strip("\n"), printed.getvalue()), f"{block.body}\n{printed.getvalue()}"


@pytest.mark.parametrize(("language", "name"), _pages())
def test_a_page_tells_what_happens(language: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(page(DOCS / language / name), folder, language, monkeypatch)


def test_the_readme_tells_what_happens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(page(ROOT / "README.md"), folder, "en", monkeypatch)


def test_elided_output_fits() -> None:
    assert fits("a …\n…\nz", "a b\nanything\nat all\nz\n")
    assert fits("a …\n…\nz", "a \nz\n")
    assert not fits("a …\nz", "a b\nc\nz\n")
    assert not fits("a", "a\nb\n")
