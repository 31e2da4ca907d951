from __future__ import annotations

import io
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from overt import rulebook
from overt.errors import MediaError, UnsupportedError
from overt.formats import gif_blocks
from overt.marks.label import labeller
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture import gif_frames
from overt.marks.label.picture.gif import LABELLER

RULES = rulebook.load("cn").label
PLAIN = LabelStyle()


def coded(indices: np.ndarray) -> bytes:
    """Indices as the plainest LZW: nine bits each, the dictionary cleared before it could grow."""
    codes: list[int] = []
    for number, index in enumerate(indices.ravel().tolist()):
        codes += ([256] if number % 250 == 0 else []) + [index]
    bits = sum(code << 9 * at for at, code in enumerate([*codes, 257]))
    return b"\x08" + gif_blocks.divided(bits.to_bytes(9 * (len(codes) + 1) // 8 + 1, "little"))


def frame(
    indices: np.ndarray, at: tuple[int, int], disposal: int = 0, clear: int | None = None, time: int = 7
) -> bytes:
    height, width = indices.shape
    control = bytes([0x21, 0xF9, 4, disposal << 2 | (clear is not None), time, 0, clear or 0, 0])
    sides = b"".join(value.to_bytes(2, "little") for value in (*at, width, height))
    return control + b"\x2c" + sides + b"\0" + coded(indices)


def screen(width: int, height: int, *frames: bytes, colours: int = 256) -> bytes:
    table = np.stack([np.arange(256), np.arange(256)[::-1], (np.arange(256) * 7) % 256], 1).astype(np.uint8)[:colours]
    sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    flags = 0xF0 | (colours.bit_length() - 2)
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00\x00"
    comment = b"\x21\xfe\x04kept\x00"
    head = b"GIF89a" + sides + bytes([flags, 0, 0]) + table.tobytes()
    return head + loop + comment + b"".join(frames) + b"\x3b"


def shown(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        pictures = []
        for index in range(image.n_frames):
            image.seek(index)
            pictures.append(np.asarray(image.convert("RGBA")))
        return pictures


def label(data: bytes, folder: Path, style: LabelStyle = PLAIN) -> tuple[LabelReport, bytes]:
    (folder / "in.gif").write_bytes(data)
    report = LABELLER.put(folder / "in.gif", folder / "out.gif", "gif", RULES, style)
    return report, (folder / "out.gif").read_bytes()


def timing(data: bytes) -> list[tuple[str, bytes]]:
    """Every block but pictures, and of control blocks their disposal and time."""
    told = []
    for block in gif_blocks.sound(data).blocks:
        body = data[block.start : block.stop]
        if block.kind == "control":
            told.append((block.kind, bytes([body[3] & 0xFE]) + body[4:6]))
        elif block.kind != "image":
            told.append((block.kind, body))
    return told


def holds(before: bytes, after: bytes, report: LabelReport) -> None:
    """The label is on every picture and nothing beside it has changed."""
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    old, new = shown(before), shown(after)
    assert len(old) == len(new)
    first = new[0][top : top + height, left : left + width]
    inner = (slice(3, -3), slice(3, -3))
    for one, two, there in zip(old, new, gif_frames.drawn(before, (old[0].shape[1], old[0].shape[0])), strict=True):
        here = two[top : top + height, left : left + width]
        assert (here[inner] == first[inner]).all()
        assert np.ptp(here[inner][..., 0].astype(int)) > 200
        outside = there.copy()
        outside[top : top + height, left : left + width] = False
        assert (one[outside][:, 3] == two[outside][:, 3]).all()
        visible = outside & (one[..., 3] > 0)
        assert np.abs(one[visible].astype(int) - two[visible].astype(int)).mean() < 1 if visible.any() else True


RAMP = (np.add.outer(np.arange(120), np.arange(160)) % 256).astype(np.uint8)
FEW = (RAMP % 16).astype(np.uint8)
HOLE = np.where(np.hypot(*np.mgrid[-60:60, -80:80]) < 40, RAMP, 255).astype(np.uint8)
GIFS = {
    "still": screen(160, 120, frame(RAMP, (0, 0))),
    "sixteen colours": screen(160, 120, frame(FEW, (0, 0)), colours=16),
    "two colours": screen(160, 120, frame(FEW & 1, (0, 0)), colours=2),
    "transparent": screen(160, 120, frame(HOLE, (0, 0), clear=255)),
    "whole pictures": screen(160, 120, *(frame(np.roll(RAMP, n, 1), (0, 0)) for n in range(4))),
    "patches that stay": screen(
        160, 120, frame(RAMP, (0, 0)), *(frame(FEW[:40, :30], (n * 40, n * 25), 1) for n in range(4))
    ),
    "patches with holes": screen(
        160, 120, frame(RAMP, (0, 0), 1), *(frame(HOLE[30:, 40:], (n, n * 2), 1, 255) for n in range(3))
    ),
    "patches that go back": screen(
        160, 120, frame(RAMP, (0, 0), 1), *(frame(FEW[:40, :30], (n * 40, n * 25), 3) for n in range(4))
    ),
    "sprites that are cleared": screen(
        160, 120, *(frame(FEW[:40, :30], (n * 30, 10), 2, 255) for n in range(4))
    ),
    "a first picture that is small": screen(
        160, 120, frame(FEW[:20, :20], (5, 5), 1), frame(RAMP, (0, 0), 1), frame(FEW[:20, :20], (9, 9), 1)
    ),
    "pictures that leave the label alone": screen(
        160, 120, frame(RAMP, (0, 0), 1), *(frame(FEW[:9, :9], (n * 3, 0), 1) for n in range(5))
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", GIFS)
def test_every_picture_carries_the_label_and_the_rest_stays(kind, tmp_path):
    data = GIFS[kind]
    report, after = label(data, tmp_path)
    holds(data, after, report)
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5
    assert timing(after) == timing(data)
    again, same = label(after, tmp_path)
    assert same == after
    assert [place.box for place in again.places] == [place.box for place in report.places]
    found = LABELLER.read(tmp_path / "out.gif", "gif", RULES)
    assert found is not None
    assert found.wording == report.wording
    command = ["ffmpeg", "-v", "warning", "-i", tmp_path / "out.gif", "-f", "null", "-"]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "error" not in run.stderr.lower()


def test_pictures_that_leave_the_label_alone_are_kept_byte_for_byte(tmp_path):
    data = GIFS["pictures that leave the label alone"]
    _, after = label(data, tmp_path)
    pictures = [data[one.image.start : one.image.stop] for one in gif_frames.frames(data)]
    assert all(picture in after for picture in pictures[1:])
    assert pictures[0] not in after


def test_an_interlaced_gif_stays_so(tmp_path):
    out = io.BytesIO()
    Image.fromarray(RAMP).convert("P").save(out, "GIF", interlace=1)
    report, after = label(out.getvalue(), tmp_path)
    assert next(gif_frames.frames(after)).interlaced
    holds(out.getvalue(), after, report)


def test_photos_and_a_second_language(media, tmp_path):
    with Image.open(media / "images" / "kodim23.png") as photo:
        views = [photo.crop((n * 20, 0, 400 + n * 20, 300)).quantize(256) for n in range(3)]
    out = io.BytesIO()
    views[0].save(out, "GIF", save_all=True, append_images=views[1:], duration=[30, 400, 80], loop=2)
    report, after = label(out.getvalue(), tmp_path, LabelStyle(second_language="en", position="bottom-left"))
    holds(out.getvalue(), after, report)
    assert report.places[0].where == "bottom-left"
    with Image.open(io.BytesIO(after)) as image:
        times = []
        for index in range(image.n_frames):
            image.seek(index)
            times.append(image.info["duration"])
        assert (times, image.info["loop"]) == ([30, 400, 80], 2)
    assert label(after, tmp_path)[1] == after


def test_pictures_that_clear_what_others_drew_are_refused_and_not_damaged(tmp_path):
    # The second clears a part of the label; the third, far from it, would have to clear all between.
    data = screen(
        160, 120, frame(RAMP, (0, 0), 1), frame(FEW[:60, :80], (80, 60), 2, 255), frame(FEW[:9, :9], (0, 0), 2, 255),
        frame(FEW[:9, :9], (20, 0), 2, 255),
    )  # fmt: skip
    with pytest.raises(UnsupportedError) as caught:
        label(data, tmp_path)
    assert "MP4" in caught.value.hint.en
    assert not (tmp_path / "out.gif").exists()


BROKEN = {
    "no colours": b"GIF89a\xa0\0\x78\0\0\0\0" + frame(RAMP, (0, 0)) + b";",
    "cut in its picture": GIFS["still"][:-900],
    "no picture": screen(160, 120),
    "too small": screen(20, 20, frame(FEW[:20, :20], (0, 0))),
    "half a picture": screen(
        160, 120, b"\x2c\0\0\0\0\xa0\0\x78\0\0" + coded(RAMP[:40])
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cannot_be_labelled_is_refused(reason, tmp_path):
    with pytest.raises(MediaError):
        label(BROKEN[reason], tmp_path)
    assert not (tmp_path / "out.gif").exists()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.sampled_from([RAMP, FEW, HOLE]),
    rest=st.lists(
        st.tuples(
            st.integers(0, 120), st.integers(0, 80), st.integers(1, 40), st.integers(1, 40), st.integers(0, 3),
            st.sampled_from([None, 0, 255]), st.sampled_from([RAMP, FEW, HOLE]),
        ), max_size=5,
    ),
    disposal=st.integers(0, 3),
)  # fmt: skip
def test_any_animation_is_labelled_whole_or_refused(first, rest, disposal, tmp_path):
    patches = (frame(source[:height, :width], (x, y), gone, clear) for x, y, width, height, gone, clear, source in rest)
    data = screen(160, 120, frame(first, (0, 0), disposal, 255), *patches)
    try:
        report, after = label(data, tmp_path)
    except UnsupportedError:
        return
    holds(data, after, report)
    assert timing(after) == timing(data)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(GIFS)),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_damaged_files_raise_only_media_errors(kind, edits, tmp_path):
    data = bytearray(GIFS[kind])
    for place, value in edits:
        data[place % len(data)] = value
    with suppress(MediaError):
        label(bytes(data), tmp_path)


def test_the_registry_knows_it():
    assert labeller("gif") is LABELLER
