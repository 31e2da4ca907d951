"""The verify page: what is this file, and how do we know? For everybody, without an account, and nothing is kept.

```
GET   /verify                       choose a file, paste a link or a text
POST  /verify                       into the line
GET   /verify/{token}               how far it is, then the answer; /print: the same for paper
GET   /verify/{token}/answer.json   the answer, signed
POST  /verify/{token}/forget        gone at once
GET, POST  /verify/signed           checks a signed answer
```

The token is the only key to an answer: 192 random bits. The answer is in memory for 15 minutes (`overt.web.work`); of
the file nothing is left but a small picture beside it. File names, metadata and texts are strangers' words: templates
escape them, and nothing that was sent is ever served back.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt import api
from overt.errors import FormatError, OvertError, SetupError, UsageError
from overt.language import Text
from overt.ledger import answer as answers
from overt.ledger.signing import key_id
from overt.media.budget import MIB
from overt.report import told
from overt.report.wording import NOT_PROVED, VERDICTS, WORDS
from overt.web import clock, uploads, verifying
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.public.figure import figure
from overt.web.rendering import PageRoute, language_of, same_origin, show

router = APIRouter(prefix="/verify", route_class=PageRoute, include_in_schema=False)

LONGEST_TEXT: Final = MIB
_WEB_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_STATES: Final = {
    "found": Text(zh="已找到", en="found"),
    "absent": WORDS["absent"],
    "unreadable": WORDS["unreadable"],
}
_SLOW_DOWN: Final = 8
"""Tasks ahead for which the page waits a second longer before it asks again."""
_SLOWEST: Final = 10


@router.get("")
def start(request: Request, house: House, done: str = "") -> Response:
    """What can be verified, and how."""
    return _start(request, house, done=done)


@router.post("")
async def begin(request: Request, house: House) -> Response:
    """Puts what was sent into the line."""
    same_origin(request, house.setup.settings.web.address)
    way, link = "", ""
    try:
        async with uploads.received(request, most_field=LONGEST_TEXT) as upload:
            link, text = upload.fields.get("link", "").strip(), upload.fields.get("text", "")
            way = "" if upload.size else "link" if link else "text" if text.strip() else ""
            if upload.size:
                task = verifying.inspect(house, upload)
            elif link:
                task = verifying.fetch(house, upload, link)
            elif text.strip():
                upload.write(verifying.PASTED, text.encode())
                task = verifying.inspect(house, upload)
            else:
                raise _empty() if upload.name else _missing()
    except (UsageError, StatusError) as error:
        status = error.status if isinstance(error, StatusError) else 422
        return _start(request, house, status, error=error, way=way, link=link)
    return _to(request, f"/verify/{task.id}")


@router.get("/signed")
def check_signed(request: Request, house: House) -> Response:
    """How a signed answer is checked."""
    return _signed(request, house)


@router.post("/signed")
async def signed_checked(request: Request, house: House) -> Response:
    """Whether a signed answer holds."""
    same_origin(request, house.setup.settings.web.address)
    async with uploads.received(request, most=answers.MOST_BYTES) as upload:
        data = upload.path.read_bytes()
    try:
        return _signed(request, house, found=answers.opened(data))
    except FormatError as error:
        return _signed(request, house, 422, error=error)


@router.get("/{token}")
def answer(request: Request, house: House, token: str) -> Response:
    """How far it is, or the answer."""
    return _told(request, house, token)


@router.get("/{token}/print")
def printed(request: Request, house: House, token: str) -> Response:
    """The answer for paper, with everything unfolded."""
    return _told(request, house, token, printed=True)


@router.get("/{token}/answer.json")
def taken(house: House, token: str) -> Response:
    """The signed answer, for whoever wants to keep it."""
    task = verifying.find(house, token)
    if task is None or task.state != "done":
        raise StatusError(404, "this answer is gone", "这个结果已经不在了", hint=_AGAIN)
    data = verifying.signed(house, task.result)
    named = {"Content-Disposition": 'attachment; filename="overt-answer.json"'}
    return Response(data, media_type="application/json", headers=named)


@router.post("/{token}/forget")
def forget(request: Request, house: House, token: str) -> Response:
    """The answer is gone at once; a file that still waits is not looked at."""
    same_origin(request, house.setup.settings.web.address)
    if task := verifying.find(house, token):
        verifying.forget(house, task)
    return _to(request, "/verify?done=forgotten")


def _start(
    request: Request,
    house: Site,
    status: int = 200,
    *,
    done: str = "",
    error: OvertError | None = None,
    way: str = "",
    link: str = "",
) -> Response:
    most = f"{house.most_bytes / MIB:g} MiB"
    large = Text(zh=f"文件超过 {most}，请换一个较小的。", en=f"This file is larger than {most}. Choose a smaller one.")
    return show(
        request,
        "verify/start",
        status,
        done=done,
        error=error,
        way=way,
        link=link,
        links=house.setup.settings.web.links,
        most=most,
        most_bytes=house.most_bytes,
        too_large=large.in_(language_of(request)),
    )


def _told(request: Request, house: Site, token: str, *, printed: bool = False) -> Response:
    task = verifying.find(house, token)
    if task is None:
        return show(request, "verify/gone", 404)
    if task.state == "failed" and task.error is not None:
        return show(request, "verify/failed", 422, error=task.error)
    if task.state == "done" and isinstance(task.result, verifying.Answer):
        return show(request, "verify/answer", token=token, printed=printed, **_values(house, task.result))
    ahead = house.work.ahead(task)
    seconds = min(_SLOWEST, 1 + ahead // _SLOW_DOWN)
    return show(request, "verify/wait", task=task, ahead=ahead, seconds=seconds)


def _values(house: Site, found: verifying.Answer) -> dict[str, Any]:
    """What the template shows of an answer."""
    readings = told.readings(found.told)
    return {
        "told": found.told,
        "kind": found.told["verdict"],
        "verdict": VERDICTS[found.told["verdict"]],
        "notice": told.text(found.told["notice"]),
        "recalled": told.recalled(found.told),
        "reasons": told.reasons(found.told),
        "contradictions": [told.text(each) for each in found.told["contradictions"]],
        "hints": list(dict.fromkeys(hint for each in readings for hint in each.hints)),
        "facts": told.facts(found.told),
        "record": _record(house, found),
        "not_proved": NOT_PROVED[found.told["verdict"]],
        "unread": told.unread(found.told),
        "readings": readings,
        "states": _STATES,
        "figure": figure(found.shown, found.told),
        "page_only": bool(found.address) and found.told["media_type"] in _WEB_PAGES,
        "address": found.address,
        "size": _size(found.size),
        "made": found.made,
        "raw": json.dumps(found.told, ensure_ascii=False, indent=1),
    }


def _record(house: Site, found: verifying.Answer) -> list[tuple[str, Text | str]]:
    """What our own record says of the content that this one was shown to be."""
    release = found.release
    if release is None:
        return []
    known = house.rulebook.techniques
    names = [known[each] if each in known else Text(zh=each, en=each) for each in release.techniques]
    joined = Text(zh="、".join(each.zh for each in names), en=", ".join(each.en for each in names))
    rows: list[tuple[str, Text | str]] = [
        ("record_id", release.content_id),
        ("record_released", clock.clock(release.released)),
        ("record_techniques", joined),
    ]
    return rows + ([("record_system", release.system)] if release.system else [])


def _signed(
    request: Request,
    house: Site,
    status: int = 200,
    *,
    found: answers.Answer | None = None,
    error: OvertError | None = None,
) -> Response:
    public = _public_key(house)
    return show(
        request,
        "verify/signed",
        status,
        found=found,
        error=error,
        verdict=VERDICTS.get(found.verdict, Text(zh=found.verdict, en=found.verdict)) if found else None,
        kind=found.verdict if found and found.verdict in VERDICTS else "calm",
        ours=bool(found and public and found.signer == key_id(public)),
        key=key_id(public) if public else "",
        pem=_pem(public) if public else "",
        commands=_COMMANDS,
    )


def _public_key(house: Site) -> bytes:
    try:
        with api.ledger(house.setup, house.store) as ledger:
            return ledger.voice.signer.public
    except SetupError:
        return b""


def _pem(public: bytes) -> str:
    """A raw Ed25519 key as SubjectPublicKeyInfo (RFC 8410)."""
    body = b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


_COMMANDS: Final = """\
jq -cjS 'del(.seal)' overt-answer.json | sha256sum
jq -r .seal.sha256 overt-answer.json
(printf 'overt-answer/1\\n'; jq -r .seal.sha256 overt-answer.json | xxd -r -p) > said
jq -r .seal.signature overt-answer.json | xxd -r -p > signature
openssl pkeyutl -verify -pubin -inkey overt-key.pem -rawin -in said -sigfile signature"""
"""The first two lines have to say the same; `overt-key.pem` is our public key, got by a way that one trusts."""


def _size(size: int) -> str:
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{size / 1024:.1f} KiB"


def _to(request: Request, address: str) -> RedirectResponse:
    """On with a GET, in the language of the page."""
    joint = "&" if "?" in address else "?"
    chosen = request.query_params.get("lang")
    return RedirectResponse(f"{address}{joint}lang={chosen}" if chosen in ("zh", "en") else address, 303)


_AGAIN: Final = Text(zh="请再验证一次。", en="Please verify the file once more.")


def _missing() -> StatusError:
    return StatusError(422, "nothing is chosen yet", "还没有选择文件", hint=_CHOOSE)


def _empty() -> StatusError:
    return StatusError(422, "this file is empty: it has no bytes", "这个文件是空的，没有任何内容", hint=_WHOLE)


_WHOLE: Final = Text(
    zh="可能没有下载或复制完整，请换一份完整的原文件。",
    en="It may not have been downloaded or copied whole. Choose the whole original.",
)
_CHOOSE: Final = Text(zh="请选择一个文件，或粘贴链接或文字。", en="Choose a file, or paste a link or a text.")
