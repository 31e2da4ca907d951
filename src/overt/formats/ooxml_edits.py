"""Changes to the parts of an Office Open XML package, each by a few bytes, and the package that they make.

Source: ECMA-376 part 2, 6.5 (relationships) and 7.2.3 (content types). What no change touches is kept raw.
A package that no change has changed comes out byte for byte.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from overt.errors import FormatError
from overt.formats import xml_places, zip_archive
from overt.formats.ooxml import PART_LIMIT, Package
from overt.formats.splice import Splice
from overt.formats.xml_places import Change, Document, quoted

_TYPES = "[Content_Types].xml"
_NS_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_NS_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_EMPTY = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_NS_RELATIONSHIPS}"/>'


@dataclass(frozen=True, slots=True)
class Relation:
    """A part's relationship to another part: the last word of its type, and the other part's name."""

    kind: str
    part: str


class Edits:
    """The changed parts of one package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.parts: dict[str, bytes] = {}

    def raw(self, part: str, limit: int = PART_LIMIT) -> bytes:
        """A part as it is after the changes so far."""
        if part in self.parts:
            return self.parts[part]
        entry = self.package.archive.by_name.get(part)
        if entry is None:
            raise FormatError(f"the package has no {part}", f"文档包中没有 {part}")
        return zip_archive.content(self.package.data, entry, limit)

    def read(
        self,
        part: str,
        limit: int = PART_LIMIT,
        *,
        depth: int = xml_places.DEPTH_LIMIT,
        text_of: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> Document:
        """A part with the places of its elements."""
        return xml_places.read(self.raw(part, limit), part, depth=depth, text_of=text_of, closed=closed)

    def change(self, part: str, document: Document, changes: Iterable[Change]) -> None:
        """Make these changes to a part that was read as `document`."""
        self.parts[part] = xml_places.apply(document.raw, changes)

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part is related to inside the package, by the id that the part uses."""
        path = _relationships_of(part)
        if path not in self.parts and path not in self.package.archive.by_name:
            return {}
        folder = posixpath.dirname(part)
        found = {}
        for each in self.read(path).named(f"{{{_NS_RELATIONSHIPS}}}Relationship"):
            if each.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, unquote(each.get("Target")))).lstrip("/")
                found[each.get("Id")] = Relation(each.get("Type").rstrip("/").rsplit("/", 1)[-1], target)
        return found

    def relate(self, part: str, kind: str, target: str) -> str:
        """Relate a part to another; `kind` is the whole URI. Returns the id."""
        path = _relationships_of(part)
        if path not in self.parts and path not in self.package.archive.by_name:
            self.parts[path] = _EMPTY.encode()
            self._default_type("rels", _RELATIONSHIPS_TYPE)
        document = self.read(path)
        used = {each.get("Id") for each in document.elements}
        new = next(f"rId{number}" for number in range(1, len(used) + 2) if f"rId{number}" not in used)
        prefix, declared = _prefix(document, _NS_RELATIONSHIPS)
        line = f"<{prefix}Relationship{declared} Id={quoted(new)} Type={quoted(kind)} Target={quoted('/' + target)}/>"
        self.change(path, document, [document.inside(document.root, line, last=True)])
        return new

    def add(self, part: str, content: bytes, content_type: str) -> None:
        """A new part with its content type."""
        self.parts[part] = content
        types = self.read(_TYPES)
        prefix, declared = _prefix(types, _NS_TYPES)
        line = f"<{prefix}Override{declared} PartName={quoted('/' + part)} ContentType={quoted(content_type)}/>"
        self.change(_TYPES, types, [types.inside(types.root, line, last=True)])

    def unused(self, pattern: str) -> str:
        """A part's name that is free: `pattern` with a number in place of its braces."""
        taken = {name.casefold() for name in (*self.package.archive.by_name, *self.parts)}
        names = (pattern.format(number) for number in range(1, len(taken) + 2))
        return next(name for name in names if name.casefold() not in taken)

    def splice(self) -> Splice:
        """The package with the changes."""
        by_name, data = self.package.archive.by_name, self.package.data
        changed = {
            part: new
            for part, new in self.parts.items()
            if part not in by_name or zip_archive.content(data, by_name[part], by_name[part].size) != new
        }
        if not changed:
            return Splice([range(len(data))])
        return zip_archive.rewrite(data, self.package.archive, changed, deflate=True)

    def _default_type(self, extension: str, content_type: str) -> None:
        types = self.read(_TYPES)
        if any(each.get("Extension").casefold() == extension for each in types.named(f"{{{_NS_TYPES}}}Default")):
            return
        prefix, declared = _prefix(types, _NS_TYPES)
        line = f"<{prefix}Default{declared} Extension={quoted(extension)} ContentType={quoted(content_type)}/>"
        self.change(_TYPES, types, [types.inside(types.root, line)])


def _relationships_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _prefix(document: Document, uri: str) -> tuple[str, str]:
    return ("", "") if document.prefixes.get("") == uri else document.prefix(uri, "pkg")
