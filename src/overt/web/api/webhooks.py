"""Webhooks for programs: where they are told of events, what was sent, what was given up.

Messages follow Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature` (HMAC-SHA256), and a body
`{"type": tag, "timestamp": …, "data": {"entry": ledger index, "about": [ids]}}`. The same message may arrive twice.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from overt.errors import UsageError
from overt.ledger import events
from overt.store.webhooks import Delivery, Webhook, Webhooks
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.fetching import taken_apart
from overt.web.house import House, Site
from overt.web.words.events import title

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
_READ = [needs("programs:write")]
_WRITE = [needs("programs:write")]


class Hook(BaseModel):
    """A webhook, without its secret."""

    id: str
    address: str
    tags: list[str]
    state: Literal["on", "off"]
    why: str = Field(description="why it is off, where it failed for days")
    failing: str = Field(description="since when nothing arrives; empty where all does")
    made: str
    made_by: str

    @classmethod
    def of(cls, held: Webhook) -> Hook:
        """From a webhook."""
        return cls.model_validate(held, from_attributes=True)


class NewHook(BaseModel):
    """Where programs are to be told, and of what."""

    address: str = Field(min_length=1, max_length=2048, examples=["https://hooks.example.com/overt"])
    tags: list[str] = Field(
        min_length=1,
        max_length=200,
        description="tags of events, beginnings of them with their colon, or `*`",
        examples=[["gate:decision:", "marking:content:release"]],
    )


class MadeHook(BaseModel):
    """A webhook that was made. `secret` is told this once."""

    webhook: Hook
    secret: str = Field(examples=["whsec_…"])


class Turning(BaseModel):
    """On or off."""

    state: Literal["on", "off"]


class Sent(BaseModel):
    """One delivery."""

    id: str
    entry: int
    tag: str
    time: str
    about: list[str]
    state: Literal["waiting", "done", "dead"]
    attempts: int
    due: str
    told: str = Field(description="what came of the last attempt")

    @classmethod
    def of(cls, delivery: Delivery) -> Sent:
        """From a delivery."""
        return cls.model_validate(delivery, from_attributes=True)


class Kind(BaseModel):
    """A kind of event."""

    tag: str
    title: Said


@router.get("", operation_id="listWebhooks", dependencies=_READ, responses=problems())
def every(house: House) -> Page[Hook]:
    """All webhooks."""
    return Page(items=[Hook.of(each) for each in Webhooks(house.store).every()])


@router.post("", operation_id="makeWebhook", status_code=201, dependencies=_WRITE, responses=problems())
def make(house: House, who: Who, wanted: NewHook) -> MadeHook:
    """Makes a webhook, which is told of what happens from now on."""
    taken_apart(wanted.address)
    held, secret = Webhooks(house.store).add(wanted.address, wanted.tags, by=who.post)
    return MadeHook(webhook=Hook.of(held), secret=secret)


@router.get("/kinds", operation_id="listEventKinds", dependencies=_READ, responses=problems())
def kinds() -> Page[Kind]:
    """The kinds of events that there are."""
    return Page(items=[Kind(tag=tag, title=Said.of(title(tag))) for tag in events.every()])


@router.get("/{webhook}", operation_id="getWebhook", dependencies=_READ, responses=problems(404))
def one(house: House, webhook: str) -> Hook:
    """One webhook."""
    return Hook.of(_held(house, webhook))


@router.post("/{webhook}/turn", operation_id="turnWebhook", dependencies=_WRITE, responses=problems(404))
def turn(house: House, who: Who, webhook: str, to: Turning) -> Hook:
    """Turns it on or off."""
    _held(house, webhook)
    Webhooks(house.store).turn(webhook, on=to.state == "on", by=who.post)
    return Hook.of(_held(house, webhook))


@router.delete(
    "/{webhook}", operation_id="deleteWebhook", status_code=204, dependencies=_WRITE, responses=problems(404)
)
def delete(house: House, who: Who, webhook: str) -> None:
    """Deletes it, and what waits for it."""
    _held(house, webhook)
    Webhooks(house.store).remove(webhook, by=who.post)


@router.get("/{webhook}/deliveries", operation_id="listDeliveries", dependencies=_READ, responses=problems(404))
def deliveries(
    house: House,
    webhook: str,
    state: Annotated[Literal["", "waiting", "done", "dead"], Query()] = "",
    most: Most = 50,
    after: After = "",
) -> Page[Sent]:
    """What was sent to it, the newest first."""
    _held(house, webhook)
    place = place_of(after, int, str)
    before = (place[0], place[1]) if place else None
    rows = Webhooks(house.store).deliveries(webhook, most + 1, state=state, before=before)
    return page_of(rows, most, Sent.of, lambda each: (each.entry, each.id))


@router.post(
    "/{webhook}/deliveries/{delivery}/resend",
    operation_id="resendDelivery",
    status_code=204,
    dependencies=_READ,
    responses=problems(404),
)
def resend(house: House, webhook: str, delivery: str) -> None:
    """Sends a delivery once more."""
    _held(house, webhook)
    try:
        Webhooks(house.store).resend(webhook, delivery)
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh) from error


def _held(house: Site, webhook: str) -> Webhook:
    try:
        return Webhooks(house.store).get(webhook)
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh) from error
