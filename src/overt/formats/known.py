"""What is said of formats that Overt knows and does not handle: why, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from overt.language import Text


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format that Overt recognises and does not handle."""

    name: str
    """Short lower-case name: "psd"."""
    media_type: str
    title: Text
    """The name that people know it by."""
    advice: Text
    """Why it is not handled, and the way out."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What formats of one kind have in common."""

    why: Text
    way_out: Text


# Said of everything that could be converted: who inspects must not do it.
_NOT_TO_INSPECT: Final = Text(
    zh="转换可能丢失原有标识，请勿以转换后的文件来判断原文件。",
    en="Marks may be lost on the way, so do not judge a file by a converted copy.",
)
_NOT_YET: Final = Text(zh="Overt 尚不能读取或标识此格式。", en="Overt neither reads nor marks this format yet.")
_NO_PLACE: Final = Text(zh="此格式没有存放元数据标识的位置。", en="The format has no place for a metadata label.")


def _conversion(why: Text, zh: str, en: str) -> Kind:
    return Kind(why, Text(f"{zh}{_NOT_TO_INSPECT.zh}", f"{en} {_NOT_TO_INSPECT.en}"))


PICTURE: Final = _conversion(
    _NOT_YET, "如需标识自有内容，请先转换为 PNG。", "To mark a picture of your own, convert it to PNG first."
)
PICTURE_WITHOUT_PLACE: Final = _conversion(
    _NO_PLACE, "如需标识自有内容，请先转换为 PNG。", "To mark a picture of your own, convert it to PNG first."
)
SOUND: Final = _conversion(
    _NOT_YET,
    "如需标识自有内容，请先转换为 FLAC、WAV 或 MP3。",
    "To mark a sound of your own, convert it to FLAC, WAV or MP3 first.",
)
SOUND_WITHOUT_PLACE: Final = _conversion(
    _NO_PLACE,
    "如需标识自有内容，请先转换为 FLAC、WAV 或 MP3。",
    "To mark a sound of your own, convert it to FLAC, WAV or MP3 first.",
)
FILM: Final = _conversion(
    _NOT_YET,
    "如需标识自有内容，请先转换为 MP4，例如 ffmpeg -i 文件 输出.mp4。",
    "To mark a film of your own, convert it to MP4 first, for instance by `ffmpeg -i FILE OUT.mp4`.",
)
DOCUMENT: Final = _conversion(
    _NOT_YET,
    "如需标识自有内容，请先另存为 DOCX 或 PDF。",
    "To mark a document of your own, save it as DOCX or PDF first.",
)
BOOK: Final = _conversion(
    _NOT_YET, "如需标识自有内容，请先导出为 PDF。", "To mark a document of your own, export it as PDF first."
)
SCENE: Final = _conversion(
    _NOT_YET,
    "如需标识自有内容，请先转换为 GLB。",
    "To mark a scene of your own, convert it to GLB first.",
)
SCENE_WITHOUT_PLACE: Final = _conversion(
    _NO_PLACE, "如需标识自有内容，请先转换为 GLB。", "To mark a scene of your own, convert it to GLB first."
)
ARCHIVE: Final = Kind(
    Text(zh="这是文件包，标识在其中的各个文件里。", en="It is a package; marks are in the files that it holds."),
    Text(zh="请解包后逐个处理其中的文件。", en="Unpack it and handle each file by itself."),
)
NO_MEDIUM: Final = Kind(
    Text(zh="这不是图片、声音、视频、文本或文档。", en="It is no picture, sound, film, text or document."),
    Text(zh="请核对是否选错了文件。", en="Check whether it is the file that you meant."),
)


def known(name: str, media_type: str, zh: str, en: str, kind: Kind) -> KnownFormat:
    """A format of a kind; `en` comes with its article."""
    advice = Text(
        zh=f"这是{' ' if zh[0].isascii() else ''}{zh}（{media_type}）。{kind.why.zh}{kind.way_out.zh}",
        en=f"This is {en} ({media_type}). {kind.why.en} {kind.way_out.en}",
    )
    return KnownFormat(name, media_type, Text(zh, en), advice)
