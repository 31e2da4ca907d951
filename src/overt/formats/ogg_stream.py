"""A whole Ogg stream laid from packets.

Source: RFC 3533 (pages), RFC 7845 3 (Opus), Vorbis I specification A.2: the first header alone on the first page, the
sound on pages of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from overt.formats import ogg_pages as pages

PAGE_PACKETS = 50
"""Packets of sound on one page: a second of Opus."""

Packet = tuple[bytes, int]
"""A packet, and the position in samples at which it ends."""


def laid(serial: int, headers: Sequence[bytes], packets: Iterable[Packet], end: int) -> Iterator[bytes]:
    """The pages of a stream. `end` is the position at which the sound ends, in the last packet."""
    pending: tuple[int, bytes, bytes, bytes] | None = None
    sequence = 0
    groups: list[list[Packet]] = [[(headers[0], 0)], [(each, 0) for each in headers[1:]]]
    for group in _grouped(groups, packets):
        for flags, granule, lacing, body in _pages(group):
            if pending is not None:
                yield pages.build(pending[0], pending[1], serial, sequence, pending[2], pending[3])
                sequence += 1
            pending = (flags | (0 if pending is not None else pages.FIRST), granule, lacing, body)
    if pending is not None:
        granule = end.to_bytes(8, "little")
        yield pages.build(pending[0] | pages.LAST, granule, serial, sequence, pending[2], pending[3])


def _grouped(headers: list[list[Packet]], packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    yield from headers
    group: list[Packet] = []
    for packet in packets:
        group.append(packet)
        if len(group) == PAGE_PACKETS:
            yield group
            group = []
    if group:
        yield group


def _pages(group: list[Packet]) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """Flags, position, lacing and body of each page; a packet goes on over pages where one is too small for it."""
    lacing, body = bytearray(), bytearray()
    granule, flags = pages.NO_PACKET_ENDS, 0
    for packet, position in group:
        at = 0
        for length in pages.lacing(len(packet)):
            if len(lacing) == pages.MAX_LACING:
                yield flags, granule, bytes(lacing), bytes(body)
                lacing, body = bytearray(), bytearray()
                granule, flags = pages.NO_PACKET_ENDS, pages.CONTINUED if at else 0
            lacing.append(length)
            body += packet[at : at + length]
            at += length
        granule = position.to_bytes(8, "little")
    yield flags, granule, bytes(lacing), bytes(body)
