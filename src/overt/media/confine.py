"""The walls around the guarded process, asked of the Linux kernel by the process itself.

| wall | keeps out | source |
|---|---|---|
| resource limits | too much memory, open files, files that are too big, core dumps | setrlimit(2) |
| timers | too much processor or wall time in one call, also when the parent is gone | setitimer(2) |
| no new privileges | gains by set-user-id programs | prctl(2) PR_SET_NO_NEW_PRIVS |
| Landlock | writing outside the given folders, TCP, signals to and tracing of others | landlock(7) |
| capabilities | what a worker of the root user could still do | capabilities(7) |
| seccomp | sockets, new programs, new processes, tracing, mounts, keys, BPF | seccomp(2) |

Memory is held twice. `RLIMIT_DATA` (since Linux 4.7) counts what is private and writable, which is what a file
can make a reader take; files that are only mapped for reading and the code of libraries do not count.
`RLIMIT_AS` is the outer wall: it counts everything, and leaves room for the mapped files.

A wall that the kernel refuses is left out and named in `Confinement.missing`, so that `overt doctor` can say so;
the timers and the limit on what is written stand everywhere.

The walls are not a virtual machine: the worker may read what the user may read (it has nowhere to send it but
its answer), and a hole in the kernel is a hole in them.
The number of processes is not held by `RLIMIT_NPROC`, which counts every process of the user on the machine:
seccomp refuses every new process and lets threads through.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overt.media.seccomp import filter_program

OPEN_FILES: Final = 128
"""A reader needs the file, a few temporary ones, and what libraries open for themselves."""

GRACE_S: Final = 0.5
"""The worker's own alarm comes this much after the parent's, which can say more about what happened."""

_LINUX: Final = sys.platform == "linux"

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_FILTER_FLAG_TSYNC: Final = 1
# The three Landlock calls have the same number on every architecture.
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1

# linux/landlock.h, LANDLOCK_ACCESS_FS_*
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG = 1 << 7, 1 << 8
_ALL_OF_ABI_1: Final = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_ALL_TCP: Final = 0b11  # LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP
_ALL_SCOPES: Final = 0b11  # LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL

_CAPABILITY_VERSION_3: Final = 0x20080522
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2


@dataclass(frozen=True, slots=True)
class Confinement:
    """Which walls stand around a worker."""

    landlock: int
    """Version of the kernel's Landlock interface that is in force; 0: none."""
    seccomp: bool
    no_new_privileges: bool
    capabilities_dropped: bool
    missing: tuple[str, ...] = ()
    """The walls that the kernel refused, each with its reason (technical English)."""

    @property
    def complete(self) -> bool:
        """Whether every wall stands."""
        return not self.missing


class _Kernel:
    """Calls that the standard library has no name for."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long

    def prctl(self, option: int, value: int) -> None:
        zero = ctypes.c_ulong(0)
        self._check(self._libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))

    def call(self, number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
        converted = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
        return self._check(self._libc.syscall(ctypes.c_long(number), *converted))

    def capset(self, header: bytes, data: bytes) -> None:
        self._check(self._libc.capset(header, data))

    @staticmethod
    def _check(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the thread that started it ends. Linux only; else does nothing."""
    if not _LINUX:
        return
    _Kernel().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It went before the line above could see it go.
        os._exit(0)


def confine(writable: Sequence[Path]) -> Confinement:
    """Put the walls around this process, for good. To be called while it has one thread.

    Landlock and seccomp bind threads, and threads that start later inherit them.
    """
    for which, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, OPEN_FILES)):
        hard = resource.getrlimit(which)[1]
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (lowest, lowest))
    # A parent that ignores or blocks these would hand that down, and the timers would do nothing.
    for number in (signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if not _LINUX:
        return Confinement(0, False, False, False, (f"{sys.platform}: only Linux has these walls",))
    return _walls(_Kernel(), writable)


def _walls(kernel: _Kernel, writable: Sequence[Path]) -> Confinement:
    missing: list[str] = []

    def attempt(name: str, wall: object) -> int:
        try:
            return int(wall() or 1) if callable(wall) else 0
        except OSError as error:
            missing.append(f"{name}: {error.strerror or error}")
            return 0

    attempt("out-of-memory order", _first_to_go)
    privileges = attempt("no new privileges", lambda: kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1))
    landlock = attempt("Landlock", lambda: _landlock(kernel, writable))
    capabilities = attempt("capabilities", lambda: _drop_capabilities(kernel, writes_are_held=landlock > 0))
    attempt("no memory image after a crash", lambda: kernel.prctl(_PR_SET_DUMPABLE, 0))
    seccomp = attempt("seccomp", lambda: _seccomp(kernel))
    return Confinement(landlock, bool(seccomp), bool(privileges), bool(capabilities), tuple(missing))


def _first_to_go() -> None:
    """When the machine runs out of memory, this process is killed first, not the one that waits for it."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def _landlock(kernel: _Kernel, writable: Sequence[Path]) -> int:
    version = kernel.call(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    files = _ALL_OF_ABI_1
    files |= _REFER if version >= 2 else 0
    files |= _TRUNCATE if version >= 3 else 0
    files |= _IOCTL_DEV if version >= 5 else 0
    attributes = struct.pack("=Q", files)
    if version >= 4:
        attributes += struct.pack("=Q", _ALL_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _ALL_SCOPES)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    rules = kernel.call(_LANDLOCK_CREATE_RULESET, buffer, len(attributes), 0)
    try:
        reading = _READ_FILE | _READ_DIR
        writing = reading | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
        _allow(kernel, rules, Path("/"), reading)
        # Two devices that swallow: libraries open them to be quiet.
        _allow(kernel, rules, Path(os.devnull), (_READ_FILE | _WRITE_FILE | _TRUNCATE) & files)
        for folder in writable:
            _allow(kernel, rules, folder, writing & files)
        kernel.call(_LANDLOCK_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return version


def _allow(kernel: _Kernel, rules: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, place)
        buffer = ctypes.create_string_buffer(rule, len(rule))
        kernel.call(_LANDLOCK_ADD_RULE, rules, _LANDLOCK_RULE_PATH_BENEATH, buffer, 0)
    finally:
        os.close(place)


def _drop_capabilities(kernel: _Kernel, *, writes_are_held: bool) -> None:
    """Keep nothing of root's but to read every file, and to write if Landlock says where."""
    kept = _CAP_DAC_READ_SEARCH | (_CAP_DAC_OVERRIDE if writes_are_held else 0)
    has = 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            has = int(line.split()[1], 16)
    kept &= has
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    kernel.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0))


def _seccomp(kernel: _Kernel) -> None:
    number, program = filter_program(os.uname().machine, os.getpid())
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, then (aligned) a pointer to them.
    argument = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    buffer = ctypes.create_string_buffer(argument, len(argument))
    kernel.call(number, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, buffer)


def arm(memory: int, mapped: int, written: int, cpu_s: float, wall_s: float) -> None:
    """Begin a call: this much memory beyond what is taken now, files mapped beside it, this much time."""
    if _LINUX:
        total, private = memory_taken()
        _soft(resource.RLIMIT_DATA, private + memory)
        _soft(resource.RLIMIT_AS, total + memory + mapped)
    _soft(resource.RLIMIT_FSIZE, written)
    # Timers, not RLIMIT_CPU: they start at nought with each call and count in milliseconds.
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    signal.setitimer(signal.ITIMER_REAL, wall_s + GRACE_S)


def disarm() -> None:
    """End a call."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for which in (resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (hard, hard))


def seal(memory: int, mapped: int, written: int) -> None:
    """The most that any later `arm` can give; this process cannot take it back."""
    if _LINUX:
        total, private = memory_taken()
        _both(resource.RLIMIT_DATA, private + memory)
        _both(resource.RLIMIT_AS, total + memory + mapped)
    _both(resource.RLIMIT_FSIZE, written)


def memory_taken() -> tuple[int, int]:
    """Bytes of address space that this process has now, and how many of them are its own to write (proc(5))."""
    with open("/proc/self/statm", "rb", buffering=0) as statm:  # noqa: PTH123 (on the way of every call)
        pages = statm.read(128).split()
    return int(pages[0]) * resource.getpagesize(), int(pages[5]) * resource.getpagesize()


def _soft(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _both(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (lowest, lowest))
