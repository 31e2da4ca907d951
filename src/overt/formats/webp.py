"""WebP files: the texts in their chunks, and the note in their XMP packet.

Source: RFC 9649 (WebP Image Format), clause 2; the note goes into the packet of the `XMP ` chunk, as
TC260-PG-20259A clause 6 asks. A simple file, which has no place for one, is given the header it needs.
It does not decode the picture.
"""

from __future__ import annotations

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import exif, loose, riff, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.riff import Chunk
from overt.formats.splice import Buffer, Piece, Splice
from overt.formats.webp_chunks import ALPHA, ANIMATED, FLAGS, PICTURE, XMP_FLAG, header, sound, webp_form
from overt.language import Text

_CREDENTIAL = b"C2PA"
"""The manifest store stays the last chunk (C2PA specification, "Embedding manifests into RIFF-based assets")."""
_NO_TEXT = PICTURE | {b"VP8X", b"ICCP", _CREDENTIAL}


class Webp:
    """The container format WebP."""

    name = "webp"
    media_type = "image/webp"
    suffixes = (".webp",)
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """A RIFF form of the kind WEBP."""
        return 100 if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every chunk, in order."""
        form = webp_form(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        if form.truncated:
            faults.append(Fault("WebP", Text(zh="文件短于其声明的长度", en="the file ends before its declared size")))
        try:
            for part in riff.walk(data, form.start, form.stop):
                if part.truncated:
                    faults.append(
                        Fault(f"WebP {part.name}", Text(zh="文件在该数据块内中断", en="the file ends inside the chunk"))
                    )
                if part.fourcc not in _NO_TEXT:
                    inner = _read(part, bytes(data[part.start : part.stop]))
                    fields += inner.fields
                    faults += inner.faults
        except MediaError as error:
            faults.append(Fault("WebP", error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the first XMP packet, which is made after picture and EXIF where there is none."""
        chunks, stop = sound(data)
        home = next((part for part in chunks if part.fourcc == b"XMP "), None)
        edits: dict[Chunk, bytes] = {}
        for part in chunks:
            if part.fourcc in _NO_TEXT:
                continue
            body = bytes(data[part.start : part.stop])
            if part is home:
                edits[part] = riff.chunk(b"XMP ", xmp.set_property(body, note, superseded))
            elif (new := _cleaned(part, body, superseded)) != body:
                edits[part] = b"" if new is None else riff.chunk(part.fourcc, new)
        pieces: list[Piece] = [_lead(data, chunks, edits)]
        last = _before_xmp(chunks) if home is None else None
        for part in chunks:
            pieces += [edits[part]] if part in edits else _kept(part)
            if part is last:
                pieces.append(riff.chunk(b"XMP ", xmp.set_property(None, note, superseded)))
        return Splice([_riff_header(sum(map(len, pieces))), *pieces, range(stop, len(data))])


CONTAINER = Webp()


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    Profile, EXIF, XMP, unknown chunks and the credential (which its new surroundings make invalid, but which
    is not ours to strip) come from the original, everything about the samples from `encoded`.
    Raises `UnsupportedError` if an animation would become a still picture.
    """
    old, old_stop = sound(original)
    new, _ = sound(encoded)
    if any(c.fourcc == b"ANIM" for c in old) and not any(c.fourcc == b"ANIM" for c in new):
        raise UnsupportedError("the WebP is animated, the new picture is not", "原 WebP 为动图，新图像为静图")
    kept = [c for c in old if c.fourcc not in PICTURE and c.fourcc != b"VP8X"]
    kinds = {c.fourcc for c in kept}
    fresh = header(encoded, new)
    flags = fresh.flags & (ALPHA | ANIMATED)
    for kind in kinds:
        flags |= FLAGS.get(kind, 0)
    picture = [c for c in new if c.fourcc in PICTURE]
    parts = [] if new[0].fourcc != b"VP8X" and not kept else [fresh.chunk(flags)]
    parts += [_body(original, c) for c in kept if c.fourcc == b"ICCP"]
    parts += [_body(encoded, c) for c in picture]
    parts += [_body(original, c) for c in kept if c.fourcc not in {b"ICCP", _CREDENTIAL}]
    parts += [_body(original, c) for c in kept if c.fourcc == _CREDENTIAL]
    body = b"".join(parts)
    return _riff_header(len(body)) + body + bytes(original[old_stop:])


def _riff_header(length: int) -> bytes:
    if length + 4 > riff.MAX_SIZE:
        raise FormatError("the WebP would be longer than 4 GiB", "WebP 文件将超过 4 GiB")
    return b"RIFF" + (length + 4).to_bytes(4, "little") + b"WEBP"


def _body(data: Buffer, chunk: Chunk) -> bytes:
    return riff.chunk(chunk.fourcc, bytes(data[chunk.start : chunk.stop]))


def _lead(data: Buffer, chunks: list[Chunk], edits: dict[Chunk, bytes]) -> bytes:
    """What comes before the first chunk: a header, unless the file has one, whose flag is then set."""
    first = chunks[0]
    fitting = header(data, chunks)
    if first.fourcc == b"VP8X":
        rest = bytes(data[first.start + 1 : first.stop])
        edits[first] = riff.chunk(b"VP8X", bytes([fitting.flags | XMP_FLAG]) + rest)
        return b""
    flags = fitting.flags | XMP_FLAG
    for part in chunks:
        flags |= FLAGS.get(part.fourcc, 0)
    return fitting.chunk(flags)


def _before_xmp(chunks: list[Chunk]) -> Chunk:
    """The chunk after which a new XMP chunk goes: EXIF, or the end of the picture (RFC 9649, 2.7)."""
    return next(part for part in reversed(chunks) if part.fourcc in PICTURE | {b"EXIF"})


def _kept(part: Chunk) -> list[Piece]:
    """A chunk as it is; with the pad byte that some writers leave out at the end."""
    return [range(part.header, part.end), b"\0" * ((part.stop - part.start) % 2 - (part.end - part.stop))]


def _read(part: Chunk, body: bytes) -> Survey:
    """The texts of one chunk."""
    if part.fourcc == b"XMP ":
        return xmp.read(body, "XMP", part.header)
    if part.fourcc == b"EXIF":
        return exif.read(body, part.header)
    return loose.read(body, part.name, "RIFF chunk", part.header)


def _cleaned(part: Chunk, body: bytes, superseded: Superseded) -> bytes | None:
    """The body without what is superseded; None if nothing of it is left."""
    if part.fourcc == b"XMP ":
        return xmp.drop(body, superseded)
    if part.fourcc == b"EXIF":
        return exif.blank(body, superseded)
    return loose.cleaned(body, part.name, "RIFF chunk", superseded)
