from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats.container import Field, Note
from overt.formats.front_matter import body_start
from overt.formats.markdown import CONTAINER

AIGC = (
    '{"Label":"1","ContentProducer":"0011","ProduceID":"12","ReservedCode1":"{\\"a\\":\\"b\\"}",'
    '"ContentPropagator":"0011","PropagateID":"12","ReservedCode2":""}'
)
NOTE = Note("AIGC", AIGC, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
BLOCK = (
    'AIGC:\n  Label: "1"\n  ContentProducer: "0011"\n  ProduceID: "12"\n  ReservedCode1: "{\\"a\\":\\"b\\"}"\n'
    '  ContentPropagator: "0011"\n  PropagateID: "12"\n  ReservedCode2: ""\n'
)


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes) -> bytes:
    return CONTAINER.put(data, NOTE, is_aigc).apply(data)


WRITTEN = {
    "no front matter": ("# T\n", f"---\n{BLOCK}---\n# T\n"),
    "an empty file": ("", f"---\n{BLOCK}---\n"),
    "empty front matter": ("---\n---\nT", f"---\n{BLOCK}---\nT"),
    "front matter of comments": ("---\n# c\n---\nT", f"---\n# c\n{BLOCK}---\nT"),
    "other keys, comments and order": (
        "---\nz: 0011  # keep\n\n# c\na: [1, 2]\n---\nT",
        f"---\nz: 0011  # keep\n\n# c\na: [1, 2]\n{BLOCK}---\nT",
    ),
    "a block mapping": (
        "---\na: 1\nAIGC:\n  Label: 2\n  X: |\n    long\n    text\nb: 2\n---\n",
        f"---\na: 1\n{BLOCK}b: 2\n---\n",
    ),
    "one line of JSON": ('---\nAIGC: {"Label":"2"} # old\nb: 2\n...\nT', f"---\n{BLOCK}b: 2\n...\nT"),
    "two older notes": ("---\nAIGC: x\nb: 2\nmy_aigc: y\n---\n", f"---\n{BLOCK}b: 2\n---\n"),
    "a repeated key": ("---\nAIGC: x\nAIGC: y\n---\n", f"---\n{BLOCK}---\n"),
    "a thematic break and text": ("---\nhello\n---\n", f"---\n{BLOCK}---\n---\nhello\n---\n"),
    "an opening line alone": ("---\nhello\n", f"---\n{BLOCK}---\n---\nhello\n"),
    "indented keys": (
        "---\n  a: 1\n---\n",
        f"---\n  a: 1\n{''.join('  ' + line + chr(10) for line in BLOCK.splitlines())}---\n",
    ),
}


@pytest.mark.parametrize("reason", WRITTEN)
def test_written_as_the_guide_says_and_nothing_else_changes(reason):
    before, after = WRITTEN[reason]
    assert put(before.encode()).decode() == after
    assert put(after.encode()).decode() == after, "writing twice gives the same bytes"
    (field,) = filter(is_aigc, CONTAINER.survey(after.encode()).fields)
    assert (field.key, field.text, field.place) == ("AIGC", AIGC, CONTAINER.place)


@pytest.mark.parametrize(
    ("codec", "bom"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("gb18030", b"")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encoding_and_line_endings_are_kept(codec, bom, newline):
    before = newline.join(["---", "title: 标题", "---", "正文", ""])
    out = put(bom + before.encode(codec))
    assert out.startswith(bom)
    after = out[len(bom) :].decode(codec)
    assert after == newline.join(["---", "title: 标题", *BLOCK.splitlines(), "---", "正文", ""])


def test_an_independent_yaml_reader_agrees():
    out = put(b"---\ntitle: T\n---\nbody").decode()
    assert yaml.safe_load(out.split("---")[1])["AIGC"] == json.loads(AIGC)


def test_values_are_text_never_numbers():
    data = b"---\nAIGC:\n  Label: 1\n  ContentProducer: 0011\n  ProduceID: 1e3\n  ReservedCode1: true\n  x: ~\n---\n"
    (field,) = CONTAINER.survey(data).fields
    assert field.text == '{"Label":"1","ContentProducer":"0011","ProduceID":"1e3","ReservedCode1":"true","x":"~"}'
    assert field.offset == 4


def test_toml_is_read_and_refused_for_writing():
    data = b'+++\ntitle = "T"\n[AIGC]\nLabel = "1"\nn = 2\nd = 2026-01-01\n+++\nbody'
    title, field = CONTAINER.survey(data).fields
    assert (title.text, field.key, json.loads(field.text)["Label"]) == ("T", "AIGC", "1")
    with pytest.raises(UnsupportedError, match="TOML") as caught:
        put(data)
    assert "YAML" in caught.value.diagnostics().en


HOSTILE = {
    "an alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "a Python tag": "a: !!python/object/apply:os.system ['true']",
    "a tag": "a: !!binary aGk=",
    "nested ten thousand deep": "a: " + "[" * 10_000,
    "nested by indentation": "\n".join(" " * n + "a:" for n in range(60)),
    "fifty thousand items": "a: [" + "x," * 50_000 + "]",
    "unclosed quotes": 'a: "x',
    "a tab": "a:\n\t- b",
    "an escape out of range": 'a: "\\UFFFFFFFF"',
    "a control character": "a: \x85\ufffe",
    "a repeated inner key": "AIGC: {Label: '1', Label: '2'}",
    "two documents on one line": "a: b: c",
    "half a megabyte": "# " + "x" * (1 << 19),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_front_matter_is_a_fault_never_absent(reason):
    data = f"---\n{HOSTILE[reason]}\n---\nbody".encode()
    survey = CONTAINER.survey(data)
    assert survey.faults
    with pytest.raises((FormatError, UnsupportedError, BudgetError)):
        put(data)


def test_a_flow_mapping_is_read_and_refused_for_writing():
    data = b'---\n{"AIGC": {"Label": "1"}, b: 2}\n---\n'
    assert [field.key for field in CONTAINER.survey(data).fields] == ["AIGC", "b"]
    with pytest.raises(UnsupportedError, match="flow"):
        put(data)


@pytest.mark.parametrize(
    ("text", "start"),
    [("---\na: 1\n---\nT", 13), ("---\r\na: 1\r\n---\r\nT", 16), ("+++\na=1\n+++\nT", 12), ("---\nT", 0), ("T", 0)],
)
def test_where_the_body_begins(text, start):
    assert body_start(text) == start


@pytest.mark.parametrize(("head", "least"), [(b"---\ntitle: x\n", 40), (b"# T\n", 10), (b"plain words", 10)])
def test_sniffing(head, least):
    assert CONTAINER.sniff(head) == least


@pytest.mark.parametrize("head", [b"\0\1", b""])
def test_sniffing_says_no(head):
    assert CONTAINER.sniff(head) == 0


plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40)


@given(st.dictionaries(st.text("abcXYZ_", min_size=1, max_size=8), st.text(max_size=20), min_size=1), plain)
def test_every_object_of_strings_comes_back(value, body):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    out = CONTAINER.put(body.encode(), Note("AIGC", text, "n", "p"), is_aigc).apply(body.encode())
    (field,) = filter(is_aigc, CONTAINER.survey(out).fields)
    assert field.text == text
    assert out.endswith(body.encode())


pieces = st.lists(
    st.sampled_from(
        [
            "---",
            "\n",
            "...",
            "a: ",
            "AIGC:",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            '"',
            "'",
            "|",
            ">",
            "#",
            "&x",
            "*x",
            "? ",
            ": ",
            "%",
            "!t",
            "\t",
            "é",
        ]
    ),
    max_size=30,
).map("".join)


@given(pieces | st.text(max_size=60))
def test_any_front_matter_is_told_or_refused(content):
    data = f"---\n{content}\n---\nbody".encode("utf-8", "replace")
    try:
        CONTAINER.survey(data)
        out = put(data)
    except MediaError:
        return
    assert [field.text for field in filter(is_aigc, CONTAINER.survey(out).fields)] == [AIGC]
    assert put(out) == out
