"""The visible label of HEIC pictures, laid over their own luma and chroma.

Source: GB 45438-2025 clause 5.2 through the rulebook; Labeling Measures art. 4(1)(3).
Decoding and encoding are those of the extra `media`. No colour is converted: what is not under the label is coded
again as it was decoded, finely enough that the file does not become smaller than it was. All tiles are coded again,
since those of one picture share one decoder configuration (ISO/IEC 23000-22, 7.3.11.4).

Further pictures in the file (thumbnails, depth and gain maps) stay as they are. Refused are pictures that are cropped
for display, of odd sizes, or of other samplings than 4:2:0.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import FormatError, ReadBackError, UnsupportedError
from overt.formats import heif_tiles
from overt.formats.heif_tiles import Mosaic
from overt.language import Text
from overt.marks.label import placement
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture import burn, exact, find, raster
from overt.media.budget import INSPECTION, MARKING, Budget
from overt.rulebook import LabelRules

if TYPE_CHECKING:
    from overt.media.av.still import Planes, Still
    from overt.media.av.video import Film, Turn

_CRF, COARSEST, FINEST = 20.0, 30.0, 6.0
"""Quality of x265 at which a picture is tried first, and the bounds of what it may become."""
DOUBLE = 6.0
"""Steps of it that double a picture's bytes, about."""


class HeicLabeller:
    """Labels for HEIC. PyAV is loaded with the first picture, not with the program."""

    containers: tuple[str, ...] = ("heic", "heif")

    def put(
        self,
        source: Path,
        target: Path,
        container: str,  # noqa: ARG002 - the file itself tells
        rules: LabelRules,
        style: LabelStyle,
    ) -> LabelReport:
        """Write `target`: the picture with the label on it, measured on what was written.

        A picture that carries a sufficient label of ours stays as it is.
        """
        data = source.read_bytes()
        picture = Picture(data, MARKING)
        image = picture.shown()
        if report := exact.sufficient(image, rules):
            shutil.copyfile(source, target)
            return report
        refuse_uncommon(picture)
        text, second = burn.wording(rules, style)
        drawn = placement.fit(*image.size, rules, text, second)
        spot = placement.place(burn.small_grey(image), image.size, drawn, style.position)
        crf = picture.quality()
        picture.lay(drawn.image, spot.left, spot.top)
        while True:
            new = picture.encoded(crf)
            report = burn.measured(raster.Raster("heic", [Picture(new, MARKING).shown()]), drawn, spot, text, rules)
            try:
                burn.check(report, rules)
            except ReadBackError:
                if crf <= FINEST:
                    raise
                crf = max(FINEST, crf - DOUBLE)
            else:
                target.write_bytes(new)
                return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:  # noqa: ARG002 - as above
        """The label of our own kind in a picture; None means that none of our kind was found.

        Raises `MediaError` where the picture could not be looked at, `SetupError` without the extra `media`.
        """
        image = Picture(path.read_bytes(), INSPECTION).shown()
        return find.report_on(find.prepared(image), image.size, rules)


LABELLER = HeicLabeller()


def luma(data: bytes, budget: Budget = INSPECTION) -> Image.Image:
    """The primary picture's luma in 8 bits as it is displayed. Raises `MediaError`, `SetupError`."""
    return Picture(data, budget).shown()


_WAY_OUT = Text(
    zh="请先转换为 AVIF 或 JPEG 再标识；或使用 --only metadata 仅添加元数据标识。",
    en="Convert it to AVIF or JPEG and mark that, or put on the metadata label alone: --only metadata.",
)


def refuse_uncommon(picture: Picture) -> None:
    """Raise `UnsupportedError` for what coding a picture again would change."""
    if picture.mosaic.cropped:
        raise UnsupportedError(
            "a HEIC picture that is cropped for display", "按裁剪区域显示的 HEIC 图片", hint=_WAY_OUT
        )
    if picture.mosaic.moving:
        raise UnsupportedError("a HEIC picture with a film beside it", "带有影片的 HEIC 图片", hint=_WAY_OUT)


class Picture:
    """The primary picture of a file: its planes, put together from its tiles."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        from overt.media.av import still  # noqa: PLC0415  # an extra

        self.data = data
        self.mosaic = heif_tiles.read(data)
        raster.within((self.mosaic.width, self.mosaic.height), 1, budget)
        tiles = still.decode(self.mosaic.configurations, self.mosaic.samples)
        self.planes, self.like, self.tile = _joined(tiles, self.mosaic, budget)

    @property
    def full(self) -> bool:
        """Whether the samples use all codes."""
        return self.like.colour.full if self.mosaic.full is None else self.mosaic.full

    def shown(self) -> Image.Image:
        """Its luma in 8 bits as it is displayed."""
        luma = self.planes[0][: self.mosaic.height, : self.mosaic.width]
        grey = (luma >> self.like.depth - 8).astype(np.float32)
        if not self.full:
            grey = (grey - 16) * (255 / 219)
        return Image.fromarray(_turn(self.mosaic).upright(grey.round().clip(0, 255).astype(np.uint8)).copy())

    def lay(self, plate: Image.Image, left: int, top: int) -> None:
        """Put a plate at a place of the displayed picture."""
        from overt.marks.label.film.overlay import Overlay  # noqa: PLC0415  # an extra

        shown = tuple(
            plane[: -(-self.mosaic.height // down), : -(-self.mosaic.width // across)]
            for plane in self.planes
            for down, across in [(self.planes[0].shape[0] // plane.shape[0], self.planes[0].shape[1] // plane.shape[1])]
        )
        Overlay(self._film(), plate, left, top)(shown)

    def add(self, delta: NDArray[np.float32]) -> None:
        """Add to the luma of the displayed picture, in codes of 8 bits."""
        luma = self.planes[0][: self.mosaic.height, : self.mosaic.width]
        change = _turn(self.mosaic).stored(delta) * (1 << self.like.depth - 8)
        luma[...] = np.clip(np.rint(luma + change), 0, (1 << self.like.depth) - 1).astype(luma.dtype)

    def quality(self) -> float:
        """The quality at which the picture takes as many bytes as it has, estimated from one trial."""
        from overt.media.av import still  # noqa: PLC0415  # an extra

        _, samples = still.encode(list(self._tiles()), self.like, _CRF)
        wanted, got = sum(map(len, self.mosaic.samples)), sum(map(len, samples))
        return min(COARSEST, max(FINEST, _CRF - DOUBLE * math.log2(max(wanted, 1) / max(got, 1)) - 1))

    def encoded(self, crf: float) -> bytes:
        """The file with the picture as it is now."""
        from overt.media.av import still  # noqa: PLC0415  # an extra

        film, samples = still.encode(list(self._tiles()), self.like, crf)
        return heif_tiles.replaced(self.data, samples, heif_tiles.configuration(film)).apply(self.data)

    def _tiles(self) -> Iterator[Planes]:
        for row in range(self.mosaic.rows):
            for column in range(self.mosaic.columns):
                yield tuple(
                    plane[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
                    for plane, (high, wide) in zip(self.planes, self.tile, strict=True)
                )

    def _film(self) -> Film:
        from overt.media.av.video import Colour, Film  # noqa: PLC0415  # an extra

        colour = self.like.colour
        # The label is grey: of the matrices, any that is known will do.
        told = Colour(colour.primaries, colour.transfer, 6, self.full)
        return Film(
            streams=(),
            index=0,
            codec="hevc",
            pixel_format=self.like.pixel_format,
            depth=self.like.depth,
            width=self.mosaic.width,
            height=self.mosaic.height,
            pixel_aspect=Fraction(1),
            turn=_turn(self.mosaic),
            colour=told,
            interlaced=False,
            rate=Fraction(1),
            duration=0.0,
        )


def _joined(tiles: Iterator[Still], mosaic: Mosaic, budget: Budget) -> tuple[Planes, Still, list[tuple[int, int]]]:
    """All tiles side by side, the first one, and the sizes of a tile's planes."""
    first = next(tiles)
    sizes = [(plane.shape[0], plane.shape[1]) for plane in first.planes]
    raster.within((sizes[0][1] * mosaic.columns, sizes[0][0] * mosaic.rows), 1, budget)
    if sizes[0][0] * mosaic.rows < mosaic.height or sizes[0][1] * mosaic.columns < mosaic.width:
        raise FormatError("the tiles do not cover the picture", "图块未能覆盖整幅图片")
    planes: list[NDArray[np.generic]] = [
        np.zeros((high * mosaic.rows, wide * mosaic.columns), plane.dtype)
        for plane, (high, wide) in zip(first.planes, sizes, strict=True)
    ]
    for number, tile in enumerate([first, *tiles]):
        row, column = divmod(number, mosaic.columns)
        for plane, values, (high, wide) in zip(planes, tile.planes, sizes, strict=True):
            if values.shape != (high, wide):
                raise FormatError("the tiles differ in size", "图块尺寸不一致")
            plane[row * high : (row + 1) * high, column * wide : (column + 1) * wide] = values
    return tuple(planes), first, sizes


def _turn(mosaic: Mosaic) -> Turn:
    """All turns and mirrorings in one."""
    from overt.media.av.video import Turn  # noqa: PLC0415  # an extra

    pattern = np.arange(6).reshape(2, 3)
    wanted = pattern
    for kind, value in mosaic.turns:
        wanted = np.rot90(wanted, value) if kind == "irot" else wanted[::-1] if value == 0 else wanted[:, ::-1]
    straight = [Turn(a, 0, 0, d) for a in (1, -1) for d in (1, -1)]
    sideways = [Turn(0, b, c, 0) for b in (1, -1) for c in (1, -1)]
    return next(turn for turn in straight + sideways if np.array_equal(turn.upright(pattern), wanted))
