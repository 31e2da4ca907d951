"""The ways of writing that are followed, and the innocent words that are not taken for them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError
from overt.fingerprints.words import simplified
from overt.gate.review import folding
from overt.gate.review.folding import LOOK_ALIKE, PLAIN, SOUND, points_of
from overt.gate.review.matching import Matcher, Sought

TERMS = ("安全账户", "裸聊群", "警察", "nudes", "scam script", "penis", "deep fake maker", "undress*", "数字人民币")
MATCHER = Matcher(map(Sought, TERMS))


def found(text: str, matcher: Matcher = MATCHER) -> set[tuple[str, str]]:
    return {(text[each.start : each.stop], each.way) for each in matcher.find(text)}


@pytest.mark.parametrize(
    ("text", "said", "way"),
    [
        ("请转到安全账户。", "安全账户", "plain"),
        ("轉到安全賬戶", "安全賬戶", "plain"),
        ("安 全 账 户", "安 全 账 户", "separated"),
        ("安*全*账*户", "安*全*账*户", "separated"),
        ("安😀全😀账😀户", "安😀全😀账😀户", "separated"),
        ("安\u200b全账\ufe0f户", "安\u200b全账\ufe0f户", "separated"),
        ("安。全。账。户", "安。全。账。户", "separated"),
        ("安全帐户", "安全帐户", "sound"),
        ("案犬张虎", "案犬张虎", "sound"),
        ("an quan zhang hu", "an quan zhang hu", "sound"),
        ("ĀNQUÁN zhànghù", "ĀNQUÁN zhànghù", "sound"),
        ("安quan账户", "安quan账户", "sound"),
        ("luo聊群", "luo聊群", "tones"),
        ("luo liao群", None, ""),  # Their tones count, and of three characters two must show one.
        ("裸辽群", "裸辽群", "tones"),
        ("安全贝长户", "安全贝长户", "split"),
        ("户账全安", "户账全安", "reversed"),
        ("找 szrmb 的人", "szrmb", "initials"),
        ("send NUDES", "NUDES", "plain"),
        ("ｎｕｄｅｓ", "ｎｕｄｅｓ", "plain"),
        ("ñúdès", "ñúdès", "plain"),
        ("𝓷𝓾𝓭𝓮𝓼 🅽🆄🅳🅴🆂", "🅽🆄🅳🅴🆂", "plain"),
        ("n u d e s", "n u d e s", "separated"),
        ("n-u-d-e-s", "n-u-d-e-s", "separated"),
        ("nud3$", "nud3$", "look-alike"),
        ("nudеs", "nudеs", "look-alike"),  # Cyrillic е
        ("a scam-script", "scam-script", "plain"),
        ("deepfakemaker", "deepfakemaker", "separated"),
        ("undressing", "undress", "plain"),
    ],
)
def test_a_way_of_writing(text: str, said: str | None, way: str):
    assert found(text) == (found(text) | {(said, way)} if said else set())


@pytest.mark.parametrize(
    "text",
    [
        "他很安全。账户里有钱",
        "安全\n账户",
        "pen is mightier",
        "the pen, is",
        "denudes",
        "nudesy",
        "scams cripted",
        "Scunthorpe",
        "undres sing",
        "景察",  # Two characters by themselves are followed in no other way.
        "jingcha",
        "scam, script",
        "线全账户",  # xi-an is no xian
        "",
        "\u200b\u200b",
        "2026-11-23 12:00",
    ],
)
def test_innocent_text(text: str):
    assert found(text) == set()


def test_words_in_a_group_are_followed_further_than_words_alone():
    together = Matcher([Sought("警察", together=True)])

    assert found("景察", together) == {("景察", "tones")}
    assert found("jing察", together) == {("jing察", "tones")}
    assert found("jingcha", together) == set()


def test_an_entry_can_ask_for_fewer_ways_or_more():
    assert found("安*全*账*户 安全帐户", Matcher([Sought("安全账户", ())])) == set()
    assert (
        found("luo zhao", Matcher([Sought("裸照", ("sound",))])) == set()
    )  # Two syllables of Latin letters are too few.
    assert found("落照", Matcher([Sought("裸照", ("sound",))])) == {("落照", "sound")}


def test_places_are_those_of_the_original_text():
    text = "㈱Ａ😀安\u200b全賬戶 和 nüdes"
    assert {text[each.start : each.stop] for each in MATCHER.find(text)} == {"安\u200b全賬戶", "nüdes"}


def test_a_text_that_is_too_long_could_not_be_told():
    with pytest.raises(BudgetError):
        MATCHER.find("a" * (folding.MOST_CHARACTERS + 1))


def test_behind_a_flood_of_one_term_nothing_is_let_through():
    assert len(MATCHER.find("安全账户" * 4_000)) == 4_000
    with pytest.raises(BudgetError):
        MATCHER.find("安全账户" * 50_000)


@given(st.text(max_size=60))
def test_any_text_is_looked_through_and_places_lie_in_it(text: str):
    for each in MATCHER.find(text):
        assert 0 <= each.start < each.stop <= len(text)


@given(st.text(max_size=60))
def test_views_agree_with_folding_letter_by_letter(text: str):
    for alphabet, fold in ((PLAIN, folding.plain_character), (LOOK_ALIKE, folding.look_alike), (SOUND, folding.sound)):
        view = alphabet.view(points_of(text))
        assert view.text == "".join(fold(each)[:8] for each in text)
        assert [text[at] for at in view.starts] == [each for each in text for _ in fold(each)[:8]]


TRADITIONAL = {plain: old for old, plain in simplified().items()}


@given(st.sampled_from(["安全账户", "数字人民币", "裸聊群"]), st.sampled_from("·*_-~ \u200b\u2060😀"), st.booleans())
def test_any_sign_between_and_traditional_characters_hide_nothing(term: str, sign: str, old: bool):
    written = sign.join(TRADITIONAL.get(each, each) if old else each for each in term)
    assert {said for said, _ in found(f"前{written}后")} == {written}


@given(st.text(string.ascii_lowercase + " ", max_size=40))
def test_latin_words_are_found_as_words_alone(text: str):
    words = text.split(" ")
    assert (("nudes", "plain") in found(text)) == ("nudes" in words)
