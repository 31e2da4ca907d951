"""The PDF: typeset by Typst from a template of ours, with the Chinese font that comes with the package.

What was written by people reaches the template as data (JSON), never as markup. The signed record is attached to the
file. Source of the page's form: `register.typ`.
"""

from __future__ import annotations

import json
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import noto_cjk_sans_otc

from overt.duties import words as duty_words
from overt.duties.export import record
from overt.duties.export.words import WORDS, said, word
from overt.duties.model import STATES, Evidence
from overt.duties.told import counts
from overt.errors import SetupError
from overt.rulebook import ACTORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overt.duties.export.record import Taken
    from overt.duties.model import Standing
    from overt.language import Language

    Languages = tuple[Language, ...]


def write(taken: Taken, languages: Languages) -> bytes:
    """The PDF. Raises `SetupError` without Typst."""
    try:
        import typst  # noqa: PLC0415
    except ImportError as error:
        from overt.duties.export import MISSING  # noqa: PLC0415

        raise SetupError("PDFs need Typst", "制作 PDF 需要 Typst", hint=MISSING) from error
    template = resources.files(__package__) / "register.typ"
    with tempfile.TemporaryDirectory(prefix="overt-paper-") as folder:
        root = Path(folder)
        (root / "register.typ").write_bytes(template.read_bytes())
        (root / "data.json").write_text(json.dumps(_data(taken, languages), ensure_ascii=False), encoding="utf-8")
        (root / "record.json").write_bytes(record.write(taken, languages))
        return bytes(
            typst.compile(
                str(root / "register.typ"),
                root=str(root),
                font_paths=[str(Path(noto_cjk_sans_otc.FONT_PATH).parent)],
                ignore_system_fonts=True,
                format="pdf",
                timestamp=int(taken.at.timestamp()),
            )
        )


def _data(taken: Taken, languages: Languages) -> dict[str, Any]:
    view, told = taken.view, counts(taken.standings)
    book = view.rulebook
    grouped: dict[str, list[Standing]] = {}
    for each in taken.standings:
        grouped.setdefault(each.duty.instrument, []).append(each)
    return {
        "lang": languages[0],
        "words": {name: said(text, languages, " · ") for name, text in WORDS.items()},
        "intro": [WORDS["intro"].in_(each) for each in languages],
        "to_check": [WORDS["to_check"].in_(each) for each in languages],
        "jurisdiction": said(book.jurisdiction, languages, " · "),
        "about": [
            [word("producer", languages), taken.record["producer"]],
            [word("at", languages), taken.record["at"]],
            [word("rulebook", languages), book.id],
            [word("rulebook_digest", languages), taken.record["digest"]],
            [word("record", languages), taken.digest],
            [word("key", languages), taken.key or word("unsigned", languages)],
            [word("signature", languages), taken.signature or word("unsigned", languages)],
            [word("checkpoint", languages), taken.record["checkpoint"].strip()],
            [word("version", languages), taken.record["overt"]],
        ],
        "digest": taken.digest,
        "at": taken.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "counts": [[state, said(duty_words.STATES[state], languages, " · "), told[state]] for state in STATES],
        "facts": [_fact(name, taken, languages) for name in book.facts],
        "overridden": [
            [
                f"{each.duty} {each.name}",
                said(duty_words.changed(each), languages),
                f"{said(each.reason, languages)}\n{each.by}, {each.on}",
            ]
            for each in book.overridden
        ],
        "instruments": [
            {
                "title": said(book.instruments[name], languages, " · "),
                "duties": [_duty(each, languages) for each in rows],
            }
            for name, rows in grouped.items()
        ],
    }


def _fact(name: str, taken: Taken, languages: Languages) -> list[str]:
    value, found = taken.view.fact(name), taken.view.determined.get(name)
    answer = word("open" if value is None else "yes" if value else "no", languages)
    why = ""
    if found:
        said_of_it = found.determination
        why = f"{said_of_it.reasons}\n{said_of_it.owner}, {said_of_it.review_by}"
    return [said(taken.view.rulebook.facts[name], languages), answer, why]


def _duty(each: Standing, languages: Languages) -> dict[str, Any]:
    duty = each.duty
    article = f"{WORDS['article'].in_(languages[0])} {duty.article}" if duty.article else ""
    actors = ("、" if languages[0] == "zh" else ", ").join(ACTORS[one].in_(languages[0]) for one in duty.actors)
    mark = f"[{duty.mark}] {duty_words.MARKS[duty.mark].in_(languages[0])}"
    return {
        "id": duty.id,
        "text": [duty.text.in_(one) for one in languages],
        "small": " · ".join(filter(None, (article, actors, mark))),
        "numbers": [said(one, languages, " · ") for one in duty_words.in_words(duty)],
        "state": each.state,
        "worded": said(duty_words.STATES[each.state], languages, " · "),
        "alone": word("stated_only", languages) if each.stated_only else "",
        "reason": list(dict.fromkeys(each.reason.in_(one) for one in languages)),
        "evidence": [*_evidence(each.evidence, languages)]
        + [one for finding in each.findings for one in _evidence(finding.found.evidence, languages)],
    }


def _evidence(found: Iterable[Evidence], languages: Languages) -> Iterable[list[str]]:
    for each in found:
        entry = "" if each.entry is None else f"{WORDS['entry'].in_(languages[0])} {each.entry}"
        yield [said(each.shows, languages, " · "), each.value, " · ".join(filter(None, (entry, each.at)))]
