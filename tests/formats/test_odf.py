from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

import office
from office import NAMES, ODF, TYPE, changed, odf, parts, zipped
from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import identify
from overt.formats.container import Field, Note
from overt.formats.odf import CONTAINERS, ODP, ODS, ODT, PLACE

AIGC = (
    '{"Label":"1","ContentProducer":"0011","ProduceID":"1<2","ReservedCode1":"{\\"a\\":\\"&b\\"}",'
    '"ContentPropagator":"0011","PropagateID":"12","ReservedCode2":""}'
)
NOTE = Note("AIGC", AIGC, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
KINDS = {ODT: "text", ODS: "spreadsheet", ODP: "presentation"}
DEFINED = '<meta:user-defined meta:name="{}">{}</meta:user-defined>'


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes, container=ODT, note: Note = NOTE) -> bytes:
    return container.put(data, note, is_aigc).apply(data)


def found(data: bytes, container=ODT) -> list[str]:
    survey = container.survey(data)
    assert not survey.faults
    return [field.text for field in survey.fields if is_aigc(field)]


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda each: each.name)
@pytest.mark.parametrize("template", ["", "-template"])
def test_written_once_and_every_other_part_kept(container, template):
    data = odf(KINDS[container], media_type=TYPE + KINDS[container] + template)
    assert identify(data) is container
    out = put(data, container)
    assert found(out, container) == [AIGC]
    assert put(out, container) == out
    assert changed(data, out) == {"meta.xml"}
    assert out.startswith(data[: data.index(b"PK\x03\x04", 4)]), "the media type stays first and stored"
    assert identify(out) is container


def test_what_else_the_metadata_say_is_told_and_kept():
    data = odf("text", meta=DEFINED.format("Projekt", "x"))
    told = [(field.place, field.key, field.text, field.namespace) for field in ODT.survey(data).fields]
    assert told == [
        (PLACE, "generator", "Some/1.0", f"{ODF}meta:1.0"),
        (PLACE, "title", "标题 & mehr", "http://purl.org/dc/elements/1.1/"),
        (PLACE, "creator", "某人", "http://purl.org/dc/elements/1.1/"),
        (PLACE, "Projekt", "x", None),
    ]
    out = put(data)
    assert [(field.place, field.key, field.text, field.namespace) for field in ODT.survey(out).fields][:4] == told
    before, after = (parts(each)["meta.xml"].decode() for each in (data, out))
    start = after.index('<meta:user-defined meta:name="AIGC"')
    stop = after.index("</meta:user-defined>", start) + len("</meta:user-defined>")
    assert after[:start] + after[stop:] == before


OLDER = {
    "one": DEFINED.format("AIGC", "old"),
    "two": DEFINED.format("AIGC", "old") + DEFINED.format("xAigc", "older"),
    "one of another type": '<meta:user-defined meta:name="AIGC" meta:value-type="float">1</meta:user-defined>',
    "one as an empty tag": '<meta:user-defined meta:name="AIGC"/>',
    "one as an element": "<meta:aigc>{}</meta:aigc>",
}


@pytest.mark.parametrize("reason", OLDER)
def test_older_notes_are_replaced_where_they_stand(reason):
    data = odf("text", meta=OLDER[reason] + DEFINED.format("z", "last"))
    out = put(data)
    assert found(out) == [AIGC]
    assert ODT.survey(out).fields[-1].key == "z"
    assert put(out) == out


WITHOUT = {
    "no meta.xml": odf("text", meta=None),
    "an empty list of properties": odf(
        "text", extra={"meta.xml": f"<office:document-meta {NAMES}><office:meta/></office:document-meta>"}
    ),
    "another prefix": odf(
        "text",
        extra={
            "meta.xml": f'<o:document-meta xmlns:o="{ODF}office:1.0" xmlns:m="{ODF}meta:1.0">'
            "<o:meta><m:generator>x</m:generator></o:meta></o:document-meta>"
        },
    ),
    "UTF-16": odf(
        "text",
        extra={"meta.xml": f"<office:document-meta {NAMES}><office:meta/></office:document-meta>".encode("utf-16")},
    ),
}


@pytest.mark.parametrize("reason", WITHOUT)
def test_files_with_unusual_metadata(reason):
    out = put(WITHOUT[reason])
    assert found(out) == [AIGC]
    assert put(out) == out
    if reason == "no meta.xml":
        assert b'full-path="meta.xml"' in parts(out)["META-INF/manifest.xml"]


def test_a_manifest_that_does_not_list_the_metadata_learns_of_it():
    manifest = (
        f'<m:manifest xmlns:m="{ODF}manifest:1.0" m:version="1.2"><m:file-entry m:full-path="/" m:media-type="x"/>'
        "</m:manifest>"
    )
    out = put(odf("text", meta=None, extra={"META-INF/manifest.xml": manifest}))
    assert parts(out)["META-INF/manifest.xml"].count(b'm:full-path="meta.xml"') == 1
    assert b'office:version="1.2"' in parts(out)["meta.xml"]
    assert found(out) == [AIGC]
    assert put(out) == out


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda each: each.name)
def test_exiftool_sees_the_note(container, tmp_path):
    path = tmp_path / f"a{container.suffixes[0]}"
    if subprocess.run(["perl", "-MArchive::Zip", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("exiftool reads ZIP files with Perl's Archive::Zip (Debian: libarchive-zip-perl)")
    path.write_bytes(put(odf(KINDS[container]), container))
    command = ["exiftool", "-b", "-XMP-meta:User-defined", path]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == AIGC


def test_libreoffice_keeps_the_note(tmp_path):
    (tmp_path / "a.odt").write_bytes(put(odf("text")))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "odt"]
    subprocess.run([*command, "--outdir", tmp_path / "out", tmp_path / "a.odt"], capture_output=True, check=True)
    assert found((tmp_path / "out" / "a.odt").read_bytes()) == [AIGC]


REFUSED = {
    "encrypted": odf(
        "text",
        manifest='<manifest:file-entry manifest:full-path="x"><manifest:encryption-data/></manifest:file-entry>',
    ),
    "signed": odf("text", extra={"META-INF/documentsignatures.xml": "<x/>"}),
    "signed macros": odf("text", extra={"META-INF/macrosignatures.xml": "<x/>"}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_protected_files_are_refused(reason):
    with pytest.raises(UnsupportedError) as caught:
        put(REFUSED[reason])
    assert caught.value.hint.zh
    assert bool(ODT.survey(REFUSED[reason]).faults) == (reason == "encrypted")


FAMILIES = {
    "a drawing": TYPE + "graphics",
    "a master text": TYPE + "text-master",
    "a text for the web": TYPE + "text-web",
    "OpenOffice 1": "application/vnd.sun.xml.writer",
}


@pytest.mark.parametrize("reason", FAMILIES)
def test_other_families_are_named_and_refused(reason):
    with pytest.raises(UnsupportedError, match="OpenDocument"):
        identify(odf("text", media_type=FAMILIES[reason]), "a.odt")


def test_flat_files_are_named_and_refused():
    flat = f'{office.XML}<office:document {NAMES} office:mimetype="{TYPE}text"><office:body/></office:document>'
    with pytest.raises(UnsupportedError, match="flat XML"):
        identify(flat.encode(), "a.fodt")


HOSTILE = {
    "nothing": b"",
    "no end": odf("text")[:-30],
    "no manifest": odf("text", extra={"META-INF/manifest.xml": None}),
    "a manifest that is no XML": odf("text", extra={"META-INF/manifest.xml": "<a>"}),
    "metadata that are no XML": odf("text", extra={"meta.xml": "<a>"}),
    "metadata without a list": odf("text", extra={"meta.xml": "<a/>"}),
    "an entity bomb": odf("text", extra={"meta.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "ten thousand levels": odf("text", extra={"meta.xml": "<a>" * 10_000 + "</a>" * 10_000}),
    "twenty thousand properties": odf("text", meta=DEFINED.format("a", "b") * 20_000),
    "five megabytes": odf("text", extra={"meta.xml": " " * (5 << 20)}),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_packages_are_faults_and_refused(reason):
    assert ODT.survey(HOSTILE[reason]).faults
    with pytest.raises(MediaError):
        put(HOSTILE[reason])


def test_a_media_type_that_is_not_first_and_stored_is_refused():
    everything = parts(odf("text"))
    for data in (zipped(everything), zipped(everything, first="content.xml")):
        with pytest.raises(FormatError):
            put(data)
    with pytest.raises(FormatError):
        put(odf("spreadsheet"), ODT)


def test_a_note_that_xml_cannot_hold_is_refused():
    with pytest.raises(FormatError):
        put(odf("text"), note=Note("AIGC", "\x01", NOTE.namespace, NOTE.prefix))


SMALL = odf("text", meta=DEFINED.format("AIGC", "old"))


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x10FFFF, exclude_categories=["Cs", "Cn", "Cc"])))
def test_any_text_survives(text):
    assert found(put(SMALL, note=Note("AIGC", text, NOTE.namespace, NOTE.prefix))) == [text]


@given(st.data())
def test_mutated_packages_raise_only_our_errors(data):
    raw = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    ODT.sniff(bytes(raw[:4096]))
    ODT.survey(bytes(raw))
    try:
        put(bytes(raw))
    except MediaError:
        return


def test_truncation_is_told():
    for stop in range(0, len(SMALL), 3):
        assert ODT.survey(SMALL[:stop]).faults
