from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt import rulebook
from overt.errors import MediaError, ReadBackError, TruncatedError, UnsupportedError
from overt.formats import bmff
from overt.marks.label.film import burn as burning
from overt.marks.label.film.labeller import LABELLER
from overt.marks.label.film.overlay import Overlay
from overt.marks.label.model import LabelStyle
from overt.media.av.video import Colour, Film, Turn, pictures, probe, timeline

RULES = rulebook.load("cn").label

SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=192x144:r=10:d=2.7"]
TONE = ["-f", "lavfi", "-i", "sine=f=440:d=2.7"]
H264 = ["-c:v", "libx264", "-preset", "veryfast"]
HDR = [
    *("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le"),
    *("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-x265-params"),
    "log-level=none:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
]

FILMS = {
    "two sound tracks, B-frames": [*SOURCE, *TONE, *TONE, "-map", "0", "-map", "1", "-map", "2", *H264, "-bf", "3"],
    "no B-frames": [*SOURCE, *H264, "-bf", "0"],
    "key pictures": [*SOURCE, *TONE, *H264, "-g", "4", "-bf", "2"],
    "index first": [*SOURCE, *TONE, *H264, "-movflags", "faststart"],
    "turned by 90": [*SOURCE, *H264, "-metadata:s:v:0", "rotate=90"],
    "turned by 180": [*SOURCE, *H264, "-metadata:s:v:0", "rotate=180"],
    "turned by 270": [*SOURCE, *H264, "-metadata:s:v:0", "rotate=270"],
    "wide pixels": [*SOURCE, *H264, "-vf", "scale=256:192,setsar=3/2"],
    "narrow pixels, turned": [*SOURCE, *H264, "-vf", "setsar=3/4", "-metadata:s:v:0", "rotate=90"],
    "uneven times": [*SOURCE, *H264, "-vf", "setpts='(N*N*0.02+N*0.6)/TB/10'", "-fps_mode", "vfr"],
    "portrait of one second, full range": [
        *("-f", "lavfi", "-i", "testsrc2=s=144x192:r=15:d=1", *H264, "-pix_fmt", "yuvj420p", "-color_range", "pc"),
    ],
    "4:4:4": [*SOURCE, *H264, "-pix_fmt", "yuv444p"],
    "pictures later than sound": ["-itsoffset", "1", *SOURCE, *TONE, *H264],
    "ten bits, HDR": [*SOURCE, *HDR],
    "MPEG-4 part 2": [*SOURCE, "-c:v", "mpeg4", "-q:v", "3", "-bf", "2"],
    "VP9": [*SOURCE, "-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "30", "-deadline", "realtime", "-cpu-used", "8"],
    "open groups": [*SOURCE, *TONE, *H264, "-g", "6", "-bf", "3", "-x264-params", "open-gop=1"],
    "open groups, HEVC": [
        *SOURCE,
        *("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"),
        *("-x265-params", "log-level=none:open-gop=1:keyint=8"),
    ],
    "QuickTime with timecode": [*SOURCE, *TONE, *H264, "-timecode", "01:00:00:00", "-f", "mov"],
}

REFUSED = {
    "film in fragments": [*SOURCE, *H264, "-movflags", "frag_keyframe+empty_moov"],
    "interlaced film": [*SOURCE, "-vf", "interlace", *H264, "-flags", "+ildct+ilme"],
    "film in apch": [*SOURCE, "-c:v", "prores_ks", "-f", "mov"],
    "film in png cannot": [*SOURCE, "-c:v", "png", "-f", "mov"],
    "no pictures": [*TONE],
    "2 picture tracks": [*SOURCE, *SOURCE, "-map", "0", "-map", "1", *H264],
    "too small": ["-f", "lavfi", "-i", "testsrc2=s=48x16:d=1", *H264],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


def film(folder: Path, arguments: list[str]) -> Path:
    path = folder / f"{abs(hash(tuple(arguments)))}.mp4"
    if not path.exists():
        shape = [] if "-f" in arguments[-2:] else ["-f", "mp4"]
        subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, *shape, str(path)], check=True, timeout=60)
    return path


def ffprobe(path: Path, *arguments: str) -> tuple[dict, str]:
    done = subprocess.run(
        ["ffprobe", "-v", "warning", *arguments, "-of", "json", str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout), done.stderr


def streams(path: Path) -> tuple[dict, str]:
    """All that ffprobe says of a film but bit rates, size and the encoder's level; and what it warns of."""
    found, warnings = ffprobe(
        path, "-show_streams", "-show_format", "-show_entries", "frame=media_type,pts_time,duration_time"
    )
    found["frames"] = [f for f in found["frames"] if f.pop("side_data_list", True) and f.get("media_type") == "video"]
    for stream in found["streams"]:
        for name in ("bit_rate", "level", "extradata_size", "profile", "has_b_frames", "refs", "bits_per_raw_sample"):
            stream.pop(name, None)
        if stream["codec_type"] == "video":
            stream.pop("chroma_location", None)
            stream["tags"].pop("encoder", None)
    for name in ("bit_rate", "size", "filename"):
        found["format"].pop(name)
    return found, re.sub("0x[0-9a-f]+", "", warnings)


def hashes(path: Path, tracks: str) -> str:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", tracks, "-c", "copy", "-f", "streamhash", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def plays(path: Path) -> str:
    """What ffmpeg has to say of a film that it decodes to the end; nothing, if it is sound."""
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-map", "0:v", "-map", "0:a?", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode == 0 else f"{done.returncode}: {done.stderr}"


def put(source: Path, target: Path, style: LabelStyle | None = None):
    return LABELLER.put(source, target, "mp4", RULES, style or LabelStyle())


@pytest.mark.parametrize("kind", FILMS)
def test_films_of_all_kinds(folder: Path, tmp_path: Path, kind: str) -> None:
    source, target = film(folder, FILMS[kind]), tmp_path / "labelled.mp4"
    report = put(source, target)
    (place,) = report.places
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5
    times = timeline(source)
    assert place.seconds is not None
    assert place.seconds[0] == pytest.approx(times.start)
    assert place.seconds[1] >= min(times.end, times.start + RULES.video_seconds.value)
    assert timeline(target) == times
    assert streams(target) == streams(source)
    assert plays(target) == ""
    if any(stream.kind == "audio" for stream in probe(source).streams):
        assert hashes(target, "0:a") == hashes(source, "0:a")

    found = LABELLER.read(target, "mp4", RULES)
    assert found is not None
    assert found.places[0].seconds == pytest.approx(place.seconds, abs=0.05)
    assert found.places[0].box == pytest.approx(place.box, abs=4)


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_encoded_as_it_was_is_refused_with_a_way_out(folder: Path, tmp_path: Path, reason: str) -> None:
    source, target = film(folder, REFUSED[reason]), tmp_path / "labelled.mp4"
    with pytest.raises(UnsupportedError, match=reason) as caught:
        put(source, target)
    assert any(way in caught.value.hint.en for way in ("ffmpeg", "Enlarge"))
    assert list(tmp_path.iterdir()) == []


def test_broken_films_are_refused_and_leave_nothing(folder: Path, tmp_path: Path) -> None:
    data = film(folder, FILMS["index first"]).read_bytes()
    broken = {
        "empty": b"",
        "cut in the pictures": data[: len(data) // 2],
        "cut in the index": data[:400],
        "no index": data[: data.index(b"moov") - 4],
        "pictures overwritten": data[: data.index(b"mdat") + 4] + bytes(len(data) - data.index(b"mdat") - 4),
    }
    for reason, content in broken.items():
        source = tmp_path / "broken.mp4"
        source.write_bytes(content)
        with pytest.raises(MediaError):
            put(source, tmp_path / "labelled.mp4")
        assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"], reason


def test_a_film_that_was_cut_off_is_no_film_without_a_label(folder: Path, tmp_path: Path) -> None:
    source = film(folder, FILMS["index first"])
    assert LABELLER.read(source, "mp4", RULES) is None
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(source.read_bytes()[:-1000])
    with pytest.raises(TruncatedError):
        LABELLER.read(cut, "mp4", RULES)


@pytest.mark.parametrize(("name", "profile"), [("baseline", "Constrained Baseline"), ("main", "Main")])
def test_a_film_for_simple_devices_stays_one(folder: Path, tmp_path: Path, name: str, profile: str) -> None:
    source, target = film(folder, [*SOURCE, *H264, "-pix_fmt", "yuv420p", "-profile:v", name]), tmp_path / "out.mp4"
    put(source, target)
    for path in (source, target):
        assert ffprobe(path, "-show_streams")[0]["streams"][0]["profile"] == profile


def test_the_rest_of_the_picture_and_of_the_film_stays(media: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "cut.mp4", tmp_path / "labelled.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(media / "video" / "intel_person.mp4"), "-t", "3", "-c", "copy"]
    subprocess.run([*command, str(source)], check=True)
    report = put(source, target)
    left, top, width, height = report.places[0].box
    inside = outside = 0.0
    for before, after in zip(pictures(source, probe(source)), pictures(target, probe(target)), strict=True):
        error = np.square(before.rgb.astype(np.float32) - after.rgb)
        labelled = error[top : top + height, left : left + width].copy()
        error[top - 8 : top + height + 8, left - 8 : left + width + 8] = 0
        assert 10 * np.log10(255**2 / max(error.mean(), 1e-9)) > 40, f"at {before.time}"
        if before.time < report.places[0].seconds[1]:
            inside = max(inside, float(labelled.mean()))
        else:
            outside = max(outside, float(labelled.mean()))
    assert inside > 1000
    assert outside < 20, "after its span the label is gone"


def test_real_film_with_sound(media: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "cut.mp4", tmp_path / "labelled.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(media / "video" / "mdn_friday.mp4"), "-t", "2.5", "-c", "copy"]
    subprocess.run([*command, str(source)], check=True)
    assert LABELLER.read(source, "mp4", RULES) is None
    put(source, target)
    assert streams(target) == streams(source)
    assert hashes(target, "0:a") == hashes(source, "0:a")


def test_subtitles_and_an_edit_list_that_begins_within_the_film(folder: Path, tmp_path: Path) -> None:
    """Cut without encoding: pictures before the first one shown are in the file, for decoding."""
    words, whole = tmp_path / "s.srt", tmp_path / "whole.mp4"
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:02,200 --> 00:00:02,500\nBye\n")
    made = [*SOURCE, *TONE, "-i", str(words), *H264, "-g", "10", "-bf", "2", "-c:s", "mov_text", str(whole)]
    subprocess.run(["ffmpeg", "-v", "error", *made], check=True)
    source, target = tmp_path / "cut.mp4", tmp_path / "labelled.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-ss", "0.35", "-i", str(whole), "-map", "0", "-c", "copy", str(source)],
                   check=True)  # fmt: skip
    times = timeline(source)
    assert None in times.shown, "the edit list hides something"
    report = put(source, target)
    assert report.places[0].seconds[0] == pytest.approx(times.start)
    assert timeline(target) == times
    assert streams(target) == streams(source)
    assert hashes(target, "0:s") == hashes(source, "0:s")
    assert hashes(target, "0:a") == hashes(source, "0:a")
    assert plays(target) == ""


def test_every_box_but_the_pictures_own_is_kept(folder: Path, tmp_path: Path) -> None:
    source, target = film(folder, [*FILMS["turned by 90"], "-metadata", "title=a title"]), tmp_path / "labelled.mp4"
    put(source, target)

    def boxes(path: Path) -> dict[str, bytes]:
        data = path.read_bytes()
        found: dict[str, bytes] = {}

        def descend(start: int, stop: int, name: str) -> None:
            for box in bmff.walk(data, start, stop):
                path = f"{name}/{box.name}"
                if box.kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                    descend(box.start, box.stop, path)
                else:
                    found[path] = data[box.header : box.stop]

        descend(0, len(data), "")
        return found

    before, after = boxes(source), boxes(target)
    changed = {name.rsplit("/", 1)[1] for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= {"mdat", "stsd", "ctts", "stss", "stsz", "stsc", "stco", "sdtp", "sgpd", "sbgp"}
    assert b"a title" in after["/moov/udta"]


def test_old_pictures_after_the_label_stay_as_they_are(folder: Path, tmp_path: Path) -> None:
    source, target = film(folder, FILMS["key pictures"]), tmp_path / "labelled.mp4"
    put(source, target)
    before, after = (ffprobe(path, "-select_streams", "v", "-show_packets", "-show_data_hash", "md5")[0]["packets"]
                     for path in (source, target))  # fmt: skip
    assert [p["data_hash"] == q["data_hash"] for p, q in zip(before, after, strict=True)] == [False] * 24 + [True] * 3
    # And they look the same when a player comes to them in order.
    for old, new in zip(pictures(source, probe(source)), pictures(target, probe(target)), strict=True):
        assert old.time == new.time
        assert np.array_equal(old.rgb, new.rgb) == (new.time >= 2.4)


@pytest.mark.parametrize("style", [LabelStyle(), LabelStyle(second_language="en")], ids=["one language", "two"])
@pytest.mark.parametrize("kind", ["no B-frames", "turned by 90", "wide pixels", "ten bits, HDR"])
def test_labels_do_not_pile_up(folder: Path, tmp_path: Path, kind: str, style: LabelStyle) -> None:
    source, once, twice, whole = film(folder, FILMS[kind]), *(tmp_path / f"{i}.mp4" for i in range(3))
    first = put(source, once, style)
    again = put(once, twice)
    assert twice.read_bytes() == once.read_bytes()
    assert again.places[0].seconds == pytest.approx(first.places[0].seconds)
    if kind == "no B-frames":
        report = put(once, whole, LabelStyle(span="whole"))
        assert report.places[0].seconds == pytest.approx((0.0, 2.7))
        assert whole.read_bytes() != once.read_bytes(), "two seconds are not the whole film"


def test_the_whole_film(folder: Path, tmp_path: Path) -> None:
    source, target = film(folder, FILMS["no B-frames"]), tmp_path / "labelled.mp4"
    report = put(source, target, LabelStyle(span="whole"))
    assert report.places[0].seconds == pytest.approx((0.0, 2.7))
    found = LABELLER.read(target, "mp4", RULES)
    assert found is not None
    assert found.places[0].seconds == pytest.approx((0.0, 2.7))


@pytest.mark.parametrize("position", ["top-left", "top", "bottom-right"])
def test_positions_and_the_second_language(folder: Path, tmp_path: Path, position: str) -> None:
    source, target = film(folder, FILMS["no B-frames"]), tmp_path / "labelled.mp4"
    report = put(source, target, LabelStyle(position=position, second_language="en"))
    left, top, width, height = report.places[0].box
    assert report.places[0].where == position
    assert (top < 36) == ("top" in position)
    assert left + width <= 192
    assert top + height <= 144


def test_the_label_avoids_what_moves(tmp_path: Path) -> None:
    """All four corners are flat in every picture but one, where a sparkling square comes and goes."""
    moving = "color=gray:s=288x144:r=10:d=2.7[g];testsrc2=s=130x60:r=10:d=2.7[t];"
    moving += "[g][t]overlay=x=150:y=80:enable='gt(mod(t,1),0.5)'"
    source = film(tmp_path, ["-f", "lavfi", "-i", moving, *H264])
    assert put(source, tmp_path / "labelled.mp4").places[0].where == "bottom-left"


def test_a_label_that_is_too_short_or_missing_is_not_released(folder: Path, tmp_path: Path) -> None:
    source, target = film(folder, FILMS["no B-frames"]), tmp_path / "labelled.mp4"
    seen, times = probe(source), timeline(source)
    label = burning._drawn(source, seen, times, range(20), RULES, LabelStyle())
    with pytest.raises(ReadBackError, match="first picture"):
        burning._measured(source, label, RULES)
    put(source, target)
    longer = RULES.model_copy(update={"video_seconds": RULES.video_seconds.model_copy(update={"value": 2.6})})
    with pytest.raises(ReadBackError, match=r"lasts 2.30 s"):
        burning._measured(target, label, longer)
    higher = RULES.model_copy(update={"glyph_height_ratio": RULES.glyph_height_ratio.model_copy(update={"value": 0.1})})
    with pytest.raises(ReadBackError):
        burning._measured(target, label, higher)


@pytest.mark.parametrize("shape", [(24, 32), (23, 31), (12, 16)], ids=str)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("depth", [8, 10])
def test_an_overlay_touches_nothing_outside_the_plate(shape: tuple[int, int], full: bool, depth: int) -> None:
    colour = Colour(1, 1, 1, full)
    seen = Film((), 0, "h264", "yuv420p", depth, 64, 48, 1, Turn(), colour, False, 25, 1.0)
    chroma = (-(-48 // 2), -(-64 // 2))
    rng = np.random.default_rng(0)
    dtype = np.uint8 if depth == 8 else np.uint16
    planes = tuple(rng.integers(0, 1 << depth, size, dtype=dtype) for size in ((48, 64), chroma, chroma))
    before = [plane.copy() for plane in planes]
    height, width = shape
    Overlay(seen, Image.new("RGBA", (width, height), (255, 255, 255, 255)), 64 - width, 48 - height)(planes)
    unit = 1 << (depth - 8)
    white = (1 << depth) - 1 if full else 235 * unit
    assert np.all(planes[0][48 - height :, 64 - width :] == white)
    kept = np.ones((48, 64), bool)
    kept[48 - height :, 64 - width :] = False
    assert np.array_equal(planes[0][kept], before[0][kept])
    for plane, old in zip(planes[1:], before[1:], strict=True):
        assert np.all(plane[-(height // 2) :, -(width // 2) :] == 128 * unit)
        rows, columns = 24 - -(-height // 2), 32 - -(-width // 2)
        assert np.array_equal(plane[:rows], old[:rows])
        assert np.array_equal(plane[:, :columns], old[:, :columns])
