"""The pictures of a film exchanged inside its Matroska or WebM file; every other byte is kept.

Source: RFC 9559 (Matroska) 5.1.3 (clusters), 5.1.4 (tracks), 10 (blocks); Matroska Codec Specifications.
Sound, subtitles, chapters, attachments, tags, colours, rotation, the beat of the film and the time of each picture
stay. Clusters with new pictures get new sizes, and indexes follow.
It does not take layers beside the pictures (alpha, dynamic HDR), pictures for two eyes, cropped, encrypted or packed
ones, nor several blocks in one: these are refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError
from overt.formats import ebml, reel
from overt.formats import matroska_segment as layout
from overt.formats.ebml import CRC_32, VOID, Element
from overt.formats.matroska import only_segment
from overt.formats.matroska_segment import Segment, Slot
from overt.formats.mp4_seam import goes_on, joined
from overt.formats.reel import Frame, refused
from overt.formats.splice import Buffer, Piece, Splice

_ENTRY, _NUMBER, _TYPE, _CODEC, _PRIVATE = 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_VIDEO, _ALPHA, _STEREO, _ENCODINGS, _MAPPING = 0xE0, 0x53C0, 0x53B8, 0x6D80, 0x41E4
_CROPS: Final = frozenset((0x54AA, 0x54BB, 0x54CC, 0x54DD))
_SIMPLE_BLOCK, _GROUP, _BLOCK, _DURATION, _REFERENCE, _ADDITIONS = 0xA3, 0xA0, 0xA1, 0x9B, 0xFB, 0x75A1
_ENCRYPTED_BLOCK: Final = 0xAF
_OF_ITSELF: Final = frozenset((layout.POSITION, layout.PREVIOUS_SIZE, CRC_32))
"""What a cluster says of its place and bytes: the first two need not be said, the third is written anew."""
_KEY, _LACED = 0x80, 0x06
_IS_FILM: Final = 1
_AVC: Final = "V_MPEG4/ISO/AVC"
_CONFIGURED: Final = {_AVC: True, "V_MPEGH/ISO/HEVC": True, "V_AV1": True}
"""Codecs whose private data configure the decoder, and must be those of the pictures."""
_REMUX: Final = "ffmpeg -i IN.mkv -map 0 -c copy OUT.mkv"
_TO_H264: Final = "ffmpeg -i IN -map 0 -c copy -c:v libx264 -crf 16 OUT.mkv"


@dataclass(frozen=True, slots=True)
class _Picture(Frame):
    """A picture in its block: the cluster's number, the element in it, and how long it is shown, if told."""

    cluster: int
    element: Element
    duration: int | None


@dataclass(frozen=True, slots=True)
class Film:
    """A film: its picture track, and the pictures in the order of the file."""

    segment: Segment
    entry: Element
    number: int
    codec: str
    private: bytes
    pictures: tuple[_Picture, ...]


def read(data: Buffer) -> Film:
    """The pictures of a file. Raises `MediaError` for what `exchange` refuses."""
    segment = only_segment(data)
    entry, number, codec, private = _track(data, segment)
    pictures: list[_Picture] = []
    count = 0
    for index, cluster in enumerate(segment.of(layout.CLUSTER)):
        time = 0
        for each in _blocks(data, cluster):
            count += 1
            if each.id == layout.TIMESTAMP:
                time = ebml.number(data, each)
            elif each.id == _ENCRYPTED_BLOCK:
                raise refused("encrypted film", "加密的影片", _TO_H264)
            elif each.id in (_SIMPLE_BLOCK, _GROUP):
                found = _picture(data, index, each, number, time)
                if found is not None:
                    pictures.append(found)
        reel.affordable(count)
    if codec == "V_VP8":
        pictures = [each for each in pictures if reel.is_shown_vp8(data, each)]
    if not pictures:
        raise FormatError("a film without pictures", "影片中没有画面")
    return Film(segment, entry, number, codec, private, tuple(pictures))


def seam(data: Buffer, least: int) -> int:
    """How many pictures, at least `least`, must be encoded anew before the film can go on with its old ones."""
    film = read(data)
    tests = {"V_VP8": reel.is_key_vp8, "V_VP9": reel.is_key_vp9, "V_AV1": reel.is_key_av1, "V_MJPEG": lambda *_: True}
    if film.codec == _AVC and film.private and goes_on(film.private, reel.record(film.private)):
        tests[_AVC] = reel.is_idr
    test = tests.get(film.codec)
    if test is None:
        return len(film.pictures)
    return reel.seam(film.pictures, least, lambda picture: test(data, picture))


def exchange(data: Buffer, encoded: Buffer) -> Splice:
    """The film's file with the pictures of `encoded`, a Matroska file with as many or as many as `seam` allows.

    They are decoded in the order in which they are shown. In H.264, their parameter sets are numbered as
    `overt.formats.mp4_seam` says where the film goes on with its old pictures.
    """
    film, new = read(data), read(encoded)
    count = len(new.pictures)
    reel.fits(len(film.pictures), count, seam(data, min(count, len(film.pictures))))
    if new.codec != film.codec:
        raise FormatError(f"{new.codec} cannot take the place of {film.codec}", f"{new.codec} 不能替换 {film.codec}")
    writer = _Exchange(data, film, encoded, new)
    slots: list[Slot] = []
    clusters = film.segment.of(layout.CLUSTER)
    last, touched = film.pictures[count - 1].cluster, False
    number = 0
    for part in film.segment.parts:
        if part.id == layout.TRACKS:
            tracks = writer.tracks(part)
            slots.append(Slot(part, lambda _, tracks=tracks: tracks) if tracks is not None else Slot(part))  # type: ignore[misc]
        elif part.id == layout.CLUSTER:
            pieces = writer.cluster(number, part) if number <= last else None
            if pieces is None and touched:
                pieces = _unaware(data, part)
            touched = pieces is not None and number <= last
            slots.append(Slot(part, pieces=pieces))
            number += 1
        else:
            slots.append(Slot(part))
    inside = {film.segment.position(clusters[index]): moved for index, moved in writer.moved.items()}
    return layout.assembled(data, film.segment, slots, inside)


def _track(data: Buffer, segment: Segment) -> tuple[Element, int, str, bytes]:
    """The entry of the one picture track, its number, codec and private data."""
    found = list(_films(data, segment))
    if not found:
        raise refused("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.flac")
    if len(found) > 1:
        raise refused(
            f"a film with {len(found)} picture tracks",
            f"含 {len(found)} 条画面轨道的影片",
            "ffmpeg -i IN -map 0 -map -0:v -map 0:v:0 -c copy OUT.mkv",
        )
    entry, inside = found[0]
    if _NUMBER not in inside or _CODEC not in inside:
        raise FormatError("a track without number or codec", "轨道缺少编号或编码信息")
    if _ENCODINGS in inside:
        raise refused("packed or encrypted film", "经压缩打包或加密的影片", _REMUX)
    if _MAPPING in inside:
        raise refused("film with a second layer (Dolby Vision)", "含附加层（杜比视界）的影片", _TO_H264)
    if _VIDEO in inside:
        _plain(data, inside[_VIDEO])
    private = bytes(data[inside[_PRIVATE].start : inside[_PRIVATE].stop]) if _PRIVATE in inside else b""
    return entry, ebml.number(data, inside[_NUMBER]), ebml.text(data, inside[_CODEC]), private


def _films(data: Buffer, segment: Segment) -> Iterator[tuple[Element, dict[int, Element]]]:
    """The entries of all picture tracks, with what is in them."""
    for part in segment.of(layout.TRACKS):
        for entry in ebml.children(data, layout.affordable(part)):
            if entry.id == _ENTRY:
                inside = {each.id: each for each in ebml.children(data, entry)}
                if _TYPE in inside and ebml.number(data, inside[_TYPE]) == _IS_FILM:
                    yield entry, inside


def _plain(data: Buffer, video: Element) -> None:
    for each in ebml.children(data, video):
        if each.id == _ALPHA and ebml.number(data, each):
            raise refused("film with a see-through layer", "含透明通道的影片", _TO_H264)
        if each.id == _STEREO and ebml.number(data, each):
            raise refused("film for two eyes", "立体影片", _TO_H264)
        if each.id in _CROPS and ebml.number(data, each):
            raise refused("film that is cropped when shown", "播放时裁切的影片", _TO_H264)


def _blocks(data: Buffer, cluster: Element) -> Iterator[Element]:
    for each in ebml.walk(data, cluster.start, cluster.stop, reel.MAX_BLOCKS):
        if each.truncated or not each.sized:
            raise FormatError(
                f"the block at byte {each.header} is larger than its cluster",
                f"字节 {each.header} 处的数据块超出其 Cluster",
            )
        yield each


def _picture(data: Buffer, cluster: int, found: Element, number: int, time: int) -> _Picture | None:
    """The picture in a block, if it is one of the film's."""
    block, key, duration = found, False, None
    if found.id == _GROUP:
        inside = {each.id: each for each in ebml.children(data, found)}
        if _BLOCK not in inside:
            raise FormatError(f"a group at byte {found.header} without block", f"字节 {found.header} 处的数据块组为空")
        block, key = inside[_BLOCK], _REFERENCE not in inside
        duration = ebml.number(data, inside[_DURATION]) if _DURATION in inside else None
    track, start = _vint(data, block)
    if track != number:
        return None
    head = bytes(data[start : start + 3])
    if start + 3 > block.stop:
        raise FormatError(f"the block at byte {block.header} is too short", f"字节 {block.header} 处的数据块过短")
    if head[2] & _LACED:
        raise refused("film with several pictures in one block", "一个数据块含多帧画面的影片", _REMUX)
    if found.id == _GROUP and _ADDITIONS in inside:
        raise refused("film with a layer beside its pictures", "画面附有附加层的影片", _TO_H264)
    shown = time + int.from_bytes(head[:2], "big", signed=True)
    key = bool(head[2] & _KEY) if found.id == _SIMPLE_BLOCK else key
    return _Picture(start + 3, block.stop, shown, key, cluster, found, duration)


def _vint(data: Buffer, block: Element) -> tuple[int, int]:
    """The track's number, and where it ends."""
    head = data[block.start] if block.start < block.stop else 0
    length = 9 - head.bit_length()
    if not head or block.start + length > block.stop:
        raise FormatError(f"the block at byte {block.header} names no track", f"字节 {block.header} 处的数据块未写轨道")
    value = int.from_bytes(data[block.start : block.start + length], "big")
    return value & ((1 << 7 * length) - 1), block.start + length


def _unaware(data: Buffer, cluster: Element) -> list[Piece] | None:
    """A kept cluster behind a changed one, whose size it may name: a Void of the same length claims nothing."""
    pieces: list[Piece] = []
    at, stale = cluster.header, False
    early = []
    for each in _blocks(data, cluster):
        if each.id in (_SIMPLE_BLOCK, _GROUP):
            break
        early.append(each)
        stale = stale or each.id == layout.PREVIOUS_SIZE
    if not stale:
        return None
    for each in early:
        if each.id in (layout.PREVIOUS_SIZE, layout.POSITION, CRC_32):
            pieces += [range(at, each.header), ebml.void(len(each))]
            at = each.stop
    return [*pieces, range(at, cluster.stop)]


class _Exchange:
    """Makes tracks and clusters with the new pictures."""

    def __init__(self, data: Buffer, film: Film, encoded: Buffer, new: Film) -> None:
        self.data, self.film = data, film
        self.encoded, self.new = encoded, new
        self.moved: dict[int, dict[int, int]] = {}
        """For each cluster, where its blocks were and are."""
        count = len(new.pictures)
        order = sorted(film.pictures[:count], key=lambda picture: picture.time)
        # In the order of the file: which new picture, and the old one at whose time it is shown.
        self.fresh = {
            old.element.header: (picture, shown)
            for old, picture, shown in zip(film.pictures, new.pictures, order, strict=False)
        }
        self.old = {picture.element.header: picture.time for picture in film.pictures[:count]}
        self.carrier = {shown.time: old.element.header for old, shown in zip(film.pictures, order, strict=False)}
        """The block that now holds the picture of a time: an index of moments must point at that one."""
        times = [shown.time for shown in order]
        self.before = dict(zip(times[1:], times, strict=False))
        """For the time of each picture, that of the one before it."""
        if sum(picture.stop - picture.start for picture in new.pictures) > reel.MAX_ENCODED:
            raise FormatError("the film would take more than 2 GiB", "影片编码后超过 2 GiB")

    def tracks(self, part: Element) -> bytes | None:
        """The tracks with the decoder's configuration for both, or for the new pictures."""
        whole = len(self.new.pictures) == len(self.film.pictures)
        private = self.new.private if whole else self.film.private
        if not whole and self.film.codec == _AVC:
            old, new = self.film.private, self.new.private
            private = joined(old, reel.record(old), new, reel.record(new))
        if not private or private == self.film.private:
            return None
        inside = ebml.children(self.data, part)
        if not any(each.header == self.film.entry.header for each in inside):
            return None
        parts = [
            self._entry(private) if each.header == self.film.entry.header else self._bytes(each)
            for each in inside
            if each.id != CRC_32
        ]
        return ebml.build_master(layout.TRACKS, parts, checked=ebml.is_checked(inside), width=part.width)

    def _entry(self, private: bytes) -> bytes:
        entry = self.film.entry
        inside = ebml.children(self.data, entry)
        parts = [self._bytes(each) for each in inside if each.id not in (CRC_32, _PRIVATE)]
        parts.append(ebml.build(_PRIVATE, private))
        return ebml.build_master(_ENTRY, parts, checked=ebml.is_checked(inside), width=entry.width)

    def _bytes(self, each: Element) -> bytes:
        return bytes(self.data[each.header : each.stop])

    def cluster(self, index: int, cluster: Element) -> list[Piece] | None:
        """A cluster with its new pictures; None if it has none."""
        inside = list(_blocks(self.data, cluster))
        if not any(each.header in self.fresh for each in inside):
            return None
        time = next((ebml.number(self.data, each) for each in inside if each.id == layout.TIMESTAMP), 0)
        kept = [each for each in inside if each.id not in _OF_ITSELF and not self._is_unseen(each)]
        pieces: list[Piece] = [
            self._block(each, time) if each.header in self.fresh else range(each.header, each.stop) for each in kept
        ]
        if ebml.is_checked(inside):
            pieces.insert(0, self._sum(pieces))
        moved: dict[int, int] = {}
        length = len(pieces[0]) if len(pieces) > len(kept) else 0
        for each, piece in zip(kept, pieces[-len(kept) :], strict=True):
            moved[each.header - cluster.start] = length
            length += len(piece)
        self.moved[index] = moved | self._followed(cluster, moved)
        head = bytes(self.data[cluster.header : cluster.start])
        if cluster.sized:
            head = ebml.id_bytes(layout.CLUSTER) + ebml.size_bytes(length, cluster.width)
        return [head, *pieces]

    def _followed(self, cluster: Element, moved: dict[int, int]) -> dict[int, int]:
        """For blocks with pictures, where the block is that now holds the picture of the same time."""
        result: dict[int, int] = {}
        for place in moved:
            carrier = self.carrier.get(self.old.get(cluster.start + place, -1), -1) - cluster.start
            if carrier in moved:
                result[place] = moved[carrier]
        return result

    def _is_unseen(self, each: Element) -> bool:
        """Whether a block holds a VP8 picture that only served to predict old ones."""
        if self.film.codec != "V_VP8" or each.id not in (_SIMPLE_BLOCK, _GROUP):
            return False
        found = _picture(self.data, 0, each, self.film.number, 0)
        last = self.film.pictures[len(self.new.pictures) - 1].element.header
        return found is not None and each.header < last and not reel.is_shown_vp8(self.data, found)

    def _sum(self, pieces: list[Piece]) -> bytes:
        total = 0
        for piece in pieces:
            total = zlib.crc32(self.data[piece.start : piece.stop] if isinstance(piece, range) else piece, total)
        return ebml.build(CRC_32, total.to_bytes(4, "little"))

    def _block(self, each: Element, cluster: int) -> bytes:
        picture, shown = self.fresh[each.header]
        body = bytes(self.encoded[picture.start : picture.stop])
        inside = ebml.children(self.data, each) if each.id == _GROUP else [each]
        block = next(one for one in inside if one.id in (_BLOCK, _SIMPLE_BLOCK))
        track = bytes(self.data[block.start : _vint(self.data, block)[1]])
        relative = shown.time - cluster
        if not -(1 << 15) <= relative < 1 << 15:
            raise FormatError("a picture far from its cluster", "画面时间与其 Cluster 相差过大")
        key = _KEY if picture.key and each.id == _SIMPLE_BLOCK else 0
        whole = track + relative.to_bytes(2, "big", signed=True) + bytes((key,)) + body
        if each.id == _SIMPLE_BLOCK:
            return ebml.build(_SIMPLE_BLOCK, whole)
        parts = [ebml.build(_BLOCK, whole)]
        if shown.duration is not None:
            parts.append(ebml.build_number(_DURATION, shown.duration))
        if not picture.key:
            before = self.before.get(shown.time, shown.time) - shown.time
            parts.append(ebml.build(_REFERENCE, before.to_bytes(4, "big", signed=True)))
        kept = [one for one in inside if one.id not in (_BLOCK, _DURATION, _REFERENCE, CRC_32, VOID)]
        return ebml.build(_GROUP, *parts, *(self._bytes(one) for one in kept))
