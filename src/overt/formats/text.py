"""Plain text: the encodings it comes in, edits that keep the rest of the bytes, and the sidecar.

Source: plain text has no metadata of its own, and no clause names a carrier for it (formats/marks.md 2.6);
the note therefore lies beside the file, in `NAME.aigc.json`, bound to the text's bytes by their SHA-256.
`TextFile` is also what the Markdown and HTML containers stand on.
The module does not guess: bytes that are none of the encodings below are `UnsupportedError`, never mended.
GB 18030 can read nearly any bytes; what comes out must look like its text (`COMMON_SHARE`). EUC-JP and EUC-KR pass.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats import zero_width
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.language import Text

TEXT_LIMIT = 64 << 20
"""The longest text that is decoded. A decoded text takes up to four times its bytes in memory."""
SIDECAR_LIMIT = 1 << 20
"""The longest sidecar that is read. A full AIGC object with two signatures is below 8 KiB."""
COMMON_SHARE = 0.6
"""The least share of common characters in a text that is taken for GB 18030: Chinese prose has above 0.9; Big5 read
as GB 18030 has 0.4, broken UTF-8, Shift-JIS and Latin-1 below 0.2. Traditional Chinese in GBK has 0.5: not told."""
_SAMPLE = 20_000  # Characters beyond ASCII that are looked at.
SIDECAR = "sidecar"
OTHER_BYTES = "sidecar-of-other-bytes"
"""The defect of a sidecar whose SHA-256 is not that of the file beside it."""

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_UNMARKED = ("utf-8", "gb18030")
# Characters that no text file holds: the C0 controls but tab, line feed, form feed, carriage return and
# escape (terminal recordings). A binary file, which GB 18030 may well decode, has them early.
_BINARY = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1B} | {0x7F}
_BINARY_TABLE = bytes(1 if byte in _BINARY else 0 for byte in range(256))
UTF_8_HINT = Text(
    zh="请将文件另存为 UTF-8 编码后重试。", en="Save the file as UTF-8 with a text editor, then try again."
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A decoded text and how to write it back: `bom + text.encode(codec)` is the file again."""

    text: str
    codec: str
    bom: bytes

    @property
    def newline(self) -> str:
        """The line ending that the file uses first; a line feed if it has none."""
        found = _NEWLINE.search(self.text)
        return found[0] if found else "\n"

    def splice(self, changes: Iterable[tuple[int, int, str]], errors: str = "strict") -> Splice:
        """The file with `text[start:stop]` replaced by the third value, for each change, in order.

        `errors` is how characters that the codec lacks are written ("xmlcharrefreplace" in HTML).
        """
        result = Splice([range(len(self.bom))])
        at, byte = 0, len(self.bom)
        for start, stop, new in changes:
            kept = byte + len(self.text[at:start].encode(self.codec))
            result.add(range(byte, kept))
            result.add(new.encode(self.codec, errors))
            at, byte = stop, kept + len(self.text[start:stop].encode(self.codec))
        result.add(range(byte, byte + len(self.text[at:].encode(self.codec))))
        return result


def decode(data: Buffer, codec: str | None = None) -> TextFile:
    """The text of a file in UTF-8, UTF-16 with its byte order mark, GB 18030, or in `codec`.

    Raises `UnsupportedError` for bytes that are not text, or that would not come back the same.
    """
    if len(data) > TEXT_LIMIT:
        raise BudgetError(
            f"the text is {len(data)} bytes long; at most {TEXT_LIMIT} are read",
            f"文本长 {len(data)} 字节；最多读取 {TEXT_LIMIT} 字节",
        )
    raw = bytes(data)
    codec_of_bom, bom = _byte_order_mark(raw)
    if codec_of_bom:
        candidates: tuple[str, ...] = (codec_of_bom,)
    else:
        candidates = (codec,) if codec else _UNMARKED
        if raw.translate(_BINARY_TABLE).find(1) >= 0:
            raise not_text("control characters", "含控制字符")
    for candidate in candidates:
        try:
            text = raw[len(bom) :].decode(candidate)
            if text.encode(candidate) != raw[len(bom) :]:
                continue
        except (UnicodeError, LookupError):
            continue
        if candidate == "gb18030" and not codec and not _reads_as_chinese(text):
            raise not_text(
                "perhaps Big5, another encoding, or broken UTF-8", "可能是 Big5 等其他编码，或已损坏的 UTF-8"
            )
        return TextFile(text, candidate, bom)
    raise not_text(f"not {' or '.join(candidates)}", f"不是 {'、'.join(candidates)}")


def _reads_as_chinese(text: str) -> bool:
    """Whether the characters beyond ASCII are mostly the common ones of GB 2312 (rows 1 to 9 and 16 to 55)."""
    codes = [found[0].encode("gb18030") for found in islice(_BEYOND_ASCII.finditer(text), _SAMPLE)]
    common = sum(len(code) == 2 and 0xA1 <= code[0] <= 0xD7 and code[1] >= 0xA1 for code in codes)
    return common >= COMMON_SHARE * len(codes)


def _byte_order_mark(raw: bytes) -> tuple[str | None, bytes]:
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise not_text("UTF-32", "UTF-32")
    for bom, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if raw.startswith(bom):
            return codec, bom
    return None, b""


def not_text(en: str, zh: str) -> UnsupportedError:
    """The error for a file that should be text, and why it is not."""
    return UnsupportedError(
        f"this is no text in UTF-8, UTF-16 or GB 18030 ({en})",
        f"该文件不是 UTF-8、UTF-16 或 GB 18030 编码的文本（{zh}）",
        hint=UTF_8_HINT,
    )


def looks_like_text(head: bytes) -> str | None:
    """The beginning of a file as text, if it can be one; a character cut off at its end is left out."""
    try:
        codec, bom = _byte_order_mark(head)
    except UnsupportedError:
        return None
    if not codec and head.translate(_BINARY_TABLE).find(1) >= 0:
        return None
    for candidate in (codec,) if codec else _UNMARKED:
        try:
            return codecs.getincrementaldecoder(candidate)().decode(head[len(bom) :])
        except UnicodeError:
            continue
    return None


class _PlainText:
    """Plain text: nothing inside it can hold a note, so `put` changes nothing."""

    name = "text"
    media_type = "text/plain"
    suffixes = (".txt", ".text")
    place = SIDECAR

    def sniff(self, head: bytes) -> int:
        """Text has no magic number: a low value that every other format beats."""
        return 10 if head and looks_like_text(head) is not None else 0

    def survey(self, data: Buffer) -> Survey:
        """What is hidden in characters without width: plain text has no other place. Raises `UnsupportedError`."""
        return Survey(tuple(_hidden(message) for message in zero_width.messages(decode(data).text)))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:  # noqa: ARG002
        """The file less a superseded label that is hidden in it; the caller writes `sidecar(...)` beside it."""
        file = decode(data)
        old = [message for message in zero_width.messages(file.text) if superseded(_hidden(message))]
        if not old:
            return Splice([range(len(data))])
        return file.splice([(message.start, message.stop, "") for message in old])


def _hidden(message: zero_width.Message) -> Field:
    return Field("zero-width text", "hidden", message.text)


CONTAINER = _PlainText()


def sidecar_name(name: str) -> str:
    """The file name under which the note of a text lies beside it."""
    return name + ".aigc.json"


def sidecar(note: Note, data: Buffer, file_name: str) -> bytes:
    """The sidecar of a text: the note, and the bytes that it speaks of.

    `{"AIGC": {...}, "File": {"Name": ..., "SHA256": ...}}` in UTF-8, the same bytes for the same input.
    """
    try:
        value: object = json.loads(note.text)
    except ValueError:
        value = note.text
    document = {note.key: value, "File": {"Name": file_name, "SHA256": hashlib.sha256(data).hexdigest()}}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def read_sidecar(raw: bytes, data: Buffer) -> Survey:
    """The fields of a sidecar, for the text `data` beside which it lies.

    The object may be bare or under a key with AIGC in its name. A sidecar that names the SHA-256 of other
    bytes is read all the same, its fields with the defect "sidecar-of-other-bytes".
    """
    if len(raw) > SIDECAR_LIMIT:
        return _fault(
            f"the sidecar is {len(raw)} bytes long; at most {SIDECAR_LIMIT} are read",
            f"随附标识文件长 {len(raw)} 字节；最多读取 {SIDECAR_LIMIT} 字节",
        )
    try:
        document = json.loads(decode(raw).text)
    except UnsupportedError as error:
        return _fault(f"the sidecar is not JSON: {error.message.en}", f"随附标识文件不是 JSON：{error.message.zh}")
    except (ValueError, RecursionError) as error:
        return _fault(f"the sidecar is not JSON: {error}", f"随附标识文件不是 JSON：{error}")
    if not isinstance(document, dict):
        return _fault("the sidecar is not a JSON object", "随附标识文件不是 JSON 对象")
    try:
        return Survey(_sidecar_fields(document, data))
    except FormatError as error:
        return _fault(error.message.en, error.message.zh)


def _sidecar_fields(document: dict[str, Any], data: Buffer) -> tuple[Field, ...]:
    defects: tuple[str, ...] = ()
    file = document.get("File")
    declared = file.get("SHA256") if isinstance(file, dict) else None
    if not isinstance(declared, str):
        defects = ("sidecar-without-sha256",)
    elif declared.strip().lower() != hashlib.sha256(data).hexdigest():
        defects = (OTHER_BYTES,)
    wrapped = {key: value for key, value in document.items() if "aigc" in key.casefold()}
    if wrapped:
        return tuple(Field(SIDECAR, key, _text(value), defects=defects) for key, value in wrapped.items())
    bare = {key: value for key, value in document.items() if key != "File"}
    return (Field(SIDECAR, "AIGC", _text(bare), defects=(*defects, "bare-object")),) if bare else ()


def compact(value: object) -> str:
    """JSON on one line without spaces, the form in which a field tells a structured value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: object) -> str:
    try:
        text = value if isinstance(value, str) else compact(value)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"a value of the sidecar cannot be told as JSON: {error}", f"随附标识文件中有一个值无法写成 JSON：{error}"
        ) from error
    return text.encode("utf-8", "replace").decode()  # JSON can escape half a surrogate pair.


def _fault(en: str, zh: str) -> Survey:
    return Survey(faults=(Fault(SIDECAR, Text(zh=zh, en=en)),))
