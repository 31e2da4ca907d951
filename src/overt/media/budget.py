"""What one untrusted file may cost: bytes, memory, time, pixels.

The limits that the operating system can hold (memory, processor time, wall time, size of what is written) are
held by the guarded process (`overt.media.guard`). The others are asked by the readers themselves, which raise
a `BudgetError` that names the limit. The table `[budget]` of `overt.toml` sets each of them by its name here.

A budget is no judgement of the file: one that exceeds it was not read, and its reading is `unreadable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, TypeAdapter

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30

_BYTE_SIZE: Final = TypeAdapter(ByteSize)


def _bytes(value: object) -> object:
    return int(_BYTE_SIZE.validate_python(value)) if isinstance(value, str) else value


Bytes = Annotated[int, Field(gt=0), BeforeValidator(_bytes)]
"""A number of bytes; a settings file may also say "512 MiB" or "2GB"."""

Count = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Budget(BaseModel):
    """The limits for one call that handles one file. The defaults are those of an inspection."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    max_bytes: Bytes = 4 * GIB
    """Bytes: the largest file that is opened. Readers map files, so this bounds time more than memory."""

    memory: Bytes = 1 * GIB
    """Bytes of memory that a call may take beyond what the idle worker has. A file that is mapped does not count.

    Enough for the largest picture of `max_pixels`, decoded twice over; a bomb that unpacks to more fails here.
    """

    cpu_s: Seconds = 60.0
    """Seconds of processor time, all threads together: parsers that run in circles end here.

    An honest film takes some ten of them on a slow machine.
    """

    wall_s: Seconds = 120.0
    """Seconds by the clock on the wall: what waits for ever ends here.

    Twice `cpu_s`, because the clock also counts the time that a busy machine gives to others.
    """

    max_pixels: Count = 120_000_000
    """Pixels of one picture or video frame, by its declared size, before anything is decoded.

    The largest sensors on sale give a little over 100 million.
    """

    max_duration_s: Seconds = 6 * 3600.0
    """Seconds of sound or film, by its declared length: longer than any film, shorter than an archive."""

    max_written: Bytes = 1 * GIB
    """Bytes of the largest file that a call may write."""

    max_answer: Bytes = 32 * MIB
    """Bytes of the answer that comes back through the pipe. Large results belong in a file."""


INSPECTION: Final = Budget()
"""For reading what strangers send: small enough for a queue of uploads."""

MARKING: Final = Budget(
    memory=3 * GIB,
    cpu_s=3600.0,
    wall_s=1800.0,
    max_written=16 * GIB,
)
"""For putting marks on one's own output: a film is decoded and encoded again."""


_IN_FORCE: ContextVar[Budget | None] = ContextVar("budget in force", default=None)


@contextmanager
def in_force(budget: Budget) -> Iterator[None]:
    """While this lasts, `budget` holds for every reader: the operator's word goes before a reader's own default."""
    token = _IN_FORCE.set(budget)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def applying(default: Budget) -> Budget:
    """The budget in force, or a reader's own default where nobody set one."""
    return _IN_FORCE.get() or default
