"""EPUB books: a note as a `meta` of the package document.

Source: EPUB 3.3 (W3C), 5.5.5 (meta), D.1.4 (the `prefix` attribute), OCF 4.2.6 (META-INF), 4.3.2 (mimetype); OPF 2.0.1
for EPUB 2. No clause of China's standard names EPUB (formats/marks.md 2.6). We write, in EPUB 3,
`<meta property="TC260:AIGC">` with the prefix declared for the standard's XMP namespace, in EPUB 2
`<meta name="AIGC" content="…"/>`. Only the package document changes, by a few bytes.
Signed books and books with DRM are refused; obfuscated fonts are not DRM. Of several renditions the first is marked.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import xml_places, zip_archive
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element, escape, quoted
from overt.formats.zip_archive import Archive
from overt.language import Text

PLACE = "OPF metadata"
PART_LIMIT = 16 << 20
"""The longest package document that is parsed; a book of ten thousand files has one of 2 MiB."""
PROPERTY_LIMIT = 10_000
"""The most properties that are told."""
SPINE_LIMIT = 20_000
"""The most documents of a spine."""

_MIMETYPE = b"application/epub+zip"
_OPF = "http://www.idpf.org/2007/opf"
_CONTAINER = "urn:oasis:names:tc:opendocument:xmlns:container"
_OPF_TYPE = "application/oebps-package+xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_OBFUSCATION = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_ENCRYPTION_METHOD = "{http://www.w3.org/2001/04/xmlenc#}EncryptionMethod"
_PREFIX = re.compile(r"([A-Za-z_][\w.-]*):[ \t\r\n]+(\S+)")
# EPUB 3.3, D.4.1: prefixes that need no declaration.
_RESERVED = {
    "a11y": "http://www.idpf.org/epub/vocab/package/a11y/#",
    "dcterms": "http://purl.org/dc/terms/",
    "marc": "http://id.loc.gov/vocabulary/",
    "media": "http://www.idpf.org/epub/vocab/overlays/#",
    "onix": "http://www.editeur.org/ONIX/book/codelists/current.html#",
    "rendition": "http://www.idpf.org/vocab/rendition/#",
    "schema": "http://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class SpineItem:
    """One document of the reading order: the entry that holds it, and whether it is read in line."""

    part: str
    is_linear: bool


class Package:
    """An opened book: its entries, where its package document is, and that document."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.archive: Archive = zip_archive.read(data)
        self.opf = self._rootfile()
        raw = self.raw(self.opf)
        outline = xml_places.read(raw, self.opf, depth=4)
        self.document = xml_places.read(
            raw, self.opf, depth=4, text_of={each.name for each in outline.elements if each.depth >= 2}
        )

    def _rootfile(self) -> str:
        container = xml_places.read(self.raw("META-INF/container.xml"), "META-INF/container.xml")
        for element in container.elements:
            if element.local == "rootfile" and element.get("media-type", _OPF_TYPE) == _OPF_TYPE:
                return unquote(element.get("full-path"))
        raise FormatError("the book names no package document", "该电子书未指明 OPF 文件")

    def raw(self, part: str, limit: int = PART_LIMIT) -> bytes:
        """The bytes of one entry."""
        entry = self.archive.by_name.get(part)
        if entry is None:
            raise FormatError(f"the book has no {part}", f"电子书中没有 {part}")
        return zip_archive.content(self.data, entry, limit)

    @property
    def is_epub3(self) -> bool:
        """Whether `meta` has the form of EPUB 3."""
        return self.document.root.get("version").strip().startswith("3")

    @property
    def metadata(self) -> Element:
        """The element that holds the book's metadata."""
        for element in self.document.elements:
            if element.local == "metadata" and element.depth == 1:
                return element
        raise FormatError(f"{self.opf} has no metadata", f"{self.opf} 中没有 metadata")

    def spine(self) -> Iterator[SpineItem]:
        """The pages in reading order, as entries of the archive."""
        elements = self.document.elements
        items = {each.get("id"): each for each in elements if each.local == "item" and each.depth == 2}
        folder = posixpath.dirname(self.opf)
        for number, each in enumerate(each for each in elements if each.local == "itemref" and each.depth == 2):
            if number >= SPINE_LIMIT:
                raise FormatError(
                    f"the spine has more than {SPINE_LIMIT} documents", f"书脊中的文档超过 {SPINE_LIMIT} 个"
                )
            item = items.get(each.get("idref"))
            if item is not None and item.get("media-type").strip() in _PAGES:
                part = posixpath.normpath(posixpath.join(folder, unquote(item.get("href"))))
                yield SpineItem(part, each.get("linear", "yes").strip() != "no")

    def refuse_protected(self) -> None:
        """Digital rights management and signatures bind the bytes; obfuscated fonts do not."""
        names = self.archive.by_name
        if "META-INF/signatures.xml" in names:
            raise UnsupportedError(
                "the book carries a digital signature, which any mark would break",
                "该电子书带有数字签名，添加任何标识都会使签名失效",
                hint=Text(zh="请在签名之前添加标识。", en="Mark the book before it is signed."),
            )
        if "META-INF/rights.xml" in names or "META-INF/license.lcpl" in names or self._is_encrypted():
            raise UnsupportedError(
                "the book is protected by digital rights management",
                "该电子书受数字版权管理（DRM）保护",
                hint=Text(zh="请在加上保护之前添加标识。", en="Mark the book before the protection is put on."),
            )

    def _is_encrypted(self) -> bool:
        part = "META-INF/encryption.xml"
        if part not in self.archive.by_name:
            return False
        methods = xml_places.read(self.raw(part), part).named(_ENCRYPTION_METHOD)
        return any(method.get("Algorithm") not in _OBFUSCATION for method in methods)


class _Epub:
    """EPUB 2 and 3."""

    name = "epub"
    media_type = "application/epub+zip"
    suffixes = (".epub",)
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """100 where the first entry is the stored media type."""
        if not head.startswith(b"PK\x03\x04") or head[30:38] != b"mimetype":
            return 0
        return 100 if head.startswith(_MIMETYPE, 38 + int.from_bytes(head[28:30], "little")) else 0

    def survey(self, data: Buffer) -> Survey:
        """Title, creators and the other Dublin Core elements, and every `meta`."""
        try:
            package = Package(data)
            offset = package.archive.by_name[package.opf].start
            return Survey(tuple(field for _, field in _fields(package, offset)))
        except MediaError as error:
            return Survey(faults=(Fault(PLACE, error.message),))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The book with the note among its metadata, and no superseded one."""
        package = Package(data)
        package.refuse_protected()
        _check_mimetype(package)
        document = package.document
        new = xml_places.apply(document.raw, _changes(package, note, superseded))
        if new == package.raw(package.opf):
            return Splice([range(len(data))])
        return zip_archive.rewrite(data, package.archive, {package.opf: new})


def _check_mimetype(package: Package) -> None:
    entry = min(package.archive.entries, key=lambda entry: entry.start)
    if entry.name != "mimetype" or entry.start != 0 or entry.method != 0 or entry.size > 100:
        raise FormatError("the book does not begin with its media type, stored", "电子书未以未压缩的 mimetype 条目开头")


def _fields(package: Package, offset: int) -> Iterator[tuple[Element, Field]]:
    prefixes = _RESERVED | dict(_PREFIX.findall(package.document.root.get("prefix")))
    # EPUB 2 may wrap the elements once more, in dc-metadata and x-metadata.
    holders = [package.metadata]
    holders += [each for each in package.document.children(package.metadata) if each.local.endswith("-metadata")]
    count = 0
    for holder in holders:
        for element in package.document.children(holder):
            count += 1
            if count > PROPERTY_LIMIT:
                raise FormatError(
                    f"{package.opf} has more than {PROPERTY_LIMIT} properties",
                    f"{package.opf} 中的属性超过 {PROPERTY_LIMIT} 个",
                )
            if element not in holders:
                yield element, _field(element, prefixes, offset)


def _field(element: Element, prefixes: dict[str, str], offset: int) -> Field:
    if element.local != "meta":
        return Field(PLACE, element.local, element.text.strip(), namespace=element.namespace or None, offset=offset)
    if name := element.get("property").strip():
        prefix, colon, local = name.partition(":")
        namespace = prefixes.get(prefix) if colon else None
        return Field(PLACE, local if colon else name, element.text.strip(), namespace=namespace, offset=offset)
    return Field(PLACE, element.get("name"), element.get("content"), offset=offset)


def _changes(package: Package, note: Note, superseded: Superseded) -> Iterator[Change]:
    """The first old element becomes the note, the others go; without any, the note comes last."""
    document = package.document
    prefix, declared = _opf_prefix(document)
    if package.is_epub3:
        name, change = _property_prefix(document, note)
        new = f"<{prefix}meta{declared} property={quoted(f'{name}:{note.key}')}>{escape(note.text)}</{prefix}meta>"
        if change:
            yield change
    else:
        new = f"<{prefix}meta{declared} name={quoted(note.key)} content={quoted(note.text)}/>"
    old = [
        element
        for element, field in _fields(package, 0)
        if superseded(field) or (element.local == "meta" and field.key == note.key)
    ]
    for number, element in enumerate(old):
        yield element.start, element.stop, "" if number else new
    if not old:
        yield document.inside(package.metadata, new, last=True)


def _opf_prefix(document: Document) -> tuple[str, str]:
    """The prefix under which the package document has its own elements; usually none."""
    if document.prefixes.get("") == _OPF:
        return "", ""
    return document.prefix(_OPF, "opf")


def _property_prefix(document: Document, note: Note) -> tuple[str, Change | None]:
    """The prefix that the book declares for the note's namespace, and the change that declares it if none does."""
    declared = dict(_PREFIX.findall(document.root.get("prefix")))
    for prefix, uri in declared.items():
        if uri == note.namespace:
            return prefix, None
    name = next(each for each in (note.prefix, *(f"{note.prefix}{n}" for n in range(2, 99))) if each not in declared)
    line = f"{name}: {note.namespace}"
    tag = document.raw[document.root.start : document.root.inner].decode("utf-8", "replace")
    old = re.search(r"""\sprefix\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    if old is None:
        at = document.root.start + len((re.match(r"<[^\s/>]+", tag) or [""])[0].encode())
        return name, (at, at, f" prefix={quoted(line)}")
    at = document.root.start + len(tag[: old.end() - 1].encode())
    blank = " " if (old[1] or old[2] or "").strip() else ""
    return name, (at, at, blank + line)


CONTAINER = _Epub()
