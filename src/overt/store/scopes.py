"""Scopes of warrants as they are kept, and what a warrant permits at a moment."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from overt.access.warrant import SUBJECTS, Scope
from overt.canonical import stamp
from overt.store.tables.inspections import warrants


def permitted(connection: Connection, number: str, at: datetime) -> frozenset[str]:
    """What an inspector may do under a warrant at a moment: nothing where it is not in force, or not there."""
    row = connection.execute(select(warrants).where(warrants.c.id == number)).mappings().first()
    if row is None or row["ended"] or not row["confirmed"] or not row["since"] <= stamp(at) < row["until"]:
        return frozenset()
    return read_scope(row["scope"]).permissions()


def scope_json(scope: Scope) -> str:
    """A scope as it is kept."""
    listed = {each: sorted(getattr(scope, each)) for each in ("subjects", "contents", "techniques", "instruments")}
    told = {**listed, "since": scope.since, "before": scope.before, "personal": scope.personal}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def read_scope(kept: str) -> Scope:
    """A scope from what is kept."""
    told = json.loads(kept)
    lists = {each: frozenset(told[each]) for each in ("contents", "techniques", "instruments")}
    subjects = frozenset(each for each in SUBJECTS if each in told["subjects"])
    return Scope(subjects, told["since"], told["before"], personal=told["personal"], **lists)
