"""Publishes the ledger in the background of a service, so that nobody has to think of it.

A service signs a checkpoint when it starts, then every `[ledger] interval` seconds, and when it ends. It never stops
for it: where a checkpoint cannot be signed, or a witness does not cosign, the log says so once, and says when it works
again. Several services of one set-up may do it at once: the lock of the ledger puts them in turn, and a tree is signed
once.
Not here: time stamps, which cost their authority something; `overt ledger stamp` and bundles ask for them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from overt import api

if TYPE_CHECKING:
    from overt.settings import Setup

_log = logging.getLogger(__name__)
_SECONDS_TO_END: Final = 30.0
"""How long the end of a service waits for the last checkpoint: witnesses may be slow to answer."""


@contextmanager
def publishing(setup: Setup) -> Iterator[None]:
    """Publishes while what is inside runs; does nothing where no key is named, or the interval is 0."""
    interval = setup.settings.ledger.interval
    if setup.settings.ledger.key is None or not interval:
        yield
        return
    ended = Event()
    thread = Thread(target=_publish_until, args=(setup, interval, ended), name="overt-publisher", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SECONDS_TO_END)


def _publish_until(setup: Setup, interval: float, ended: Event) -> None:
    trouble = _attempt(setup, "")
    while not ended.wait(interval):
        trouble = _attempt(setup, trouble)
    _attempt(setup, trouble)


def _attempt(setup: Setup, before: str) -> str:
    """Publishes. Returns what went wrong, which is empty where nothing did; tells it where it was not so `before`."""
    missing: Sequence[Exception]
    try:
        with api.ledger(setup) as ledger:
            missing = ledger.publish().missing
    except Exception as error:  # noqa: BLE001  # Whatever it is, the service goes on.
        missing = (error,)
    trouble = "; ".join(map(str, missing))
    if trouble and trouble != before:
        _log.error("the ledger is not published as it should be: %s", trouble)
    if before and not trouble:
        _log.warning("the ledger is published again")
    return trouble
