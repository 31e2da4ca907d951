"""The people's queue as the console and the API both serve it: taken, looked at, answered, followed.

```
take ──► look (materials, glimpses) ──► answer ──► settled ──► follow: the new decision, made in the line
  ▲         │ renew, give back                        └──► release: the marked file of an output that was passed
  └─────────┘
```

The rules are the queue's (`overt.gate.review.queue`) and the store's; here they meet the line of work, since what
follows from an answer asks the gate, and what is shown of a file is drawn in a guarded process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

from overt import gated
from overt.access.model import Principal
from overt.errors import RefusedError, UsageError
from overt.gate.model import Decision, Reason
from overt.gate.review.model import Hit
from overt.gate.review.queue import Answer, Item, Seen
from overt.language import Language, Text
from overt.report import glimpse as glimpses
from overt.report.glimpse import Glimpse
from overt.rulebook import Medium
from overt.store import review_lists
from overt.store.reviews import MOST_WORDS, Reviews
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

R = TypeVar("R")
FOLLOW: Final = "review-follow"
GLIMPSE: Final = "review-glimpse"
PATIENCE: Final = 20.0
"""Seconds for which an answer waits for what usually takes one: a small picture, a decision."""
SUGGESTED: Final = 8
"""Duties that are offered beside the search."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text, and what the libraries hit there, if anything."""

    text: str
    hit: Hit | None = None


def queue(house: Site) -> Reviews:
    """The queue of the set-up. What follows from answers is made in the line (`follow`)."""
    return gated.queue(house.setup, house.store)


def take(house: Site, who: Principal) -> Item | None:
    """The item that this reviewer has already, or else the next one; None where nothing waits for them."""
    now = datetime.now(UTC)
    if mine := review_lists.held_by(house.store, who.post, now):
        return queue(house).get(mine[0].id)
    return queue(house).claim(who.post, now, senior=who.may("reviews:senior"))


def item(house: Site, number: str) -> Item:
    """One item. Raises a 404 where there is none."""
    try:
        return queue(house).get(number)
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh, hint=_LIST) from error


def opened(house: Site, who: Principal, number: str) -> Item:
    """One item whose materials this reviewer may see. Raises a 409 where it is not theirs (any more)."""
    found = item(house, number)
    if not found.open_to(who.post, datetime.now(UTC)):
        raise lost()
    return found


def decision_of(house: Site, found: Item) -> Decision | None:
    """The decision that held it; None where it can be read no more."""
    try:
        known = gated.book(house.setup, house.store).known(found.decision)
    except RefusedError:
        return None
    return known.decision if known else None


def remarks(house: Site, decision: Decision | None, found: Item, seen: Seen) -> list[Reason]:
    """Why a material waits, in both languages, with the duties: as the gate told the queue."""
    known: dict[str, Reason] = {each.code: each for each in decision.reasons} if decision else {}
    if seen.role == "output" and (told := gated.book(house.setup, house.store).review_of(found.decision, seen.sha256)):
        known |= {each.code: each for each in told[1]}
    return [known.get(each.partition(": ")[0]) or _remark(each) for each in seen.remarks]


def suggested(house: Site, reasons: Sequence[Reason]) -> list[str]:
    """The duties that an answer to this item most likely rests on: those of its reasons, then the most chosen."""
    known = {each.id for each in house.rulebook.duties}
    named = [duty for each in reasons for duty in each.duties]
    every = dict.fromkeys([*named, *review_lists.duties_chosen(house.store)])
    return [each for each in every if each in known][:SUGGESTED]


def stretches(house: Site, text: str) -> list[Stretch]:
    """A text, parted where the feature libraries of today hit it."""
    told: list[Stretch] = []
    at = 0
    hits = sorted(gated.features(house.setup).look(text), key=lambda each: (each.start, -each.stop))
    for hit in hits:
        if hit.start < at or hit.stop <= hit.start:
            continue
        told += [Stretch(text[at : hit.start])] if hit.start > at else []
        told.append(Stretch(text[hit.start : hit.stop], hit))
        at = hit.stop
    return [*told, Stretch(text[at:])] if at < len(text) else told


def answer(
    house: Site, who: Principal, number: str, verdict: str, words: str, duties: Sequence[str], language: Language = "zh"
) -> Item:
    """Takes an answer and has what follows from it made. Raises `UsageError`, a 409 where the lease is over.

    Without words of the reviewer's own, the words of the duties are the reason.
    """
    book = {each.id: each for each in house.rulebook.duties}
    chosen = tuple(dict.fromkeys(each for each in duties if each))
    if unknown := [each for each in chosen if each not in book]:
        told = ", ".join(unknown)[:200]
        raise UsageError(f"the rulebook knows no duty {told}", f"规则手册中没有义务 {told}", hint=_DUTY)
    if not words.strip() and not chosen:
        raise UsageError("say why, or choose a duty", "请写明理由或选择依据的义务", hint=_DUTY)
    told = words.strip() or " ".join(f"{each}: {book[each].text.in_(language)}" for each in chosen)[:MOST_WORDS]
    now = datetime.now(UTC)
    if not item(house, number).held_by(who.post, now):
        raise lost()
    # Whoever lost it in the meantime is refused by the store, in the answer's own transaction.
    settled = queue(house).answer(number, who.post, cast("Answer", verdict), told, chosen, now)
    if settled.state == "settled":
        follow(house, number).finished.wait(PATIENCE)
        settled = item(house, number)
    return settled


def follow(house: Site, number: str) -> Task:
    """Has what follows from a settled item made, in the line."""

    def made(rooms: Rooms, _: Task) -> str:
        return gated.queue(house.setup, house.store, rooms.gate).follow_up(number)

    return house.work.start(FOLLOW, made)


def file(house: Site, who: Principal, number: str, material: int) -> tuple[Seen, bytes]:
    """A material as bytes. Raises a 404 where its file was not kept, or is kept no more."""
    found = opened(house, who, number)
    seen = _seen(found, material)
    data = seen.text.encode() if seen.text else queue(house).file(found, material)
    if data is None:
        raise StatusError(404, "this file was not kept", "该文件未保存", hint=_LIST)
    return seen, data


def glimpse(house: Site, seen: Seen, data: bytes) -> Glimpse:
    """What is shown of a file, drawn in the guarded process."""
    budget = house.setup.settings.budget
    return _guarded(
        house,
        seen,
        data,
        lambda rooms, path: rooms.guard.call(glimpses.glimpse, path, cast("Medium", seen.medium), budget),
    )


def media_type(house: Site, seen: Seen, data: bytes) -> str:
    """What the bytes of a file are."""
    return _guarded(house, seen, data, lambda rooms, path: rooms.guard.call(glimpses.media_type, path))


def lost() -> StatusError:
    """Somebody else has it, or nobody: it is not this reviewer's."""
    return StatusError(409, "this item is not yours, or not any more", "该条目不在您名下，或已超时", hint=_TAKE)


def _guarded(house: Site, seen: Seen, data: bytes, look: Callable[[Rooms, Path], R]) -> R:
    def looked(rooms: Rooms, _: Task) -> R:
        with tempfile.TemporaryDirectory(prefix="overt-review-") as folder:
            path = Path(folder) / f"material{_suffix(seen)}"
            path.touch(mode=0o600)
            path.write_bytes(data)
            return look(rooms, path)

    task = house.work.start(GLIMPSE, looked)
    if not task.finished.wait(PATIENCE):
        raise StatusError(503, "this file takes too long to open", "打开该文件耗时过长", hint=_AGAIN)
    house.work.forget(task.id)
    if task.error is not None:
        raise task.error
    return cast("R", task.result)


def _suffix(seen: Seen) -> str:
    suffix = Path(seen.path).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 8 else ""


def _seen(found: Item, material: int) -> Seen:
    if not 0 <= material < len(found.materials):
        raise StatusError(404, "this item has no such material", "该条目没有此项内容", hint=_LIST)
    return found.materials[material]


def _remark(told: str) -> Reason:
    code, _, rest = told.partition(": ")
    parts = rest.split(" / ")
    zh, en = parts if len(parts) == 2 else (rest or code, rest or code)
    return Reason(code, Text(zh=zh, en=en))


_LIST = Text(zh="返回审核队列。", en="Go back to the review queue.")
_TAKE = Text(
    zh="如无人领取，可重新领取；所写的内容仍在。",
    en="Take it again, if nobody else has; what you wrote is still there.",
)
_DUTY = Text(zh="从建议中勾选，或按编号、文字查找。", en="Tick one of those offered, or search by id or words.")
_AGAIN = Text(zh="请稍后再试，或下载后查看。", en="Try again in a moment, or download it.")
