"""Calls functions on untrusted files in a process of their own, which can be lost without loss.

    with Guard() as guard:
        size = guard.call(measure, path)

`measure` is an ordinary module-level function of `overt` with annotations. It runs in a worker that has limits on
memory, time and what it writes, no network, and no way to start programs (`overt.media.confine`). Whatever the
file does to the worker, `call` returns a value of the annotated type or raises:

| in the worker | raised here |
|---|---|
| an `OvertError` | the same class, the same texts |
| memory, time, size or nesting beyond the budget | `BudgetError`, which names the limit |
| a crash | `BudgetError`, which names the signal |
| any other exception, an exit, an answer that makes no sense | `FormatError` |
| the function or its arguments cannot travel | `InternalError`: a fault of the caller's code |
| no worker can be started, or a library is missing in it | `SetupError` |

The worker lives on between calls, so that a call costs little; it is replaced when it dies, after
some thousand calls, and when it has grown. What one file does to a worker that it takes over could change
the answers for files after it: who wants more than limits against that makes a guard for each file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import signal
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, TypeVarTuple, cast

from pydantic import ValidationError

from overt.errors import BudgetError, FormatError, InternalError, MediaError, OvertError, SetupError, UsageError
from overt.language import Text
from overt.media import wire
from overt.media.budget import INSPECTION, Budget
from overt.media.confine import Confinement
from overt.media.process import DiedError, LateError, TooMuchError, WorkerProcess, held
from overt.media.services import MOST_NAME, Service

LOADING_S: Final = 60.0
"""Seconds that a worker may take to load the module of a function before its first call."""

_log = logging.getLogger(__name__)  # Of the standard library: silent until somebody asks for it.

Ts = TypeVarTuple("Ts")
R = TypeVar("R")


class Guard:
    """One worker process, started when it is first needed. Threads that share a guard take turns."""

    def __init__(self, budget: Budget = INSPECTION, *, writable: Iterable[Path] = (), warm: Iterable[str] = ()) -> None:
        """Nothing is started yet.

        Args:
            budget: the limits of every call that brings none of its own.
            writable: folders below which the worker may write, besides `scratch`; they exist already.
            warm: modules that the worker loads when it starts, such as "overt.media.av".
        """
        self.budget = budget
        self._writable = tuple(_folder(each) for each in writable)
        self._warm = tuple(warm)
        self._lock = threading.RLock()
        self._process: WorkerProcess | None = None
        self._scratch: Path | None = None
        self._removal: weakref.finalize[Any, Guard] | None = None
        self._ending: weakref.finalize[Any, Guard] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def scratch(self) -> Path:
        """A folder of this guard that the worker may write to; removed with all that is in it by `close`."""
        with self._lock:
            if self._scratch is None:
                try:
                    self._scratch = Path(tempfile.mkdtemp(prefix="overt-")).resolve()
                except OSError as error:
                    raise SetupError(
                        f"there is no folder for temporary files: {error}", f"没有可用的临时目录：{error}"
                    ) from error
                self._removal = weakref.finalize(self, _remove, self._scratch, os.getpid())
            return self._scratch

    @property
    def confinement(self) -> Confinement:
        """Which walls stand around the worker; starts it."""
        with self._lock:
            return self._ready(self.budget).confinement

    def call(
        self,
        function: Callable[[*Ts], R],
        *args: *Ts,
        budget: Budget | None = None,
        services: Mapping[str, Service] | None = None,
    ) -> R:
        """`function(*args)` in the worker. See the module's table for what it raises.

        `services` are what the function may ask of this process meanwhile (`overt.media.services`).
        """
        limits = budget or self.budget
        signature = wire.signature(function, len(args))
        head, body = _request(signature, args, limits)
        with self._lock:
            process = self._ready(limits)
            if signature.name not in process.loaded:
                # Before the clock starts: the file is not to blame for the time this takes.
                _exchange(process, wire.frame(wire.LOAD, head), limits, LOADING_S)
                process.loaded.add(signature.name)
            answer = _exchange(
                process,
                wire.frame(wire.CALL, head + body),
                limits,
                limits.wall_s,
                _Counter(services) if services else None,
            )
            with _sense(process):
                return cast("R", signature.result.validate_json(answer)[0])

    def close(self) -> None:
        """End the worker and remove the scratch folder. A later call starts anew."""
        with self._lock:
            if self._process is not None:
                self._process.retire()
                self._process = None
            if self._removal is not None:
                self._removal()
                self._removal = self._scratch = None

    def _ready(self, limits: Budget) -> WorkerProcess:
        """The worker, replaced if it is dead, worn, another process's, or sealed too low for this budget."""
        process = self._process
        if process is not None:
            if process.fit(limits):
                return process
            process.retire()
            self._process = None
        process = WorkerProcess(
            writable=self._writable, scratch=self.scratch, warm=self._warm, budgets=(self.budget, limits)
        )
        if self._ending is not None:
            self._ending.detach()
        self._ending = weakref.finalize(self, process.kill)
        self._process = process
        return process


class GuardPool:
    """Several guards for many files: as many calls at once as there are workers. For any number of threads."""

    def __init__(
        self,
        workers: int,
        budget: Budget = INSPECTION,
        *,
        writable: Iterable[Path] = (),
        warm: Iterable[str] = (),
    ) -> None:
        """Nothing is started yet. The arguments after the first are those of each `Guard`."""
        if workers < 1:
            raise UsageError(f"a pool of {workers} workers", f"进程池的进程数不能为 {workers}")
        folders, modules = tuple(writable), tuple(warm)
        self._guards = [Guard(budget, writable=folders, warm=modules) for _ in range(workers)]
        # Last in, first out: few calls keep few workers busy, and the others are never started.
        self._free: queue.LifoQueue[Guard] = queue.LifoQueue()
        for guard in self._guards:
            self._free.put(guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def confinement(self) -> Confinement:
        """Which walls stand around the workers; starts one."""
        with self._taken() as guard:
            return guard.confinement

    def call(self, function: Callable[[*Ts], R], *args: *Ts, budget: Budget | None = None) -> R:
        """As `Guard.call`, by the next worker that is free."""
        with self._taken() as guard:
            return guard.call(function, *args, budget=budget)

    def map(
        self, function: Callable[[*Ts], R], calls: Iterable[tuple[*Ts]], *, budget: Budget | None = None
    ) -> Iterator[R | MediaError]:
        """The results of all these calls, in their order. A file that cannot be handled gives its error.

        Takes from `calls` only little more than it has given back, so that it may be endless.
        """
        waiting: deque[Future[R | MediaError]] = deque()

        def one(args: tuple[*Ts]) -> R | MediaError:
            try:
                return self.call(function, *args, budget=budget)
            except MediaError as error:
                return error

        with ThreadPoolExecutor(len(self._guards), "overt-guard") as threads:
            try:
                for args in calls:
                    waiting.append(threads.submit(one, args))
                    if len(waiting) > 2 * len(self._guards):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def close(self) -> None:
        """End all workers."""
        for guard in self._guards:
            guard.close()

    @contextlib.contextmanager
    def _taken(self) -> Iterator[Guard]:
        guard = self._free.get()
        try:
            yield guard
        finally:
            self._free.put(guard)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise UsageError(f"{path} is not a folder", f"{path} 不是文件夹")
    return path.resolve()


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # Not in a process that we forked.
        shutil.rmtree(folder, ignore_errors=True)


def _request(signature: wire.Signature, args: tuple[object, ...], limits: Budget) -> tuple[bytes, bytes]:
    # The worker's working folder is its own affair.
    values = tuple(each.absolute() if isinstance(each, Path) else each for each in args)
    try:
        body = signature.arguments.dump_json(values, warnings="error")
    except ValueError as error:
        raise InternalError(
            f"the arguments do not fit {signature.name}: {error}", f"参数与 {signature.name} 的声明不符：{error}"
        ) from error
    wanted = wire.Limits(*held(limits), limits.cpu_s, limits.wall_s, limits.max_answer)
    call = wire.Call(function=signature.name, count=len(args), limits=wanted)
    return call.model_dump_json().encode() + b"\n", body


class _Counter:
    """Answers the questions of one call, and counts them."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services
        self._asked = dict.fromkeys(services, 0)
        self.most = MOST_NAME + 1 + max(service.most_bytes for service in services.values())

    def __call__(self, asked: bytes) -> bytes:
        """The answer. Raises `TooMuchError` for a question that the call was not given."""
        named, _, question = asked.partition(b"\n")
        name = named.decode("ascii", "replace")
        service = self._services.get(name)
        if service is None or len(question) > service.most_bytes or self._asked[name] >= service.most_calls:
            raise TooMuchError(f"a question for {name[:MOST_NAME]!r} of {len(question)} bytes that it may not ask")
        self._asked[name] += 1
        return service.answer(question)


def _exchange(
    process: WorkerProcess, message: bytes, limits: Budget, seconds: float, serve: _Counter | None = None
) -> bytes:
    """The result, as JSON. Every other outcome is raised."""
    try:
        if serve:
            kind, body = process.exchange(message, seconds, limits.max_answer, serve, serve.most)
        else:
            kind, body = process.exchange(message, seconds, limits.max_answer)
    except DiedError as error:
        raise _death(error.status, limits) from None
    except LateError:
        raise _late(limits) from None
    except TooMuchError as error:
        _log.debug("the worker gave %s", error)
        raise wire.garbled() from None
    if kind == wire.RESULT:
        return body
    with _sense(process):
        failure, trace = wire.unpack_failure(body)
    _log.debug("a call failed in the worker: %s\n%s", failure, trace)
    raise failure


@contextlib.contextmanager
def _sense(process: WorkerProcess) -> Iterator[None]:
    """What a worker says must make sense; an honest one has checked it, so one that does not is ended."""
    try:
        yield
    except ValidationError as error:
        process.kill()
        _log.debug("an answer is not as annotated: %s", error)
        raise wire.garbled() from None


def _late(limits: Budget) -> BudgetError:
    return BudgetError(
        f"no end after {limits.wall_s:g} s ([budget] wall_s)",
        f"处理 {limits.wall_s:g} 秒仍未结束（[budget] wall_s）",
    )


def _death(status: int, limits: Budget) -> OvertError:
    """What the end of a worker says about the file."""
    if status >= 0:
        return FormatError(
            f"the program that reads the file ended without an answer (exit code {status}); the file may be hostile",
            f"读取程序未返回结果即退出（退出码 {status}）；该文件可能带有恶意",
        )
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    match -status:
        case signal.SIGPROF | signal.SIGXCPU:
            return BudgetError(
                f"more than {limits.cpu_s:g} s of processor time ([budget] cpu_s)",
                f"处理器时间超过 {limits.cpu_s:g} 秒（[budget] cpu_s）",
            )
        case signal.SIGALRM:
            return _late(limits)
        case signal.SIGKILL:
            return BudgetError(
                "the system killed the program that reads the file (SIGKILL), most often because memory ran out",
                "读取程序被系统终止（SIGKILL），通常因为内存不足",
                hint=Text(
                    zh="检查本机可用内存；必要时减少并行数或调低 [budget] memory。",
                    en="See whether the machine has memory left; use fewer workers or lower [budget] memory.",
                ),
            )
        case _:
            return BudgetError(
                f"the program that reads the file crashed ({name}): out of memory or stack, or a hostile file",
                f"读取程序崩溃（{name}）：内存或栈耗尽，或文件带有恶意",
                hint=Text(
                    zh="用其他程序打开该文件核对；若它确实完好，请连同该文件提交问题报告。",
                    en="Open the file with another program; if it is sound there, please report this with the file.",
                ),
            )
