from __future__ import annotations

import pytest

from overt.ledger import signing
from overt.ledger.signing import Signer
from overt.settings import Setup


@pytest.fixture
def signer(house: Setup) -> Signer:
    """The key that speaks for the house."""
    return signing.load(house.home / "keys" / "ledger.pem")
