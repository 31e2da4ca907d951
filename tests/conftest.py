from __future__ import annotations

from pathlib import Path

import pytest

MEDIA = Path(__file__).parents[2] / "shared" / "media"


@pytest.fixture(scope="session")
def media() -> Path:
    """Real photos, sound and film that lie beside the checkout, not in it."""
    if not MEDIA.is_dir():
        pytest.skip(f"the test media are not beside the checkout ({MEDIA.name}/)")
    return MEDIA
