from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import create_engine

from overt import api, settings
from overt.inspection import Inspector
from overt.marking.pipeline import Marker, Released
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store import vault as vaults
from overt.store.records import Store
from overt.store.vault import Vault
from samples import TECHNIQUES, make

PRODUCER = "Example-Studio"
# The same examples in every run, and no limit on their time: a busy machine is no defect.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

MEDIA = Path(__file__).parents[2] / "shared" / "media"


@pytest.fixture(scope="session")
def media() -> Path:
    """Real photos, sound and film that lie beside the checkout, not in it."""
    if not MEDIA.is_dir():
        pytest.skip(f"the test media are not beside the checkout ({MEDIA.name}/)")
    return MEDIA


class Made(dict[str, Any]):
    """One of each format, made when it is first asked for: few processes of the tests need all."""

    def __init__(self, made: Callable[[str], Any]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, suffix: str) -> Any:
        self[suffix] = self._made(suffix)
        return self[suffix]


@pytest.fixture(scope="session")
def samples(media: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small unmarked file of each format."""
    folder = tmp_path_factory.mktemp("samples")
    return Made(lambda suffix: make(suffix, media, folder))


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """A set-up of its own, with a named producer."""
    folder = tmp_path_factory.mktemp("house")
    initialise(folder, PRODUCER)
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="session")
def marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    """A marker of the house, with everything that it puts on."""
    with api.marker(house, tmp_path_factory.mktemp("released")) as marker:
        yield marker


@pytest.fixture(scope="session")
def own(house: Setup) -> Iterator[Inspector]:
    """An inspector of the house, which knows the house's releases."""
    with api.inspector(house) as inspector:
        yield inspector


@pytest.fixture(scope="session")
def stranger() -> Iterator[Inspector]:
    """An inspector without a set-up."""
    with api.inspector(None) as inspector:
        yield inspector


@pytest.fixture(scope="session")
def released(samples: dict[str, Path], marker: Marker) -> dict[str, Released]:
    """Each sample, marked with label and metadata and released."""
    return Made(lambda each: marker.mark(samples[each], marker.folder / f"released.{each}", [TECHNIQUES[each]]))


# Databases ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of its own, where one is installed."""
    pytest.importorskip("psycopg")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
    control = shutil.which("pg_ctl") or next((str(each / "pg_ctl") for each in reversed(folders)), None)
    if control is None:
        pytest.skip("PostgreSQL is not installed")
    # Not below pytest's own folder, which another user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="overt-postgres-"))
    data = folder / "data"
    who = {}
    if os.getuid() == 0:  # It refuses to run as root.
        shutil.chown(folder, "nobody")
        who = {"user": "nobody"}

    def run(*arguments: str | Path) -> None:
        subprocess.run([control, "-D", data, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)

    try:
        run("init", "-o", "-A trust -U overt -E UTF8 --no-sync")
        run("-w", "-o", f"-h '' -k {folder} -F", "-l", folder / "log", "start")
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield f"postgresql+psycopg://overt@/postgres?host={folder}"
    run("-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgres(postgres: str) -> Iterator[Callable[[bool], str]]:
    """Makes databases on the server: with our tables (copied from one that the migrations made), or empty."""
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    numbers = count(1)

    def run(statement: str) -> None:
        with server.connect() as connection:
            connection.exec_driver_sql(statement)

    run("CREATE DATABASE with_tables")
    Store.connect(postgres.replace("/postgres?", "/with_tables?")).close()

    def make(tables: bool = True) -> str:
        name = f"test_{next(numbers)}"
        run(f"CREATE DATABASE {name} TEMPLATE {'with_tables' if tables else 'template0'}")
        return postgres.replace("/postgres?", f"/{name}?")

    yield make
    server.dispose()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables and nothing in them."""
    folder = tmp_path_factory.mktemp("sqlite")
    Store.open(folder).close()
    return folder / "overt.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the test's own, with our tables and nothing in them: each test runs on both."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "data" / "overt.db")
        return f"sqlite:///{tmp_path / 'data' / 'overt.db'}"
    return request.getfixturevalue("new_postgres")(True)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A fresh vault."""
    return vaults.load(vaults.make(tmp_path))


@pytest.fixture
def store(database: str, tmp_path: Path, vault: Vault) -> Iterator[Store]:
    """A store of the test's own with a vault, on SQLite and on PostgreSQL. Its data folder is `tmp_path / "data"`."""
    store = Store.connect(database, tmp_path / "data", vault)
    yield store
    store.close()
