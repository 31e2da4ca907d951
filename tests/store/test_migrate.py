"""Older databases, made by the migrations of their time, are brought up to date, and what they proved still holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from overt.dissemination.model import Dissemination
from overt.ledger import merkle
from overt.ledger.event import Event, commitment
from overt.ledger.events.content import ContentDisseminated, ContentForgotten, ContentReleased, ContentRemembered
from overt.marks.kept import Remembered
from overt.marks.model import Release
from overt.store import migrations
from overt.store.log import entries_about
from overt.store.migrate import upgrade
from overt.store.records import Store
from overt.store.tables import metadata

NOW = "2026-01-01T00:00:00+00:00"
IDS = [str(UUID(int=number)) for number in range(8)]
RELEASES = [
    Release(
        IDS[number],
        f"{number:02x}" * 32,
        "bb" * 32,
        "image/png",
        "制作者",
        ("face_replacement", "other"),
        ("label",),
        NOW,
    )
    for number in range(3)
]
PASSED_ON = Dissemination(
    **{
        name: {"attribute": "1", "declared": "1", "label": '{"AIGC":{}}', "written": NOW}.get(name, IDS[5])
        for name in Dissemination.__dataclass_fields__
    }
)
REMEMBERED = Remembered(IDS[6], "dd" * 32, "image/png", "why", NOW)
SALT = b"0123456789abcdef"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'overt.db'}"
    make: Callable[[bool], str] = request.getfixturevalue("new_postgres")
    return make(False)


def older(engine: Engine, version: str, acts: list[tuple[str, dict[str, Any], Event]]) -> list[bytes]:
    """A database as it was at a version, with these rows and their entries of the first version. Gives the leaves."""
    upgrade(engine, to=version)
    leaves = []
    with engine.begin() as connection:
        for index, (table, row, event) in enumerate(acts):
            said = commitment(event, SALT)
            leaf = merkle.leaf_hash(event.tag.encode() + b"\0" + said)
            connection.execute(
                text("INSERT INTO ledger_entries VALUES (:index, :tag, :commitment, :leaf, :salt)"),
                {"index": index, "tag": event.tag, "commitment": said, "leaf": leaf, "salt": SALT},
            )
            leaves.append(leaf)
            if not table:
                continue
            columns = {**row, "ledger_index": index}
            names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), columns)
    return leaves


def released(release: Release) -> tuple[str, dict[str, Any], Event]:
    row = asdict(release) | {name: json.dumps(getattr(release, name)) for name in ("techniques", "marks")}
    return "contents", row, ContentReleased(release)


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_an_older_database_is_brought_up_to_date_with_its_records(empty: str, version: str):
    acts = [released(release) for release in RELEASES]
    if version >= "0002":
        acts.append(("disseminations", asdict(PASSED_ON), ContentDisseminated(PASSED_ON)))
    if version >= "0003":
        acts.append(("reports", asdict(REMEMBERED), ContentRemembered(REMEMBERED)))
        acts.append(("", {}, ContentForgotten(IDS[7])))
    engine = create_engine(empty)
    leaves = older(engine, version, acts)
    engine.dispose()

    store = Store.connect(empty)
    assert store.ledger_root() == (len(leaves), merkle.root(leaves))
    for release in RELEASES:
        assert store.by_content_id(release.content_id) == release
        assert store.proved(release)
    with store.reading() as connection:
        for _, _, event in acts:
            opened = [each.opening for each in entries_about(connection, None, event.about[0])]
            # Nothing in the record tells any longer what was said when a report was forgotten.
            assert len(opened) == (0 if isinstance(event, ContentForgotten) else 1)
            assert all(each and commitment(event, each.salt) == commitment(event, SALT) for each in opened)
    new = Release(IDS[4], "ee" * 32, "bb" * 32, "image/png", "P", ("other",), ("label",), NOW)
    assert store.release(new) == len(leaves)
    assert store.proved(new)
    assert store.proved(RELEASES[1])
    store.close()


def test_the_migrations_make_the_tables_that_the_code_names(store: Store):
    made = inspect(store.engine)

    for table in metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
    versions = Path(migrations.__file__).parent / "versions"
    assert max(path.name[:4] for path in versions.glob("[0-9]*.py")) == migrations.HEAD
