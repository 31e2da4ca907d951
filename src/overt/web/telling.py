"""Tells webhooks of events in the background of a service (Standard Webhooks 1.0).

```
POST …
webhook-id: msg_…            the same each time it is sent
webhook-timestamp: 1795…     seconds
webhook-signature: v1,…      HMAC-SHA256 over "id.timestamp.body", Base64
{"type": "gate:decision:sign", "timestamp": "…", "data": {"entry": 12, "about": ["…"]}}
```

A thread looks for what is due every `EVERY` seconds, and never stops for anything. Addresses are looked up and reached
as in `overt.web.fetching`: public ones alone, or those of `[web] reachable`; redirects are not followed. Any 2xx within
`SECONDS` is an arrival. Several services of one set-up may do it at once: a delivery that is being sent is leased.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import httpx

from overt import __version__
from overt.errors import OvertError
from overt.store.webhooks import Delivery, Webhook, Webhooks
from overt.web.fetching import Fetcher, taken_apart

if TYPE_CHECKING:
    from overt.settings import Setup
    from overt.store.records import Store

EVERY: Final = 2.0
SECONDS: Final = 15.0
_AT_ONCE: Final = 16
_SECONDS_TO_END: Final = 20.0
_log = logging.getLogger(__name__)


@contextmanager
def telling(setup: Setup, store: Store, every: float = EVERY) -> Iterator[None]:
    """Tells webhooks while what is inside runs."""
    ended = Event()
    thread = Thread(target=_until, args=(setup, store, ended, every), name="overt-webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SECONDS_TO_END)


def sweep(setup: Setup, store: Store) -> int:
    """Makes the deliveries of what happened, and sends what is due, once. Returns how many were sent."""
    kept = Webhooks(store)
    if not any(each.state == "on" for each in kept.every()):
        return 0
    while kept.follow():
        pass
    due = kept.take(_AT_ONCE)
    if due:
        asyncio.run(_sent(Fetcher(setup.settings.web.reachable), kept, due))
    return len(due)


def signature(secret: bytes, number: str, at: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{number}.{at}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, signed, "sha256")).decode()


def _until(setup: Setup, store: Store, ended: Event, every: float) -> None:
    while not ended.wait(every):
        try:
            while sweep(setup, store) == _AT_ONCE and not ended.is_set():
                pass
        except Exception:  # noqa: BLE001  # Whatever it is, the service goes on.
            _log.exception("webhooks could not be told")


async def _sent(fetcher: Fetcher, kept: Webhooks, due: Sequence[tuple[Delivery, Webhook, bytes]]) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
        await asyncio.gather(*(_send(client, fetcher, kept, *each) for each in due))


async def _send(
    client: httpx.AsyncClient, fetcher: Fetcher, kept: Webhooks, delivery: Delivery, to: Webhook, secret: bytes
) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            answer = await client.send(await _request(client, fetcher, delivery, to, secret), stream=True)
            await answer.aclose()
        told, arrived = f"HTTP {answer.status_code}", answer.is_success
    except OvertError as error:
        told, arrived = f"{error.message.zh} · {error.message.en}", False
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as failure:
        told, arrived = str(failure) or type(failure).__name__, False
    await asyncio.to_thread(kept.arrived if arrived else kept.failed, delivery, told)


async def _request(
    client: httpx.AsyncClient, fetcher: Fetcher, delivery: Delivery, to: Webhook, secret: bytes
) -> httpx.Request:
    scheme, host, port, path = taken_apart(to.address)
    found = await fetcher.looked_up(host, port)
    shown = f"[{found}]" if found.version == 6 else str(found)
    body, at = delivery.payload, int(time.time())
    headers = {
        "Host": f"{f'[{host}]' if ':' in host else host}:{port}",
        "User-Agent": f"Overt/{__version__}",
        "Content-Type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, delivery.id, at, body),
    }
    extensions = {"sni_hostname": host}
    url = f"{scheme}://{shown}:{port}{path}"
    return client.build_request("POST", url, headers=headers, content=body, extensions=extensions)
