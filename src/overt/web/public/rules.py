"""Rules and notices: what the operator publishes for everybody, every version of it, and what the records come to.

```
GET  /rules                              everything on one page
GET  /rules/label.png                    an example with the label as it is configured
GET  /rules/{kind}                       the version that applies
GET  /rules/{kind}/{version}             one version, for good
GET  /rules/{kind}/{version}/changes     what changed since the version before
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from overt.canonical import stamp
from overt.duties.visible import Shown, standing
from overt.language import Text
from overt.rulebook.model import Sourced
from overt.store.figures import SMALL, figures, years
from overt.store.notices import KINDS, Notices, Published, compared
from overt.store.report_rows import KINDS as REPORT_KINDS
from overt.store.report_rows import OUTCOMES
from overt.web import prose
from overt.web.errors import StatusError
from overt.web.example import example, label_words
from overt.web.house import House, Site
from overt.web.rendering import PageRoute, language_of, show
from overt.web.words.report import MARKS
from overt.web.words.rules import WORDS

router = APIRouter(prefix="/rules", route_class=PageRoute, include_in_schema=False)

_SHORT: Final = 1200
"""Characters of a text that stand on the first page; the rest is behind a link."""


@router.get("")
def every(request: Request, house: House, year: int = 0) -> Response:
    """Everything on one page."""
    texts, now = Notices(house.store), datetime.now(UTC)
    wanted = {each.row.kind: each for each in standing(house.rulebook, texts, now) if each.row.kind}
    shown = [
        (kind, title, current, _short(request, current) if current else (), len(texts.versions(kind)))
        for kind, title in KINDS.items()
        if (current := texts.current(kind, now)) is not None or _expected(wanted.get(kind))
    ]
    known = years(house.store, now)
    chosen = year if year in known else known[0]
    values: dict[str, Any] = {
        "texts": shown,
        "missing": [title for kind, title, current, *_ in shown if current is None],
        "figures": figures(house.store, chosen),
        "years": known,
        "small": SMALL,
        "techniques": house.rulebook.techniques,
        "decisions": {name: WORDS[f"decision_{name}"] for name in ("allow", "hold", "refuse")},
        "kinds": REPORT_KINDS,
        "outcomes": OUTCOMES,
        "labels": _labels(house),
        "marks": MARKS,
        "label_words": label_words(house.setup),
    }
    return show(request, "rules/every", **values)


@router.get("/label.png")
def label(house: House) -> Response:
    """An example with the label as it is configured."""
    made = example(house.setup)
    if made is None:
        raise StatusError(404, "the example cannot be made", "无法生成示例")
    return Response(made, media_type="image/png", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/{kind}")
def current(request: Request, house: House, kind: str) -> Response:
    """The version that applies."""
    texts = Notices(house.store)
    found = texts.current(kind) if kind in KINDS else None
    return _one(request, texts, found)


@router.get("/{kind}/{version}")
def one(request: Request, house: House, kind: str, version: str) -> Response:
    """One version, for good."""
    texts = Notices(house.store)
    return _one(request, texts, texts.version(kind, version) if kind in KINDS else None)


@router.get("/{kind}/{version}/changes")
def changes(request: Request, house: House, kind: str, version: str) -> Response:
    """What changed since the version before."""
    texts = Notices(house.store)
    newer = texts.version(kind, version) if kind in KINDS else None
    if newer is None:
        raise _nothing()
    older = texts.before(newer)
    lines = compared(older.text, newer.text, language_of(request)) if older else ()
    changed = any(each.change != "same" for each in lines)
    return show(request, "rules/changes", newer=newer, older=older, lines=lines, changed=changed)


def _one(request: Request, texts: Notices, found: Published | None) -> Response:
    if found is None:
        raise _nothing()
    versions = texts.versions(found.kind)
    applies = texts.current(found.kind)
    values: dict[str, Any] = {
        "found": found,
        "blocks": prose.blocks(found.text.in_(language_of(request))),
        "versions": versions,
        "applies": applies,
        "future": found.valid_from > stamp(datetime.now(UTC)),
        "before": texts.before(found),
    }
    return show(request, "rules/one", **values)


def _short(request: Request, found: Published) -> tuple[prose.Block, ...]:
    text = found.text.in_(language_of(request))
    if len(text) <= _SHORT:
        return prose.blocks(text)
    return prose.blocks(text[:_SHORT].rsplit("\n", 1)[0] + "\n\n…")


def _expected(row: Shown | None) -> bool:
    """Whether people would look for it: that it is missing is told only where the law wants it of every service."""
    return row is not None and any(duty.force == "must" and not duty.when for duty in row.duties)


def _labels(house: Site) -> list[tuple[Text, Text, str, str]]:
    """How contents are labelled: each rule with its clause and how far that is verified."""
    rules = house.rulebook.label
    words, ratio, seconds, sentence = rules.wording, rules.glyph_height_ratio, rules.video_seconds, rules.sentence
    rows: list[tuple[Text, Text, Sourced[Any]]] = [
        (WORDS["wording"], Text(zh=label_words(house.setup), en=label_words(house.setup)), words),
        (WORDS["height"], _filled("height_is", percent=f"{100 * ratio.value:g}"), ratio),
        (WORDS["film"], _filled("film_is", seconds=f"{seconds.value:g}"), seconds),
        (
            WORDS["sound"],
            Text(
                zh=WORDS["sound_is"].zh.format(sentence=sentence.value.zh),
                en=WORDS["sound_is"].en.format(sentence=sentence.value.en),
            ),
            sentence,
        ),
        (WORDS["metadata"], WORDS["metadata_is"], house.rulebook.metadata.key),
    ]
    return [(title, told, source.clause, source.mark) for title, told, source in rows]


def _filled(name: str, **values: str) -> Text:
    text = WORDS[name]
    return Text(zh=text.zh.format(**values), en=text.en.format(**values))


def _nothing() -> StatusError:
    return StatusError(404, "there is nothing at this address", "没有这个地址")
