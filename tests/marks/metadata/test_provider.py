"""Provider codes (27 characters, GB 32100 inside) and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import UsageError
from overt.marks.metadata.provider import credit_check_character, parse_code, producer_name

CREDIT_17 = "91110000000000000"
CREDIT = CREDIT_17 + credit_check_character(CREDIT_17)
CODE = f"0011{CREDIT}10000"


def test_a_published_credit_code_fits():
    # The National Bureau of Standards' example in GB 32100-2015 itself.
    assert credit_check_character("91350100M000100Y4") == "3"


def test_a_code_is_taken_apart():
    parsed = parse_code(CODE)

    assert (parsed.credit_code, parsed.service, parsed.extension) == (CREDIT, "generation", "0000")


WRONG = {
    "too short": CODE[:-1],
    "too long": CODE + "0",
    "small letters": CODE.lower() + "a" if CODE.isdigit() else CODE.lower(),
    "format not 00": "01" + CODE[2:],
    "subject unknown": "003" + CODE[3:],
    "individual": "002" + CODE[3:],
    "binding unknown": CODE[:3] + "9" + CODE[4:],
    "letter I in the credit code": CODE[:10] + "I" + CODE[11:],
    "check character": CODE[:21] + ("0" if CODE[21] != "0" else "1") + CODE[22:],
    "service unknown": CODE[:22] + "7" + CODE[23:],
}


@pytest.mark.parametrize("code", WRONG.values(), ids=WRONG)
def test_a_wrong_code_is_refused_with_its_place(code: str):
    with pytest.raises(UsageError) as caught:
        parse_code(code)

    assert caught.value.diagnostics().zh != caught.value.diagnostics().en


@given(st.integers(4, 20), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_any_single_wrong_character_of_the_credit_code_is_found(place: int, character: str):
    changed = CODE[:place] + character + CODE[place + 1 :]
    if changed == CODE:
        return

    with pytest.raises(UsageError):
        parse_code(changed)


@pytest.mark.parametrize(
    ("given_name", "written"), [("Example Studio", "Example-Studio"), ("  X  ", "X"), (CODE, CODE), ("a.b_c", "a.b_c")]
)
def test_a_name_becomes_what_the_label_can_hold(given_name: str, written: str):
    assert producer_name(given_name) == written


@pytest.mark.parametrize("name", ["明示公司", "", "a\\b", 'a"b', "x" * 200, "0" * 27])
def test_what_the_label_cannot_hold_is_refused(name: str):
    with pytest.raises(UsageError):
        producer_name(name)
