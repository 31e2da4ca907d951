"""OpenDocument packages (ODT, ODS, ODP and their templates): a note as a user-defined property in `meta.xml`.

Source: OASIS ODF 1.3 part 2 (packages: mimetype 3.3, manifest 3.2, signatures 3.5, encryption 3.4) and part 3, 4.3
(metadata). No clause of China's standard names OpenDocument (formats/marks.md 2.6): `<meta:user-defined>`
is our choice. Only `meta.xml` changes, by a few bytes, and the manifest where it did not list that part; every other
entry is kept raw.
Signed and encrypted packages are refused. Flat XML documents and drawings are not handled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import xml_places, zip_archive
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element, escape, quoted
from overt.formats.zip_archive import Archive
from overt.language import Text

PLACE = "meta.xml"
PART_LIMIT = 4 << 20
"""The longest metadata part that is parsed."""
PROPERTY_LIMIT = 10_000
"""The most properties that are told."""
MIMETYPE_LIMIT = 256
"""Bytes; the longest media type of ODF has 64."""

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_MANIFEST_PART = "META-INF/manifest.xml"
_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*", re.IGNORECASE)
_MIMETYPE = re.compile(
    rb"application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)(?:-template)?(?![a-z-])"
)
_NEW_META = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta xmlns:office="{office}" xmlns:meta="{meta}" '
    'office:version="{version}"><office:meta></office:meta></office:document-meta>'
)
_KINDS = {"odt": b"text", "ods": b"spreadsheet", "odp": b"presentation"}


class Package:
    """An opened package: its entries and its manifest."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.archive: Archive = zip_archive.read(data)
        self.manifest = self.xml(_MANIFEST_PART)
        encrypted = f"{{{MANIFEST}}}encryption-data"
        self.is_encrypted = self.manifest.first(encrypted) is not None
        self.is_signed = any(_SIGNATURES.fullmatch(name) for name in self.archive.by_name)

    def raw(self, part: str, limit: int = PART_LIMIT) -> bytes:
        """The bytes of one part."""
        entry = self.archive.by_name.get(part)
        if entry is None:
            raise FormatError(f"the package has no {part}", f"文档包中没有 {part}")
        return zip_archive.content(self.data, entry, limit)

    def xml(self, part: str, limit: int = PART_LIMIT, *, depth: int = xml_places.DEPTH_LIMIT) -> Document:
        """One part with its elements' places, and the text of the metadata in it."""
        return xml_places.read(self.raw(part, limit), part, depth=depth)

    def rewritten(self, parts: dict[str, bytes]) -> Splice:
        """The package with these parts in place of the old ones."""
        return zip_archive.rewrite(self.data, self.archive, parts)

    def refuse_protected(self) -> None:
        """An encrypted part cannot be changed, and any change breaks a signature."""
        self.refuse_encrypted()
        if self.is_signed:
            raise UnsupportedError(
                "the document carries a digital signature, which any mark would break",
                "该文档带有数字签名，添加任何标识都会使签名失效",
                hint=Text(
                    zh="请在签名之前添加标识：移除签名，标识后重新签名。",
                    en="Mark the document before it is signed: take the signature off, mark it, sign it again.",
                ),
            )

    def refuse_encrypted(self) -> None:
        """What is encrypted cannot be told, either."""
        if self.is_encrypted:
            raise UnsupportedError(
                "the document is encrypted",
                "该文档已加密",
                hint=Text(
                    zh="请打开文档，去掉密码后另存，再添加标识。",
                    en="Open the document, save it without its password, then mark that.",
                ),
            )


class OpenDocument:
    """One family of OpenDocument files."""

    place = PLACE

    def __init__(self, name: str, media_type: str, suffixes: tuple[str, ...]) -> None:
        self.name = name
        self.media_type = media_type
        self.suffixes = suffixes

    def sniff(self, head: bytes) -> int:
        """100 where the first entry is the stored media type of this family."""
        if not head.startswith(b"PK\x03\x04") or head[30:38] != b"mimetype":
            return 0
        found = _MIMETYPE.match(head, 38 + int.from_bytes(head[28:30], "little"))
        return 100 if found and found[1] == _KINDS[self.name] else 0

    def survey(self, data: Buffer) -> Survey:
        """Every property of `meta.xml`: the generator, Dublin Core, what users defined."""
        try:
            package = Package(data)
            package.refuse_encrypted()
            if PLACE not in package.archive.by_name:
                return Survey()
            offset = package.archive.by_name[PLACE].start
            return Survey(tuple(_field(each, offset) for each in _properties(_meta(package.raw(PLACE)))))
        except MediaError as error:
            return Survey(faults=(Fault(PLACE, error.message),))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The package with the note as a user-defined property, and no superseded one."""
        package = Package(data)
        package.refuse_protected()
        _check_mimetype(package, self.name)
        parts: dict[str, bytes] = {}
        if PLACE in package.archive.by_name:
            raw = package.raw(PLACE)
        else:
            version = package.manifest.root.get(f"{{{MANIFEST}}}version") or "1.2"
            raw = _NEW_META.format(office=OFFICE, meta=META, version=version).encode()
        if listed := _listing(package.manifest):
            parts[_MANIFEST_PART] = xml_places.apply(package.manifest.raw, [listed])
        document = _meta(raw)
        new = xml_places.apply(document.raw, _changes(document, note, superseded))
        if new == raw and not parts:
            return Splice([range(len(data))])
        return package.rewritten({PLACE: new, **parts})


def _check_mimetype(package: Package, name: str) -> None:
    """The media type is the first entry and stored, so that the package is known by its first bytes."""
    entry = min(package.archive.entries, key=lambda entry: entry.start)
    raw = zip_archive.content(package.data, entry, MIMETYPE_LIMIT) if entry.name == "mimetype" else b""
    found = _MIMETYPE.match(raw)
    if entry.start != 0 or entry.method != 0 or not found or found[1] != _KINDS[name]:
        raise FormatError(
            "the package does not begin with its media type, stored", "文档包未以未压缩的 mimetype 条目开头"
        )


def _meta(raw: bytes) -> Document:
    """`meta.xml` with the text of its properties."""
    document = xml_places.read(raw, PLACE, depth=3)
    return xml_places.read(raw, PLACE, depth=4, text_of={each.name for each in document.elements if each.depth == 2})


def _properties(document: Document) -> Iterator[Element]:
    holder = document.first(f"{{{OFFICE}}}meta")
    if holder is None:
        raise FormatError(f"{PLACE} has no office:meta", f"{PLACE} 中没有 office:meta")
    for number, element in enumerate(document.children(holder)):
        if number >= PROPERTY_LIMIT:
            raise FormatError(
                f"{PLACE} has more than {PROPERTY_LIMIT} properties", f"{PLACE} 中的属性超过 {PROPERTY_LIMIT} 个"
            )
        yield element


def _field(element: Element, offset: int) -> Field:
    if element.name == f"{{{META}}}user-defined":
        return Field(PLACE, element.get(f"{{{META}}}name"), element.text, offset=offset)
    return Field(PLACE, element.local, element.text, namespace=element.namespace or None, offset=offset)


def _changes(document: Document, note: Note, superseded: Superseded) -> Iterator[Change]:
    """The first old property becomes the note, the others go; without any, the note comes last."""
    prefix, declaration = document.prefix(META, "meta")
    new = (
        f'<{prefix}user-defined{declaration} {prefix}name={quoted(note.key)} {prefix}value-type="string">'
        f"{escape(note.text)}</{prefix}user-defined>"
    )
    fields = ((each, _field(each, 0)) for each in _properties(document))
    old = [each for each, field in fields if superseded(field) or (field.namespace is None and field.key == note.key)]
    for number, element in enumerate(old):
        yield element.start, element.stop, "" if number else new
    holder = document.first(f"{{{OFFICE}}}meta")
    if not old and holder is not None:
        yield document.inside(holder, new, last=True)


def _listing(manifest: Document) -> Change | None:
    """The manifest must list every part; one that does not know `meta.xml` learns of it."""
    path = f"{{{MANIFEST}}}full-path"
    if any(entry.get(path) == PLACE for entry in manifest.named(f"{{{MANIFEST}}}file-entry")):
        return None
    prefix, declaration = manifest.prefix(MANIFEST, "manifest")
    line = f'<{prefix}file-entry{declaration} {prefix}full-path="{PLACE}" {prefix}media-type="text/xml"/>'
    return manifest.inside(manifest.root, line, last=True)


_TYPE = "application/vnd.oasis.opendocument."
ODT = OpenDocument("odt", _TYPE + "text", (".odt", ".ott"))
ODS = OpenDocument("ods", _TYPE + "spreadsheet", (".ods", ".ots"))
ODP = OpenDocument("odp", _TYPE + "presentation", (".odp", ".otp"))
CONTAINERS = (ODT, ODS, ODP)
