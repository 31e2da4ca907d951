"""The graph of a glTF scene, as far as a label needs it: which nodes are shown, where they are, what they span.

Source: glTF 2.0 (ISO/IEC 12113:2022), 3.5 (scenes, nodes), 3.7 (geometry, skins), 3.10 (cameras).
Spans are those that the file declares (`min` and `max` of positions, which it must); vertices are not read. A skinned
mesh stands where the first joint of its skin puts it. Animations, morphing and instances are not followed.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.splice import Buffer
from overt.language import Text
from overt.marks.label.scene.view import Box, Matrix, Vector, View

NODE_LIMIT = 200_000
"""The most nodes that are looked at."""
URI_LIMIT = 16 << 20
"""The longest data URI that is decoded: a label's picture has some kilobytes."""
_NORMALISED = ((5120, 127.0), (5121, 255.0), (5122, 32767.0), (5123, 65535.0))
_WAY_OUT = Text(
    zh="请用建模软件重新导出场景后重试，或使用 Overt 的网页查看框架显示标识。",
    en="Export the scene anew with a modelling program, or let the label be shown by Overt's web viewer frame.",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A node of the scene that is shown: its number, its object, where it is."""

    number: int
    node: dict[str, Any]
    world: Matrix


class Graph:
    """One scene. What the file says is checked where it is used. Raises `MediaError`.

    `binary` is where in the file its binary data lie, if they do.
    """

    def __init__(self, document: dict[str, Any], file: Buffer, binary: range | None) -> None:
        self.document = document
        self.file = file
        self.binary = binary
        self._boxes: dict[int, Box | None] = {}

    def item(self, section: str, number: object) -> dict[str, Any]:
        """An object of one of the file's lists. Raises `FormatError`."""
        listed = self.document.get(section)
        if isinstance(listed, list) and isinstance(number, int) and 0 <= number < len(listed):
            found = listed[number]
            if isinstance(found, dict):
                return found
        raise FormatError(
            f"the scene refers to {section} {number}, which is not there", f"场景引用了不存在的 {section} {number}"
        )

    @cached_property
    def scene_number(self) -> int:
        """The scene that opens. Raises `UnsupportedError` for a file without one."""
        if not self.document.get("scenes"):
            raise UnsupportedError("the file holds parts and no scene", "文件只有部件，没有场景", hint=_WAY_OUT)
        number = self.document.get("scene", 0)
        self.item("scenes", number)
        return int(number)

    @cached_property
    def shown(self) -> tuple[Placed, ...]:
        """The nodes of the scene in the order of a walk through it."""
        return tuple(self._walk())

    @cached_property
    def _worlds(self) -> dict[int, Matrix]:
        return {each.number: each.world for each in self.shown}

    def _walk(self) -> Iterator[Placed]:
        waiting = [
            (number, np.eye(4)) for number in reversed(self._list(self.item("scenes", self.scene_number), "nodes"))
        ]
        seen: set[int] = set()
        while waiting:
            number, parent = waiting.pop()
            node = self.item("nodes", number)
            if number in seen:
                raise FormatError(f"node {number} stands in the scene twice", f"节点 {number} 在场景中出现两次")
            seen.add(number)
            if len(seen) > NODE_LIMIT:
                raise BudgetError(f"the scene has more than {NODE_LIMIT} nodes", f"场景的节点超过 {NODE_LIMIT} 个")
            world = parent @ _local(node)
            yield Placed(number, node, world)
            waiting += [(child, world) for child in reversed(self._list(node, "children"))]

    def listed(self, section: str) -> list[Any]:
        """One of the file's lists; empty where it has none."""
        return self._list(self.document, section)

    def _list(self, owner: dict[str, Any], name: str) -> list[Any]:
        found = owner.get(name, [])
        if not isinstance(found, list):
            raise FormatError(f"{name} of the scene is no list", f"场景中的 {name} 不是列表")
        return found

    def box(self, without: frozenset[int] = frozenset()) -> Box | None:
        """What the scene spans; None where it shows no mesh."""
        result: Box | None = None
        for placed in self.shown:
            if "mesh" not in placed.node or placed.number in without:
                continue
            world = self._skinned(placed) if "skin" in placed.node else placed.world
            if (mesh := self._mesh_box(placed.node["mesh"])) is not None:
                corners = np.c_[mesh.corners, np.ones(8)] @ world.T
                found = Box.around(corners[:, :3])
                result = found if result is None else result | found
        if result is not None and not np.isfinite([result.low, result.high]).all():
            raise FormatError("the scene's span is not finite", "场景范围不是有限值")
        return result

    def _mesh_box(self, mesh: int) -> Box | None:
        """What a mesh spans by itself: told once, however many nodes show it."""
        self.item("meshes", mesh)
        if mesh not in self._boxes:
            spans = list(self.spans(mesh))
            found = Box.around(np.array([corner for span in spans for corner in span])) if spans else None
            self._boxes[mesh] = found
        return self._boxes[mesh]

    def spans(self, mesh: object) -> Iterator[tuple[Vector, Vector]]:
        """The least and the greatest corner of each part of a mesh, as the file declares them."""
        for primitive in self._list(self.item("meshes", mesh), "primitives"):
            attributes = primitive.get("attributes") if isinstance(primitive, dict) else None
            if not isinstance(attributes, dict) or "POSITION" not in attributes:
                continue
            accessor = self.item("accessors", attributes["POSITION"])
            low, high = (_numbers(accessor.get(name), 3, name) for name in ("min", "max"))
            divisor = next((d for kind, d in _NORMALISED if accessor.get("componentType") == kind), 1.0)
            yield (low / divisor, high / divisor) if accessor.get("normalized") else (low, high)

    def _skinned(self, placed: Placed) -> Matrix:
        """Where the first joint puts a mesh: the place of the node itself does not count (3.7.3.3)."""
        skin = self.item("skins", placed.node["skin"])
        joints = self._list(skin, "joints")
        first = joints[0] if joints and isinstance(joints[0], int) else None
        joint = self._worlds.get(first) if first is not None else None
        if joint is None:
            return placed.world
        if "inverseBindMatrices" not in skin:
            return joint
        accessor = self.item("accessors", skin["inverseBindMatrices"])
        raw = self.bytes_of(accessor.get("bufferView"), accessor.get("byteOffset", 0), 64)
        if raw is None:  # In a file beside this one.
            return placed.world
        return joint @ np.frombuffer(raw, "<f4").reshape(4, 4).T.astype(np.float64)

    def bytes_of(self, view: object, offset: object = 0, length: int | None = None) -> bytes | None:
        """The bytes of a buffer view; None where they lie in another file."""
        found = self.item("bufferViews", view)
        buffer = self.item("buffers", found.get("buffer"))
        start, size = found.get("byteOffset", 0), found.get("byteLength", 0)
        if not all(isinstance(each, int) and each >= 0 for each in (start, size, offset)):
            raise FormatError("a buffer view of the scene is broken", "场景的缓冲视图有误")
        wanted = size if length is None else length
        start += offset if isinstance(offset, int) else 0
        body: Buffer | None = data_of(buffer["uri"]) if "uri" in buffer else self.file
        if body is None:
            return None
        whole = range(len(body)) if "uri" in buffer else self.binary or range(0)
        if wanted > URI_LIMIT or start + wanted > len(whole):
            raise FormatError("a buffer view of the scene is not in its buffer", "场景的缓冲视图超出其缓冲区")
        return bytes(body[whole.start + start : whole.start + start + wanted])

    @cached_property
    def camera(self) -> tuple[Placed, View] | None:
        """The first camera of the scene, and what it sees."""
        for placed in self.shown:
            if "camera" in placed.node:
                return placed, _view(self.item("cameras", placed.node["camera"]), placed.world)
        return None


def data_of(uri: object) -> bytes | None:
    """The bytes of a data URI; None for any other address."""
    if not isinstance(uri, str) or not uri.startswith("data:"):
        return None
    head, _, body = uri.partition(",")
    if len(body) > URI_LIMIT or not head.endswith(";base64"):
        raise BudgetError("a data URI of the scene is too long, or not Base64", "场景的 data URI 过长或不是 Base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise FormatError(f"a data URI of the scene is broken: {error}", f"场景的 data URI 有误：{error}") from error


def _numbers(value: object, count: int, name: str) -> Vector:
    if not isinstance(value, list) or len(value) != count or not all(isinstance(each, int | float) for each in value):
        raise FormatError(
            f"the scene lacks {name} of {count} numbers", f"场景缺少由 {count} 个数组成的 {name}", hint=_WAY_OUT
        )
    try:
        found = np.array(value, np.float64)
    except OverflowError as error:
        raise FormatError(f"{name} of the scene is not finite", f"场景的 {name} 不是有限值") from error
    if not np.isfinite(found).all():
        raise FormatError(f"{name} of the scene is not finite", f"场景的 {name} 不是有限值")
    return found


def _local(node: dict[str, Any]) -> Matrix:
    """The matrix of a node, or that of its translation, rotation (x, y, z, w) and scale."""
    if "matrix" in node:
        return _numbers(node["matrix"], 16, "matrix").reshape(4, 4).T
    x, y, z, w = _numbers(node.get("rotation", [0, 0, 0, 1]), 4, "rotation")
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    result = np.eye(4)
    result[:3, :3] = turn * _numbers(node.get("scale", [1, 1, 1]), 3, "scale")
    result[:3, 3] = _numbers(node.get("translation", [0, 0, 0]), 3, "translation")
    return result


def _view(camera: dict[str, Any], world: Matrix) -> View:
    kind = camera.get("type")
    inner = camera.get(kind) if isinstance(kind, str) else None
    if kind not in ("perspective", "orthographic") or not isinstance(inner, dict):
        raise FormatError("the scene's camera is of no known kind", "场景的相机类型未知")
    # A node's scale does not change what its camera sees (3.10.2).
    axes = world[:3, :3].T
    lengths = np.linalg.norm(axes, axis=1)
    if not (lengths > 0).all():
        raise FormatError("the scene's camera has no direction", "场景的相机没有方向")
    axes = axes / lengths[:, None]
    eye, near = world[:3, 3], float(_numbers([inner.get("znear")], 1, "znear")[0])
    if kind == "orthographic":
        half = float(np.abs(_numbers([inner.get("xmag"), inner.get("ymag")], 2, "xmag, ymag")).min())
        parallel = True
    else:
        angle, aspect = _numbers([inner.get("yfov"), inner.get("aspectRatio", 1.0)], 2, "yfov, aspectRatio")
        half = math.tan(min(max(float(angle), 1e-3), math.pi - 1e-3) / 2) * min(1.0, abs(float(aspect)))
        parallel = False
    if half <= 0:
        raise FormatError("the scene's camera sees nothing", "场景的相机没有视野")
    return View(eye, axes, half, near, parallel)
