"""Every format that can carry a credential: signed, read by the SDK alone, changed, stamped."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c2pa
import pytest
from PIL import Image

import credentials
from overt import api
from overt.marking.pipeline import Marker, Released
from overt.marks.credential.carriers import CARRIERS
from overt.marks.credential.model import Trust
from overt.marks.credential.read import reading
from overt.marks.files import mapped
from overt.settings import Setup

MISMATCH = {
    "jpg": "dataHash", "png": "dataHash", "webp": "dataHash", "gif": "dataHash", "tiff": "dataHash", "svg": "dataHash",
    "wav": "dataHash", "mp3": "dataHash", "flac": "dataHash", "pdf": "dataHash", "avi": "dataHash",
    "heic": "bmffHash", "avif": "bmffHash", "mp4": "bmffHash", "mov": "bmffHash", "m4a": "bmffHash",
    "jxl": "dataHash",
    "docx": "collectionHash", "xlsx": "collectionHash", "pptx": "collectionHash", "odt": "collectionHash",
    "epub": "collectionHash",
}  # fmt: skip
"""What C2PA calls it when a byte of each format was changed."""
PACKED = {"pdf"}
"""Formats in which the label is not in clear."""


@pytest.fixture(scope="module")
def marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(house, tmp_path_factory.mktemp("credentials"), only=["metadata", "credential"]) as marker:
        yield marker


@pytest.fixture(scope="module")
def signed(media: Path, marker: Marker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Released]:
    """One file of each format with metadata label and credential."""
    folder = tmp_path_factory.mktemp("unsigned")
    made = {}
    for number, suffix in enumerate(MISMATCH):
        source = credentials.make(suffix, media, folder)
        technique = ["image_generation", "face_replacement"][number % 2]
        made[suffix] = marker.mark(source, marker.folder / f"signed.{suffix}", [technique])
    return made


def report(path: Path) -> dict[str, Any]:
    """What the SDK says without our settings."""
    with c2pa.Reader(str(path)) as reader:
        return json.loads(reader.json())


@pytest.mark.parametrize("suffix", MISMATCH)
def test_the_sdk_calls_it_valid_and_only_its_signer_unknown(suffix: str, signed: dict[str, Released]):
    told = report(signed[suffix].path)

    assert told["validation_state"] == "Valid"
    assert [each["code"] for each in told["validation_status"]] == ["signingCredential.untrusted"]
    assert told["active_manifest"] == f"urn:c2pa:{signed[suffix].content_id}"


@pytest.mark.parametrize("suffix", MISMATCH)
def test_the_label_is_read_back_under_the_signature_and_beside_it(suffix: str, signed: dict[str, Released]):
    metadata, credential = signed[suffix].marks

    assert metadata.values == credential.values["aigc"]
    assert credential.values["content_id"] == signed[suffix].content_id
    assert credential.values["trust"] == "own"
    assert credential.values["says_ai"]
    assert credential.defects == ()


@pytest.mark.parametrize("suffix", [suffix for suffix in MISMATCH if suffix not in PACKED])
def test_one_changed_digit_of_the_label_is_named(suffix: str, signed: dict[str, Released], tmp_path: Path):
    changed = tmp_path / signed[suffix].path.name
    changed.write_bytes(_changed(signed[suffix].path, tmp_path))
    with mapped(changed) as data:
        found = reading(changed, data, _container(suffix), Trust())

    assert found.state == "found"
    assert found.values["binding"] == "mismatch"
    assert found.values["signature"] == "valid"
    assert f"assertion.{MISMATCH[suffix]}.mismatch" in found.values["codes"]


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_a_picture_of_an_odd_size_still_opens_when_signed(suffix: str, media: Path, marker: Marker, tmp_path: Path):
    """heif-enc cuts it down by a grid in `idat`, which the SDK used to send out of the file."""
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.resize((301, 199)).save(tmp_path / "odd.png")
    source = tmp_path / f"odd.{suffix}"
    subprocess.run(["heif-enc", tmp_path / "odd.png", "-o", source], check=True, capture_output=True, timeout=60)
    released = marker.mark(source, tmp_path / f"signed.{suffix}", ["image_generation"])

    pixels = []
    for number, path in enumerate((source, released.path)):
        shown = tmp_path / f"{number}.png"
        subprocess.run(["heif-convert", path, shown], check=True, capture_output=True, timeout=60)
        with Image.open(shown) as picture:
            pixels.append(picture.convert("RGB").tobytes())
    assert pixels[0] == pixels[1]


def test_a_changed_page_of_a_pdf_is_named(signed: dict[str, Released], tmp_path: Path):
    data = signed["pdf"].path.read_bytes()
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data.replace(b"/MediaBox", b"/MediaBux", 1))
    with mapped(changed) as buffer:
        found = reading(changed, buffer, "pdf", Trust())

    assert found.values["binding"] == "mismatch"


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "pptx", "odt", "epub"])
def test_packages_are_sound_and_stored(suffix: str, signed: dict[str, Released]):
    with zipfile.ZipFile(signed[suffix].path) as archive:
        assert archive.testzip() is None
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}


def test_each_carrier_is_tried_here():
    tried = {_container(suffix) for suffix in MISMATCH}

    assert set(CARRIERS) - tried == {"heif", "mov", "m4v", "ods", "odp"}  # The same ways under other names.


@pytest.mark.parametrize(
    "suffix", ["jpg", "png", "gif", "svg", "mp4", "mp3", "wav", "pdf", "docx", "heic", "tiff", "jxl"]
)
def test_a_time_stamp_goes_into_every_kind_of_carrier(suffix: str, signed: dict[str, Released], stamped: Marker):
    released = stamped.mark(signed[suffix].source, stamped.folder / f"stamped.{suffix}", ["image_generation"])

    told = report(released.path)
    results = told["validation_results"]["activeManifest"]
    assert told["validation_state"] == "Valid"
    assert "timeStamp.validated" in [each["code"] for each in results["success"]]
    assert released.marks[-1].values["time"].startswith("20")


@pytest.fixture(scope="module")
def stamped(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    """A marker whose credentials are stamped by an authority on this machine."""
    with credentials.time_stamping(tmp_path_factory.mktemp("authority")) as (url, _):
        chosen = house.settings.credential.model_copy(update={"tsa": url})
        setup = house.model_copy(update={"settings": house.settings.model_copy(update={"credential": chosen})})
        with api.marker(setup, tmp_path_factory.mktemp("stamped"), only=["metadata", "credential"]) as marker:
            yield marker


def _container(suffix: str) -> str:
    return {"jpg": "jpeg", "mov": "mp4"}.get(suffix, suffix)


def _changed(path: Path, folder: Path) -> bytes:
    """The file with another label; packages written anew, so that their checksums hold."""
    if not zipfile.is_zipfile(path):
        return credentials.with_another_label(path.read_bytes())
    target = folder / "package.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            if credentials.LABEL.search(part):
                part = credentials.with_another_label(part)
            new.writestr(entry, part)
    return target.read_bytes()
