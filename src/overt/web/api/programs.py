"""API keys for programs: which there are, a new one, an end. A key is returned once; its hash is kept."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from overt.access.model import PERMISSIONS
from overt.store.api_keys import ApiKey, ApiKeys
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House

router = APIRouter(prefix="/v1/api-keys", tags=["API keys"])
_READ = [needs("programs:write")]
_WRITE = [needs("programs:write")]


class Key(BaseModel):
    """A program's key, without the key. Empty times say that it did not happen, or does not."""

    id: str
    name: str
    scopes: list[str]
    made_by: str
    made: str
    ends: str
    withdrawn: str
    used: str

    @classmethod
    def of(cls, key: ApiKey) -> Key:
        """From a key."""
        return cls.model_validate(key, from_attributes=True)


class NewKey(BaseModel):
    """What is to be made. Without `ends` the key works until it is withdrawn."""

    name: str = Field(min_length=1, max_length=100, examples=["upload check"])
    scopes: list[str] = Field(min_length=1, max_length=100, examples=[["contents:inspect"]])
    ends: AwareDatetime | None = Field(default=None, examples=["2031-01-01T00:00:00Z"])


class MadeKey(BaseModel):
    """A key that was made. `secret` is told this once."""

    key: Key
    secret: str = Field(examples=["overt_…"])


class Caller(BaseModel):
    """Who asks, and what they may do."""

    kind: str = Field(description="`staff`, `inspector` or `key`")
    id: str
    name: str
    permissions: dict[str, Said]


@router.get("", operation_id="listApiKeys", dependencies=_READ, responses=problems())
def every(house: House, most: Most = 50, after: After = "") -> Page[Key]:
    """All keys that were ever made, the newest first."""
    place = place_of(after, str, str)
    rows = ApiKeys(house.store).every(most + 1, (place[0], place[1]) if place else None)
    return page_of(rows, most, Key.of, lambda each: (each.made, each.id))


@router.post("", operation_id="makeApiKey", status_code=201, dependencies=_WRITE, responses=problems())
def make(house: House, who: Who, wanted: NewKey) -> MadeKey:
    """Makes a key. A program gives none that may do more than itself."""
    ends: datetime | None = wanted.ends
    key, secret = ApiKeys(house.store).make(wanted.name, wanted.scopes, by=who, ends=ends)
    return MadeKey(key=Key.of(key), secret=secret)


@router.get("/current", operation_id="whoAmI", responses=problems())
def current(who: Who) -> Caller:
    """Who asks, and what they may do: the same for a key and for a session."""
    allowed = {name: Said.of(text) for name, text in PERMISSIONS.items() if who.may(name)}
    return Caller(kind=who.kind, id=who.id, name=who.name, permissions=allowed)


@router.delete("/{key}", operation_id="withdrawApiKey", status_code=204, dependencies=_WRITE, responses=problems(404))
def withdraw(house: House, who: Who, key: str) -> None:
    """Ends a key at once."""
    if not ApiKeys(house.store).withdraw(key, by=who.post):
        raise StatusError(404, "there is no such key that works", "没有这个有效的密钥")
