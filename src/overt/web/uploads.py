"""Forms with files from strangers' cameras: bounded while they arrive, opened only in the guarded process."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from overt.gate.consent import upload
from overt.marks.kept import Print
from overt.media.budget import MIB, Budget
from overt.media.guard import Guard
from overt.store.consent_rows import Upload
from overt.web.errors import StatusError

MOST_MIB: Final = 64
"""The largest form: a minute of a phone's film."""
_MOST_FIELDS: Final = 100
_MOST_FIELD: Final = 16 * 1024  # Bytes.


class _Bounded(Request):
    """A request that is not read further than allowed, whatever its length says."""

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        total = 0
        async for piece in super().stream():
            total += len(piece)
            if total > MOST_MIB * MIB:
                raise StatusError(413, f"more than {MOST_MIB} MB cannot be taken", f"文件超过 {MOST_MIB} MB")
            yield piece


@asynccontextmanager
async def form(request: Request) -> AsyncIterator[FormData]:
    """The fields and files of a form, gone afterwards."""
    bounded = _Bounded(request.scope, request.receive)
    async with bounded.form(max_files=4, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD) as fields:
        yield fields


def field(fields: FormData, name: str, most: int = 1000) -> str:
    """A text of the form; empty where there is none."""
    value = fields.get(name)
    return value[:most] if isinstance(value, str) else ""


def several(fields: FormData, name: str) -> tuple[str, ...]:
    """All ticked values of one name."""
    return tuple(dict.fromkeys(each for each in fields.getlist(name) if isinstance(each, str)))


async def data(fields: FormData, name: str) -> bytes:
    """The bytes of a file; none where nothing was chosen."""
    value = fields.get(name)
    return await value.read() if isinstance(value, UploadFile) else b""


def looked(raw: bytes, budget: Budget, *, known_again: bool = False) -> tuple[Upload, tuple[Print, ...]]:
    """What a file is, seen in a guarded process of its own; with the fingerprint of a picture to be `known_again`.

    Raises `MediaError`.
    """
    with tempfile.TemporaryDirectory(prefix="overt-answer-") as folder, Guard(budget) as guard:
        path = Path(folder) / "upload"
        path.write_bytes(raw)
        seen = guard.call(upload.look, path)
        return Upload(raw, seen.media_type), guard.call(upload.fingerprint, path, budget) if known_again else ()
