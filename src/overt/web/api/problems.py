"""How the description of the API says what goes wrong: problem details (RFC 9457) in both languages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from overt.web.api.model import Said
from overt.web.errors import MEDIA_TYPE


class Because(Said):
    """One reason of a refusal, and the duty that asks for it, where one does."""

    duty: str | None = Field(None, examples=["DS-14b"])


class Problem(BaseModel):
    """What went wrong, and what to do (`overt.web.errors`)."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str
    message: Said
    hint: Said
    reasons: list[Because] = Field([], description="why the gate refused; with 403 alone")


def problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that goes wrong: those that every guarded route has, and `more` of its own."""
    return public_problems(401, 403, *more)


def public_problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """The same of a route that asks nobody who they are."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    statuses = sorted({400, 429, *more})
    return {each: {"description": HTTPStatus(each).phrase, "model": Problem, "content": content} for each in statuses}
