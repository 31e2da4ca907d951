"""Formats that Overt knows by their first bytes, and neither reads nor marks.

A file of one of them is not "of an unknown format", and never "without marks": nobody looked inside. The advice
of each says what its owner can do.

To add one: a line in `overt.formats.magic`, or a test here if a fixed string does not decide. When Overt learns
to read a format, its line goes away.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import Final

from overt.formats.known import (
    ARCHIVE,
    BOOK,
    DOCUMENT,
    FILM,
    NO_MEDIUM,
    PICTURE,
    PICTURE_WITHOUT_PLACE,
    SCENE_WITHOUT_PLACE,
    SOUND_WITHOUT_PLACE,
    KnownFormat,
    known,
)
from overt.formats.magic import BY_MAGIC, FONT, SWF

__all__ = ["KnownFormat", "by_name", "recognise"]

_CR3: Final = known("raw", "image/x-canon-cr3", "相机原始图片", "a camera's raw picture", PICTURE)


def _bmff(head: bytes) -> KnownFormat | None:
    return _CR3 if head[4:12] == b"ftypcrx " else None


_CURSOR: Final = known("ani", "application/x-navi-animation", "动态光标", "an animated cursor", NO_MEDIUM)


def _chunked(head: bytes) -> KnownFormat | None:
    """The formats of IFF and RIFF, by the form that they name."""
    forms = {b"ACON": _CURSOR} if head[:4] == b"RIFF" else {}
    return forms.get(head[8:12])


_BMP: Final = known("bmp", "image/bmp", "BMP 图片", "a BMP picture", PICTURE_WITHOUT_PLACE)
_ICO: Final = known("ico", "image/vnd.microsoft.icon", "图标", "an icon", PICTURE_WITHOUT_PLACE)
_BMP_HEADERS: Final = (12, 16, 40, 52, 56, 64, 108, 124)


def _bitmap(head: bytes) -> KnownFormat | None:
    """BMP and ICO: two or four bytes of magic are few, so the fields behind them must make sense, too."""
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return _BMP
    count = int.from_bytes(head[4:6], "little")
    if head[:4] in (b"\x00\x00\x01\x00", b"\x00\x00\x02\x00") and 0 < count <= 256 and head[9:10] == b"\x00":
        offset = int.from_bytes(head[18:22], "little")
        return _ICO if offset >= 6 + 16 * count else None
    return None


_AC3: Final = known("ac3", "audio/ac3", "AC-3 音频", "an AC-3 sound", SOUND_WITHOUT_PLACE)
_TS: Final = known("ts", "video/mp2t", "MPEG 传输流", "an MPEG transport stream", FILM)


def _stream(head: bytes) -> KnownFormat | None:
    """Streams of frames or packets: one sync word is no proof, the next one must be where it belongs."""
    # Bare packets have 188 bytes; discs put a time stamp of 4 before each.
    for first, length in ((0, 188), (4, 192)):
        places = range(first, first + 3 * length, length)
        if all(head[at : at + 1] == b"\x47" for at in places):
            return _TS
    # ATSC A/52: the sync word, and a sample rate and frame size that exist.
    if head[:2] == b"\x0b\x77" and len(head) > 5 and head[4] >> 6 != 3 and head[4] & 0x3F < 38 and head[5] >> 3 <= 10:
        return _AC3
    return None


_BZIP2: Final = known("bzip2", "application/x-bzip2", "bzip2 压缩文件", "a bzip2 file", ARCHIVE)
_PE: Final = known(
    "pe", "application/vnd.microsoft.portable-executable", "Windows 程序", "a Windows program", NO_MEDIUM
)
_SFNT: Final = re.compile(rb"\x00\x01\x00\x00\x00[\x01-\x40].{6}[A-Z][A-Za-z0-9/]{2}", re.DOTALL)


def _patterned(head: bytes) -> KnownFormat | None:
    if re.match(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", head):
        return _BZIP2
    if head[:2] == b"MZ":
        at = int.from_bytes(head[60:64], "little")
        # Behind the head if the DOS part is long; a text that begins so has a far larger number there.
        return _PE if head[at : at + 4] == b"PE\x00\x00" or len(head) - 4 < at < 1 << 20 else None
    if re.match(rb"[FCZ]WS[\x01-\x40]", head):
        return SWF
    return FONT if _SFNT.match(head) else None


_ZIP: Final = known("zip", "application/zip", "ZIP 压缩包", "a ZIP package", ARCHIVE)
_ODF: Final = known("odf", "application/vnd.oasis.opendocument", "OpenDocument 文档", "an OpenDocument file", DOCUMENT)
_FLAT_ODF: Final = known(
    "flat-odf",
    "application/vnd.oasis.opendocument.text-flat-xml",
    "单文件 XML 形式的 OpenDocument 文档",
    "an OpenDocument file as flat XML",
    DOCUMENT,
)
_OFD: Final = known("ofd", "application/ofd", "OFD 版式文档", "an OFD document", BOOK)
_APK: Final = known("apk", "application/vnd.android.package-archive", "Android 应用", "an Android app", NO_MEDIUM)
_JAR: Final = known("jar", "application/java-archive", "Java 程序包", "a Java package", NO_MEDIUM)
_MEMBERS: Final = (
    (re.compile(rb"OFD\.xml|Doc_0/"), _OFD),
    (re.compile(rb"AndroidManifest\.xml"), _APK),
    (re.compile(rb"META-INF/MANIFEST\.MF"), _JAR),
)


def _zip(head: bytes) -> KnownFormat | None:
    """A ZIP, and what its first members make of it. Reads only local headers that lie in `head`."""
    if head[:4] not in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return None
    first = 30 + int.from_bytes(head[26:28], "little")
    kind = head[first + int.from_bytes(head[28:30], "little") :]
    types = (b"application/vnd.oasis.opendocument", b"application/vnd.sun.xml")
    if head[30:first] == b"mimetype" and kind.startswith(types):
        return _ODF
    for member in re.finditer(rb"PK\x03\x04.{22}(.)(.).{2}", head, re.DOTALL):
        name = head[member.end() : member.end() + member[1][0] + (member[2][0] << 8)]
        for pattern, meant in _MEMBERS:
            if pattern.match(name):
                return meant
    return _ZIP


_STL: Final = known("stl", "model/stl", "STL 三维模型", "an STL model", SCENE_WITHOUT_PLACE)
_OBJ: Final = known("obj", "model/obj", "OBJ 三维模型", "an OBJ model", SCENE_WITHOUT_PLACE)
_OBJ_LINE: Final = re.compile(rb"(?:v|vn|vt|vp|f|l|p|o|g|s|mtllib|usemtl|mg|bevel|c_interp|d_interp|lod)(?:[ \t]|$)")
_CORNER: Final = re.compile(rb"v(?:[ \t]+[-+]?[\d.]+(?:[eE][-+]?\d+)?){3,7}[ \t]*$")


def _model(head: bytes) -> KnownFormat | None:
    """Models without a magic number. An STL has 80 bytes of anything, a count, and triangles of 50 bytes."""
    if re.match(rb"solid[^\n]*\n\s*facet\s+normal\s", head):
        return _STL
    count = int.from_bytes(head[80:84], "little")
    shown = [head[at : at + 50] for at in range(84, min(len(head), 84 + 50 * min(count, 3)), 50)]
    if shown and all(len(triangle) == 50 and _is_triangle(triangle) for triangle in shown):
        return _STL
    whole = map(bytes.strip, head[: head.rfind(b"\n") + 1].splitlines())
    lines = [line for line in whole if line and not line.startswith(b"#")]
    corners = sum(_CORNER.match(line) is not None for line in lines)
    return _OBJ if corners >= 3 and all(map(_OBJ_LINE.match, lines)) else None


def _is_triangle(raw: bytes) -> bool:
    *numbers, attribute = struct.unpack("<12fH", raw)
    length = math.hypot(*numbers[:3])
    finite = all(math.isfinite(number) and abs(number) < 1e9 for number in numbers)
    return finite and attribute == 0 and any(numbers[3:]) and (length == 0 or abs(length - 1) < 0.01)


_FIRST_ELEMENT: Final = re.compile(r"<(?![?!])(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})[\s/>]")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)


def _written(head: bytes) -> KnownFormat | None:
    """Formats that are text, by their first element."""
    coding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head.decode(coding, "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        element = _FIRST_ELEMENT.search(_COMMENT.sub("", text))
        if element is not None and element[1] == "document" and "urn:oasis:names:tc:opendocument" in text:
            return _FLAT_ODF
    return None


_TESTS: Final[tuple[Callable[[bytes], KnownFormat | None], ...]] = (
    _bmff,
    _chunked,
    _bitmap,
    _stream,
    _patterned,
    _zip,
    _written,
    _model,
)


_PCM: Final = known("pcm", "audio/L16", "无文件头的 PCM 音频", "bare PCM samples", SOUND_WITHOUT_PLACE)
_BARE_SAMPLES: Final = (".pcm", ".s16le", ".s16be", ".s24le", ".s32le", ".f32le", ".l16")


def by_name(suffix: str) -> KnownFormat | None:
    """The format that a file name's ending stands for, where its bytes show nothing."""
    return _PCM if suffix in _BARE_SAMPLES else None


def recognise(head: bytes) -> KnownFormat | None:
    """The format that the first bytes of a file (4,096 of them) show, if it is one of these."""
    for offset, magic, meant in BY_MAGIC:
        if head.startswith(magic, offset):
            return meant
    for test in _TESTS:
        if (found := test(head)) is not None:
            return found
    return None
