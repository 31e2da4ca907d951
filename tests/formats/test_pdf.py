from __future__ import annotations

import io
import json
import subprocess
import zlib

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, String

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats.container import Field, Note
from overt.formats.pdf import CONTAINER

AIGC = (
    '{"Label":"1","ContentProducer":"0011","ProduceID":"12","ReservedCode1":"{\\"a\\":\\"(b)\\"}",'
    '"ContentPropagator":"0011","PropagateID":"12","ReservedCode2":""}'
)
NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
NOTE = Note("AIGC", AIGC, NAMESPACE, "TC260")
FORMS = {
    "plain": {},
    "linearised": {"linearize": True},
    "object streams": {"object_stream_mode": ObjectStreamMode.generate},
    "linearised object streams": {"object_stream_mode": ObjectStreamMode.generate, "linearize": True},
    "version 1.7": {"min_version": "1.7"},
}
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'xmlns:TC260="{NAMESPACE}" xmlns:dc="http://purl.org/dc/elements/1.1/"><TC260:AIGC>{{}}</TC260:AIGC>'
    "<dc:format>application/pdf</dc:format></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
).encode()


def is_aigc(field: Field) -> bool:
    return "aigc" in field.key.casefold()


def put(data: bytes, note: Note = NOTE) -> bytes:
    return CONTAINER.put(data, note, is_aigc).apply(data)


def found(data: bytes) -> list[str]:
    survey = CONTAINER.survey(data)
    assert not survey.faults
    return [field.text for field in survey.fields if is_aigc(field)]


def make(change=lambda pdf: None, **options) -> bytes:
    """Two pages, one with compressed content, and a title; `change` adds what a test is about."""
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(2):
            pdf.add_blank_page()
        pdf.pages[0].Contents = pdf.make_stream(b"0 0 m 10 10 l S " * 50)
        pdf.pages[1].Contents = pikepdf.Stream(pdf, zlib.compress(b"1 0 0 1 0 0 cm", 1), Filter=Name.FlateDecode)
        pdf.docinfo["/Title"] = String("标题")
        change(pdf)
        pdf.save(target, deterministic_id=True, fix_metadata_version=False, **options)
    return target.getvalue()


def contents(data: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [stream.read_raw_bytes() for page in pdf.pages for stream in [page.Contents]]


@pytest.mark.parametrize("form", FORMS)
def test_written_once_and_all_else_kept(form):
    data = make(**FORMS[form])
    out = put(data)
    assert found(out) == [AIGC]
    assert put(out) == out
    assert put(put(out, Note("AIGC", "other", NAMESPACE, "TC260"))) == out
    assert contents(out) == contents(data)
    with pikepdf.open(io.BytesIO(data)) as before, pikepdf.open(io.BytesIO(out)) as after:
        assert after.pdf_version == before.pdf_version
        assert after.is_linearized == before.is_linearized
        assert str(after.docinfo["/Title"]) == "标题"
    assert (b"/ObjStm" in out) == (b"/ObjStm" in data)


@pytest.mark.parametrize("form", FORMS)
def test_independent_readers_see_the_note(form, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(put(make(**FORMS[form])))
    check = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors" in check.stdout
    exif = subprocess.run(["exiftool", "-j", "-G1", "-PDF:AIGC", path], capture_output=True, check=True)
    assert json.loads(exif.stdout)[0]["PDF:AIGC"] == AIGC
    info = subprocess.run(["pdfinfo", "-custom", path], capture_output=True, text=True, check=True)
    assert AIGC in info.stdout


def test_a_file_without_information_dictionary(tmp_path):
    def drop(pdf):
        del pdf.trailer["/Info"]

    data = make(drop)
    assert CONTAINER.survey(data).fields == ()
    assert found(put(data)) == [AIGC]


OLDER = {
    "another note": lambda pdf: pdf.docinfo.__setitem__("/AIGC", String("old")),
    "another name": lambda pdf: pdf.docinfo.__setitem__("/MyAigc", String("old")),
    "two notes": lambda pdf: (
        pdf.docinfo.__setitem__("/AIGC", String(AIGC)),
        pdf.docinfo.__setitem__("/aigc", String("old")),
    ),
    "a dictionary": lambda pdf: pdf.docinfo.__setitem__("/AIGC", Dictionary(Label=String("1"))),
    "XMP": lambda pdf: pdf.Root.__setitem__(
        "/Metadata", pikepdf.Stream(pdf, XMP, Type=Name.Metadata, Subtype=Name.XML)
    ),
    "compressed XMP": lambda pdf: pdf.Root.__setitem__(
        "/Metadata",
        pikepdf.Stream(pdf, zlib.compress(XMP), Type=Name.Metadata, Subtype=Name.XML, Filter=Name.FlateDecode),
    ),
}


@pytest.mark.parametrize("reason", OLDER)
def test_older_notes_are_replaced(reason):
    data = make(OLDER[reason])
    assert found(data)
    out = put(data)
    assert found(out) == [AIGC]
    assert put(out) == out
    if "XMP" in reason:
        assert "application/pdf" in [field.text for field in CONTAINER.survey(out).fields]


def test_values_that_are_no_text_are_told_with_a_defect():
    (field,) = [f for f in CONTAINER.survey(make(OLDER["a dictionary"])).fields if is_aigc(f)]
    assert (field.text, field.defects) == ('{"Label":"1"}', ("dictionary-instead-of-text",))


def signed(pdf):
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=String("x"))
    field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("s"), V=value))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(Dictionary(Kids=Array([field])))]), SigFlags=3)


def certified(pdf):
    pdf.Root.Perms = Dictionary(DocMDP=Dictionary(Type=Name.Sig))


PROTECTED = {
    "signed": ({"change": signed}, "签名"),
    "certified": ({"change": certified}, "签名"),
    "encrypted for its owner": ({"encryption": pikepdf.Encryption(owner="o", user="")}, "加密"),
    "encrypted for everybody": ({"encryption": pikepdf.Encryption(owner="o", user="u")}, "密码"),
}


@pytest.mark.parametrize("reason", PROTECTED)
def test_protected_files_are_refused_with_a_way_out(reason):
    options, word = PROTECTED[reason]
    data = make(**options) if "change" in options else encrypted(options["encryption"])
    with pytest.raises(UnsupportedError) as caught:
        put(data)
    assert word in caught.value.diagnostics().zh
    assert "下一步" in caught.value.diagnostics().zh


def encrypted(encryption) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(make())) as pdf:
        pdf.save(target, encryption=encryption)
    return target.getvalue()


def test_an_unsigned_signature_field_is_no_signature():
    def unsigned(pdf):
        pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Sig, T=String("s"))]))

    assert found(put(make(unsigned))) == [AIGC]


def test_a_form_that_contains_itself_is_over_budget():
    def loop(pdf):
        field = pdf.make_indirect(Dictionary(T=String("s")))
        field.Kids = Array([field, field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))

    with pytest.raises(MediaError, match="form fields"):
        put(make(loop))


UNREADABLE = {
    "empty": b"",
    "a header alone": b"%PDF-1.7\n",
    "a password": encrypted(pikepdf.Encryption(owner="o", user="u")),
    "no pages": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R/Info 1 0 R>>",
    "cut in half": make()[:600],
    "an XMP bomb": make(
        lambda pdf: pdf.Root.__setitem__(
            "/Metadata", pikepdf.Stream(pdf, zlib.compress(bytes(64 << 20)), Filter=Name.FlateDecode)
        )
    ),
    "XMP behind filters": make(
        lambda pdf: pdf.Root.__setitem__(
            "/Metadata", pikepdf.Stream(pdf, b"x", Filter=Array([Name.ASCIIHexDecode, Name.LZWDecode]))
        )
    ),
    "an information dictionary of arrays": make(lambda pdf: pdf.trailer.__setitem__("/Info", Array([1]))),
    "nested a thousand deep": b"%PDF-1.4\n1 0 obj\n" + b"[" * 5000 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
}


@pytest.mark.parametrize("reason", UNREADABLE)
def test_what_cannot_be_read_is_a_fault_never_absent(reason):
    assert CONTAINER.survey(UNREADABLE[reason]).faults


def test_a_broken_cross_reference_is_read_but_not_written():
    data = put(make()).replace(b"startxref\n", b"startxref\n9")
    survey = CONTAINER.survey(data)
    assert [field.text for field in survey.fields if is_aigc(field)] == [AIGC]
    assert survey.faults
    with pytest.raises(FormatError):
        put(data)


@pytest.mark.parametrize(("head", "score"), [(b"%PDF-1.4", 100), (b"junk\n%PDF-1.4", 60), (b"\x89PNG", 0), (b"", 0)])
def test_sniffing(head, score):
    assert CONTAINER.sniff(head) == score


SAMPLES = [make(), put(make(**FORMS["linearised object streams"]))]


@given(st.sampled_from(SAMPLES), st.data())
def test_mutated_files_raise_only_our_errors(sample, data):
    changed = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)) | st.just(len(changed)))
    survey = CONTAINER.survey(bytes(changed[:cut]))
    assert survey.fields or survey.faults or cut
    try:
        out = put(bytes(changed[:cut]))
    except MediaError:
        return
    assert found(out) == [AIGC]


@given(st.binary(max_size=300))
def test_any_bytes_raise_only_our_errors(data):
    assert CONTAINER.survey(b"%PDF-1.4\n" + data).faults
