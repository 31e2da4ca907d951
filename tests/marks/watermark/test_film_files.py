"""Watermarks in film files: put on, read back, and everything else kept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from overt.errors import MediaError, UnsupportedError
from overt.marks.watermark.film import files
from overt.marks.watermark.keys import Key
from overt.marks.watermark.model import shortened

KEY = Key("test", bytes(range(32)))
CONTENT = "12345678-1234-4234-8234-123456789abc"

SHORT = ["-t", "0.9", "-vf", "scale=480:-2"]
FILMS: dict[str, list[str]] = {
    "h264.mp4": [*SHORT, "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy"],
    "10bit.mp4": [*SHORT, "-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le", "-an"],
    "variable.mkv": [
        *SHORT[:3], "scale=480:-2,select='not(eq(mod(n,5),3))'", "-fps_mode", "vfr",
        "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy",
    ],
    "vp9.webm": [*SHORT, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
}  # fmt: skip


def film(media: Path, folder: Path, name: str, arguments: list[str]) -> Path:
    path = folder / name
    source = str(media / "video" / "sam2_dog.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *arguments, str(path)], check=True)
    return path


def probed(path: Path) -> dict[str, Any]:
    """Each track's kind, codec and size, and the times of all its packets."""
    entries = "stream=index,codec_type,codec_name,width,height,pix_fmt,profile:packet=stream_index,pts"
    command = ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    found["packets"] = sorted((each["stream_index"], each["pts"]) for each in found["packets"])
    return found


def sound_hash(path: Path) -> str:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", FILMS)
def test_films_keep_everything_else(media: Path, tmp_path: Path, name: str) -> None:
    source, target = film(media, tmp_path, name, FILMS[name]), tmp_path / f"marked-{name}"
    report = files.put(source, target, source.suffix[1:], CONTENT, KEY)
    assert report.modality == "video"
    assert (report.found.value, report.found.bits) == (shortened(CONTENT), 64)
    assert report.measures["psnr"] > 37
    before, after = probed(source), probed(target)
    assert after == before
    if any(track["codec_type"] == "audio" for track in before["streams"]):
        assert sound_hash(target) == sound_hash(source), "sound this short carries no mark: it stays"
    readout = files.read(target, source.suffix[1:], (KEY,))
    assert [found.value for found in readout.ids] == [shortened(CONTENT)]
    if name == "vp9.webm":
        assert files.read(source, source.suffix[1:], (KEY,)).state == "none"


def test_a_longer_film_is_marked_in_its_sound_too(media: Path, tmp_path: Path) -> None:
    source, target = media / "video" / "mdn_friday.mp4", tmp_path / "marked.mp4"
    small = film(
        media,
        tmp_path,
        "small.mp4",
        ["-i", str(source), "-map", "1:v", "-map", "1:a", "-t", "3.5", "-vf", "scale=320:-2", "-c:a", "copy"],
    )
    report = files.put(small, target, "mp4", CONTENT, KEY)
    assert report.measures["sound"] == 1
    assert (report.found.bits, report.found.value) == (40, shortened(CONTENT, 40))
    assert probed(target)["packets"] == probed(small)["packets"]
    spoken = files.sound_files.read(target, "m4a", (KEY,))
    assert [each.value for each in spoken.ids] == [shortened(CONTENT, each.bits) for each in spoken.ids] != []
    assert len(files.read(target, "mp4", (KEY,)).ids) == 1, "one id that two tracks have counts once"


def test_what_cannot_be_encoded_as_it_was_is_refused(media: Path, tmp_path: Path) -> None:
    fields = ["-t", "0.5", "-vf", "scale=480:272,tinterlace=interleave_top", "-c:v", "libx264", "-flags", "+ildct+ilme"]
    source = film(media, tmp_path, "fields.mp4", fields)
    with pytest.raises(UnsupportedError, match="interlaced"):
        files.put(source, tmp_path / "marked.mp4", "mp4", CONTENT, KEY)
    assert not (tmp_path / "marked.mp4").exists()


def test_broken_films_are_an_error_and_leave_nothing(media: Path, tmp_path: Path) -> None:
    whole = film(media, tmp_path, "whole.mp4", FILMS["h264.mp4"]).read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole[: len(whole) // 2])
    for use in (
        lambda: files.put(broken, tmp_path / "marked.mp4", "mp4", CONTENT, KEY),
        lambda: files.read(broken, "mp4", (KEY,)),
    ):
        with pytest.raises(MediaError):
            use()
    assert not (tmp_path / "marked.mp4").exists()
