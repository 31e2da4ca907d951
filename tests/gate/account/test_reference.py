"""Numbers of persons are refused where a reference is asked for; references are not."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import UsageError
from overt.gate.account.reference import checked

NUMBERS = [
    "13800138000",
    "138 0013 8000",
    "+86-138-0013-8000",
    "order 13800138000",
    "１３８００１３８０００",
    "11010519491231002X",
    "110105 19491231 002x",
    "110105491231002",
    "91350100M000100Y43",
    "somebody@example.com",
]
REFERENCES = [
    "TX-2026-000451",
    "202611231234567890",
    "550e8400-e29b-41d4-a716-446655440000",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "req_7Hq2",
    "12345",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_of_persons_are_refused_and_not_repeated(number: str) -> None:
    with pytest.raises(UsageError) as told:
        checked(number)
    assert number not in told.value.diagnostics().en + told.value.diagnostics().zh


@pytest.mark.parametrize("reference", REFERENCES)
def test_references_pass(reference: str) -> None:
    assert checked(f" {reference} ") == reference


@pytest.mark.parametrize("nothing", ["", "   ", "x" * 300])
def test_a_reference_says_something(nothing: str) -> None:
    with pytest.raises(UsageError):
        checked(nothing)


@given(st.uuids())
def test_a_uuid_is_always_a_reference(reference: UUID) -> None:
    assert checked(str(reference)) == str(reference)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "tel:", "手机", "+86 "]))
def test_no_mobile_number_gets_through(number: str, before: str) -> None:
    with pytest.raises(UsageError):
        checked(before + number)
