"""The first screen of a sheet as a grid of cells, and where a box on it covers fewest of the filled ones.

Pure geometry in pixels at 96 to the inch; what a viewer's zoom and fonts make of it is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate

WIDTH, HEIGHT = 1_100.0, 520.0
"""The part of a sheet that a window shows when it is opened: that of a small laptop."""
_COLUMNS, _ROWS = 64, 64
_COLUMN, _ROW = 64.0, 20.0


@dataclass(slots=True)
class Grid:
    """The widths of the first columns, the heights of the first rows, and the filled cells."""

    widths: list[float] = field(default_factory=lambda: [_COLUMN] * _COLUMNS)
    heights: list[float] = field(default_factory=lambda: [_ROW] * _ROWS)
    filled: set[tuple[int, int]] = field(default_factory=set)
    gap: float = 6.0
    """Between the left edge of a cell and the box."""

    def set_columns(self, first: int, last: int, width: float) -> None:
        """The width of some columns."""
        for at in range(max(0, first), min(last, _COLUMNS - 1) + 1):
            self.widths[at] = width

    def set_row(self, at: int, height: float) -> None:
        """The height of a row."""
        if 0 <= at < _ROWS:
            self.heights[at] = height

    def fill(self, column: int, row: int) -> None:
        """A cell with something in it."""
        if 0 <= column < _COLUMNS and 0 <= row < _ROWS:
            self.filled.add((column, row))

    def cover(self, left: int, top: int, right: int, bottom: int) -> None:
        """The cells below a drawing."""
        for column in range(max(0, left), min(right, _COLUMNS)):
            for row in range(max(0, top), min(bottom, _ROWS)):
                self.filled.add((column, row))

    @property
    def lefts(self) -> list[float]:
        """Where each column begins."""
        return list(accumulate(self.widths, initial=0.0))

    @property
    def tops(self) -> list[float]:
        """Where each row begins."""
        return list(accumulate(self.heights, initial=0.0))


def free_spot(grid: Grid, width: float, height: float) -> tuple[int, int]:
    """The column and row where a box of this size covers fewest filled cells: the uppermost.

    Of several in one row it is the leftmost free one; where none is free the rightmost, away from what names a row.
    A hidden column or row holds no box.
    """
    lefts, tops = grid.lefts, grid.tops
    best, at = float("inf"), (0, 0)
    for row in range(_ROWS):
        if tops[row] + height > HEIGHT:
            break
        if not grid.heights[row]:
            continue
        down = [y for y in range(row, _ROWS) if tops[y] < tops[row] + height and grid.heights[y]]
        for column in range(_COLUMNS):
            left = lefts[column] + grid.gap
            if left + width > WIDTH:
                break
            if not grid.widths[column]:
                continue
            across = [x for x in range(column, _COLUMNS) if lefts[x] < left + width and grid.widths[x]]
            covered = sum((x, y) in grid.filled for x in across for y in down)
            if covered < best or (covered == best > 0 and at[1] == row):
                best, at = covered, (column, row)
        if best == 0:
            break
    return at
