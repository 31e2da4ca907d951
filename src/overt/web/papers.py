"""Papers of where the duties stand, for pages and programs: made, recorded, handed out."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response

from overt.duties.board import checked
from overt.duties.export import FORMS, Form, Paper, made, record, recorded
from overt.duties.view import View
from overt.errors import UsageError
from overt.language import Language, Text
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.access.model import Principal
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

KIND: Final = "duty-paper"
LANGUAGES: Final[dict[str, tuple[Language, ...]]] = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
GONE: Final = Text(zh="请重新制作。", en="Make it anew.")


def start(house: Site, who: Principal, rulebook: str, form: str, languages: str) -> Task:
    """Starts to make a paper; its ledger entry names who asked. Raises `UsageError`."""
    named = checked(rulebook, house.setup)
    chosen = next((each for each in FORMS if each == form), None)
    if chosen is None:
        raise UsageError(f"the form is one of {', '.join(FORMS)}", f"格式须为 {'、'.join(FORMS)} 之一")
    if languages not in LANGUAGES:
        raise UsageError(f"languages is one of {', '.join(LANGUAGES)}", f"languages 须为 {'、'.join(LANGUAGES)} 之一")
    by = who.post

    def work(_: Rooms, __: Task) -> Paper:
        return paper(house, named, chosen, LANGUAGES[languages], by)

    return house.work.start(KIND, work, owner=by)


def paper(house: Site, rulebook: str, form: Form, languages: tuple[Language, ...], by: str) -> Paper:
    """A paper of what stands now, recorded."""
    taken = record.take(View.on(house.setup, house.store, rulebook))
    return recorded(made(taken, form, languages), taken, by)


def found(house: Site, who: Principal, number: str) -> Task:
    """The task that this principal started. Raises `StatusError`."""
    task = house.work.find(number, KIND, owner=who.post)
    if task is None:
        raise StatusError(404, "there is no such paper any more", "该文件已不存在", hint=GONE)
    return task


def answer(paper_: Paper) -> Response:
    """The paper as a download, with its digest (RFC 9530) and its ledger entry."""
    digest = bytes.fromhex(paper_.sha256)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(paper_.name)}",
        "Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:",
        "Overt-Record": paper_.record,
        "Overt-Ledger-Entry": str(paper_.entry),
    }
    return Response(paper_.data, media_type=paper_.media_type, headers=headers)
