from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import identify, svg
from overt.formats.container import Container, Field, Note
from overt.formats.text import TEXT_LIMIT

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"a<b>&\'c","ReservedCode1":"",'
    '"ContentPropagator":"","PropagateID":"","ReservedCode2":"]]>"}'
)
OLD = '{"Label":"2"}'
NOTE = Note("AIGC", JSON, URI, "TC260")
SVG: Container
SVG, SVGZ = svg.CONTAINERS
DECLARED = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"'
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SHAPE = '<g><path d="M0 0h9v9z"/><text>词 &amp; words</text></g>'


def superseded(found: Field) -> bool:
    return "AIGC" in found.key.upper() or '"AIGC"' in found.text


def put(data: bytes, note: Note = NOTE) -> bytes:
    return SVG.put(data, note, superseded).apply(data)


def labels(data: bytes) -> list[tuple[str, str]]:
    survey = SVG.survey(data)
    assert not survey.faults
    return [(found.place, found.text) for found in survey.fields if superseded(found)]


INKSCAPE = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape -->
<svg xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#"
   xmlns:rdf="{RDF}" xmlns:svg="http://www.w3.org/2000/svg" {DECLARED} version="1.1">
  <defs id="defs2" />
  <metadata id="metadata5">
    <rdf:RDF>
      <cc:Work rdf:about="">
        <dc:format>image/svg+xml</dc:format>
        <dc:title>A hill</dc:title>
      </cc:Work>
    </rdf:RDF>
  </metadata>
  {SHAPE}
</svg>
"""
ILLUSTRATOR = (
    '<?xml version="1.0" encoding="iso-8859-1"?>\r\n<!-- Generator: Adobe Illustrator -->\r\n'
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\r\n'
    f"<svg {DECLARED} x='a>b'>\r\n<title>Caf\u00e9</title>\r\n<desc>of one's own</desc>\r\n"
    "<path d='M0 0'/>\r\n</svg>\r\n"
)
DRAWINGS = {
    "plain": f"<svg {DECLARED}>{SHAPE}</svg>".encode(),
    "empty": f"<svg {DECLARED}/>".encode(),
    "with a prefix": b'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><s:g/></s:svg>',
    "with the usual prefix": b'<svg:svg xmlns:svg="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><svg:g/></svg:svg>',
    "Inkscape": INKSCAPE.encode(),
    "Illustrator in Latin-1": ILLUSTRATOR.encode("latin-1"),
    "a mark and no declaration": b"\xef\xbb\xbf" + f"<svg {DECLARED}>{SHAPE}</svg>\n".encode(),
    "UTF-16": f'<?xml version="1.0" encoding="UTF-16"?><svg {DECLARED}>{SHAPE}</svg>'.encode("utf-16"),
    "GB 18030": f'<?xml version="1.0" encoding="GB18030"?>\n<svg {DECLARED}>{SHAPE}</svg>'.encode("gb18030"),
    "empty metadata": f"<svg {DECLARED}><metadata/>{SHAPE}</svg>".encode(),
    "metadata of others": f'<svg {DECLARED}><metadata><m:x xmlns:m="urn:m">y</m:x></metadata></svg>'.encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", DRAWINGS)
def test_strangers_read_the_note_and_the_drawing_is_untouched(kind, tmp_path):
    data = DRAWINGS[kind]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert put(put(marked, Note("AIGC", OLD, URI, "TC260"))) == marked
    tree = etree.fromstring(marked)
    assert [one.text for one in tree.iter(f"{{{URI}}}AIGC")] == [JSON]
    assert not tree.xpath("//*[local-name()='RDF'][not(ancestor::*[local-name()='metadata'])]")
    assert drawn(etree.fromstring(data)) == drawn(tree)
    splice = SVG.put(data, NOTE, superseded)
    assert sum(len(piece) for piece in splice.pieces if isinstance(piece, range)) >= len(data) - 90
    if kind not in {"UTF-16", "GB 18030", "with a prefix"}:  # Those that exiftool does not know.
        (tmp_path / "a.svg").write_bytes(marked)
        run = subprocess.run(["exiftool", "-j", "-G1", "-a", "-s", tmp_path / "a.svg"], capture_output=True, check=True)
        seen = json.loads(run.stdout)[0]
        assert seen["XMP-TC260:Aigc"] == JSON
        if kind == "Inkscape":
            assert "A hill" in seen.values()


def drawn(tree: etree._Element) -> list[tuple[str, dict[str, str], str]]:
    """Everything but the metadata."""
    outside = tree.xpath("//*[not(ancestor-or-self::*[local-name()='metadata'])]")
    return [(str(one.tag), dict(one.attrib), (one.text or "").strip()) for one in outside]


FULL = (
    f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:T="{URI}">'
    f"<T:AIGC>{OLD}</T:AIGC><T:Other>x</T:Other></rdf:Description></rdf:RDF>"
)
QUOTED = OLD.replace('"', "&quot;")
ATTRIBUTE = f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description xmlns:T="{URI}" T:AIGC="{QUOTED}"/></rdf:RDF>'
WHOLE = (
    f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">{FULL}</x:xmpmeta>'
    '<?xpacket end="w"?>'
)
LABELLED = {
    "element": (f"<metadata>{FULL}</metadata>", "XMP", OLD),
    "attribute": (f"<metadata>{ATTRIBUTE}</metadata>", "XMP", OLD),
    "a whole packet": (f"<g/><metadata>{WHOLE}</metadata>", "XMP", OLD),
    "bare text": (f'<metadata>{{"AIGC":{OLD}}}</metadata>', "SVG metadata", f'{{"AIGC":{OLD}}}'),
    "an element named so": (f"<metadata><AIGC>{OLD}</AIGC></metadata>", "SVG metadata", OLD),
    "a comment": (f"<!-- AIGC{OLD} -->", "SVG comment", OLD),
}  # fmt: skip


@pytest.mark.parametrize("reason", LABELLED)
def test_every_place_is_read_and_then_replaced(reason):
    inner, place, text = LABELLED[reason]
    data = f"<svg {DECLARED}>{inner}{SHAPE}</svg>".encode()
    assert labels(data) == [(place, text)]
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked
    assert OLD.encode() not in marked
    assert (b"T:Other" in marked) == ("T:Other" in inner)
    assert SHAPE.encode() in marked


def test_one_note_remains_of_many():
    data = f"<svg {DECLARED}>{''.join(inner for inner, *_ in LABELLED.values())}{SHAPE}</svg>".encode()
    assert len(labels(data)) == len(LABELLED)
    marked = put(data)
    assert labels(marked) == [("XMP", JSON)]
    assert put(marked) == marked


def test_texts_are_told():
    told = {(found.place, found.key, found.text) for found in SVG.survey(DRAWINGS["Illustrator in Latin-1"]).fields}
    assert told == {
        ("SVG title", "title", "Café"), ("SVG desc", "desc", "of one's own"),
        ("SVG comment", "Comment", "Generator: Adobe Illustrator"),
    }  # fmt: skip
    inkscape = SVG.survey(DRAWINGS["Inkscape"])
    assert ("title", "A hill") in {(found.key, found.text) for found in inkscape.fields}
    marked = SVG.survey(put(DRAWINGS["UTF-16"]))
    offset = next(found.offset for found in marked.fields if found.key == "AIGC")
    assert put(DRAWINGS["UTF-16"])[offset:].decode("utf-16-le").startswith("<rdf:RDF")


def test_the_note_stands_behind_title_and_description():
    marked = put(DRAWINGS["Illustrator in Latin-1"]).decode("latin-1")
    assert marked.index("</desc>") < marked.index("<metadata>") < marked.index("<path")


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
DEEP = f'<r:RDF xmlns:r="{RDF}">{"<a>" * 90}{"</a>" * 90}</r:RDF>'
HOSTILE = {
    "entities": (f"{BOMB}<svg {DECLARED}><text>&b;</text></svg>", UnsupportedError),
    "one entity": (f'<!DOCTYPE svg [<!ENTITY ns "urn:a">]><svg {DECLARED}/>', UnsupportedError),
    "an entity elsewhere": (f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///x">]><svg {DECLARED}/>', UnsupportedError),
    "parameter entities": (f'<!DOCTYPE svg [<!ENTITY % x "y">]><svg {DECLARED}/>', UnsupportedError),
    "cut off": (f"<svg {DECLARED}><g>", FormatError),
    "two roots": (f"<svg {DECLARED}/><svg/>", FormatError),
    "another root": ("<html><svg/></html>", FormatError),
    "another namespace": ('<svg xmlns="urn:none"/>', FormatError),
    "no XML": ("<svg <", FormatError),
    "nothing": ("", FormatError),
    "nested too deep": (f"<svg {DECLARED}>{'<g>' * 2000}{'</g>' * 2000}</svg>", BudgetError),
    "RDF nested too deep": (f"<svg {DECLARED}><metadata>{DEEP}</metadata></svg>", BudgetError),
    "an encoding that is not known": ('<?xml version="1.0" encoding="klingon"?><svg/>', UnsupportedError),
    "an encoding that is another": (b'<?xml version="1.0" encoding="ascii"?><svg>\xe4</svg>', UnsupportedError),
}  # fmt: skip


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_broken_file_is_not_written_into(reason):
    data, family = HOSTILE[reason]
    with pytest.raises(family):
        put(data if isinstance(data, bytes) else data.encode())


def test_a_broken_file_still_tells_what_it_says():
    survey = SVG.survey(f"<svg {DECLARED}><metadata>{FULL}</metadata><g></svg>".encode())
    assert survey.faults
    assert [(found.text, found.defects) for found in survey.fields if superseded(found)] == [
        (OLD, ("not-well-formed-xml",))
    ]
    with pytest.raises(UnsupportedError, match="entities"):
        SVG.survey(HOSTILE["entities"][0].encode())


KNOWN = {
    "plain": (DRAWINGS["plain"], "svg"),
    "named as text": (DRAWINGS["Inkscape"], "svg"),
    "behind a declaration, a comment and a doctype": (
        '\ufeff<?xml version="1.0"?>\n<!-- <html> 图 -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "">'
        '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'.encode(), "svg",
    ),
    "without a namespace": (b"<svg><g/></svg>", "svg"),
    "UTF-16": (DRAWINGS["UTF-16"], "svg"),
    "packed": (gzip.compress(DRAWINGS["plain"]), "svgz"),
    "a page with a drawing": (b"<!DOCTYPE html><body><svg></svg></body>", "html"),
    "a fragment of a page": (b"<p>words</p><svg></svg>", "text"),
}  # fmt: skip


@pytest.mark.parametrize("what", KNOWN)
def test_a_drawing_is_told_from_text_and_pages(what):
    data, name = KNOWN[what]
    assert identify(data, "file.txt").name == name


def test_a_packed_drawing_is_read_and_not_written_into():
    packed = gzip.compress(put(DRAWINGS["Inkscape"]))
    assert [found.text for found in SVGZ.survey(packed).fields if superseded(found)] == [JSON]
    with pytest.raises(UnsupportedError) as caught:
        SVGZ.put(packed, NOTE, superseded)
    assert "gunzip" in caught.value.hint.en
    for broken in (packed[:-9], packed[:60], b"\x1f\x8b\x08" + bytes(30)):
        with pytest.raises(FormatError):
            SVGZ.survey(broken)
    with pytest.raises(BudgetError):
        SVGZ.survey(gzip.compress(b"<svg>" + bytes(TEXT_LIMIT)))


def tolerate(data: bytes) -> None:
    try:
        SVG.survey(data)
        marked = put(data)
    except MediaError:
        return
    assert JSON in [found.text for found in SVG.survey(marked).fields]
    assert put(marked) == marked


PIECES = st.lists(
    st.sampled_from([
        "<g>", "</g>", "<g/>", "<metadata>", "</metadata>", "<metadata/>", FULL, FULL[:200], "<title>", "</title>",
        "<!--", "-->", '<?xml version="1.0"?>', "<![CDATA[", "]]>", "&amp;", "&x;", "'", '"', "<text a='>'>", "</text>",
        "文", "\r\n",
        f'<rdf:RDF xmlns:rdf="{RDF}"/>', f'<RDF xmlns="{RDF}">', "</RDF>", "<AIGC>", "</AIGC>", "\0", "<!DOCTYPE svg>",
    ]), max_size=12,
)  # fmt: skip


@settings(max_examples=300)
@given(before=st.text(max_size=4), inner=PIECES, after=st.text(max_size=4))
def test_arbitrary_markup_raises_only_media_errors(before, inner, after):
    for start in (f"<svg {DECLARED}>", ""):
        tolerate((before + start + "".join(inner) + "</svg>" + after).encode("utf-8", "surrogatepass"))


@settings(max_examples=300)
@given(
    kind=st.sampled_from(sorted(DRAWINGS)),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 1 << 16),
)
def test_damaged_files_raise_only_media_errors(kind, edits, cut):
    data = bytearray(put(DRAWINGS[kind]))
    for place, value in edits:
        data[place % len(data)] = value
    tolerate(bytes(data))
    tolerate(bytes(data[: cut % len(data)]))


def test_real_drawings_of_the_house(tmp_path):
    drawings = sorted(Path(__file__).parents[2].joinpath("docs", "assets").glob("*.svg"))
    assert drawings
    for path in drawings:
        marked = put(path.read_bytes())
        assert labels(marked) == [("XMP", JSON)]
        assert drawn(etree.fromstring(path.read_bytes())) == drawn(etree.fromstring(marked))
