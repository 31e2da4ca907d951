import iscc_lib
import numpy as np
import pytest
from PIL import Image

from overt.errors import UsageError
from overt.fingerprints import iscc

SLOGAN = "合成内容表明身份，明示于人。" * 5
TEXTS = {"Hello World": "ISCC:EAASKDNZNYGUUF5A", SLOGAN: "ISCC:EAAY2BAZ5FHHPSLA"}
TITLES = {"Hello World": "ISCC:AAAWN77F727NXSUS", SLOGAN: "ISCC:AAAVX4D7UOO4LJVA"}
PICTURE, DATA, INSTANCE = "ISCC:EEA4PNRVHQ43COTA", "ISCC:GAAWOPU7ZB2S7GX5", "ISCC:IAATPQGXZSPHXHOK"
"""What the standard's reference software (iscc-core 1.5.0) said of these texts and of one real picture's file."""


def test_the_library_passes_the_vectors_of_the_standard():
    assert iscc_lib.conformance_selftest()


@pytest.mark.parametrize("text", TEXTS)
def test_texts_get_the_codes_of_the_reference_software(text):
    assert iscc.text(text) == TEXTS[text]
    assert iscc.meta(text, "") == TITLES[text]


def test_the_reference_software_says_the_same_of_real_media(media):
    path = media / "images" / "kodim23.png"
    with Image.open(path) as picture:
        code = iscc.image(np.asarray(picture.convert("RGB")))
    raw = path.read_bytes()
    similar, exact = iscc.data([raw[:100_000], raw[100_000:]])
    assert (code, similar, exact) == (PICTURE, DATA, INSTANCE)
    whole = iscc.code([code, similar, exact])
    assert whole == "ISCC:KEA4PNRVHQ43COTAM47J7SDVF6NP2N6A27GJ4645ZI"
    assert [unit.main for unit in iscc.units(whole)] == ["content", "data", "instance"]


def test_codes_of_a_smaller_copy_on_white_are_near(media):
    with Image.open(media / "images" / "da2_demo01.jpg") as opened:
        picture = opened.convert("RGB")
    copy = Image.new("RGB", (500, 400), "white")
    copy.paste(picture.resize((400, 300)), (50, 50))
    with Image.open(media / "images" / "kodim23.png") as opened:
        other = opened.convert("RGB")
    one, same, strange = (iscc.units(iscc.image(np.asarray(each)))[0] for each in (picture, copy, other))
    assert one.distance(same) <= 10 < one.distance(strange)
    assert one.distance(iscc.units(iscc.text("some words"))[0]) is None


def test_a_picture_of_one_colour_has_a_code():
    assert iscc.image(np.full((50, 60, 3), 200, np.uint8)).startswith("ISCC:E")


@pytest.mark.parametrize("wrong", ["", "ISCC:", "ISCC:!!", "no code", "ISCC:KACYPXW445FTYNJ3CYSX", "字"])
def test_what_is_no_code_is_the_callers_fault(wrong):
    with pytest.raises(UsageError):
        iscc.units(wrong)


def test_a_code_needs_data_and_instance():
    with pytest.raises(UsageError):
        iscc.code([iscc.text("some words")])
    with pytest.raises(UsageError):
        iscc.meta(" ")
