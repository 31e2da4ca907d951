"""Keys and certificates for programs: what the set-up holds and until when. Secrets and folders are never told."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from overt.setup.check import State
from overt.setup.holding import Kind
from overt.setup.holdings import holdings
from overt.web.access import Who, needs
from overt.web.api.model import Page, Said
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.examination import DOCTOR, examine
from overt.web.house import House

router = APIRouter(prefix="/v1/certificates", tags=["keys"], dependencies=[needs("keys:read")])


class Held(BaseModel):
    """One key, certificate or service. `until` is empty where it does not end by itself."""

    kind: Kind
    name: Said
    state: State
    found: Said
    file: str = Field(description="name of its file, without a folder", examples=["ledger.pem"])
    id: str = Field(description="fingerprint, name or address")
    since: str
    until: str
    mend: Said | None


class Finding(BaseModel):
    """One thing that was looked at. `mend` says what to do."""

    name: Said
    state: State
    found: Said
    mend: Said | None


class Examination(BaseModel):
    """An examination of the whole set-up: ask again until it is done."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    findings: list[Finding]


@router.get("", operation_id="listCertificates", responses=problems())
def every(house: House) -> Page[Held]:
    """Every key and certificate that the set-up holds, by what it is for."""
    found = holdings(house.setup, house.store)
    return Page(
        items=[
            Held(
                kind=each.kind,
                name=Said.of(each.name),
                state=each.state,
                found=Said.of(each.found),
                file=each.file,
                id=each.id,
                since=each.since,
                until=each.until,
                mend=Said.of(each.mend) if each.mend else None,
            )
            for each in found
        ]
    )


@router.post("/examinations", operation_id="examineSetup", status_code=202, responses=problems(503))
def begin(house: House, who: Who) -> Examination:
    """Has the whole set-up examined, as `overt doctor` does."""
    task = examine(house, who)
    return Examination(id=task.id, state=task.state, findings=[])


@router.get("/examinations/{id}", operation_id="getExamination", responses=problems(404))
def one(house: House, who: Who, number: Annotated[str, Path(alias="id", max_length=64)]) -> Examination:
    """How far an examination is, and what it found. It is kept for some minutes."""
    task = house.work.find(number, DOCTOR, owner=who.post)
    if task is None:
        raise StatusError(404, "there is no such examination", "没有这次检查")
    found = [
        Finding(
            name=Said.of(each.name),
            state=each.state,
            found=Said.of(each.found),
            mend=Said.of(each.mend) if each.mend else None,
        )
        for each in (task.result if task.state == "done" else ())
    ]
    return Examination(id=task.id, state=task.state, findings=found)
