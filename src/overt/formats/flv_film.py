"""The pictures of a film exchanged inside its FLV file; every other tag is kept.

Source: Adobe Flash Video File Format 10.1, annex E.4.3 (video tags; H.264 as in ISO/IEC 14496-15).
Sound, metadata and the time of each picture stay; places that the metadata names follow.
It takes H.264 and Sorenson's H.263. Others, and the tags that later extensions brought (HEVC, AV1, VP9), are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError
from overt.formats import flv, matroska_film, reel
from overt.formats.flv import FlvTag
from overt.formats.mp4_seam import goes_on, joined
from overt.formats.reel import Frame, refused
from overt.formats.splice import Buffer, Splice

_SORENSON, _AVC = 2, 7
_MATROSKA_AVC: Final = "V_MPEG4/ISO/AVC"
_EXTENDED: Final = 0x80
_KEY, _BETWEEN, _COMMAND = 1, 2, 5
_CONFIGURATION, _PICTURE = 0, 1
_AVC_HEAD: Final = 5
_TO_H264: Final = "ffmpeg -i IN.flv -c copy -c:v libx264 -crf 16 OUT.flv"


@dataclass(frozen=True, slots=True)
class _Picture(Frame):
    """A picture in its tag."""

    tag: FlvTag


@dataclass(frozen=True, slots=True)
class Film:
    """A film: its codec, the tags with the decoder's configuration, and the pictures in the order of the file."""

    codec: int
    configurations: tuple[FlvTag, ...]
    pictures: tuple[_Picture, ...]

    def configuration(self, data: Buffer) -> bytes:
        """The decoder's configuration; empty where there is none."""
        if not self.configurations:
            return b""
        return bytes(data[self.configurations[0].start + _AVC_HEAD : self.configurations[0].stop])


def read(data: Buffer) -> Film:
    """The pictures of a file. Raises `MediaError` for what `exchange` refuses."""
    codecs: set[int] = set()
    configurations: list[FlvTag] = []
    pictures: list[_Picture] = []
    for tag in flv.tags(data):
        if tag.kind != flv.VIDEO or tag.start == tag.stop or data[tag.start] >> 4 == _COMMAND:
            continue
        codec = data[tag.start] & 15
        if data[tag.start] & _EXTENDED or codec not in (_SORENSON, _AVC):
            raise refused("film in this codec (FLV)", "采用此编码的 FLV 影片", "ffmpeg -i IN.flv -c copy OUT.mp4")
        codecs.add(codec)
        if codec == _AVC and data[tag.start + 1 : tag.start + 2] == bytes((_CONFIGURATION,)):
            configurations.append(tag)
        else:
            pictures += _picture(data, tag, codec)
        reel.affordable(len(pictures))
    if not pictures:
        raise refused("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.flac")
    if len(codecs) > 1 or len({bytes(data[each.start : each.stop]) for each in configurations}) > 1:
        raise refused("film that changes its encoding midway", "中途改变编码的影片", _TO_H264)
    return Film(codecs.pop(), tuple(configurations), tuple(pictures))


def _picture(data: Buffer, tag: FlvTag, codec: int) -> Iterator[_Picture]:
    """The picture of a tag, if there is one in it."""
    key = data[tag.start] >> 4 == _KEY
    if codec == _SORENSON:
        yield _Picture(tag.start + 1, tag.stop, tag.time, key, tag)
        return
    head = bytes(data[tag.start : tag.start + _AVC_HEAD])
    if tag.stop - tag.start < _AVC_HEAD:
        raise FormatError(f"the tag at byte {tag.header} is too short", f"字节 {tag.header} 处的标签过短")
    if head[1] == _PICTURE and tag.stop > tag.start + _AVC_HEAD:
        later = int.from_bytes(head[2:5], "big", signed=True)
        yield _Picture(tag.start + _AVC_HEAD, tag.stop, tag.time + later, key, tag)


def seam(data: Buffer, least: int) -> int:
    """How many pictures, at least `least`, must be encoded anew before the film can go on with its old ones."""
    film = read(data)
    if film.codec == _SORENSON:
        return reel.seam(film.pictures, least, lambda _: True)
    private = film.configuration(data)
    if not private or not goes_on(private, reel.record(private)):
        return len(film.pictures)
    return reel.seam(film.pictures, least, lambda picture: reel.is_idr(data, picture))


def exchange(data: Buffer, encoded: Buffer) -> Splice:
    """The film's file with the pictures of `encoded`, as many or as many as `seam` allows.

    That is a Matroska file, for Sorenson's H.263 an FLV file: Matroska has no name for it.
    They are decoded in the order in which they are shown. In H.264, their parameter sets are numbered as
    `overt.formats.mp4_seam` says where the film goes on with its old pictures.
    """
    film = read(data)
    new = matroska_film.read(encoded) if film.codec == _AVC else read(encoded)
    count = len(new.pictures)
    reel.fits(len(film.pictures), count, seam(data, min(count, len(film.pictures))))
    if new.codec not in (film.codec, _MATROSKA_AVC):
        raise FormatError(f"{new.codec} does not belong in this file", f"{new.codec} 不属于该文件")
    if sum(picture.stop - picture.start for picture in new.pictures) > reel.MAX_ENCODED:
        raise FormatError("the film would take more than 2 GiB", "影片编码后超过 2 GiB")
    bodies: dict[FlvTag, bytes] = {}
    if isinstance(new, matroska_film.Film):
        private = new.private
        if count < len(film.pictures):
            old = film.configuration(data)
            private = joined(old, reel.record(old), new.private, reel.record(new.private))
        for tag in film.configurations:
            bodies[tag] = bytes(data[tag.start : tag.start + _AVC_HEAD]) + private
    order = sorted(picture.time for picture in film.pictures[:count])
    for picture, fresh, shown in zip(film.pictures, new.pictures, order, strict=False):
        head = bytes(((_KEY if fresh.key else _BETWEEN) << 4 | film.codec,))
        if film.codec == _AVC:
            later = shown - picture.tag.time
            if not -(1 << 23) <= later < 1 << 23:
                raise FormatError(
                    "pictures are decoded too far from when they are shown", "画面的解码时间与显示时间相差过大"
                )
            head += bytes((_PICTURE,)) + later.to_bytes(3, "big", signed=True)
        bodies[picture.tag] = head + bytes(encoded[fresh.start : fresh.stop])
    return flv.exchanged(data, bodies)
