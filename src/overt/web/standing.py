"""The ledger of the house as pages and API look at it: opened where the set-up names a key, and told alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from overt import api
from overt.ledger.checkpoint import Checkpoint
from overt.store import standing as standings
from overt.store.publishing import Ledger
from overt.store.standing import Signed, Standing
from overt.web.house import Site


@contextmanager
def ledger_of(house: Site) -> Iterator[Ledger | None]:
    """The ledger over the house's records; None where the set-up names no key."""
    if house.setup.settings.ledger.key is None:
        yield None
        return
    with api.ledger(house.setup, house.store) as ledger:
        yield ledger


def standing(house: Site) -> Standing:
    """How the ledger stands."""
    with ledger_of(house) as ledger:
        return standings.standing(house.store, ledger)


def checkpoints(house: Site, most: int, below: int | None = None) -> list[Signed]:
    """The checkpoints that were signed, the largest first."""
    with ledger_of(house) as ledger:
        return standings.signed(house.store, ledger.voice if ledger else None, most, below)


def checkpoint_of(house: Site) -> Checkpoint | None:
    """The latest checkpoint that the log's key signed; None where there is none."""
    latest = next(iter(checkpoints(house, 1)), None)
    return latest.checkpoint if latest and latest.holds is not False else None
