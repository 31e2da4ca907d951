"""A thread of its own for what starts an event loop: where a browser is open, the tests' thread has one already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What the call gives, made in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *arguments, **named).result()
