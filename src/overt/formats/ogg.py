"""Ogg: notes among the Vorbis comments of its sound (Vorbis, Opus, FLAC, Speex).

Source: RFC 3533 (pages), Vorbis I specification 4.2 and annex A, RFC 7845 (Opus), the FLAC mapping of RFC 9639 10.1,
the Speex manual 7; TC260-PG-202510A (formats/marks.md 2.5).
Only the pages with headers are laid out anew, in as many pages as before wherever that goes, so that sound is neither
read nor moved within its pages. Streams side by side and one after another ("chained") are read, all of them; the note
goes into the first with sound. Binary data behind the comments of Opus stays, its padding gives way.
Film (Theora) is another format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import ogg_pages as pages
from overt.formats import vorbis
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.ogg_pages import Page
from overt.formats.splice import Buffer, Piece, Splice
from overt.language import Text

MAX_HEADERS = 64 << 20
"""Bytes of all header packets. Pictures among the comments take some megabytes."""
MAX_HEADER_PAGES = 8192
MAX_STREAMS = 64
"""Streams side by side; films with many languages have a dozen."""
MAX_LINKS = 4096
"""Streams one after another: a day of radio, a link for each song."""

_REMUX = Text(zh="请先重新封装：ffmpeg -i IN -c copy OUT", en="Remux it first: ffmpeg -i IN -c copy OUT")


@dataclass(frozen=True, slots=True)
class _Codec:
    """How a codec keeps its headers: how many packets, and what stands before the comments in the second one.

    In FLAC that is a block's header: type and length.
    """

    name: str
    magic: bytes
    count: int
    lead: bytes


_VORBIS = _Codec("vorbis", b"\x01vorbis", 3, b"\x03vorbis")
_OPUS = _Codec("opus", b"OpusHead", 2, b"OpusTags")
_FLAC = _Codec("flac", b"\x7fFLAC", 2, b"\x04\0\0\0")
_SPEEX = _Codec("speex", b"Speex   ", 2, b"")
_CODECS = (_VORBIS, _OPUS, _FLAC, _SPEEX)
_FILMS = (b"\x80theora", b"BBCD\0", b"\x01video", b"YUV4MPEG")


@dataclass(frozen=True, slots=True)
class _Stream:
    """One logical stream with sound: its first page, the pages with its other headers, and these packets."""

    codec: _Codec
    pages: tuple[Page, ...]
    packets: tuple[bytes, ...]

    @property
    def comments(self) -> vorbis.Comments:
        """The comment header."""
        packet, lead = self.packets[0], self.codec.lead
        if self.codec.name == "flac":
            # The last-block flag, and a length that may be wrong, do not matter.
            packet = bytes([packet[0] & 0x7F]) + packet[1:] if packet else b""
            lead = lead[:1]
        if not packet.startswith(lead):
            raise FormatError("the second Ogg packet holds no comments", "第二个 Ogg 数据包不是注释")
        return vorbis.parse(packet[len(self.codec.lead) :])

    def with_comments(self, comments: vorbis.Comments) -> tuple[bytes, ...]:
        """The header packets with other comments."""
        body = vorbis.build(comments)
        lead = self.codec.lead
        if self.codec.name == "flac":
            if len(body) >= 1 << 24:
                raise FormatError("the comments are too long for a FLAC block", "注释过长，超出 FLAC 块的上限")
            lead = self.packets[0][:1] + len(body).to_bytes(3, "big")
        return (lead + body, *self.packets[1:])


class _Ogg:
    """One name for each codec that people know by a file name of its own."""

    place = vorbis.PLACE

    def __init__(self, name: str, suffixes: tuple[str, ...], codecs: tuple[str, ...]) -> None:
        self.name = name
        self.media_type = "audio/ogg"
        self.suffixes = suffixes
        self._codecs = codecs

    def sniff(self, head: bytes) -> int:
        """By the first packets of the streams that begin the file: sound of these codecs, and no pictures."""
        if head[:4] != pages.MAGIC:
            return 0
        found = _codec_of(head)
        return 100 if found is not None and found.name in self._codecs else 0

    def survey(self, data: Buffer) -> Survey:
        """The comments of every stream."""
        fields: list[Field] = []
        faults: list[Fault] = []
        streams = 0
        try:
            for stream in _streams(data):
                streams += 1
                try:
                    fields.extend(vorbis.fields(stream.comments, stream.pages[1].start))
                except MediaError as error:
                    faults.append(Fault(vorbis.PLACE, error.message))
        except MediaError as error:
            if not streams:
                raise
            faults.append(Fault("Ogg pages", error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note among the comments of its first sound; every packet of sound is kept."""
        pending: Note | None = note
        edits: list[tuple[int, int, bytes]] = []
        for stream in _streams(data):
            comments = stream.comments
            fresh = _padded(comments, vorbis.put(comments, pending, superseded), stream.codec)
            pending = None
            if fresh != comments:
                edits.extend(_laid_out(data, stream, stream.with_comments(fresh)))
        if pending is not None:
            raise FormatError("no sound was found in the Ogg file", "Ogg 文件中未找到音频")
        result, position = list[Piece](), 0
        for start, stop, new in sorted(edits):
            result += [range(position, start), new]
            position = stop
        return Splice([*result, range(position, len(data))])


CONTAINERS = (
    _Ogg("ogg", (".ogg", ".oga", ".spx"), ("vorbis", "flac", "speex")),
    _Ogg("opus", (".opus", ".ogg", ".oga"), ("opus",)),
)


def _codec_of(head: bytes) -> _Codec | None:
    """The codec of the first sound among the streams that begin a file; none where there are pictures too."""
    found = None
    try:
        for page in pages.walk(head, 0):
            if not page.flags & pages.FIRST:
                break
            body = head[page.body : page.stop]
            if body.startswith(_FILMS):
                return None
            found = found or _known(body)
    except MediaError:
        pass
    return found


def _known(packet: bytes) -> _Codec | None:
    codec = next((codec for codec in _CODECS if packet.startswith(codec.magic)), None)
    if codec is _FLAC and len(packet) >= 9:
        # "Not told" is 0; then they end before the first frame, which begins with ones.
        return replace(codec, count=1 + (int.from_bytes(packet[7:9], "big") or 1))
    if codec is _SPEEX and len(packet) >= 72:
        return replace(codec, count=2 + min(int.from_bytes(packet[68:72], "little"), 64))
    return codec


def _streams(data: Buffer) -> Iterator[_Stream]:
    """Every stream with sound, in order. Where one follows another, all pages are looked at, by their headers."""
    serials: set[int] = set()
    start = 0
    end = pages.last(data)
    for _ in range(MAX_LINKS):
        first, behind = _beginnings(data, start)
        for page, codec in first:
            if page.serial in serials and start:
                raise FormatError("two Ogg streams of the same number", "两个 Ogg 流编号相同")
            if codec is not None:
                yield _stream(data, page, codec, behind)
        serials |= {page.serial for page, _ in first}
        if end is not None and end.serial in serials:
            return
        following = next((page for page in pages.walk(data, behind) if page.flags & pages.FIRST), None)
        if following is None:
            return
        start = following.start
    raise BudgetError(f"more than {MAX_LINKS} Ogg streams in a row", f"连续的 Ogg 流超过 {MAX_LINKS} 个")


def _beginnings(data: Buffer, start: int) -> tuple[list[tuple[Page, _Codec | None]], int]:
    """The first pages of the streams that begin here side by side, and where they end."""
    first: list[tuple[Page, _Codec | None]] = []
    for page in pages.walk(data, start):
        if not page.flags & pages.FIRST:
            break
        if len(first) == MAX_STREAMS:
            raise BudgetError(f"more than {MAX_STREAMS} Ogg streams", f"Ogg 流超过 {MAX_STREAMS} 个")
        first.append((page, _known(bytes(data[page.body : page.stop]))))
        start = page.stop
    if not first:
        raise FormatError("there is no Ogg stream", "未找到 Ogg 流")
    return first, start


def _stream(data: Buffer, first: Page, codec: _Codec, start: int) -> _Stream:
    """A stream's header packets, and the pages that they are on."""
    found: list[Page] = []
    ends = 0
    for page in pages.walk(data, start):
        if page.flags & pages.FIRST:
            break
        if page.serial != first.serial:
            continue
        if len(found) == MAX_HEADER_PAGES:
            raise BudgetError("too many Ogg pages of headers", "Ogg 头部页过多")
        found.append(page)
        ends += sum(length < 255 for length in page.lacing)
        if ends >= codec.count - 1:
            packets, begun = pages.packets(data, found, MAX_HEADERS)
            if begun or ends > codec.count - 1:
                raise UnsupportedError(
                    "an Ogg stream whose sound begins on the page of its headers",
                    "Ogg 流的音频与头部位于同一页",
                    hint=_REMUX,
                )
            return _Stream(codec, (first, *found), tuple(packets))
    raise FormatError("the Ogg stream ends before its headers do", "Ogg 流的头部不完整")


def _padded(old: vorbis.Comments, new: vorbis.Comments, codec: _Codec) -> vorbis.Comments:
    """Comments whose padding takes up the change: what follows those of Opus, if it is zeros (RFC 7845, 5.2)."""
    if codec.name != "opus" or not old.rest or any(old.rest):
        return new
    room = len(old.rest) - (len(vorbis.build(new)) - len(vorbis.build(old)))
    return replace(new, rest=bytes(max(room, 0)))


def _laid_out(data: Buffer, stream: _Stream, packets: tuple[bytes, ...]) -> Iterator[tuple[int, int, bytes]]:
    """Edits that put other header packets into a stream's pages."""
    old = stream.pages[1:]
    for page in stream.pages:
        if not pages.is_sound(data, page):
            raise FormatError(
                f"the Ogg page at byte {page.start} has a wrong checksum", f"字节 {page.start} 处的 Ogg 页校验和错误"
            )
    lacing, body = b"".join(pages.lacing(len(packet)) for packet in packets), b"".join(packets)
    counts = _counts([len(page.lacing) for page in old], len(lacing))
    fresh: list[bytes] = []
    at = taken = 0
    for number, count in enumerate(counts):
        part = lacing[at : at + count]
        flags = pages.CONTINUED if at and lacing[at - 1] == 255 else 0
        flags |= old[-1].flags & pages.LAST if number == len(counts) - 1 else 0
        granule = bytes(8) if min(part) < 255 else pages.NO_PACKET_ENDS
        content = body[taken : taken + sum(part)]
        fresh.append(pages.build(flags, granule, stream.pages[0].serial, old[0].sequence + number, part, content))
        at, taken = at + count, taken + sum(part)
    for number, page in enumerate(old):
        # What has become more goes where the last page was.
        new = fresh[number:] if number == len(old) - 1 else fresh[number : number + 1]
        yield page.start, page.stop, b"".join(new)
    if more := len(counts) - len(old):
        for page in pages.walk(data, old[-1].stop):
            if page.serial == stream.pages[0].serial:
                yield page.start, page.start + 26, pages.renumbered(data, page, page.sequence + more)


def _counts(old: list[int], total: int) -> list[int]:
    """How many lacing values go on each page: as before, what is more on the first with room, else on pages more."""
    if total < len(old):
        return [1] * total
    counts = list(old)
    left = total - sum(old)
    for number, count in enumerate(counts):
        step = min(left, pages.MAX_LACING - count) if left > 0 else max(left, 1 - count)
        counts[number] += step
        left -= step
    while left > 0:
        counts.append(min(left, pages.MAX_LACING))
        left -= counts[-1]
    return counts
