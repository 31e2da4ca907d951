"""GLB files (VRM among them): a glTF scene and its binary data in one file. The note is in the JSON chunk.

Source: glTF 2.0 (ISO/IEC 12113:2022), 4.4 (GLB file format); `overt.formats.gltf_json` says where texts are.
The JSON chunk is edited in its text and padded with spaces; the binary chunk and unknown chunks are kept.
GLB of glTF 1.0 (the extension KHR_binary_glTF) is told apart and refused.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass

from overt.errors import FormatError, TruncatedError, UnsupportedError
from overt.formats import gltf_json, json_text
from overt.formats.container import Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice
from overt.language import Text

MAGIC = b"glTF"
SIZE_LIMIT = 0xFFFFFFFF
"""The header counts in 32 bits."""
_JSON, _BIN = b"JSON", b"BIN\0"
_CHUNK_LIMIT = 1_000
"""The standard knows two chunks; extensions may add a few."""
_PADDING = " \0"
"""The standard pads with spaces; older exporters wrote zero bytes."""


@dataclass(frozen=True, slots=True)
class Glb:
    """The chunks of a file: the JSON as text, where its chunk ends, the body of the binary chunk."""

    text: str
    json_stop: int
    binary: range | None
    stop: int

    def splice(self, data: Buffer, edits: Collection[json_text.Edit], more: bytes = b"") -> Splice:
        """The file with its JSON edited, and `more` behind its binary data, from the next multiple of four on.

        Raises `UnsupportedError` beyond 4 GiB.
        """
        body = json_text.applied(self.text, edits).rstrip(_PADDING).encode("utf-8")
        body += b" " * (-len(body) % 4)
        if more and self.binary is not None:
            more = bytes(-len(self.binary) % 4) + more
            more += bytes(-(len(self.binary) + len(more)) % 4)
        size = 20 + len(body) + self.stop - self.json_stop + len(more)
        if size > SIZE_LIMIT:
            raise UnsupportedError(
                "with the mark the scene would exceed the 4 GiB that a GLB file can have",
                "加入标识后场景将超过 GLB 文件 4 GiB 的上限",
                hint=Text(
                    zh="请另存为 glTF，二进制数据放在单独的文件中。",
                    en="Save it as glTF, with its binary data in a file of its own.",
                ),
            )
        head = MAGIC + struct.pack("<III", 2, size, len(body)) + _JSON
        if not more or self.binary is None:
            return Splice([head + body, range(self.json_stop, len(data))])
        chunk = struct.pack("<I", len(self.binary) + len(more)) + _BIN
        before, behind = range(self.json_stop, self.binary.start - 8), range(self.binary.stop, len(data))
        return Splice([head + body, before, chunk, self.binary, more, behind])


def read(data: Buffer) -> Glb:
    """The structure of a file. Raises `FormatError` or `UnsupportedError`."""
    cursor = Cursor(data)
    magic, version, length = struct.unpack("<4sII", cursor.take(12))
    if magic != MAGIC:
        raise FormatError("this is no GLB file", "不是 GLB 文件")
    if version != 2:
        raise UnsupportedError(
            f"this is a GLB file of version {version}; version 2 is read",
            f"这是第 {version} 版 GLB 文件；仅支持第 2 版",
            hint=Text(zh="请用建模软件另存为 glTF 2.0。", en="Save it as glTF 2.0 with a modelling program."),
        )
    if length > len(data):
        raise TruncatedError(
            f"the GLB file should have {length} bytes and has {len(data)}",
            f"GLB 文件应有 {length} 字节，实际为 {len(data)} 字节",
        )
    cursor = Cursor(data, 12, length)
    size, kind = cursor.uint(4, "little"), cursor.take(4)
    if kind != _JSON:
        raise FormatError("the GLB file does not begin with its JSON", "GLB 文件的首个数据块不是 JSON")
    start = cursor.skip(size)
    text = gltf_json.text_of(bytes(data[start : min(start + size, start + gltf_json.JSON_LIMIT + 1)]))
    json_stop, binary = cursor.position, None
    for _ in range(_CHUNK_LIMIT):
        if cursor.left < 8:
            break
        size, kind = cursor.uint(4, "little"), cursor.take(4)
        body = cursor.skip(size)
        if kind == _BIN and binary is None:
            binary = range(body, body + size)
    else:
        raise FormatError(f"the GLB file has more than {_CHUNK_LIMIT} chunks", f"GLB 数据块超过 {_CHUNK_LIMIT} 个")
    return Glb(text.rstrip(_PADDING), json_stop, binary, length)


class _Container:
    """The container format GLB."""

    name = "glb"
    media_type = "model/gltf-binary"
    suffixes = (".glb", ".vrm")
    place = gltf_json.PLACE

    def sniff(self, head: bytes) -> int:
        """The magic number and a version."""
        return 100 if head[:4] == MAGIC and head[4:8] in (b"\2\0\0\0", b"\1\0\0\0") else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of `asset`, of every `extras`, and of XMP packets."""
        return gltf_json.survey(read(data).text)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the top-level `extras` of the JSON chunk."""
        glb = read(data)
        return glb.splice(data, gltf_json.note_edits(glb.text, note, superseded))


CONTAINER = _Container()
