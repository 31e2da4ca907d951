import json
from pathlib import Path

import iscc_core
import iscc_lib
import numpy as np
import pytest
from PIL import Image

from overt.errors import UsageError
from overt.fingerprints import iscc

VECTORS = json.loads(Path(iscc_core.__file__).with_name("data.json").read_text(encoding="utf-8"))
"""The conformance vectors of the standard's reference software."""


def vectors(function):
    return [pytest.param(case["inputs"], case["outputs"], id=name) for name, case in VECTORS[function].items()]


def bytes_of(stream):
    return bytes.fromhex(stream.removeprefix("stream:"))


def test_the_library_passes_the_vectors_of_the_standard():
    assert iscc_lib.conformance_selftest()


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_text_code_v0"))
def test_text_codes(inputs, outputs):
    if inputs[1] == 64:
        assert iscc.text(inputs[0]) == outputs["iscc"]


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_meta_code_v0"))
def test_meta_codes(inputs, outputs):
    title, description, extra, bits = inputs
    if bits == 64 and extra is None and title.strip():
        assert iscc.meta(title, description or "") == outputs["iscc"]


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_image_code_v0"))
def test_image_codes(inputs, outputs):
    pixels, bits = inputs
    grey = np.array(pixels, np.uint8).reshape(32, 32)
    if bits == 64 and iscc.prepared(grey).tolist() == grey.tolist():
        assert iscc.image(grey) == outputs["iscc"]


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_data_code_v0"))
def test_data_codes(inputs, outputs):
    stream, bits = inputs
    if bits == 64:
        raw = bytes_of(stream)
        assert iscc.data([raw[:3], raw[3:]])[0] == outputs["iscc"]


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_instance_code_v0"))
def test_instance_codes(inputs, outputs):
    stream, bits = inputs
    if bits == 64:
        assert iscc.data([bytes_of(stream)])[1] == outputs["iscc"]


@pytest.mark.parametrize(("inputs", "outputs"), vectors("gen_iscc_code_v0"))
def test_whole_codes(inputs, outputs):
    assert iscc.code(inputs[0]) == outputs["iscc"]


def test_the_reference_software_says_the_same_of_real_media(media):
    path = media / "images" / "kodim23.png"
    with Image.open(path) as picture:
        code = iscc.image(np.asarray(picture.convert("RGB")))
        small = picture.convert("RGB").convert("L").resize((32, 32), Image.Resampling.BICUBIC)
    assert code == iscc_core.gen_image_code_v0(np.asarray(small).ravel().tolist(), 64)["iscc"]
    raw = path.read_bytes()
    similar, exact = iscc.data([raw[:100_000], raw[100_000:]])
    with path.open("rb") as file:
        assert similar == iscc_core.gen_data_code_v0(file, 64)["iscc"]
    with path.open("rb") as file:
        assert exact == iscc_core.gen_instance_code_v0(file, 64)["iscc"]
    whole = iscc.code([code, similar, exact])
    assert whole == iscc_core.gen_iscc_code_v0([code, similar, exact])["iscc"]
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
