"""The command line in this process, which spares each command a start. `cli/test_contract.py` starts real ones."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from pathlib import Path
from unittest import mock

import pytest

import overt.cli

_OURS = ("OVERT_", "LC_", "LANG")


def overt_here(*arguments: str | Path, folder: Path, language: str = "en") -> subprocess.CompletedProcess[str]:
    """Runs `overt ARGUMENTS` in a folder, as somebody would who reads this language."""
    words = ["overt", *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    told, wrong = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, clean | {"OVERT_LANG": language, "COLUMNS": "200"}, clear=True),
        mock.patch("sys.argv", words),
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(wrong),
        pytest.raises(SystemExit) as ended,
    ):
        overt.cli.main()
    return subprocess.CompletedProcess(words, int(ended.value.code or 0), told.getvalue(), wrong.getvalue())
