"""The label of glTF scenes: a plate put into the scene, found again, and measured as it is seen.

Source: GB 45438-2025, 5.5 through the rulebook; glTF 2.0 (ISO/IEC 12113:2022).
The plate stands in the picture that `overt.marks.label.scene.view` takes for the first, and before the first camera
of a scene that has one and does not see that plate. The scene's own parts keep their bytes and their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overt.errors import FormatError, UnsupportedError
from overt.formats import json_text
from overt.formats.json_text import Edit, Parts
from overt.formats.splice import Buffer
from overt.language import Text
from overt.marks.label import wording
from overt.marks.label.scene import plate as scene_plate
from overt.marks.label.scene import view as scene_view
from overt.marks.label.scene.graph import Graph, Placed, data_of
from overt.marks.label.scene.plate import OWN, UNLIT, Ink, Plate
from overt.marks.label.scene.view import Box, Sheet, Vector, View
from overt.rulebook import LabelRules

OWN_LIMIT = 8
"""The most plates of ours that are measured; a scene gets one or two."""
_INSTANCING = "EXT_mesh_gpu_instancing"


@dataclass(frozen=True, slots=True)
class Scene:
    """A file: its JSON as text, its bytes, and where in them its binary data lie."""

    text: str
    data: Buffer
    binary: range | None


@dataclass(frozen=True, slots=True)
class Found:
    """A label in a scene.

    `views` says for each first picture (the opening, the first camera) what share of its shorter side the reference
    glyph has; it is empty for a label of another maker, which is not measured.
    """

    wording: str
    second: str | None
    views: dict[str, float]
    contrast: float


@dataclass(frozen=True, slots=True)
class _Own:
    """One of our plates: where, and what its `extras` say."""

    placed: Placed
    told: dict[str, Any]


def find(scene: Scene, rules: LabelRules) -> Found | None:
    """The label of a scene, or None. Raises `MediaError` where it could not tell."""
    graph = Graph(_document(json_text.document(scene.text)), scene.data, scene.binary)
    if not graph.document.get("scenes"):
        return None
    own = _own_plates(graph)
    if not own:
        names = (placed.node.get("name") for placed in graph.shown if "mesh" in placed.node)
        said = (name for name in names if isinstance(name, str) and len(name) <= wording.SENTENCE_LIMIT)
        other = next((name for name in said if wording.says_so_of_itself(name, rules)), None)
        return Found(other, None, {}, 0.0) if other else None
    box = graph.box()
    if box is None:
        raise FormatError("the scene's label has no mesh", "场景的标识没有网格")
    seen: dict[str, float] = {}
    contrasts: list[float] = []
    views = _views(graph, box)
    for plate in own:
        sheet, ink = _measured(graph, plate)
        contrasts.append(ink.contrast)
        for name, view in views.items():
            seen[name] = max(seen.get(name, 0.0), sheet.ratio(view))
    second = own[0].told.get("second")
    said_second = second if isinstance(second, str) else None
    return Found(str(own[0].placed.node.get("name")), said_second, seen, min(contrasts))


def edits(scene: Scene, words: tuple[str, str | None], rules: LabelRules) -> tuple[list[Edit], bytes]:
    """What puts the label into the scene: edits of its JSON, and what goes behind its binary data.

    An older label of ours is replaced.
    """
    root = json_text.document(scene.text)
    graph = Graph(_document(root), scene.data, scene.binary)
    if _INSTANCING in str(graph.document.get("extensionsUsed")):
        raise _cannot("its copies of meshes span what no box says", "其实例化网格的范围未在文件中声明")
    own = _own_plates(graph)
    box = graph.box(frozenset(plate.placed.number for plate in own))
    if box is None or not 0 < box.radius < float("inf"):
        raise _cannot("it shows no mesh", "场景未显示任何网格")
    drawn = scene_plate.plates(*words, rules)
    ratio = rules.glyph_height_ratio.value * (1 + scene_view.MARGIN)
    nodes = _nodes(graph, box, drawn, ratio)
    # All plates share one picture: of those that were chosen, the narrower one serves both.
    number = max(chosen for chosen, _ in nodes.values())
    nodes = _nodes(graph, box, [drawn[number]], ratio)
    return _Edits(scene.text, root, graph, own).all(
        drawn[number], words, {at: sheet for at, (_, sheet) in nodes.items()}
    )


def _document(root: Parts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in root.parts:
        if part.key in found:
            raise FormatError(f"the member {part.key!r} stands there twice", f"成员 {part.key!r} 出现两次")
        found[part.key] = part.value
    version = found["asset"].get("version") if isinstance(found.get("asset"), dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        raise _cannot("it is not glTF 2", "它不是 glTF 2 场景")
    return found


def _nodes(graph: Graph, box: Box, drawn: list[Plate], ratio: float) -> dict[int | None, tuple[int, Sheet]]:
    """For each plate that the scene needs the node that it hangs on (None: the scene), its picture and its place."""
    shapes = [plate.shape for plate in drawn]
    number, sheet = scene_view.in_front(box, shapes, ratio)
    if graph.camera is None or sheet.ratio(graph.camera[1]) >= ratio / (1 + scene_view.MARGIN / 2):
        return {None: (number, sheet)}
    placed, view = graph.camera
    before = scene_view.before_eye(view, box, shapes, ratio)
    # The plate before the camera widens the box; the other one is made for what there is now.
    wider = box | Box.around(before[1].corners)
    return {None: scene_view.in_front(wider, shapes, ratio), placed.number: before}


def _views(graph: Graph, box: Box) -> dict[str, View]:
    views = {"start picture": scene_view.opening(box)}
    if graph.camera is not None:
        views["first camera"] = graph.camera[1]
    return views


def _own_plates(graph: Graph) -> list[_Own]:
    found = []
    for placed in graph.shown:
        extras = placed.node.get("extras")
        told = extras.get(OWN) if isinstance(extras, dict) else None
        if isinstance(told, dict) and "mesh" in placed.node:
            found.append(_Own(placed, told))
    if len(found) > OWN_LIMIT:
        raise FormatError(f"the scene has {len(found)} labels", f"场景有 {len(found)} 个标识")
    return found


def _measured(graph: Graph, plate: _Own) -> tuple[Sheet, Ink]:
    """Where the plate is, and what its picture shows."""
    cell = plate.told.get("glyph")
    if not isinstance(cell, list) or len(cell) != 4 or not all(isinstance(each, int) for each in cell):
        raise FormatError("the scene's label does not say where its glyph is", "场景标识未写明参照字的位置")
    picture = graph.item("images", _image_of(graph, plate))
    png = graph.bytes_of(picture["bufferView"]) if "bufferView" in picture else data_of(picture.get("uri"))
    if png is None:
        raise FormatError("the picture of the scene's label is in another file", "场景标识的图片在其他文件中")
    ink = scene_plate.measured(png, cell)
    world = plate.placed.world
    spans = list(graph.spans(plate.placed.node["mesh"]))
    if len(spans) != 1:
        raise FormatError("the mesh of the scene's label is not a plate", "场景标识的网格不是平面")
    (low, high) = spans[0]
    middle = world @ np.append((low + high) / 2, 1)
    across, up = world[:3, 0] * (high - low)[0], world[:3, 1] * (high - low)[1]
    return Sheet(middle[:3], across, up, ink.share), ink


def _image_of(graph: Graph, plate: _Own) -> int:
    """Which picture the plate shows. Raises `FormatError`."""
    mesh = graph.item("meshes", plate.placed.node["mesh"])
    try:
        material = graph.item("materials", mesh["primitives"][0]["material"])
        texture = graph.item("textures", material["pbrMetallicRoughness"]["baseColorTexture"]["index"])
        source = texture["source"]
        graph.item("images", source)
    except (KeyError, IndexError, TypeError) as error:
        raise FormatError("the scene's label has no picture", "场景的标识没有图片") from error
    return int(source)


class _Edits:
    """Gathers edits of a scene's JSON: what is appended to each list, and what is replaced."""

    def __init__(self, text: str, root: Parts, graph: Graph, own: list[_Own]) -> None:
        self.text, self.root, self.graph, self.own = text, root, graph, own
        self.edits: list[Edit] = []
        self.members: list[str] = []

    def all(
        self, plate: Plate, words: tuple[str, str | None], sheets: dict[int | None, Sheet]
    ) -> tuple[list[Edit], bytes]:
        """Every edit for these plates, and new binary data."""
        more = b""
        graph, new = self.graph, dict[str, list[Any]]()
        names = (
            "nodes",
            "meshes",
            "materials",
            "textures",
            "images",
            "samplers",
            "accessors",
            "bufferViews",
            "buffers",
        )
        first = {name: len(graph.listed(name)) for name in names}
        if self.own:
            mesh = self.own[0].placed.node["mesh"]
            self._replace("images", _image_of(graph, self.own[0]), scene_plate.image(plate, words[0]))
        else:
            mesh = first["meshes"]
            offset = self._end_of_binary()
            found, more = scene_plate.parts(plate, words[0], first, offset)
            new = dict(found)
            if offset is not None:
                self._set_length(offset + len(more))
        told = {"glyph": list(plate.cell), "box": list(plate.size)} | ({"second": words[1]} if words[1] else {})
        old = [each.placed for each in self.own]
        nodes: list[dict[str, Any]] = []
        for at, sheet in sheets.items():
            parent = next((each.world for each in graph.shown if each.number == at), None)
            node = {"name": words[0], "mesh": mesh, **_place(sheet, parent), "extras": {OWN: told}}
            # An older plate may hang elsewhere in the tree only if somebody moved it there.
            mine = next((each for each in old if _hangs(graph, each.number, at)), None)
            if mine is not None:
                old.remove(mine)
                self._replace("nodes", mine.number, node)
            else:
                self._hang(at, first["nodes"] + len(nodes))
                nodes.append(node)
        if old:
            raise _cannot("an older label in it was changed by another program", "其中的旧标识已被其他程序改动")
        for name, values in {"nodes": nodes, **new}.items():
            self._append(name, values)
        if UNLIT not in graph.listed("extensionsUsed"):
            self._append("extensionsUsed", [UNLIT])
        if self.members:
            self.edits.append(self.root.appended(self.text, self.members))
        return self.edits, more

    def _end_of_binary(self) -> int | None:
        """Where in the first buffer new data may begin; None where that is not the file's binary chunk."""
        buffers = self.graph.listed("buffers")
        if self.graph.binary is None or not buffers or "uri" in self.graph.item("buffers", 0):
            return None
        length = buffers[0].get("byteLength")
        size = len(self.graph.binary)
        return size + -size % 4 if isinstance(length, int) and 0 <= length <= size else None

    def _set_length(self, length: int) -> None:
        listed = self._list("buffers")
        part = json_text.parts(self.text, listed.parts[0].at).one("byteLength") if listed is not None else None
        if part is None:
            raise FormatError("the scene's first buffer has no length", "场景的首个缓冲区没有长度")
        self.edits.append((part.at, part.stop, str(length)))

    def _list(self, name: str) -> Parts | None:
        part = self.root.one(name)
        return json_text.parts(self.text, part.at) if part is not None and isinstance(part.value, list) else None

    def _append(self, name: str, values: list[Any]) -> None:
        if not values:
            return
        written = [json_text.written(value) for value in values]
        listed = self._list(name)
        if listed is None:
            self.members.append(f'"{name}":[{",".join(written)}]')
        else:
            self.edits.append(listed.appended(self.text, written))

    def _replace(self, name: str, number: int, value: object) -> None:
        listed = self._list(name)
        if listed is None or number >= len(listed.parts):
            raise FormatError(f"{name} of the scene are broken", f"场景的 {name} 有误")
        part = listed.parts[number]
        self.edits.append((part.start, part.stop, json_text.written(value)))

    def _hang(self, at: int | None, number: int) -> None:
        """Let a new node hang on a node, or on the scene."""
        section, owner, member = (
            ("scenes", self.graph.scene_number, "nodes") if at is None else ("nodes", at, "children")
        )
        listed = self._list(section)
        if listed is None:
            raise FormatError(f"{section} of the scene are broken", f"场景的 {section} 有误")
        home = json_text.parts(self.text, listed.parts[owner].at)
        children = home.one(member)
        if children is None:
            self.edits.append(home.appended(self.text, [f'"{member}":[{number}]']))
        else:
            self.edits.append(json_text.parts(self.text, children.at).appended(self.text, [str(number)]))


def _hangs(graph: Graph, number: int, at: int | None) -> bool:
    owner = graph.item("scenes", graph.scene_number) if at is None else graph.item("nodes", at)
    return number in owner.get("nodes" if at is None else "children", [])


def _place(sheet: Sheet, parent: Vector | None) -> dict[str, list[float]]:
    """Translation and scale of a plate; for one on a camera, in the camera's own axes."""
    width, height = float(np.linalg.norm(sheet.across)), float(np.linalg.norm(sheet.up))
    if parent is None:
        return {"translation": _short(sheet.middle), "scale": _short(np.array([width, height, 1.0]))}
    if abs(np.linalg.det(parent[:3, :3])) < 1e-30:
        raise _cannot("its camera is squeezed to a plane", "其相机被压缩为平面")
    lengths = np.linalg.norm(parent[:3, :3], axis=0)
    local = np.linalg.inv(parent) @ np.append(sheet.middle, 1)
    return {"translation": _short(local[:3]), "scale": _short(np.array([width, height, 1.0]) / lengths)}


def _short(vector: Vector) -> list[float]:
    """Six digits, which is what viewers compute with; the same on every machine."""
    return [float(f"{value:.6g}") for value in vector]


def _cannot(en: str, zh: str) -> UnsupportedError:
    return UnsupportedError(
        f"the scene cannot be labelled: {en}",
        f"无法为该场景添加标识：{zh}",
        hint=Text(
            zh="请重新导出场景后重试，或用 Overt 的网页查看框架展示，并用 --only metadata 添加元数据标识。",
            en="Export it anew and try again, or show it in Overt's web viewer frame and put on the metadata mark "
            "alone: --only metadata.",
        ),
    )
