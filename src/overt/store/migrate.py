"""Brings a database up to date with Alembic, without an `alembic.ini`."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from overt.store.migrations import HEAD

FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, to: str = HEAD) -> None:
    """Runs the migrations that are missing up to a version, in one transaction."""
    script = ScriptDirectory(str(FOLDER))

    def steps(revision: object, _: MigrationContext) -> list[object]:
        return script._upgrade_revs(to, revision)  # type: ignore[arg-type, return-value]  # noqa: SLF001

    with engine.execution_options(writes=True).begin() as connection:
        context = MigrationContext.configure(connection, opts={"fn": steps})
        with Operations.context(context):
            context.run_migrations()
