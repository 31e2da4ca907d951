"""The label in Matroska, WebM, FLV and AVI: new pictures in the old file, and everything else as it was."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from overt import rulebook
from overt.errors import MediaError, UnsupportedError
from overt.formats import ebml, flv, identify, matroska, matroska_film
from overt.formats import matroska_segment as layout
from overt.formats.matroska_segment import Slot
from overt.marks.label.film.labeller import LABELLER
from overt.marks.label.model import LabelReport, LabelStyle
from overt.media.av.video import pictures, probe, timeline

RULES = rulebook.load("cn").label

SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=192x144:r=8:d=3.4"]
TONE = ["-f", "lavfi", "-i", "sine=f=440:d=3.4"]
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "8"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "8"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "0", "-crf", "30", "-g", "8"]
UNEVEN = ["-vf", "setpts='(N*N*0.02+N*0.6)/TB/10'", "-fps_mode", "vfr"]
OPUS, MP3 = ["-c:a", "libopus"], ["-c:a", "libmp3lame", "-ar", "22050"]
HDR = [
    *("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020"),
    *("-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-x265-params"),
    "log-level=none:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
]

# What makes the film, and whether its old pictures go on after the label.
FILMS: dict[str, tuple[list[str], bool]] = {
    "two sounds, subtitles, chapters, attachment.mkv": (
        [*SOURCE, *TONE, *TONE, "-i", "SUB", "-i", "META", "-map", "0", "-map", "1", "-map", "2", "-map", "3",
         "-map_metadata", "4", "-map_chapters", "4", *H264, "-bf", "2", "-c:a", "aac", "-c:s", "srt",
         "-attach", "SUB", "-metadata:s:t", "mimetype=text/plain"], True),
    "open groups.mkv": ([*SOURCE, *H264, "-bf", "2", "-x264-params", "open-gop=1"], False),
    "uneven times.mkv": ([*SOURCE, *H264, "-g", "4", "-bf", "2", *UNEVEN], True),
    "wide pixels.mkv": ([*SOURCE, *H264, "-vf", "setsar=4/3"], True),
    "ten bits, HDR.mkv": ([*SOURCE, *HDR], False),
    "AV1.mkv": ([*SOURCE, *TONE, "-c:v", "libsvtav1", "-preset", "12", "-g", "8", *OPUS], True),
    "MPEG-4 part 2.mkv": ([*SOURCE, "-c:v", "mpeg4", "-bf", "2"], False),
    "index first.mkv": ([*SOURCE, *TONE, *H264, "-reserve_index_space", "2000", "-cluster_time_limit", "500"], True),
    "VP8.webm": ([*SOURCE, *TONE, *VP8, *OPUS], True),
    "VP9, uneven times.webm": ([*SOURCE, *VP9, "-g", "4", *UNEVEN], True),
    "live.webm": ([*SOURCE, *TONE, *VP9, *OPUS, "-live", "1"], True),
    "H264.flv": ([*SOURCE, *TONE, *H264, "-bf", "2", "-c:a", "aac"], True),
    "Sorenson.flv": ([*SOURCE, *TONE, "-c:v", "flv", "-g", "8", *MP3, "-flvflags", "add_keyframe_index"], True),
    "MJPEG.avi": ([*SOURCE, *TONE, "-c:v", "mjpeg", "-c:a", "pcm_s16le"], True),
    "MPEG-4 part 2.avi": ([*SOURCE, *TONE, "-c:v", "mpeg4", "-g", "8", *MP3], False),
    "H264.avi": ([*SOURCE, *H264, "-bf", "0", *MP3], True),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    (folder / "s.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n\n2\n00:00:03,000 --> 00:00:03,200\nBye\n")
    (folder / "m.txt").write_text(";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=First\n")
    return folder


def film(folder: Path, name: str, arguments: list[str] | None = None) -> Path:
    path = folder / name
    paths = {"SUB": str(folder / "s.srt"), "META": str(folder / "m.txt")}
    if not path.exists():
        made = [paths.get(part, part) for part in (arguments or FILMS[name][0])]
        subprocess.run(["ffmpeg", "-v", "error", "-y", *made, str(path)], check=True, timeout=60, capture_output=True)
    return path


def put(source: Path, target: Path, style: LabelStyle | None = None) -> LabelReport:
    return LABELLER.put(source, target, identify(source.read_bytes()).name, RULES, style or LabelStyle())


def probed(path: Path, *arguments: str) -> dict:
    command = ["ffprobe", "-v", "error", *arguments, "-of", "json", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def described(path: Path) -> dict:
    """All that ffprobe says of a film but rates and sizes, what an encoder chose, and what is guessed from these."""
    found = probed(path, "-show_streams", "-show_format", "-show_chapters")
    for stream in found["streams"]:
        for name in ("bit_rate", "level", "extradata_size", "profile", "has_b_frames", "refs", "bits_per_raw_sample",
                     "chroma_location", "side_data_list", "film_grain"):  # fmt: skip
            stream.pop(name, None)
        if path.suffix == ".avi":
            stream.pop("start_pts", None)
            stream.pop("start_time", None)
    for name in ("bit_rate", "size", "filename", "start_time"):
        found["format"].pop(name, None)
    for name in ("filesize", "lastkeyframelocation"):
        found["format"].get("tags", {}).pop(name, None)
    return found


def hashes(path: Path) -> str:
    """Those of the packets of every track but the pictures."""
    maps = ["-map", "0", "-map", "-0:v", "-map", "-0:t?"]
    command = ["ffmpeg", "-v", "error", "-i", str(path), *maps, "-c", "copy", "-f", "streamhash", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def plays(path: Path) -> str:
    """What ffmpeg has to say of a file that it decodes to the end; nothing, if it is sound."""
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-map", "0:v", "-map", "0:a?", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode == 0 else f"{done.returncode}: {done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
def test_films_of_all_kinds(folder: Path, tmp_path: Path, name: str) -> None:
    source, target = film(folder, name), tmp_path / name
    report = put(source, target)
    (place,) = report.places
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5
    assert place.seconds is not None
    assert place.seconds[1] - place.seconds[0] >= RULES.video_seconds.value
    assert timeline(target) == timeline(source)
    assert described(target) == described(source)
    assert hashes(target) == hashes(source)
    assert plays(target) == ""

    before, after = list(pictures(source, probe(source))), list(pictures(target, probe(target)))
    same = [np.array_equal(old.rgb, new.rgb) for old, new in zip(before, after, strict=True)]
    assert [picture.time for picture in before] == [picture.time for picture in after]
    assert any(same) == FILMS[name][1]
    assert same == sorted(same), "once the old pictures go on they do so to the end"
    if path_is_matroska(name):
        cues_point_at_key_pictures(target.read_bytes())

    found = LABELLER.read(target, "", RULES)
    assert found is not None
    assert found.places[0].seconds == pytest.approx(place.seconds, abs=0.05)


@pytest.mark.parametrize("name", ["VP8.webm", "H264.flv", "MJPEG.avi"])
def test_labels_do_not_pile_up(folder: Path, tmp_path: Path, name: str) -> None:
    source, once, twice = film(folder, name), tmp_path / name, tmp_path / "again"
    assert LABELLER.read(source, "", RULES) is None
    put(source, once)
    put(once, twice)
    assert twice.read_bytes() == once.read_bytes()


def path_is_matroska(name: str) -> bool:
    return name.endswith(("mkv", "webm"))


def cues_point_at_key_pictures(data: bytes) -> None:
    seen = matroska_film.read(data)
    keys = {(picture.time, picture.element.header) for picture in seen.pictures if picture.key}
    for cues in seen.segment.of(layout.CUES):
        for point in (each for each in ebml.children(data, cues) if each.id == 0xBB):
            inside = {each.id: each for each in ebml.children(data, point)}
            place = {each.id: ebml.number(data, each) for each in ebml.children(data, inside[0xB7])}
            if place[0xF7] != seen.number:
                continue
            cluster = next(p for p in seen.segment.of(layout.CLUSTER) if seen.segment.position(p) == place[0xF1])
            assert 0xF0 not in place or (ebml.number(data, inside[0xB3]), cluster.start + place[0xF0]) in keys


def test_everything_beside_the_pictures_is_kept(folder: Path, tmp_path: Path) -> None:
    name = "two sounds, subtitles, chapters, attachment.mkv"
    source, target = film(folder, name), tmp_path / name
    put(source, target)
    before, after = source.read_bytes(), target.read_bytes()
    parts = [
        [data[p.header : p.stop] for p in matroska.only_segment(data).parts if p.id in kept]
        for kept in [{layout.INFO, layout.TAGS, layout.CHAPTERS, layout.ATTACHMENTS}]
        for data in (before, after)
    ]
    assert parts[0] == parts[1]
    assert len(parts[0]) == 4


def test_places_that_the_metadata_of_flv_names_follow(folder: Path, tmp_path: Path) -> None:
    source, target = film(folder, "Sorenson.flv"), tmp_path / "out.flv"
    put(source, target)
    data = target.read_bytes()
    keys = [t.header for t in flv.tags(data) if t.kind == flv.VIDEO and data[t.start] >> 4 == 1]
    told = data.index(b"filepositions") + len("filepositions") + 1
    count = int.from_bytes(data[told : told + 4], "big")
    places = [struct.unpack(">d", data[told + 5 + 9 * i : told + 13 + 9 * i])[0] for i in range(count)]
    assert len(places) > 2
    assert set(places) <= set(keys)


def _turned(data: bytes, degrees: float) -> bytes:
    """The same film, shown turned: a projection with a roll (RFC 9559, 5.1.4.1.28.42)."""
    seen = matroska_film.read(data)
    projection = ebml.build(0x7670, ebml.build_number(0x7671, 0), ebml.build(0x7675, struct.pack(">f", degrees)))

    def rebuilt(each: ebml.Element) -> bytes:
        inside = [rebuilt(one) for one in ebml.children(data, each) if one.id != ebml.CRC_32] if each.id in (
            layout.TRACKS, 0xAE, 0xE0) else []  # fmt: skip
        if each.id == 0xE0:
            inside.append(projection)
        return ebml.build(each.id, *inside) if inside else data[each.header : each.stop]

    slots = [
        Slot(part, lambda _, part=part: rebuilt(part)) if part.id == layout.TRACKS else Slot(part)  # type: ignore[misc]
        for part in seen.segment.parts
    ]
    return layout.assembled(data, seen.segment, slots, {}).apply(data)


@pytest.mark.parametrize("degrees", [90.0, -90.0, 180.0])
def test_a_film_that_is_shown_turned(folder: Path, tmp_path: Path, degrees: float) -> None:
    source, target = tmp_path / "turned.mkv", tmp_path / "labelled.mkv"
    source.write_bytes(_turned(film(folder, "index first.mkv").read_bytes(), degrees))
    assert probe(source).turn.sideways == (abs(degrees) == 90)
    report = put(source, target)
    assert probe(target).turn == probe(source).turn
    found = LABELLER.read(target, "", RULES)
    assert found is not None, "the label is upright as the film is shown"
    assert found.places[0].box == pytest.approx(report.places[0].box, abs=4)


REFUSED = {
    "see-through layer": ("x.webm", ["-f", "lavfi", "-i", "testsrc2=s=96x64:d=1,format=yuva420p", *VP9]),
    "2 picture tracks": ("x.mkv", [*SOURCE, *SOURCE, "-map", "0", "-map", "1", *H264]),
    "interlaced film": ("x.mkv", [*SOURCE, "-vf", "interlace", *H264, "-flags", "+ildct+ilme"]),
    "film in ffv1": ("x.mkv", [*SOURCE, "-c:v", "ffv1"]),
    "film in msmpeg4v3": ("x.avi", [*SOURCE, "-c:v", "msmpeg4"]),
    "no pictures": ("x.flv", [*TONE, "-c:a", "aac"]),
    "no pictures in": ("x.mkv", [*TONE, "-c:a", "flac"]),
    "film in flv1": ("x.avi", [*SOURCE, "-c:v", "flv"]),
    "too small": ("x.mkv", ["-f", "lavfi", "-i", "testsrc2=s=48x16:d=1", *H264]),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_kept_is_refused_with_a_way_out(tmp_path: Path, reason: str) -> None:
    name, arguments = REFUSED[reason]
    source, target = film(tmp_path, name, arguments), tmp_path / "labelled"
    with pytest.raises(UnsupportedError, match=reason) as caught:
        put(source, target)
    assert any(way in caught.value.hint.en for way in ("ffmpeg", "Enlarge"))
    assert not target.exists()


def test_broken_films_leave_nothing(folder: Path, tmp_path: Path) -> None:
    for name in ("VP8.webm", "H264.flv", "MJPEG.avi"):
        data = film(folder, name).read_bytes()
        for cut in (len(data) // 2, 300, 40):
            source = tmp_path / f"broken{Path(name).suffix}"
            source.write_bytes(data[:cut])
            with pytest.raises(MediaError):
                put(source, tmp_path / "labelled")
            assert [path.name for path in tmp_path.iterdir()] == [source.name]
            source.unlink()


@pytest.mark.parametrize("name", ["VP8.webm", "H264.flv", "MJPEG.avi"])
def test_a_film_that_was_cut_off_is_no_film_without_a_label(folder: Path, tmp_path: Path, name: str) -> None:
    cut = tmp_path / name
    cut.write_bytes(film(folder, name).read_bytes()[:-3000])
    with pytest.raises(MediaError):
        LABELLER.read(cut, "", RULES)


LARGE = ["-f", "lavfi", "-i", "testsrc2=s=640x480:r=6:d=4"]
CORNERS = {"x.mkv": [*LARGE, *H264], "x.mp4": [*LARGE, *H264], "x.webm": [*LARGE, *VP9]}


@pytest.mark.slow
@pytest.mark.parametrize("name", CORNERS)
def test_a_smaller_label_stays_in_the_corner(tmp_path: Path, name: str) -> None:
    source, target = film(tmp_path, name, CORNERS[name]), tmp_path / f"labelled-{name}"
    report = put(source, target, LabelStyle(span="corner"))
    first, second = report.places
    times = timeline(source)
    assert first.seconds is not None
    assert second.seconds is not None
    assert first.seconds[0] == times.start
    assert first.seconds[1] >= RULES.video_seconds.value
    assert second.seconds == pytest.approx((first.seconds[1], times.end))
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert 0.02 < report.measures["corner_height_ratio"] < RULES.glyph_height_ratio.value
    assert "-" in second.where
    assert timeline(target) == times
    found = LABELLER.read(target, "", RULES)
    assert found is not None
    assert [place.where for place in found.places] == [first.where, second.where]
    assert found.places[1].seconds == pytest.approx(second.seconds, abs=0.2)
    assert found.measures["corner_height_ratio"] == pytest.approx(report.measures["corner_height_ratio"], abs=0.005)
    again = tmp_path / "again"
    put(target, again, LabelStyle(span="corner"))
    assert again.read_bytes() == target.read_bytes()
    put(target, again, LabelStyle(span="whole"))
    assert again.read_bytes() != target.read_bytes()
