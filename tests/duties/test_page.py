"""The page and the JSON that show where duties stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from duty_views import duty, view
from overt.duties import page, told
from overt.duties.model import STATES
from overt.duties.standing import standings
from overt.duties.words import in_words
from overt.rulebook import available, load
from overt.settings import Setup
from overt.store.records import Store


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store.open(tmp_path)
    yield store
    store.close()


def test_each_duty_of_a_whole_rulebook_is_on_the_page_and_in_the_json(house: Setup, own: Store) -> None:
    seen = view(house, own)
    found = standings(seen)
    tree = html.fromstring(page.write(found, seen, "0"))
    assert {each.duty.id for each in found} <= {row.get("id") for row in tree.iter("tr")}
    assert not list(tree.iter("script"))
    answer = json.loads(json.dumps(told.as_json(found, seen)))
    assert answer["rulebook"] == "cn"
    assert sum(answer["counts"].values()) == len(answer["duties"]) == len(found)
    for each in answer["duties"]:
        assert each["state"] in STATES
        assert each["text"].keys() == each["reason"].keys() == {"zh", "en"}


def test_what_strangers_wrote_stays_text(house: Setup, own: Store) -> None:
    odd = duty(article="<script>alert(1)</script>")
    seen = view(house, own, odd)
    assert "<script>" not in page.write(standings(seen), seen, "0")


def test_every_number_and_clock_has_words() -> None:
    for book in available():
        for each in load(book).duties:
            for said in in_words(each):
                assert "None" not in said.zh + said.en
