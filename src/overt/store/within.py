"""What of the record lies within a warrant's scope, as conditions of a query.

```python
query = select(contents).where(*contents_within(scope))
```

With `EVERYTHING` there is no condition. Where a scope is limited to contents or techniques, decisions and consents are
within it by the contents that were made under them, and reports of the public by the contents that our records found
for them. What cannot be related to it lies outside.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, false, or_, select
from sqlalchemy.engine import Connection

from overt.access.warrant import Scope, Subject
from overt.store.tables.consents import consent_contents, consents
from overt.store.tables.content import contents, reports
from overt.store.tables.decisions import decision_contents, decisions
from overt.store.tables.ledger import ledger_about, ledger_entries
from overt.store.tables.public_reports import public_reports

Conditions = list[ColumnElement[bool]]


def time_within(scope: Scope, time: ColumnElement[Any]) -> Conditions:
    """Records of the scope's time, by their column of time."""
    found: Conditions = []
    if scope.since:
        found.append(time >= scope.since)
    if scope.before:
        found.append(time < scope.before)
    return found


def contents_within(scope: Scope) -> Conditions:
    """Rows of `contents`."""
    return [*time_within(scope, contents.c.released), *_chosen(scope)]


def decisions_within(scope: Scope) -> Conditions:
    """Rows of `decisions`."""
    found = time_within(scope, decisions.c.decided)
    if chosen := _chosen(scope):
        linked = select(decision_contents.c.decision).join(
            contents, contents.c.content_id == decision_contents.c.content_id
        )
        found.append(decisions.c.id.in_(linked.where(*chosen)))
    return found


def consents_within(scope: Scope) -> Conditions:
    """Rows of `consents`."""
    found = time_within(scope, consents.c.asked)
    if chosen := _chosen(scope):
        linked = select(consent_contents.c.consent_id).join(
            contents, contents.c.content_id == consent_contents.c.content_id
        )
        found.append(consents.c.consent_id.in_(linked.where(*chosen)))
    return found


def reports_within(scope: Scope) -> Conditions:
    """Rows of `public_reports`."""
    found = time_within(scope, public_reports.c.received)
    if chosen := _chosen(scope):
        named = public_reports.c.matches.contains('"' + contents.c.content_id + '"')
        found.append(exists().where(named, *chosen).correlate(public_reports))
    return found


def entries_within(scope: Scope) -> Conditions:
    """Rows of `ledger_entries`."""
    found = time_within(scope, ledger_entries.c.time)
    if chosen := _chosen(scope):
        linked = select(ledger_about.c.index).join(contents, contents.c.content_id == ledger_about.c.id)
        found.append(ledger_entries.c.index.in_(linked.where(*chosen)))
    return found


def lies_within(connection: Connection, scope: Scope, subject: Subject, any_id: str) -> bool:
    """Whether the record of this id lies within a limited scope. One that is not found does not."""
    if subject == "contents":
        named = or_(contents.c.content_id == any_id, contents.c.sha256 == any_id)
        query = select(contents.c.content_id).where(named, *contents_within(scope))
    elif subject == "decisions":
        query = select(decisions.c.id).where(decisions.c.id == any_id, *decisions_within(scope))
    elif subject == "consents":
        query = select(consents.c.consent_id).where(consents.c.consent_id == any_id, *consents_within(scope))
    elif subject == "reports":
        fixed = [false()] if _chosen(scope) else time_within(scope, reports.c.remembered)
        query = select(reports.c.report_id).where(reports.c.report_id == any_id, *fixed)
        told = select(public_reports.c.report_id).where(public_reports.c.report_id == any_id, *reports_within(scope))
        return any(connection.execute(each.limit(1)).first() is not None for each in (told, query))
    elif subject == "ledger":
        number = int(any_id) if any_id.isascii() and any_id.isdecimal() and len(any_id) < 16 else -1
        query = select(ledger_entries.c.index.cast(String)).where(
            ledger_entries.c.index == number, *entries_within(scope)
        )
    else:
        return True
    return connection.execute(query.limit(1)).first() is not None


def _chosen(scope: Scope) -> Conditions:
    """Of `contents`: those that the scope names, by id and by technique."""
    found: Conditions = []
    if scope.contents:
        found.append(contents.c.content_id.in_(sorted(scope.contents)))
    if scope.techniques:
        found.append(or_(*(contents.c.techniques.like(f'%"{each}"%') for each in sorted(scope.techniques))))
    return [and_(*found)] if found else []
