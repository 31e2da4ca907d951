"""Text in pictures, read by the `tesseract` program, and looked through like any text.

The picture is decoded in the guarded process, and written as a plain grey bitmap of our own; the program sees that
alone, with limits on memory, processor time and output, and without our environment. Where the program is not
installed, the engine says that it could not tell. It reads printed text, and little of what is drawn, bent or tiny:
text that it does not find may still be there.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

import numpy as np

from overt.errors import SetupError, UnsupportedError
from overt.formats import identify
from overt.gate.model import Material, Medium
from overt.gate.review.features import Looks
from overt.gate.review.model import Opinion, unknown
from overt.language import Text
from overt.marks.files import mapped
from overt.marks.keep import picture
from overt.media.budget import INSPECTION, Budget
from overt.media.guard import Guard

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROGRAM: Final = "tesseract"
LANGUAGES: Final = ("chi_sim", "eng")
"""Models that are used where they are installed."""
MOST_SECONDS: Final = 30.0
MOST_MEMORY: Final = 2 << 30
MOST_TEXT: Final = 200_000
_SIDE: Final = 2400  # Pixels of the longer side: more makes it slower, and finds nothing more.
_LEAST: Final = 1000  # Smaller pictures are enlarged: print of fewer than some 20 pixels is not read.
_NONE = Text(
    zh="未安装文字识别程序 tesseract，图片中的文字没有被读取",
    en="tesseract is not installed, so that text in pictures was not read",
)
_UNREAD = Text(zh="tesseract 未能读取该图片", en="tesseract could not read the picture")


class Reader(Protocol):
    """Something that reads text out of a bitmap."""

    @property
    def version(self) -> str:
        """Its version, or an empty string where it is not there."""

    def read(self, bitmap: Path) -> str:
        """The text in a PGM file of our own making. Raises `SetupError`."""


class Tesseract:
    """The `tesseract` program (Apache-2.0), as a process of its own."""

    @property
    def version(self) -> str:
        """As it says, with its languages."""
        found = _tesseract()
        return f"{found[0]} {'+'.join(found[1])}" if found else ""

    def read(self, bitmap: Path) -> str:
        """The text of a picture, as blocks in reading order."""
        found = _tesseract()
        if found is None:
            raise SetupError(_NONE.en, _NONE.zh)
        command = [PROGRAM, str(bitmap), "stdout", "-l", "+".join(found[1]), "--psm", "11"]
        ran = _run(command)
        if ran is None:
            raise SetupError(_UNREAD.en, _UNREAD.zh)
        return ran[:MOST_TEXT]


class TextInPictures:
    """The engine: reads, and asks the feature libraries. `guard` is shared with whoever made it."""

    name = "text-in-pictures"
    media: frozenset[Medium] = frozenset({"image"})
    thorough = False

    def __init__(self, features: Looks, guard: Guard, reader: Reader | None = None) -> None:
        self.features = features
        self.guard = guard
        self.reader: Reader = reader or Tesseract()

    @property
    def version(self) -> str:
        """Of the program and of the libraries."""
        return f"{self.reader.version or 'absent'}; {self.features.version}"

    def review(self, material: Material) -> Opinion:
        """What the libraries say of the text in a picture. Raises `MediaError`."""
        if not self.reader.version:
            return unknown(self.name, self.version, _NONE, absent=True)
        if material.path is None:
            raise UnsupportedError("this material brings no file", "该内容没有文件")
        target = self.guard.scratch / f"{uuid4().hex}.pgm"  # Threads that share the guard do not share the file.
        try:
            self.guard.call(draw, material.path, target)
            text = self.reader.read(target)
        finally:
            target.unlink(missing_ok=True)
        hits = self.features.look(text)
        outcome = hits[0].outcome if hits else "allow"
        return Opinion(self.name, self.version, outcome, tuple(hits), details={"characters": str(len(text))})


def draw(source: Path, target: Path) -> tuple[int, int]:
    """Writes what a picture shows as a grey bitmap (PGM), large enough for print to be read. In the guarded process."""
    grey = pixels(source)
    target.write_bytes(b"P5 %d %d 255\n" % (grey.shape[1], grey.shape[0]) + grey.tobytes())
    return grey.shape[1], grey.shape[0]


def pixels(source: Path, budget: Budget = INSPECTION) -> NDArray[np.uint8]:
    """What a picture shows, in grey. In the guarded process."""
    import cv2  # noqa: PLC0415  # loaded in the worker alone

    with mapped(source) as data:
        container = identify(data).name
    shown = picture.shown(source, container, budget)
    grey = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY) if shown.ndim == 3 else shown
    longer = max(grey.shape)
    factor = min(_SIDE / longer, max(1.0, _LEAST / longer))
    if factor != 1.0:
        grey = cv2.resize(
            grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        )
    return np.ascontiguousarray(grey, np.uint8)


@cache
def _tesseract() -> tuple[str, tuple[str, ...]] | None:
    """Version and usable languages of the program; None where it is not there, or has none of the languages."""
    if shutil.which(PROGRAM) is None:
        return None
    said, listed = _run([PROGRAM, "--version"]), _run([PROGRAM, "--list-langs"])
    if said is None or listed is None:
        return None
    languages = tuple(each for each in LANGUAGES if each in listed.split())
    words = said.split()
    return (words[1] if len(words) > 1 else "?", languages) if languages else None


def _run(command: list[str]) -> str | None:
    """What a program prints; None where it failed. It gets a clean environment, one thread and limits."""
    environment = {"PATH": os.defpath, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        environment["TESSDATA_PREFIX"] = prefix
    try:
        # A fixed program, with our own bitmap.
        ran = subprocess.Popen(  # noqa: S603
            [shutil.which(command[0]) or command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return None
    with ran:
        with suppress(OSError):  # It may be over already.
            for which, most in _LIMITS.items():
                resource.prlimit(ran.pid, which, (most, most))
        try:
            said, _ = ran.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            ran.kill()
            return None
    return said.decode("utf-8", "replace") if ran.returncode == 0 else None


_LIMITS: Final = {
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_CPU: int(MOST_SECONDS),
    resource.RLIMIT_FSIZE: 1 << 20,
}
