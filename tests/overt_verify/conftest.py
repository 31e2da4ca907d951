from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from evidence import BYTES, CONTENT, bundle_of, filled
from overt.ledger.bundle import Document, Enclosed, Period
from overt.store import vault as vaults
from overt.store.bundles import Order
from overt.store.records import Store

ENCLOSED = Enclosed("out.txt", sha256(BYTES).hexdigest(), BYTES)
READ = '{"values":{"signature":"valid","signer":"somebody else"},"verdict":"confirmed"}'
DOCUMENT = Document("inspection", ENCLOSED.sha256, READ)


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a few entries."""
    folder = tmp_path_factory.mktemp("evidence")
    return filled(Store.connect(f"sqlite:///{folder / 'overt.db'}", folder, vaults.load(vaults.make(folder))))


@pytest.fixture(scope="session")
def bundle(evidence: Store) -> bytes:
    """A bundle with one closed and one open entry, the released file, and what was read out of it."""
    return bundle_of(evidence, Order(CONTENT, contents=[ENCLOSED], documents=[DOCUMENT]))


@pytest.fixture(scope="session")
def period(evidence: Store) -> bytes:
    """A bundle of all time."""
    return bundle_of(evidence, Order(Period("2026-01-01", "9999-01-01"), "all", ground="order 7"))


@pytest.fixture
def written_to(tmp_path: Path) -> Callable[[bytes], str]:
    """Writes a bundle into a file."""

    def write(data: bytes) -> str:
        (tmp_path / "bundle.json").write_bytes(data)
        return str(tmp_path / "bundle.json")

    return write
