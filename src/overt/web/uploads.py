"""What strangers send: forms and files, bounded while they arrive, opened only in the guarded process.

```python
async with uploads.form(request) as fields:          # small forms: at most MOST_MIB
async with uploads.received(request) as upload:      # one large file, on disk: `upload.path`; gone afterwards
    house.work.start("verify", …, after=upload.keep())   # or when the task ends that takes it over
```

Bounds: the bytes of one request, of its fields, of all uploads together (`Shelf`); how slowly they may come is held by
the frame (`overt.web.frame`). The sender's name for a file is told to people, and nowhere used as a path.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from dataclasses import field as fresh
from pathlib import Path
from typing import Any, BinaryIO, Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from overt.gate.consent import upload
from overt.language import Text
from overt.marks.kept import Print
from overt.media.budget import KIB, MIB, Budget
from overt.media.guard import Guard
from overt.store.consent_rows import Upload
from overt.web.errors import StatusError
from overt.web.house import house_of
from overt.web.shelf import Stay

MOST_MIB: Final = 64
"""The largest form: a minute of a phone's film."""
LONGEST_NAME: Final = 120
"""Characters of a file's name that are told."""
_MOST_FIELDS: Final = 100
_MOST_FIELD: Final = 16 * KIB
_DRAINED: Final = 8 * MIB
_MOST_HEADER: Final = 4 * KIB  # Of one part of a form.


async def _pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body, as it arrives. Raises `StatusError` for one that is too large, or breaks off."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    total = 0
    try:
        async for piece in request.stream():
            total += len(piece)
            if total > most:
                raise _too_large(most)
            yield piece
    except ClientDisconnect as error:
        raise StatusError(400, "the file broke off", "文件传输中断", hint=_AGAIN) from error


async def body(request: Request, most: int) -> bytes:
    """The whole of a small body. Raises `StatusError` for one that is larger than `most` bytes."""
    return b"".join([piece async for piece in _pieces(request, most)])


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Takes in a little more of what is refused: a sender who still sends hears no answer."""
    left = _DRAINED
    async for piece in pieces:
        left -= len(piece)
        if left < 0:
            return


class _Bounded(Request):
    """A request that is not read further than allowed, whatever its length says."""

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        async for piece in _pieces(Request(self.scope, self.receive), MOST_MIB * MIB):
            yield piece


@asynccontextmanager
async def form(request: Request) -> AsyncIterator[FormData]:
    """The fields and files of a form, gone afterwards."""
    bounded = _Bounded(request.scope, request.receive)
    async with bounded.form(max_files=4, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD) as fields:
        yield fields


def field(fields: FormData, name: str, most: int = 1000) -> str:
    """A text of the form; empty where there is none."""
    value = fields.get(name)
    return value[:most] if isinstance(value, str) else ""


def several(fields: FormData, name: str) -> tuple[str, ...]:
    """All ticked values of one name."""
    return tuple(dict.fromkeys(each for each in fields.getlist(name) if isinstance(each, str)))


async def data(fields: FormData, name: str) -> bytes:
    """The bytes of a file; none where nothing was chosen."""
    value = fields.get(name)
    return await value.read() if isinstance(value, UploadFile) else b""


@dataclass(slots=True)
class Received:
    """What arrived: a file on the shelf, and the small fields that came with it."""

    _stay: Stay
    name: str = ""
    """What the sender calls the file, as it may be shown to people; empty where it has no name."""
    media_type: str = ""
    """What the sender says that it is."""
    size: int = 0
    fields: dict[str, str] = fresh(default_factory=dict)
    repeated: dict[str, list[str]] = fresh(default_factory=dict)
    """All values of each field, where one was ticked or named more than once."""
    _kept: bool = False

    @property
    def path(self) -> Path:
        """Where the file lies; there is none where `size` is 0."""
        return self._stay.path

    def keep(self) -> Callable[[], None]:
        """Leaves the file beyond the request, to whoever calls what comes back when it is done with the file."""
        self._kept = True
        return self._stay.drop

    def drop(self) -> None:
        """The file goes now."""
        self._stay.drop()

    def write(self, name: str, piece: bytes) -> None:
        """More of a file that did not come with the request itself, but is what it asks about."""
        self.name = name
        self._stay.grow(len(piece))
        with self.path.open("ab") as file:
            file.write(piece)
        self.size += len(piece)


@asynccontextmanager
async def received(
    request: Request, name: str = "file", *, most: int = 0, most_field: int = _MOST_FIELD
) -> AsyncIterator[Received]:
    """One file of a request: the field `name` of a form, or the whole body where the request is no form.

    All other fields of a form together have at most `most_field` bytes.
    Raises `StatusError` for what is too large, too slow or no form, `BusyError` where the shelf is full.
    """
    house = house_of(request)
    stay = Stay(house.shelf)
    most = most or house.most_bytes
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    told = Received(stay)
    try:
        with stay.path.open("xb") as file:
            if kind == b"multipart/form-data":
                reader = _Form(file, stay, told, name, most_field)
                parser = MultipartParser(options.get(b"boundary") or b"-", reader.callbacks())
                # A form has more to it than its file.
                pieces = _pieces(request, most + 64 * KIB + most_field)
                try:
                    async for piece in pieces:
                        parser.write(piece)
                    parser.finalize()
                except FormParserError as error:
                    raise StatusError(400, "this is no form", "表单格式有误", hint=_AGAIN) from error
                except StatusError:
                    await _drain(pieces)
                    raise
            else:
                told.media_type = kind.decode("latin-1")
                async for piece in _pieces(request, most):
                    stay.grow(len(piece))
                    file.write(piece)
                    told.size += len(piece)
        if told.size > most:
            raise _too_large(most)
        yield told
    finally:
        if not told._kept:  # noqa: SLF001  (its own module's)
            stay.drop()


class _Form:
    """Takes a form apart as it arrives: the file goes to disk, fields stay small."""

    def __init__(self, file: BinaryIO, stay: Stay, told: Received, name: str, most_field: int) -> None:
        self._file, self._stay, self._told, self._name, self._most = file, stay, told, name, most_field
        self._headers: dict[str, bytes] = {}
        self._head, self._value, self._text, self._rest = b"", b"", bytearray(), 0
        self._field, self._is_file, self._seen, self._parts = "", False, False, 0

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_FIELDS:
            raise StatusError(413, "the form has too many fields", "表单字段过多", hint=_AGAIN)
        self._headers, self._text = {}, bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._head += data[start:end]
        self._short(self._head)

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._short(self._value)

    def _header_end(self) -> None:
        self._headers[self._head.decode("latin-1").lower()] = self._value
        self._head = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        self._field = _decoded(options.get(b"name", b""))
        # Of several files only the first is taken.
        self._is_file = b"filename" in options and self._field == self._name and not self._seen
        if self._is_file:
            self._seen = True
            self._told.name = shown_name(_decoded(options[b"filename"]))
            self._told.media_type = self._headers.get("content-type", b"").decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._is_file:
            self._stay.grow(len(piece))
            self._file.write(piece)
            self._told.size += len(piece)
            return
        self._text += piece
        self._rest += len(piece)
        if self._rest > self._most:
            raise StatusError(413, f"{self._field[:40]} is too long", f"{self._field[:40]} 过长", hint=_AGAIN)

    def _end(self) -> None:
        if not self._is_file:
            value = _decoded(bytes(self._text))
            self._told.fields.setdefault(self._field, value)
            self._told.repeated.setdefault(self._field, []).append(value)

    @staticmethod
    def _short(head: bytes) -> None:
        if len(head) > _MOST_HEADER:
            raise StatusError(400, "this is no form", "表单格式有误", hint=_AGAIN)


def shown_name(name: str) -> str:
    """A file's name as people may see it: its last part, without what is invisible or turns the writing round."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(each for each in last if unicodedata.category(each)[0] != "C" and each not in "\u2028\u2029")
    if len(seen) <= LONGEST_NAME:
        return seen.strip()
    return f"{seen[: LONGEST_NAME - 20]}…{seen[-19:]}".strip()  # With its ending: that says what it is.


def _decoded(raw: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    return raw.decode("latin-1")


def looked(raw: bytes, budget: Budget, *, known_again: bool = False) -> tuple[Upload, tuple[Print, ...]]:
    """What a file is, seen in a guarded process of its own; with the fingerprint of a picture to be `known_again`.

    Raises `MediaError`.
    """
    with tempfile.TemporaryDirectory(prefix="overt-answer-") as folder, Guard(budget) as guard:
        path = Path(folder) / "upload"
        path.write_bytes(raw)
        seen = guard.call(upload.look, path)
        return Upload(raw, seen.media_type), guard.call(upload.fingerprint, path, budget) if known_again else ()


def _too_large(most: int) -> StatusError:
    size = f"{most / MIB:g} MiB" if most >= MIB else f"{most} B"
    return StatusError(413, f"the file is larger than {size}", f"文件超过 {size}", hint=_SMALLER)


_AGAIN: Final = Text(zh="请重新提交。", en="Send it once more.")
_SMALLER: Final = Text(zh="请换一个较小的文件，或截取其中一段。", en="Send a smaller file, or a part of it.")
