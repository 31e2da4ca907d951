"""One small real file of each format that Overt marks, made from the media beside the checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import docx
import numpy as np
import pikepdf
import pillow_heif
import pylibjxl
from PIL import Image

import office
import scenes
from overt.formats import containers

SUFFIXES = (
    "aac",
    "aiff",
    "m4a",
    "ogg",
    "opus",
    "jpg",
    "png",
    "webp",
    "gif",
    "tif",
    "svg",
    "wav",
    "mp3",
    "flac",
    "mp4",
    "txt",
    "md",
    "html",
    "pdf",
    "docx",
    "avif",
    "jxl",
    "heic",
    "m4v",
    "mkv",
    "webm",
    "flv",
    "avi",
    "glb",
    "gltf",
    "xlsx",
    "pptx",
    "odt",
    "ods",
    "odp",
    "epub",
)
TECHNIQUES = {
    **dict.fromkeys(office.MAKERS, "passage_generation"),
    "glb": "three_d_reconstruction", "gltf": "digital_simulation",
    "m4v": "video_generation", "mkv": "video_editing", "webm": "video_generation",
    "flv": "face_replacement", "avi": "pose_manipulation",
    "avif": "image_generation", "jxl": "image_restoration", "heic": "person_attribute_editing",
    "gif": "face_manipulation", "tif": "image_generation", "svg": "image_generation",
    "aac": "text_to_speech", "aiff": "scene_sound_editing", "m4a": "voice_editing", "ogg": "music_generation",
    "opus": "voice_conversion",
    "jpg": "image_generation", "png": "face_replacement", "webp": "image_enhancement",
    "wav": "text_to_speech", "mp3": "voice_conversion", "flac": "music_generation", "mp4": "video_generation",
    "txt": "passage_generation", "md": "question_answering", "html": "text_style_conversion",
    "pdf": "passage_generation", "docx": "passage_generation",
}  # fmt: skip
BINARY = tuple(suffix for suffix in SUFFIXES if suffix not in ("txt", "md", "html"))


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def _picture(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.resize((384, 256)).save(target)


def _heic(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        pillow_heif.from_pillow(picture.resize((384, 256))).save(target)


def _jxl(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        target.write_bytes(pylibjxl.encode(np.asarray(picture.resize((384, 256)))))


def _moving(media: Path, target: Path) -> None:
    with Image.open(media / "images" / "kodim23.png") as picture:
        views = [picture.resize((384, 256)).crop((n, 0, 240 + n, 240)) for n in (0, 40, 80)]
    views[0].save(target, save_all=True, append_images=views[1:], duration=[60, 120, 240], loop=0)


def _drawing(_: Path, target: Path) -> None:
    target.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200">\n'
        '<title>A hill</title>\n<path d="M0 200L120 60 320 200z" fill="#476"/>\n</svg>\n',
        encoding="utf-8",
    )


def _sound(media: Path, target: Path) -> None:
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "3", "-ar", "22050", "-ac", "1", target)


def _voice(media: Path, target: Path) -> None:
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "3", "-ac", "1", "-b:a", "32k", target)


def _film(media: Path, target: Path) -> None:
    ffmpeg(
        "-i", media / "video" / "mdn_friday.mp4", "-t", "2.5", "-vf", "scale=320:240", "-c:v", "libx264",
        "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "48k", target,
    )  # fmt: skip


def _webm(media: Path, target: Path) -> None:
    ffmpeg(
        "-i", media / "video" / "mdn_friday.mp4", "-t", "2.5", "-vf", "scale=256:192", "-c:v", "libvpx",
        "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k", "-c:a", "libopus", "-b:a", "48k", target,
    )  # fmt: skip


def _avi(media: Path, target: Path) -> None:
    ffmpeg(
        "-i", media / "video" / "mdn_friday.mp4", "-t", "2.5", "-vf", "scale=256:192", "-c:v", "mjpeg", "-q:v", "3",
        "-c:a", "pcm_s16le", "-ar", "16000", target,
    )  # fmt: skip


def _text(_: Path, target: Path) -> None:
    target.write_text("海上升明月，天涯共此时。\n情人怨遥夜，竟夕起相思。\n" * 3, encoding="utf-8")


def _markdown(_: Path, target: Path) -> None:
    target.write_text("# A title\n\nSome *words*, and 一些文字。\n", encoding="utf-8")


def _html(_: Path, target: Path) -> None:
    target.write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>T</title></head>\n'
        "<body><p>Some words.</p></body></html>\n",
        encoding="utf-8",
    )


def _pdf(_: Path, target: Path) -> None:
    with pikepdf.new() as pdf:
        for _page in range(2):
            page = pdf.add_blank_page(page_size=(595, 842))
            page.contents_add(pdf.make_stream(b"BT /F1 18 Tf 72 770 Td (Hello) Tj ET"))
            page.add_resource(
                pdf.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
                    )
                ),
                pikepdf.Name.Font,
                pikepdf.Name.F1,
            )
        pdf.save(target)


def _docx(_: Path, target: Path) -> None:
    document = docx.Document()
    document.add_heading("标题 Title", 1)
    document.add_paragraph("一段文字。Some words.")
    document.save(str(target))


def _glb(_: Path, target: Path) -> None:
    target.write_bytes(scenes.glb(scenes.document()))


def _gltf(_: Path, target: Path) -> None:
    target.write_bytes(scenes.gltf())


def _office(maker: Callable[[], bytes]) -> Callable[[Path, Path], None]:
    return lambda _, target: target.write_bytes(maker()) and None


MAKERS: dict[str, Callable[[Path, Path], None]] = {
    **{suffix: _office(maker) for suffix, maker in office.MAKERS.items()},
    "glb": _glb, "gltf": _gltf,
    "m4v": _film, "mkv": _film, "webm": _webm, "flv": _film, "avi": _avi,
    "avif": _picture, "jxl": _jxl, "heic": _heic,
    "gif": _moving, "tif": _picture, "svg": _drawing,
    "aac": _sound, "aiff": _sound, "m4a": _sound, "ogg": _sound, "opus": _voice,
    "jpg": _picture, "png": _picture, "webp": _picture, "wav": _sound, "mp3": _sound, "flac": _sound, "mp4": _film,
    "txt": _text, "md": _markdown, "html": _html, "pdf": _pdf, "docx": _docx,
}  # fmt: skip


def make(suffix: str, media: Path, folder: Path) -> Path:
    """A fresh sample of this kind."""
    target = folder / f"sample.{suffix}"
    MAKERS[suffix](media, target)
    return target


def container_of(suffix: str) -> str:
    """The name of the container format that this file-name ending stands for."""
    return next(container.name for container in containers() if f".{suffix}" in container.suffixes)
