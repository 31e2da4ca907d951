from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overt import rulebook
from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats.png_chunks import SIGNATURE, chunk
from overt.marks.label.model import LabelStyle
from overt.marks.label.picture import deep
from overt.marks.label.picture.burn import burn
from overt.marks.label.picture.find import find

RULES = rulebook.load("cn").label


def picture(width: int, height: int, channels: int, seed: int = 0) -> np.ndarray:
    smooth = np.indices((height, width)).sum(0)[..., None] * 120 + np.arange(channels) * 9000
    return (smooth + np.random.default_rng(seed).integers(0, 700, (height, width, channels))).astype(np.uint16)


def filtered(samples: np.ndarray, kinds: list[int], interlaced: int = 0) -> bytes:
    """A PNG whose rows have the given filters, byte for byte as PNG clause 9 says."""
    height, width, channels = samples.shape
    step = 2 * channels
    out, above = bytearray(), bytes(width * step)
    for y in range(height):
        row, kind = samples[y].astype(">u2").tobytes(), kinds[y % len(kinds)]
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b, c = above[i], above[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        above = row
    kind = {2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, interlaced)
    body = chunk(b"IDAT", zlib.compress(bytes(out)))
    return SIGNATURE + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@given(
    width=st.integers(1, 9), height=st.integers(1, 9), channels=st.sampled_from([2, 3, 4]),
    kinds=st.lists(st.integers(0, 4), min_size=1, max_size=9), seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_all_filters_are_undone(width: int, height: int, channels: int, kinds: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).integers(0, 65536, (height, width, channels)).astype(np.uint16)
    assert (deep.decode(filtered(samples, kinds)) == samples).all()
    assert (deep.decode(deep.encode(samples)) == samples).all()


@pytest.mark.parametrize("channels", [3, 4])
def test_opencv_reads_and_writes_the_same(tmp_path: Path, channels: int) -> None:
    samples = picture(50, 30, channels)
    swap = [2, 1, 0, 3][:channels]
    cv2.imwrite(str(tmp_path / "theirs.png"), samples[..., swap])
    theirs = (tmp_path / "theirs.png").read_bytes()
    assert deep.is_deep(theirs)
    assert (deep.decode(theirs) == samples).all()
    (tmp_path / "ours.png").write_bytes(deep.encode(samples))
    assert (cv2.imread(str(tmp_path / "ours.png"), cv2.IMREAD_UNCHANGED)[..., swap] == samples).all()


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_16_bits_outside_the_label_stay(tmp_path: Path, channels: int, orientation: int) -> None:
    samples = picture(300, 260, channels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = deep.encode(samples)
    head = len(SIGNATURE) + 25
    (tmp_path / "in.png").write_bytes(plain[:head] + chunk(b"eXIf", exif.tobytes()[6:]) + plain[head:])
    report = burn(tmp_path / "in.png", tmp_path / "out.png", "png", RULES, LabelStyle())
    after = (tmp_path / "out.png").read_bytes()
    assert deep.is_deep(after)
    changed = (deep.decode(after) != samples).any(axis=2)
    (place,) = report.places
    assert place.box is not None
    assert 0.5 * place.box[2] * place.box[3] < changed.sum() <= place.box[2] * place.box[3]
    read = find(tmp_path / "out.png", "png", RULES)
    assert read is not None
    assert read.places[0].where == place.where


def test_interlacing_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="interlaced"):
        deep.decode(filtered(picture(8, 8, 3), [0], interlaced=1))


def with_samples(body: bytes, width: int = 8, height: int = 8) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("reason", "body", "error"),
    [
        ("not packed at all", b"hello", FormatError),
        ("empty", b"", TruncatedError),
        ("one row too few", zlib.compress(bytes(7 * 49)), TruncatedError),
        ("unknown filter", zlib.compress(b"\x05" + bytes(8 * 49)), FormatError),
    ],
)
def test_bad_samples_are_the_files_fault(reason: str, body: bytes, error: type[MediaError]) -> None:
    with pytest.raises(error):
        deep.decode(with_samples(body))


def test_a_bomb_is_unpacked_no_further_than_the_picture() -> None:
    assert deep.decode(with_samples(zlib.compress(bytes(50_000_000)))).shape == (8, 8, 3)
