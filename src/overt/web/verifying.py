"""What visitors ask about files, for the page and for the API: inspected in the line, told, and gone.

```
link ──► fetched (a line of its own: a slow server holds up nobody else's file) ──┐
file, text ───────────────────────────────────────────────────────────────────────┴─► inspected ──► drawn ──► told
```

The file lies on the shelf until it was looked at; the answer and a small picture of the file stay in memory with their
task. Nothing goes into the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from overt import __version__, api
from overt.canonical import stamp
from overt.errors import MediaError, SetupError
from overt.inspection.conformance import medium_of
from overt.inspection.inspect import reading_json
from overt.language import Text
from overt.ledger import answer as answers
from overt.marks.model import Reading
from overt.report.preview import Preview, preview
from overt.web.errors import StatusError
from overt.web.fetching import Fetcher
from overt.web.uploads import Received, shown_name

if TYPE_CHECKING:
    from overt.marks.examine import Examination
    from overt.marks.model import Release
    from overt.rulebook import Medium
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

INSPECTED: Final = "verify"
FETCHED: Final = "verify-link"
"""Kinds of tasks."""
PASTED: Final = "text.txt"
"""What a pasted text is called, so that it is read as one."""
READING: Final = Text(zh="正在读取标识", en="Reading its marks")
DRAWING: Final = Text(zh="正在绘制预览", en="Drawing what it shows")
FETCHING: Final = Text(zh="正在获取文件", en="Fetching the file")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found about one file. `told` is the object of `overt inspect --json` (design, section 7)."""

    told: dict[str, Any]
    medium: Medium | None
    shown: Preview
    size: int
    made: str
    release: Release | None = None
    """Our own record of the content that this one was shown to be: the very bytes, or mark and content together."""
    address: str = ""
    """Where it was fetched from."""


def inspect(house: Site, upload: Received, *, owner: str = "", drawn: bool = True, address: str = "") -> Task:
    """Puts a file into the line; it goes from the shelf when it was looked at. Raises `BusyError`."""
    name = upload.name or _UNNAMED

    def looked(rooms: Rooms, task: Task) -> Answer:
        task.tell(READING)
        inspection = rooms.inspector.inspect(upload.path, name)
        examination = inspection.examination
        medium = medium_of(examination.media_type)
        shown = Preview()
        if drawn and medium and examination.container:
            task.tell(DRAWING)
            budget = house.setup.settings.budget
            try:
                shown = rooms.inspector.guard.call(preview, upload.path, examination.container, medium, budget)
            except MediaError:  # What cannot be drawn is told all the same.
                shown = Preview()
        release = inspection.released or _shown_to_be(house, examination)
        told = inspection.as_json() if owner else for_everybody(inspection.as_json())
        return Answer(told, medium, shown, upload.size, stamp(datetime.now(UTC)), release, address)

    return house.work.start(INSPECTED, looked, owner=owner, public=not owner, after=upload.keep())


def _shown_to_be(house: Site, examination: Examination) -> Release | None:
    """The release whose id a watermark carries, where the content agrees."""
    marks = (each.values for each in examination.readings if each.mark == "watermark" and each.state == "found")
    named = next((values["content_id"] for values in marks if values.get("registry") == "agrees"), None)
    return house.store.by_content_id(named) if named else None


def for_everybody(told: dict[str, Any]) -> dict[str, Any]:
    """The answer without what is between others and us: whether somebody reported such a content."""
    kept = [
        each
        for each in told["readings"]
        if each["mark"] != "fingerprint" or each["values"].get("origin", "released") == "released"
    ]
    if len(kept) < len(told["readings"]) and not any(each["mark"] == "fingerprint" for each in kept):
        kept.append(reading_json(Reading("fingerprint", "absent")))
    return told | {"readings": kept}


def fetch(house: Site, upload: Received, address: str, *, owner: str = "", drawn: bool = True) -> Task:
    """Fetches a file and has it inspected; the task comes to the task of the inspection. Raises `BusyError`."""
    if not house.setup.settings.web.links:
        raise StatusError(403, "this service fetches no addresses", "本服务不获取链接", hint=_UPLOAD)

    passed_on = False

    def fetched(_: Rooms, task: Task) -> Task:
        nonlocal passed_on
        task.tell(FETCHING)
        told = Fetcher(house.setup.settings.web.reachable).fetch(address, house.most_bytes, upload.write)
        upload.name, upload.media_type = shown_name(told.name), told.media_type
        passed_on = True
        return inspect(house, upload, owner=owner, drawn=drawn, address=address)

    def over() -> None:
        if not passed_on:
            upload.drop()

    upload.keep()
    return house.work.start(FETCHED, fetched, owner=owner, abroad=True, after=over)


def find(house: Site, number: str, *, owner: str = "") -> Task | None:
    """A visitor's task: the inspection, or the fetching that comes before."""
    task = house.work.find(number, INSPECTED, owner=owner) or house.work.find(number, FETCHED, owner=owner)
    if task and task.kind == FETCHED and task.state == "done":
        return house.work.find(task.result.id, INSPECTED, owner=owner)
    return task


def forget(house: Site, task: Task) -> None:
    """What was found is gone at once; a file that still waits is not looked at."""
    house.work.forget(task.id)


def signed(house: Site, answer: Answer) -> bytes:
    """The answer as its asker takes it away. Raises `StatusError` where the set-up has no key to sign with."""
    try:
        with api.ledger(house.setup, house.store) as ledger:
            signer = ledger.voice.signer
    except SetupError as error:
        raise StatusError(404, "this service has no key to sign with", "本服务没有签名密钥", hint=_UNSIGNED) from error
    producer, tool = house.setup.settings.producer, f"Overt {__version__}"
    return answers.sealed(answer.told, producer=producer, tool=tool, made=answer.made, signer=signer)


_UNNAMED: Final = "—"
_UPLOAD: Final = Text(
    zh="请自行下载该文件，再上传到本页。", en="Download the file yourself, and choose it on this page."
)
_UNSIGNED: Final = Text(zh="可以打印本页。", en="You can print the page.")
