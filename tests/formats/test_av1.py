from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from overt.formats import av1, heif_pictures


def picture(width: int = 90, height: int = 64) -> Image.Image:
    ground = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (ground, ground.transpose(Image.Transpose.FLIP_TOP_BOTTOM), ground))


def avif(quality: int, size: tuple[int, int] = (90, 64), **options: object) -> bytes:
    out = io.BytesIO()
    picture(*size).save(out, "AVIF", quality=quality, speed=10, **options)
    return out.getvalue()


def read(data: bytes) -> int | None:
    return av1.quantiser(heif_pictures.coded(data, av1.HEAD))


@pytest.mark.parametrize("sampling", ["4:2:0", "4:4:4", "4:0:0"])
def test_the_better_the_quality_the_finer_the_quantiser(sampling):
    found = [read(avif(quality, subsampling=sampling)) for quality in (0, 30, 60, 90, 100)]
    assert None not in found
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (255, 0)
    assert len(set(found)) == 5


@pytest.mark.parametrize("size", [(64, 64), (65, 63), (1000, 40), (40, 3000), (5000, 700)])
def test_size_and_tiles_do_not_matter(size):
    assert read(avif(60, size)) == read(avif(60))
    assert read(avif(60, size, tile_rows=1, tile_cols=1)) == read(avif(60))


@pytest.mark.parametrize("encoder", ["libaom-av1 -cpu-used 8 -crf 40 -b:v 0", "libsvtav1 -preset 12 -crf 40"])
def test_streams_of_films_are_read_too(encoder, tmp_path: Path):
    known = subprocess.run(["ffmpeg", "-v", "quiet", "-encoders"], capture_output=True, text=True, check=True).stdout
    if encoder.split()[0] not in known:
        pytest.skip("this FFmpeg has no such encoder")
    source = ["-f", "lavfi", "-i", "testsrc=s=320x240:d=0.3:r=10", "-c:v", *encoder.split()]
    subprocess.run(["ffmpeg", "-v", "error", *source, tmp_path / "a.obu"], check=True, stdin=subprocess.DEVNULL)
    found = av1.quantiser((tmp_path / "a.obu").read_bytes())
    assert found is not None
    assert 1 < found < 255


def test_of_another_stream_there_is_no_saying():
    stream = heif_pictures.coded(avif(60), av1.HEAD)
    for data in (b"", b"\x12\0", stream[:4], stream[:12], stream[::-1], b"\x0a\xff" + b"\xff" * 20):
        assert av1.quantiser(data) is None


@given(st.binary(max_size=200))
def test_any_bytes_at_all(data):
    found = av1.quantiser(data)
    assert found is None or 0 <= found <= 255
