"""glTF files: a scene as JSON, its binary data beside it or in data URIs. The note is in the top-level `extras`.

Source: glTF 2.0 (ISO/IEC 12113:2022); `overt.formats.gltf_json` says where texts are.
It reads no file beside the scene.
"""

from __future__ import annotations

import re

from overt.formats import gltf_json
from overt.formats.container import Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.text import TextFile

_BOM = b"\xef\xbb\xbf"
_ASSET = re.compile(rb'"asset"\s{0,64}:\s{0,64}\{[^{}]{0,2000}"version"\s{0,64}:\s{0,64}"[12]\.\d')
_FIRST = re.compile(
    rb'\s{0,1000}\{\s{0,1000}"(?:accessors|animations|asset|buffers|bufferViews|cameras|extensionsUsed|'
    rb'extensionsRequired|images|materials|meshes|nodes|samplers|scene|scenes|skins|textures)"\s{0,64}:'
)
_TYPICAL = re.compile(rb'"(?:bufferView|componentType|byteOffset|byteLength|mesh|pbrMetallicRoughness|primitives)"\s*:')


class Gltf:
    """The container format glTF."""

    name = "gltf"
    media_type = "model/gltf+json"
    suffixes = (".gltf",)
    place = gltf_json.PLACE

    def sniff(self, head: bytes) -> int:
        """The object `asset` with its version; where it stands further back, other members of a scene."""
        body = head.removeprefix(_BOM)
        if not body.lstrip().startswith(b"{"):
            return 0
        if _ASSET.search(body):
            return 95
        return 60 if _FIRST.match(body) and _TYPICAL.search(body) else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of `asset`, of every `extras`, and of XMP packets."""
        return gltf_json.survey(text_file(data).text)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the top-level `extras`, edited in the text."""
        file = text_file(data)
        return file.splice(sorted(gltf_json.note_edits(file.text, note, superseded)))


CONTAINER = Gltf()


def text_file(data: Buffer) -> TextFile:
    """The file as a text. A byte order mark, which the standard forbids and readers may ignore, stays."""
    bom = _BOM if bytes(data[:3]) == _BOM else b""
    # Cut before it is copied: a gigabyte must not become a string to be found too long.
    return TextFile(gltf_json.text_of(bytes(data[len(bom) : gltf_json.JSON_LIMIT + 4])), "utf-8", bom)
