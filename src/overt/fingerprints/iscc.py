"""International Standard Content Codes: short codes of a content that other systems compute and compare, too.

Source: ISO 24138:2024 through `iscc-lib` (Apache-2.0, no dependencies), checked against the vectors of the reference
software; the picture is prepared as the reference software (iscc-sdk) does it.

| unit | from | here |
|---|---|---|
| Meta | title and description | yes |
| Content, text | the words | yes |
| Content, image | 32 x 32 grey pixels | yes |
| Content, audio | Chromaprint vectors | no: they need a program of their own |
| Content, video | MPEG-7 signatures | no: they need a decoder that makes them |
| Data, Instance | the bytes | yes |

Units are similar where contents are, by their Hamming distance. They carry no error rate: Overt's own fingerprints
find copies, the code is what records are exchanged by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import iscc_lib
import numpy as np
from PIL import Image, ImageChops

from overt.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Main = Literal["meta", "semantic", "content", "data", "instance", "code", "id"]
_MAIN: Final[tuple[Main, ...]] = ("meta", "semantic", "content", "data", "instance", "code", "id")
"""The main types, by their number in a code's header; "code" is the whole, that of several units."""
_SIDE = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a code: what it is of, and its bits."""

    main: Main
    subtype: int
    digest: bytes

    def distance(self, other: Unit) -> int | None:
        """How many bits differ, over the shorter of the two. None for units of different kinds.

        Instance-Codes are equal or not: the number of bits in which they differ says nothing.
        """
        if (self.main, self.subtype) != (other.main, other.subtype):
            return None
        return sum((one ^ another).bit_count() for one, another in zip(self.digest, other.digest, strict=False))


def meta(title: str, description: str = "") -> str:
    """The Meta-Code of a title, which must not be empty."""
    if not title.strip():
        raise UsageError("a Meta-Code needs a title", "元数据码需要标题")
    return str(iscc_lib.gen_meta_code_v0(title, description or None)["iscc"])


def text(words: str) -> str:
    """The Text-Code."""
    return str(iscc_lib.gen_text_code_v0(words)["iscc"])


def image(picture: NDArray[np.uint8]) -> str:
    """The Image-Code of a picture, h x w x 3 RGB or h x w, upright, on white."""
    return str(iscc_lib.gen_image_code_v0(prepared(picture).tobytes())["iscc"])


def prepared(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The 32 x 32 grey pixels that an Image-Code is made of: without a border of one colour, by bicubic sampling."""
    whole = Image.fromarray(picture)
    corner = Image.new(whole.mode, whole.size, whole.getpixel((0, 0)))
    apart = ImageChops.difference(whole, corner)
    inside = ImageChops.add(apart, apart).getbbox()
    if inside:
        whole = whole.crop(inside)
    return np.asarray(whole.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def data(pieces: Iterable[bytes]) -> tuple[str, str]:
    """The Data-Code and the Instance-Code of a file, read piece by piece."""
    similar, exact = iscc_lib.DataHasher(), iscc_lib.InstanceHasher()
    for piece in pieces:
        similar.update(piece)
        exact.update(piece)
    return str(similar.finalize()["iscc"]), str(exact.finalize()["iscc"])


def code(units: Sequence[str]) -> str:
    """The ISCC-CODE of several units; a Data-Code and an Instance-Code are among them."""
    try:
        return str(iscc_lib.gen_iscc_code_v0(list(units))["iscc"])
    except ValueError as error:
        raise UsageError(f"these units make no ISCC: {error}", f"这些单元无法组成 ISCC：{error}") from error


def units(spelled: str) -> tuple[Unit, ...]:
    """The units in a code. Raises `UsageError` for what is no ISCC."""
    return tuple(_units(spelled))


def _units(spelled: str) -> Iterator[Unit]:
    try:
        for unit in iscc_lib.iscc_decompose(spelled):
            main, subtype, _, _, digest = iscc_lib.iscc_decode(unit)
            yield Unit(_MAIN[int(main)], int(subtype), bytes(digest))
    except (ValueError, IndexError) as error:
        raise UsageError(f"{spelled[:80]!r} is no ISCC", f"{spelled[:80]!r} 不是有效的 ISCC") from error
