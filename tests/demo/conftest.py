from __future__ import annotations

from pathlib import Path

import pytest

from overt.demo.generate import Product, generate


@pytest.fixture(scope="session")
def products(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Product]:
    """Everything that the demonstration generates, made once, by file name."""
    folder: Path = tmp_path_factory.mktemp("generated")
    return {product.path.name: product for product in generate(folder)}
