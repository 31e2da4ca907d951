"""Pages that people open: templates in one language at a time, and the headers that keep them safe.

A template lies in the folder of its subject (`pages/contents/one.html`); its words are in the module of the same name
(`words/contents.py`), and in `words/common.py`. Scripts are files of ours in `assets/`, never inline; the public pages
work without them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import cache
from importlib import import_module
from math import ceil
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from overt.access.model import Principal
from overt.errors import MediaError, OvertError, RefusedError, UsageError
from overt.language import Language, Text
from overt.store.consent_rows import AnswerError
from overt.web import clock, navigation, typed
from overt.web.errors import RETRY_AFTER, AgainError, BusyError, StatusError
from overt.web.words.common import WORDS

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    # Not "no-referrer": then browsers send no origin with a form. Other sites never see the address.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
PROGRAMS: Final = ("/v1", "/matches", "/manifests", "/services", "/recalls", "/openapi.json")
"""Addresses that answer programs: everything else is a page."""
LANGUAGE_COOKIE: Final = "overt-language"
_MOST_LANGUAGES: Final = 20  # Of an Accept-Language header.
_log = logging.getLogger(__name__)


class Words:
    """The words of one subject in one language, by name: `words.give`, `words("until", day=…)`."""

    def __init__(self, language: Language, subject: str = "common") -> None:
        self._language: Language = language
        self._texts = _texts(subject)

    def __getattr__(self, name: str) -> str:
        if name.startswith("_") or name not in self._texts:
            raise AttributeError(name)
        return self._texts[name].in_(self._language)

    def __call__(self, name: str, /, **values: object) -> str:
        """A sentence with values in it."""
        return self._texts[name].in_(self._language).format(**values)

    def of(self, text: Text) -> str:
        """Another text in this language."""
        return text.in_(self._language)


def is_page(path: str) -> bool:
    """Whether a page is at this address, rather than an answer for programs."""
    return not any(path == each or path.startswith(f"{each}/") for each in PROGRAMS)


def language_of(request: Request, otherwise: Language = "zh") -> Language:
    """The language that is asked for: in the address, by the choice that was kept, or by the browser's settings."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if asked in ("zh", "en"):
        return "en" if asked == "en" else "zh"
    for each in request.headers.get("accept-language", "").split(",")[:_MOST_LANGUAGES]:
        tag = each.partition(";")[0].strip().lower()
        if tag.startswith(("zh", "en")):
            return "en" if tag.startswith("en") else "zh"
    return otherwise


def page(name: str, language: Language, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template, in its subject's words."""
    words = Words(language, name.partition("/")[0])
    shell: dict[str, Any] = {
        "who": None,
        "groups": [],
        "here": "",
        "reasons": (),
        "other_at": f"?lang={'en' if language == 'zh' else 'zh'}",
    }
    told = {**shell, "language": language, "lang": "zh-CN" if language == "zh" else "en", "words": words, **values}
    return HTMLResponse(_templates().get_template(f"{name}.html").render(**told), status)


def show(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page with its shell: who is signed in, the navigation, and the address in the other language."""
    who: Principal | None = getattr(request.state, "principal", None)
    language = language_of(request)
    asked = [(key, value) for key, value in parse_qsl(request.url.query) if key != "lang"]
    other = urlencode([*asked, ("lang", "en" if language == "zh" else "zh")])
    shell = {"who": who, "groups": navigation.for_principal(who), "here": request.url.path, "other_at": f"?{other}"}
    return page(name, language, status, **shell, **values)


def keep_language(request: Request, response: Response) -> None:
    """Whoever chose a language by the link on a page gets it on the next pages, too."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en") and is_page(request.url.path) and request.cookies.get(LANGUAGE_COOKIE) != asked:
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=365 * 86400, samesite="lax", httponly=True)


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
            except AgainError as error:
                await typed.keep(request, error)
                return failure(request, error)
            except (OvertError, HTTPException, RequestValidationError) as error:
                return failure(request, error)

        return told


def failure(request: Request, error: Exception) -> Response:
    """An error as a page. What is wrong with the set-up is for staff and the log, not for strangers."""
    if isinstance(error, StatusError) and (at := getattr(error, "at", None)):
        return RedirectResponse(at, 303)
    if isinstance(error, StatusError) and error.status == 404 and not error.told:
        return show(request, "shell/message", 404, title=WORDS["no_page"], lead=WORDS["no_page_lead"])
    if isinstance(error, BusyError):
        answer = show(request, "shell/message", 503, title=error.message, lead=error.hint)
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer
    who: Principal | None = getattr(request.state, "principal", None)
    if isinstance(error, OvertError) and (isinstance(error, PEOPLE) or (who and who.kind == "staff")):
        status = error.status if isinstance(error, StatusError) else 422 if isinstance(error, PEOPLE) else 500
        title = error.head if isinstance(error, RefusedError) else error.message
        return show(request, "shell/message", status, title=title, lead=error.hint, reasons=error.reasons)
    if isinstance(error, (HTTPException, RequestValidationError)):
        status = error.status_code if isinstance(error, HTTPException) else 422
        title = WORDS["no_page" if status == 404 else "problem"]
        return show(request, "shell/message", status, title=title, lead=WORDS["no_page_lead"])
    _log.error("a page failed: %s", error)
    return show(request, "shell/message", 500, title=WORDS["problem"], lead=_LATER)


def often(request: Request, seconds: float) -> HTMLResponse:
    """The page for whoever asks too often."""
    lead = Text(zh=f"请在 {ceil(seconds)} 秒后再试。", en=f"Try again in {ceil(seconds)} seconds.")
    title = Text(zh="请求过于频繁", en="Too many requests")
    answer = show(request, "shell/message", 429, title=title, lead=lead)
    answer.headers["Retry-After"] = str(ceil(seconds))
    return answer


PEOPLE: Final[tuple[type[Exception], ...]] = (StatusError, UsageError, MediaError, AnswerError, BusyError, RefusedError)
_LATER: Final = Text(zh="服务出错，请稍后再试。", en="The service failed. Please try again later.")


@cache
def _texts(subject: str) -> dict[str, Text]:
    own: dict[str, Text] = {}
    if subject not in ("common", "shell"):
        own = import_module(f"overt.web.words.{subject}").WORDS
    return WORDS | own


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("overt.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clock.FILTERS)
    return environment
