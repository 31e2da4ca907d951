"""Whether there are faces in a picture: so that somebody is asked whose they are.

Source: Viola, Jones 2001; Lienhart, Maydt 2002, by the cascade for frontal faces that OpenCV's wheels bundle
(`haarcascade_frontalface_alt.xml`, Intel License Agreement for Open Source Computer Vision Library, BSD-like).

It says "there is a face", never whose. It finds upright faces seen from the front; faces from the side, turned, small,
covered, or painted are missed, and patterns are taken for faces: the how-to has what was measured. So it never says
that there is nobody: consent rests on what the request declares, and this only finds what was not declared.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from overt.errors import UnsupportedError
from overt.gate.model import Material, Medium
from overt.gate.review.model import Hit, Opinion
from overt.gate.review.step import FACES
from overt.media.guard import Guard

CASCADE: Final = "haarcascade_frontalface_alt.xml"
STEP: Final = 1.1
NEIGHBOURS: Final = 5
LEAST: Final = 32
"""Pixels of the smallest face, in a picture brought to a longer side of 1000 to 2400."""
VERSION: Final = f"{CASCADE.removesuffix('.xml')} {STEP}/{NEIGHBOURS}/{LEAST}"


class Faces:
    """The engine. It lets pass, and says how many faces it found (detail `faces`, category `likeness`)."""

    name = "faces"
    version = VERSION
    media: frozenset[Medium] = frozenset({"image"})
    thorough = False

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    def review(self, material: Material) -> Opinion:
        """How many faces there are. Raises `MediaError`."""
        if material.path is None:
            raise UnsupportedError("this material brings no file", "该内容没有文件")
        found = self.guard.call(count, material.path)
        hits = tuple(Hit("likeness", "allow", rule=self.name) for _ in range(min(found, 1)))
        return Opinion(self.name, self.version, "allow", hits, details={FACES: str(found)})


def count(source: Path) -> int:
    """How many faces seen from the front there are in a picture. In the guarded process."""
    from overt.gate.review.pictures import pixels  # noqa: PLC0415  # OpenCV is loaded in the worker alone

    return len(_cascade().detectMultiScale(pixels(source), STEP, NEIGHBOURS, minSize=(LEAST, LEAST)))


@cache
def _cascade() -> Any:
    import cv2  # noqa: PLC0415  # see above

    folder: str = cv2.data.haarcascades  # type: ignore[attr-defined]
    return cv2.CascadeClassifier(str(Path(folder) / CASCADE))
