"""Papers of where the duties stand, made while somebody waits. Part of `/console/duties`.

```
GET, POST  /papers                the form
GET        /papers/{task}         how far it is, then the paper
GET        /papers/{task}/file
```
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.duties.export import FORMS, Paper
from overt.web import papers, rendering
from overt.web.access import Who, needs
from overt.web.errors import StatusError
from overt.web.forms import Fields
from overt.web.house import House
from overt.web.rendering import PageRoute

routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/papers", dependencies=[needs("duties:read")])
def ask(request: Request, rulebook: str = "") -> Response:
    """The form."""
    return rendering.show(request, "duties/papers", rulebook=rulebook, forms=FORMS, task=None, paper=None)


@routes.post("/papers", dependencies=[needs("duties:read")])
def make(house: House, who: Who, fields: Fields) -> Response:
    """Starts to make one."""
    task = papers.start(house, who, fields.get("rulebook"), fields.get("form"), fields.get("languages"))
    return RedirectResponse(f"/console/duties/papers/{task.id}", 303)


@routes.get("/papers/{number}", dependencies=[needs("duties:read")])
def under_way(request: Request, house: House, who: Who, number: str) -> Response:
    """How far it is, or what was made."""
    task = papers.found(house, who, number)
    paper: Paper | None = task.result
    return rendering.show(request, "duties/papers", rulebook="", forms=FORMS, task=task, paper=paper)


@routes.get("/papers/{number}/file", dependencies=[needs("duties:read")])
def file(house: House, who: Who, number: str) -> Response:
    """The paper."""
    task = papers.found(house, who, number)
    if not isinstance(task.result, Paper):
        raise StatusError(404, "this paper is not there yet", "文件尚未备好", hint=papers.GONE)
    return papers.answer(task.result)
