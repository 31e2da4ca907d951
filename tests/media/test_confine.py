"""The filter program is run here by a small interpreter of classic BPF, for both architectures.

The walls themselves are tried in test_guard.py, by a real worker.
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest

from overt.media.seccomp import REFUSED, filter_program

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003
OURS = 4711


def verdict(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    _, program = filter_program(machine, OURS)
    code = list(struct.iter_unpack("=HBBI", program))
    assert len(code) < 4096, "the kernel takes no more"
    architecture = architecture or {"x86_64": X86_64, "aarch64": AARCH64}[machine]
    data = struct.pack("<IIQ6Q", number, architecture, 0, argument, *[0] * 5)
    accumulator = position = 0
    while True:
        operation, yes, no, constant = code[position]
        position += 1
        match operation:
            case 0x20:
                accumulator = int.from_bytes(data[constant : constant + 4], "little")
            case 0x15:
                position += yes if accumulator == constant else no
            case 0x35:
                position += yes if accumulator >= constant else no
            case 0x45:
                position += yes if accumulator & constant else no
            case 0x06:
                return constant
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_is_listed_is_refused_and_nothing_else(machine):
    column = ("x86_64", "aarch64").index(machine)
    refused = {numbers[column] for numbers in REFUSED.values()} - {None}
    looked_at = {"x86_64": {56, 62, 234, 302, 435}, "aarch64": {220, 129, 131, 261, 435}}[machine]

    for number in range(600):
        if number not in looked_at:
            expected = ERRNO | errno.EPERM if number in refused else ALLOW
            assert verdict(machine, number) == expected, number


@pytest.mark.parametrize(
    ("machine", "clone", "kill", "tgkill", "prlimit"),
    [("x86_64", 56, 62, 234, 302), ("aarch64", 220, 129, 131, 261)],
)
def test_threads_and_signals_to_itself_are_allowed(machine, clone, kill, tgkill, prlimit):
    refused = ERRNO | errno.EPERM
    assert verdict(machine, clone, 0x00010000 | 0x100) == ALLOW
    assert verdict(machine, clone, 17) == refused
    assert verdict(machine, 435) == ERRNO | errno.ENOSYS
    for number in (kill, tgkill):
        assert verdict(machine, number, OURS) == ALLOW
        assert verdict(machine, number, 1) == refused
        assert verdict(machine, number, 0) == refused
    assert verdict(machine, prlimit, 0) == verdict(machine, prlimit, OURS) == ALLOW
    assert verdict(machine, prlimit, 1) == refused


def test_calls_of_another_architecture_are_not_let_through():
    assert verdict("x86_64", 1, architecture=I386) == KILL
    assert verdict("aarch64", 1, architecture=I386) == KILL
    assert verdict("x86_64", 0x40000000 | 1) == ERRNO | errno.EPERM


def test_an_unknown_machine_is_told_not_guessed():
    with pytest.raises(OSError, match="s390x"):
        filter_program("s390x", OURS)


HEADERS = Path("/usr/include") / f"{os.uname().machine}-linux-gnu" / "asm" / "unistd_64.h"


@pytest.mark.skipif(not HEADERS.exists(), reason="the kernel's headers for x86_64 are not installed")
def test_the_numbers_are_those_of_the_kernel():
    kernel = {}
    for line in HEADERS.read_text().splitlines():
        if line.startswith("#define __NR_"):
            _, name, number = line.split()
            kernel[name.removeprefix("__NR_")] = int(number)
    # A call newer than the headers has no number there.
    assert {name: kernel.get(name, numbers[0]) for name, numbers in REFUSED.items()} == {
        name: numbers[0] for name, numbers in REFUSED.items()
    }
