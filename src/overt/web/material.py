"""Strangers' bytes as answers: sounds and films to be played, everything else to be saved; none of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi import Request, Response

from overt.access.model import Principal
from overt.web import reviewing
from overt.web.ranges import ranged

if TYPE_CHECKING:
    from overt.web.house import Site

SANDBOXED: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers under which a browser neither runs nor keeps what it gets."""
_PLAYED: Final = ("audio/", "video/")


def streamed(request: Request, house: Site, who: Principal, number: str, material: int) -> Response:
    """A material of the queue, or the part that a player asks for."""
    seen, data = reviewing.file(house, who, number, material)
    kind = "text/plain" if seen.text else reviewing.media_type(house, seen, data)
    if kind.startswith(_PLAYED):
        return ranged(request, data, kind, SANDBOXED | {"Content-Disposition": "inline"})
    name = {"Content-Disposition": f'attachment; filename="{number[:12]}-{material + 1}"'}
    return Response(data, media_type="application/octet-stream", headers=SANDBOXED | name)


def attachment(data: bytes, name: str) -> Response:
    """Bytes that a browser saves, whatever they are."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain_name(name), safe='')}"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def plain_name(name: object) -> str:
    """A file's name without folders and control characters."""
    last = str(name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in last if each.isprintable())[-120:] or "file"
