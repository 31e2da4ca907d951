"""PDF: a note in the document information dictionary.

Source: TC260-PG-20258A, 6.3 (formats/marks.md 2.6); ISO 32000-1, 14.3.3 (information dictionary) and 7.9.2.2 (text).
The note is the text string `/AIGC` of `Info`. Properties of the document's XMP are read, and superseded ones dropped.
The file is written whole by qpdf with every stream's bytes as they were, its version, object streams and
linearisation kept. Encrypted and digitally signed files are refused: a mark would break both.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import zlib
from collections.abc import Iterator

import pikepdf

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.text import compact
from overt.language import Text

PLACE = "PDF Info"
INFO_LIMIT = 1_000
"""The most entries of the information dictionary; the standard names nine."""
XMP_LIMIT = 8 << 20
"""The longest XMP packet that is inflated."""
FIELD_LIMIT = 20_000
"""The most form fields that are asked whether they are signatures."""
INFLATION_LIMIT = 512 << 20
"""The most memory that qpdf may take for one compressed structure (object stream, cross-reference stream)."""

_DAMAGED = re.compile(r"damaged|reconstruct", re.IGNORECASE)
_STREAM = re.compile(r"stream <[^>]*>:?")  # How qpdf calls a file that has no name.
# What qpdf and its binding raise for damage, beside their own errors: a dictionary where a stream should be,
# a number out of range, a name that is not UTF-8.
_DAMAGE = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError)


def _limit_qpdf() -> None:
    """Bound what one stream may inflate to; the limit is qpdf's, for the process. A limit already set stays."""
    if pikepdf.settings.get_qpdf_limits()["flate_max_memory"] == 0:
        pikepdf.settings.set_qpdf_limits(flate_max_memory=INFLATION_LIMIT, png_max_memory=INFLATION_LIMIT)


_limit_qpdf()
# What qpdf complains about becomes faults and errors here; it need not reach standard error as well.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())


@contextlib.contextmanager
def opened(data: Buffer, *, mend: bool) -> Iterator[pikepdf.Pdf]:
    """An open document. With `mend`, a broken cross-reference table is rebuilt.

    Inside the block every error of qpdf becomes a `FormatError`.
    """
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=mend) as pdf:
            yield pdf
    except pikepdf.PasswordError as error:
        raise UnsupportedError("the PDF needs a password", "该 PDF 需要密码", hint=_HINT_ENCRYPTED) from error
    except MemoryError as error:
        raise BudgetError("the PDF asks for more memory than there is", "该 PDF 所需内存超出限额") from error
    except _DAMAGE as error:
        reason = " ".join(_STREAM.sub("", str(error)).split())[:300]
        raise FormatError(f"the PDF is damaged: {reason}", f"该 PDF 已损坏：{reason}") from error


_HINT_ENCRYPTED = Text(
    zh="请在加密之前添加标识：先去除密码，标识后重新加密。",
    en="Mark the document before it is encrypted: take the password off, mark it, encrypt it again.",
)
_HINT_SIGNED = Text(
    zh="请在签名之前添加标识：从未签名的版本开始，标识后重新签名。",
    en="Mark the document before it is signed: start from the unsigned version, then sign the result.",
)


def is_damaged(pdf: pikepdf.Pdf) -> bool:
    """Whether qpdf had to mend the document, so that parts of it may be missing."""
    return any(_DAMAGED.search(str(warning)) for warning in pdf.get_warnings())


def refuse_protected(pdf: pikepdf.Pdf) -> None:
    """Encrypted and signed documents are not written: both end with the first changed byte."""
    if pdf.is_encrypted:
        raise UnsupportedError("the PDF is encrypted", "该 PDF 已加密", hint=_HINT_ENCRYPTED)
    if _is_signed(pdf):
        raise UnsupportedError(
            "the PDF carries a digital signature, which any mark would break",
            "该 PDF 带有数字签名，添加任何标识都会使签名失效",
            hint=_HINT_SIGNED,
        )


def saved(pdf: pikepdf.Pdf) -> bytes:
    """The document as bytes: streams as they were, and the same bytes for the same document."""
    target = io.BytesIO()
    pdf.save(
        target,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        fix_metadata_version=False,
        linearize=pdf.is_linearized,
        deterministic_id=True,
    )
    return target.getvalue()


class _Pdf:
    """PDF with a note in its information dictionary."""

    name = "pdf"
    media_type = "application/pdf"
    suffixes = (".pdf",)
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """The header stands within the first 1,024 bytes (ISO 32000-1, annex H, note 13)."""
        if head.startswith(b"%PDF-"):
            return 100
        return 60 if b"%PDF-" in head[:1024] else 0

    def survey(self, data: Buffer) -> Survey:
        """Entries of the information dictionary and properties of the document's XMP."""
        fields: list[Field] = []
        faults: list[Fault] = []
        try:
            with opened(data, mend=True) as pdf:
                for reader in (_info_fields, _xmp_survey):
                    _collect(reader(pdf), fields, faults)
                if is_damaged(pdf):
                    faults.append(
                        Fault(
                            "PDF structure",
                            Text(
                                zh="交叉引用表已损坏，读取时作了重建",
                                en="the cross-reference table is damaged and was rebuilt",
                            ),
                        )
                    )
        except MediaError as error:
            faults.append(Fault("PDF structure", error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note in its information dictionary, unchanged if it is there already."""
        with opened(data, mend=False) as pdf:
            refuse_protected(pdf)
            info = _info_fields(pdf)
            if info.faults:
                raise FormatError(
                    f"the information dictionary cannot be read: {info.faults[0].reason.en}",
                    f"信息字典无法读取：{info.faults[0].reason.zh}",
                )
            old = [field for field in info.fields if superseded(field) or field.key == note.key]
            changed = [(field.key, field.text) for field in old] != [(note.key, note.text)]
            if changed:
                for field in old:
                    del pdf.docinfo[f"/{field.key}"]
                pdf.docinfo[f"/{note.key}"] = pikepdf.String(note.text)
            if _drop_from_xmp(pdf, superseded) or changed:
                return Splice([saved(pdf)])
        return Splice([range(len(data))])


def _collect(survey: Survey, fields: list[Field], faults: list[Fault]) -> None:
    fields += survey.fields
    faults += survey.faults


def _info_fields(pdf: pikepdf.Pdf) -> Survey:
    # Not `pdf.docinfo`, which makes a dictionary where there is none.
    info = pdf.trailer.get("/Info")
    if info is None:
        return Survey()
    if not isinstance(info, pikepdf.Dictionary):
        return Survey(
            faults=(Fault(PLACE, Text(zh="信息字典不是字典对象", en="the information dictionary is no dictionary")),)
        )
    fields, faults = [], []
    for number, key in enumerate(info.keys()):
        if number >= INFO_LIMIT:
            faults.append(Fault(PLACE, Text(zh=f"条目超过 {INFO_LIMIT} 个", en=f"more than {INFO_LIMIT} entries")))
            break
        try:
            fields.append(_info_field(key.removeprefix("/"), info[key]))
        except _DAMAGE as error:
            faults.append(Fault(PLACE, Text(zh=f"{key} 无法读取：{error}", en=f"{key}: {error}")))
    return Survey(tuple(fields), tuple(faults))


def _info_field(key: str, value: object) -> Field:
    if isinstance(value, pikepdf.Dictionary):
        pairs = {name.removeprefix("/"): str(item) for name, item in list(value.items())[:INFO_LIMIT]}
        return Field(PLACE, key, compact(pairs), defects=("dictionary-instead-of-text",))
    if isinstance(value, pikepdf.Name):
        return Field(PLACE, key, str(value).removeprefix("/"), defects=("name-instead-of-text",))
    return Field(PLACE, key, str(value))


def _metadata(pdf: pikepdf.Pdf) -> pikepdf.Stream | None:
    metadata = pdf.Root.get("/Metadata")
    return metadata if isinstance(metadata, pikepdf.Stream) else None


def inflated(stream: pikepdf.Stream, limit: int) -> bytes:
    """The bytes of a plain or deflated stream, inflated here and not by qpdf: with a limit."""
    raw = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if filters is None or names == []:
        content = raw
    elif names == ["/FlateDecode"] and stream.get("/DecodeParms") is None:
        try:
            content = zlib.decompressobj().decompress(raw, limit + 1)
        except zlib.error as error:
            raise FormatError(f"a stream cannot be inflated: {error}", f"流无法解压：{error}") from error
    else:
        raise UnsupportedError(
            f"a stream has the filters {' '.join(names)}", f"不支持流所用的过滤器：{' '.join(names)}"
        )
    if len(content) > limit:
        raise BudgetError(f"a stream inflates to more than {limit} bytes", f"流解压后超过 {limit} 字节")
    return content


def _xmp_survey(pdf: pikepdf.Pdf) -> Survey:
    stream = _metadata(pdf)
    if stream is None:
        return Survey()
    try:
        return xmp.read(inflated(stream, XMP_LIMIT), place="XMP")
    except MediaError as error:
        return Survey(faults=(Fault("XMP", error.message),))


def _drop_from_xmp(pdf: pikepdf.Pdf, superseded: Superseded) -> bool:
    """Take superseded properties out of the document's XMP; says whether there were any."""
    stream = _metadata(pdf)
    if stream is None:
        return False
    if not any(superseded(field) for field in _xmp_survey(pdf).fields):
        return False
    stream.write(xmp.drop(inflated(stream, XMP_LIMIT), superseded))
    return True


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether a signature field is signed, or the author allowed no changes (ISO 32000-1, 12.7.4.5, 12.8.4)."""
    if "/Perms" in pdf.Root:
        return True
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return False
    waiting: list[object] = list(_items(form.get("/Fields")))
    for asked in range(FIELD_LIMIT):
        if not waiting:
            return False
        field = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary):
            continue
        value = field.get("/V")
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
            return True
        waiting += list(_items(field.get("/Kids")))[: FIELD_LIMIT - asked]
    raise BudgetError(f"the PDF has more than {FIELD_LIMIT} form fields", f"该 PDF 的表单域超过 {FIELD_LIMIT} 个")


def _items(value: object) -> Iterator[object]:
    if isinstance(value, pikepdf.Array):
        yield from value


CONTAINER = _Pdf()
