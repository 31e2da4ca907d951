"""Real workers, real misbehaviour. After each of them the guard must still work."""

from __future__ import annotations

import errno
import itertools
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from overt import errors
from overt.errors import BudgetError, FormatError, InternalError, OvertError, SetupError, UsageError
from overt.language import Text
from overt.media import wire
from overt.media.budget import GIB, MIB, Budget
from overt.media.guard import Guard, GuardPool
from overt.media.process import CALLS_PER_WORKER
from overt.testing import misbehaviour

SMALL = Budget(memory=64 * MIB, cpu_s=0.2, wall_s=20, max_written=4_096, max_answer=100_000)
SHORT = Budget(wall_s=0.2)


@pytest.fixture(scope="module")
def shared() -> Iterator[Guard]:
    with Guard() as guard:
        yield guard


@pytest.fixture
def guard(shared: Guard) -> Iterator[Guard]:
    """One guard for all tests, which must leave it working."""
    yield shared
    assert shared.call(misbehaviour.echo, b"\x00\xff still here") == b"\x00\xff still here"


# -- what a file may not take ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "args", "budget", "limit"),
    [
        pytest.param(misbehaviour.take, (128 * MIB,), SMALL, "memory", id="memory"),
        pytest.param(misbehaviour.work, (60.0,), SMALL, "cpu_s", id="processor time"),
        pytest.param(misbehaviour.sleep, (60.0,), SHORT, "wall_s", id="wall time"),
        pytest.param(misbehaviour.catch_everything, (60.0,), SHORT, "wall_s", id="wall time, signals ignored"),
        pytest.param(misbehaviour.answer_at_length, (200_000,), SMALL, "max_answer", id="answer"),
        pytest.param(misbehaviour.kill_itself, (signal.SIGALRM,), SMALL, "wall_s", id="SIGALRM"),
        pytest.param(misbehaviour.kill_itself, (signal.SIGKILL,), SMALL, "SIGKILL", id="SIGKILL"),
        pytest.param(misbehaviour.crash, (), SMALL, "SIGSEGV", id="SIGSEGV"),
        pytest.param(misbehaviour.abort, (), SMALL, "SIGABRT", id="SIGABRT"),
    ],
)
def test_too_much_is_a_budget_error_that_names_the_limit(
    guard: Guard, function: Callable[..., Any], args: tuple[Any, ...], budget: Budget, limit: str
):
    with pytest.raises(BudgetError) as caught:
        guard.call(function, *args, budget=budget)

    assert limit in caught.value.message.en
    assert limit in caught.value.message.zh


def test_nesting_without_end_is_a_budget_error(guard: Guard):
    with pytest.raises(BudgetError) as caught:
        guard.call(misbehaviour.recurse, 100_000, budget=SMALL)

    assert "nested" in caught.value.message.en
    assert "嵌套" in caught.value.message.zh


def test_a_file_that_grows_too_big_is_stopped(guard: Guard):
    target = guard.scratch / "big"
    assert guard.call(misbehaviour.write, target, 4_096, budget=SMALL) == 4_096

    with pytest.raises(BudgetError, match="max_written"):
        guard.call(misbehaviour.write, target, 8_192, budget=SMALL)
    assert target.stat().st_size <= 4_096


def test_what_the_budget_allows_is_no_error(guard: Guard):
    assert guard.call(misbehaviour.take, 16 * MIB, budget=SMALL) == 16 * MIB
    assert guard.call(misbehaviour.take, 128 * MIB) == 128 * MIB
    assert guard.call(misbehaviour.recurse, 500) == 500
    assert len(guard.call(misbehaviour.answer_at_length, 90_000, budget=SMALL)) == 90_000


def test_a_big_file_that_is_mapped_is_not_taken_for_memory(guard: Guard):
    path = guard.scratch / "sparse"
    with path.open("wb") as file:
        file.truncate(3 * GIB)
    assert guard.call(misbehaviour.map_file, path, budget=SMALL) == 3 * GIB


def test_each_call_has_its_processor_time_anew(guard: Guard):
    worker = guard.call(misbehaviour.identity)
    for _ in range(4):
        guard.call(misbehaviour.work, 0.08, budget=SMALL)
    assert guard.call(misbehaviour.identity) == worker


def test_a_larger_budget_gets_a_worker_that_may_have_it(guard: Guard):
    with Guard(SMALL) as small:
        worker = small.call(misbehaviour.identity)
        larger = Budget(memory=SMALL.memory * 8)
        assert small.call(misbehaviour.take, 256 * MIB, budget=larger) == 256 * MIB
        assert small.call(misbehaviour.identity) != worker


# -- where a file may not go ----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [misbehaviour.connect, misbehaviour.execute, misbehaviour.fork])
def test_no_network_no_programs_no_processes(guard: Guard, function: Callable[[], object]):
    if not guard.confinement.seccomp:
        assert any(each.startswith("seccomp") for each in guard.confinement.missing)
        return
    with pytest.raises(FormatError, match="PermissionError"):
        guard.call(function)


def test_other_processes_are_out_of_reach(guard: Guard):
    walls = guard.confinement
    if not walls.seccomp:
        assert any(each.startswith("seccomp") for each in walls.missing)
        return
    with pytest.raises(FormatError, match="PermissionError"):
        guard.call(misbehaviour.kill_other, os.getpid())


def test_threads_are_allowed(guard: Guard):
    assert guard.call(misbehaviour.start_threads, 8) == 8


def test_writing_is_for_the_given_folders(guard: Guard, tmp_path: Path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    old = outside / "old"
    old.write_bytes(b"as it was")
    with Guard(writable=[inside]) as narrow:
        assert narrow.call(misbehaviour.write, inside / "new", 3) == 3
        assert narrow.call(misbehaviour.write, narrow.scratch / "new", 3) == 3
        if narrow.confinement.landlock:
            for path in (outside / "new", old, inside / ".." / "outside" / "new"):
                with pytest.raises(FormatError, match="PermissionError"):
                    narrow.call(misbehaviour.write, path, 3)
            assert [(each.name, each.read_bytes()) for each in outside.iterdir()] == [("old", b"as it was")]
        else:
            assert any(each.startswith("Landlock") for each in narrow.confinement.missing)


def test_a_mode_is_not_changed(guard: Guard, tmp_path: Path):
    path = tmp_path / "private"
    path.touch(mode=0o600)
    if guard.confinement.seccomp:
        with pytest.raises(FormatError, match="PermissionError"):
            guard.call(misbehaviour.change_mode, path)
        assert path.stat().st_mode & 0o777 == 0o600
    else:
        assert guard.confinement.missing


def test_reading_is_allowed_whatever_the_name(guard: Guard, tmp_path: Path):
    for name in ("plain", "明示 100%.txt", os.fsdecode("旧名".encode("gb18030")), "new\nline"):
        path = tmp_path / name
        path.write_bytes(b"content")
        assert guard.call(misbehaviour.read, path) == b"content"
        assert guard.call(misbehaviour.name_of, path) == path


def test_a_relative_path_is_ours_not_the_workers(guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "here").write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    assert guard.call(misbehaviour.read, Path("here")) == b"content"


def test_the_worker_is_born_with_nothing_of_ours(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OVERT_TEST_SECRET", "do not hand down")
    listener = socket.socket()
    listener.set_inheritable(True)
    with listener, Guard() as fresh:
        environment = fresh.call(misbehaviour.environment)
        files = fresh.call(misbehaviour.open_files)

    assert "OVERT_TEST_SECRET" not in environment
    assert [each for each in files if "/dev/null" in each and each[0] in "012"] == files[:3]
    assert [each.partition(" ")[2].partition(":")[0] for each in files[3:]] == ["pipe", "pipe"]


OLD_KERNEL = """
import ctypes, errno, os, struct
# A filter that knows neither Landlock nor the system call seccomp, as kernels before 3.17 and 5.13.
refuse, seccomp = 0x00050000 | errno.ENOSYS, {"x86_64": 317, "aarch64": 277}[os.uname().machine]
code = [(0x20, 0, 0, 0), (0x15, 1, 0, 444), (0x15, 0, 1, seccomp), (6, 0, 0, refuse), (6, 0, 0, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in code))
filter = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(program)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter, 0, 0) == 0

from overt.errors import BudgetError
from overt.media.budget import Budget
from overt.media.guard import Guard
from overt.testing import misbehaviour
with Guard() as guard:
    walls = guard.confinement
    print(walls.landlock, walls.seccomp, walls.complete, *(each.split(":")[0] for each in walls.missing))
    assert guard.call(misbehaviour.echo, b"works") == b"works"
    try:
        guard.call(misbehaviour.work, 60.0, budget=Budget(cpu_s=0.1))
    except BudgetError as error:
        print(error)
"""


@pytest.mark.skipif(os.uname().machine not in {"x86_64", "aarch64"}, reason="the filter is for these two")
def test_a_kernel_without_the_walls_is_told_and_the_limits_still_hold():
    told = subprocess.run([sys.executable, "-c", OLD_KERNEL], capture_output=True, text=True, check=True).stdout

    walls, limit = told.splitlines()
    assert walls == "0 False False Landlock seccomp"
    assert "cpu_s" in limit


# -- what a worker may say ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "args"),
    [
        pytest.param(misbehaviour.leave, (0,), id="leaves"),
        pytest.param(misbehaviour.leave, (3,), id="leaves with a code"),
        pytest.param(misbehaviour.exit_politely, (), id="SystemExit"),
        pytest.param(misbehaviour.fail_with, ("?",), id="any other exception"),
        pytest.param(misbehaviour.answer_wrongly, (), id="another type than annotated"),
        pytest.param(misbehaviour.answer_no_text, (), id="text that is no Unicode"),
        pytest.param(misbehaviour.answer_garbage, (b"garbage",), id="no frame"),
        pytest.param(misbehaviour.answer_garbage, (b"R\xff\xff\xff\xff",), id="4 GB announced"),
        pytest.param(misbehaviour.answer_garbage, (wire.frame(b"F", b"{}"),), id="an empty failure"),
        pytest.param(misbehaviour.answer_garbage, (wire.frame(b"R", b'["text"]'),), id="a forged type"),
        pytest.param(misbehaviour.answer_garbage, (wire.frame(b"R", b"[" * 90_000),), id="a nesting bomb"),
        pytest.param(misbehaviour.answer_garbage, (wire.frame(b"R", b"\xff"),), id="no UTF-8"),
    ],
)
def test_nonsense_is_a_format_error(guard: Guard, function: Callable[..., Any], args: tuple[Any, ...]):
    with pytest.raises(FormatError) as caught:
        guard.call(function, *args)
    assert type(caught.value) is FormatError
    assert caught.value.message.zh != caught.value.message.en


def test_an_announced_answer_that_does_not_come_is_not_waited_for(guard: Guard):
    with pytest.raises(BudgetError, match="wall_s"):
        guard.call(misbehaviour.answer_garbage, b"R\x00\x00\x01\x00half", budget=SHORT)


def test_noise_on_the_standard_streams_does_no_harm(guard: Guard):
    assert guard.call(misbehaviour.flood, 4 * MIB) == 4 * MIB


@pytest.mark.parametrize("kind", misbehaviour.KINDS)
def test_an_error_arrives_as_it_was_raised(guard: Guard, kind: str):
    with pytest.raises(OvertError) as caught:
        guard.call(misbehaviour.fail, kind, "the reason", "原因")

    error = caught.value
    assert type(error) is getattr(errors, kind)
    assert str(error) == "the reason"
    assert error.message == Text(zh="原因", en="the reason")
    assert error.hint == Text(zh="自有提示", en="a hint of its own")
    assert "自有提示" in error.diagnostics().zh


def test_an_error_of_an_unknown_class_is_a_format_error(guard: Guard):
    with pytest.raises(FormatError, match="a private error"):
        guard.call(misbehaviour.fail_privately)


def test_a_missing_library_is_the_operators_affair(guard: Guard):
    with pytest.raises(SetupError, match="overt_needs_this"):
        guard.call(misbehaviour.need_a_library)


def test_what_a_terminal_would_act_on_is_taken_out(guard: Guard):
    with pytest.raises(FormatError, match="LookupError") as caught:
        guard.call(misbehaviour.fail_with, "\x1b]0;owned\x07\x9b31m \u202e" + "x" * 10_000)
    text = str(caught.value)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert len(text) < 3_000


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), BudgetError),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), BudgetError),
        (OSError(errno.EFBIG, "File too large"), BudgetError),
        (ImportError("libx.so: failed to map segment from shared object"), BudgetError),
        (RecursionError(), BudgetError),
        (ModuleNotFoundError("No module named 'x'", name="x"), SetupError),
        (OSError(errno.ENOSPC, "No space left on device"), SetupError),
        (ImportError("cannot import name 'x'"), FormatError),
        (PermissionError(errno.EPERM, "Operation not permitted"), FormatError),
        (AttributeError("x"), FormatError),
        (KeyboardInterrupt(), FormatError),
    ],
)
def test_every_exception_is_somebodys_fault(error: BaseException, kind: type[OvertError]):
    known, _ = wire.unpack_failure(wire.pack_failure(error, ""))
    assert type(known) is kind


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_what_is_no_failure_is_not_taken_for_one(body: bytes):
    with pytest.raises(ValidationError):
        wire.unpack_failure(body)


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({name: st.text() for name in wire.Failure.model_fields}))
def test_whatever_is_told_as_a_failure_is_an_error_of_the_family(told: dict[str, str]):
    error, trace = wire.unpack_failure(json.dumps(told, ensure_ascii=False).encode())
    assert isinstance(error, FormatError)
    assert all(each.isprintable() or each in "\n\t" for each in str(error) + trace)
    assert error.diagnostics().zh


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_every_exception_can_be_told(text: str, trace: str):
    for error in (
        LookupError(text),
        BudgetError(text or "?", text or "?"),
        UnicodeDecodeError("utf-8", b"", 0, 1, text),
    ):
        known, _ = wire.unpack_failure(wire.pack_failure(error, trace))
        assert isinstance(known, BudgetError if isinstance(error, BudgetError) else FormatError)


# -- the worker's life ----------------------------------------------------------------------------------------


def test_the_worker_lives_on_between_calls(guard: Guard):
    assert guard.call(misbehaviour.identity) == guard.call(misbehaviour.identity) != os.getpid()


def test_a_worker_that_fattens_is_replaced():
    with Guard() as fresh:
        worker = fresh.call(misbehaviour.identity)
        fresh.call(misbehaviour.keep, 600 * MIB)
        assert fresh.call(misbehaviour.identity) != worker


def test_a_worker_is_replaced_after_many_calls(guard: Guard):
    worker = guard.call(misbehaviour.identity)
    assert guard._process is not None
    guard._process.calls = CALLS_PER_WORKER
    assert guard.call(misbehaviour.identity) != worker


def test_a_worker_that_speaks_out_of_turn_is_replaced(guard: Guard):
    worker = guard.call(misbehaviour.identity)
    assert guard._process is not None
    unasked, end = os.pipe()
    os.write(end, b"R")
    os.dup2(unasked, guard._process._answers)
    os.close(unasked)
    os.close(end)
    assert guard.call(misbehaviour.identity) != worker


def test_a_worker_that_was_killed_meanwhile_is_replaced(guard: Guard):
    worker = guard.call(misbehaviour.identity)
    handle = os.pidfd_open(worker)
    os.kill(worker, signal.SIGKILL)
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)
    assert guard.call(misbehaviour.identity) != worker


def test_an_interrupted_call_leaves_no_half_answer(guard: Guard):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    guard.call(misbehaviour.sleep, 0.0)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            guard.call(misbehaviour.sleep, 60.0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_closed_guard_leaves_nothing_and_starts_anew():
    guard = Guard()
    worker, scratch = guard.call(misbehaviour.identity), guard.scratch
    guard.close()
    guard.close()

    assert not scratch.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with guard:
        assert guard.call(misbehaviour.identity) != worker


def test_the_worker_does_not_outlive_us():
    program = (
        "from overt.media.guard import Guard\n"
        "from overt.testing import misbehaviour\n"
        "guard = Guard()\n"
        "print(guard.call(misbehaviour.identity), flush=True)\n"
        "guard.call(misbehaviour.sleep, 60.0)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        ended = select.select([worker], [], [], 10)[0]
        os.close(worker)
    assert ended


def test_a_process_that_we_fork_gets_a_worker_of_its_own(guard: Guard):
    worker, scratch = guard.call(misbehaviour.identity), guard.scratch
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(theirs, str(guard.call(misbehaviour.identity)).encode())
            guard.close()
        finally:
            os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    told = int(os.read(ours, 100))
    os.close(ours)

    assert told != worker
    assert guard.call(misbehaviour.identity) == worker
    assert scratch.exists()


# -- what may be called ---------------------------------------------------------------------------------------


def local(value: int) -> int:
    return value


@pytest.mark.parametrize(
    ("function", "args"),
    [
        pytest.param(local, (1,), id="a function of another package"),
        pytest.param(lambda: 1, (), id="a lambda"),
        pytest.param(len, (b"",), id="a built-in"),
        pytest.param(Budget, (), id="a class"),
        pytest.param(misbehaviour.echo, (), id="an argument too few"),
        pytest.param(misbehaviour.echo, (b"", b""), id="an argument too many"),
        pytest.param(misbehaviour.echo, ("text",), id="another type"),
        pytest.param(misbehaviour.echo, (object(),), id="a type that cannot travel"),
    ],
)
def test_what_cannot_travel_is_the_callers_fault(guard: Guard, function: Callable[..., Any], args: tuple[Any, ...]):
    with pytest.raises(InternalError):
        guard.call(function, *args)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "overtly.evil:run",
        "overt.media.worker:os.system",
        "overt.media.worker:sys",
        "overt.media.process:Path",
        "overt.nowhere:none",
        "overt.testing.misbehaviour:nothing",
        "overt.testing.misbehaviour",
        "",
    ],
)
def test_a_worker_calls_nothing_else(name: str):
    with pytest.raises(InternalError):
        wire.find(name)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(UsageError):
        Guard(writable=[tmp_path / "missing"])


# -- many files -----------------------------------------------------------------------------------------------


def test_a_pool_keeps_the_order_and_gives_errors_as_answers():
    with GuardPool(2, SHORT) as pool:
        seconds = [0.0, 60.0, 0.01, 0.0, 0.02, 0.0, 0.0]
        results = list(pool.map(misbehaviour.sleep, ((each,) for each in seconds)))

        assert [type(each) for each in results] == [type(None), BudgetError] + [type(None)] * 5
        assert pool.call(misbehaviour.echo, b"after") == b"after"


def test_a_pool_takes_no_more_than_it_needs():
    taken = itertools.count()
    with GuardPool(2) as pool:
        results = pool.map(misbehaviour.recurse, ((next(taken) % 50,) for _ in itertools.count()))
        assert list(itertools.islice(results, 20)) == list(range(20))
        results.close()  # type: ignore[attr-defined]
    assert next(taken) < 40


def test_a_faulty_call_is_not_hidden_among_the_answers():
    with GuardPool(1) as pool, pytest.raises(InternalError):
        list(pool.map(misbehaviour.echo, [(b"",), (1,)]))  # type: ignore[list-item]


def test_a_pool_of_none_is_refused():
    with pytest.raises(UsageError):
        GuardPool(0)
