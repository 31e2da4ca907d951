"""PNG files, APNG among them: the texts in their chunks, and the note in their XMP packet.

Source: PNG Specification (W3C, third edition, 2025), clause 5 and clause 11.3; the note goes into the packet of
an uncompressed `iTXt` chunk (XMP Specification Part 3, 1.1.5), right after the header, as TC260-PG-20259A
clause 6 asks. It does not decode the picture.
"""

from __future__ import annotations

from collections.abc import Iterable

from overt.errors import MediaError, UnsupportedError
from overt.formats import png_texts, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.png_chunks import SIGNATURE, Chunk, chunk, layout, sound
from overt.formats.png_texts import NO_TEXT, TEXTS, Allowance
from overt.formats.splice import Buffer, Piece, Splice

_COLOUR = frozenset({b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI"})
# What describes the file and not the samples; caBX is the C2PA credential, which is not ours to strip.
_DESCRIBING = TEXTS | {b"eXIf", b"pHYs", b"tIME", b"caBX"}
_SAMPLES = frozenset({b"bKGD", b"sBIT", b"tRNS"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_PALETTE_TYPE = 3


class Png:
    """The container format PNG."""

    name = "png"
    media_type = "image/png"
    suffixes = (".png", ".apng")
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """The signature."""
        return 100 if head[:8] == SIGNATURE else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every chunk, in order, those after the picture too."""
        found, allowance = layout(data), Allowance()
        fields: list[Field] = []
        faults = list(found.faults)
        for part in found.chunks:
            if part.kind in NO_TEXT:
                continue
            try:
                inner = png_texts.read(part.kind, part.data(data), part.start, allowance)
            except MediaError as error:
                faults.append(Fault(f"PNG {part.kind.decode()}", error.message))
                continue
            defects = ("wrong-checksum",) if part.start in found.broken else ()
            fields += png_texts.flawed(inner, defects).fields
            faults += inner.faults
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the XMP packet, moved right after the header; made there where there is none."""
        chunks, _ = sound(data)
        allowance = Allowance()
        packet: bytes | None = None
        edits: dict[Chunk, bytes] = {}
        for part in chunks:
            if part.kind in NO_TEXT:
                continue
            body = part.data(data)
            if packet is None and (text := _packet(part, body, allowance)) is not None:
                packet = text
                edits[part] = b""
            elif (new := png_texts.cleaned(part.kind, body, superseded, allowance)) != body:
                edits[part] = b"" if new is None else chunk(part.kind, new)
        new_packet = xmp.set_property(packet, note, superseded)
        start = chunks[0].stop
        pieces: list[Piece] = [range(start), chunk(b"iTXt", png_texts.packet(new_packet))]
        for part in chunks:
            if part in edits:
                pieces += [range(start, part.start), edits[part]]
                start = part.stop
        return Splice([*pieces, range(start, len(data))])


CONTAINER = Png()


def _packet(part: Chunk, body: bytes, allowance: Allowance) -> bytes | None:
    """The XMP packet in this chunk, however it is stored; None for any other chunk."""
    if part.kind not in TEXTS or not body.startswith(png_texts.XMP_KEYWORD.encode() + b"\0"):
        return None
    return png_texts.parse(part.kind, body, allowance).value


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    Text, EXIF, physical size, time, the credential (which its new surroundings make invalid, but which is not
    ours to strip) and every unknown chunk that calls itself safe to copy come from the original; so do the
    colour space, unless one file is grey and the other is not, and background, significant bits and colour key,
    where the samples have the same form. Palette and animation are those of `encoded`.
    Raises `UnsupportedError` if an animation would become a still picture.
    """
    old, old_stop = sound(original)
    new, _ = sound(encoded)
    if _animated(old) and not _animated(new):
        raise UnsupportedError("the PNG is animated, the new picture is not", "原 PNG 为动图，新图像为静图")
    before, after = _kept(original, old, encoded, new)
    fresh = [c for c in new if c.critical or c.kind in _ANIMATION or c.kind == b"tRNS"]
    if not _same_colours(original, old, encoded, new):
        fresh = [c for c in new if c in fresh or c.kind in _COLOUR]
    keeps_key = any(c.kind == b"tRNS" for c in fresh)
    before = [c for c in before if not (c.kind == b"tRNS" and keeps_key)]
    first_data = next(c.start for c in fresh if c.kind == b"IDAT")
    return b"".join([
        SIGNATURE,
        _copy(encoded, [new[0]]),
        _copy(original, (c for c in before if c.kind not in _SAMPLES or c.kind == b"sBIT")),
        # A palette goes before background and colour key, all three before the samples.
        _copy(encoded, (c for c in fresh[1:] if c.start < first_data)),
        _copy(original, (c for c in before if c.kind in _SAMPLES and c.kind != b"sBIT")),
        _copy(encoded, (c for c in fresh[1:] if c.start >= first_data and c.kind != b"IEND")),
        _copy(original, after),
        chunk(b"IEND", b""),
        bytes(original[old_stop:]),
    ])  # fmt: skip


def _kept(original: Buffer, old: list[Chunk], encoded: Buffer, new: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The chunks of the original that stay true, before and after its samples."""
    head, fresh_head = old[0], new[0]
    depth_and_type = bytes(original[head.body + 8 : head.body + 10])
    same_samples = depth_and_type == bytes(encoded[fresh_head.body + 8 : fresh_head.body + 10])
    same_samples = same_samples and depth_and_type[1] != _PALETTE_TYPE
    same_colours = _same_colours(original, old, encoded, new)
    kept: tuple[list[Chunk], list[Chunk]] = ([], [])
    first_data = next(c.start for c in old if c.kind == b"IDAT")
    for found in old:
        if found.kind in _COLOUR:
            stays = same_colours
        elif found.kind in _SAMPLES:
            stays = same_samples
        else:
            stays = found.kind in _DESCRIBING or (not found.critical and found.safe_to_copy)
        if stays:
            kept[found.start > first_data].append(found)
    return kept


def _same_colours(original: Buffer, old: list[Chunk], encoded: Buffer, new: list[Chunk]) -> bool:
    """Whether both are grey, or neither is (11.2.1: bit 1 of the colour type)."""
    return (original[old[0].body + 9] ^ encoded[new[0].body + 9]) & 2 == 0


def _animated(chunks: list[Chunk]) -> bool:
    return any(c.kind == b"acTL" for c in chunks)


def _copy(data: Buffer, chunks: Iterable[Chunk]) -> bytes:
    return b"".join(bytes(data[c.start : c.stop]) for c in chunks)
