"""The command line as a contract: names, output and exit codes that others build on (design, section 7)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from commands import overt_here
from samples import SUFFIXES

OVERT = str(Path(sys.executable).with_name("overt"))


def overt(*arguments: str | Path, folder: Path, language: str = "en", **more) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OVERT_", "LC_", "LANG"))}
    return subprocess.run(
        [OVERT, *map(str, arguments)],
        cwd=folder,
        env=clean | {"OVERT_LANG": language, "COLUMNS": "200"},
        capture_output=True,
        text="input" not in more,
        check=False,
        timeout=120,
        **more,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    made = overt("init", "--producer", "Example Studio", "--yes", folder=folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def marked(home: Path, samples: dict[str, Path]) -> dict:
    done = overt("mark", samples["png"], "-o", "out.png", "--technique", "image_generation", "--json", folder=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_init_asks_nothing_with_yes_and_makes_what_it_says(home: Path):
    assert (home / "overt.toml").is_file()
    assert (home / "overt-data").is_dir()
    assert {path.name[:9] for path in (home / "keys").iterdir()} == {"TEST-ONLY", "watermark", "ledger.pe", "vault.key"}


def test_init_asks_when_it_may(tmp_path: Path):
    done = overt("init", folder=tmp_path, input="明示公司\nExample\n".encode())

    assert done.returncode == 0
    assert 'producer = "Example"' in (tmp_path / "overt.toml").read_text(encoding="utf-8")
    assert b"cannot stand in a metadata label" in done.stdout


def test_init_in_a_folder_that_it_makes(tmp_path: Path):
    assert overt_here("init", "new/place", "--yes", folder=tmp_path).returncode == 0
    assert (tmp_path / "new" / "place" / "overt.toml").is_file()


def test_init_overwrites_nothing(home: Path):
    done = overt_here("init", "--yes", folder=home)

    assert done.returncode == 2
    assert "What to do next" in done.stderr


def test_mark_prints_what_is_where(marked: dict, home: Path):
    assert {mark["mark"] for mark in marked["marks"]} == {"watermark", "label", "metadata", "credential"}
    label = next(mark for mark in marked["marks"] if mark["mark"] == "label")
    assert label["values"]["measures"]["glyph_height_ratio"] >= 0.05
    assert (home / "out.png").is_file()


def test_inspect_prints_the_agreed_object(marked: dict, home: Path):
    done = overt("inspect", "out.png", "--json", folder=home)
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert " ".join(answer) == ("file sha256 media_type verdict reasons contradictions aigc readings notice write_back")
    assert answer["verdict"] == "confirmed"
    assert answer["aigc"]["ProduceID"] == marked["content_id"]
    assert set(answer["notice"]) == {"zh", "en"}
    states = {reading["mark"]: reading["state"] for reading in answer["readings"]}
    assert states["metadata"] == states["label"] == "found"
    assert {"mark", "state", "carrier", "values", "defects"} <= set(answer["readings"][0])


def test_inspect_needs_no_set_up_and_reads_standard_input(marked: dict, home: Path, tmp_path: Path):
    done = overt("inspect", "-", "--json", folder=tmp_path, input=(home / "out.png").read_bytes())
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert (answer["file"], answer["verdict"], answer["write_back"]) == ("-", "confirmed", None)


def test_inspect_reads_all_files_of_a_folder(samples: dict[str, Path], tmp_path: Path):
    files = [samples[suffix] for suffix in SUFFIXES]
    done = overt_here("inspect", files[0].parent, "--only", "metadata", "--json", folder=tmp_path)
    answers = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 0
    assert len(answers) == len(files)
    assert {answer["verdict"] for answer in answers} == {"none"}


def test_could_not_tell_is_exit_code_3(samples: dict[str, Path], tmp_path: Path):
    (tmp_path / "cut.png").write_bytes(samples["png"].read_bytes()[:20])
    done = overt_here("inspect", "cut.png", samples["jpg"], "--json", folder=tmp_path)

    assert done.returncode == 3
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["unreadable", "none"]


@pytest.mark.parametrize(
    ("reason", "arguments", "code"),
    [
        ("no such file", ("inspect", "nothing.png"), 2),
        ("no file at all", ("inspect",), 2),
        ("no technique", ("mark", "a.png", "-o", "b.png"), 2),
        ("unknown technique", ("mark", "sample.png", "-o", "b.png", "--technique", "magic"), 2),
        ("no output", ("mark", "sample.png", "--technique", "other"), 2),
        ("two outputs", ("mark", "sample.png", "-o", "b.png", "--out-dir", "d", "--technique", "other"), 2),
        ("unknown mark", ("mark", "sample.png", "-o", "b.png", "--technique", "other", "--only", "glitter"), 2),
        ("unknown command", ("destroy",), 2),
        ("bad code", ("init", "elsewhere", "--producer", "0" * 27, "--yes"), 2),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_so(
    reason: str, arguments: tuple[str, ...], code: int, home: Path, samples: dict[str, Path]
):
    (home / "sample.png").write_bytes(samples["png"].read_bytes())
    done = overt_here(*arguments, folder=home)

    assert done.returncode == code
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_mark_without_a_set_up_says_what_to_do(samples: dict[str, Path], tmp_path: Path):
    done = overt_here("mark", samples["png"], "-o", "out.png", "--technique", "other", folder=tmp_path)

    assert done.returncode == 2
    assert "overt init" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_one_bad_file_does_not_stop_the_others(home: Path, samples: dict[str, Path], tmp_path: Path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = overt_here("mark", bad, samples["txt"], "--out-dir", "both", "-t", "other", "--json", folder=home)
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 3
    assert "error" in lines[0]
    assert lines[1]["content_id"]
    assert not (home / "both" / "bad.png").exists()


def test_both_languages_are_spoken(home: Path, tmp_path: Path):
    for command in ([], ["init"], ["mark"], ["inspect"], ["doctor"], ["demo"]):
        zh = overt_here(*command, "--help", folder=tmp_path, language="zh").stdout
        en = overt_here(*command, "--help", folder=tmp_path, language="en").stdout
        assert re.search(r"[\u4e00-\u9fff]", zh), command
        assert not re.search(r"[\u4e00-\u9fff]", en), command
    assert "下一步" in overt_here("mark", "x.png", "-o", "y.png", "-t", "other", folder=home, language="zh").stderr


def test_the_doctor_says_what_is_missing(home: Path, tmp_path: Path):
    assert overt_here("doctor", folder=home).returncode == 0
    without = overt_here("doctor", "--json", folder=tmp_path)

    assert without.returncode == 1
    assert any(each["state"] == "missing" for each in json.loads(without.stdout)["checks"])


def test_a_closed_pipe_is_no_error(home: Path):
    done = subprocess.run(
        f"{OVERT} inspect out.png out.png out.png --json | head -c 10",
        shell=True,
        cwd=home,
        capture_output=True,
        check=False,
    )

    assert b"Traceback" not in done.stderr


def test_names_with_markup_are_shown_as_they_are(samples: dict[str, Path], tmp_path: Path):
    strange = tmp_path / "[bold]x[ red ]0:v:0\u202e.png"
    strange.write_bytes(samples["png"].read_bytes())
    done = overt_here("inspect", strange.name, folder=tmp_path)

    assert done.returncode == 0
    assert "[bold]x[ red ]0:v:0" in done.stdout


def test_names_that_are_no_text_are_files_all_the_same(marked: dict, home: Path):
    name = os.fsdecode(b"\xff\xfe.png")
    (home / name).write_bytes((home / "out.png").read_bytes())
    inspected = overt("inspect", name, "--json", folder=home)
    again = overt("mark", name, "-o", os.fsdecode(b"out\xfe.png"), "-t", "other", "--json", folder=home)

    assert json.loads(inspected.stdout)["verdict"] == "confirmed"
    assert again.returncode == 0
    assert (home / os.fsdecode(b"out\xfe.png")).is_file()


NASTY = "\x1b]0;owned\x07\x1b[2J\n ● confirmed\u202egnp.\x9b31m"


def test_nothing_of_a_strangers_reaches_the_terminal_as_a_command(samples: dict[str, Path], tmp_path: Path):
    label = json.dumps({"Label": "1", "ContentProducer": NASTY, "ProduceID": "x\x1b[31m"})
    path = tmp_path / f"{NASTY}.png"
    with Image.open(samples["png"]) as picture:
        notes = PngInfo()
        notes.add_itxt("AIGC", label)
        picture.save(path, pnginfo=notes)

    for arguments in (["inspect", path.name], ["--verbose", "inspect", path.name], ["inspect", path.name, "--json"],
                      ["inspect", path.name + "?"], ["mark", path.name, "-o", "out.png", "-t", "other"],
                      ["inspect", "--only", NASTY, path.name]):  # fmt: skip
        done = overt_here(*arguments, folder=tmp_path)
        shown = done.stdout + done.stderr
        assert shown
        assert set(NASTY) & set(shown) <= set(NASTY) - set("\x1b\x07\u202e\x9b")
        assert "\n ● confirmed\\u202e" not in shown
    told = json.loads(overt_here("inspect", path.name, "--json", folder=tmp_path).stdout)
    assert told["file"] == path.name
    assert told["aigc"]["ContentProducer"] == NASTY


def test_an_old_terminal_gets_escapes_and_valid_json(samples: dict[str, Path], tmp_path: Path):
    old = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    for more, code in (([], 0), (["--json"], 0), (["--only", "明"], 2)):
        done = subprocess.run(
            [OVERT, "inspect", samples["png"], *more], cwd=tmp_path, env=old, capture_output=True, check=False
        )
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
        if "--json" in more:
            assert json.loads(done.stdout)["notice"]["zh"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_behind_the_output_is_told(samples: dict[str, Path], tmp_path: Path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [OVERT, "inspect", samples["png"], "--json"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(closed: str, home: Path, samples: dict[str, Path], tmp_path: Path):
    target = tmp_path / "out.png"
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", OVERT, "mark", samples["png"], "-o", target, "-t", "other"],
        cwd=home,
        check=False,
    )

    assert done.returncode == 0
    assert target.is_file()


STOP_AT_THE_FIRST_IMPORT = """
import os, signal, sys, overt.cli
class Stop:
    def find_spec(self, *_):
        os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
overt.cli.main()
"""


@pytest.fixture
def heeding() -> Iterator[None]:
    """A background job ignores Ctrl-C, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding")
def test_ctrl_c_while_modules_load_ends_with_one_line(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", STOP_AT_THE_FIRST_IMPORT],
        cwd=home, env=os.environ | {"OVERT_LANG": "en"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (130, "Stopped.\n")


@pytest.mark.usefixtures("heeding")
def test_ctrl_c_at_work_ends_with_one_line(home: Path):
    with subprocess.Popen(
        [OVERT, "inspect", "-"], cwd=home, env=os.environ | {"OVERT_LANG": "en"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        process.stdin.write(b"x" * (4 << 20))  # More than a pipe holds: it is at work when this returns.
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()

    assert (process.returncode, told) == (130, b"Stopped.\n")


def test_completion_is_shown_for_the_shell_that_asks(tmp_path: Path):
    # The colon keeps bash from giving its place to the program: the shell is found among its parents.
    done = subprocess.run(
        ["bash", "-c", f"{OVERT} --show-completion; :"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "_OVERT_COMPLETE=complete_bash" in done.stdout
