"""Tiles: paths and widths as tlog-tiles has them, and hashes that give the same tree as the leaves do."""

from __future__ import annotations

import contextlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError
from overt.ledger import merkle
from overt.ledger.tiles import ENTRIES, WIDTH, Tile, bundled, grown, hashes_in, subtrees_in, tile_at, unbundled

# Of the specification, and of the tests of transparency-dev/tessera.
PATHS = {
    "tile/0/x001/x234/067": Tile(0, 1234067),
    "tile/0/x001/x234/067.p/89": Tile(0, 1234067, 89),
    "tile/0/000": Tile(0, 0),
    "tile/3/999.p/7": Tile(3, 999, 7),
    "tile/1/x001/000": Tile(1, 1000),
    "tile/entries/273.p/112": Tile(ENTRIES, 273, 112),
    "tile/63/000.p/1": Tile(63, 0, 1),
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_are_those_of_the_specification(path: str):
    assert PATHS[path].path == path
    assert tile_at(path) == PATHS[path]


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/x000/001", "tile/0/x1/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x001/000.p/", "tile/entries/x001", "tile/0/०००",
        "tile/0/000\n", "../tile/0/000", "tile/0/000.p/01",
    ],
)  # fmt: skip
def test_other_spellings_name_no_tile(path: str):
    with pytest.raises(FormatError):
        tile_at(path)


@given(st.integers(-1, 63), st.integers(0, 1 << 56), st.integers(1, 256))
def test_every_tile_is_found_by_its_path(level: int, index: int, width: int):
    assert tile_at(Tile(level, index, width).path) == Tile(level, index, width)


@given(st.text(alphabet="tile/entrisx0189.p-", max_size=40) | st.text(max_size=20))
def test_no_text_breaks_the_reader_of_paths(text: str):
    with contextlib.suppress(FormatError):
        assert tile_at(text).path == text


def test_a_tree_has_the_tiles_that_the_specification_counts():
    tiles = list(grown(0, 70_000))

    def count(level: int, *, full: bool) -> int:
        return sum(tile.level == level and (tile.width == WIDTH) is full for tile in tiles)

    assert [count(level, full=True) for level in (ENTRIES, 0, 1, 2)] == [273, 273, 1, 0]
    assert [tile for tile in tiles if tile.width < WIDTH] == [
        Tile(ENTRIES, 273, 112),
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(grown(0, 256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]
    assert list(grown(300, 300)) == []
    assert list(grown(300, 301)) == [Tile(ENTRIES, 1, 45), Tile(0, 1, 45)]


LEAVES = [merkle.leaf_hash(number.to_bytes(4)) for number in range(66_000)]


@cache
def tile_of(tile: Tile) -> list[bytes]:
    below = 256**tile.level
    start = tile.index * WIDTH
    return [merkle.root(LEAVES[n * below : (n + 1) * below]) for n in range(start, start + tile.width)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700, 65_800])
def test_tiles_give_the_same_tree(size: int):
    taken: dict[Tile, list[bytes]] = {}

    def read(tile: Tile) -> list[bytes]:
        assert tile in allowed
        return taken.setdefault(tile, tile_of(tile))

    allowed = {*grown(0, size)}
    subtrees = subtrees_in(read, size)
    assert merkle.root_over(subtrees, 0, size) == merkle.root(LEAVES[:size])
    for index in {size // 3, size - 1}:
        taken.clear()
        proof = merkle.prove_inclusion(subtrees, index, size)
        assert proof == merkle.inclusion_proof(LEAVES[:size], index)
        assert len(taken) <= 6
    for first in {size // 2, size - 1} - {0}:
        assert merkle.prove_consistency(subtrees, first, size) == merkle.consistency_proof(LEAVES[:size], first)


@given(st.lists(st.binary(max_size=300), max_size=WIDTH))
def test_entries_come_back_out_of_a_bundle(entries: list[bytes]):
    assert unbundled(bundled(entries), len(entries)) == entries


@given(st.binary(max_size=200), st.integers(0, 5))
def test_no_bytes_break_the_readers_of_tiles(data: bytes, width: int):
    for read in (unbundled, hashes_in):
        with contextlib.suppress(FormatError):
            assert len(read(data, width)) == width
