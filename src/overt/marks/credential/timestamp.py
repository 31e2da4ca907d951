"""A time stamp of the signature, put into a credential that is signed already.

Source: RFC 3161 (request and response), RFC 9052 (COSE_Sign1), C2PA 2.4, section 13.2.6 (`sigTst2`: the stamp of the
signature field, in the unprotected header, which neither signature nor hash covers).

The SDK would fetch the stamp itself, by its own HTTP client, which a guarded process cannot have. But it leaves room:
the unprotected header that it writes is `{"pad": …}`, some ten thousand zero bytes. This module lets the parent fetch
the stamp and writes it into that room. No byte of the file moves, so every hash holds.
Not here: whether the stamp is good. The SDK says so when the credential is read back.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from overt.errors import FormatError, SetupError, UnsupportedError
from overt.formats import zip_archive
from overt.formats.cursor import Cursor
from overt.language import Text

MOST_REQUEST: Final = 256
"""Bytes of a request: a hash, an algorithm, a nonce."""
MOST_RESPONSE: Final = 1 << 16
"""Bytes of a response; with a chain of certificates some six thousand."""
ANSWER_S: Final = 30.0
"""Seconds that an authority may take."""

_SHA256: Final = bytes.fromhex("300b0609608648016503040201")  # AlgorithmIdentifier
_GRANTED: Final = (0, 1)  # granted, grantedWithMods (RFC 3161, 2.4.2)
_HEAD: Final = re.compile(rb"\xd2\x84\x59..", re.DOTALL)
"""COSE_Sign1, tagged: an array of four that begins with a byte string, the protected header."""
_PAD: Final = re.compile(rb"\xa1\x63pad\x59(..)", re.DOTALL)


class Authority:
    """A time-stamping authority at an HTTP address. Used by the parent."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SetupError(f"{url!r} is no HTTP address", f"{url!r} 不是 HTTP 地址")
        self.url = url

    def stamp(self, request: bytes) -> bytes:
        """See `model.TimeStamper`."""
        kind = {"Content-Type": "application/timestamp-query"}
        try:
            with urlopen(Request(self.url, request, kind), timeout=ANSWER_S) as response:  # noqa: S310  (HTTP, see above)
                answer: bytes = response.read(MOST_RESPONSE + 1)
        except (URLError, OSError, ValueError) as error:
            raise SetupError(
                f"the time-stamping authority {self.url} does not answer: {error}",
                f"时间戳服务 {self.url} 没有响应：{error}",
                hint=Text(
                    zh="稍后重试，或在 overt.toml 的 [credential] 中更换或去掉 tsa。",
                    en="Try again later, or change or leave out `tsa` in [credential] of overt.toml.",
                ),
            ) from error
        if len(answer) > MOST_RESPONSE:
            raise SetupError(f"{self.url} answers at too great length", f"{self.url} 的响应过长")
        return answer


def add(path: Path, container: str, signature: bytes, ask: Callable[[bytes], bytes]) -> None:
    """Puts a stamp of `signature`, which is in the file, into the file. `ask` turns a request into a response."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data, _store(data, container) as store:
        room, protected = _room(store, _string(signature))
        # Sig_structure (RFC 9052, 4.4) of a countersignature over the signature field.
        message = b"\x84\x70CounterSignature" + protected + b"\x40" + _string(_string(signature))
        store[room.start : room.stop] = header(token_of(ask(request(message))), len(room))


def request(message: bytes) -> bytes:
    """The DER of a TimeStampReq for the SHA-256 of `message`, with a nonce, asking for the certificates."""
    imprint = _der(0x30, _SHA256 + _der(0x04, hashlib.sha256(message).digest()))
    nonce = b"\x01" + os.urandom(8)
    return _der(0x30, _der(0x02, b"\x01") + imprint + _der(0x02, nonce) + _der(0x01, b"\xff"))


def token_of(response: bytes) -> bytes:
    """The DER of the TimeStampToken in a TimeStampResp. Raises `SetupError` where the authority refuses."""
    whole = _inside(Cursor(response), 0x30)
    status = _inside(whole, 0x30)
    number = _inside(status, 0x02)
    value = int.from_bytes(number.take(number.left))
    start = whole.position
    if value not in _GRANTED or not whole.left:
        raise SetupError(
            f"the time-stamping authority refuses (PKIStatus {value})", f"时间戳服务拒绝签发（PKIStatus {value}）"
        )
    _inside(whole, 0x30)
    return response[start : whole.position]


def header(token: bytes, room: int) -> bytes:
    """An unprotected header of exactly `room` bytes that holds the token: `{"sigTst2": …, "pad": …}`."""
    value = b"\x67sigTst2\xa1\x69tstTokens\x81\xa1\x63val" + _string(token)
    left = room - 1 - len(value)
    # A byte string of n bytes takes one, two or three bytes more: some lengths need a second, empty one.
    for count, rest in ((b"\xa2", b""), (b"\xa3", b"\x64pad2\x40")):
        for head in (1, 2, 3):
            length = left - len(rest) - 4 - head
            if length >= 0 and len(pad := b"\x63pad" + _string(bytes(length))) == 4 + head + length:
                return count + value + pad + rest
    raise UnsupportedError("the time stamp does not fit into the credential", "凭证中放不下时间戳")


@contextmanager
def _store(data: mmap.mmap, container: str) -> Iterator[mmap.mmap | bytearray]:
    """Bytes in which the credential is in one piece; what is changed in them is changed in the file."""
    if container == "svg":
        found = re.search(rb"<c2pa:manifest[^>]*>\s*([A-Za-z0-9+/=]+)", data)
        text, place = (found[1], found.span(1)) if found else (b"", (0, 0))
        del found  # It holds on to the mapping.
        store = bytearray(base64.b64decode(text))
        yield store
        data[place[0] : place[1]] = base64.b64encode(store)
        return
    pieces = {"jpeg": _app11, "gif": _gif}.get(container)
    if pieces is None:
        yield data
        if container == "png":
            _mend_png(data)
        elif data[:4] == b"PK\x03\x04":
            _mend_zip(data)
        return
    regions = pieces(data)
    store = bytearray().join(data[each.start : each.stop] for each in regions)
    yield store
    at = 0
    for each in regions:
        data[each.start : each.stop] = store[at : at + len(each)]
        at += len(each)


def _room(store: mmap.mmap | bytearray, signature: bytes) -> tuple[range, bytes]:
    """Where the unprotected header of padding stands before this signature; and the protected one before it."""
    end = store.find(b"\xf6" + signature)  # Between them the payload, which is detached: null.
    start = max(0, end - (1 << 16))
    before = bytes(store[start : max(end, 0)])
    for found in _PAD.finditer(before):
        for head in _HEAD.finditer(before, 0, found.start()):
            protected = before[head.end() - 3 : found.start()]
            if found.end() + int.from_bytes(found[1]) == len(before) and _string(protected[3:]) == protected:
                return range(start + found.start(), end), protected
    raise FormatError("there is no room for a time stamp in the credential", "凭证中没有时间戳的位置")


def _app11(data: mmap.mmap) -> list[range]:
    """The contents of all JUMBF segments, without the box header that each repeats (ISO/IEC 19566-5, Annex D)."""
    found, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] == 0xEB and data[at + 4 : at + 6] == b"JP":
            found.append(range(at + 20, at + 2 + length))
        at += 2 + length
    return found


def _gif(data: mmap.mmap) -> list[range]:
    """The data blocks of the application extension, each of at most 255 bytes."""
    name = b"\x21\xff\x0bC2PA_GIF\x01\x00\x00"
    found, at = [], data.find(name) + len(name)
    while at < len(data) and (length := data[at]):
        found.append(range(at + 1, at + 1 + length))
        at += 1 + length
    return found


def _mend_png(data: mmap.mmap) -> None:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == b"caBX":
            end = at + 8 + length
            data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at += 12 + length


def _mend_zip(data: mmap.mmap) -> None:
    view = memoryview(data)
    try:
        entry = zip_archive.read(view).by_name["META-INF/content_credential.c2pa"]
    finally:
        view.release()
    checksum = struct.pack("<I", zlib.crc32(data[entry.data.start : entry.data.stop]))
    data[entry.start + 14 : entry.start + 18] = checksum
    data[entry.record.start + 16 : entry.record.start + 20] = checksum


def _string(value: bytes) -> bytes:
    """A CBOR byte string."""
    length = len(value)
    if length < 24:
        return bytes([0x40 + length]) + value
    if length < 1 << 8:
        return b"\x58" + bytes([length]) + value
    return b"\x59" + struct.pack(">H", length) + value


def _der(tag: int, value: bytes) -> bytes:
    return bytes([tag, len(value)]) + value  # Nothing in a request is longer than 127 bytes.


def _inside(cursor: Cursor, tag: int) -> Cursor:
    """What is in the next DER value, which must have this tag; the cursor goes on behind it."""
    if cursor.uint(1) != tag:
        raise FormatError("the time stamp is not DER as RFC 3161 has it", "时间戳不符合 RFC 3161 的 DER 结构")
    length = cursor.uint(1)
    if length & 0x80:
        length = cursor.uint(min(length & 0x7F, 4))
    start = cursor.skip(length)
    return Cursor(cursor.data, start, start + length)
