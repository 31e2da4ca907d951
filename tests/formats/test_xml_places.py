from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError
from overt.formats import xml_places
from overt.formats.xml_places import apply, escape, quoted, read

SAMPLE = (
    b'<?xml version="1.0"?>\n<a xmlns="u" xmlns:p="v" t="x > y"><!-- <b/> --><b p:k=\'1\'>one<c/>two</b><p:d /><b></b>'
    b"<![CDATA[<b>]]></a>\n"
)


def test_places_are_those_of_the_bytes():
    document = read(SAMPLE, "x", text_of=["{u}b"])
    raw = document.raw
    told = [(each.name, raw[each.start : each.inner], raw[each.inner : each.end]) for each in document.elements[1:]]
    assert told == [
        ("{u}b", b"<b p:k='1'>", b"one<c/>two"),
        ("{u}c", b"<c/>", b""),
        ("{v}d", b"<p:d />", b""),
        ("{u}b", b"<b>", b""),
    ]
    first, inner, empty, pair = document.elements[1:]
    assert (first.get("{v}k"), first.text, first.local, first.namespace, first.depth) == ("1", "onetwo", "b", "u", 1)
    assert (inner.is_empty_tag, empty.is_empty_tag, pair.is_empty_tag) == (True, True, False)
    assert raw[document.root.start : document.root.stop] == SAMPLE.split(b"\n")[1]
    assert list(document.children(document.root)) == [first, empty, pair]
    assert list(document.within(first)) == [inner]


def test_changes_touch_nothing_else():
    document = read(SAMPLE, "x")
    first, _, empty, pair = document.elements[1:]
    out = apply(
        document.raw,
        [document.inside(empty, "x"), (first.start, first.stop, ""), document.inside(pair, "<e/>", last=True)],
    )
    assert out == SAMPLE.replace(b"<b p:k='1'>one<c/>two</b>", b"").replace(b"<p:d />", b"<p:d >x</p:d>").replace(
        b"<b></b>", b"<b><e/></b>"
    )
    with pytest.raises(FormatError):
        apply(SAMPLE, [(0, 9, ""), (4, 5, "")])


def test_prefixes_that_the_root_declares_are_taken():
    document = read(SAMPLE, "x")
    assert document.prefix("v", "q") == ("p:", "")
    assert document.prefix("u", "q") == ("q:", ' xmlns:q="u"')


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "gb18030", "utf-8-sig"])
def test_other_encodings_become_utf_8(codec):
    name = "utf-16" if codec.startswith("utf-16") else codec.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><a>字</a>'
    raw = text.encode(codec) if codec != "utf-16-le" else b"\xff\xfe" + text.encode(codec)
    assert read(raw, "x", text_of=["a"]).root.text == "字"


def test_depth_and_closed_elements_leave_out_what_is_inside():
    raw = b"<a><b><c><d/></c></b><e/></a>"
    assert [each.name for each in read(raw, "x", depth=2).elements] == ["a", "b", "e"]
    assert [each.name for each in read(raw, "x", closed=["b"]).elements] == ["a", "b", "e"]


def test_a_document_that_breaks_off_is_read_up_to_there_if_asked():
    document = read(b"<a><b>x</b><c><d", "x", partial=True)
    assert [(each.name, each.stop) for each in document.elements] == [("a", 16), ("b", 11), ("c", 16)]
    with pytest.raises(FormatError):
        read(b"<a><b>x</b><c><d", "x")
    with pytest.raises(FormatError):
        read(b"  ", "x", partial=True)


HOSTILE = {
    "nothing": (b"", FormatError),
    "no XML": (b"<a><b></a>", FormatError),
    "an entity bomb": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', FormatError),
    "a lie about its encoding": (b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>', FormatError),
    "an encoding that does not exist": (b'<?xml version="1.0" encoding="x-none"?><a/>', FormatError),
    "a prefix without a namespace": (b"<p:a/>", FormatError),
    "ten thousand levels": (b"<a>" * 10_000 + b"</a>" * 10_000, BudgetError),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_documents_are_refused(reason):
    raw, error = HOSTILE[reason]
    with pytest.raises(error):
        read(raw, "x")


def test_too_many_elements_are_over_budget(monkeypatch):
    monkeypatch.setattr(xml_places, "ELEMENT_LIMIT", 10)
    with pytest.raises(BudgetError):
        read(b"<a>" + b"<b/>" * 11 + b"</a>", "x")


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_that_xml_holds_comes_back(text):
    markup = f"<a b={quoted(text)}>{escape(text)}</a>"
    try:
        raw = apply(b"<x></x>", [(3, 3, markup)])
    except FormatError:
        assert any(letter < " " and letter not in "\t\n\r" for letter in text) or set(text) & {"\ufffe", "\uffff"}
        return
    element = read(raw, "x", text_of=["a"]).elements[1]
    assert element.text == text
    assert element.get("b") == text


@given(
    st.binary(max_size=200)
    | st.builds(lambda at, new: SAMPLE[:at] + new + SAMPLE[at:], st.integers(0, 130), st.binary(max_size=8))
)
def test_any_bytes_are_read_or_refused(raw):
    for partial in (False, True):
        try:
            document = read(raw, "x", partial=partial)
        except MediaError:
            continue
        for each in document.elements:
            assert 0 <= each.start <= each.inner <= each.stop <= len(document.raw)
