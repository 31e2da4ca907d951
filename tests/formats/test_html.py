from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from overt.errors import MediaError, UnsupportedError
from overt.formats import html_tokens
from overt.formats.container import Field, Note
from overt.formats.html import CONTAINER

AIGC = '{"Label":"1","ContentProducer":"0011","ProduceID":"1&2","ReservedCode1":"{\\"a\\":\\"<b>\'\\"}"}'
NOTE = Note("AIGC", AIGC, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
META = (
    '<meta name="AIGC" content="{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;0011&quot;,'
    "&quot;ProduceID&quot;:&quot;1&amp;2&quot;,&quot;ReservedCode1&quot;:&quot;{\\&quot;a\\&quot;:"
    '\\&quot;&lt;b&gt;&#x27;\\&quot;}&quot;}">'
)


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes) -> bytes:
    return CONTAINER.put(data, NOTE, is_aigc).apply(data)


class Metas(HTMLParser):
    """An independent reader."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "meta" and dict(attrs).get("name") == "AIGC":
            self.found.append(dict(attrs)["content"])


WRITTEN = {
    "a head": ("<html><head><title>t</title></head>", f"<html><head>\n{META}<title>t</title></head>"),
    "a charset": (
        "<!DOCTYPE html>\r\n<head>\r\n<meta charset='utf-8'>\r\n<title>t</title>",
        f"<!DOCTYPE html>\r\n<head>\r\n<meta charset='utf-8'>\r\n{META}\r\n<title>t</title>",
    ),
    "a charset the old way": (
        '<head><META HTTP-EQUIV="Content-Type" content="text/html; charset=utf-8"></head>',
        f'<head><META HTTP-EQUIV="Content-Type" content="text/html; charset=utf-8">\n{META}</head>',
    ),
    "no head": ("<!-- c -->\n<html>\n<body>x", f"<!-- c -->\n<html>\n<head>{META}</head>\n<body>x"),
    "a head without its tags": ("<!DOCTYPE html>\n<title>t</title>x", f"<!DOCTYPE html>\n{META}\n<title>t</title>x"),
    "text alone": ("<p>x", f"<head>{META}</head>\n<p>x"),
    "nothing": ("", f"<head>{META}</head>\n"),
    "an older note": ("<head><meta content=old name=Aigc /><b>", f"<head>{META}<b>"),
    "two older notes": ('<head><meta name=AIGC content="1"><meta name="x-aigc" content=2>', f"<head>{META}"),
    "XHTML": (
        '<?xml version="1.0"?><html><head id="h"/><body/></html>',
        f'<?xml version="1.0"?><html><head id="h">{META[:-1]} /></head><body/></html>',
    ),
}


@pytest.mark.parametrize("reason", WRITTEN)
def test_written_into_the_head_and_nothing_else_changes(reason):
    before, after = WRITTEN[reason]
    assert put(before.encode()).decode() == after.replace("\n<b>", "<b>")
    assert put(after.encode()).decode() == after
    (field,) = filter(is_aigc, CONTAINER.survey(after.encode()).fields)
    assert (field.key, field.text) == ("AIGC", AIGC)
    assert Metas(after).found == [AIGC]


@pytest.mark.parametrize(
    ("declared", "codec", "bom"),
    [
        ("", "utf-8", b""),
        ("", "utf-8", b"\xef\xbb\xbf"),
        ("", "utf-16-le", b"\xff\xfe"),
        ("", "utf-16-be", b"\xfe\xff"),
        ("", "gb18030", b""),
        ("<meta charset=GB2312>", "gb18030", b""),
        ("<meta charset='big5'>", "big5hkscs", b""),
        ("<meta charset=Shift_JIS>", "cp932", b""),
    ],
)
def test_encodings(declared, codec, bom):
    page = f"<html><head>{declared}<title>中文人工</title></head>"
    out = put(bom + page.encode(codec))
    after = out[len(bom) :].decode(codec)
    assert after.replace("\n" + META, "") == page
    assert Metas(after).found == [AIGC]


NO_MARK = {
    "in a comment": "<!-- <meta name=AIGC content=1> -->",
    "in a comment that never ends": "<!-- <meta name=AIGC content=1>",
    "in a script": "<script>let x = '<meta name=AIGC content=1>'</script>",
    "in a style": "<style><meta name=AIGC content=1></STYLE >",
    "in a title": "<title><meta name=AIGC content=1></title>",
    "in a textarea": "<textarea><meta name=AIGC content=1>",
    "in a template": "<template><div><meta name=AIGC content=1></template>",
    "in an attribute": "<p title='<meta name=AIGC content=1>'>",
    "in an attribute that never ends": "<p title='<meta name=AIGC content=1>",
    "in a bogus comment": "<!foo <meta name=AIGC content=1>",
    "in CDATA of XHTML": "<?xml version='1.0'?><p><![CDATA[<a><meta name=AIGC content=1>]]></p>",
    "cut off": "<meta name=AIGC content=1",
    "without a content": "<meta name=AIGC>",
    "under another name": "<metadata name=AIGC content=1>",
}


@pytest.mark.parametrize("reason", NO_MARK)
def test_what_is_no_meta_element_is_no_mark(reason):
    assert not CONTAINER.survey(NO_MARK[reason].encode()).fields


MARK = {
    "attributes in another order": "<meta content='{}' name='AIGC'>",
    "capital letters": "<META NAME=AIGC CONTENT={}>",
    "spaces and lines": "<meta\n name = AIGC\n content =\t'{}'\n/>",
    "a property": "<meta property=AIGC content={}>",
    "after a comment that ends at once": "<!--><meta name=AIGC content={}>",
    "after an end tag with attributes": "</p x='>'><meta name=AIGC content={}>",
    "after a lone angle": "a < b <meta name=AIGC content={}>",
    "in the body": "<body><p><meta name=AIGC content={}>",
    "the first of repeated attributes": "<meta name=AIGC name=x content={} content=2>",
    "with stray control characters": "\x0b\x01<meta name=AIGC content={}>\x00",
    "with bytes of no encoding": "\udcff\udcff<meta name=AIGC content={}>",
}


@pytest.mark.parametrize("reason", MARK)
def test_tolerant_reading(reason):
    (field,) = CONTAINER.survey(MARK[reason].encode("utf-8", "surrogateescape")).fields
    assert (field.key, field.text) == ("AIGC", "{}")


@pytest.mark.parametrize("label", ["iso-2022-jp", "utf-7", "hz-gb-2312", "x-unheard-of"])
def test_encodings_that_cannot_be_told_are_refused(label):
    with pytest.raises(UnsupportedError):
        put(f"<meta charset={label}>".encode())


@pytest.mark.parametrize(
    ("head", "least", "most"),
    [
        (b"<!DOCTYPE html>", 90, 90),
        (b"\xef\xbb\xbf \n<!-- c --><!doctype HTML>", 90, 90),
        (b"<html lang=zh>", 70, 70),
        (b"<p>x", 10, 10),
        (b"# markdown with <html>", 10, 10),
        (b"words", 0, 0),
        (b"\x89PNG<html>\0", 0, 0),
    ],
)
def test_sniffing(head, least, most):
    assert least <= CONTAINER.sniff(head) <= most


def test_a_page_of_too_many_tags_is_over_budget(monkeypatch):
    monkeypatch.setattr(html_tokens, "TOKEN_LIMIT", 100)
    with pytest.raises(MediaError):
        CONTAINER.survey(b"<a>" * 101)


fragments = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            "meta",
            " name=AIGC",
            " content",
            "=",
            '"',
            "'",
            "<!--",
            "-->",
            "<head>",
            "</head>",
            "<script>",
            "</script",
            "<title>",
            "<html ",
            "<template>",
            "</template>",
            "<![CDATA[",
            "]]>",
            "<?xml",
            " ",
            "\n",
            "x",
            "中",
            "&amp;",
            "<meta charset=gbk>",
            "<body>",
        ]
    ),
    max_size=25,
).map("".join)


@given(fragments)
def test_tokens_cover_the_page_without_gaps(page):
    at = 0
    for token in html_tokens.tokens(page):
        assert token.start == at < token.stop
        at = token.stop
    assert at == len(page)


@given(fragments)
def test_any_page_takes_exactly_one_note_or_is_refused(page):
    try:
        out = put(page.encode())
    except MediaError:
        return
    found = [field.text for field in filter(is_aigc, CONTAINER.survey(out).fields)]
    assert found == [AIGC]
    assert put(out) == out


@given(st.binary(max_size=200))
def test_any_bytes_are_told_or_refused(data):
    try:
        CONTAINER.survey(data)
        put(data)
    except MediaError:
        return


def test_json_survives():
    assert json.loads(CONTAINER.survey(put(b"")).fields[0].text) == json.loads(AIGC)


def test_xhtml_without_a_declaration_stays_well_formed():
    page = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>y</body></html>'
    out = put(page)
    root = etree.fromstring(out)  # As a browser reads it under the name .xhtml.
    assert root.find(".//{*}meta").get("content") == NOTE.text
