"""The AIGC object: written to the letter, read with tolerance (GB 45438-2025, Annex E)."""

from __future__ import annotations

import json
import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError, MediaError, UsageError
from overt.marks.metadata.aigc import Aigc, parse

ALLOWED = "".join(chr(code) for code in range(0x21, 0x7F) if code != 0x5C)
values = st.text(ALLOWED, max_size=60)
labels = st.builds(
    Aigc,
    label=st.sampled_from("123"),
    content_producer=values,
    produce_id=values,
    reserved_code1=values,
    content_propagator=values,
    propagate_id=values,
    reserved_code2=values,
)

FULL = Aigc("1", "Example", "id-1", "", "Example", "id-1", "")


@given(labels)
def test_every_label_that_the_schema_allows_survives_writing_and_reading(aigc: Aigc):
    parsed = parse(aigc.to_json())

    assert parsed.aigc == aigc
    assert set(parsed.defects) <= {"missing-producer", "missing-produce-id"}


@given(labels)
def test_written_labels_hold_prescribed_characters_alone(aigc: Aigc):
    text = aigc.to_json()

    assert list(json.loads(text)) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert set(text.replace('\\"', "")) <= set(ALLOWED)


@pytest.mark.parametrize(
    ("reason", "aigc"),
    [
        ("label 9", Aigc("9")),
        ("no label", Aigc("")),
        ("space", Aigc("1", "two words")),
        ("Han", Aigc("1", "明示")),
        ("backslash", Aigc("1", "a\\b")),
        ("control character", Aigc("1", "a\x00b")),
        ("delete character", Aigc("1", "a\x7fb")),
    ],
)
def test_the_writer_refuses(reason: str, aigc: Aigc):
    with pytest.raises(UsageError):
        aigc.to_json()


TOLERATED = {
    "numeric-value": '{"Label":1,"ContentProducer":"P","ProduceID":"x"}',
    "key-case": '{"label":"1","contentProducer":"P","produceId":"x"}',
    "misspelt-key": '{"Label":"1","ContentProducer":"P","ProduceID":"x","ReserveCode1":"r","PropatorID":"q"}',
    "missing-key": '{"Label":"1","ContentProducer":"P","ProduceID":"x"}',
    "missing-label": '{"ContentProducer":"P","ProduceID":"x"}',
    "missing-producer": '{"Label":"1","ProduceID":"x"}',
    "missing-produce-id": '{"Label":"1","ContentProducer":"P"}',
    "unknown-label-value": '{"Label":"7","ContentProducer":"P","ProduceID":"x"}',
    "extra-key": '{"Label":"1","ContentProducer":"P","ProduceID":"x","Extra":"y"}',
    "duplicate-key": '{"Label":"1","Label":"2","ContentProducer":"P","ProduceID":"x"}',
    "character-set": '{"Label":"1","ContentProducer":"某公司","ProduceID":"x"}',
    "provider-code": '{"Label":"1","ContentProducer":"001191110000000000000X10000","ProduceID":"x"}',
    "spaces": '{"Label": "1", "ContentProducer": "P", "ProduceID": "x"}',
    "value-not-text": '{"Label":"1","ContentProducer":null,"ProduceID":"x"}',
    "double-encoded": json.dumps('{"Label":"1","ContentProducer":"P","ProduceID":"x"}'),
    "yaml-instead-of-json": "Label: '1'\nContentProducer: 0011\nProduceID: x\n",
    "trailing-bytes": '{"Label":"1","ContentProducer":"P","ProduceID":"x"} and more',
    "envelope": 'AIGC{"Label":"1","ContentProducer":"P","ProduceID":"x"}',
}


@pytest.mark.parametrize(("defect", "text"), TOLERATED.items(), ids=TOLERATED)
def test_the_reader_names_each_deviation(defect: str, text: str):
    parsed = parse(text)

    assert defect in parsed.defects
    assert parsed.aigc.produce_id == "x" or defect == "missing-produce-id"


def test_the_wrapper_is_seen_through():
    assert parse('{"AIGC":' + FULL.to_json() + "}").wrapped
    assert parse(json.dumps({"AIGC": FULL.to_json()})).aigc == FULL


def test_yaml_numbers_stay_text():
    assert parse("Label: 1\nContentProducer: 0011\nProduceID: 12345678901234567890\n").aigc.content_producer == "0011"


def test_the_first_of_two_equal_keys_counts():
    assert parse('{"Label":"1","Label":"3","ContentProducer":"P","ProduceID":"x"}').aigc.label == "1"


BROKEN = {
    "empty": "",
    "no object": "hello",
    "half an object": '{"Label":"1","Cont',
    "other object": '{"a":1}',
    "list": '["Label"]',
    "nested beyond reason": "[" * 50_000,
    "yaml alias": "a: &x [1]\nb: *x\nLabel: '1'",
    "larger than any label": '{"Label":"1","X":"' + "x" * 70_000 + '"}',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_label_is_an_error_and_not_a_label(text: str):
    with pytest.raises(FormatError):
        parse(text)


@given(st.text(string.printable + "明示\x00\ud800", max_size=200) | st.sampled_from(list(TOLERATED.values())))
def test_the_reader_raises_its_own_family_alone(text: str):
    with suppress(MediaError):
        parse(text)
