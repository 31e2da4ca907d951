"""Canonical JSON is what the RFC's own writer gives, for everything that we hash or sign."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from overt.canonical import canonical

NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
WORDS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_bytes_are_the_rfc_s(value: object):
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, object()])
def test_what_json_cannot_say_is_refused(value: object):
    with pytest.raises((ValueError, TypeError)):
        canonical(value)
