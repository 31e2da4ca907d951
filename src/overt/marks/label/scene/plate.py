"""The plate of a scene's label: its picture, and the parts of a glTF scene that show it.

Source: GB 45438-2025, 5.5 through the rulebook; glTF 2.0, 3.7 to 3.9; KHR_materials_unlit.
The plate is a square of one by one with a picture on it, stretched by its node. It is unlit where a viewer knows how,
and glows where it does not, so that no lamp of the scene decides whether it is read. Its data stand behind the scene's
own in the binary chunk of a GLB file; where there is none, in data URIs.
"""

from __future__ import annotations

import base64
import io
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from overt.errors import FormatError
from overt.marks.label import glyphs
from overt.marks.label.scene.view import Shape
from overt.rulebook import LabelRules

OWN = "overt_label"
"""The member of a node's `extras` by which our own label is known."""
UNLIT = "KHR_materials_unlit"
_GLYPH_PX = 72
"""Of the reference glyph in the plate's picture: as sharp as the label of a picture of 1,440 pixels."""
PICTURE_LIMIT = 4096
_GROUND = (17, 19, 23)
_FLOAT, _SHORT, _VERTICES, _INDICES = 5126, 5123, 34962, 34963


@dataclass(frozen=True, slots=True)
class Plate:
    """A drawn plate: a PNG, its size in pixels, and the box of the reference glyph in it."""

    png: bytes
    size: tuple[int, int]
    cell: tuple[int, int, int, int]
    ink: int

    @property
    def shape(self) -> Shape:
        """Its proportions."""
        return Shape(self.size[0] / self.size[1], self.ink / self.size[1])


@dataclass(frozen=True, slots=True)
class Ink:
    """What was measured on a plate's picture: the glyph's share of the height, and the WCAG contrast."""

    share: float
    contrast: float


def plates(wording: str, second: str | None, rules: LabelRules) -> list[Plate]:
    """The wording on a plate, in one line and in more, each narrower than the one before."""
    return [_drawn(lines, second, rules.reference_glyph.value) for lines in _broken(wording, rules)]


def _broken(wording: str, rules: LabelRules) -> list[str]:
    """The wording with more and more line breaks: before the generation element, then wherever Han glyphs allow."""
    breaks = [wording]
    if wording.isascii():
        words = re.findall(r"[^ -]+-?", wording)
        return [*breaks, "\n".join(words)] if len(words) > 1 else breaks
    length = len(wording)
    at = min((found for e in rules.generation_element.value if (found := wording.find(e)) > 0), default=0)
    if at:
        breaks.append(f"{wording[:at]}\n{wording[at:]}")
    for width in range(length - 1, 0, -1):
        count = -(-length // width)
        if count >= 2 + bool(at) and -(-length // count) == width:  # As even as can be.
            breaks.append("\n".join(wording[start : start + width] for start in range(0, length, width)))
    return breaks


@lru_cache(maxsize=64)
def _drawn(wording: str, second: str | None, reference: str) -> Plate:
    drawn = glyphs.plate(wording, _GLYPH_PX, second, reference=reference)
    # Nothing shines through: a scene may have anything behind the plate, and a viewer may sort it wrongly.
    ground = Image.new("RGBA", drawn.size, (*_GROUND, 255))
    picture = Image.alpha_composite(ground, drawn.image).convert("L").quantize(32)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    x, y, width, height = drawn.cell
    top, bottom = glyphs.ink_rows(drawn.coverage[y : y + height, x : x + width])
    return Plate(out.getvalue(), drawn.size, drawn.cell, bottom - top)


def measured(png: bytes, cell: list[int]) -> Ink:
    """What a plate's picture shows in the box of its reference glyph. Raises `FormatError`."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG", "JPEG", "WEBP")) as picture:
            if max(picture.size) > PICTURE_LIMIT:
                raise FormatError("the label's picture is too large", "标识图片过大")
            pixels = np.asarray(picture.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError(f"the label's picture cannot be read: {error}", f"标识图片无法读取：{error}") from error
    x, y, width, height = cell
    part = pixels[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    if not part.size or part.max() - part.min() < 16:
        return Ink(0.0, 1.0)
    dark, light = (float(np.percentile(part, share)) for share in (10, 99))
    tone = part.astype(np.float64)
    # Light ink on a dark plate, or the other way round: what there is less of is the ink.
    share = (tone - dark) / max(light - dark, 1.0)
    if share.mean() > 0.5:
        share = 1 - share
    top, bottom = glyphs.ink_rows(np.clip(share * 255, 0, 255).astype(np.uint8))
    tones = glyphs.luminance(np.array([dark, light], np.uint8))
    return Ink((bottom - top) / pixels.shape[0], glyphs.contrast(float(tones[0]), float(tones[1])))


def image(plate: Plate, wording: str) -> dict[str, Any]:
    """The picture as an object of glTF."""
    return {"name": wording, "mimeType": "image/png", "uri": _uri("image/png", plate.png)}


def parts(
    plate: Plate, wording: str, first: dict[str, int], offset: int | None
) -> tuple[dict[str, list[dict[str, Any]]], bytes]:
    """All that a plate needs but its node, for each list of the scene; `first` is each list's length so far.

    With an offset its data are meant to stand there in the scene's first buffer, and are returned; else they are in
    data URIs.
    """
    body = _square()
    view, accessor = first["bufferViews"], first["accessors"]
    buffer, start = (first["buffers"], 0) if offset is None else (0, offset)
    spans = [(0, 48, _VERTICES), (48, 48, _VERTICES), (96, 32, _VERTICES), (128, 12, _INDICES)]
    views: list[dict[str, Any]] = [
        {"buffer": buffer, "byteOffset": start + at, "byteLength": length, "target": target}
        for at, length, target in spans
    ]
    buffers, picture = [{"byteLength": len(body), "uri": _uri("application/octet-stream", body)}], image(plate, wording)
    if offset is not None:
        views.append({"buffer": 0, "byteOffset": start + len(body), "byteLength": len(plate.png)})
        picture = {"name": wording, "mimeType": "image/png", "bufferView": view + 4}
        buffers, body = [], body + plate.png
    found = {
        "buffers": buffers,
        "bufferViews": views,
        "accessors": [
            {
                "bufferView": view, "componentType": _FLOAT, "count": 4, "type": "VEC3",
                "min": [-0.5, -0.5, 0], "max": [0.5, 0.5, 0],
            },
            {"bufferView": view + 1, "componentType": _FLOAT, "count": 4, "type": "VEC3"},
            {"bufferView": view + 2, "componentType": _FLOAT, "count": 4, "type": "VEC2"},
            {"bufferView": view + 3, "componentType": _SHORT, "count": 6, "type": "SCALAR"},
        ],
        "images": [picture],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "textures": [{"sampler": first["samplers"], "source": first["images"]}],
        "materials": [_material(wording, {"index": first["textures"]})],
        "meshes": [
            {
                "name": wording,
                "primitives": [
                    {
                        "attributes": {"POSITION": accessor, "NORMAL": accessor + 1, "TEXCOORD_0": accessor + 2},
                        "indices": accessor + 3,
                        "material": first["materials"],
                    }
                ],
            }
        ],
    }  # fmt: skip
    return found, b"" if offset is None else body


def _square() -> bytes:
    """Corners, normals, places in the picture, triangles: 140 bytes."""
    corners = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
    places = b"".join(struct.pack("<3f", x, y, 0) for x, y in corners)
    picture = b"".join(struct.pack("<2f", x + 0.5, 0.5 - y) for x, y in corners)
    return places + struct.pack("<3f", 0, 0, 1) * 4 + picture + struct.pack("<6H", 0, 1, 2, 0, 2, 3)


def _material(wording: str, texture: dict[str, int]) -> dict[str, Any]:
    return {
        "name": wording,
        "pbrMetallicRoughness": {"baseColorTexture": texture, "metallicFactor": 0, "roughnessFactor": 1},
        "emissiveTexture": texture,
        "emissiveFactor": [1, 1, 1],
        "extensions": {UNLIT: {}},
    }


def _uri(kind: str, body: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(body).decode()}"
