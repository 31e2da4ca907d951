"""The indexes: exact against a plain comparison of everything, grown, thinned out, shared, damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from overt.tracing import banded, segments
from overt.tracing.banded import BandedIndex
from overt.tracing.faiss_index import FaissIndex
from overt.tracing.index import NearIndex
from overt.tracing.postings import PostingIndex


def changed(value: np.ndarray, bits: int, rng: np.random.Generator) -> np.ndarray:
    """The value with so many bits flipped."""
    flipped = np.unpackbits(value.view(np.uint8))
    flipped[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flipped).view(np.uint64)


def plainly(values: np.ndarray, query: np.ndarray, distance: int) -> list[tuple[int, int]]:
    apart = np.bitwise_count(values ^ query).sum(1)
    return sorted((int(apart[row]), int(row)) for row in np.flatnonzero(apart <= distance))


@pytest.fixture
def values() -> np.ndarray:
    """Enough values for the bands, many of them close to others, as pictures of one series are."""
    rng = np.random.default_rng(1)
    bases = rng.integers(0, 1 << 63, (400, 4), np.uint64)
    near = np.stack([changed(bases[number % 400], number % 40, rng) for number in range(4_000)])
    return np.concatenate([rng.integers(0, 1 << 63, (banded.FEW, 4), np.uint64), near])


@pytest.fixture(params=["bands", "faiss"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> NearIndex:
    if request.param == "faiss":
        pytest.importorskip("faiss")
        return FaissIndex(tmp_path)
    return BandedIndex(tmp_path)


@pytest.mark.parametrize("distance", [0, 15, 16, 31, 40])
def test_every_near_value_is_found_and_no_other(values: np.ndarray, distance: int, index: NearIndex):
    index.rebuild([(np.arange(len(values)), values)], "1")
    rng = np.random.default_rng(2)
    for number in rng.integers(banded.FEW, len(values), 12):
        query = changed(values[number], int(rng.integers(0, 32)), rng)
        found = [(near.distance, near.row) for near in index.search(query, distance)]
        assert found == plainly(values, query, distance)


def test_most_of_what_is_farther_is_found_by_the_bands(
    values: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(banded, "FEW_FAR", 0)
    index = BandedIndex(tmp_path)
    index.rebuild([(np.arange(len(values)), values)], "1")
    rng = np.random.default_rng(7)
    rows = rng.integers(0, banded.FEW, 100)
    for bits, least in ((40, 95), (50, 85)):
        found = sum(
            int(row) in {near.row for near in index.search(changed(values[row], bits, rng), 64)} for row in rows
        )
        assert found >= least


def test_several_queries_at_once_are_told_apart(values: np.ndarray, index: NearIndex):
    index.rebuild([(np.arange(len(values)), values)], "1")
    asked = values[[5, 9, 5]]

    found = {(near.query, near.row) for near in index.search(asked, 0)}
    assert {(0, 5), (1, 9), (2, 5)} <= found


def test_what_was_added_is_found_before_and_after_it_is_merged(
    values: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(segments, "TAIL", 2_000)
    index = BandedIndex(tmp_path)
    for start in range(0, len(values), 5_000):
        part = values[start : start + 5_000]
        index.add(np.arange(start, start + len(part)), part, str(start))
    index.add(np.array([10**6]), values[:1], "last")

    assert len(index) == len(values) + 1
    assert {near.row for near in index.search(values[0], 0)} == {0, 10**6}
    again = BandedIndex(tmp_path)
    assert (len(again), again.bookmark) == (len(values) + 1, "last")
    assert [near.row for near in again.search(values[-1], 0)] == [near.row for near in index.search(values[-1], 0)]


def test_what_was_removed_is_not_found_again(index: NearIndex, monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(3)
    values = rng.integers(0, 1 << 63, (50, 4), np.uint64)
    index.rebuild([(np.arange(40), values[:40])], "1")
    index.add(np.arange(40, 50), values[40:], "2")
    index.remove(np.array([3, 45, 999]))

    assert (len(index), index.search(values[[3, 45]], 20)) == (48, [])
    monkeypatch.setattr(segments, "TAIL", 4)
    index.add(np.array([50]), values[:1], "3")  # Merges.
    assert (len(index), index.search(values[[3, 45]], 20)) == (49, [])


def test_another_process_sees_what_was_added_and_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    values = np.random.default_rng(4).integers(0, 1 << 63, (30, 4), np.uint64)
    one, other = BandedIndex(tmp_path), BandedIndex(tmp_path)
    one.add(np.arange(10), values[:10], "1")
    other.refresh()
    assert [near.row for near in other.search(values[7], 0)] == [7]

    monkeypatch.setattr(segments, "TAIL", 5)
    one.add(np.arange(10, 30), values[10:], "2")
    other.refresh()
    assert [near.row for near in other.search(values[27], 0)] == [27]


@pytest.mark.parametrize("harm", ["state", "tail", "head", "all"])
def test_a_damaged_folder_is_begun_anew(harm: str, tmp_path: Path):
    values = np.random.default_rng(5).integers(0, 1 << 63, (30, 4), np.uint64)
    index = BandedIndex(tmp_path / "index")
    index.rebuild([(np.arange(20), values[:20])], "1")
    index.add(np.arange(20, 30), values[20:], "2")
    if harm == "all":
        shutil.rmtree(tmp_path / "index")
    else:
        name = {"state": "state.json", "tail": "tail-1.bin", "head": "head-1/value.npy"}[harm]
        (tmp_path / "index" / name).write_bytes(b"?")

    again = BandedIndex(tmp_path / "index")
    assert (len(again), again.bookmark) == (0, "")
    again.rebuild([(np.arange(30), values)], "3")
    assert [near.row for near in again.search(values[29], 0)] == [29]


def test_landmarks_count_once_or_at_one_shift(tmp_path: Path):
    rng = np.random.default_rng(6)
    rows, places = np.repeat(np.arange(50), 100), np.tile(np.arange(100), 50)
    marks = rng.integers(0, 1 << 32, 5_000).astype(np.uint64)
    index = PostingIndex(tmp_path)
    index.rebuild([(rows[:3_000], marks[:3_000], places[:3_000])], "1")
    index.add(rows[3_000:], marks[3_000:], places[3_000:], "2")
    cut, mixed = marks[4_020:4_060], marks[4_020:4_060][rng.permutation(40)]

    for asked in (cut, mixed):
        assert [(each.row, each.count) for each in index.search(asked, np.arange(40))] == [(40, 40)]
    moved = index.search(cut, np.arange(40) + 500, width=2)
    assert [(each.row, each.count) for each in moved] == [(40, 40)]
    assert index.search(mixed, np.arange(40), width=2)[0].count < 15


def test_a_landmark_that_stands_everywhere_is_left_out_while_there_are_others(tmp_path: Path):
    rows = np.arange(5_000)
    marks = np.full(5_000, 7, np.uint64)
    index = PostingIndex(tmp_path)
    index.rebuild([(rows, marks, rows * 0), (np.array([9]), np.array([8], np.uint64), np.array([0]))], "1")

    assert [each.row for each in index.search(np.array([7, 8], np.uint64), np.zeros(2, np.int64))] == [9]
    assert len(index.search(np.array([7], np.uint64), np.zeros(1, np.int64), most=3)) == 3
