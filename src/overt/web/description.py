"""The description of the API (`/openapi.json`), as FastAPI makes it from the routes, put right where it would mislead.

- Parameters that are missing or wrong are answered with 400 and a problem; FastAPI's own 422 never leaves us.
- Whatever changes something may meet that it was changed already, or a repetition under way: 409.
- A summary is the operation's name in words: `listContents`, "List contents".
- Every body has an example (`overt.web.examples`), which the tests send.
"""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import FastAPI

from overt.web.api.problems import Problem
from overt.web.errors import MEDIA_TYPE
from overt.web.examples import BODIES

_NOT_OURS: Final = "#/components/schemas/HTTPValidationError"
_CONFLICT: Final = {
    "description": "Conflict",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Described(FastAPI):
    """An application whose description says what it does."""

    def openapi(self) -> dict[str, Any]:
        """The description."""
        if self.openapi_schema is None:
            told = super().openapi()
            schemas = told["components"]["schemas"]
            schemas.setdefault("Problem", Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
            for operations in told["paths"].values():
                for method, operation in operations.items():
                    if method != "get":
                        operation["responses"].setdefault("409", _CONFLICT)
                    _put_right(operation)
            for each in ("HTTPValidationError", "ValidationError"):
                schemas.pop(each, None)
        return super().openapi()


def _put_right(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    operation["summary"] = _WORD.sub(" ", name).capitalize().replace(" api ", " API ")
    answers = operation["responses"]
    if _schema(answers.get("422", {})) == _NOT_OURS:
        del answers["422"]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if example := BODIES.get(name, {}).get(media_type):
            content["example"] = example


def _schema(answer: dict[str, Any]) -> str:
    content = answer.get("content", {}).get("application/json", {})
    found: str = content.get("schema", {}).get("$ref", "")
    return found
