"""What a guarded process may ask of the one that started it, in the middle of a call.

A worker has no network, and no key may be where untrusted bytes are parsed. What it needs of that kind it asks for by
name, with bytes, and gets bytes back:

    # in the parent
    guard.call(sign_file, path, services={"sign": Service(key.sign, most_calls=1, most_bytes=64 * KIB)})

    # in `sign_file`, in the worker
    signature = services.ask("sign", message)

A worker that was taken over can ask for anything that the call was given, no oftener and no longer than it was given;
one that asks for more is killed. So a service must be harmless for any bytes of that length, or look at them itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from overt.errors import InternalError

MOST_NAME: Final = 64
"""Characters of a service's name."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the parent does for a worker during one call.

    What `answer` raises ends the call, and the worker with it; `Guard.call` raises it on.
    The time that it takes counts as the call's.
    """

    answer: Callable[[bytes], bytes]
    most_calls: int
    """How often it may be asked during one call."""
    most_bytes: int
    """Bytes of one question."""


_ask: Callable[[str, bytes], bytes] | None = None


def ask(name: str, question: bytes) -> bytes:
    """The parent's answer. To be called in a worker, during a call that was given a service of this name."""
    if _ask is None:
        raise InternalError(
            f"there is nobody to ask for {name!r} outside a guarded process", f"不在受限进程中，无法请求 {name!r}"
        )
    return _ask(name, question)


def connect(asking: Callable[[str, bytes], bytes]) -> None:
    """Say how the parent is asked. The worker does this once, when it starts."""
    global _ask  # noqa: PLW0603  (there is one parent)
    _ask = asking
