from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from office import CONTAINER, MODIFIED, changed, epub, parts, zipped
from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import identify
from overt.formats.container import Field, Note
from overt.formats.epub import CONTAINER as EPUB
from overt.formats.epub import Package

AIGC = (
    '{"Label":"1","ContentProducer":"0011","ProduceID":"1<2","ReservedCode1":"{\\"a\\":\\"&b\\"}",'
    '"ContentPropagator":"0011","PropagateID":"12","ReservedCode2":""}'
)
SPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
NOTE = Note("AIGC", AIGC, SPACE, "TC260")
OPF = "{http://www.idpf.org/2007/opf}"


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes, note: Note = NOTE) -> bytes:
    return EPUB.put(data, note, is_aigc).apply(data)


def found(data: bytes) -> list[str]:
    survey = EPUB.survey(data)
    assert not survey.faults
    return [field.text for field in survey.fields if is_aigc(field)]


def root(data: bytes) -> etree._Element:
    return etree.fromstring(parts(data)["OEBPS/content.opf"])


def test_written_once_and_every_other_part_kept():
    data = epub()
    assert identify(data) is EPUB
    out = put(data)
    assert found(out) == [AIGC]
    assert put(out) == out
    assert changed(data, out) == {"OEBPS/content.opf"}
    assert identify(out) is EPUB


def test_epub_3_declares_the_prefix_of_the_property():
    package = root(put(epub()))
    assert package.get("prefix") == f"TC260: {SPACE}"
    (meta,) = package.iterfind(f".//{OPF}meta[@property='TC260:AIGC']")
    assert (meta.text, dict(meta.attrib)) == (AIGC, {"property": "TC260:AIGC"})


PREFIXES = {
    "none": ("", f"TC260: {SPACE}", "TC260:AIGC"),
    "an empty list": (' prefix=""', f"TC260: {SPACE}", "TC260:AIGC"),
    "another": (" prefix='x: http://x/'", f"x: http://x/ TC260: {SPACE}", "TC260:AIGC"),
    "ours": (f' prefix="TC260: {SPACE}"', f"TC260: {SPACE}", "TC260:AIGC"),
    "another for our namespace": (f' prefix="ai: {SPACE}"', f"ai: {SPACE}", "ai:AIGC"),
    "ours for another namespace": (' prefix="TC260: http://x/"', f"TC260: http://x/ TC2602: {SPACE}", "TC2602:AIGC"),
}


@pytest.mark.parametrize("reason", PREFIXES)
def test_prefixes_that_are_declared_stay(reason):
    before, after, name = PREFIXES[reason]
    out = put(epub(attributes=before))
    package = root(out)
    assert package.get("prefix") == after
    assert package.findtext(f".//{OPF}meta[@property='{name}']") == AIGC
    assert found(out) == [AIGC]
    assert put(out) == out


def test_epub_2_has_a_name_and_a_content():
    out = put(epub("", version="2.0"))
    (meta,) = root(out).iterfind(f".//{OPF}meta[@name]")
    assert dict(meta.attrib) == {"name": "AIGC", "content": AIGC}
    assert root(out).get("prefix") is None
    assert put(out) == out


def test_what_else_the_metadata_say_is_told():
    wrapped = "<dc-metadata><dc:title>x</dc:title></dc-metadata><x-metadata><meta name='k' content='v'/></x-metadata>"
    told = {(field.key, field.text, field.namespace) for field in EPUB.survey(epub(MODIFIED + wrapped)).fields}
    dc = "http://purl.org/dc/elements/1.1/"
    assert {
        ("title", "一本书", dc),
        ("creator", "某人", dc),
        ("modified", "2026-01-01T00:00:00Z", "http://purl.org/dc/terms/"),
        ("title", "x", dc),
        ("k", "v", None),
    } <= told


OLDER = {
    "a property": f'<meta property="TC260:AIGC">old</meta>{MODIFIED}',
    "a property and a name": f'<meta name="AIGC" content="old"/>{MODIFIED}<meta property="x:aigc">old</meta>',
    "in EPUB 2": '<meta name="AIGC" content="old"/><meta content="older" name="xaigc"></meta>',
}


@pytest.mark.parametrize("reason", OLDER)
def test_older_notes_are_replaced(reason):
    out = put(epub(OLDER[reason], version="2.0" if reason == "in EPUB 2" else "3.0"))
    assert found(out) == [AIGC]
    assert put(out) == out


def test_a_package_document_with_prefixes():
    opf = (
        '<o:package xmlns:o="http://www.idpf.org/2007/opf" version="3.0"><o:metadata/><o:manifest/>'
        "<o:spine/></o:package>"
    )
    out = put(epub(extra={"OEBPS/content.opf": opf}))
    assert root(out).findtext(f"{OPF}metadata/{OPF}meta") == AIGC
    assert put(out) == out


def test_exiftool_sees_the_note(tmp_path):
    path = tmp_path / "a.epub"
    if subprocess.run(["perl", "-MArchive::Zip", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("exiftool reads ZIP files with Perl's Archive::Zip (Debian: libarchive-zip-perl)")
    path.write_bytes(put(epub("")))
    command = ["exiftool", "-b", "-XML:Meta", path]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == AIGC


ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><e:EncryptedData '
    'xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptionMethod Algorithm="{}"/></e:EncryptedData></encryption>'
)
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
REFUSED = {
    "encrypted": epub(extra={"META-INF/encryption.xml": ENCRYPTION.format(AES)}),
    "rights": epub(extra={"META-INF/rights.xml": "<x/>"}),
    "a licence": epub(extra={"META-INF/license.lcpl": "{}"}),
    "signed": epub(extra={"META-INF/signatures.xml": "<x/>"}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_protected_books_are_refused(reason):
    with pytest.raises(UnsupportedError) as caught:
        put(REFUSED[reason])
    assert caught.value.hint.zh


@pytest.mark.parametrize("algorithm", ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])
def test_obfuscated_fonts_are_no_protection(algorithm):
    assert found(put(epub(extra={"META-INF/encryption.xml": ENCRYPTION.format(algorithm)}))) == [AIGC]


def test_the_spine_is_told_in_its_order():
    assert [item.part for item in Package(epub()).spine()] == ["OEBPS/a.xhtml", "OEBPS/text/b .xhtml"]


HOSTILE = {
    "nothing": b"",
    "no container": epub(extra={"META-INF/container.xml": None}),
    "a container that names nothing": epub(extra={"META-INF/container.xml": "<container/>"}),
    "a package document that is missing": epub(
        extra={"META-INF/container.xml": CONTAINER.replace("content.opf", "../../x.opf")}
    ),
    "no metadata": epub(extra={"OEBPS/content.opf": "<package version='3.0'/>"}),
    "no XML": epub(extra={"OEBPS/content.opf": "<package>"}),
    "an entity bomb": epub(extra={"OEBPS/content.opf": '<!DOCTYPE a [<!ENTITY b "c">]><package>&b;</package>'}),
    "twenty thousand properties": epub("<meta name='a' content='b'/>" * 20_000),
    "ten thousand levels": epub("<a>" * 10_000 + "</a>" * 10_000),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_books_are_faults_and_refused(reason):
    assert EPUB.survey(HOSTILE[reason]).faults
    with pytest.raises(MediaError):
        put(HOSTILE[reason])


def test_a_media_type_that_is_not_first_and_stored_is_refused():
    everything = parts(epub())
    for data in (zipped(everything), zipped(everything, first="OEBPS/a.xhtml")):
        with pytest.raises(FormatError):
            put(data)


SMALL = epub('<meta property="TC260:AIGC">old</meta>')


@given(
    st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cn", "Cc"])).map(str.strip),
    st.sampled_from(["2.0", "3.0"]),
)
def test_any_text_survives(text, version):
    assert found(put(epub("", version=version), note=Note("AIGC", text, SPACE, "TC260"))) == [text]


@given(st.data())
def test_mutated_books_raise_only_our_errors(data):
    raw = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    EPUB.sniff(bytes(raw[:4096]))
    EPUB.survey(bytes(raw))
    try:
        put(bytes(raw))
    except MediaError:
        return


def test_truncation_is_told():
    for stop in range(0, len(SMALL), 3):
        assert EPUB.survey(SMALL[:stop]).faults
