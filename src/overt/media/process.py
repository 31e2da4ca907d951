"""One worker process, seen from outside: started clean, spoken to with a deadline, killed for certain.

It knows pipes, signals and time, and nothing of what is called; `overt.media.guard` does.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from overt.errors import SetupError
from overt.media import wire
from overt.media.budget import GIB, MIB, Budget
from overt.media.confine import Confinement
from overt.media.worker import CONFINEMENT, SETTINGS, Settings

START_S: Final = 60.0
"""Seconds a worker may take to start: interpreter and imports, on a machine that does much else."""
END_S: Final = 2.0
"""Seconds between the end of a worker's pipe and the end of the worker."""
CALLS_PER_WORKER: Final = 2_000
"""Calls before a worker is replaced: what leaks in a library, and what a file left behind, ends with it."""
GROWTH: Final = 512 * MIB
"""Bytes of memory that a worker may keep between calls before it is replaced.

Media libraries that are loaded when they are first needed take some 150 MiB of it.
"""
LOADING_MEMORY: Final = 1 * GIB
"""Bytes of address space that modules loaded after the start may take, all together."""
MOST_HELLO: Final = 1 << 16
"""Bytes of a worker's first message."""

_KEPT: Final = ("LD_LIBRARY_PATH", "PYTHONHOME", "TZ")
"""What a worker's environment keeps of ours: what the interpreter may need to start. No secret is in it."""


def held(budget: Budget) -> tuple[int, int, int]:
    """The limits of a budget that a worker is sealed with: memory, mapped files, size of a written file."""
    # Mapped at once: the file, and the one that is made of it.
    return budget.memory, 2 * budget.max_bytes, budget.max_written


class DiedError(Exception):
    """The worker ended without an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the worker ended with {status}")
        self.status = status
        """The exit code, or the negative number of the signal that ended it."""


class LateError(Exception):
    """The deadline passed without an answer. The worker was killed."""


class TooMuchError(Exception):
    """The worker announced a longer answer than was allowed, or one of no known kind. It was killed."""


def _nobody(question: bytes) -> bytes:
    raise TooMuchError(f"a question of {len(question)} bytes where nobody answers")


class WorkerProcess:
    """A running worker. Not for two threads at once."""

    def __init__(
        self, *, writable: Iterable[Path], scratch: Path, warm: Iterable[str], budgets: Iterable[Budget]
    ) -> None:
        """Start one that can take calls with each of these budgets."""
        self._most = [max(each) for each in zip(*map(held, budgets), strict=True)]
        self.calls = 0
        self.loaded: set[str] = set()
        """Functions whose modules are loaded."""
        self._owner = os.getpid()
        memory, mapped, written = self._most
        settings = Settings((scratch, *writable), tuple(warm), memory + LOADING_MEMORY, mapped, written)
        self._start(SETTINGS.dump_json(settings).decode(), scratch)
        try:
            self.confinement = self._hello()
        except BaseException:
            self.kill()
            raise
        self.resident_at_start = self.resident()

    def _start(self, settings: str, scratch: Path) -> None:
        if not sys.executable:
            raise SetupError(
                "the guarded worker cannot start: Python does not know its own program (sys.executable)",
                "无法启动受限进程：找不到 Python 解释器（sys.executable）",
            )
        theirs_in, self._requests = os.pipe()
        self._answers, theirs_out = os.pipe()
        # The kernel's "die with your parent" means the thread that started the worker: only the main one lasts.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0
        numbers = [str(each) for each in (theirs_in, theirs_out, parent)]
        try:
            # -P: no module from the working folder. -B: nothing is written beside the modules.
            self._popen = subprocess.Popen(  # noqa: S603 (our own interpreter and our own arguments)
                [sys.executable, "-P", "-B", "-m", "overt.media.worker", *numbers, settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(os.environ, scratch),
                pass_fds=(theirs_in, theirs_out),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._requests)
            os.close(self._answers)
            raise SetupError(f"the guarded worker cannot start: {error}", f"无法启动受限进程：{error}") from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        os.set_blocking(self._requests, False)
        os.set_blocking(self._answers, False)

    def _hello(self) -> Confinement:
        try:
            kind, body = self._receive(time.monotonic() + START_S, MOST_HELLO)
        except (DiedError, LateError, TooMuchError) as error:
            raise SetupError(
                f"the guarded worker did not start: {error}. `python -m overt.media.worker` shows what is wrong",
                f"受限进程未能启动：{error}。运行 python -m overt.media.worker 查看原因",
            ) from error
        if kind == wire.FAILURE:
            error_there, trace = wire.unpack_failure(body)
            raise SetupError(
                f"the guarded worker did not start: {error_there}\n{trace}",
                f"受限进程未能启动：{error_there.message.zh}\n{trace}",
            )
        return CONFINEMENT.validate_json(body)

    @property
    def identity(self) -> int:
        """The process id."""
        return self._popen.pid

    def fit(self, limits: Budget) -> bool:
        """Whether it can take a call with this budget: alive, ours, silent, not worn, and not sealed too low."""
        return (
            self.ours
            and self._popen.poll() is None
            and not _waits(self._answers, select.POLLIN, 0)
            and self.calls < CALLS_PER_WORKER
            and self.resident() <= self.resident_at_start + GROWTH
            and all(most >= wanted for most, wanted in zip(self._most, held(limits), strict=True))
        )

    @property
    def ours(self) -> bool:
        """Whether this process started it. After a fork of ours the child must leave it alone."""
        return self._owner == os.getpid()

    def resident(self) -> int:
        """Bytes of memory it takes now; 0 where the system does not tell."""
        try:
            statm = Path(f"/proc/{self.identity}/statm").read_bytes()
        except OSError:
            return 0
        return int(statm.split()[1]) * resource.getpagesize()

    def exchange(
        self,
        message: bytes,
        seconds: float,
        most: int,
        serve: Callable[[bytes], bytes] = _nobody,
        most_asked: int = 0,
    ) -> tuple[bytes, bytes]:
        """Send a request and wait for the answer: its kind and its body of at most so many bytes.

        `serve` answers what the worker asks meanwhile, each question of at most `most_asked` bytes.
        Raises `DiedError`, `LateError`, `TooMuchError`, or what `serve` raises; the worker is gone then.
        """
        deadline = time.monotonic() + seconds
        self.calls += 1
        try:
            self._send(memoryview(message), deadline)
            while True:
                kind, body = self._receive(deadline, most, most_asked)
                if kind != wire.ASK:
                    return kind, body
                self._send(memoryview(wire.frame(wire.TOLD, serve(body))), deadline)
        except BaseException:  # KeyboardInterrupt, too: half a message may be in the pipe.
            self.kill()
            raise

    def _send(self, message: memoryview, deadline: float) -> None:
        while message:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                message = message[os.write(self._requests, message) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise DiedError(self._end()) from None

    def _receive(self, deadline: float, most: int, most_asked: int = 0) -> tuple[bytes, bytes]:
        kind, length = wire.open_header(self._read(wire.HEADER, deadline))
        if kind not in (wire.HELLO, wire.RESULT, wire.FAILURE, wire.ASK):
            raise TooMuchError(f"an answer of unknown kind {kind!r}")
        if length > {wire.FAILURE: wire.MOST_FAILURE, wire.ASK: most_asked}.get(kind, most):
            raise TooMuchError(f"an answer of {length} bytes")
        return kind, self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes:
        body = bytearray()
        while len(body) < length:
            self._wait(self._answers, select.POLLIN, deadline)
            try:
                piece = os.read(self._answers, min(length - len(body), 1 << 20))
            except BlockingIOError:
                continue
            if not piece:
                raise DiedError(self._end())
            body += piece
        return bytes(body)

    @staticmethod
    def _wait(pipe: int, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not _waits(pipe, event, left):
            raise LateError("no answer in time")

    def _end(self) -> int:
        try:
            return self._popen.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._popen.wait()

    def retire(self) -> None:
        """Let it end by itself, and kill it if it does not."""
        if self.ours and self._popen.returncode is None:
            self._close()
            self._end()
        self.kill()

    def kill(self) -> None:
        """End it and everything in its process group, now. Harmless to repeat."""
        self._close()
        if not self.ours or self._popen.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def _close(self) -> None:
        for pipe in (self._requests, self._answers):
            if pipe >= 0:
                os.close(pipe)
        self._requests = self._answers = -1


def _waits(pipe: int, event: int, seconds: float) -> bool:
    """Whether this comes to a pipe within so many seconds. Not select(), which knows no numbers above 1,023."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(seconds * 1000))


def _environment(ours: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment of a worker: the same modules as ours, and nothing else of ours."""
    kept = {name: ours[name] for name in _KEPT if name in ours}
    folders = [each for each in sys.path if each and Path(each).is_absolute()]
    return kept | {
        "PYTHONPATH": os.pathsep.join(folders),
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        # Plugins of pydantic are other packages' code, and looking for them takes time.
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        # Each arena of the C library reserves 64 MiB of address space, one for each thread; the limit counts them.
        "MALLOC_ARENA_MAX": "2",
        # Threads for matrices would cost start-up time and address space, and give nothing here.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
