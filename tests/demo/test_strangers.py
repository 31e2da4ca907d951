from __future__ import annotations

import zipfile

import pytest
from PIL import Image, ImageChops

from overt.demo import strangers
from overt.demo.packaged import ROCKET, packaged
from overt.errors import InternalError

CONTENT_ID = "3f0c1b8e-7a44-4b7e-9a54-0c8a6f1f2f10"
PACKET = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CONTENT_ID}</x:xmpmeta>".encode()


@pytest.fixture
def returned(products, tmp_path):
    """Variants of files that carry an XMP packet, as released ones do."""
    released = {name: product.path for name, product in products.items()}
    for name, options in (("face-in-uniform.jpg", {"quality": 90}), ("mountains.webp", {"quality": 90})):
        with Image.open(released[name]) as picture:
            released[name] = tmp_path / name
            picture.save(released[name], xmp=PACKET, **options)
    variants = strangers.pass_on(released, {"mountains.webp": CONTENT_ID}, tmp_path / "returned")
    return released, {variant.path.name: variant for variant in variants}


def test_saving_again_loses_the_metadata_and_keeps_the_picture(returned):
    released, variants = returned
    with Image.open(variants["saved-again.jpg"].path) as after, Image.open(released["face-in-uniform.jpg"]) as before:
        assert "xmp" not in after.info
        assert after.size == before.size
        assert max(high for _, high in ImageChops.difference(before, after).getextrema()) < 90


def test_editing_carries_the_metadata_along(returned):
    _, variants = returned
    with Image.open(variants["edited.jpg"].path) as after:
        assert after.info["xmp"] == PACKET
        assert after.size != (512, 600)


def test_one_digit_is_changed_and_nothing_else(returned):
    released, variants = returned
    before, after = released["mountains.webp"].read_bytes(), variants["tampered.webp"].path.read_bytes()

    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert CONTENT_ID.encode() not in after


def test_half_a_document_is_no_archive(returned):
    assert not zipfile.is_zipfile(returned[1]["half-a-download.docx"].path)


def test_genuine_photos_come_byte_for_byte(returned):
    assert returned[1]["genuine-launch.jpg"].path.read_bytes() == packaged(ROCKET).read_bytes()


def test_a_number_that_is_not_there_cannot_be_changed(products, tmp_path):
    with pytest.raises(InternalError):
        strangers._tampered(products["mountains.webp"].path, CONTENT_ID, tmp_path / "x.webp")
