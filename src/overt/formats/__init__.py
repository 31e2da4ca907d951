"""Byte-level containers: where texts that describe a file sit, and how to put one there.

Everything here is pure: a `Buffer` in, a `Survey` or a `Splice` out. Nothing here knows of laws or labels.
To add a format: one module with a `CONTAINER` (a family of formats: `CONTAINERS`), one name in `MODULES`
(see CONTRIBUTING.md).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import PurePath
from types import ModuleType

from overt.errors import UnsupportedError
from overt.formats.container import Container, Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.language import Text

__all__ = [
    "HEAD",
    "Buffer",
    "Container",
    "Fault",
    "Field",
    "Note",
    "Splice",
    "Superseded",
    "Survey",
    "containers",
    "identify",
    "meant_by",
    "named",
]

MODULES = (
    "jpeg",
    "png",
    "webp",
    "gif",
    "tiff",
    "svg",
    "wav",
    "mp3",
    "flac",
    "ogg",
    "aiff",
    "aac",
    "mp4",
    "matroska",
    "flv",
    "avi",
    "heif",
    "jxl",
    "pdf",
    "ooxml",
    "odf",
    "epub",
    "glb",
    "gltf",
    "usda",
    "usdc",
    "usdz",
    "html",
    "markdown",
    "text",
)

HEAD = 4096
"""Bytes that `Container.sniff` is shown."""

_CERTAIN = 100
"""A `sniff` of this much leaves no room for another format: the rest, slower to recognise, need not be asked."""
_SURE = 50
"""A `sniff` below is a guess from what the bytes look like, not a magic number."""

_EMPTY_ID3 = b"ID3\x04" + bytes(6)
"""An ID3v2.4 tag without a frame, in place of a long one: what is behind tags tells MP3, FLAC and AAC apart."""

_GUESSED = ("text", "markdown", "html")
"""Formats without a magic number."""


@cache
def containers() -> tuple[Container, ...]:
    """Every container format, in the order of `MODULES`."""
    modules = (import_module(f"{__name__}.{name}") for name in MODULES)
    return tuple(chain.from_iterable(_containers_of(module) for module in modules))


def _containers_of(module: ModuleType) -> tuple[Container, ...]:
    family: tuple[Container, ...] | None = getattr(module, "CONTAINERS", None)
    return family if family is not None else (module.CONTAINER,)


def named(name: str) -> Container:
    """The container of this short name. Raises `UnsupportedError`."""
    for container in containers():
        if container.name == name:
            return container
    raise UnsupportedError(f"there is no container format {name!r}", f"没有名为 {name!r} 的容器格式")


def meant_by(file_name: str) -> Container | None:
    """The format with a magic number that a file name's ending stands for."""
    suffix = PurePath(file_name).suffix.lower()
    return next((each for each in containers() if suffix in each.suffixes and each.name not in _GUESSED), None)


def _head(data: Buffer) -> bytes:
    """What a `sniff` is shown: the first bytes; behind an ID3 tag longer than that, the first behind it."""
    head = bytes(data[:HEAD])
    if not head.startswith(b"ID3"):
        return head
    from overt.formats import id3  # noqa: PLC0415  # only needed for files that begin with one

    start = id3.extent(data, 0)
    if start is None or start + 4 <= HEAD:
        return head
    return _EMPTY_ID3 + bytes(data[start : start + HEAD])


def identify(data: Buffer, file_name: str = "") -> Container:
    """The format that the bytes show. The file name only decides between text formats, which look alike.

    Raises `UnsupportedError` where no format that Overt handles fits: the message names the format, if known.
    """
    head = _head(data)
    if not head:
        raise UnsupportedError("the file is empty", "文件为空")
    suffix = PurePath(file_name).suffix.lower()

    sure, best = -1, containers()[0]
    for container in containers():
        score = container.sniff(head)
        if score >= _CERTAIN:
            return container
        if (score, suffix in container.suffixes, container.name) > (sure, suffix in best.suffixes, best.name):
            sure, best = score, container
    if sure >= _SURE:
        return best
    from overt.formats.others import by_name, recognise  # noqa: PLC0415  # only needed on the way out
    from overt.formats.text import not_text  # noqa: PLC0415

    # Asked before a guess is taken: an SVG is text, too, and handled as one it would seem to be without marks.
    known = recognise(head) or by_name(suffix)
    if known is not None:
        hint = Text(zh="按上面所说处理后再试。", en="Do as it says above, then try again.")
        raise UnsupportedError(known.advice.en, known.advice.zh, hint=hint)
    # A few bytes of a picture may look like text. A name that speaks against the guess undoes it.
    meant = meant_by(file_name)
    if sure > 0 and meant in (None, best):
        return best
    if suffix in named("text").suffixes + named("markdown").suffixes:
        raise not_text("perhaps another encoding", "可能是其他编码")
    raise UnsupportedError(
        "the file's format is not known to Overt" if meant is None else f"the bytes are not those of a {suffix} file",
        "无法识别的文件格式" if meant is None else f"文件内容不是 {suffix} 格式",
    )
