"""Every packet of the sound of an MP4 file (M4A) replaced by another of the same time; every other byte is kept.

Source: ISO/IEC 14496-12 (sample sizes 8.7.3, chunk offsets 8.7.5).
As each new packet stands where the old one stood and plays as long, times, edit list, chapters and groups stay as they
are. What kind of file it takes is said in `overt.formats.mp4_sound`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overt.errors import BudgetError, FormatError
from overt.formats.bmff import Box, Edits, build, walk
from overt.formats.mp4_samples import Track
from overt.formats.mp4_sound import Sound
from overt.formats.splice import Buffer, Splice


def replace(data: Buffer, sound: Sound, packets: Sequence[bytes]) -> Splice:
    """The file with these packets, as many as there were."""
    track = sound.track
    if len(packets) != track.count:
        raise FormatError(
            f"{len(packets)} packets for {track.count}", f"音频包数量不符：{len(packets)} 与 {track.count}"
        )
    edits = Edits()
    sizes = bytes(8) + len(packets).to_bytes(4, "big") + np.array([len(each) for each in packets], ">u4").tobytes()
    edits.replace(
        track.boxes[b"stsz"].header, track.boxes[b"stsz"].stop, build(b"stsz", sizes), (sound.moov, *track.parents)
    )
    top = list(walk(data, 0, len(data)))
    lengths: list[int] = []
    bounds = track.firsts.tolist()
    for number, (start, length) in enumerate(zip(track.starts.tolist(), track.lengths.tolist(), strict=True)):
        body = b"".join(packets[bounds[number] : bounds[number + 1]])
        edits.replace(start, start + length, body, _around(top, start))
        lengths.append(len(body))
    _move_chunks(sound, edits)
    return edits.splice(data)


def _around(top: Sequence[Box], at: int) -> tuple[Box, ...]:
    """The box at the top of the file around a byte."""
    return tuple(box for box in top if box.start <= at < box.stop)[:1]


def _move_chunks(sound: Sound, edits: Edits) -> None:
    """The offsets of all tracks' chunks, in tables as wide as they were."""
    shift = edits.copy().shift()
    for track in sound.tracks:
        box = _offsets(track)
        width = 8 if box.kind == b"co64" else 4
        for number, start in enumerate(track.starts.tolist()):
            moved = shift(start)
            if moved >= 1 << (8 * width):
                raise BudgetError("the file would become longer than its index can say", "文件将超出索引所能表示的长度")
            at = box.start + 8 + number * width
            edits.replace(at, at + width, moved.to_bytes(width, "big"))


def _offsets(track: Track) -> Box:
    return track.boxes.get(b"stco") or track.boxes[b"co64"]
