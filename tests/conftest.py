from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from overt import api, settings
from overt.inspection import Inspector
from overt.marking.pipeline import Marker, Released
from overt.settings import Setup
from overt.setup.initialise import initialise
from samples import SUFFIXES, TECHNIQUES, make

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


@pytest.fixture(scope="session")
def samples(media: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small unmarked file of each format."""
    folder = tmp_path_factory.mktemp("samples")
    return {suffix: make(suffix, media, folder) for suffix in SUFFIXES}


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
    return {
        suffix: marker.mark(path, marker.folder / f"released.{suffix}", [TECHNIQUES[suffix]])
        for suffix, path in samples.items()
    }
