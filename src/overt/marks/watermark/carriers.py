"""Which module puts the watermark on which container formats, and reads it there. One module for each family.

Refused, with the reason: text and documents, for which nobody has a mark that outlives copying (pictures in documents
are not marked either), drawings made of lines, and virtual scenes.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from overt.errors import UnsupportedError
from overt.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Readout, WatermarkReport


class Carrier(Protocol):
    """Watermarks for one family of formats: a module with these two functions."""

    @staticmethod
    def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:
        """Write `target`, which is `source` with the id of `content_id`, all other things in it kept.

        Small pictures and short sound get the id of 40 bits. Raises `MediaError` where the file cannot carry one,
        `ReadBackError` (and leaves no file) where the id cannot be read from what was written.
        """

    @staticmethod
    def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:
        """The ids under these keys, and whether there is a mark; without keys, whether there is a public one.

        Raises `MediaError` where it could not tell.
        """


MODULES: Final = {
    "picture.files": ("jpeg", "png", "webp", "avif", "jxl"),
    "picture.gif": ("gif",),
    "picture.tiff": ("tiff",),
    "picture.heic": ("heic", "heif"),
    "sound.files": ("wav", "aiff", "mp3", "flac", "aac", "m4a", "ogg", "opus"),
    "film.files": ("mp4", "mkv", "webm", "flv", "avi"),
}
"""Which module carries watermarks in which container formats: only that one is loaded."""
CARRIED: Final = {"image": "pixels", "audio": "sound", "video": "film"}
"""What a watermark lies in, for readings."""

_NO_TEXT = Text(
    zh="目前没有可靠的文本水印：复制、改写即会丢失；请依靠显式标识、元数据标识和指纹。",
    en="No watermark for text outlives copying and rewording: rely on label, metadata and fingerprints.",
)
_NO_PIXELS = Text(
    zh="只有图片、音频和视频能携带水印；如需水印，请先导出为图片或视频再标识。",
    en="Pictures, sound and film carry watermarks: export it as one of these first, and mark that.",
)
_HINTS: Final = {
    **dict.fromkeys(("text", "markdown", "html", "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"), _NO_TEXT),
    **dict.fromkeys(("svg", "svgz", "glb", "gltf", "usda", "usdc", "usdz"), _NO_PIXELS),
}


def carries(container: str) -> bool:
    """Whether files of this format can carry a watermark at all."""
    return any(container in served for served in MODULES.values())


@cache
def carrier(container: str) -> Carrier:
    """The carrier for a container format. Raises `UnsupportedError` with the reason."""
    for module, served in MODULES.items():
        if container in served:
            return cast("Carrier", import_module(f"{__package__}.{module}"))
    raise UnsupportedError(
        f"{container.upper()} files carry no watermark",
        f"{container.upper()} 文件无法携带水印",
        hint=_HINTS.get(container, _NO_PIXELS),
    )
