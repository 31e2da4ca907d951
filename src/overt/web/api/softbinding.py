"""The C2PA Soft Binding Resolution API 1.1.

Source: C2PA 2.4, "Soft Binding Resolution API" and its OpenAPI document. Manifests are public, so that there are no
accounts. Left out: `/matches/byReference`, which is optional and makes a server fetch addresses that strangers choose.

One member is added to its results: `outcome`, which keeps "could not tell" apart from "not found".
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from overt.errors import UnsupportedError
from overt.marks.watermark.reading import ALGORITHM as WATERMARK
from overt.web.api import bindings
from overt.web.api.problems import public_problems
from overt.web.api.service import Service
from overt.web.errors import StatusError

_routes = APIRouter(tags=["C2PA soft binding resolution"])

LONGEST_URL_VALUE: Final = 2048
"""Characters of a value in an address; longer ones are sent in a body."""
BODY_SECONDS: Final = 120.0
"""So long may a file take to arrive."""
MOST_RESULTS: Final = 100
"""Manifests in one answer, however many are asked for: the standard sets no upper limit for what a client may ask."""
_KINDS: Final = frozenset({"image", "audio", "video", "application", "model", "text"})
_FILE: Final = {"type": "string", "format": "binary"}
_ENDINGS: Final = {"text/markdown": ".md", "text/html": ".html", "text/plain": ".txt"}
"""Text formats look alike: the sender's word decides, as the name of a file does elsewhere."""

_MostResults = Annotated[int, Query(alias="maxResults", ge=1, description="of which at most 100 are given")]
_Algorithm = Annotated[str, Query(max_length=200, description="name of a soft-binding algorithm")]


class SoftBindingQuery(BaseModel):
    """`c2pa.softBindingQuery`."""

    alg: str = Field(max_length=200)
    value: str = Field(max_length=bindings.LONGEST_VALUE)


class Match(BaseModel):
    """One manifest that was found."""

    manifestId: str  # noqa: N815  (the standard's spelling)
    similarityScore: int = Field(ge=0, le=100)  # noqa: N815


class Result(BaseModel):
    """`c2pa.softBindingQueryResult`, and whether there could be more than was seen."""

    matches: list[Match]
    outcome: str


@_routes.get("/matches/byBinding", operation_id="queryByBinding", responses=public_problems(414))
async def by_binding(request: Request, value: str, alg: _Algorithm, most: _MostResults = 10) -> Result:
    """The manifests that correspond to a soft binding."""
    if len(value) > LONGEST_URL_VALUE:
        raise StatusError(414, "the value is too long for an address: use POST", "值过长，请改用 POST")
    return _result(await _service(request).by_binding(alg, value), most)


@_routes.post("/matches/byBinding", operation_id="queryByLargeBinding", responses=public_problems(413))
async def by_large_binding(request: Request, query: SoftBindingQuery, most: _MostResults = 10) -> Result:
    """The same for values that are too long for an address."""
    return _result(await _service(request).by_binding(query.alg, query.value), most)


@_routes.post(
    "/matches/byContent",
    operation_id="uploadFile",
    responses=public_problems(408, 413, 415, 422, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"image/*": {"schema": _FILE}}}},
)
async def by_content(
    request: Request,
    alg: _Algorithm | None = None,
    most: _MostResults = 10,
    hint_alg: Annotated[str | None, Query(alias="hintAlg", max_length=200)] = None,  # noqa: ARG001  (we read marks ourselves)
    hint_value: Annotated[str | None, Query(alias="hintValue", max_length=bindings.LONGEST_VALUE)] = None,  # noqa: ARG001
) -> Result:
    """The manifests that a file leads to: the body is the file, its type that of the media."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.partition("/")[0] not in _KINDS:
        raise UnsupportedError("this is no type of media", "不是媒体类型")
    with tempfile.TemporaryDirectory(prefix="overt-upload-") as folder:
        path = Path(folder) / f"upload{_ENDINGS.get(media_type, '')}"
        await _received(request, path)
        answer = await _service(request).by_content(path, alg)
    return _result(list(answer.found), most, answer.outcome)


@_routes.get(
    "/manifests/{manifest_id}",
    operation_id="getManifestById",
    response_class=Response,
    responses={
        200: {"description": "the manifest store", "content": {"application/c2pa": {}}},
        **public_problems(404),
    },
)
async def manifest(
    request: Request, manifest_id: str, active: Annotated[bool, Query(alias="returnActiveManifest")] = False
) -> Response:
    """A manifest store, or its active manifest alone."""
    found = await _service(request).manifest(manifest_id, active=active)
    if found is None:
        raise StatusError(404, "no released content has this manifest", "没有已发布的内容使用此清单")
    return Response(found, media_type="application/c2pa")


@_routes.get("/services/supportedAlgorithms", operation_id="getSupportedBindings", responses=public_problems())
async def supported() -> dict[str, list[dict[str, str]]]:
    """The algorithms of soft bindings that are looked up here."""
    return {"watermarks": [{"alg": WATERMARK}], "fingerprints": [{"alg": bindings.FINGERPRINT}]}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _result(found: list[bindings.Found], most: int, outcome: str | None = None) -> Result:
    matches = [
        Match(manifestId=each.manifest_id, similarityScore=each.score) for each in found[: min(most, MOST_RESULTS)]
    ]
    return Result(matches=matches, outcome=outcome or ("found" if found else "not-found"))


async def _received(request: Request, path: Path) -> None:
    """The body as a file. Refuses one that is empty, too large or too slow."""
    most: int = request.app.state.most_bytes
    length: Any = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most)
    total = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            with path.open("wb") as file:
                async for piece in request.stream():
                    total += len(piece)
                    if total > most:
                        raise _too_large(most)
                    file.write(piece)
    except ClientDisconnect as error:
        raise StatusError(400, "the file broke off", "文件传输中断") from error
    except TimeoutError as error:
        raise StatusError(408, "the file took too long to arrive", "文件传输超时") from error
    if not total:
        raise StatusError(400, "there is no file in the body", "请求正文中没有文件")


def _too_large(most: int) -> StatusError:
    return StatusError(413, f"the file has more than {most} bytes", f"文件超过 {most} 字节")


router = APIRouter()
"""The same at the standard's own addresses and under `/v1`."""
router.include_router(_routes)
router.include_router(_routes, prefix="/v1", include_in_schema=False)
