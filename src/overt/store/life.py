"""The whole life of a content, as the record has it: from the consents it rests on to the cases that came of it.

```
consent ── decision ── review ── release ── distribution ── recall, report, hold, bundle
```

A step is an entry of the ledger. What it says is shown as far as it names no person (`SHOWN`): names, contacts,
prompts, and who decided stay sealed. Whether a step lies under a signed checkpoint, and whether what opens it is what
it commits to, is computed from the records each time it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.engine import Connection

from overt.access.warrant import EVERYTHING, Scope
from overt.errors import FormatError
from overt.ledger import merkle
from overt.ledger.checkpoint import Checkpoint
from overt.ledger.entry import Entry, decode
from overt.ledger.event import committed
from overt.store import retention, search
from overt.store.log import Logged, entry_at
from overt.store.previews import Preview
from overt.store.records import Store
from overt.store.retention import Hold
from overt.store.search import Row, Wanted
from overt.store.tables.consents import consent_contents
from overt.store.tables.content import isccs, manifests, watermark_ids
from overt.store.tables.decisions import decision_contents, decisions, recipients
from overt.store.tables.ledger import ledger_about

Proof = Literal["proved", "waits", "unsigned", "broken"]
"""Under the checkpoint; newer than it; no checkpoint has been signed; it should be there and is not."""

SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "gate:consent:ask": ("likeness", "techniques", "purposes", "uses", "days"),
    "gate:consent:open": ("language", "guardian"),
    "gate:consent:give": ("proof",),
    "gate:consent:check": ("outcome",),
    "gate:consent:withdraw": ("withdrawn",),
    "gate:decision:sign": (
        *(f"decision.{name}" for name in ("id", "outcome", "purpose", "function", "model", "techniques", "identity")),
        *(f"decision.{name}" for name in ("reasons", "label", "label_style", "expires", "supersedes")),
    ),
    "gate:decision:use": ("decision_id",),
    "gate:output:review": ("outcome", "could_not_tell", "engines", "reasons"),
    "gate:content:recall": ("recalled",),
    "review:item:add": ("item", "categories", "eyes"),
    "review:item:answer": ("answer", "duties", "outcome"),
    "review:item:follow": ("outcome", "new_decision"),
    "marking:content:release": tuple(
        f"release.{name}" for name in ("media_type", "techniques", "marks", "producer", "system")
    ),
    "dissemination:content:write-back": tuple(
        f"dissemination.{name}" for name in ("attribute", "declared", "propagator", "label")
    ),
    "trace:content:remember": ("remembered.reason",),
    "retention:hold:place": ("hold", "reason", "authority", "until"),
    "retention:hold:release": ("hold", "reason"),
    "evidence:bundle:make": ("entries", "personal", "ground", "recipient", "sha256"),
}
"""What is shown of an event, by its tag; of others, that it happened."""
READERS: Final[dict[str, str]] = {
    "gate:consent:": "consents:read",
    "gate:decision:": "decisions:read",
    "gate:output:": "decisions:read",
    "review:": "decisions:read",
    "trace:": "reports:read",
    "retention:": "duties:read",
    "evidence:": "evidence:export",
}
"""Who may see what an event says, beyond that it happened: a permission, by the beginning of its tag."""


_NO_ENTRY: Final = Entry("", "", 0, "", b"")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a life.

    `about` is the id under which it was found; `opens` whether its opening is what it commits to, None where it opens
    no more.
    """

    index: int
    entry: Entry
    leaf: bytes
    about: str
    facts: dict[str, Any]
    opens: bool | None
    proof: Proof = "unsigned"


@dataclass(frozen=True, slots=True)
class Life:
    """What the record knows of one content. `same` are other records of exactly its bytes.

    `differs` names what the record says otherwise than its ledger entry; `entry` where that entry is not there.
    """

    row: Row
    source_sha256: str
    steps: tuple[Step, ...]
    decisions: tuple[str, ...]
    consents: tuple[str, ...]
    watermark: tuple[str, ...]
    manifest: str
    iscc: str
    holds: tuple[Hold, ...]
    delivered: str
    same: tuple[Row, ...]
    preview: Preview
    checkpoint: Checkpoint | None = None
    differs: tuple[str, ...] = ()


def life(store: Store, any_id: str, checkpoint: Checkpoint | None, scope: Scope = EVERYTHING) -> Life | None:
    """The life of the content with this id; None where there is none. Its steps are checked against `checkpoint`."""
    row = next((each for each in search.find(store, Wanted(typed=any_id), 20, scope=scope) if each.id == any_id), None)
    if row is None:
        return None
    with store.reading() as connection:
        under = _decisions(connection, row.id)
        resting = connection.execute(
            select(consent_contents.c.consent_id).where(consent_contents.c.content_id == row.id).order_by("consent_id")
        )
        consents = tuple(resting.scalars())
        steps = tuple(_steps(connection, store, row.id, under, consents))
        watermark = connection.execute(
            select(watermark_ids.c.long_id, watermark_ids.c.short_id).where(watermark_ids.c.content_id == row.id)
        ).first()
        manifest = connection.execute(select(manifests.c.label).where(manifests.c.content_id == row.id)).scalar()
        iscc = connection.execute(select(isccs.c.iscc).where(isccs.c.content_id == row.id)).scalar()
        delivered = connection.execute(select(recipients.c.delivered).where(recipients.c.content_id == row.id)).scalar()
        release = store.by_content_id(row.id) if row.kind == "released" else None
        source = {"source_sha256": release.source_sha256} if release else {}
        differs = _differs(connection, store, row, steps, source)
    twins = search.find(store, Wanted(typed=row.sha256), 50, scope=scope)
    return Life(
        row=row,
        source_sha256=release.source_sha256 if release else "",
        steps=proved(store, steps, checkpoint),
        decisions=under,
        consents=consents,
        watermark=tuple(watermark) if watermark else (),
        manifest=manifest or "",
        iscc=iscc or "",
        holds=tuple(_holds(store, row, {row.id, *under, *consents})),
        delivered=delivered or "",
        same=tuple(each for each in twins if each.ledger_index != row.ledger_index),
        preview=store.previews.get(row.id) if store.previews else Preview(),
        checkpoint=checkpoint,
        differs=differs,
    )


def step(logged: Logged, about: str = "") -> Step:
    """An entry as a step; whether it is proved is not looked at."""
    entry, opening = _read(logged.entry), logged.opening
    if entry is _NO_ENTRY:
        return Step(logged.index, entry, merkle.leaf_hash(logged.entry), about, {}, opens=False)
    opens = None if opening is None else committed(opening.body, opening.salt) == entry.commitment
    facts = _facts(entry.tag, opening.event) if opening else {}
    return Step(logged.index, entry, merkle.leaf_hash(logged.entry), about, facts, opens)


def _read(data: bytes) -> Entry:
    """The entry; one that says nothing where somebody wrote over it, so that a life is told all the same."""
    try:
        return decode(data)
    except FormatError:
        return _NO_ENTRY


def for_reader(steps: Iterable[Step], may: Callable[[str], bool]) -> tuple[Step, ...]:
    """The steps as somebody with these permissions sees them: what they may not see says only that it happened."""

    def seen(each: Step) -> bool:
        return all(may(need) for prefix, need in READERS.items() if each.entry.tag.startswith(prefix))

    return tuple(each if seen(each) else replace(each, facts={}) for each in steps)


def proved(store: Store, steps: Iterable[Step], checkpoint: Checkpoint | None) -> tuple[Step, ...]:
    """The steps, each with whether it lies under the checkpoint."""
    given = tuple(steps)
    if checkpoint is None:
        return given
    inside = [each.index for each in given if each.index < checkpoint.size]
    view = store.tree.view()
    if view.size < checkpoint.size:
        return tuple(replace(each, proof="broken") for each in given)
    paths = dict(zip(inside, view.inclusions(inside, checkpoint.size), strict=True))

    def state(each: Step) -> Proof:
        if each.index not in paths:
            return "waits"
        path = paths[each.index]
        held = merkle.verify_inclusion(each.leaf, each.index, checkpoint.size, path, checkpoint.root)
        return "proved" if held else "broken"

    return tuple(replace(each, proof=state(each)) for each in given)


def _decisions(connection: Connection, content_id: str) -> tuple[str, ...]:
    """The decision that gave the content id, after those that it supersedes."""
    query = select(decision_contents.c.decision).where(decision_contents.c.content_id == content_id)
    found: list[str] = []
    latest = connection.execute(query).scalar()
    while latest and latest not in found:
        found.insert(0, latest)
        latest = connection.execute(select(decisions.c.supersedes).where(decisions.c.id == latest)).scalar()
    return tuple(found)


def _steps(
    connection: Connection, store: Store, content_id: str, under: tuple[str, ...], consents: tuple[str, ...]
) -> Iterator[Step]:
    ids = (content_id, *under, *consents)
    column = ledger_about.c
    rows = connection.execute(select(column.index, column.id).where(column.id.in_(ids)).order_by(column.index)).all()
    found: dict[int, list[str]] = {}
    for index, each in rows:
        found.setdefault(index, []).append(each)
    for index, named in sorted(found.items()):
        logged = entry_at(connection, store.vault, index)
        tag = _read(logged.entry).tag
        only_consent = not {content_id, *under}.intersection(named)
        if only_consent and not tag.startswith("gate:consent:"):
            continue  # Something else that rests on the same consent.
        if logged.opening and content_id not in named:
            about = logged.opening.event.get("content_id", content_id)
            if about != content_id:
                continue  # Another content of the same decision.
        yield step(logged, min(named, key=ids.index))


_TOLD: Final = {
    "released": {"made": "released", "maker": "producer"},
    "distributed": {"made": "written", "maker": "propagator"},
    "reported": {"made": "remembered"},
}
_COMPARED: Final = ("sha256", "media_type", "made", "maker", "techniques", "marks", "attribute", "reason")


def _differs(
    connection: Connection, store: Store, row: Row, steps: tuple[Step, ...], source: dict[str, str]
) -> tuple[str, ...]:
    """What a record says otherwise than the entry that was made with it. One that opens no more cannot be compared."""
    own = [each for each in steps if each.index == row.ledger_index and each.about == row.id]
    if not own or own[0].entry is _NO_ENTRY:
        return ("entry",)
    opening = entry_at(connection, store.vault, row.ledger_index).opening
    said = next((each for each in opening.event.values() if isinstance(each, dict)), {}) if opening else {}
    kept = {_TOLD[row.kind].get(name, name): getattr(row, name) for name in _COMPARED} | source
    found = {name: list(each) if isinstance(each, tuple) else each for name, each in kept.items() if name in said}
    return tuple(name for name, each in found.items() if each != said[name])


def _facts(tag: str, event: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for path in SHOWN.get(tag, ()):
        value: Any = event
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value not in (None, "", [], {}):
            found[path.rpartition(".")[2]] = value
    return found


def _holds(store: Store, row: Row, ids: set[str]) -> Iterator[Hold]:
    for hold in retention.all_holds(store):
        inside = hold.period and hold.period.since <= row.made < hold.period.before
        if not hold.released and (inside or ids.intersection(hold.ids)):
            yield hold
