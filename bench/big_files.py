"""The metadata mark on a film and a sound of 1 GB against `cp`, and how long the metadata of both takes to read.

The film is a real one repeated by packet copy, with its index in front (the worst case: every offset in it moves).
The peer is `cp` of the same file on the same file system. Three of ours: the carrier alone, a release with only the
metadata mark (guarded process, read-back, SHA-256 of source and result, fsync, record), and reading.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from bench.timing import MEDIA, in_turns, seconds, table
from overt.formats import identify
from overt.inspection import Inspector
from overt.marking import steps
from overt.marking.pipeline import Marker
from overt.marks.files import mapped
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import note_of
from overt.rulebook import load
from overt.store.records import Store

SIZE, RUNS, READS = 1_000_000_000, 3, 50
NOTE = note_of(Aigc("1", "Bench", "id-1", "", "Bench", "id-1"), load().metadata)


def film(path: Path, size: int) -> None:
    """A real film, repeated until it has this size, with the index in front."""
    source = MEDIA / "video" / "imageio_cockatoo.mp4"
    times = max(0, round(size / source.stat().st_size) - 1)
    options = ["-v", "error", "-y", "-stream_loop", str(times), "-i", source, "-map", "0:v:0", "-c", "copy"]
    subprocess.run(["ffmpeg", *options, "-movflags", "+faststart", path], check=True, stdin=subprocess.DEVNULL)


def sound(path: Path, size: int) -> None:
    """Noise as a WAV of this size."""
    head = b"RIFF" + (size - 8).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += bytes.fromhex("01000200 80bb0000 00ee0200 04001000") + b"data" + (size - 44).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(head)
        left = size - len(head)
        while left:
            file.write(os.urandom(min(left, 1 << 24)))
            left = size - file.tell()


def carrier(source: Path, target: Path) -> None:
    with mapped(source) as data:
        container = identify(data, source.name).name
    steps.put_metadata(source, target, container, NOTE, source.name)


def release(source: Path, target: Path, data: Path) -> None:
    store = Store.open(data)
    with Marker(producer="Bench", folder=target.parent, registry=store, marks=("metadata",)) as marker:
        marker.mark(source, target, ["video_generation"])
    store.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for suffix, make in (("mp4", film), ("wav", sound)):
            big, small = folder / f"big.{suffix}", folder / f"small.{suffix}"
            make(big, SIZE)
            make(small, SIZE // 100)
            target = folder / f"marked.{suffix}"
            works = {
                "cp": lambda big=big, target=target: subprocess.run(["cp", big, target], check=True),
                "overt, the carrier alone": lambda big=big, target=target: carrier(big, target),
                "overt, a release": lambda big=big, target=target: release(big, target, folder / "data"),
            }
            table(f"metadata mark on a {suffix} of {big.stat().st_size / 1e6:.0f} MB", in_turns(works, RUNS), "cp")
            carrier(big, target)
            marked_small = folder / f"marked-small.{suffix}"
            carrier(small, marked_small)
            with Inspector(kinds=("metadata",)) as inspector:
                inspector.inspect(small)
                for path in (marked_small, target):
                    times = sorted(seconds(lambda path=path: inspector.inspect(path)) for _ in range(READS))
                    megabytes = path.stat().st_size / 1e6
                    print(f"  inspect, metadata only, {megabytes:6.0f} MB: {times[READS // 2] * 1000:6.2f} ms (median)")
            for path in (big, small, target, marked_small):
                path.unlink()


if __name__ == "__main__":
    main()
