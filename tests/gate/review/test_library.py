"""Libraries: their files, their examples, their versions; what is imported, and what is covered."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from overt.errors import SetupError
from overt.gate.review import importer
from overt.gate.review.categories import all_categories, get
from overt.gate.review.check import check
from overt.gate.review.coverage import measure
from overt.gate.review.features import Features
from overt.gate.review.library import Entry, Library, difference, load, starter
from overt.rulebook import load as rulebook

ENTRY = {
    "id": "refund",
    "category": "fraud",
    "action": "refuse",
    "all": [["客服", "售后"], ["转账", "汇款"]],
    "within": 12,
    "unless": ["防骗"],
}


def library(*entries: dict[str, object]) -> Library:
    return Library(
        name="own", version="1", approver="post", entry=tuple(Entry.model_validate(each) for each in entries)
    )


def outcomes(made: Library, text: str) -> list[str]:
    return [hit.outcome for hit in Features([made]).look(text)]


def test_the_starter_list_does_what_its_examples_say():
    assert [failure.told.en for failure in check(starter())] == []


def test_every_entry_of_the_starter_list_says_where_it_is_from():
    for entry in starter().entry:
        assert entry.standard
        assert entry.source
        assert entry.approver
        assert entry.hits
        assert entry.passes


def test_every_category_cites_duties_that_the_rulebook_has():
    known = {duty.id for duty in rulebook("cn").duties}
    assert {duty for each in all_categories().values() for duty in each.duties} <= known
    assert get("no such category").id == "other"


def test_groups_hit_where_they_stand_together_alone():
    made = library(ENTRY)
    assert outcomes(made, "我是客服，请转账") == ["refuse"]
    assert outcomes(made, "请汇款给售后") == ["refuse"]
    assert outcomes(made, "我是客服") == []
    assert outcomes(made, "客服" + "很好" * 6 + "转账") == []
    assert outcomes(made, "客*服*说*请*您*转*账*一*下") == ["refuse"]


def test_a_context_softens_and_cannot_be_hidden_from_a_person():
    made = library(ENTRY)
    assert outcomes(made, "防骗提示：客服要求转账的都是骗子") == ["allow"]
    assert outcomes(library(ENTRY | {"softened": "hold"}), "防骗提示：客服要求转账") == ["hold"]
    assert outcomes(made, "防*骗：客服要求转账") == ["refuse"]


def test_the_strictest_hit_comes_first_and_says_where_it_stands():
    made = library({"id": "a", "category": "other", "action": "note", "words": ["客服"]}, ENTRY)
    hits = Features([made]).look("你好，客服说转账")
    assert [(hit.rule, hit.start, hit.stop, hit.said) for hit in hits] == [
        ("refund", 3, 8, "客服说转账"),
        ("a", 3, 5, "客服"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "a", "category": "other"},
        {"id": "a", "category": "no such", "words": ["x"]},
        {"id": "a", "category": "other", "all": [["x"]]},
        {"id": "a", "category": "other", "words": ["x"], "unknown": 1},
        {"id": "UPPER", "category": "other", "words": ["x"]},
        {"id": "a", "category": "other", "words": [""]},
    ],
)
def test_a_library_that_makes_no_sense_is_refused_in_words(broken: dict[str, object], tmp_path: Path):
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(broken), "utf-8")
    with pytest.raises(SetupError, match="no feature library"):
        load(path)


@pytest.mark.parametrize("text", ["[", "[1]", "\xff", '{"a": 1}'])
def test_a_file_that_is_none_is_refused_in_words(text: str, tmp_path: Path):
    for suffix in (".toml", ".jsonl", ".csv"):
        (tmp_path / f"own{suffix}").write_bytes(text.encode("latin-1"))
        if suffix == ".csv" and text != "\xff":
            assert load(tmp_path / "own.csv").entry == ()
            continue
        with pytest.raises(SetupError):
            load(tmp_path / f"own{suffix}")


def test_a_library_survives_csv(tmp_path: Path):
    made = library(ENTRY, {"id": "b", "category": "other", "words": ["一", "二三"], "since": date(2026, 1, 2)})
    importer.write(made, tmp_path / "own.csv")
    read = load(tmp_path / "own.csv")
    assert read.digests.keys() == made.digests.keys()
    assert read.entry[1].words == ("一", "二三")
    assert read.entry[0].all == made.entry[0].all
    with pytest.raises(FileExistsError):
        importer.write(made, tmp_path / "own.csv")


def test_versions_differ_by_their_entries():
    first, second = library(ENTRY), library(ENTRY | {"within": 13}, {"id": "b", "category": "other", "words": ["x"]})
    told = difference(first.digests, second.digests)
    assert (told.added, told.removed, told.changed) == (("b",), (), ("refund",))
    assert first.digest != second.digest
    assert first.digest == library(ENTRY).digest


def test_an_import_tells_what_it_left_out_and_what_would_stop_good_texts(tmp_path: Path):
    path = tmp_path / "words.txt"
    path.write_text("赌场上分\n賭場上分\n一\nab\n医生\n", "utf-8")
    head = importer.Head("own", "gambling", "post", "IS-15", "a list", date(2026, 11, 23))
    made, report = importer.take(path, head)

    assert report.duplicates == ["賭場上分"]
    assert report.too_short == ["一", "ab"]
    assert list(report.innocent) == ["医生"]
    assert [(each.words, each.action) for each in made.entry] == [(("赌场上分",), "hold"), (("医生",), "note")]
    assert importer.take(path, head, made)[1].taken == 0


def test_coverage_counts_and_names_what_is_empty():
    found = measure([starter()], rulebook("cn"))
    rows = {(row.category, row.language): row for row in found.rows}
    assert rows["fraud", "zh"].entries == 3
    assert rows["fraud", "zh"].unexampled == 0
    assert rows["gambling", "zh"].entries == 0
    assert "gambling" in found.empty
    assert found.updated == date(2026, 11, 23)
    assert found.terms == sum(row.terms for row in found.rows)
    assert {number["value"] for number in found.numbers} == {10000, 1}
