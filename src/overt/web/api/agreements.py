"""The service agreement and the rules for programs: their versions, and how many users read and accepted each.

What they say is public (`/v1/notices/agreement`); which account read what stands at the account.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from overt.store.agreements import Agreements
from overt.web.access import needs
from overt.web.api.model import Page
from overt.web.api.problems import problems
from overt.web.house import House

router = APIRouter(prefix="/v1/agreements", tags=["accounts"])


class Version(BaseModel):
    """One version, and how many users were asked to read it and accepted it."""

    kind: Literal["agreement", "rules"]
    version: str = Field(examples=["2026-11"])
    valid_from: str
    sha256: str = Field(description="of the text in both languages, as canonical JSON")
    covers: tuple[str, ...] = Field(description="duties that its publisher says it states")
    prompted: int = Field(description="accounts that were asked to read it")
    accepted: int = Field(description="accounts that accepted it")


@router.get("", operation_id="listAgreements", dependencies=[needs("accounts:read")], responses=problems())
def every(house: House, kind: Literal["agreement", "rules"] = "agreement") -> Page[Version]:
    """All versions of the agreement, or of the rules, the one that applies last first."""
    agreements = Agreements(house.store)
    found = []
    with house.store.view():
        for each in agreements.published(kind):
            prompted, accepted = agreements.counts(kind, each.version)
            said = {name: getattr(each, name) for name in ("kind", "version", "valid_from", "sha256", "covers")}
            found.append(Version(**said, prompted=prompted, accepted=accepted))
    return Page(items=found)
