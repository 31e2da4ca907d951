"""The rules from a watermark's reading to a verdict: no mark confirms without the record and the fingerprint."""

from __future__ import annotations

from typing import Any

import pytest

from overt.inspection.conformance.model import Facts
from overt.inspection.conformance.provenance import watermark_found
from overt.inspection.verdict import judge
from overt.marks.metadata.aigc import Aigc
from overt.marks.model import Reading
from overt.marks.watermark.model import Found, Place, Presence, Readout, names, shortened, spelled
from overt.marks.watermark.reading import ID_UNREADABLE, of_readout
from overt.marks.watermark.words import in_words
from overt.rulebook import load

CONTENT, OTHER = "12345678-1234-4234-8234-123456789abc", "87654321-1234-4234-8234-123456789abc"


def mark(content_id: str | None = CONTENT, bits: Any = 64, **more: Any) -> Reading:
    if content_id is None:
        return of_readout(Readout(presence=Presence(-12.0, 9.0)), "png")[0]
    found = Found(shortened(content_id, bits), bits, "2026-11-abcdef", 20.0, -40.0, Place(turn=3.0, mirrored=True))
    (reading,) = of_readout(Readout((found,)), "png")
    return Reading("watermark", "found", reading.carrier, values=reading.values | more)


def label(content_id: str) -> Reading:
    return Reading("metadata", "found", "XMP", values=Aigc("1", "P", content_id, "", "P", content_id).values())


TABLE: dict[str, tuple[tuple[Reading, ...], str, set[str]]] = {
    "an id that nobody looked up": ((mark(),), "suspected", set()),
    "an id that is not in the record": ((mark(registry="unknown"),), "suspected", set()),
    "an id in the record, the fingerprint agrees": ((mark(registry="agrees"),), "confirmed", set()),
    "an id in the record, the fingerprint differs": ((mark(registry="differs"),), "suspected", {"watermark-copied"}),
    "a mark without a readable id": ((mark(None),), "suspected", set()),
    "the id of the metadata label": ((label(CONTENT), mark()), "confirmed", set()),
    "the short id of the metadata label": ((label(CONTENT), mark(bits=40)), "confirmed", set()),
    "another id than the metadata label": ((label(OTHER), mark()), "confirmed", {"watermark-id-differs"}),
    "a metadata label whose number is no UUID": ((label("2026/17"), mark()), "confirmed", {"watermark-id-differs"}),
    "two ids, one of them the label's": ((label(CONTENT), mark(OTHER), mark()), "confirmed", set()),
    "a mark without a readable id beside a label": ((label(CONTENT), mark(None)), "confirmed", set()),
    "no mark": ((Reading("watermark", "absent"),), "none", set()),
}


@pytest.mark.parametrize(("readings", "kind", "against"), TABLE.values(), ids=TABLE)
def test_verdicts(readings: tuple[Reading, ...], kind: str, against: set[str]):
    verdict = judge(readings, "ab" * 32)

    assert verdict.kind == kind
    assert {contradiction.name for contradiction in verdict.contradictions} == against


def test_ids_are_named_by_their_content():
    assert names(spelled(shortened(CONTENT), 64), 64, CONTENT)
    assert names(spelled(shortened(CONTENT, 40), 40), 40, CONTENT)
    assert not names(spelled(shortened(CONTENT), 64), 64, OTHER)
    assert not names(spelled(shortened(CONTENT), 64), 64, "no uuid")


def test_a_reading_says_what_is_known_and_nothing_else():
    values = mark().values

    assert values["id"] == spelled(shortened(CONTENT), 64)
    assert (values["bits"], values["key"], values["p"]) == (64, "2026-11-abcdef", -40.0)
    assert values["places"] == [{"turn": 3.0, "mirrored": True}]
    assert mark(None).values["id"] is None
    assert mark(None).defects == (ID_UNREADABLE,)
    assert of_readout(Readout(), "png") == (Reading("watermark", "absent"),)


def test_words_in_both_languages():
    told = {title.en: text for title, text in in_words(mark(registry="differs").values)}

    assert told["id"].en.startswith(spelled(shortened(CONTENT), 64))
    assert told["chance of error"].zh == "不超过 10^-40"
    assert "fingerprint differs" in told["record"].en
    assert (told["where"].en, told["where"].zh) == ("turned by 3.0°, mirrored", "旋转 3.0°，镜像")


def test_the_clause_is_met_by_any_mark_and_never_refuted():
    rules = load("cn")
    outcomes = [
        watermark_found(Facts("image", "png", readings), rules, None)
        for readings in ((mark(),), (mark(None),), (Reading("watermark", "absent"),), ())
    ]

    assert [outcome.state for outcome in outcomes] == ["met", "met", "could-not-tell", "could-not-tell"]
    assert spelled(shortened(CONTENT), 64) in outcomes[0].measured.en
