from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from overt import rulebook
from overt.marks.label import glyphs
from overt.marks.label.model import LabelStyle
from overt.marks.label.picture import exact, find
from overt.marks.label.picture.burn import burn
from overt.marks.label.picture.image import ImageLabeller

RULES = rulebook.load("cn").label
UPRIGHT = (0,)
ALL_TURNS = (0, 1, 2, 3)


def search(image: Image.Image, turns: tuple[int, ...] = ALL_TURNS) -> find.Found | None:
    return find.search(image.convert("L"), RULES, turns)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return Image.open(out)


def resized(image: Image.Image, share: float) -> Image.Image:
    return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)


def ground(width: int = 480, height: int = 320) -> Image.Image:
    """A noisy slope: detail everywhere, none of it text."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(1).integers(0, 90, (height, width))
    return Image.fromarray((x / width * 100 + y / height * 60 + noise).astype(np.uint8))


def expanded(image: Image.Image) -> Image.Image:
    canvas = Image.new("L", (800, 600), 90)
    canvas.paste(image)
    return canvas


def labelled(text: str = RULES.wording.value.zh, px: int = 18, second: str | None = None) -> Image.Image:
    image = ground()
    plate = glyphs.plate(text, px, second, reference=RULES.reference_glyph.value)
    image.paste(plate.image.convert("L"), (320 - plate.size[0] // 2, 250), plate.image.getchannel("A"))
    return image


@pytest.fixture(scope="module")
def pairs(media: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Image.Image, Image.Image]]:
    """Real photos (kept small, for time) without and with their label."""
    folder = tmp_path_factory.mktemp("pairs")
    found = []
    for name in ("kodim04.png", "sam_groceries.jpg", "ai_tm_ufo.jpg"):
        source, target = media / "images" / name, folder / name
        burn(source, target, "png" if target.suffix == ".png" else "jpeg", RULES, LabelStyle())
        found.append((Image.open(source), Image.open(target)))
    return found


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "JPEG of quality 60": lambda image: jpeg(image, 60),
    "half the size, then JPEG 60": lambda image: jpeg(resized(image, 0.5), 60),
    "70 % of the size": lambda image: resized(image, 0.7),
    "twice the size": lambda image: resized(image, 2),
    "brighter": lambda image: image.convert("L").point(lambda v: min(255, v * 0.7 + 70)),
    "orientation lost": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
}


@pytest.mark.parametrize("change", CHANGES)
def test_labels_survive_and_photos_without_one_have_none(
    pairs: list[tuple[Image.Image, Image.Image]], change: str
) -> None:
    for plain, with_label in pairs:
        found = search(CHANGES[change](with_label))
        assert found is not None
        assert found.score >= find.LEAST_SCORE + 0.05
        assert search(CHANGES[change](plain)) is None


def test_a_crop_that_keeps_the_label_whole_keeps_it_found(pairs: list[tuple[Image.Image, Image.Image]]) -> None:
    for _, with_label in pairs:
        found = search(with_label)
        assert found is not None
        scale = max(1.0, min(with_label.size) / 600)
        left, top, width, height = (round(v * scale) for v in found.box)
        side = min(with_label.width, with_label.height, width * 2)
        x = min(max(0, left + width // 2 - side // 2), with_label.width - side)
        y = min(max(0, top + height // 2 - side // 2), with_label.height - side)
        assert search(jpeg(with_label.crop((x, y, x + side, y + side)), 75)) is not None


@pytest.mark.parametrize("turn", ALL_TURNS)
def test_the_box_is_where_the_label_is(turn: int) -> None:
    image = labelled(px=20)
    for _ in range(turn):
        image = image.transpose(Image.Transpose.ROTATE_270)
    found = search(image)
    assert found is not None
    plate = glyphs.plate(RULES.wording.value.zh, 20, reference=RULES.reference_glyph.value)
    box = (320 - plate.size[0] // 2, 250, *plate.size)
    width, height = 480, 320
    for _ in range(turn):  # A quarter to the right.
        box, (width, height) = (height - box[1] - box[3], box[0], box[3], box[2]), (height, width)
    assert found.box == pytest.approx(box, abs=2)
    assert found.glyph_px == pytest.approx(20, abs=1.5)


@given(
    left=st.integers(0, 300), top=st.integers(0, 300), width=st.integers(1, 99), height=st.integers(1, 99),
    turn=st.sampled_from(ALL_TURNS),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_boxes_turn_back(left: int, top: int, width: int, height: int, turn: int) -> None:
    mark = np.zeros((400, 500), bool)
    mark[top : top + height, left : left + width] = True
    turned = np.argwhere(np.rot90(mark, turn))
    (y, x), (bottom, right) = turned.min(axis=0), turned.max(axis=0) + 1
    box = (int(x), int(y), int(right - x), int(bottom - y))
    assert find._turned_back(box, (500, 400), turn) == (left, top, width, height)


@pytest.mark.parametrize("px", [14, 18, 30])
@pytest.mark.parametrize(
    "text", ["人工智能合成", "AI生成", "智能生成", "人工智障生成", "大数据生成图", "扫码关注我们", "人工智能"]
)
def test_other_wordings_are_not_ours(text: str, px: int) -> None:
    assert search(labelled(text, px)) is None


def test_a_longer_wording_around_ours_is_found() -> None:
    assert search(labelled("由人工智能生成", 16)) is not None


def test_the_second_language_does_not_matter() -> None:
    assert search(labelled(second="AI-generated")) is not None


@pytest.mark.parametrize("light", [True, False], ids=["light page", "dark page"])
def test_pages_of_chinese_text_are_no_label(light: bool) -> None:
    characters = "人工智能生成的内容应当依法添加标识但这只是一页文字而已并不是标签所以读者不会在这里找到它"
    page = Image.new("L", (480, 360), 255 if light else 0)
    draw, shuffle = ImageDraw.Draw(page), np.random.default_rng(2)
    for line in range(12):
        text = "".join(shuffle.permutation(list(characters))[:24])
        draw.text((8, 8 + 29 * line), text, fill=0 if light else 255, font=glyphs.font(19))
    assert search(page) is None


@pytest.mark.parametrize("tone", [0, 128, 255])
def test_even_pictures_have_none(tone: int) -> None:
    assert search(Image.new("L", (640, 480), tone)) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (7, 5), (3000, 20), (64, 64)], ids=str)
def test_any_size_is_answered(size: tuple[int, int]) -> None:
    assert search(ground(*size)) is None


@pytest.mark.parametrize("size", [(64, 64), (80, 80), (100, 100), (36, 120), (2400, 40)], ids=str)
def test_labels_of_small_and_long_pictures_are_found(tmp_path: Path, size: tuple[int, int]) -> None:
    ground(*size).save(tmp_path / "in.png")
    burn(tmp_path / "in.png", tmp_path / "out.png", "png", RULES, LabelStyle())
    report = find.find(tmp_path / "out.png", "png", RULES)
    assert report is not None
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


def test_the_report_is_in_pixels_of_the_displayed_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    ground(1600, 1000).save(tmp_path / "in.jpg", exif=exif)
    put = burn(tmp_path / "in.jpg", tmp_path / "out.jpg", "jpeg", RULES, LabelStyle())
    read = find.find(tmp_path / "out.jpg", "jpeg", RULES)
    assert read is not None
    assert read.wording == put.wording
    assert read.places[0].where == put.places[0].where
    assert read.places[0].box == pytest.approx(put.places[0].box, abs=6)
    assert read.measures["shortest_side_px"] == 1000
    assert read.measures["glyph_height_px"] == pytest.approx(put.measures["glyph_height_px"], rel=0.04)
    assert read.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


def test_a_sufficient_label_is_not_doubled(tmp_path: Path) -> None:
    labeller, first, second = ImageLabeller(), tmp_path / "first.jpg", tmp_path / "second.jpg"
    ground(700, 500).save(tmp_path / "in.jpg")
    labeller.put(tmp_path / "in.jpg", first, "jpeg", RULES, LabelStyle())
    report = labeller.put(first, second, "jpeg", RULES, LabelStyle(position="top"))
    assert second.read_bytes() == first.read_bytes()
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("lying on its side", lambda image: image.transpose(Image.Transpose.ROTATE_90)),
        ("too small", expanded),
        ("faded", lambda image: image.point(lambda v: 110 + v // 10)),
    ],
)
def test_an_insufficient_label_is_no_reason_to_leave_it_at_that(
    tmp_path: Path, reason: str, change: Callable[[Image.Image], Image.Image]
) -> None:
    ground(700, 500).save(tmp_path / "in.png")
    burn(tmp_path / "in.png", tmp_path / "once.png", "png", RULES, LabelStyle())
    change(Image.open(tmp_path / "once.png")).save(tmp_path / "changed.png")
    assert exact.already(tmp_path / "once.png", "png", RULES) is not None
    assert exact.already(tmp_path / "changed.png", "png", RULES) is None, reason
    report = ImageLabeller().put(tmp_path / "changed.png", tmp_path / "out.png", "png", RULES, LabelStyle())
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


@pytest.mark.parametrize("size", [(64, 64), (80, 80), (128, 100), (200, 300), (400, 320), (600, 400)])
@pytest.mark.parametrize(("container", "colour"), [("png", 128), ("png", 255), ("webp", 40), ("jpeg", 200)])
def test_small_type_does_not_pile_up(tmp_path: Path, size: tuple[int, int], container: str, colour: int) -> None:
    Image.new("RGB", size, (colour, colour, colour)).save(tmp_path / "in", container)
    ImageLabeller().put(tmp_path / "in", tmp_path / "once", container, RULES, LabelStyle())
    again = ImageLabeller().put(tmp_path / "once", tmp_path / "twice", container, RULES, LabelStyle())
    assert (tmp_path / "twice").read_bytes() == (tmp_path / "once").read_bytes()
    assert again.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value


@pytest.mark.parametrize("container", ["png", "webp"])
def test_labels_do_not_pile_up_on_animations(tmp_path: Path, container: str) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (50, 75, 3), np.uint8)
    picture = Image.fromarray(noise).resize((300, 200), Image.Resampling.NEAREST)
    frames = [picture.rotate(turn) for turn in (0, 90, 180)]
    frames[0].save(tmp_path / "in", container, save_all=True, append_images=frames[1:], duration=80)
    ImageLabeller().put(tmp_path / "in", tmp_path / "once", container, RULES, LabelStyle())
    ImageLabeller().put(tmp_path / "once", tmp_path / "twice", container, RULES, LabelStyle())
    assert (tmp_path / "twice").read_bytes() == (tmp_path / "once").read_bytes()


def test_an_animation_labelled_on_its_first_frame_alone_is_labelled(tmp_path: Path) -> None:
    frames = [ground(300, 200).rotate(turn) for turn in (0, 90, 180)]
    frames[0].save(tmp_path / "first.png")
    ImageLabeller().put(tmp_path / "first.png", tmp_path / "labelled.png", "png", RULES, LabelStyle())
    with Image.open(tmp_path / "labelled.png") as first:
        first.save(tmp_path / "in.png", save_all=True, append_images=frames[1:], duration=80)
    assert exact.already(tmp_path / "in.png", "png", RULES) is None
