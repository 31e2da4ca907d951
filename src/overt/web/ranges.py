"""Bytes, or the part of them that a player asks for (RFC 9110, 14): without it, no browser seeks in a film."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)", re.ASCII)


def ranged(request: Request, data: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """The bytes, or the part that is asked for. Of several parts, and of odd ones, the whole is sent."""
    told = {"Accept-Ranges": "bytes", **(headers or {})}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or int(asked[1]) >= len(data):
        return Response(data, media_type=media_type, headers=told)
    first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
    told["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, told, media_type)
