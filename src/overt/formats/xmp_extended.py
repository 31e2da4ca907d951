"""ExtendedXMP: a second packet, cut into the segments of a JPEG because the first one was full.

Source: XMP Specification Part 3, 1.1.3.1. Each piece carries the MD5 of the whole, its length and the piece's place.
It only takes such packets apart and puts them together; Overt never starts one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from overt.formats.container import Fault
from overt.language import Text

SIGNATURE = b"http://ns.adobe.com/xmp/extension/\x00"

_GUID, _FIXED = 32, 40
_PIECE = 65_000
"""Bytes of the packet in one segment, as Adobe's own writer cuts it."""
_MAX_SIZE = 1 << 24
"""As long as any packet may be."""


@dataclass(slots=True)
class Extended:
    """One packet in pieces: where each begins in the packet, and its bytes."""

    guid: bytes
    size: int
    pieces: dict[int, bytes] = field(default_factory=dict)

    def packet(self) -> bytes | None:
        """The whole; None if a piece is missing or two overlap."""
        parts, position = [], 0
        for start, piece in sorted(self.pieces.items()):
            if start != position:
                return None
            parts.append(piece)
            position += len(piece)
        return b"".join(parts) if position == self.size else None


def gather(bodies: list[bytes]) -> tuple[list[Extended], list[Fault]]:
    """The packets that these payloads (of segments that begin with the signature) are pieces of."""
    found: dict[tuple[bytes, int], Extended] = {}
    faults, total = [], 0
    for body in bodies:
        head = body[len(SIGNATURE) : len(SIGNATURE) + _FIXED]
        piece = body[len(SIGNATURE) + _FIXED :]
        guid, size, start = head[:_GUID], int.from_bytes(head[32:36], "big"), int.from_bytes(head[36:40], "big")
        total += len(piece)
        if len(head) < _FIXED or size > _MAX_SIZE or total > _MAX_SIZE:
            faults.append(
                Fault(
                    "ExtendedXMP",
                    Text(zh="分片没有头部，或数据包过长", en="a piece without a header, or of too long a packet"),
                )
            )
            continue
        found.setdefault((guid, size), Extended(guid, size)).pieces[start] = piece
    incomplete = [extended for extended in found.values() if extended.packet() is None]
    faults += [Fault("ExtendedXMP", Text(zh="分片缺失或重叠", en="pieces are missing or overlap"))] * len(incomplete)
    return list(found.values()), faults


def cut(packet: bytes) -> tuple[bytes, list[bytes]]:
    """The packet's new name, and its payloads, each for one segment."""
    guid = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    head = SIGNATURE + guid + len(packet).to_bytes(4, "big")
    starts = range(0, len(packet), _PIECE)
    return guid, [head + start.to_bytes(4, "big") + packet[start : start + _PIECE] for start in starts]
