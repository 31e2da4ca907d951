"""A served set-up and a browser, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sites import BROWSER, Site, barriers, serving, visit

__all__ = ["Site", "barriers", "visit"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served set-up with its gate on; one for all tests of a module."""
    with serving(Site(tmp_path_factory.mktemp("site"), gate=True)) as ready:
        yield ready


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not BROWSER.exists():
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        yield browser
        browser.close()
