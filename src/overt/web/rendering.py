"""Pages that people open: templates without scripts, in one language at a time, and the headers that keep them so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from overt.errors import MediaError, OvertError, UsageError
from overt.language import Language, Text
from overt.store.consent_rows import AnswerError
from overt.web.errors import StatusError
from overt.web.service import BusyError
from overt.web.words import WORDS

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # Not "no-referrer": then browsers send no origin with a form. Other sites never see the address.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
PREFIXES: Final = ("/consent/", "/refusal", "/pages/")
"""Addresses of pages: everything else answers programs."""
_MOST_LANGUAGES: Final = 20  # Of an Accept-Language header.
_log = logging.getLogger(__name__)


class Words:
    """The words of one language, by name: `words.give`, `words("until", day=…)`."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def __getattr__(self, name: str) -> str:
        if name not in WORDS:
            raise AttributeError(name)
        return WORDS[name].in_(self._language)

    def __call__(self, name: str, /, **values: object) -> str:
        """A sentence with values in it."""
        return WORDS[name].in_(self._language).format(**values)

    def of(self, text: Text) -> str:
        """Another text in this language."""
        return text.in_(self._language)


def is_page(path: str) -> bool:
    """Whether a page is at this address, rather than an answer for programs."""
    return path.startswith(PREFIXES)


def language_of(request: Request, otherwise: Language = "zh") -> Language:
    """The language that is asked for: in the address, or by the browser's settings."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    for each in request.headers.get("accept-language", "").split(",")[:_MOST_LANGUAGES]:
        tag = each.partition(";")[0].strip().lower()
        if tag.startswith(("zh", "en")):
            return "en" if tag.startswith("en") else "zh"
    return otherwise


def page(name: str, language: Language, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template."""
    told = {"language": language, "lang": "zh-CN" if language == "zh" else "en", "words": Words(language)}
    return HTMLResponse(_templates().get_template(f"{name}.html").render(**told, **values), status)


def style() -> str:
    """The style of all pages."""
    return files("overt.web").joinpath("pages/style.css").read_text("utf-8")


def same_origin(request: Request, address: str) -> None:
    """Raises `StatusError` for a form that another site sent: it is the person's own press that counts."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    ours = {request.headers.get("host", ""), urlsplit(address).netloc} - {""}
    if (site is not None and site != "same-origin") or urlsplit(origin).netloc not in ours:
        raise StatusError(403, "this form was not sent from our own page", "该请求不是从本页面发出的")


class PageRoute(APIRoute):
    """A route whose errors are pages, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors told in words."""
        answer = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except (OvertError, HTTPException, RequestValidationError) as error:
                return failure(request, error)

        return told


def failure(request: Request, error: Exception) -> HTMLResponse:
    """An error as a page. What is wrong with the set-up is for the log, not for strangers."""
    language = language_of(request)
    if isinstance(error, StatusError) and error.status == 404:
        return page("message", language, 404, title=WORDS["no_page"], lead=WORDS["no_page_lead"])
    if isinstance(error, OvertError) and isinstance(error, PEOPLE):
        status = error.status if isinstance(error, StatusError) else 422
        return page("message", language, status, title=error.message, lead=error.hint)
    if isinstance(error, (HTTPException, RequestValidationError)):
        status = error.status_code if isinstance(error, HTTPException) else 422
        return page("message", language, status, title=WORDS["problem"], lead=WORDS["no_page_lead"])
    _log.error("a page failed: %s", error)
    return page("message", language, 500, title=WORDS["problem"], lead=_LATER)


def often(request: Request, seconds: float) -> HTMLResponse:
    """The page for whoever asks too often."""
    lead = Text(zh=f"请在 {ceil(seconds)} 秒后再试。", en=f"Try again in {ceil(seconds)} seconds.")
    title = Text(zh="请求过于频繁", en="Too many requests")
    answer = page("message", language_of(request), 429, title=title, lead=lead)
    answer.headers["Retry-After"] = str(ceil(seconds))
    return answer


PEOPLE: Final[tuple[type[Exception], ...]] = (StatusError, UsageError, MediaError, AnswerError, BusyError)
_LATER: Final = Text(zh="服务出错，请稍后再试。", en="The service failed. Please try again later.")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("overt.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
