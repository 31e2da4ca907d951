"""What pages and API start alike and what takes longer than an answer may: each a task with an outcome.

```
mark         a file gets its marks and is released                the marked file
search       a file is traced back to the record                  candidates with their error rates
remember     a reported file's fingerprints are kept              the report's number
distribute   others' file gets our propagation data               the file to distribute, and the notice
bundle       evidence is put together                             the bundle
audit        the whole ledger is hashed again                     what does not hold
```

Files lie on the shelf of uploads, under names of ours, for as long as the task is kept. An act that changes the record
does so in one transaction of its own: a task that is forgotten takes nothing back.
"""

from __future__ import annotations

import re
import shutil
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from overt import api
from overt.access.model import Principal
from overt.errors import RefusedError, UsageError
from overt.gate.model import Decision
from overt.gate.request import Wanted
from overt.language import Text
from overt.store.bundles import Order
from overt.web.house import Site
from overt.web.uploads import Received
from overt.web.work import Rooms, Task

if TYPE_CHECKING:
    from overt.marking.pipeline import Released
    from overt.store.audit import Audit
    from overt.tracing.model import Trace

KINDS: Final = {
    "mark": Text(zh="添加标识并发布", en="Marking and releasing"),
    "search": Text(zh="以文件查找", en="Searching by a file"),
    "remember": Text(zh="登记被举报的内容", en="Remembering a reported content"),
    "distribute": Text(zh="写入传播信息", en="Preparing for distribution"),
    "bundle": Text(zh="制作证据包", en="Putting evidence together"),
    "audit": Text(zh="核验整个账本", en="Auditing the ledger"),
}
"""The kinds of tasks, in words."""
_HELD: Final = Text(
    zh="审核通过后，用新决定的编号再次标识该文件。",
    en="Once it has passed the review, mark the file under the new decision.",
)
_MEND: Final = Text(zh="按所列理由补正后重新提交。", en="Mend what the reasons name, and send it once more.")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,8}")
_CHOOSE: Final = Text(zh="请选择一个文件后再提交。", en="Choose a file and send it once more.")


class Folder:
    """A folder for one task, gone when nobody holds it any more."""

    def __init__(self, house: Site) -> None:
        self.path = house.shelf.place()
        self.path.mkdir(mode=0o700)
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def take(self, upload: Received, text: str = "") -> Path:
        """What was sent, or a text that was typed instead, under a name of ours. Raises `UsageError` for neither.

        It has the ending of the sender's name: plain texts are known by it.
        """
        if upload.size:
            suffix = Path(upload.name).suffix.lower()
            path = self.path / f"source{suffix if _SUFFIX.fullmatch(suffix) else ''}"
            path.hardlink_to(upload.path)
            return path
        if not text.strip():
            raise UsageError("no file was sent", "没有收到文件", hint=_CHOOSE)
        path = self.path / "source.txt"
        path.write_text(text, encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task came to: as the API tells it, as pages show it, and the file that can be fetched.

    `name` is what whoever fetches the file will see.
    """

    told: dict[str, Any]
    value: Any = None
    file: Path | None = None
    name: str = ""
    media_type: str = "application/octet-stream"
    folder: Folder | None = field(default=None, repr=False)


def mark(
    house: Site,
    who: Principal,
    upload: Received,
    techniques: Sequence[str],
    *,
    decision: str = "",
    ask: Wanted | None = None,
) -> Task:
    """Puts the marks on and releases.

    `decision` is the id of what the gate answered; or `ask` is put to it now, and nothing is marked unless it allows.
    Both are empty where there is no gate.
    """
    folder = Folder(house)
    source = folder.take(upload)

    def do(rooms: Rooms, task: Task) -> Outcome:
        out, under = folder.path / "out", decision
        if ask is not None:
            task.tell(Text(zh="请求闸口决定", en="asking the gate"))
            under = _allowed(rooms.gate.decide(ask.with_files(())))
        with rooms.marker(out) as marker:
            released = marker.mark(
                source, out / f"marked{source.suffix}", techniques, task.tell, decision=under or None
            )
        source.unlink()
        name = _named(upload.name, released.path.suffix)
        return Outcome(released_json(released), released, released.path, name, released.media_type, folder)

    return house.work.start("mark", do, owner=who.post, after=upload.keep())


def search(house: Site, who: Principal, upload: Received, text: str = "") -> Task:
    """Traces a file, or a text, back to the record. Why something was reported is told to those who may see reports."""
    folder = Folder(house)
    source = folder.take(upload, text)

    def do(rooms: Rooms, task: Task) -> Outcome:
        task.tell(Text(zh="读取标识并比对指纹", en="reading marks and comparing fingerprints"))
        trace = rooms.tracer.trace(source)
        source.unlink()
        told = trace_json(trace) | {"file": upload.name}
        for each in told["candidates"]:
            if each["report"] and not who.may("reports:read"):
                each["report"]["reason"] = ""
        return Outcome(told, trace, folder=folder)

    return house.work.start("search", do, owner=who.post, after=upload.keep())


def remember(house: Site, who: Principal, upload: Received, reason: str) -> Task:
    """Keeps the fingerprints of a reported file, not the file."""
    folder = Folder(house)
    source = folder.take(upload)

    def do(rooms: Rooms, task: Task) -> Outcome:
        task.tell(Text(zh="提取指纹", en="taking fingerprints"))
        kept = rooms.tracer.remember(source, reason)
        source.unlink()
        told = {name: getattr(kept, name) for name in ("report_id", "sha256", "media_type", "reason", "remembered")}
        return Outcome(told, kept, folder=folder)

    return house.work.start("remember", do, owner=who.post, after=upload.keep())


def distribute(house: Site, who: Principal, upload: Received, *, declared: bool) -> Task:
    """Writes our propagation data into what others made; `declared` is the uploader's own word that it is synthetic."""
    folder = Folder(house)
    source = folder.take(upload)

    def do(rooms: Rooms, task: Task) -> Outcome:
        task.tell(Text(zh="检查并写入", en="inspecting and writing"))
        out = folder.path / "out"
        with api.disseminator(rooms.setup, out) as disseminator:
            done = disseminator.disseminate(source, out / f"distributed{source.suffix}", declared=declared)
        told = {each: value for each, value in done.as_json().items() if each not in ("file", "out", "sidecar")}
        media_type = done.inspection.examination.media_type or "application/octet-stream"
        return Outcome(told, done, done.path, _named(upload.name, source.suffix), media_type, folder)

    return house.work.start("distribute", do, owner=who.post, after=upload.keep())


def bundle(house: Site, who: Principal, order: Order) -> Task:
    """Puts the evidence about an id or a period together. What is opened for whom is in the ledger."""
    from overt.bundling import bundle as made_for  # noqa: PLC0415  # slow to import

    folder = Folder(house)

    def do(rooms: Rooms, task: Task) -> Outcome:
        task.tell(Text(zh="收集条目和证明", en="gathering entries and proofs"))
        made = made_for(rooms.setup, order)
        path = folder.path / "bundle.json"
        path.write_bytes(made.data)
        about = order.about if isinstance(order.about, str) else f"{order.about.since}..{order.about.before}"
        told = {
            "about": about,
            "entries": made.entries,
            "bytes": len(made.data),
            "missing": [each.message.both() for each in made.missing],
        }
        return Outcome(told, made, path, f"evidence-{about.replace(':', '')}.json", "application/json", folder)

    return house.work.start("bundle", do, owner=who.post)


def audit(house: Site, who: Principal) -> Task:
    """Hashes the whole ledger again and compares it with all that was said of it."""
    from overt.store.audit import verify  # noqa: PLC0415

    def do(rooms: Rooms, task: Task) -> Outcome:
        said = Text(zh="逐条核对", en="going through the entries")
        with api.ledger(rooms.setup) as ledger:
            found = verify(ledger, lambda done, of: task.tell(said, (done, of)))
        return Outcome(audit_json(found), found)

    return house.work.start("audit", do, owner=who.post)


def released_json(released: Released) -> dict[str, Any]:
    """A release as the API tells it: that of `overt mark --json`, without paths."""
    from overt.inspection.inspect import reading_json  # noqa: PLC0415

    return {
        "content_id": released.content_id,
        "sha256": released.sha256,
        "media_type": released.media_type,
        "techniques": list(released.techniques),
        "marks": [reading_json(reading) for reading in released.marks],
        "ledger_index": released.ledger_index,
        "remarks": [remark.both() for remark in released.remarks],
    }


def trace_json(trace: Trace) -> dict[str, Any]:
    """A trace as the API tells it: that of `overt trace --json`, with addresses in place of paths."""
    from overt.tracing.form import trace_json as whole  # noqa: PLC0415

    told = whole(trace)
    for each in told["candidates"]:
        each["preview"] = [
            f"/v1/contents/{each['content_id']}/preview?number={number}" for number, _ in enumerate(each["preview"])
        ]
    return told


def audit_json(found: Audit) -> dict[str, Any]:
    """An audit as the API tells it."""
    return {
        "size": found.size,
        "root": found.root.hex(),
        "checkpoint": found.checkpoint.size if found.checkpoint else None,
        "opened": found.opened,
        "closed": found.closed,
        "tiles": found.tiles,
        "unsigned": found.unsigned,
        "count": found.count,
        "problems": [{"place": each.place, **each.said.both()} for each in found.problems],
    }


def vars_of_period(order: Order) -> dict[str, str]:
    """The period that a bundle is about."""
    return {} if isinstance(order.about, str) else {"since": order.about.since, "before": order.about.before}


def _allowed(decision: Decision) -> str:
    """The id of a decision that allows. Raises `RefusedError` with all reasons of one that does not."""
    if decision.outcome == "allow":
        return decision.id
    if decision.outcome == "hold":
        raise RefusedError("a person has to look first", "须先经人工审核", hint=_HELD, reasons=decision.reasons)
    raise RefusedError("the gate refused", "闸口不予许可", hint=_MEND, reasons=decision.reasons)


def _named(name: str, suffix: str) -> str:
    """A name for whoever fetches a file: the sender's, as it may be shown, with the ending of what was made."""
    return (Path(name).stem or "file") + suffix
