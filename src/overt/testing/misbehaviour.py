"""Functions that do to a guarded worker what a hostile file could make a reader do.

They ship because a guard calls only functions of this package, and because `overt doctor` and anybody who doubts
can try the walls on the machine where they matter: `Guard().call(misbehaviour.connect)` must fail there.
Nothing of Overt calls them outside a worker; most of them would end or stop the program that does.
"""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from overt import errors
from overt.errors import OvertError
from overt.language import Text
from overt.media import services, wire

KINDS = tuple(name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OvertError))
"""The names of all classes of the error family."""


def echo(value: bytes) -> bytes:
    """Nothing bad: gives back what it gets."""
    return value


def name_of(path: Path) -> Path:
    """Nothing bad: gives back the path."""
    return path


def identity() -> int:
    """Nothing bad: the process id of the worker."""
    return os.getpid()


def environment() -> dict[str, str]:
    """Nothing bad: the worker's environment."""
    return dict(os.environ)


def open_files() -> list[str]:
    """Nothing bad: what the worker has open, by number."""
    found = []
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 (numbers, not paths)
        try:
            found.append(f"{number} {Path(f'/proc/self/fd/{number}').readlink()}")
        except OSError:  # The listing itself.
            continue
    return found


def take(size: int) -> int:
    """Takes and touches so many bytes of memory."""
    return len(bytearray(size))


def keep(size: int) -> int:
    """Takes so many bytes of memory and never gives them back."""
    _KEPT.append(bytearray(b"\x01") * size)
    return size


_KEPT: list[bytearray] = []


def work(seconds: float) -> float:
    """Uses so many seconds of processor time."""
    begin = time.process_time()
    while (used := time.process_time() - begin) < seconds:
        pass
    return used


def sleep(seconds: float) -> None:
    """Waits, and uses nothing."""
    time.sleep(seconds)


def crash() -> str:
    """Reads address 0."""
    return ctypes.string_at(0).decode()


def abort() -> None:
    """What C libraries do when they are at a loss."""
    os.abort()


def kill_itself(number: int) -> None:
    """Sends itself a signal."""
    os.kill(os.getpid(), number)
    time.sleep(1)


def kill_other(process: int) -> None:
    """Asks whether it may signal another process; a signal of 0 does nothing but ask."""
    os.kill(process, 0)


def leave(code: int) -> None:
    """Ends the process without a word."""
    os._exit(code)


def exit_politely() -> None:
    """Raises `SystemExit`."""
    sys.exit(3)


def connect() -> None:
    """Opens a socket."""
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def execute() -> None:
    """Becomes another program."""
    os.execv("/bin/true", ["true"])  # noqa: S606 (that is the point)


def fork() -> int:
    """Starts a process."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def start_threads(count: int) -> int:
    """Nothing bad: threads are allowed, encoders need them."""
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(each,)) for each in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def write(path: Path, size: int) -> int:
    """Writes a file of so many bytes."""
    return path.write_bytes(bytes(size))


def change_mode(path: Path) -> None:
    """Makes a file of the user writable for everybody."""
    path.chmod(0o666)


def read(path: Path) -> bytes:
    """Nothing bad: reads a file."""
    return path.read_bytes()


def map_file(path: Path) -> int:
    """Nothing bad: maps a file, reads its last byte, and says how long it is."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapping:
        return len(mapping) if mapping[-1] == 0 else 0


def flood(size: int) -> int:
    """Writes so many bytes to standard output and to standard error, past Python."""
    for number in (1, 2):
        left = size
        while left:
            left -= os.write(number, bytes(min(left, 1 << 16)))
    return size


def answer_at_length(size: int) -> str:
    """Gives back a text of so many characters."""
    return "x" * size


def answer_wrongly() -> int:
    """Gives back text where a number is promised."""
    return "not a number"  # type: ignore[return-value]


def answer_no_text() -> str:
    """Gives back a text that is no Unicode."""
    return "\udc80"


def answer_garbage(body: bytes) -> None:
    """Writes these bytes to the pipe of answers, as a worker that was taken over could."""
    for line in open_files():
        number, _, target = line.partition(" ")
        if target.startswith("pipe:"):
            try:
                os.write(int(number), body)
            except OSError:  # The other pipe, which is for reading.
                continue
    time.sleep(1)


def recurse(depth: int) -> int:
    """Calls itself so many times."""
    return 0 if depth == 0 else 1 + recurse(depth - 1)


def fail(kind: str, en: str, zh: str) -> None:
    """Raises the error of this name with these texts and a hint of its own."""
    chosen: type[OvertError] = getattr(errors, kind)
    raise chosen(en, zh, hint=Text(zh="自有提示", en="a hint of its own"))


def fail_privately() -> None:
    """Raises an error of the family that the other side may not know."""
    raise type("PrivateError", (errors.MediaError,), {})("a private error", "私有错误")


def need_a_library() -> None:
    """Loads a module that nobody has."""
    importlib.import_module("overt_needs_this_and_nobody_has_it")


def fail_with(text: str) -> None:
    """Raises an error that is not of the family."""
    raise LookupError(text)


def catch_everything(seconds: float) -> None:
    """Refuses to be interrupted by anything that can be refused."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)


def ask(name: str, question: bytes, times: int) -> bytes:
    """Asks its parent so often, and gives back all answers in one."""
    return b"".join(services.ask(name, question) for _ in range(times))


def speak_out_of_turn(kind: bytes, body: bytes) -> None:
    """Sends its parent a frame of its own making, on whichever pipe is open for writing."""
    for number in range(3, 64):
        try:
            os.write(number, wire.frame(kind, body))
        except OSError:
            continue
