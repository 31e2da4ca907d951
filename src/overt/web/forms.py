"""Forms of plain fields, without files: read whole, in bounds, before the route runs in its thread.

```python
@router.post("/answers")
def answer(fields: Fields) -> Response:
    text = fields.get("text")
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends, Request

from overt.web.errors import StatusError

MOST_BYTES: Final = 1024 * 1024
"""The longest form: the facts of a whole rulebook with a reason for each."""
_MOST_FIELDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as they were sent."""

    values: Mapping[str, list[str]]

    def get(self, name: str, most: int = 10_000) -> str:
        """The last value of this name, without space at its ends; empty where there is none."""
        found = self.values.get(name)
        return found[-1].strip()[:most] if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """All values of this name, each once."""
        return tuple(dict.fromkeys(self.values.get(name, ())))


async def form(request: Request) -> Form:
    """The form of a request. Raises `StatusError` for one that is too long, or none."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise StatusError(415, "a form of plain fields is needed", "需要普通表单")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise StatusError(413, "the form is too long", "表单过长")
    try:
        return Form(parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise StatusError(400, "the form cannot be read", "无法读取表单") from error


Fields = Annotated[Form, Depends(form)]
