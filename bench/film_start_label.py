"""The start label on a 10-minute film of 1080p, against encoding the whole film with the same settings.

The film is a real one, scaled to 1080p and encoded once by x264 with B-frames, then repeated by packet copy.
The peer is FFmpeg's x264 with the settings that the label's encoder has (`overt.media.av.encode`), over the whole film:
what a start label costs for whoever cannot copy the rest. It runs once: it takes minutes.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from bench.timing import MEDIA, seconds, table
from overt.marking import steps
from overt.marks import label
from overt.media.av.encode import _ENCODERS as ENCODERS
from overt.media.budget import MARKING

MINUTES, RUNS = 10, 3


def film(path: Path, folder: Path) -> None:
    """10 minutes of 1080p, H.264 and AAC."""
    once, source = folder / "once.mp4", MEDIA / "video" / "vs_1.mp4"
    scaled = ["-vf", "scale=1920:1080", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000", "-shortest", "-c:a", "aac"]
    quiet = ["ffmpeg", "-v", "error", "-y"]
    subprocess.run([*quiet, "-i", source, *tone[:4], *scaled, *tone[4:], "-t", "10", once], check=True)
    loop = ["-stream_loop", str(MINUTES * 6 - 1), "-i", once, "-c", "copy", "-movflags", "+faststart", path]
    subprocess.run([*quiet, *loop], check=True)


def transcode(source: Path, target: Path) -> None:
    encoder, options = ENCODERS["h264"]
    given = [part for name, value in options.items() for part in (f"-{name}", value)]
    settings = ["-c:v", encoder, *given, "-c:a", "copy"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *settings, target], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target = folder / "film.mp4", folder / "labelled.mp4"
        film(source, folder)
        style = label.style("standard")

        def start_label() -> None:
            steps.put_label(source, target, "mp4", "cn", style, MARKING)

        ours = sorted(seconds(start_label) for _ in range(RUNS))[RUNS // 2]
        whole = seconds(lambda: transcode(source, folder / "whole.mp4"))
        times = {"the whole film, same encoder settings": whole, "overt, the start label": ours}
        table(f"start label on {MINUTES} min of 1080p", times, "the whole film, same encoder settings")


if __name__ == "__main__":
    main()
