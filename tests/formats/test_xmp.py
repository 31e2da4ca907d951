from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import xmp
from overt.formats.container import Field, Note
from overt.formats.rdf import RDF

URI = "http://www.tc260.org.cn/ns/AIGC/1.0/"
JSON = '{"Label":"1","ContentProducer":"00191110000000000000000000000"}'
OLD = '{"Label":"2"}'
ATTRIBUTE = OLD.replace('"', "&quot;")
NOTE = Note("AIGC", JSON, URI, "TC260")

NO_LABEL = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core">\n'
    f"  <rdf:RDF xmlns:rdf='{RDF}'>\n"
    "    <!-- a comment with <TC260:AIGC> -->\n"
    '    <rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/"\n'
    '        dc:format = "image/jpeg">\n'
    "      <dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bo &amp; Co</rdf:li></rdf:Seq></dc:creator>\n"
    '      <dc:title><rdf:Alt><rdf:li xml:lang="x-default">雨后</rdf:li></rdf:Alt></dc:title>\n'
    "    </rdf:Description>\n"
    "  </rdf:RDF>\n"
    "</x:xmpmeta>\n"
)


def wrapped(inside: str, attributes: str = "", *, bound: str = f'xmlns:TC260="{URI}"') -> str:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" {bound} {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    )


ELEMENT = f"<TC260:AIGC>{OLD}</TC260:AIGC>"
DOUBAO = '<?xml version="1.0" encoding="UTF-8"?><?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"??>'
LABELLED = {
    "element": wrapped(ELEMENT),
    "attribute": wrapped("", f'TC260:AIGC="{ATTRIBUTE}"'),
    "attribute in single quotes": wrapped("", f"TC260:AIGC='{OLD}'"),
    "empty BOM and doubled question marks": DOUBAO + wrapped(ELEMENT) + '<?xpacket end="w"??>',
    "zeros after the packet": wrapped(ELEMENT) + "\0" * 9,
    "another prefix": wrapped(f"<g:AIGC>{OLD}</g:AIGC>", bound=f'xmlns:g="{URI}"'),
    "the default namespace": wrapped(f'<AIGC xmlns="{URI}">{OLD}</AIGC>'),
    "declared on the property": wrapped(f'<q:AIGC xmlns:q="{URI}">{OLD}</q:AIGC>', bound=""),
    "character data": wrapped(f"<TC260:AIGC><![CDATA[{OLD}]]></TC260:AIGC>"),
    "an array": wrapped(f"<TC260:AIGC><rdf:Bag><rdf:li>{OLD}</rdf:li></rdf:Bag></TC260:AIGC>"),
    "a qualified value": wrapped(f'<TC260:AIGC rdf:parseType="Resource"><rdf:value>{OLD}</rdf:value></TC260:AIGC>'),
    "both forms": wrapped(ELEMENT, f'TC260:AIGC="{ATTRIBUTE}"'),
    "twice": wrapped(ELEMENT + ELEMENT),
    "no xmpmeta": wrapped(ELEMENT).partition(">")[2].replace("</x:xmpmeta>", ""),
}
STRANGE = {
    "a prefix that is not declared": wrapped(ELEMENT, bound=f'xmlns:C260="{URI}"'),
    "no prefix": wrapped("", f'AIGC="{ATTRIBUTE}"'),
}


def superseded(found: Field) -> bool:
    return "AIGC" in found.key


def texts(packet: bytes) -> list[str]:
    survey = xmp.read(packet)
    assert not survey.faults
    return [found.text for found in survey.fields if superseded(found)]


def test_every_simple_property_is_read_under_its_uri():
    dc = "http://purl.org/dc/elements/1.1/"
    assert [(f.key, f.text, f.namespace) for f in xmp.read(NO_LABEL.encode(), "XMP", 7).fields] == [
        ("format", "image/jpeg", dc),
        ("creator", "Ann", dc),
        ("creator", "Bo & Co", dc),
        ("title", "雨后", dc),
    ]
    assert {f.offset for f in xmp.read(NO_LABEL.encode(), "XMP", 7).fields} == {7}


def test_a_resource_is_a_value():
    packet = wrapped('<TC260:T rdf:resource="http://cv.iptc.org/x"/>').encode()
    assert [(f.key, f.text) for f in xmp.read(packet).fields] == [("T", "http://cv.iptc.org/x")]


@pytest.mark.parametrize("reason", LABELLED)
def test_every_form_is_read(reason):
    survey = xmp.read(LABELLED[reason].encode())
    found = {(f.key, f.text, f.namespace, f.defects) for f in survey.fields}
    assert found == {("AIGC", OLD, URI, ())}
    assert not survey.faults


@pytest.mark.parametrize("reason", STRANGE)
def test_a_wrong_prefix_is_read_and_told(reason):
    (found,) = xmp.read(STRANGE[reason].encode()).fields
    assert (found.key, found.text, found.namespace) == ("AIGC", OLD, None)
    assert found.defects


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("reason", ["element", "attribute", "empty BOM and doubled question marks"])
def test_wide_packets_are_read_and_become_utf_8(codec, reason):
    packet = LABELLED[reason].replace("UTF-8", "UTF-16").encode(codec)
    assert texts(packet) == [OLD]
    assert texts(xmp.set_property(packet, NOTE, superseded)) == [JSON]


@pytest.mark.parametrize("reason", LABELLED | STRANGE)
def test_exactly_one_remains_in_the_element_form(reason):
    new = xmp.set_property((LABELLED | STRANGE)[reason].encode(), NOTE, superseded)
    assert texts(new) == [JSON]
    assert f"AIGC>{JSON}</".encode() in new or f'AIGC xmlns="{URI}">{JSON}</'.encode() in new or b"q:AIGC xm" in new
    assert xmp.set_property(new, NOTE, superseded) == new
    assert texts(xmp.drop(new, superseded)) == []


def test_a_new_packet_is_wrapped():
    packet = xmp.set_property(None, NOTE, superseded)
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode())
    assert packet.endswith(b'<?xpacket end="w"?>')
    assert f"<TC260:AIGC>{JSON}</TC260:AIGC>".encode() in packet
    assert texts(packet) == [JSON]


def test_the_rest_of_a_packet_stays_byte_for_byte():
    new = xmp.set_property(NO_LABEL.encode(), NOTE, superseded)
    before, _, after = NO_LABEL.encode().partition(b"\n  </rdf:RDF>")
    assert new.startswith(before)
    assert new.endswith(b"\n  </rdf:RDF>" + after)
    assert b'rdf:about="uuid:1"' in new[len(before) :], "one packet describes one thing"
    assert xmp.drop(NO_LABEL.encode(), superseded) == NO_LABEL.encode()


def test_another_property_beside_the_note_stays():
    packet = wrapped(f"{ELEMENT}<TC260:Other>1</TC260:Other>", 'TC260:AIGC="" TC260:Third="3"').encode()
    new = xmp.set_property(packet, NOTE, superseded)
    assert [(f.key, f.text) for f in xmp.read(new).fields] == [("Third", "3"), ("AIGC", JSON), ("Other", "1")]


def test_a_structured_label_does_not_survive_beside_the_note():
    packet = wrapped('<TC260:AIGC rdf:parseType="Resource"><TC260:Label>1</TC260:Label></TC260:AIGC>').encode()
    new = xmp.set_property(packet, NOTE, superseded)
    assert [(f.key, f.text) for f in xmp.read(new).fields] == [("AIGC", JSON)]


def test_a_note_inside_what_is_superseded_is_written_outside():
    inner = f'<TC260:AIGC rdf:parseType="Resource">{ELEMENT}</TC260:AIGC>'
    assert texts(xmp.set_property(wrapped(inner).encode(), NOTE, superseded)) == [JSON]


@pytest.mark.parametrize("padding", [0, 20, 100, 2000])
@pytest.mark.parametrize("label", ["", ELEMENT, f"<TC260:AIGC>{'x' * 300}</TC260:AIGC>"])
def test_padding_takes_up_the_growth(padding, label):
    packet = (wrapped(label) + " " * padding + "\n" + '<?xpacket end="w"?>').encode()
    new = xmp.set_property(packet, NOTE, superseded)
    if padding == 2000:
        assert len(new) == len(packet)
    assert new.endswith(b'<?xpacket end="w"?>')
    assert xmp.set_property(new, NOTE, superseded) == new


BROKEN = {
    "a tag that is not closed": (wrapped(ELEMENT + "<TC260:x>"), True),
    "an ampersand alone": (wrapped(ELEMENT, 'TC260:y="a & b"'), True),
    "cut after the label": (wrapped(ELEMENT)[:-40], True),
    "cut inside the label": (wrapped(ELEMENT)[:-80], False),
    "a doctype": ('<!DOCTYPE x [<!ENTITY e "boom">]>' + wrapped(f"<TC260:AIGC>{OLD}</TC260:AIGC>"), True),
    "an entity nobody declared": (wrapped("<TC260:AIGC>&e;</TC260:AIGC>"), True),
    "no RDF": (f'<a xmlns:TC260="{URI}">{ELEMENT}</a>', True),
    "no XML": ("hello", False),
    "nothing": ("", False),
    "only a comment": ("<!-- -->", False),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_packet_is_a_fault_and_is_not_written_into(reason):
    packet, found = BROKEN[reason]
    survey = xmp.read(packet.encode())
    assert survey.faults
    assert [f.key for f in survey.fields if superseded(f)] == (["AIGC"] if found else [])
    assert all(f.defects for f in survey.fields)
    with pytest.raises(FormatError):
        xmp.set_property(packet.encode(), NOTE, superseded)


def test_entities_never_expand():
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>' + wrapped("<TC260:AIGC>&l9;</TC260:AIGC>")
    assert [f.text for f in xmp.read(bomb.encode()).fields if superseded(f)] == ["&l9;"]


@pytest.mark.parametrize("inside", ["<TC260:a>" * 70, "<TC260:a>" * 100_000])
def test_nesting_is_capped(inside):
    assert xmp.read(wrapped(inside).encode()).faults
    with pytest.raises(BudgetError):
        xmp.set_property((wrapped(inside)).encode(), NOTE, superseded)


def test_the_number_of_namespaces_and_attributes_is_capped():
    for attributes in ("".join(f' xmlns:n{n}="u"' for n in range(300)), "".join(f' a{n}=""' for n in range(200_001))):
        with pytest.raises(BudgetError):
            xmp.set_property(wrapped("", attributes).encode(), NOTE, superseded)


def test_a_packet_beyond_the_limit_is_a_fault():
    with pytest.raises(BudgetError):
        xmp.set_property(b" " * ((1 << 24) + 1), NOTE, superseded)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\x0b"])
def test_what_xml_cannot_hold_is_refused(text):
    with pytest.raises(UnsupportedError):
        xmp.set_property(None, Note("AIGC", text, URI, "TC260"), superseded)


@settings(deadline=None, derandomize=True)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")),
    packet=st.sampled_from([None, NO_LABEL, *LABELLED.values()]),
)
def test_what_is_set_is_read(text, packet):
    note = Note("AIGC", text, URI, "TC260")
    old = None if packet is None else packet.encode()
    try:
        new = xmp.set_property(old, note, superseded)
    except UnsupportedError:
        assert any(ord(c) < 32 for c in text)
        return
    assert texts(new) == [text]
    assert xmp.set_property(new, note, superseded) == new


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    packet=st.sampled_from([NO_LABEL, *LABELLED.values(), *STRANGE.values()]),
    edits=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), min_size=1, max_size=4),
)
def test_damage_raises_only_media_errors(packet, edits):
    data = packet.encode()
    for place, new in edits:
        at = place % len(data)
        data = data[:at] + new + data[at + len(new) :]
    xmp.read(data)
    try:
        new = xmp.set_property(data, NOTE, superseded)
    except MediaError:
        return
    assert texts(new) == [JSON]
    assert xmp.set_property(new, NOTE, superseded) == new


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(data):
    xmp.read(data)
    with pytest.raises(MediaError):
        xmp.set_property(data, NOTE, superseded)
