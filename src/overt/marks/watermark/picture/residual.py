"""What a reader looks at in a picture: its fine structure, evened out, so that the content does not drown a watermark.

The reader's front end. The marker measures through the same one, so that it sees what a reader will see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SMOOTH = 2.0  # Pixels (standard deviation): what is coarser than this is content.
NEIGHBOURHOOD = 2.0  # Pixels (standard deviation) over which strength is evened out.
FLOOR = 1.2  # Grey levels: below this deviation nothing is lifted any more.
POWER = 1.25  # A mark is weaker where there is little to hide it, but the content is weaker still.


def luma(picture: NDArray[np.generic]) -> Floats:
    """The grey picture (ITU-R BT.601 weights, 0 to 255) of an RGB or grey one."""
    if picture.ndim == 2:
        return picture.astype(np.float32)
    weights = np.array([[0.299, 0.587, 0.114]], np.float32)
    return np.asarray(cv2.transform(np.ascontiguousarray(picture[..., :3], np.float32), weights), np.float32)


def residual(grey: Floats) -> Floats:
    """The fine structure of a grey picture, each neighbourhood divided by (a power of) its own strength."""
    fine = grey - cv2.GaussianBlur(grey, (0, 0), SMOOTH)
    power = cv2.GaussianBlur(fine * fine, (0, 0), NEIGHBOURHOOD)
    evened: Floats = fine / (power + FLOOR**2) ** np.float32(POWER / 2)
    return evened
