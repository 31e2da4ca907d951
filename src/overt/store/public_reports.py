"""Reports of the public: a fake of somebody, reported without an account.

```
received ──take──► working ──ask──► asked ──the reporter adds──► working
received, working, asked ──answer──► answered ──the reporter adds──► working
                         └─close──► closed  ◄──close── answered
received, working, asked, answered ──the reporter withdraws──► withdrawn
```

`confirm` and `look` change no state: the first keeps the fingerprint so that the content is known when it comes again,
the second writes down what our own records know of it. Clocks, takedown and appeals hang on these states elsewhere.

A reporter has a receipt code, which is kept as a keyed hash alone. What they say, give and are told is sealed under a
key of this report's own; the ledger has events without any of it. A report that is taken back loses its key, unless a
hold covers it. Whoever acts is named by their post (`by`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.engine import RowMapping

from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Language, Text, whole
from overt.ledger.events.content import ContentRemembered
from overt.ledger.events.reports import (
    ReportAdded,
    ReportAnswered,
    ReportAsked,
    ReportClosed,
    ReportConfirmed,
    ReportLooked,
    ReportReceived,
    ReportTaken,
    ReportWithdrawn,
)
from overt.marks.kept import Kept, Remembered
from overt.store import kept as keeping
from overt.store.log import Act
from overt.store.report_book import ReportBook, report_of, row_of
from overt.store.report_rows import (
    KINDS,
    NEVER_KEPT,
    OPEN,
    Fingerprints,
    Hit,
    Kind,
    Looked,
    Outcome,
    Promise,
    Report,
    Said,
    State,
    new_code,
)
from overt.store.retention import held
from overt.store.tables import reports as remembered_contents
from overt.store.tables.public_reports import public_report_steps as steps
from overt.store.tables.public_reports import public_reports as table
from overt.store.tables.retention import hold_ids

MOST_STEPS: Final = 200
"""Things that are written down about one report: whoever adds without end is stopped."""
LONGEST: Final = 2000
"""Characters of what is said at once."""


class PublicReports(ReportBook):
    """The reports of one set-up: taking them, and what staff does."""

    # The reporter ----------------------------------------------------------------------------------------------------

    def file(
        self,
        kind: Kind,
        said: Said,
        promise: Promise,
        *,
        prints: Fingerprints | None = None,
        file_follows: bool = False,
        language: Language = "zh",
    ) -> tuple[Report, str]:
        """Takes a report. Returns it with its receipt code, which is told this once.

        `file_follows` says that a file is being looked at, whose fingerprints come with `looked_at`.
        """
        gave = _given(said, prints, file_follows=file_follows)
        if not gave - {"contact"}:
            raise UsageError(
                "say where it is, or what happened",
                "请说明内容在哪里，或发生了什么",
                hint=Text(
                    zh="填写链接、选择文件，或写一句话，任选其一即可。",
                    en="A link, a file, or one line is enough.",
                ),
            )
        report_id, person, code = str(uuid4()), uuid4().hex, new_code()
        waits = file_follows or prints is not None
        with self.store.acting() as act:
            clause = promise.duty
            index = act.record(ReportReceived(report_id, kind, tuple(sorted(gave)), promise.due, clause))
            told = json.dumps(asdict(said)).encode()
            values = {
                "report_id": report_id,
                "person": person,
                "code_hash": self.hashed(code),
                "kind": kind,
                "state": "received",
                "outcome": "",
                "language": language,
                "received": stamp(datetime.now(UTC)),
                "due": promise.due,
                "promise": promise.packed(),
                "looked": "waiting" if waits else "nothing-given",
                "matches": "[]",
                "remembered": "",
                "sealed": act.seal(person, told, f"{report_id}:report".encode()),
                "prints": act.seal(person, prints.packed(), f"{report_id}:prints".encode()) if prints else None,
                "media_type": prints.media_type if prints else "",
                "ledger_index": index,
            }
            act.connection.execute(insert(table).values(**values))
            _step(act, report_id, person, "receive", "reporter")
            return report_of(row_of(act.connection, report_id)), code

    def add(self, report_id: str, text: str) -> None:
        """The reporter adds a line or a link: whoever waits for it goes on, and an answer is looked at again."""
        with self.store.acting() as act:
            row = _in(act, report_id, (*OPEN, "answered"))
            act.record(ReportAdded(report_id))
            _step(act, report_id, row["person"], "add", "reporter", text=_worded(text))
            if row["state"] in ("asked", "answered"):
                _change(act, report_id, state="working")

    def withdraw(self, report_id: str) -> bool:
        """The reporter takes it back. Returns whether what they gave is destroyed: not what a hold covers."""
        now = stamp(datetime.now(UTC))
        with self.store.acting() as act:
            row = _in(act, report_id, (*OPEN, "answered"))
            covered = held(literal(row["received"]), hold_ids.c.id == report_id, now)
            stays = bool(act.connection.execute(select(covered)).scalar())
            _step(act, report_id, row["person"], "withdraw", "reporter")
            act.record(ReportWithdrawn(report_id, not stays))
            if stays:
                _change(act, report_id, state="withdrawn")
                return False
            _change(act, report_id, state="withdrawn", sealed=b"", prints=None, views=None, object=None)
            mine = steps.c.report_id == report_id
            act.connection.execute(update(steps).where(mine).values(sealed=None))
            self.vault().destroy(act.connection, row["person"])
        if row["object"] and self.objects:
            self.objects.delete(row["object"])
        return True

    # What our records know of it -------------------------------------------------------------------------------------

    def looked_at(
        self,
        report_id: str,
        outcome: Looked,
        hits: Sequence[Hit] = (),
        *,
        prints: Fingerprints | None = None,
        data: bytes = b"",
        views: Sequence[bytes] = (),
    ) -> None:
        """Writes down what a search of our records found; with a file, what it is known by.

        The file itself is kept, sealed, only where `data` is given: where the reporter chose so. `views` are small
        pictures of it (WebP). A report that was taken back meanwhile stays as it is.
        """
        with self.store.acting() as act:
            row = row_of(act.connection, report_id)
            if row["state"] == "withdrawn":
                return
            person, keep = row["person"], row["kind"] not in NEVER_KEPT
            values: dict[str, object] = {"looked": outcome, "matches": json.dumps([asdict(each) for each in hits])}
            if prints:
                values["prints"] = act.seal(person, prints.packed(), f"{report_id}:prints".encode())
                values["media_type"] = prints.media_type
            if data and keep and self.objects:
                values["object"] = self.objects.put(act, person, f"reports/{report_id}", data)
            if views and keep:
                packed = json.dumps([each.hex() for each in views]).encode()
                values["views"] = act.seal(person, packed, f"{report_id}:views".encode())
            _change(act, report_id, **values)
            act.record(ReportLooked(report_id, outcome, tuple(each.content_id for each in hits)))
            _step(act, report_id, person, "look", "system")

    # Staff -----------------------------------------------------------------------------------------------------------

    def take(self, report_id: str, by: str) -> None:
        """Somebody works on it. Nothing changes where they do already; raises `UsageError` where somebody else does."""
        with self.store.acting() as act:
            row = _in(act, report_id, OPEN)
            if row["state"] == "received":
                _change(act, report_id, state="working")
                act.record(ReportTaken(report_id, by))
                _step(act, report_id, row["person"], "take", by)
                return
            taken = select(steps.c.by).filter_by(report_id=report_id, step="take").order_by(steps.c.number.desc())
            if act.connection.execute(taken.limit(1)).scalar() not in (None, by):
                raise UsageError(
                    "somebody else works on this report already",
                    "已有同事在处理这份举报",
                    hint=Text(
                        zh="请与其沟通；处理记录中可以看到是谁。", en="Talk to them; the history says who it is."
                    ),
                )

    def ask(self, report_id: str, question: str, by: str) -> None:
        """Asks the reporter something, which stands on their page."""
        with self.store.acting() as act:
            row = _in(act, report_id, OPEN)
            _change(act, report_id, state="asked")
            act.record(ReportAsked(report_id, by))
            _step(act, report_id, row["person"], "ask", by, text=_worded(question))

    def confirm(self, report_id: str, by: str) -> str:
        """Keeps the fingerprint, so that the content is known when it comes again. Returns the number of that record.

        Raises `UsageError` where there is no fingerprint to keep.
        """
        with self.store.acting() as act:
            row = _in(act, report_id, (*OPEN, "answered"))
            if row["remembered"]:
                return str(row["remembered"])
            data = self.opened(act.connection, row["person"], row["prints"], f"{report_id}:prints")
            prints = Fingerprints.unpacked(data) if data else None
            if prints is None or not prints.kept:
                raise UsageError(
                    "there is no fingerprint to keep",
                    "没有可以登记的指纹",
                    hint=Text(
                        zh="请对方提供文件或指纹，或从链接取得文件后用 overt remember 登记。",
                        en="Ask for the file or its fingerprint, or fetch it from the link and use `overt remember`.",
                    ),
                )
            number = str(uuid4())
            # The reason stands in the ledger and for good: the kind alone, never the reporter's words.
            why = f"report {report_id}: {KINDS[row['kind']].en}"
            kept = Remembered(number, prints.sha256, prints.media_type, why, stamp(datetime.now(UTC)))
            index = act.record(ContentRemembered(kept))
            act.connection.execute(insert(remembered_contents).values(**asdict(kept), ledger_index=index))
            keeping.write(act.connection, index, number, "reported", Kept(prints.kept))
            _change(act, report_id, remembered=number, state="working" if row["state"] == "received" else row["state"])
            act.record(ReportConfirmed(report_id, number, by))
            _step(act, report_id, row["person"], "confirm", by)
        return number

    def answer(self, report_id: str, outcome: Outcome, reason: str, clauses: Sequence[str], by: str) -> None:
        """Answers the reporter: how it ended, why, and under which duties or clauses."""
        if not outcome:
            raise UsageError("say how it ended", "请选择处理结果")
        named = tuple(dict.fromkeys(whole(each).strip() for each in clauses if each.strip()))
        if not named:
            raise UsageError(
                "name the clause on which the answer rests",
                "请写明答复所依据的条款",
                hint=Text(zh="例如义务编号 DS-12。", en="For example the id of a duty, DS-12."),
            )
        with self.store.acting() as act:
            row = _in(act, report_id, OPEN)
            _change(act, report_id, state="answered", outcome=outcome, answered=stamp(datetime.now(UTC)))
            act.record(ReportAnswered(report_id, outcome, named, by))
            _step(act, report_id, row["person"], "answer", by, text=_worded(reason), clauses=named)

    def close(self, report_id: str, reason: str, by: str) -> None:
        """Ends it; without an answer, too, where there is nothing to answer (sent twice, not a report)."""
        with self.store.acting() as act:
            row = _in(act, report_id, (*OPEN, "answered"))
            _change(act, report_id, state="closed")
            act.record(ReportClosed(report_id, by))
            _step(act, report_id, row["person"], "close", by, text=_worded(reason))


def _given(said: Said, prints: Fingerprints | None, *, file_follows: bool) -> set[str]:
    """What a report brings, in words of the ledger."""
    there = {
        "links": said.links,
        "line": said.line.strip(),
        "contact": said.contact.strip(),
        "fingerprint": prints,
        "file": file_follows or said.has_file,
    }
    return {name for name, value in there.items() if value}


def _in(act: Act, report_id: str, states: Sequence[State]) -> RowMapping:
    """The report, while it is in one of these states."""
    row = row_of(act.connection, report_id)
    if row["state"] not in states:
        raise UsageError(
            "this report is over",
            "这份举报已经结束",
            hint=Text(zh="如有新情况，请重新举报。", en="If something new happened, report it anew."),
        )
    return row


def _change(act: Act, report_id: str, **values: object) -> None:
    act.connection.execute(update(table).where(table.c.report_id == report_id).values(**values))


def _worded(text: str) -> str:
    if not text.strip() or len(text) > LONGEST:
        raise UsageError(f"write something, up to {LONGEST} characters", f"请填写内容，不超过 {LONGEST} 字")
    return whole(text).strip()


def _step(
    act: Act, report_id: str, person: str, step: str, by: str, *, text: str = "", clauses: Sequence[str] = ()
) -> None:
    step_id = str(uuid4())
    count = select(func.count()).where(steps.c.report_id == report_id)
    number = int(act.connection.execute(count).scalar_one())
    if number >= MOST_STEPS and by == "reporter" and step == "add":
        raise UsageError("too much was added to this report", "这份举报的补充过多")
    values = {
        "step_id": step_id,
        "report_id": report_id,
        "number": number,
        "person": person,
        "at": stamp(datetime.now(UTC)),
        "step": step,
        "by": by,
        "clauses": json.dumps(list(clauses)),
        "sealed": act.seal(person, text.encode(), f"{step_id}:step".encode()) if text else None,
    }
    act.connection.execute(insert(steps).values(**values))
