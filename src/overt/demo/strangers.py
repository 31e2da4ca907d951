"""The people who pass files on, as the demonstration plays them.

A stranger saves a picture again in a program that knows nothing of labels, cuts the label off one, crops one, tampers
with a number, or sends half a file; and sends photos that are genuine.
Each act is done to a file of the demonstration and to nothing else: Overt offers no way to take marks off a file
(Deep Synthesis Provisions art. 18, Labeling Measures art. 10).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from noto_cjk_sans_otc import FONT_PATH
from PIL import Image, ImageDraw, ImageFont

from overt.demo.documents import SIMPLIFIED_CHINESE
from overt.demo.packaged import CHELSEA, ROCKET, packaged
from overt.errors import InternalError
from overt.language import Text


@dataclass(frozen=True, slots=True)
class Variant:
    """A file as a stranger hands it in.

    `expected` is the verdict that the demonstration promises, `contradictions` the names of those it promises, `marks`
    the kinds of marks that it promises to find.
    """

    path: Path
    title: Text
    done: Text
    expected: str
    contradictions: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()


def pass_on(
    released: Mapping[str, Path],
    content_ids: Mapping[str, str],
    folder: Path,
    tell: Callable[[Text], None] = lambda _: None,
) -> tuple[Variant, ...]:
    """What strangers make of the released files, which are known by the names their generator gave them."""
    folder.mkdir(parents=True, exist_ok=True)
    variants = []
    for variant in _acts(released, content_ids, folder):
        tell(variant.title)
        variants.append(variant)
    return tuple(variants)


def _acts(released: Mapping[str, Path], content_ids: Mapping[str, str], folder: Path) -> Iterator[Variant]:
    yield _saved_again(released["face-in-uniform.jpg"], folder / "saved-again.jpg")
    yield _stripped(released["face-in-uniform.jpg"], folder / "nothing-left.jpg")
    yield _edited(released["face-in-uniform.jpg"], folder / "edited.jpg")
    yield _tampered(released["mountains.webp"], content_ids["mountains.webp"], folder / "tampered.webp")
    yield _copied_out(released["passage.txt"], folder / "copied-out.txt")
    yield _cut_short(released["passage.docx"], folder / "half-a-download.docx")
    yield _genuine(
        ROCKET,
        folder / "genuine-launch.jpg",
        Text(zh="真实照片：火箭发射（SpaceX，CC0）", en="A genuine photo: a launch (SpaceX, CC0)"),
    )
    yield _genuine(
        CHELSEA,
        folder / "genuine-cat.png",
        Text(zh="真实照片：猫（S. van der Walt，CC0）", en="A genuine photo: a cat (S. van der Walt, CC0)"),
    )


def _saved_again(source: Path, target: Path) -> Variant:
    """Opening and saving with Pillow keeps the pixels and forgets the metadata."""
    with Image.open(source) as picture:
        picture.convert("RGB").save(target, quality=85)
    return Variant(
        target,
        Text(zh="另存的换脸图", en="The replaced face, saved again"),
        Text(
            zh="用图片软件打开再另存，元数据丢失。", en="Opened and saved in a picture program; the metadata are lost."
        ),
        "confirmed",
        marks=frozenset({"watermark", "label"}),
    )


def _stripped(source: Path, target: Path) -> Variant:
    """Without metadata, smaller, coarser, and so cropped that the visible label is gone: the watermark is not."""
    with Image.open(source) as picture:
        width, height = picture.size
        kept = picture.convert("RGB").crop((0, round(height * 0.12), width, round(height * 0.86)))
    kept.resize((round(kept.width * 0.7), round(kept.height * 0.7))).save(target, quality=70)
    return Variant(
        target,
        Text(zh="去掉所有标识的换脸图", en="The replaced face, with every label gone"),
        Text(
            zh="裁去可见标识，缩小并重新压缩，元数据丢失；仅剩水印。",
            en="The visible label was cut off, the picture made smaller and coarser, the metadata are lost; the "
            "watermark is what remains.",
        ),
        "confirmed",
        marks=frozenset({"watermark"}),
    )


def _edited(source: Path, target: Path) -> Variant:
    """Cropped and written upon, in a program that carries the XMP packet along."""
    with Image.open(source) as picture:
        packet = picture.info.get("xmp", b"")
        width, height = picture.size
        edited = picture.convert("RGB").crop((round(width * 0.06), round(height * 0.02), width, height))
    font = ImageFont.truetype(str(FONT_PATH), round(height * 0.055), index=SIMPLIFIED_CHINESE)
    words, at = "老照片新发现！", (round(width * 0.04), round(height * 0.5))
    ImageDraw.Draw(edited).text(at, words, font=font, fill="white", stroke_width=3, stroke_fill="#7a1f1f")
    edited.save(target, quality=90, xmp=packet)
    return Variant(
        target,
        Text(zh="裁剪并加字的换脸图", en="The replaced face, cropped and captioned"),
        Text(
            zh="裁去边缘，写上“老照片新发现！”，元数据随文件保留。",
            en="Cropped, captioned “a new find among old photos!”; the metadata came along.",
        ),
        "confirmed",
        frozenset({"bytes-differ"}),
    )


def _tampered(source: Path, content_id: str, target: Path) -> Variant:
    """The last digit of the content number is changed, so that the file names another content."""
    other = content_id[:-1] + ("0" if content_id[-1] != "0" else "1")
    content = source.read_bytes()
    if content_id.encode() not in content:
        raise InternalError(
            f"{source.name} does not carry its content number in clear", f"{source.name} 未以明文携带内容编号"
        )
    target.write_bytes(content.replace(content_id.encode(), other.encode()))
    return Variant(
        target,
        Text(zh="改过内容编号的风景图", en="The landscape with another content number"),
        Text(zh="元数据中 ProduceID 的一位数字被改动。", en="One digit of ProduceID in the metadata was changed."),
        "confirmed",
        frozenset({"label-digest", "credential-mismatch", "watermark-id-differs", "id-not-released"}),
    )


def _copied_out(source: Path, target: Path) -> Variant:
    """The first half of the visible text, pasted elsewhere: the label's line comes along, the sidecar does not."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
    return Variant(
        target,
        Text(zh="复制粘贴的半篇文章", en="Half of the passage, copied and pasted"),
        Text(
            zh="可见文字的前半被复制到新文件，元数据文件没有跟来。",
            en="The first half of its visible text was copied into a new file; the sidecar stayed behind.",
        ),
        "suspected",
    )


def _cut_short(source: Path, target: Path) -> Variant:
    """The first half of a file."""
    content = source.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    return Variant(
        target,
        Text(zh="只下载了一半的 Word 文档", en="Half of the Word document"),
        Text(zh="下载中断，文件不完整。", en="The download broke off; the file is incomplete."),
        "unreadable",
    )


def _genuine(picture: tuple[str, str], target: Path, title: Text) -> Variant:
    source = packaged(picture)
    shutil.copyfile(source, target)
    return Variant(
        target,
        title,
        Text(zh="由相机拍摄，逐字节原样提交。", en="Taken with a camera; handed in byte for byte."),
        "none",
    )
