"""The front door: what can be done here without an account."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.web.rendering import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def front(_: Request) -> Response:
    """Most people come to verify something."""
    return RedirectResponse("/verify", 307)
