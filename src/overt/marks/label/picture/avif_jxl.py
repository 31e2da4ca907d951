"""AVIF and JPEG XL as pixels: what is checked before they are drawn on, and how they are encoded again.

Sources: AV1 Image File Format 1.1 through Pillow (libavif); ISO/IEC 18181 through pylibjxl (libjxl), which is the
extra `pictures` and is loaded with the first JPEG XL picture.
A new AVIF has the quality and the sampling of the old one. A new JPEG XL is lossless, whatever the old one was:
outside the label its samples are those that the old one decodes to, at the price of a larger file.

Refused are pictures that would lose something by it: more than 8 bits, further channels or gain maps, colours that
the decoder does not pass on, cropped pictures, and animated JPEG XL.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from overt.errors import SetupError, UnsupportedError
from overt.formats import av1, heif_pictures, jxl, jxl_header
from overt.language import Text

_JXL = "JXL"  # Pillow's name.
_SPEED = 6  # Of libavif, 0 (thorough) to 10: its own choice for pictures.
_EFFORT = 3  # Of libjxl, 1 to 10: a tenth of the time of its own choice, for a file that is 7 % larger.
_AVIF_QUALITY = 90  # Where the old picture does not tell its own.
_QUANTISERS = ((0, 32, 76, 120, 148, 172, 216, 255), (100, 90, 75, 60, 50, 40, 20, 0))
"""AV1's quantiser index, and the quality with which libavif 1.4 writes it (measured; straight lines between)."""
_FINER, _FINE = 15, 90


def avif_settings(image: Image.Image, data: bytes) -> dict[str, Any]:
    """How to encode an AVIF as it was. Raises `UnsupportedError` where that cannot be done."""
    shape = heif_pictures.shape(data)
    if shape.bits > 8:
        raise _unfit(f"{shape.bits} bits per sample", f"每个样本 {shape.bits} 位")
    if shape.cropped:
        raise _unfit("a crop that viewers apply", "由查看器裁剪的区域")
    if shape.further is not None:
        raise _unfit(f"further pictures ({shape.further})", f"附加图像（{shape.further}）")
    quantiser = av1.quantiser(heif_pictures.coded(data, av1.HEAD))
    return {
        "quality": _AVIF_QUALITY if quantiser is None else math.ceil(np.interp(quantiser, *_QUANTISERS)),
        "subsampling": shape.sampling,
        "speed": _SPEED,
        "icc_profile": image.info.get("icc_profile"),
    }


def finer_avif(settings: dict[str, Any]) -> bool:
    """Ask for a higher quality; False where it is high already."""
    if settings["quality"] >= _FINE:
        return False
    settings["quality"] = min(_FINE, settings["quality"] + _FINER)
    return True


def jxl_settings(image: Image.Image, data: bytes) -> dict[str, Any]:
    """The colour profile to encode a JPEG XL with. Raises `UnsupportedError` where it would lose something."""
    header = jxl_header.read(data)
    if header.bits > 8 or header.floating:
        raise _unfit(f"{header.bits} bits per sample", f"每个样本 {header.bits} 位")
    if header.animated:
        raise _unfit("several frames", "多帧动画")
    if header.further:
        raise _unfit("further channels", "附加通道")
    # Of colours that libjxl codes in its own way, only sRGB comes out as the file describes it.
    if not header.srgb and (header.xyb or not header.icc):
        raise _unfit("colours other than sRGB", "sRGB 以外的颜色空间")
    image.load()  # The profile is known only then.
    return {"icc": image.info.get("icc_profile")}


def _unfit(en: str, zh: str) -> UnsupportedError:
    return UnsupportedError(
        f"a picture with {en} cannot be labelled without loss in this format",
        f"此格式含{zh}的图片无法无损地添加显式标识",
        hint=Text(
            zh="请先转换为 PNG（或 JPEG、WebP）再标识；或使用 --only metadata 仅添加元数据标识。",
            en="Convert it to PNG (or JPEG, WebP) and mark that, or put on the metadata label alone: --only metadata.",
        ),
    )


def need_jxl() -> None:
    """Let Pillow decode JPEG XL. Raises `SetupError` where the extra is missing."""
    if _JXL in Image.OPEN:
        return
    if find_spec("pylibjxl") is None:
        raise SetupError(
            "JPEG XL pictures need pylibjxl, which is not installed",
            "处理 JPEG XL 图片需要 pylibjxl，但尚未安装",
            hint=Text(zh='运行 pip install "overt[pictures]"。', en='Run `pip install "overt[pictures]"`.'),
        )
    from pylibjxl.pillow_plugin import JxlImageFile  # noqa: PLC0415  # an extra

    class Upright(JxlImageFile):
        """A picture as the codestream says that it is to be turned; what Exif says of that does not count."""

        def _open(self) -> None:
            try:
                super()._open()
            except RuntimeError as error:
                raise SyntaxError(str(error)) from error  # Pillow's word for "not of this format".

        def load(self) -> Any:
            loaded = super().load()  # type: ignore[no-untyped-call]
            self.info.pop("exif", None)
            return loaded

    Image.init()
    # Without the third, Pillow would show this library every file that nobody else takes.
    Image.register_open(_JXL, Upright, _is_jxl)


def _is_jxl(head: bytes) -> bool:
    return jxl.CONTAINER.sniff(head) > 0


def encode_jxl(frame: Image.Image, icc: bytes | None) -> bytes:
    """A codestream without loss."""
    import pylibjxl  # noqa: PLC0415  # an extra

    if frame.mode == "LA":  # The library writes no grey with transparency.
        frame = frame.convert("RGBA")
    samples = np.ascontiguousarray(np.atleast_3d(np.asarray(frame)))
    encoded: bytes = pylibjxl.encode(samples, effort=_EFFORT, lossless=True, icc=icc)
    return encoded


def transplant_jxl(original: bytes, encoded: bytes) -> bytes:
    """The metadata of `original` around the picture of `encoded`; those that Brotli compresses are unpacked."""
    unpacked: dict[bytes, bytes] = {}
    if jxl.CONTAINER.survey(original).faults:
        import pylibjxl  # noqa: PLC0415  # an extra

        _, found = pylibjxl.decode(original, metadata=True)
        # An Exif box begins with the offset of its data, which the library leaves out.
        unpacked = {b"xml ": found.get("xmp", b""), b"Exif": bytes(4) + found.get("exif", b"")}
        missing = [kind for kind, key in ((b"xml ", "xmp"), (b"Exif", "exif")) if key not in found]
        unpacked = {kind: body for kind, body in unpacked.items() if kind not in missing}
    return jxl.transplant(original, encoded, unpacked)
