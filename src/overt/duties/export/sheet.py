"""The spreadsheet: duties, their evidence, facts, the operator's numbers, and what the file is.

States are worded and coloured; each sheet has a frozen header and filters. What strangers or staff wrote is text: a
cell that begins like a formula (=, +, -, @, or a tab) is led by an apostrophe, so that no program runs it, not even
after the sheet was saved as CSV (OWASP, CSV injection).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from overt.duties import words as duty_words
from overt.duties.export.words import WORDS, said, word
from overt.duties.model import STATES, Evidence, State
from overt.duties.told import counts
from overt.errors import SetupError
from overt.rulebook import ACTORS

if TYPE_CHECKING:
    from overt.duties.export.record import Taken
    from overt.duties.model import Standing
    from overt.language import Language

    Languages = tuple[Language, ...]

_COLOURS: Final[dict[State, str]] = {
    "met": "DCEFE8",
    "gap": "FBE3DD",
    "no_evidence": "E6E5F5",
    "not_applicable": "EEEEEE",
}
_FORMULA: Final = re.compile(r"^[=+\-@\t\r]")
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_000  # A cell holds 32,767 characters.
_HEAD: Final = "A52C1A"


def write(taken: Taken, languages: Languages) -> bytes:
    """The workbook. Raises `SetupError` without openpyxl."""
    try:
        from openpyxl import Workbook  # noqa: PLC0415
    except ImportError as error:
        from overt.duties.export import MISSING  # noqa: PLC0415

        raise SetupError("spreadsheets need openpyxl", "制作电子表格需要 openpyxl", hint=MISSING) from error
    book = Workbook()
    _about(book.active, taken, languages)
    _duties(book, taken, languages)
    _evidence(book, taken, languages)
    _facts(book, taken, languages)
    _overridden(book, taken, languages)
    book.properties.creator = "Overt"
    book.properties.title = word("title", languages)
    book.properties.created = book.properties.modified = taken.at.replace(tzinfo=None)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _about(sheet: Any, taken: Taken, languages: Languages) -> None:
    sheet.title = _named("about", languages)
    view = taken.view
    told = counts(taken.standings)
    rows: list[tuple[str, Any]] = [
        (word("title", languages), said(view.rulebook.jurisdiction, languages, " · ")),
        (word("producer", languages), taken.record["producer"]),
        (word("rulebook", languages), view.rulebook.id),
        (word("rulebook_digest", languages), taken.record["digest"]),
        (word("at", languages), taken.record["at"]),
        (word("record", languages), taken.digest),
        (word("key", languages), taken.key or word("unsigned", languages)),
        (word("signature", languages), taken.signature or word("unsigned", languages)),
        (word("checkpoint", languages), taken.record["checkpoint"]),
        (word("version", languages), taken.record["overt"]),
        *((said(duty_words.STATES[state], languages, " · "), told[state]) for state in STATES),
        ("", word("intro", languages)),
    ]
    for row in rows:
        sheet.append([safe(each) for each in row])
    _shape(sheet, (34, 100), header=False)
    for row in sheet.iter_rows(min_row=11, max_row=10 + len(STATES)):
        _colour(row[0], STATES[row[0].row - 11])


def _duties(book: Any, taken: Taken, languages: Languages) -> None:
    columns = ("id", "instrument", "article", "text", "actors", "state", "stated_only", "reason", "numbers", "mark")
    sheet = _sheet(book, "duties", columns, languages)
    for each in taken.standings:
        duty = each.duty
        sheet.append(
            [
                safe(value)
                for value in (
                    duty.id,
                    said(taken.view.rulebook.instruments[duty.instrument], languages),
                    duty.article,
                    said(duty.text, languages),
                    "\n".join(said(ACTORS[actor], languages, " · ") for actor in duty.actors),
                    said(duty_words.STATES[each.state], languages, " · "),
                    word("yes" if each.stated_only else "no", languages),
                    said(each.reason, languages),
                    "\n".join(said(number, languages) for number in duty_words.in_words(duty)),
                    f"[{duty.mark}] {said(duty_words.MARKS[duty.mark], languages, ' · ')}",
                )
            ]
        )
        _colour(sheet.cell(sheet.max_row, 6), each.state)
    _shape(sheet, (10, 28, 10, 60, 22, 18, 12, 50, 36, 24))


def _evidence(book: Any, taken: Taken, languages: Languages) -> None:
    columns = ("id", "control", "state", "kind", "shows", "value", "entry", "seen")
    sheet = _sheet(book, "evidence", columns, languages)
    for duty, control, state, each in _pieces(taken.standings, languages):
        entry = "" if each.entry is None else each.entry
        row = (
            duty.duty.id,
            control,
            said(duty_words.STATES[state], languages, " · "),
            each.kind,
            said(each.shows, languages),
            each.value,
            entry,
            each.at,
        )
        sheet.append([safe(value) for value in row])
        _colour(sheet.cell(sheet.max_row, 3), state)
    _shape(sheet, (10, 30, 18, 12, 60, 40, 10, 26))


def _pieces(standings: Sequence[Standing], languages: Languages) -> Iterable[tuple[Standing, str, State, Evidence]]:
    for standing in standings:
        for each in standing.evidence:
            yield standing, word("people", languages), standing.state, each
        for finding in standing.findings:
            for each in finding.found.evidence:
                yield standing, said(finding.control.name, languages), finding.found.state, each


def _facts(book: Any, taken: Taken, languages: Languages) -> None:
    sheet = _sheet(book, "facts", ("id", "fact", "answer", "by", "why"), languages)
    for name, title in taken.view.rulebook.facts.items():
        value, found = taken.view.fact(name), taken.view.determined.get(name)
        answer = word("open" if value is None else "yes" if value else "no", languages)
        owner = f"{found.determination.owner}, {found.determination.review_by}" if found else ""
        row = (name, said(title, languages), answer, owner, found.determination.reasons if found else "")
        sheet.append([safe(each) for each in row])
    _shape(sheet, (24, 70, 16, 36, 60))


def _overridden(book: Any, taken: Taken, languages: Languages) -> None:
    sheet = _sheet(book, "overridden", ("id", "number", "was", "is", "why", "by"), languages)
    for each in taken.view.rulebook.overridden:
        was, now = duty_words.before(each), duty_words.after(each)
        row = (each.duty, each.name, said(was, languages, " · "), said(now, languages, " · "))
        sheet.append([safe(value) for value in (*row, said(each.reason, languages), f"{each.by}, {each.on}")])
    _shape(sheet, (12, 24, 20, 20, 60, 32))


def safe(value: Any) -> Any:
    """A value that no program runs when the sheet is opened."""
    if not isinstance(value, str):
        return value
    text = _ILLEGAL.sub("\ufffd", value)[:_LONGEST]
    return f"'{text}" if _FORMULA.match(text) else text


def _sheet(book: Any, name: str, columns: Sequence[str], languages: Languages) -> Any:
    named = f"{name}_sheet" if f"{name}_sheet" in WORDS else name
    sheet = book.create_sheet(_named(named, languages))
    sheet.append([word(each, languages) for each in columns])
    return sheet


def _named(name: str, languages: Languages) -> str:
    return word(name, languages[:1])[:31]


def _shape(sheet: Any, widths: Sequence[int], *, header: bool = True) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    if header:
        for cell in sheet[1]:
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", start_color=_HEAD)
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
        sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _colour(cell: Any, state: State) -> None:
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415

    cell.fill = PatternFill("solid", start_color=_COLOURS[state])
    cell.font = Font(bold=True)
