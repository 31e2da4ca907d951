"""Nothing is lost or half done, whenever processes are killed: 25 kills here, more with `tools/kill_test.py`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "kill_test.py"
assert importlib.util.find_spec("overt")


def test_kills_at_random_moments_lose_nothing():
    """In a process of its own: it forks, which a process with threads should not."""
    done = subprocess.run([sys.executable, TOOL, "--kills", "25"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kills=25" in done.stdout
    assert "wrong=[]" in done.stdout
