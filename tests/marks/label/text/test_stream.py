"""Labels of streamed text: there wherever the client stops listening."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apart import apart
from overt.formats.front_matter import body_start
from overt.marks.label import wording
from overt.marks.label.model import LabelStyle
from overt.marks.label.text import stream
from overt.marks.label.text.labeller import lines
from overt.marks.label.text.stream import Labelling, events, events_async, labelled, labelled_async, server_sent
from overt.marks.metadata.aigc import Aigc
from overt.rulebook import load

RULES = load().label
LINE = "【本内容由人工智能生成】"
STYLES = {
    f"{text}, {second}": LabelStyle(text=text, second_language=second)
    for text in ("line", "superscript")
    for second in (None, "en")
}
MARKUPS = ("text", "markdown", "html")
AIGC = Aigc("1", "Some", "id", "", "Some", "id", "")


def sent(chunks: Iterable[str], style: LabelStyle | None = None, markup="markdown") -> list[str]:
    return list(labelled(chunks, RULES, style, markup=markup))


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:stop] for start, stop in pairwise(places)]


def is_labelled(shown: str, markup: str) -> bool:
    return wording.find(lines(shown, markup, RULES), RULES) is not None


WRITTEN = {
    "text": ("text", ["你好", "。"], [f"{LINE}\n\n", "你好", "。", f"\n\n{LINE}\n"]),
    "Markdown": ("markdown", ["# T\n", "x"], [f"> {LINE}\n\n# T\n", "x", f"\n\n> {LINE}\n"]),
    "an end of line": ("markdown", ["x\n"], [f"> {LINE}\n\nx\n", f"\n> {LINE}\n"]),
    "an open fence": ("markdown", ["``", "`py\nx"], [f"> {LINE}\n\n``", "`py\nx", f"\n```\n\n> {LINE}\n"]),
    "front matter": (
        "markdown",
        ["-", "--\n", "a: 1\n-", "--", "\nx", "y"],
        [f"---\na: 1\n---\n> {LINE}\n\nx", "y", f"\n\n> {LINE}\n"],
    ),
    "a thematic break": ("markdown", ["---\n", "Words\n", "x"], [f"> {LINE}\n\n---\nWords\n", "x", f"\n\n> {LINE}\n"]),
    "nothing": ("text", [], [f"{LINE}\n\n"]),
    "nothing in Markdown": ("markdown", ["", ""], [f"> {LINE}\n\n"]),
    "front matter that breaks off": ("markdown", ["---\n", "a: 1"], [f"> {LINE}\n\n---\na: 1\n\n> {LINE}\n"]),
}


@pytest.mark.parametrize("reason", WRITTEN)
def test_what_is_sent(reason):
    markup, chunks, wanted = WRITTEN[reason]
    assert sent(chunks, markup=markup) == wanted


def test_a_page_in_pieces():
    before, *body, after = sent(["<p>a", "b</p>"], markup="html")
    assert body == ["<p>a", "b</p>"]
    assert before == after
    assert before.startswith("<div role=")
    assert len(sent(["<p>a", "<!-- b"], markup="html")) == 3, "a comment that never ends would swallow the second one"
    assert len(sent(["<p>a", "<script>b"], markup="html")) == 3
    assert len(sent(["<p>a", "<b"], markup="html")) == 3


CONTENT = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("ab字 \n\r`~#-+>*|:{}<&👩‍👩‍👧é"), max_size=60),
    st.sampled_from(
        [
            "---\ntitle: 一\ntags: [a, b]\n---\n# T\n\nwords",
            "+++\na = 1\n+++\nx",
            "```py\nx = 1\n```\n",
            "````\n```\nx",
            "| a |\n|---|\n| 1 |",
            "<div>\n<p>x",
            "    code",
            "- a\n  - b",
            "👩‍👩‍👧‍👦 e\u0301",
        ]
    ),
)


@given(CONTENT, st.lists(st.integers(0, 99), max_size=8), st.sampled_from(MARKUPS), st.sampled_from(list(STYLES)))
def test_wherever_the_client_stops_the_label_is_there(text, cuts, markup, style):
    chunks = pieces(text, cuts)
    out = sent(chunks, STYLES[style], markup)
    assert out
    for count in range(1, len(out) + 1):
        shown = "".join(out[:count])
        assert is_labelled(shown, markup), shown
    # And at every letter of what follows the first piece.
    first, rest = out[0], "".join(out[1:])
    for stop in range(0, len(rest), 7):
        assert is_labelled(first + rest[:stop], markup)


@given(CONTENT, st.lists(st.integers(0, 99), max_size=8), st.sampled_from(MARKUPS), st.sampled_from(list(STYLES)))
def test_the_content_is_whole_and_its_pieces_are_handed_on(text, cuts, markup, style):
    chunks = pieces(text, cuts)
    labelling = Labelling(RULES, STYLES[style], markup=markup)
    out = [labelling.start(), *map(labelling.piece, chunks), labelling.end()]
    whole = "".join(out)
    label = labelling._before
    assert whole.replace(label, "", 1).startswith(text) or (
        body_start(text) and whole.startswith(text[: body_start(text)])
    )
    if markup != "markdown":
        assert out[1:-1] == chunks


@given(CONTENT.map(lambda text: f"---\na: 1\n---\n{text}"), st.lists(st.integers(0, 99), max_size=8))
def test_front_matter_stays_at_the_head(text, cuts):
    whole = "".join(sent(pieces(text, cuts)))
    assert whole.startswith("---\na: 1\n---\n")
    assert body_start(whole) == len("---\na: 1\n---\n")


def test_what_only_begins_like_front_matter_is_not_held_for_long():
    labelling = Labelling(RULES)
    assert labelling.piece("---\n" + "a: 1\n" * 4_000).startswith("> ")
    labelling = Labelling(RULES)
    assert labelling.piece("--") == ""
    assert labelling.piece(" no").startswith("> ")


def test_a_stream_that_fails_has_no_second_label():
    def failing():
        yield "a"
        raise RuntimeError("gone")

    out = []
    with pytest.raises(RuntimeError):
        out.extend(labelled(failing(), RULES, markup="text"))
    assert out == [f"{LINE}\n\n", "a"]


def test_once_alone_if_asked():
    labelling = Labelling(RULES, markup="text", again=False)
    assert [labelling.start(), labelling.piece("a"), labelling.end()] == [f"{LINE}\n\n", "a", ""]


def test_asynchronous_pieces():
    async def chunks() -> AsyncIterator[str]:
        for each in ("a", "", "b"):
            yield each

    async def collect() -> list[str]:
        return [each async for each in labelled_async(chunks(), RULES, markup="text")]

    async def collect_events() -> list[stream.Event]:
        return [each async for each in events_async(labelled_async(chunks(), RULES, markup="text"), AIGC.values())]

    assert apart(asyncio.run, collect()) == sent(["a", "", "b"], markup="text")
    assert apart(asyncio.run, collect_events()) == list(events(sent(["a", "b"], markup="text"), AIGC.values()))


def test_events_carry_the_object_first_and_last():
    told = list(events(labelled(["你", "好"], RULES, markup="text"), AIGC.values()))
    assert [set(event) for event in told] == [{"text", "aigc"}, *[{"text"}] * 4, {"text", "aigc"}]
    assert told[0]["aigc"] == told[-1]["aigc"] == AIGC.values()
    assert "".join(str(event["text"]) for event in told) == f"{LINE}\n\n你好\n\n{LINE}\n"
    line = server_sent(told[2])
    assert line == 'data: {"text":"你"}\n\n'
    assert json.loads(server_sent({"text": "a\nb"}).removeprefix("data: ")) == {"text": "a\nb"}
