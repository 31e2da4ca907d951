"""The packets of an Ogg file with one stream of sound, and other packets put among them.

Source: RFC 3533 (pages); RFC 7845 (Opus: granule positions 4, headers 5) and RFC 6716 3.1 (how long a packet plays);
Vorbis I specification 4.3 and annex A.2 (granule positions).
Packets that were there stay byte for byte; their pages get new positions, numbers and checksums. Where new packets lie
in the midst, the old ones before them come once more behind them, so that the next one decodes as before.
Files with streams side by side or one after another are refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats import ogg_pages as pages
from overt.formats.ogg_pages import Page
from overt.formats.splice import Buffer, Piece, Splice
from overt.language import Text

MAX_PAGES = 4_000_000
"""Pages of one file: sixteen gigabytes of them."""
MAX_HEADERS = 64 << 20
_PAGE_PACKETS = 50
"""New packets on one page: a second of Opus."""
_NONE = (1 << 64) - 1
_ALONE = Text(
    zh="请先重新封装为单一音频流：ffmpeg -i IN -map 0:a:0 OUT.opus",
    en="Make it one stream of sound first: ffmpeg -i IN -map 0:a:0 OUT.opus",
)

Duration = Callable[[bytes, bytes], int]
"""How many samples come out when the second packet is decoded behind the first, which is empty at the start."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream taken apart: header packets, and the pages with sound from `first` on.

    `packets` counts those that begin on each page, in sums from 0; `ends` is the sample at which each of them ends
    when the first sample is 0, whatever the pages say.
    """

    headers: tuple[bytes, ...]
    front: tuple[Page, ...]
    pages: tuple[Page, ...]
    where: tuple[tuple[int, int, int], ...]
    """For each packet: the number of the page on which it begins, its first segment there, and its first byte."""
    lengths: tuple[int, ...]
    ends: tuple[int, ...]
    start: int
    """The position of the first sample."""

    @property
    def count(self) -> int:
        """How many packets of sound there are."""
        return len(self.where)

    @property
    def kilobits(self) -> float:
        """Bits a sample, to be multiplied by the rate."""
        return sum(self.lengths) * 8 / max(self.ends[-1], 1) / 1000 if self.ends else 0.0

    def packet(self, sample: int) -> int:
        """The packet that begins next to a sample."""
        return min(max(bisect_right(self.ends, sample), 1), self.count)


def unwritten(magic: bytes) -> UnsupportedError:
    """The refusal of a stream that is written by no module here, by its first eight bytes: FLAC or Speex."""
    codec = "Speex" if magic == b"Speex   " else "FLAC"
    return UnsupportedError(
        f"{codec} in Ogg",
        f"Ogg 中的 {codec}",
        hint=Text(
            zh="先转换为 Opus：ffmpeg -i IN -c:a libopus OUT.opus，或 FLAC：ffmpeg -i IN OUT.flac",
            en="Convert it to Opus (ffmpeg -i IN -c:a libopus OUT.opus) or FLAC (ffmpeg -i IN OUT.flac) first.",
        ),
    )


def parse(data: Buffer, headers: int, duration: Callable[[tuple[bytes, ...]], Duration]) -> Stream:
    """Take a file apart whose stream has this many header packets. Raises `MediaError`."""
    every: list[Page] = []
    for page in pages.walk(data, 0):
        if len(every) == MAX_PAGES:
            raise BudgetError(f"more than {MAX_PAGES} Ogg pages", f"Ogg 页超过 {MAX_PAGES} 个")
        if every and (page.serial != every[0].serial or page.flags & pages.FIRST):
            raise UnsupportedError("an Ogg file with several streams", "含多个流的 Ogg 文件", hint=_ALONE)
        every.append(page)
    ends, count = 0, 0
    while ends < headers and count < len(every):
        ends += sum(length < 255 for length in every[count].lacing)
        count += 1
    packets, begun = pages.packets(data, every[:count], MAX_HEADERS)
    if ends != headers or begun:
        raise FormatError("the Ogg stream's headers are incomplete", "Ogg 流的头部不完整")
    plays = duration(tuple(packets))
    where, lengths, durations = _packets(data, every[count:], plays)
    total, sums = 0, []
    for each in durations:
        total += each
        sums.append(total)
    return Stream(
        tuple(packets), tuple(every[:count]), tuple(every[count:]), tuple(where), tuple(lengths), tuple(sums),
        _start(every[count:], where, sums),
    )  # fmt: skip


def _packets(
    data: Buffer, found: Sequence[Page], plays: Duration
) -> tuple[list[tuple[int, int, int]], list[int], list[int]]:
    """Where each packet begins, its length, and how long it plays. Of each, only the first bytes are looked at."""
    where: list[tuple[int, int, int]] = []
    lengths: list[int] = []
    durations: list[int] = []
    before = head = b""
    length, open_ = 0, False
    for number, page in enumerate(found):
        at = page.body
        if bool(page.flags & pages.CONTINUED) != open_:
            raise FormatError(
                f"the Ogg page at byte {page.start} does not go on where the one before ended",
                f"字节 {page.start} 处的 Ogg 页与前一页不衔接",
            )
        for segment, size in enumerate(page.lacing):
            if not open_:
                where.append((number, segment, at))
                head, length, open_ = bytes(data[at : at + min(size, 8)]), 0, True
            length += size
            at += size
            if size < 255:
                lengths.append(length)
                durations.append(plays(before, head))
                before, open_ = head, False
    if open_:
        raise FormatError("the Ogg file ends inside a packet", "Ogg 文件在数据包内中断")
    return where, lengths, durations


def _start(found: Sequence[Page], where: Sequence[tuple[int, int, int]], ends: Sequence[int]) -> int:
    """The position of the first sample: that of the first page, less what ends there, unless it also ends the file."""
    for number, page in enumerate(found):
        position = int.from_bytes(page.granule, "little")
        if position != _NONE:
            done = sum(1 for on, _, _ in where if on <= number)
            done -= 1 if page.lacing and page.lacing[-1] == 255 else 0
            return 0 if page.flags & pages.LAST or not done else position - ends[done - 1]
    return 0


def insert(
    data: Buffer,
    stream: Stream,
    label: Callable[[int], list[bytes]],
    places: Sequence[int],
    again: int,
    plays: Duration,
) -> Splice:
    """The file with packets before each of its own with one of these numbers, in order: `label` gives them.

    In the midst, `again` packets from before come once more behind them.
    """
    writer = _Writer(data, stream, plays)
    begin = 0
    for place in places:
        writer.old(begin, place, whole=place == stream.count)
        writer.new(label(place))
        if 0 < place < stream.count:
            writer.new([writer.packet(each) for each in range(max(0, place - again), place)])
        begin = place
    writer.old(begin, stream.count, whole=False)
    return writer.splice()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A page that is kept back until it is known whether it is the last."""

    flags: int
    granule: bytes
    sequence: int
    lacing: bytes
    body: bytes | range


class _Writer:
    """Lays pages one behind the other; the position follows from the packets, and so does each page's header."""

    def __init__(self, data: Buffer, stream: Stream, plays: Duration) -> None:
        self.data, self.stream, self.plays = data, stream, plays
        self.pieces: list[Piece] = [range(stream.front[-1].stop)]
        self.sequence = stream.front[-1].sequence + 1
        self.position = stream.start
        self.before = b""
        self.page: _Waiting | None = None
        self.serial = stream.front[0].serial

    def packet(self, number: int) -> bytes:
        """A packet of the file."""
        page_number, _, at = self.stream.where[number]
        parts: list[bytes] = []
        left = self.stream.lengths[number]
        page = self.stream.pages[page_number]
        while left or not parts:
            here = min(left, page.stop - at)
            parts.append(bytes(self.data[at : at + here]))
            left -= here
            page_number += 1
            if left:
                page = self.stream.pages[page_number]
                at = page.body
        return b"".join(parts)

    def new(self, packets: Sequence[bytes]) -> None:
        """Packets on pages of their own."""
        for first in range(0, len(packets), _PAGE_PACKETS):
            group = list(packets[first : first + _PAGE_PACKETS])
            while group:
                lacing = body = b""
                while group and (not lacing or len(lacing) + len(pages.lacing(len(group[0]))) <= pages.MAX_LACING):
                    packet = group.pop(0)
                    lacing += pages.lacing(len(packet))
                    body += packet
                    self._count(packet)
                if len(lacing) > pages.MAX_LACING:
                    raise UnsupportedError("a packet of more than 65,025 bytes", "数据包超过 65,025 字节", hint=_ALONE)
                self._add(0, self.position, lacing, body)

    def old(self, begin: int, stop: int, *, whole: bool) -> None:
        """Packets of the file, on the pages they were on. `whole` undoes a cut at the end: something follows."""
        stream = self.stream
        if begin == stop:
            return
        first_page, first_segment, _ = stream.where[begin]
        if stop < stream.count:
            last_page, last_segment, _ = stream.where[stop]
        else:
            last_page, last_segment = len(stream.pages) - 1, len(stream.pages[-1].lacing)
        packet = begin
        for number in range(first_page, last_page + 1):
            page = stream.pages[number]
            low = first_segment if number == first_page else 0
            high = last_segment if number == last_page else len(page.lacing)
            if low == high:
                continue
            lacing = page.lacing[low:high]
            at = page.body + sum(page.lacing[:low])
            ended = sum(length < 255 for length in lacing)
            for each in range(packet, packet + ended):
                on = stream.where[each][2]
                self._count(bytes(self.data[on : on + min(8, stream.lengths[each])]))
            packet += ended
            position = self.position if ended else _NONE
            if (
                number == len(stream.pages) - 1
                and not whole
                and ended
                and int.from_bytes(page.granule, "little") != _NONE
            ):
                # The end may be cut: by as much as it was.
                position -= stream.start + stream.ends[-1] - int.from_bytes(page.granule, "little")
            flags = page.flags & pages.CONTINUED if low == 0 else 0
            self._add(flags, position, lacing, range(at, at + sum(lacing)))

    def _count(self, packet: bytes) -> None:
        head = packet[:8]
        self.position += self.plays(self.before, head)
        self.before = head

    def _add(self, flags: int, position: int, lacing: bytes, body: bytes | range) -> None:
        self._flush(0)
        granule = (position & _NONE).to_bytes(8, "little")
        self.page = _Waiting(flags, granule, self.sequence, lacing, body)
        self.sequence += 1

    def _flush(self, flag: int) -> None:
        page, self.page = self.page, None
        if page is None:
            return
        body = page.body
        raw = bytes(self.data[body.start : body.stop]) if isinstance(body, range) else body
        whole = pages.build(page.flags | flag, page.granule, self.serial, page.sequence, page.lacing, raw)
        self.pieces += [whole[: len(whole) - len(raw)], body]

    def splice(self) -> Splice:
        """The new file."""
        self._flush(pages.LAST)
        return Splice(self.pieces)


# ── Opus ─────────────────────────────────────────────────────────────────────────────────────────────

OPUS_RATE = 48_000
OPUS_AGAIN = 4
"""Packets that come once more: the 80 ms after which RFC 7845 4.6 expects a decoder to have settled."""
_MILLISECONDS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4


@dataclass(frozen=True, slots=True)
class OpusHead:
    """An Opus header: channels, gain as a factor, and what says how channels are coded together."""

    channels: int
    gain: float
    family: int
    table: bytes


def opus_head(packet: bytes) -> OpusHead:
    """The first packet of an Opus stream. Raises `FormatError`."""
    if packet[:8] != b"OpusHead" or len(packet) < 19 or packet[8] > 15 or not packet[9]:
        raise FormatError("the Opus header is damaged", "Opus 头部已损坏")
    gain = int.from_bytes(packet[16:18], "little", signed=True)
    table = packet[19 : 21 + packet[9]] if packet[18] else b""
    return OpusHead(packet[9], 10 ** (gain / 256 / 20), packet[18], table)


def opus_plays(_before: bytes, packet: bytes) -> int:
    """How many samples at 48 kHz a packet has (RFC 6716, 3.1 and 3.2)."""
    if not packet:
        return 0
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[packet[0] & 3]
    return round(_MILLISECONDS[packet[0] >> 3] * 48) * frames


def is_speech(packet: bytes) -> bool:
    """Whether an Opus packet has no transform in it (SILK)."""
    return bool(packet) and packet[0] >> 3 < 12
