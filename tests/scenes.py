"""Small scenes, made here: a coloured box, with what a test wants beside it."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

CORNERS = [(x, y, z) for x in (-0.5, 0.5) for y in (0.0, 1.0) for z in (-0.5, 0.5)]
FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def geometry() -> bytes:
    """Eight corners and twelve triangles."""
    triangles = [corner for a, b, c, d in FACES for corner in (a, b, c, a, c, d)]
    return b"".join(struct.pack("<3f", *corner) for corner in CORNERS) + struct.pack(f"<{len(triangles)}H", *triangles)


def document(**more: Any) -> dict[str, Any]:
    """The JSON of a box, its buffer without a place."""
    return {
        "asset": {"version": "2.0", "generator": "overt tests"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "盒 box"}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.35, 0.1, 1.0], "metallicFactor": 0.0}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "accessors": [
            {
                "bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3",
                "min": [-0.5, 0.0, -0.5], "max": [0.5, 1.0, 0.5],
            },
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 96},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72},
        ],
        "buffers": [{"byteLength": 168}],
        **more,
    }  # fmt: skip


def glb(scene: dict[str, Any] | bytes, binary: bytes | None = None, *others: tuple[bytes, bytes]) -> bytes:
    """A GLB file: its JSON, its binary chunk (that of the box if none is given), other chunks."""
    text = scene if isinstance(scene, bytes) else json.dumps(scene, ensure_ascii=False).encode()
    chunks = [(b"JSON", text + b" " * (-len(text) % 4))]
    chunks.append((b"BIN\0", geometry() if binary is None else binary))
    body = b"".join(struct.pack("<I", len(data)) + kind + data for kind, data in [*chunks, *others])
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


def gltf(scene: dict[str, Any] | None = None, indent: int | None = 2) -> bytes:
    """A glTF file with its buffer in a data URI."""
    scene = document() if scene is None else scene
    uri = "data:application/octet-stream;base64," + base64.b64encode(geometry()).decode()
    scene = {**scene, "buffers": [{**scene["buffers"][0], "uri": uri}]}
    return json.dumps(scene, ensure_ascii=False, indent=indent).encode()
