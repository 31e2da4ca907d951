"""Labels of texts at the start, the end or both, and as a superscript."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overt.errors import MediaError, ReadBackError, UsageError
from overt.formats.html_tokens import tokens
from overt.marks import label
from overt.marks.label import wording
from overt.marks.label.model import LabelStyle
from overt.marks.label.text.forms import Fences, difference, is_ordinary, open_fence
from overt.marks.label.text.labeller import LABELLER
from overt.rulebook import load

RULES = load().label
LINE, RAISED, SUP = "【本内容由人工智能生成】", "ᴬᴵ", "<sup>AI</sup>"
STYLES = {
    f"{text}, {at}, {second}": LabelStyle(text=text, text_at=at, second_language=second)
    for text in ("line", "superscript")
    for at in ("start", "end", "both")
    for second in (None, "en")
}


@pytest.fixture
def put(tmp_path):
    def put(text: str, container: str, style: LabelStyle) -> str:
        (tmp_path / "in").write_bytes(text.encode())
        LABELLER.put(tmp_path / "in", tmp_path / "out", container, RULES, style)
        return (tmp_path / "out").read_bytes().decode()

    return put


@pytest.fixture
def read(tmp_path):
    def read(text: str, container: str):
        (tmp_path / "in").write_bytes(text.encode())
        return LABELLER.read(tmp_path / "in", container, RULES)

    return read


WRITTEN = {
    # What is written, for: a line at the end, a superscript at the start, one at the end, both.
    ("text", "正文"): (f"正文\n\n{LINE}", f"正文{RAISED}", f"正文{RAISED}", f"正文{RAISED}"),
    ("text", "a\r\nb\r\n"): (
        f"a\r\nb\r\n\r\n{LINE}\r\n",
        f"a{RAISED}\r\nb\r\n",
        f"a\r\nb{RAISED}\r\n",
        f"a{RAISED}\r\nb{RAISED}\r\n",
    ),
    ("text", "\n a \n\nb\n\n"): (
        f"\n a \n\nb\n\n\n{LINE}\n",
        f"\n a{RAISED} \n\nb\n\n",
        f"\n a \n\nb{RAISED}\n\n",
        f"\n a{RAISED} \n\nb{RAISED}\n\n",
    ),
    ("text", ""): (LINE, RAISED, RAISED, RAISED),
    ("markdown", "# T\n\nwords\n"): (
        f"# T\n\nwords\n\n> {LINE}\n",
        f"# T{SUP}\n\nwords\n",
        f"# T\n\nwords{SUP}\n",
        f"# T{SUP}\n\nwords{SUP}\n",
    ),
    ("markdown", "---\na: 1\n---\nT\n===\n\n- x"): (
        f"---\na: 1\n---\nT\n===\n\n- x\n\n> {LINE}",
        f"---\na: 1\n---\nT{SUP}\n===\n\n- x",
        f"---\na: 1\n---\nT\n===\n\n- x{SUP}",
        f"---\na: 1\n---\nT{SUP}\n===\n\n- x{SUP}",
    ),
    ("markdown", "| a |\n|---|\n| 1 |\n"): (
        f"| a |\n|---|\n| 1 |\n\n> {LINE}\n",
        f"{SUP}\n\n| a |\n|---|\n| 1 |\n",
        f"| a |\n|---|\n| 1 |\n\n{SUP}\n",
        f"{SUP}\n\n| a |\n|---|\n| 1 |\n\n{SUP}\n",
    ),
    ("markdown", "~~~\ncode"): (
        f"~~~\ncode\n~~~\n\n> {LINE}",
        f"{SUP}\n\n~~~\ncode",
        f"~~~\ncode\n~~~\n\n{SUP}",
        f"{SUP}\n\n~~~\ncode\n~~~\n\n{SUP}",
    ),
}
FORMS = ("line, end, None", "superscript, start, None", "superscript, end, None", "superscript, both, None")


@pytest.mark.parametrize(("container", "text"), WRITTEN)
def test_what_is_written(container, text, put):
    assert tuple(put(text, container, STYLES[form]) for form in FORMS) == WRITTEN[container, text]


@pytest.mark.parametrize(("container", "text"), [case for case in WRITTEN if "~~~" not in case[1]])
def test_a_style_replaces_another_and_nothing_stacks(container, text, put):
    written = {name: put(text, container, style) for name, style in STYLES.items()}
    for before in written.values():
        for name, style in STYLES.items():
            assert put(before, container, style) == written[name]


PAGES = {
    "a page": "<html><body class='x'><h1>T &amp; U </h1><p>x <i>y</i> </p><script>1</script></body></html>",
    "no tags": "words",
    "an empty page": "",
    "a drawing alone": "<body><svg><text>t</text></svg></body>",
    "no end tags": "<p>a<p>b",
    "an end of the page without one of the body": "<html><body>x</html>",
}


@pytest.mark.parametrize("reason", PAGES)
def test_pages(reason, put, read):
    page = PAGES[reason]
    written = {name: put(page, "html", style) for name, style in STYLES.items()}
    own = re.compile(r"<(div|sup) (?:(?!>).)*data-overt-label.*?</\1>")
    for before in written.values():
        assert own.sub("", before) == page
        for name, style in STYLES.items():
            assert put(before, "html", style) == written[name]
    if reason == "a page":
        raised = [token.start for token in tokens(written["superscript, both, None"]) if token.name == "sup"]
        assert written["superscript, both, None"][: raised[0]].endswith("T &amp; U")
        assert own.sub("", written["superscript, both, None"][: raised[2]]).endswith("<i>y")
        assert written["line, end, None"].endswith("</div></body></html>")
        assert [place.where for place in read(written["line, both, None"], "html").places] == [
            "first line",
            "last line",
        ]


FOUND = {
    "plain letters that are raised": ("text", f"标题{RAISED}\n正文"),
    "markup in Markdown": ("markdown", "# 标题<sup>AI</sup>\n正文"),
    "markup of a page": ("html", "<h1>标题<sup class=x>AI</sup></h1>"),
    "at the end": ("text", f"{'字' * 400}\n\n正文{RAISED}"),
}
ABSENT = {
    "the letters AI": ("text", "标题 AI\n正文"),
    "another superscript": ("markdown", "E=mc<sup>2</sup>\n\nx<sup>AIX</sup>"),
    "one in the middle": ("text", f"{'字' * 400}\n{RAISED}\n{'字' * 400}"),
    "letters of a page": ("html", "<h1>AI</h1><sup>1</sup>"),
}


@pytest.mark.parametrize("reason", FOUND)
def test_superscripts_of_others_are_read(reason, read):
    container, text = FOUND[reason]
    assert read(text, container).wording == RAISED


@pytest.mark.parametrize("reason", ABSENT)
def test_what_is_no_superscript(reason, read):
    container, text = ABSENT[reason]
    assert read(text, container) is None


def test_styles_that_come_with_overt():
    assert label.style("superscript").text == "superscript"
    assert label.style("closing").text_at == "end"


def test_a_rulebook_without_such_an_element_is_refused():
    element = RULES.ai_element.model_copy(update={"value": ["人工智能"]})
    rules = RULES.model_copy(update={"ai_element": element})
    assert wording.raised(rules) == ""
    assert wording.find(["标题"], rules) is None
    with pytest.raises(UsageError):
        wording.superscript(rules)


def test_wide_texts_say_where_each_label_is():
    assert wording.find_all(["a", "b"], RULES) is None
    found = wording.find_all([LINE, *["字" * 100] * 9, LINE], RULES)
    assert [place.where for place in found[1]] == ["first line", "last line"]
    assert [place.where for place in wording.find_all([LINE], RULES)[1]] == ["first line"]
    assert [place.where for place in wording.find_all(["a", LINE], RULES)[1]] == ["last line"]


ORDINARY = ("words", "# T", "- item", "1. item", "**b** and `c`", "[a](b)", "标题")
SPECIAL = (
    "    code",
    "```",
    "~~~",
    "| a |",
    "<div>",
    "[a]: b",
    "***",
    "a `b",
    "a\\",
    "# T #",
    "$$",
    "x $y",
    "[a",
    "===",
)


@pytest.mark.parametrize("line", ORDINARY)
def test_lines_that_words_can_follow(line):
    assert is_ordinary(line)


@pytest.mark.parametrize("line", SPECIAL)
def test_lines_whose_markup_they_would_change(line):
    assert not is_ordinary(line)


FENCES = {
    "none": ("a\nb", ""),
    "one": ("```py\nx", "```"),
    "closed": ("```\nx\n```", ""),
    "longer": ("````\n```\n", "````"),
    "another kind": ("~~~\n```\n", "~~~"),
    "a code span": ("```a``` b", ""),
    "words behind a fence do not close it": ("```\n``` x", "```"),
    "indented too far": ("    ```\n", ""),
}


@pytest.mark.parametrize("reason", FENCES)
def test_open_fences(reason):
    text, fence = FENCES[reason]
    assert open_fence(text) == fence
    pieces = Fences()
    for letter in text:
        pieces.feed(letter)
    assert pieces.open == fence


@given(st.text(), st.text())
def test_a_difference_makes_one_text_the_other(old, new):
    start, stop, text = difference(old, new)
    assert old[:start] + text + old[stop:] == new


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    text=st.text(st.sampled_from("a字 \n\r\t`~#|<>-*[]()【】ᴬᴵ>="), max_size=40),
    container=st.sampled_from(["text", "markdown"]),
    style=st.sampled_from(list(STYLES)),
)
def test_any_text_is_labelled_once(text, container, style, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(text.encode())
    try:
        report = LABELLER.put(source, target, container, RULES, STYLES[style])
    except (MediaError, ReadBackError):
        return
    assert report.places
    once = target.read_bytes()
    LABELLER.put(target, source, container, RULES, STYLES[style])
    assert source.read_bytes() == once
