"""Face replacement between two portraits, by classical means.

Faces and eyes are found with the Haar cascades that OpenCV bundles (Viola and Jones, 2001).
The other face is laid over the first by the similarity that takes eyes to eyes, its colours are moved to the
first face's in CIE Lab (Reinhard et al., "Color Transfer between Images", 2001), it is pasted with a feathered
oval mask, and Poisson cloning settles the light inside (Pérez et al., "Poisson Image Editing", 2003).

It handles one upright frontal face a picture; it is no model and learns nothing.
Where the cascades find no pair of eyes it raises `UnsupportedError` rather than guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError

Picture = NDArray[np.uint8]
"""Rows, columns, and the channels blue, green, red."""

EYE_CASCADES = (
    "haarcascade_eye.xml",
    "haarcascade_eye_tree_eyeglasses.xml",
    "haarcascade_lefteye_2splits.xml",
    "haarcascade_righteye_2splits.xml",
)


@dataclass(frozen=True, slots=True)
class Eyes:
    """The centres of a face's eyes, as seen: left and right in the picture."""

    left: tuple[float, float]
    right: tuple[float, float]

    @property
    def distance(self) -> float:
        """Pixels from eye to eye: the unit in which ovals are given."""
        return float(np.hypot(self.right[0] - self.left[0], self.right[1] - self.left[1]))

    def frame(self) -> NDArray[np.float32]:
        """Three points that fix a similarity: the middle, one unit to the right, one unit down."""
        left, right = np.array(self.left), np.array(self.right)
        across = right - left
        middle = (left + right) / 2
        return np.array([middle, middle + across, middle + np.array([-across[1], across[0]])], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Oval:
    """A rounded shape about the eyes, in units of the distance between them.

    `half` is half its width, `above` and `below` its reach from the line of the eyes, `chin` how wide it still
    is at its lower end, `roundness` the exponent of the superellipse (2 is an ellipse).
    """

    half: float
    above: float
    below: float
    chin: float = 0.8
    roundness: float = 2.4

    def mask(self, eyes: Eyes, shape: tuple[int, ...]) -> Picture:
        """The shape drawn at a face: 255 inside, 0 outside."""
        turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
        cos, sin = np.cos(turn), np.sin(turn)
        x = self.half * np.sign(cos) * np.abs(cos) ** (2 / self.roundness)
        y = np.where(sin < 0, self.above, self.below) * np.sign(sin) * np.abs(sin) ** (2 / self.roundness)
        x = x * (1 - (1 - self.chin) * np.clip(y / self.below, 0, 1))
        origin, right, down = eyes.frame()
        points = origin + np.outer(x, right - origin) + np.outer(y, down - origin)
        mask = np.zeros(shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 255)
        return mask


@dataclass(frozen=True, slots=True)
class Fit:
    """How a face is taken over: pasted within `paste`, its light settled within `settle`.

    `sharpen` makes up for the blur where a small face is enlarged.
    """

    paste: Oval
    settle: Oval
    sharpen: float = 0.0


UNDER_A_CAP = Fit(Oval(1.2, 0.68, 1.72, 0.74, 3.0), Oval(0.9, 0.2, 1.4), sharpen=0.7)
"""With the fringe, up to the brim; wide enough to cover a pair of spectacles."""
UNDER_A_FRINGE = Fit(Oval(1.15, 0.5, 1.6), Oval(1.05, 0.42, 1.5))
"""From the brows down, spectacles included."""

CHEEKS = Oval(0.6, 0.05, 1.0, 1.0, 2.0)
"""Where the colours of two faces are compared: skin, hardly any hair."""


def load(path: Path) -> Picture:
    """A picture file in OpenCV's order of channels."""
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UnsupportedError(f"{path.name} is not a picture", f"{path.name} 不是图片")
    return np.asarray(picture, np.uint8)


def find_eyes(picture: Picture) -> Eyes:
    """The eyes of the largest face: for each side the median of what four cascades find."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    faces = _detect("haarcascade_frontalface_default.xml", grey, 1.1)
    if not faces:
        raise UnsupportedError("no face was found in the picture", "图片中未找到人脸")
    x, y, width, height = max(faces, key=lambda face: face[2])
    upper = grey[y : y + height * 3 // 5, x : x + width]
    found: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for cascade in EYE_CASCADES:
        for left, top, across, down in _detect(cascade, upper, 1.05):
            centre = (x + left + across / 2, y + top + down / 2)
            found[centre[0] > x + width / 2].append(centre)
    if not found[0] or not found[1]:
        raise UnsupportedError("no pair of eyes was found in the face", "人脸中未找到双眼")
    left_eye, right_eye = (tuple(np.median(np.array(side), axis=0).tolist()) for side in found)
    return Eyes(left_eye, right_eye)


def replace_face(target: Picture, source: Picture, fit: Fit) -> Picture:
    """The picture `target` with the face of `source`."""
    eyes = find_eyes(target)
    moved = _move(source, find_eyes(source), target, eyes, fit.sharpen)
    moved = _recolour(moved, target, CHEEKS.mask(eyes, target.shape))
    weight = _feather(fit.paste.mask(eyes, target.shape), eyes)[..., None]
    pasted = (target * (1 - weight) + moved * weight).astype(np.uint8)
    settle = fit.settle.mask(eyes, target.shape)
    left, top, width, height = cv2.boundingRect(settle)
    centre = (left + width // 2, top + height // 2)
    return np.asarray(cv2.seamlessClone(moved, pasted, settle, centre, cv2.NORMAL_CLONE), np.uint8)


def _detect(cascade: str, grey: Picture, step: float) -> list[tuple[int, int, int, int]]:
    classifier = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / cascade))
    boxes = classifier.detectMultiScale(grey, step, 5)
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in boxes]


def _move(source: Picture, there: Eyes, target: Picture, here: Eyes, sharpen: float) -> Picture:
    matrix = cv2.getAffineTransform(there.frame(), here.frame())
    size = (target.shape[1], target.shape[0])
    moved = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    if sharpen:
        blurred = cv2.GaussianBlur(moved, (0, 0), 1.6)
        moved = cv2.addWeighted(moved, 1 + sharpen, blurred, -sharpen, 0)
    return np.asarray(moved, np.uint8)


def _recolour(picture: Picture, like: Picture, where: Picture) -> Picture:
    """The picture with the mean lightness and the mean and spread of colour that `like` has there."""
    inside = where > 0
    ours = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    theirs = cv2.cvtColor(like, cv2.COLOR_BGR2LAB).astype(np.float32)
    for channel in range(3):
        mine, other = ours[..., channel][inside], theirs[..., channel][inside]
        # Lightness keeps its spread: it carries the features of the face.
        spread = float(np.clip(other.std() / max(mine.std(), 1e-3), 0.7, 1.4)) if channel else 1.0
        ours[..., channel] = (ours[..., channel] - mine.mean()) * spread + other.mean()
    return np.asarray(cv2.cvtColor(np.clip(ours, 0, 255).astype(np.uint8), cv2.COLOR_LAB2BGR), np.uint8)


def _feather(mask: Picture, eyes: Eyes) -> NDArray[np.float32]:
    """The mask with a soft edge about an eighth of the eyes' distance wide, as weights."""
    reach = int(eyes.distance * 0.08) | 1
    shrunk = cv2.erode(mask, np.ones((reach, reach), np.uint8))
    soft = cv2.GaussianBlur(shrunk, (4 * reach + 1, 4 * reach + 1), 0)
    return np.asarray(soft / 255.0, np.float32)
