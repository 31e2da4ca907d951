"""What a reader looks at in a picture: its fine structure, evened out, in which a watermark is not drowned by the content.

The reader's front end. The marker measures through the same one, so that it sees what a reader will see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SMOOTH = 3.0  # Pixels (standard deviation): what is coarser than this is content.
NEIGHBOURHOOD = 6.0  # Pixels (standard deviation) over which strength is evened out.
FLOOR = 1.5  # Grey levels: below this deviation nothing is lifted any more.
POWER = 1.2  # A mark is weaker where there is little to hide it, but the content is weaker still.


def luma(picture: NDArray[np.generic]) -> Floats:
    """The grey picture (ITU-R BT.601 weights, 0 to 255) of an RGB or grey one."""
    if picture.ndim == 2:
        return picture.astype(np.float32)
    weights = np.array([[0.299, 0.587, 0.114]], np.float32)
    grey: Floats = cv2.transform(np.ascontiguousarray(picture[..., :3], np.float32), weights)
    return grey


def residual(grey: Floats) -> Floats:
    """The fine structure of a grey picture, each neighbourhood divided by its own strength; about 1 in size."""
    fine = grey - cv2.GaussianBlur(grey, (0, 0), SMOOTH)
    power = cv2.GaussianBlur(fine * fine, (0, 0), NEIGHBOURHOOD)
    evened: Floats = fine / (power + FLOOR**2) ** np.float32(POWER / 2)
    return evened
