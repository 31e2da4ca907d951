"""The list of system calls that a guarded worker is refused, as a classic BPF program.

A refused call fails with EPERM, so that a library that only tries goes on. A call by another architecture's
numbers (32-bit calls in a 64-bit process) kills, because the list would not hold there; so do x32 calls fail.
Source: seccomp(2), `linux/filter.h`, `linux/seccomp.h`, and the kernel's call tables for the two architectures.

It is a list of what is refused, not of what is allowed: media libraries and the C library use too many calls,
and new ones with each release, for the other way round to stay right.
"""

from __future__ import annotations

import errno
import struct
from typing import Final

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_ALLOW: Final = 0x7FFF0000
_KILL_PROCESS: Final = 0x80000000
_REFUSE: Final = 0x00050000 | errno.EPERM  # SECCOMP_RET_ERRNO
_UNKNOWN: Final = 0x00050000 | errno.ENOSYS

# struct seccomp_data
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4
_ARGUMENT_0: Final = 16  # Its low half: both architectures are little-endian.

_CLONE_THREAD: Final = 0x00010000
_X32: Final = 0x40000000

# name: (x86_64, aarch64); None where the architecture has no such call.
REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # The network, and other processes' sockets.
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # It does most other calls behind the filter's back.
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # Other programs and processes. `clone` is looked at below.
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    # Memory and queues that other processes of the user share.
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # Attributes of files, which Landlock does not hold.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # File systems and namespaces.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "setns": (308, 268),
    "unshare": (272, 97),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262),
    # The kernel's keys, programs, counters, and the parts of it that attacks like.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "lookup_dcookie": (212, 18),
    # The machine.
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}

# machine: (column of REFUSED, AUDIT_ARCH_*, seccomp, clone, clone3, kill, tgkill, prlimit64)
_MACHINES: Final = {
    "x86_64": (0, 0xC000003E, 317, 56, 435, 62, 234, 302),
    "aarch64": (1, 0xC00000B7, 277, 220, 435, 129, 131, 261),
}


def filter_program(machine: str, process: int) -> tuple[int, bytes]:
    """The number of seccomp(2) on this machine, and the program for the process with this id.

    Raises `OSError` on a machine whose call numbers are not in the list.
    """
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    column, architecture, seccomp, clone, clone3, kill, tgkill, prlimit64 = _MACHINES[machine]
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    for numbers in REFUSED.values():
        if (number := numbers[column]) is not None:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    # clone3 keeps its flags where a filter cannot look: "unknown" sends the C library back to clone.
    code += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _UNKNOWN)]
    # A new thread, never a new process.
    code += [
        (_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, _ARGUMENT_0),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    # Signals to itself (abort() needs them) and its own limits, never another's.
    for number, own in ((kill, (process,)), (tgkill, (process,)), (prlimit64, (0, process))):
        code += [(_EQUAL, 0, 3 + len(own), number), (_LOAD, 0, 0, _ARGUMENT_0)]
        code += [(_EQUAL, len(own) - index, 0, each) for index, each in enumerate(own)]
        code += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    code.append((_RETURN, 0, 0, _ALLOW))
    return seccomp, b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
