"""Office Open XML packages (DOCX, XLSX, PPTX): a note as a custom document property.

Source: TC260-PG-20258A, 6.1 (formats/marks.md 2.6); ECMA-376 part 1, 22.3 (custom properties) and part 2 (packages).
The note is `<property name="AIGC">` in `docProps/custom.xml`, with its content type and package relationship.
Other properties stay; every other part is kept as it is in the ZIP, byte for byte.
Signed packages are refused. Parts with a document type declaration are not read, so that no entity can expand.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import zip_archive
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.zip_archive import Archive
from overt.language import Text

PLACE = "docProps/custom.xml"
PART_LIMIT = 4 << 20
"""The longest metadata part that is parsed; a package of a thousand slides has content types of 300 KiB."""
PROPERTY_LIMIT = 10_000
"""The most properties that are told."""

_TYPES, _RELATIONSHIPS = "[Content_Types].xml", "_rels/.rels"
_NS_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_NS_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_SIGNATURE = "_xmlsignatures/"
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_FAMILIES = {
    "docx": r"wordprocessingml|ms-word",
    "xlsx": r"spreadsheetml|ms-excel",
    "pptx": r"presentationml|ms-powerpoint",
}


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The names of one of the two conformance classes of ISO/IEC 29500."""

    relationship: str
    properties: str
    values: str


_TRANSITIONAL = _Vocabulary(
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties",
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
)
_STRICT = _Vocabulary(
    "http://purl.oclc.org/ooxml/officeDocument/relationships/customProperties",
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
    "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
)


def parse_xml(raw: bytes, part: str) -> etree._Element:
    """A part as a tree. Parts are UTF-8 or UTF-16 (ECMA-376 part 2, 8.1.4); a DOCTYPE is refused."""
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{part} is neither UTF-8 nor UTF-16", f"{part} 既不是 UTF-8 也不是 UTF-16 编码") from error
    text = _DECLARATION.sub("", text, count=1) if text[:200].lstrip().startswith("<?xml") else text
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FormatError(
            f"{part} has a document type declaration, which packages must not have", f"{part} 含有 DTD 声明"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"{part} is not well-formed XML: {error}", f"{part} 不是格式良好的 XML：{error}") from error


def _serialise(root: etree._Element) -> bytes:
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True, standalone=True)


class Package:
    """An opened package: its parts, their types and the relationships of the package itself."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.archive: Archive = zip_archive.read(data)
        self.types = self.xml(_TYPES)
        self.relationships = self.xml(_RELATIONSHIPS)
        self.is_signed = any(name.startswith(_SIGNATURE) for name in self.archive.by_name)

    def xml(self, part: str, limit: int = PART_LIMIT) -> etree._Element:
        """One part as a tree."""
        entry = self.archive.by_name.get(part)
        if entry is None:
            raise FormatError(f"the package has no {part}", f"文档包中没有 {part}")
        return parse_xml(zip_archive.content(self.data, entry, limit), part)

    def related(self, *kinds: str) -> str | None:
        """The name of the part to which the package has a relationship of a kind, given by its URI's end."""
        for relationship in self.relationships.iter(f"{{{_NS_RELATIONSHIPS}}}Relationship"):
            kind = relationship.get("Type", "").rstrip("/").rsplit("/", 1)[-1]
            if kind in kinds and relationship.get("TargetMode") != "External":
                return relationship.get("Target", "").removeprefix("./").lstrip("/")
        return None

    @property
    def vocabulary(self) -> _Vocabulary:
        """Strict packages say so in the relationship to their main part."""
        kind = f"{_STRICT.relationship.rsplit('/', 1)[0]}/officeDocument"
        relationships = self.relationships.iter(f"{{{_NS_RELATIONSHIPS}}}Relationship")
        return _STRICT if any(r.get("Type") == kind for r in relationships) else _TRANSITIONAL

    def refuse_signed(self) -> None:
        """Any change would break the signature, so none is made."""
        if self.is_signed:
            raise UnsupportedError(
                "the document carries a digital signature, which any mark would break",
                "该文档带有数字签名，添加任何标识都会使签名失效",
                hint=Text(
                    zh="请在签名之前添加标识：移除签名，标识后重新签名。",
                    en="Mark the document before it is signed: take the signature off, mark it, sign it again.",
                ),
            )


def family(data: Buffer) -> str | None:
    """Which of docx, xlsx and pptx a package is, by its content types; None for another."""
    return _family_of(etree.tostring(Package(data).types, encoding="unicode"))


def _family_of(types: str) -> str | None:
    for name, vocabulary in _FAMILIES.items():
        if re.search(rf'ContentType="application/vnd\.[^"]*(?:{vocabulary})[^"]*\.main(?:\+xml)?"', types):
            return name
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    field: Field
    part: str
    element: etree._Element


def _metadata_parts(package: Package) -> Iterator[tuple[str, str]]:
    """The parts that describe the document: what it is, and its name in this package."""
    for place, kinds in (
        (PLACE, ("custom-properties", "customProperties")),
        ("docProps/core.xml", ("core-properties", "coreProperties")),
        ("docProps/app.xml", ("extended-properties", "extendedProperties")),
    ):
        if part := package.related(*kinds):
            yield place, part


def _fields(place: str, part: str, root: etree._Element, offset: int) -> Iterator[_Found]:
    for number, child in enumerate(root.iterchildren(etree.Element)):
        if number >= PROPERTY_LIMIT:
            raise FormatError(
                f"{part} has more than {PROPERTY_LIMIT} properties", f"{part} 中的属性超过 {PROPERTY_LIMIT} 个"
            )
        name = etree.QName(child)
        key, namespace = (child.get("name", ""), None) if place == PLACE else (name.localname, name.namespace)
        text = "".join(map(str, child.itertext()))
        yield _Found(Field(place, key, text, namespace=namespace, offset=offset), part, child)


class Office:
    """One family of Office documents."""

    place = PLACE

    def __init__(self, name: str, media_type: str, suffixes: tuple[str, ...]) -> None:
        self.name = name
        self.media_type = media_type
        self.suffixes = suffixes

    def sniff(self, head: bytes) -> int:
        """95 by the content types that begin the archive, 90 where they go on beyond the head, 80 by a folder."""
        if not head.startswith(b"PK\x03\x04"):
            return 0
        types = _types_in_head(head)
        if found := _family_of(types) if types else None:
            return 95 if found == self.name else 0
        folder = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/"}[self.name]
        if types and f'PartName="/{folder.decode()}' in types:  # The main part's type lies beyond the head.
            return 90
        return 80 if re.search(rb"PK\x03\x04.{26}" + folder, head, re.DOTALL) else 0

    def survey(self, data: Buffer) -> Survey:
        """Custom, core and extended properties."""
        fields: list[Field] = []
        faults: list[Fault] = []
        try:
            package = Package(data)
        except MediaError as error:
            return Survey(faults=(Fault("ZIP package", error.message),))
        for place, part in _metadata_parts(package):
            try:
                root = package.xml(part)
                offset = package.archive.by_name[part].start
                fields += [found.field for found in _fields(place, part, root, offset)]
            except MediaError as error:
                faults.append(Fault(place, error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The package with the note as a custom property, and no superseded one."""
        package = Package(data)
        package.refuse_signed()
        return _write(package, note, superseded)


def _types_in_head(head: bytes) -> str | None:
    """The content types, as far as they lie in a file's first bytes as its first entry."""
    name_length, extra_length = (int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    if head[30 : 30 + name_length] != _TYPES.encode():
        return None
    body = head[30 + name_length + extra_length :]
    if int.from_bytes(head[8:10], "little") == 8:
        try:
            body = zlib.decompressobj(-15).decompress(body, 1 << 20)
        except zlib.error:
            return None
    return body.decode("utf-8", "replace")


def _write(package: Package, note: Note, superseded: Superseded) -> Splice:
    words = package.vocabulary
    roots: dict[str, etree._Element] = {}
    old: list[_Found] = []
    target = None
    for place, part in _metadata_parts(package):
        roots[part] = package.xml(part)
        target = part if place == PLACE else target
        old += [found for found in _fields(place, part, roots[part], 0) if superseded(found.field)]
    changed: set[str] = set()
    if target is None:
        target = PLACE
        if target in package.archive.by_name:
            raise FormatError(
                f"{target} is in the package without a relationship to it", f"文档包中有 {target}，但没有指向它的关系"
            )
        roots[target] = etree.fromstring(f'<Properties xmlns="{words.properties}" xmlns:vt="{words.values}"/>')
        roots[_RELATIONSHIPS] = package.relationships
        _relate(package.relationships, words.relationship, target)
        changed.add(_RELATIONSHIPS)
    if _declare(package.types, target):
        roots[_TYPES] = package.types
        changed.add(_TYPES)
    _set(roots[target], note, words, [found.element for found in old if found.part == target])
    changed.add(target)
    for found in old:
        if found.part != target:
            changed.add(found.part)
            _remove(found.element)
    return zip_archive.rewrite(
        package.data, package.archive, {part: _serialise(roots[part]) for part in sorted(changed)}
    )


def _set(root: etree._Element, note: Note, words: _Vocabulary, old: list[etree._Element]) -> None:
    """The first old property becomes the note, the others go; without any, the note comes last."""
    namespace = etree.QName(root).namespace or words.properties
    values = _STRICT.values if namespace == _STRICT.properties else _TRANSITIONAL.values
    properties = list(root.iterchildren(etree.Element))
    old = [element for element in properties if element in old or element.get("name") == note.key]
    taken = {_pid(element) for element in properties if element not in old[:1]}
    pid = _pid(old[0]) if old else 0
    if pid < 2 or pid in taken:
        pid = max({1, *taken}) + 1
    new = etree.Element(f"{{{namespace}}}property", fmtid=_FORMAT_ID, pid=str(pid), name=note.key)
    try:
        etree.SubElement(new, f"{{{values}}}lpwstr", nsmap={"vt": values}).text = note.text
    except ValueError as error:
        raise FormatError("the note has characters that XML cannot hold", "文本含有 XML 不允许的字符") from error
    if old:
        new.tail = old[0].tail
        root.replace(old[0], new)
    else:
        root.append(new)
    for element in old[1:]:
        _remove(element)


def _pid(element: etree._Element) -> int:
    """A property's number: 2 and above; 0 where it has none that counts."""
    pid = element.get("pid", "")
    return int(pid) if re.fullmatch(r"[0-9]{1,9}", pid) else 0


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _relate(root: etree._Element, kind: str, target: str) -> None:
    used = {relationship.get("Id") for relationship in root}
    number = next(n for n in range(1, len(used) + 2) if f"rId{n}" not in used)
    etree.SubElement(root, f"{{{_NS_RELATIONSHIPS}}}Relationship", Id=f"rId{number}", Type=kind, Target=target)


def _declare(root: etree._Element, part: str) -> bool:
    """Give the part its content type; says whether anything had to change."""
    tag = f"{{{_NS_TYPES}}}Override"
    for override in root.iter(tag):
        if override.get("PartName", "").casefold() == f"/{part}".casefold():
            if override.get("ContentType") == _CUSTOM_TYPE:
                return False
            override.set("ContentType", _CUSTOM_TYPE)
            return True
    etree.SubElement(root, tag, PartName=f"/{part}", ContentType=_CUSTOM_TYPE)
    return True


_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = Office("docx", _OFFICE + "wordprocessingml.document", (".docx", ".docm", ".dotx", ".dotm"))
XLSX = Office("xlsx", _OFFICE + "spreadsheetml.sheet", (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb"))
PPTX = Office(
    "pptx",
    _OFFICE + "presentationml.presentation",
    (".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"),
)
CONTAINER = DOCX
CONTAINERS = (DOCX, XLSX, PPTX)
