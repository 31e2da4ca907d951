from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from overt.marking.scratch import PREFIX, scratch

HOLDS_ONE = """
import sys
from pathlib import Path
from overt.marking.scratch import scratch
with scratch(Path(sys.argv[1])) as made:
    (made / "half.png").write_bytes(b"half a picture")
    print(made, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another process, at work in a scratch folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS_ONE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process.made = Path(process.stdout.readline().strip())
    yield process
    process.kill()
    process.communicate()


def test_nothing_is_left(tmp_path: Path):
    with scratch(tmp_path) as made:
        (made / "file").touch()
        assert made.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path, other):
    other.kill()
    other.wait()
    assert (other.made / "half.png").is_file()

    with scratch(tmp_path) as made:
        assert list(tmp_path.iterdir()) == [made]


def test_what_another_process_works_in_is_left_alone(tmp_path: Path, other):
    with scratch(tmp_path):
        assert (other.made / "half.png").is_file()


def test_a_link_that_is_called_so_is_not_followed(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").touch()
    work = tmp_path / "work"
    work.mkdir()
    (work / f"{PREFIX}x").symlink_to(elsewhere)

    with scratch(work):
        pass

    assert (elsewhere / "mine").exists()
