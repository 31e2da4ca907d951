"""Where a mark lies in a picture, for people: its outline, its turn, whether it is mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark.model import Place
from overt.marks.watermark.picture import sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.picture.sheet import Sheet

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

_CARRIES = 0.35  # Of the mean: a tile in which less of the mark is seen is not part of the outline.


def placed(geometry: Matrix, shape: tuple[int, ...], laid: Sheet | None = None, weights: Floats | None = None) -> Place:
    """The place of a mark under a geometry (to the picture's pixels), with the weights of its tiles where known.

    The outline is that of the tiles that carry it, to a tile's accuracy. The scale is not known: a crop of a large
    picture and the whole of a smaller one look alike.
    """
    whole = sheet.corners(shape)
    middle = sheet.applied(np.linalg.inv(geometry), whole.mean(0)[None])[0]
    at = sheet.applied(geometry, middle + np.array([[0, 0], [0.01, 0], [0, 0.01]]))
    along, up = at[1] - at[0], at[2] - at[0]
    mirrored = bool(along[0] * up[1] - along[1] * up[0] < 0)
    # Of a mirrored picture, the turn of what is mirrored left to right.
    turn = float(np.degrees(np.arctan2(along[1], along[0])))
    turn = (180 - turn if mirrored else turn + 180) % 360 - (0 if mirrored else 180)
    turn = (turn + 180) % 360 - 180
    outline = whole
    if laid is not None and weights is not None:
        outline = _outline(geometry, shape, laid.places[weights >= _CARRIES])
    corners = tuple((float(x), float(y)) for x, y in outline)
    rows = tuple((float(a), float(b), float(c)) for a, b, c in geometry)
    return Place(outline=corners, turn=turn, mirrored=mirrored, geometry=rows)


def _outline(geometry: Matrix, shape: tuple[int, ...], places: NDArray[np.int64]) -> Matrix:
    """The convex outline of tiles, as far as it lies in the picture."""
    whole = sheet.corners(shape)
    if not len(places):
        return whole
    of_tiles = (places[:, None] + np.array([[0, 0], [1, 0], [1, 1], [0, 1]])).reshape(-1, 2).astype(np.float64)
    hull = cv2.convexHull(sheet.applied(geometry, of_tiles).astype(np.float32))
    area, common = cv2.intersectConvexConvex(hull, whole.astype(np.float32))
    return np.asarray(common.reshape(-1, 2), np.float64) if area > 0 else whole
