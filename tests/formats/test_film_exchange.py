"""New pictures in old files: what the modules for Matroska, FLV and AVI share, and what hostile files do to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.film_notes import H264, PICTURES, TONE, ffmpeg
from overt.errors import FormatError, MediaError
from overt.formats import avi_film, flv_film, matroska_film, reel
from overt.formats.reel import Frame
from overt.formats.splice import Buffer, Splice

MODULES = {"mkv": matroska_film, "flv": flv_film, "avi": avi_film}
CODECS = {"mkv": H264, "flv": H264, "avi": ["-c:v", "mjpeg"]}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("exchange")
    found = {}
    for suffix, codec in CODECS.items():
        ffmpeg(*PICTURES, *TONE, *codec, "-c:a", "pcm_s16le" if suffix == "avi" else "aac", folder / f"x.{suffix}")
        found[suffix] = (folder / f"x.{suffix}").read_bytes()
    # Encoded anew: in order, with other parameter sets, and as many as reach to a key picture.
    options = {"mkv": ["-bf", "0", "-x264-params", "sps-id=31"], "flv": ["-bf", "0", "-x264-params", "sps-id=31"]}
    for suffix, codec in CODECS.items():
        new = folder / f"new-{suffix}.mkv"
        ffmpeg(*PICTURES, *codec, *options.get(suffix, []), "-frames:v", "10", new)
        found[f"new {suffix}"] = new.read_bytes()
    ffmpeg(*PICTURES, *H264, *options["mkv"], "-frames:v", "9", folder / "too-few.mkv")
    return found | {"too few": (folder / "too-few.mkv").read_bytes()}


@pytest.mark.parametrize("suffix", MODULES)
def test_half_a_film_is_exchanged(films: dict[str, bytes], tmp_path: Path, suffix: str) -> None:
    module, old, new = MODULES[suffix], films[suffix], films[f"new {suffix}"]
    assert module.seam(old, 7) == (7 if suffix == "avi" else 10)
    done = module.exchange(old, new).apply(old)
    before, fresh, after = module.read(old).pictures, matroska_film.read(new).pictures, module.read(done).pictures
    bodies = [done[each.start : each.stop] for each in after]
    assert bodies == [new[each.start : each.stop] for each in fresh] + [
        old[each.start : each.stop] for each in before[10:]
    ]
    assert sorted(each.time for each in after) == sorted(each.time for each in before)
    assert [each.key for each in after[10:]] == [each.key for each in before[10:]]


@pytest.mark.parametrize("suffix", ["mkv", "flv"])
def test_another_number_of_pictures_is_refused(films: dict[str, bytes], suffix: str) -> None:
    with pytest.raises(FormatError, match="the index has 16 pictures, 9 could be decoded"):
        MODULES[suffix].exchange(films[suffix], films["too few"])


def frames(*told: tuple[int, bool]) -> list[Frame]:
    return [Frame(index, index + 1, time, key) for index, (time, key) in enumerate(told)]


SEAMS = {
    "the next key picture": (frames((0, True), (1, False), (2, True), (3, False)), 1, 2),
    "not before enough": (frames((0, True), (1, True), (2, False), (3, True)), 2, 3),
    "not where one behind is shown before": (frames((0, True), (2, False), (4, True), (1, False), (5, True)), 1, 4),
    "not where one before is shown later": (frames((0, True), (5, False), (2, True), (3, False)), 1, 4),
    "nowhere": (frames((0, True), (1, False), (2, False)), 1, 3),
    "no pictures": ([], 0, 0),
    "more than there are": (frames((0, True)), 9, 1),
}


@pytest.mark.parametrize("where", SEAMS)
def test_where_old_pictures_may_go_on(where: str) -> None:
    given_frames, least, expected = SEAMS[where]
    assert reel.seam(given_frames, least, lambda _: True) == expected
    assert reel.seam(given_frames, least, lambda _: False) == len(given_frames)


@pytest.mark.parametrize(
    ("test", "data", "expected"),
    [
        (reel.is_key_vp8, b"\x10\x02\x00", True),
        (reel.is_key_vp8, b"\x11", False),
        (reel.is_shown_vp8, b"\x00", False),
        (reel.is_key_vp9, b"\x82\x49\x83\x42", True),
        (reel.is_key_vp9, b"\x86", False),
        (reel.is_key_vp9, b"\x88", False),
        (reel.is_key_vp9, b"\xb0", True),
        (reel.is_key_vp9, b"\x42", False),
        (reel.is_key_av1, b"\x12\x00\x0a\x0b\x00", True),
        (reel.is_key_av1, b"\x0a\x0b\x00", True),
        (reel.is_key_av1, b"\x12\x00\x32\x0b\x00", False),
        (reel.is_key_av1, b"\x12\xff\xff", False),
    ],
)
def test_key_pictures_by_their_bytes(test: Callable[[Buffer, Frame], bool], data: bytes, expected: bool) -> None:
    assert test(data, Frame(0, len(data), 0, key=True)) is expected
    assert not reel.is_key_vp9(b"", Frame(0, 0, 0, key=True))


@given(st.data())
@settings(max_examples=120)
def test_mutated_films(films: dict[str, bytes], data: st.DataObject) -> None:
    suffix = data.draw(st.sampled_from(tuple(MODULES)))
    content = bytearray(films[suffix])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, 1200) | st.integers(0, len(content) - 1))
        content[min(at, len(content) - 1)] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    exchange: Callable[[Buffer, Buffer], Splice] = MODULES[suffix].exchange
    with suppress(MediaError):
        MODULES[suffix].seam(cut, 3)
    with suppress(MediaError):
        exchange(cut, films[f"new {suffix}"])
