import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError
from overt.fingerprints import words
from overt.fingerprints.words import read


def compared(text, *leave_out):
    return [word.text for word in read(text, leave_out).words]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("人工智能，生成合成。", "人工智能 生成\n合成"),
        ("ＡＩ生成", "ai 生成"),
        ("生\u200b成\u2060合\ufeff成", "生成合成"),
        ("應當依照規定標識", "应当依照规定标识"),
        ("Don’t re-\nprint the ﬁne print", "don't reprint the fine print"),
        ("tele\ufffe\r\nphone", "telephone"),
        ("well-known **bold** _words_", "wellknown bold words"),
        ("Straße", "STRASSE"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_what_only_looks_different_is_the_same(one, other):
    assert compared(one) == compared(other)
    assert read(one).digest == read(other).digest


def test_scripts_without_spaces_go_by_the_character_and_others_by_the_word():
    assert compared("今天 overt 很好 한국 हिन्दी में") == ["今", "天", "overt", "很", "好", "한", "국", "हिन्दी", "में"]
    assert [word.step for word in read("今 overt 天").words] == [0, 1, 3]
    assert read("今 overt 天").steps == 4


def test_spaces_say_nothing_about_the_whole_text():
    assert read("on line text").digest == read("online text").digest


def test_lines_that_are_left_out_are_no_part_of_the_text():
    label = "【本内容由人工智能生成】"
    assert read(f"{label}\n\n正文在此。\n", [label]) == read("\n正文在此。", [label])
    assert "本" not in compared(f"　{label} \n正文", label)
    assert "本" in compared(f"他说{label}\n正文", label)


def test_a_passage_is_shown_as_it_was_written():
    reading = read("第一句。Second Sentence, here! 第三句。")
    assert reading.passage(3, 9) == "Second Sentence, here"
    assert reading.passage(0, reading.steps) == "第一句。Second Sentence, here! 第三句"
    assert reading.passage(500, 600) == reading.passage(2, 2) == read("").passage(0, 1) == ""


def test_a_text_without_words_has_no_steps():
    assert read("…\n—— ！").steps == 0
    assert read("").words == ()


def test_too_many_words_are_over_budget(monkeypatch):
    monkeypatch.setattr(words, "MOST_WORDS", 10)
    with pytest.raises(BudgetError, match="more than 10 words"):
        read("字" * 11)


def test_the_table_of_characters_is_a_fixed_map():
    table = words.simplified()
    assert len(table) > 3000
    assert table["體"] == "体"
    assert not set(table) & set(table.values()) - {"乾"} or all(
        words._folded(words._folded(each)) == words._folded(each) for each in "體學後鍾著"
    )
    assert all(unicodedata.normalize("NFKC", each) == each for each in [*table, *table.values()])


@given(st.text(max_size=200))
def test_reading_what_was_read_changes_nothing(text):
    once = read(text)
    again = read(once.text)
    assert [word.text for word in again.words] == [word.text for word in once.words]


@given(st.text(max_size=200))
def test_words_stand_where_they_say_and_steps_add_up(text):
    reading = read(text)
    step = 0
    for word in reading.words:
        assert word.step == step
        assert word.text
        assert reading.text[word.start : word.stop]
        step += words.weight(word.text)
    assert reading.steps == step
