"""The application that synthesises, as the demonstration plays it: twelve contents without a single mark.

Each is real synthesis of a technique that the Deep Synthesis Provisions name (art. 23): two face replacements,
a picture, two voices, a melody, a film and a passage in five formats.
The same installation makes the same contents each time; nothing is fetched.
"""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.demo import documents, faces, film, landscape, passage, sound
from overt.demo.packaged import COLLINS, HOPPER, packaged
from overt.language import Text
from overt.media.av import writer

Kind = Literal["image", "audio", "video", "text", "document"]

MANDARIN = "您好，我是合成的声音。这段话由机器朗读，没有真人说过。"
ENGLISH = "Hello, I am a synthetic voice. No person has ever said these words."
FILM_WORDS = "请看这张脸。它正在变成另一个人。"
FILM_TAIL_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class Product:
    """One synthetic content as its generator left it."""

    path: Path
    kind: Kind
    technique: str
    title: Text
    how: Text
    sources: tuple[Path, ...] = ()


Tell = Callable[[Text], None]


def generate(folder: Path, tell: Tell = lambda _: None) -> tuple[Product, ...]:
    """All contents of the demonstration, written into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    products: list[Product] = []
    for step in (_faces, _landscape, _voices, _melody, _film, _passages):
        for product in step(folder):
            tell(product.title)
            products.append(product)
    return tuple(products)


def _faces(folder: Path) -> list[Product]:
    collins, hopper = faces.load(packaged(COLLINS)), faces.load(packaged(HOPPER))
    first, second = folder / "face-in-uniform.jpg", folder / "face-in-spacesuit.png"
    _save(faces.replace_face(hopper, collins, faces.UNDER_A_CAP), first, quality=93)
    _save(faces.replace_face(collins, hopper, faces.UNDER_A_FRINGE), second)
    how = Text(
        zh="用 OpenCV 定位双眼、对齐、调色并做泊松融合。",
        en="Eyes found by OpenCV, faces aligned, colours matched, edges settled by Poisson cloning.",
    )
    return [
        Product(
            first,
            "image",
            "face_replacement",
            Text(zh="人脸替换：柯林斯的脸，霍珀的肖像", en="Face replacement: Collins’s face, Hopper’s portrait"),
            how,
            (packaged(HOPPER), packaged(COLLINS)),
        ),
        Product(
            second,
            "image",
            "face_replacement",
            Text(zh="人脸替换：霍珀的脸，柯林斯的肖像", en="Face replacement: Hopper’s face, Collins’s portrait"),
            how,
            (packaged(COLLINS), packaged(HOPPER)),
        ),
    ]


def _landscape(folder: Path) -> list[Product]:
    target = folder / "mountains.webp"
    landscape.paint().save(target, quality=90, method=4)
    return [
        Product(
            target,
            "image",
            "image_generation",
            Text(zh="图像生成：雾中群山", en="Image generation: mountains in mist"),
            Text(zh="由分形噪声逐层绘成，不是任何真实的地方。", en="Painted in layers of noise; no such place exists."),
        )
    ]


def _voices(folder: Path) -> list[Product]:
    mandarin = sound.speech(MANDARIN, "cmn", folder / "voice-mandarin.wav")
    spoken = sound.speech(ENGLISH, "en", folder / "voice-english.raw.wav")
    english = folder / "voice-english.mp3"
    samples, rate = _samples(spoken)
    spoken.unlink()
    writer.write_sound(samples, rate, english)
    return [
        Product(
            mandarin,
            "audio",
            "text_to_speech",
            Text(zh="语音合成：普通话", en="Text to speech: Mandarin"),
            Text(zh=f"由 espeak-ng 朗读：“{MANDARIN}”", en=f"Spoken by espeak-ng: “{MANDARIN}”"),
        ),
        Product(
            english,
            "audio",
            "text_to_speech",
            Text(zh="语音合成：英语", en="Text to speech: English"),
            Text(zh=f"由 espeak-ng 朗读：“{ENGLISH}”", en=f"Spoken by espeak-ng: “{ENGLISH}”"),
        ),
    ]


def _melody(folder: Path) -> list[Product]:
    target = folder / "strings.flac"
    writer.write_sound(sound.melody(), sound.STRING_RATE, target)
    return [
        Product(
            target,
            "audio",
            "music_generation",
            Text(zh="音乐生成：五声拨弦", en="Music generation: plucked strings"),
            Text(
                zh="在五声音阶上随机行走，弦由卡普勒斯–斯特朗算法模拟。",
                en="A random walk over a pentatonic scale, on strings after Karplus and Strong.",
            ),
        )
    ]


def _film(folder: Path) -> list[Product]:
    collins, hopper = faces.load(packaged(COLLINS)), faces.load(packaged(HOPPER))
    swapped = faces.replace_face(hopper, collins, faces.UNDER_A_CAP)
    spoken = sound.speech(FILM_WORDS, "cmn", folder / "film.raw.wav")
    samples, rate = _samples(spoken)
    spoken.unlink()
    seconds = len(samples) / rate + FILM_TAIL_SECONDS
    target = folder / "film.mp4"
    writer.write_film(film.frames(hopper, swapped, seconds), film.FRAMES_PER_SECOND, samples, rate, target)
    return [
        Product(
            target,
            "video",
            "video_generation",
            Text(zh="视频生成：换脸短片，配合成语音", en="Video generation: a changing face with a synthetic voice"),
            Text(
                zh=f"霍珀的肖像渐变为换脸结果，配音：“{FILM_WORDS}”",
                en=f"Hopper’s portrait turns into the replaced face; the voice says: “{FILM_WORDS}”",
            ),
            (packaged(HOPPER), packaged(COLLINS)),
        )
    ]


def _passages(folder: Path) -> list[Product]:
    article = passage.write()
    how = Text(zh="由固定种子的上下文无关文法写成。", en="Written by a context-free grammar with a fixed seed.")
    texts = {"txt": passage.as_text, "md": passage.as_markdown, "html": passage.as_html}
    products = []
    for ending, form in texts.items():
        target = folder / f"passage.{ending}"
        target.write_text(form(article), encoding="utf-8")
        products.append(Product(target, "text", "passage_generation", _PASSAGE_TITLES[ending], how))
    for write, ending in ((documents.write_pdf, "pdf"), (documents.write_docx, "docx")):
        target = write(article, folder / f"passage.{ending}")
        products.append(Product(target, "document", "passage_generation", _PASSAGE_TITLES[ending], how))
    return products


_PASSAGE_TITLES = {
    "txt": Text(zh="篇章生成：纯文本", en="Passage generation: plain text"),
    "md": Text(zh="篇章生成：Markdown", en="Passage generation: Markdown"),
    "html": Text(zh="篇章生成：网页", en="Passage generation: HTML page"),
    "pdf": Text(zh="篇章生成：PDF 文档", en="Passage generation: PDF document"),
    "docx": Text(zh="篇章生成：Word 文档", en="Passage generation: Word document"),
}


def _save(picture: faces.Picture, target: Path, quality: int | None = None) -> None:
    options = {} if quality is None else {"quality": quality}
    Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).save(target, None, **options)


def _samples(path: Path) -> tuple[NDArray[np.int16], int]:
    """The samples of a 16-bit mono WAV file and their rate."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()
