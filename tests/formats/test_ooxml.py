from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import zipfile

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.packaging.custom import StringProperty
from pptx import Presentation

import office
from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import identify, ooxml, zip_archive
from overt.formats.container import Field, Note
from overt.formats.ooxml import CONTAINERS, DOCX, PPTX, XLSX

AIGC = (
    '{"Label":"1","ContentProducer":"0011","ProduceID":"1<2","ReservedCode1":"{\\"a\\":\\"&b\\"}",'
    '"ContentPropagator":"0011","PropagateID":"12","ReservedCode2":""}'
)
NOTE = Note("AIGC", AIGC, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/>{}</Relationships>'
)
CUSTOM_RELATIONSHIP = (
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'custom-properties" Target="/docProps/custom.xml"/>'
)
CUSTOM = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
PROPERTY = (
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{}" name="{}"><vt:lpwstr>{}</vt:lpwstr></property>'
)


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes, container=DOCX) -> bytes:
    return container.put(data, NOTE, is_aigc).apply(data)


def found(data: bytes) -> list[str]:
    survey = DOCX.survey(data)
    assert not survey.faults
    return [field.text for field in survey.fields if is_aigc(field)]


def word() -> bytes:
    target = io.BytesIO()
    document = docx.Document()
    document.add_heading("标题")
    document.add_paragraph("正文")
    document.save(target)
    return target.getvalue()


def sheet() -> bytes:
    target = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = 42
    book.custom_doc_props.append(StringProperty(name="Owner", value="me"))
    book.save(target)
    return target.getvalue()


def package(
    parts: dict[str, str | bytes] | None = None, custom: str | None = None, method=zipfile.ZIP_DEFLATED
) -> bytes:
    """The smallest package, with other parts or without."""
    target = io.BytesIO()
    everything = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONSHIPS.format("" if custom is None else CUSTOM_RELATIONSHIP),
        "word/document.xml": "<document/>",
        **({} if custom is None else {"docProps/custom.xml": CUSTOM.format(custom)}),
        **(parts or {}),
    }
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, body in everything.items():
            if body is not None:
                archive.writestr(zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6)), body)
        archive.comment = "注释".encode()
    return target.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


DOCUMENTS = {"Word": word(), "the smallest": package(), "stored": package(method=zipfile.ZIP_STORED)}


@pytest.mark.parametrize("reason", DOCUMENTS)
def test_written_once_and_other_parts_kept(reason):
    data = DOCUMENTS[reason]
    out = put(data)
    assert found(out) == [AIGC]
    assert put(out) == out
    before, after = parts(data), parts(out)
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"}


def test_unchanged_entries_are_copied_raw():
    data = word()
    out = put(data)
    old, new = (zip_archive.read(raw).by_name for raw in (data, out))
    for name in old.keys() - {"[Content_Types].xml", "_rels/.rels"}:
        one, two = old[name], new[name]
        assert data[one.start : one.data.stop] == out[two.start : two.data.stop]
    assert zipfile.ZipFile(io.BytesIO(put(package()))).comment == "注释".encode()


def test_times_are_those_of_the_old_entry_or_the_first_that_zip_knows():
    times = {info.filename: info.date_time for info in zipfile.ZipFile(io.BytesIO(put(package()))).infolist()}
    assert times["[Content_Types].xml"] == (2001, 2, 3, 4, 5, 6)
    assert times["docProps/custom.xml"] == (1980, 1, 1, 0, 0, 0)


def test_word_and_excel_files_open_elsewhere():
    document = docx.Document(io.BytesIO(put(word())))
    assert [paragraph.text for paragraph in document.paragraphs] == ["标题", "正文"]
    book = openpyxl.load_workbook(io.BytesIO(put(sheet(), XLSX)))
    assert {item.name: item.value for item in book.custom_doc_props} == {"Owner": "me", "AIGC": AIGC}
    assert book.active["A1"].value == 42


@pytest.mark.parametrize(("container", "data"), [(DOCX, word()), (XLSX, sheet()), (PPTX, office.presentation())])
def test_exiftool_sees_the_note(container, data, tmp_path):
    path = tmp_path / f"a{container.suffixes[0]}"
    if subprocess.run(["perl", "-MArchive::Zip", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("exiftool reads ZIP files with Perl's Archive::Zip (Debian: libarchive-zip-perl)")
    path.write_bytes(put(data, container))
    out = subprocess.run(["exiftool", "-j", "-G1", "-XML:AIGC", path], capture_output=True, check=True).stdout
    assert json.loads(out)[0]["XML:AIGC"] == AIGC


PROPERTIES = {
    "none": ("", [("2", "AIGC")]),
    "another": (PROPERTY.format(2, "Owner", "me"), [("2", "Owner"), ("3", "AIGC")]),
    "an older note between": (
        PROPERTY.format(2, "a", "x") + PROPERTY.format(7, "AIGC", "old") + PROPERTY.format(3, "b", "y"),
        [("2", "a"), ("7", "AIGC"), ("3", "b")],
    ),
    "two older notes": (PROPERTY.format(5, "xAigc", "o") + PROPERTY.format(6, "AIGC", "old"), [("5", "AIGC")]),
    "a repeated number": (PROPERTY.format(2, "a", "x") + PROPERTY.format(2, "AIGC", "o"), [("2", "a"), ("3", "AIGC")]),
    "a number below two": (PROPERTY.format(0, "AIGC", "old"), [("2", "AIGC")]),
    "a number that is none": (PROPERTY.format("x", "AIGC", "old"), [("2", "AIGC")]),
}


@pytest.mark.parametrize("reason", PROPERTIES)
def test_other_properties_stay_and_numbers_are_unique(reason):
    before, after = PROPERTIES[reason]
    out = put(package(custom=before))
    root = ooxml.Package(out).xml("docProps/custom.xml")
    assert [(item.get("pid"), item.get("name")) for item in root] == after
    assert found(out) == [AIGC]
    assert put(out) == out


def test_strict_packages_take_the_strict_names():
    strict = RELATIONSHIPS.replace(
        "schemas.openxmlformats.org/officeDocument/2006", "purl.oclc.org/ooxml/officeDocument"
    )
    out = put(package({"_rels/.rels": strict.format("")}))
    assert b"http://purl.oclc.org/ooxml/officeDocument/customProperties" in parts(out)["docProps/custom.xml"]
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/customProperties" in parts(out)["_rels/.rels"]
    assert found(out) == [AIGC]
    assert put(out) == out


def test_an_older_note_among_the_core_properties_goes():
    core = '<cp:coreProperties xmlns:cp="urn:x"><cp:aigc>{}</cp:aigc><cp:title>t</cp:title></cp:coreProperties>'
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    link = f'<Relationship Id="rId9" Type="{kind}" Target="docProps/core.xml"/>'
    data = package({"docProps/core.xml": core, "_rels/.rels": RELATIONSHIPS.format(link)})
    assert found(data) == ["{}"]
    out = put(data)
    assert found(out) == [AIGC]
    assert b"<cp:title>t</cp:title>" in parts(out)["docProps/core.xml"]


def test_streamed_archives_with_data_descriptors():
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.body = bytearray()

        def writable(self):
            return True

        def write(self, more):
            self.body += bytes(more)
            return len(more)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts(package()).items():
            archive.writestr(name, body)
    data = bytes(pipe.body)
    assert data[6] & 8, "the sample has data descriptors"
    out = put(data)
    assert found(out) == [AIGC]
    assert parts(out)["word/document.xml"] == b"<document/>"
    assert put(out) == out


def test_zip64_archives():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in parts(package()).items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(body)
    plain = target.getvalue()
    end = plain.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", plain[end + 10 : end + 20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    data = (
        plain[:end]
        + record
        + locator
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )
    out = put(data)
    assert found(out) == [AIGC]
    assert parts(out)["word/document.xml"] == b"<document/>"
    assert put(out) == out


@pytest.mark.parametrize(("data", "name"), [(word(), "docx"), (sheet(), "xlsx"), (package(), "docx")])
def test_families(data, name):
    assert ooxml.family(data) == name
    assert {container.name: container.sniff(data[:4096]) > 0 for container in CONTAINERS} == {
        "docx": name == "docx",
        "xlsx": name == "xlsx",
        "pptx": False,
    }


@pytest.mark.parametrize("kind", ["template.main+xml", "document.macroEnabled.main+xml"])
def test_templates_and_macro_forms(kind):
    data = package({"[Content_Types].xml": TYPES.replace("document.main+xml", kind)})
    assert DOCX.sniff(data[:4096]) == 95
    assert found(put(data)) == [AIGC]


def flip(data: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """Change bytes `at` after the last occurrence of a mark."""
    start = data.rindex(mark) + at
    return data[:start] + value + data[start + len(value) :]


def renamed(name: str) -> bytes:
    return package({"word/aaaaaaa.xml": "x"}).replace(b"word/aaaaaaa.xml", name.encode())


CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    + CUSTOM.format(PROPERTY.format(2, "AIGC", "&b;")).split("\n")[1]
)
HOSTILE = {
    "empty": b"",
    "no end record": package()[:-40],
    "no archive": b"PK\x03\x04" + bytes(100),
    "a name that leaves the folder": renamed("../../etc/passwd"),
    "a name from the root": renamed("/etc/passwd/aaaa"),
    "a name with backslashes": renamed("..\\..\\etc\\passwd"),
    "a name with a drive": renamed("C:/windows/a.xml"),
    "two entries of one name": package({"word/documenT.xml": "x"}),
    "an encrypted entry": flip(package(), CENTRAL, 8, b"\x01\x00"),
    "another name in the local header": flip(package(), b"PK\x03\x04", 30, b"X"),
    "overlapping entries": flip(package(), CENTRAL, 42, bytes(4)),
    "an offset of four gigabytes": flip(package(), CENTRAL, 42, b"\xff\xff\xff\xfe"),
    "a packed size of four gigabytes": flip(package(), CENTRAL, 20, b"\xfe\xff\xff\xff"),
    "a size of four gigabytes": flip(package(), CENTRAL, 24, b"\xfe\xff\xff\xff"),
    "sixty thousand entries": flip(package(), END, 8, b"\xff\xee\xff\xee"),
    "several disks": flip(package(), END, 4, b"\x01"),
    "a directory elsewhere": flip(package(), END, 16, b"\x01"),
    "content types that are bombs": package({"[Content_Types].xml": " " * (5 << 20)}),
    "no content types": package({"[Content_Types].xml": None}),
    "no relationships": package({"_rels/.rels": None}),
    "relationships that are no XML": package({"_rels/.rels": "<a>"}),
    "relationships nested ten thousand deep": package({"_rels/.rels": "<a>" * 10_000 + "</a>" * 10_000}),
    "an entity bomb": package({"docProps/custom.xml": BOMB}, custom=""),
    "an entity bomb in UTF-16": package({"docProps/custom.xml": BOMB.encode("utf-16")}, custom=""),
    "bytes that are no UTF-8": package({"docProps/custom.xml": b"\xff<a/>"}, custom=""),
    "properties that are missing": package({"docProps/custom.xml": None}, custom=""),
    "twenty thousand properties": package(custom=PROPERTY.format(2, "a", "b") * 20_000),
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_hostile_packages_are_faults_and_refused(reason):
    data = HOSTILE[reason]
    assert DOCX.survey(data).faults
    with pytest.raises(MediaError):
        put(data)


def test_a_size_that_lies_is_found_by_inflating():
    data = package({"[Content_Types].xml": TYPES + " " * (3 << 20)})
    entry = zip_archive.read(data).by_name["[Content_Types].xml"]
    lie = bytearray(data)
    struct.pack_into("<I", lie, entry.record.start + 24, 100)
    with pytest.raises(FormatError, match="declared size"):
        put(bytes(lie))


def test_a_claimed_ratio_beyond_belief_is_over_budget():
    data = bytearray(package())
    at = data.rindex(CENTRAL)
    struct.pack_into("<I", data, at + 24, 900 << 20)
    with pytest.raises(BudgetError):
        zip_archive.read(bytes(data))


def test_signed_packages_are_read_but_not_written():
    data = package({"_xmlsignatures/sig1.xml": "<x/>"}, custom=PROPERTY.format(2, "AIGC", "{}"))
    assert found(data) == ["{}"]
    with pytest.raises(UnsupportedError) as caught:
        put(data)
    assert "签名" in caught.value.diagnostics().zh


SMALL = package(custom=PROPERTY.format(2, "AIGC", "{}"))


@given(st.data())
def test_mutated_packages_raise_only_our_errors(data):
    changed = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    for container in CONTAINERS:
        container.sniff(bytes(changed[:4096]))
    DOCX.survey(bytes(changed))
    try:
        out = put(bytes(changed))
    except MediaError:
        return
    zip_archive.read(out)


def test_truncation_at_every_byte_is_told():
    for stop in range(0, len(SMALL), 3):
        assert DOCX.survey(SMALL[:stop]).faults


@pytest.mark.parametrize(("container", "make"), [(XLSX, office.workbook), (PPTX, office.presentation)])
def test_workbooks_and_presentations_open_elsewhere_and_keep_all_else(container, make):
    data = make()
    out = put(data, container)
    assert put(out, container) == out
    assert [field.text for field in container.survey(out).fields if is_aigc(field)] == [AIGC]
    assert office.changed(data, out) <= {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"}
    assert identify(out) is container
    if container is PPTX:
        assert [len(slide.shapes) for slide in Presentation(io.BytesIO(out)).slides] == [2, 2, 0]
    else:
        assert openpyxl.load_workbook(io.BytesIO(out))["汇总"]["A1"].value == "=SUM('数据'!D2:D11)"


FORMS = {
    "a macro workbook": ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", XLSX),
    "a workbook template": ("application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", XLSX),
    "a binary workbook": ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", XLSX),
    "a macro presentation": ("application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", PPTX),
    "a slide show": ("application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml", PPTX),
    "a presentation template": ("application/vnd.openxmlformats-officedocument.presentationml.template.main+xml", PPTX),
    "a macro document": ("application/vnd.ms-word.document.macroEnabled.main+xml", DOCX),
}


@pytest.mark.parametrize("reason", FORMS)
def test_all_forms_of_the_families(reason):
    kind, container = FORMS[reason]
    types = TYPES.replace("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", kind)
    data = package({"[Content_Types].xml": types})
    assert identify(data) is container
    out = put(data, container)
    assert [field.text for field in container.survey(out).fields if is_aigc(field)] == [AIGC]


def test_a_family_is_known_where_its_content_types_are_longer_than_the_head():
    slides = "".join(
        f'<Override PartName="/ppt/slides/slide{random.Random(number).random()}.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.presentationml.slide+xml"/>'
        for number in range(2_000)
    )
    data = package({"[Content_Types].xml": TYPES.replace("<Override", slides + "<Override", 1)})
    assert len(zip_archive.read(data).by_name["[Content_Types].xml"].data) > 8192
    assert identify(data) is PPTX


@pytest.mark.parametrize(("container", "make"), [(XLSX, office.workbook), (PPTX, office.presentation)])
def test_libreoffice_keeps_the_note(container, make, tmp_path):
    name = f"a{container.suffixes[0]}"
    (tmp_path / name).write_bytes(put(make(), container))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", name[2:]]
    subprocess.run([*command, "--outdir", tmp_path / "out", tmp_path / name], capture_output=True, check=True)
    fields = container.survey((tmp_path / "out" / name).read_bytes()).fields
    assert [field.text for field in fields if is_aigc(field)] == [AIGC]
