"""The gate for programs: ask it, look at its decisions, read its policy.

```
POST /v1/decisions            asks; JSON, or a form with the JSON in `request` and files in `input`
GET  /v1/decisions            the newest first, by outcome, purpose, account and time
GET  /v1/decisions/{id}       one decision, its signature checked, and what became of it
GET  /v1/gate/policy          the policy that applies; /v1/gate/purposes in words
```

A refusal is an answer, not an error: 200, with its reasons.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from overt.gate.decision import decision_json
from overt.gate.model import Decision, Outcome, Reason
from overt.gate.request import Wanted, wrong
from overt.store import decision_lists
from overt.store.decision_lists import Listed, Whole
from overt.web import gating, uploads
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, Said, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within

router = APIRouter(tags=["decisions"])
PATIENCE: Final = 600.0
"""Seconds for which a request waits for its decision."""
_MOST_JSON: Final = 1 << 20
Number = Annotated[str, Path(min_length=1, max_length=64, description="the decision's id")]


class ReasonOut(BaseModel):
    """Why: a code, the words for whoever asked, and the duties that it rests on."""

    code: str = Field(examples=["review:fraud"])
    text: Said
    duties: list[str] = Field(examples=[["DS-06a"]])

    @classmethod
    def of(cls, each: Reason) -> ReasonOut:
        """From a reason."""
        return cls(code=each.code, text=Said.of(each.text), duties=list(each.duties))


class ReviewedOut(BaseModel):
    """A material as the decision binds it: its hash, never what it is."""

    role: str
    sha256: str
    outcome: Outcome
    engines: list[str]


class DecisionOut(BaseModel):
    """The signed decision: Ed25519 over the canonical JSON (RFC 8785) of all fields but `signature`."""

    v: int
    id: str
    outcome: Outcome
    account: str = Field(description="the requester's opaque id")
    identity: str
    purpose: str
    function: str
    model: str
    techniques: list[str]
    consents: list[str]
    reviewed: list[ReviewedOut]
    reasons: list[ReasonOut]
    content_ids: list[str]
    label: Literal["required", "waived"]
    label_style: str
    rulebook: str
    rulebook_digest: str
    policy: str
    decided: str
    expires: str
    supersedes: str
    answered: str
    signer: str
    signature: str

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        """From a decision."""
        return cls.model_validate(decision_json(decision))


class DecisionListed(BaseModel):
    """A decision in a list."""

    id: str
    outcome: Outcome
    standing: str = Field(description="waits, answered, refused, allows, used or over")
    account: str
    purpose: str
    function: str
    decided: str
    expires: str
    supersedes: str
    superseded: str = Field(description="the decision that took its place; empty where none did")
    given: int = Field(description="content ids that it gave")
    used: int
    ledger_index: int

    @classmethod
    def of(cls, each: Listed, at: datetime) -> DecisionListed:
        """From a row."""
        values = {name: getattr(each, name) for name in cls.model_fields if name != "standing"}
        return cls(**values, standing=each.standing(at))


class ContentGiven(BaseModel):
    """A content id of a decision."""

    content_id: str
    use: Literal["unused", "used", "over"]
    used: str
    media_type: str


class OutputOut(BaseModel):
    """What the review found in an output."""

    sha256: str
    outcome: Outcome
    reasons: list[ReasonOut]
    reviewed: str


class DecisionRecord(BaseModel):
    """A decision and what became of it. `decision` is null where its account's key was destroyed, or it expired."""

    row: DecisionListed
    decision: DecisionOut | None
    signature: Literal["good", "bad", "unknown"] | None = Field(description="checked now, by the set-up's own keys")
    contents: list[ContentGiven]
    outputs: list[OutputOut]
    reviews: list[str] = Field(description="items of the people's queue")
    lapsed: list[ReasonOut] = Field(description="why its consents do not stand any more")


class PurposeOut(BaseModel):
    """A purpose that can be declared."""

    id: str
    name: Said
    about: Said


class Purposes(BaseModel):
    """The purposes of the policy that applies."""

    items: list[PurposeOut]


class RuleOut(BaseModel):
    """One rule of the policy."""

    id: str
    effect: str
    line: int
    reason: Said | None
    duties: list[str]


class PolicyOut(BaseModel):
    """The policy: a Cedar file, of which `digest` is the SHA-256."""

    source: str
    digest: str
    rules: list[RuleOut]
    purposes: list[PurposeOut]


class AskIn(Wanted):
    """A request: the fields of `overt gate ask`. Files come in a form (`input`), never as paths."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "account": "7f3c9a52e5b84d3f9f6c1d2e3a4b5c6d",
                    "purpose": "education",
                    "techniques": ["image_generation"],
                    "prompt": "春天的山水画",
                }
            ]
        },
    )


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema without `$defs`, as a place inside OpenAPI needs it."""
    known = schema.pop("$defs", {})

    def put(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return put(known[node["$ref"].rpartition("/")[2]])
            return {name: put(each) for name, each in node.items()}
        return [put(each) for each in node] if isinstance(node, list) else node

    return put(schema)  # type: ignore[no-any-return]


_ASK = _flat(AskIn.model_json_schema())
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _ASK},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["request"],
                    "properties": {
                        "request": _ASK,
                        "input": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                },
                "encoding": {"request": {"contentType": "application/json"}},
            },
        },
    }
}


@router.post(
    "/v1/decisions",
    dependencies=[needs("decisions:ask")],
    operation_id="askGate",
    responses=problems(409, 413, 422, 503),
    openapi_extra=_BODY,
)
async def ask(request: Request, house: House, who: Who) -> DecisionOut:
    """Asks whether something may be synthesised. The answer is signed and recorded: allow, hold or refuse."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with uploads.form(request) as fields:
            wanted = _wanted(uploads.field(fields, "request", _MOST_JSON))
            folder = await gating.taken(house, fields)
    else:
        raw = await uploads.body(request, _MOST_JSON)
        wanted, folder = _wanted(raw.decode("utf-8", "replace")), None
    task = gating.ask(house, who.post, wanted, folder)
    if not await run_in_threadpool(task.finished.wait, PATIENCE):
        raise StatusError(503, "the gate takes too long", "闸口处理超时")
    house.work.forget(task.id)
    if task.error is not None:
        raise task.error
    return DecisionOut.of(task.result)


@router.get(
    "/v1/decisions", dependencies=[needs("decisions:read")], operation_id="listDecisions", responses=problems(422)
)
def every(  # noqa: PLR0913, PLR0917  (filters of a list)
    house: House,
    within: Within,
    outcome: Annotated[Outcome | None, Query()] = None,
    purpose: Annotated[str, Query(max_length=64)] = "",
    account: Annotated[str, Query(max_length=64, description="the requester's opaque id")] = "",
    since: Annotated[datetime | None, Query(description="decided at this time or later")] = None,
    before: Annotated[datetime | None, Query(description="decided before this time")] = None,
    most: Most = 50,
    after: After = "",
) -> Page[DecisionListed]:
    """Decisions, the newest first."""
    now = datetime.now(UTC)
    wanted = decision_lists.Wanted(
        outcome or "", purpose, account, since=decision_lists.told(since), before=decision_lists.told(before)
    )
    rows = decision_lists.page(house.store, wanted, most, place_of(after, str, str), within)
    return page_of(rows, most, lambda each: DecisionListed.of(each, now), lambda each: each.place)


@router.get(
    "/v1/decisions/{decision}",
    dependencies=[needs("decisions:read")],
    operation_id="getDecision",
    responses=problems(404),
)
def one(house: House, decision: Number) -> DecisionRecord:
    """One decision, and what became of it."""
    return _record(house, gating.whole(house, decision))


@router.get(
    "/v1/gate/purposes", dependencies=[needs("decisions:ask")], operation_id="listPurposes", responses=problems()
)
def purposes(house: House) -> Purposes:
    """The purposes that a request can declare, in words."""
    return Purposes(items=_purposes(house))


@router.get("/v1/gate/policy", dependencies=[needs("decisions:read")], operation_id="getPolicy", responses=problems())
def policy(house: House) -> PolicyOut:
    """The policy that applies: its rules, its purposes."""
    found = gating.purposes(house)
    rules = [
        RuleOut(
            id=each.id,
            effect=each.effect,
            line=each.line,
            reason=Said.of(each.reason) if each.reason else None,
            duties=list(each.duties),
        )
        for each in found.rules.values()
    ]
    return PolicyOut(source=found.source, digest=found.digest, rules=rules, purposes=_purposes(house))


def _wanted(told: str) -> AskIn:
    try:
        return AskIn.model_validate_json(told)
    except ValidationError as error:
        raise wrong(error, "request") from error


def _purposes(house: Site) -> list[PurposeOut]:
    found = gating.purposes(house).purposes.values()
    return [PurposeOut(id=each.id, name=Said.of(each.name), about=Said.of(each.about)) for each in found]


def _record(house: Site, found: Whole) -> DecisionRecord:
    return DecisionRecord(
        row=DecisionListed.of(found.row, datetime.now(UTC)),
        decision=DecisionOut.of(found.decision) if found.decision else None,
        signature=gating.signature(house, found.decision) if found.decision else None,
        contents=[
            ContentGiven(content_id=each.content_id, use=each.use, used=each.used, media_type=each.media_type)
            for each in found.contents
        ],
        outputs=[
            OutputOut(
                sha256=each.sha256,
                outcome=each.outcome,
                reasons=[ReasonOut.of(reason) for reason in each.reasons],
                reviewed=each.reviewed,
            )
            for each in found.outputs
        ],
        reviews=list(found.items),
        lapsed=[ReasonOut.of(each) for each in found.lapsed],
    )
