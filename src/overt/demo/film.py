"""A generator of film: one portrait becomes another while the picture slowly closes in.

Frames only; `overt.media.av.video` encodes them with their sound.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.demo.faces import Picture, find_eyes

WIDTH, HEIGHT = 640, 480
FRAMES_PER_SECOND = 24
CHANGE = (0.25, 0.55)
"""When the one face becomes the other, as shares of the film's length."""
CLOSING_IN = 1.35
"""How much larger the face is at the end than at the start."""


def frames(first: Picture, second: Picture, seconds: float) -> Iterator[NDArray[np.uint8]]:
    """Frames as rows, columns, and the channels red, green, blue. Both pictures have the same size."""
    eyes = find_eyes(first)
    middle = (np.array(eyes.left) + np.array(eyes.right)) / 2
    count = round(seconds * FRAMES_PER_SECOND)
    for number in range(count):
        share = number / max(count - 1, 1)
        fade = _ease((share - CHANGE[0]) / (CHANGE[1] - CHANGE[0]))
        mixed = np.asarray(cv2.addWeighted(first, 1 - fade, second, fade, 0), np.uint8)
        yield np.asarray(cv2.cvtColor(_look(mixed, middle, share), cv2.COLOR_BGR2RGB), np.uint8)


def _look(picture: NDArray[np.uint8], middle: NDArray[np.float64], share: float) -> NDArray[np.uint8]:
    """The part of a picture that the camera sees at one moment: all of its width, then closer to the face."""
    across = picture.shape[1]
    zoom = WIDTH / across * CLOSING_IN**share
    view = np.array([WIDTH, HEIGHT]) / zoom
    # The face wanders from below the middle to the middle; the view never leaves the picture.
    corner = middle - view * [0.5, 0.42 + 0.06 * share]
    corner = np.clip(corner, 0, np.array([across, picture.shape[0]]) - view)
    matrix = np.array([[zoom, 0, -corner[0] * zoom], [0, zoom, -corner[1] * zoom]])
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC), np.uint8)


def _ease(share: float) -> float:
    """From 0 to 1, slowly at both ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
