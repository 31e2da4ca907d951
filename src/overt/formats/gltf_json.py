"""The JSON of a glTF scene, which glTF files are and GLB files hold: its texts, and the note in its `extras`.

Source: glTF 2.0 (ISO/IEC 12113:2022), 3.2 (asset), 3.12 (extras); KHR_xmp_json_ld for XMP packets.
No clause names a place for a metadata label in a scene; the note goes into the top-level `extras`, as a string
under its key [ours]: every glTF library keeps what is there, and a packet of KHR_xmp_json_ld is known to few.
The text is edited, never written anew. Geometry, pictures and binary data are not looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import json_text
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.json_text import Edit, Part, Parts
from overt.formats.text import compact
from overt.language import Text

PLACE = "glTF extras"
JSON_LIMIT = 64 << 20
"""The longest JSON that is read: decoded it takes up to ten times as much memory."""
FIELD_LIMIT = 100_000
"""The most texts that are told of one scene."""
DEPTH_LIMIT = 16
"""Levels of objects in `extras` that are looked into; each is decoded once more than the one around it."""

_XMP = "KHR_xmp_json_ld"
_EXTRAS = re.compile(r'(?<!\\)"extras"[ \t\r\n]*:[ \t\r\n]*(?=\{)')
"""In JSON, a quotation mark inside a string has a backslash before it: what matches is the name of a member."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A text, the member that holds it, and the object that this member belongs to."""

    field: Field
    part: Part
    home: Parts


def text_of(data: bytes) -> str:
    """The JSON as a text. Raises `FormatError`, or `BudgetError` where it is longer than `JSON_LIMIT`."""
    if len(data) > JSON_LIMIT:
        raise BudgetError(
            f"the scene's JSON has {len(data)} bytes; at most {JSON_LIMIT} are read",
            f"场景的 JSON 长 {len(data)} 字节；最多读取 {JSON_LIMIT} 字节",
            hint=Text(
                zh="请另存为 GLB：网格和图片在其中不占用 JSON。",
                en="Save it as GLB: meshes and pictures leave the JSON there.",
            ),
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("the scene's JSON is not UTF-8", "场景的 JSON 不是 UTF-8 编码") from error


def survey(text: str) -> Survey:
    """Every text that describes the scene: `asset`, every `extras`, and XMP packets."""
    fields: list[Field] = []
    faults: list[Fault] = []
    root = json_text.document(text)
    try:
        for found in _texts(text, root):
            if len(fields) == FIELD_LIMIT:
                raise _too_many()
            fields.append(found.field)
    except MediaError as error:
        faults.append(Fault(PLACE, error.message))
    return Survey(tuple(fields), tuple(faults))


def note_edits(text: str, note: Note, superseded: Superseded) -> list[Edit]:
    """The edits that leave exactly this note. Raises `FormatError` or `UnsupportedError`."""
    root = json_text.document(text)
    _check_version(root)
    extras = root.one("extras")
    if extras is not None and not isinstance(extras.value, dict):
        raise UnsupportedError(
            "the scene's top-level extras are no object, and hold no named text",
            "场景顶层的 extras 不是对象，无法存放具名文本",
            hint=Text(zh="请把该值移到 extras 的某个成员中。", en="Move the value into a member of extras."),
        )
    doomed: dict[int, tuple[Parts, list[Part]]] = {}
    for number, found in enumerate(_texts(text, root)):
        if number == FIELD_LIMIT:
            raise _too_many()
        if superseded(found.field) and not (found.field.place == "glTF asset" and found.part.key == "version"):
            parts = doomed.setdefault(found.home.start, (found.home, []))[1]
            if found.part not in parts:
                parts.append(found.part)
    member = f"{json_text.written(note.key)}:{json_text.written(note.text)}"
    edits: list[Edit] = []
    if extras is None:
        edits.append(root.appended(text, [f'"extras":{{{member}}}']))
    else:
        home = json_text.parts(text, extras.at)
        old = [part for part in home.parts if part.key == note.key or part in doomed.get(home.start, (home, []))[1]]
        doomed.pop(home.start, None)
        if old:
            edits.append((old[0].start, old[0].stop, member))
            edits += home.without(old[1:])
        else:
            edits.append(home.appended(text, [member]))
    for home, parts in doomed.values():
        edits += home.without(parts)
    return _outermost(edits)


def _too_many() -> BudgetError:
    return BudgetError(f"the scene has more than {FIELD_LIMIT} texts", f"场景中的文本超过 {FIELD_LIMIT} 条")


def _outermost(edits: list[Edit]) -> list[Edit]:
    """Without what is inside something that goes."""
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if not result or edit[0] >= result[-1][1]:
            result.append(edit)
    return result


def _check_version(root: Parts) -> None:
    asset = root.one("asset")
    version = asset.value.get("version") if asset is not None and isinstance(asset.value, dict) else None
    if not isinstance(version, str):
        raise FormatError("the JSON says no glTF version: it is no scene", "该 JSON 未写明 glTF 版本，不是 glTF 场景")
    if not version.startswith("2."):
        raise UnsupportedError(
            f"this is glTF {version}; scenes of glTF 2 are marked",
            f"这是 glTF {version}；仅支持标识 glTF 2",
            hint=Text(zh="请用建模软件另存为 glTF 2.0。", en="Save it as glTF 2.0 with a modelling program."),
        )


def _texts(text: str, root: Parts) -> Iterator[_Found]:
    for section in root.named("asset"):
        if isinstance(section.value, dict):
            home = json_text.parts(text, section.at)
            yield from (_Found(Field("glTF asset", p.key, _shown(p.value)), p, home) for p in home.parts if _is_text(p))
    yield from (
        _Found(Field(PLACE, "extras", p.value), p, root) for p in root.named("extras") if isinstance(p.value, str)
    )
    done, starts = 0, [part.start for part in root.parts]
    for match in _EXTRAS.finditer(text):
        if match.end() >= done:  # Not the extras of extras, which are told with them.
            home = json_text.parts(text, match.end())
            yield from _inside(text, home, _place(root, starts, match))
            done = home.stop
    for section in root.named("extensions"):
        if isinstance(section.value, dict):
            yield from _packets(text, json_text.parts(text, section.at))


def _inside(text: str, extras: Parts, place: str) -> Iterator[_Found]:
    """The texts in an object of a program's own making, each with the name nearest to it."""
    waiting = [(extras, "extras", 1)]
    while waiting:
        home, near, depth = waiting.pop()
        if depth > DEPTH_LIMIT:
            raise BudgetError(f"{place}: nested too deeply", f"{place}：嵌套过深")
        for part in home.parts:
            key = part.key or near
            if _is_text(part):
                yield _Found(Field(place, key, _shown(part.value)), part, home)
            elif "aigc" in part.key.lower():
                yield _Found(Field(place, key, compact(part.value)), part, home)
            else:
                waiting.append((json_text.parts(text, part.at), key, depth + 1))


def _place(root: Parts, starts: list[int], match: re.Match[str]) -> str:
    section = root.parts[bisect_right(starts, match.start()) - 1]
    if section.start == match.start():
        return PLACE
    return f"glTF {section.key} extras"


def _is_text(part: Part) -> bool:
    return not isinstance(part.value, dict | list)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else compact(value)
    return text.encode("utf-8", "replace").decode()  # JSON can escape half a surrogate pair.


def _leaves(part: Part) -> Iterator[tuple[str, str]]:
    """The strings inside a value, each with the nearest name."""
    waiting: list[tuple[str, Any]] = [(part.key, part.value)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(key if name == "@value" else name, inner) for name, inner in value.items() if _tells(name)]
        elif isinstance(value, list):
            waiting += [(key, inner) for inner in value]
        elif isinstance(value, str):
            yield key, _shown(value)


def _tells(name: str) -> bool:
    """Not what JSON-LD says of a value: its language, its type."""
    return name == "@value" or not name.startswith("@")


def _packets(text: str, extensions: Parts) -> Iterator[_Found]:
    """The properties of the packets of KHR_xmp_json_ld, by the namespaces of their contexts."""
    for extension in extensions.named(_XMP):
        if not isinstance(extension.value, dict):
            continue
        for listed in json_text.parts(text, extension.at).named("packets"):
            if not isinstance(listed.value, list):
                continue
            for packet in json_text.parts(text, listed.at).parts:
                if isinstance(packet.value, dict):
                    home = json_text.parts(text, packet.at)
                    yield from _properties(home, _namespaces(packet.value.get("@context")))


def _properties(home: Parts, namespaces: dict[str, str]) -> Iterator[_Found]:
    for part in home.parts:
        if part.key.startswith("@"):
            continue
        prefix, colon, name = part.key.partition(":")
        namespace = namespaces.get(prefix) if colon else None
        if namespace is None:  # An IRI written out, or a prefix that nothing declares.
            end = max(part.key.rfind("/"), part.key.rfind("#")) + 1
            namespace, name = (part.key[:end], part.key[end:]) if end else (None, name or part.key)
        if isinstance(part.value, dict) and "Label" in part.value:
            yield _Found(Field(_XMP, name, compact(part.value), namespace), part, home)
            continue
        told = _shown(part.value) if _is_text(part) else None
        leaves = [told] if told is not None else [value for _, value in _leaves(part)]
        yield from (_Found(Field(_XMP, name, leaf, namespace), part, home) for leaf in leaves)


def _namespaces(context: object) -> dict[str, str]:
    contexts = context if isinstance(context, list) else [context]
    return {
        prefix: uri
        for each in contexts
        if isinstance(each, dict)
        for prefix, uri in each.items()
        if isinstance(uri, str)
    }
