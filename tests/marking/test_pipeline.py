"""The main job for every format: marked, read back, released, and recognised on the other side."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from overt import api
from overt.errors import OvertError, SetupError, UnsupportedError, UsageError
from overt.inspection import Inspector
from overt.language import Text
from overt.marking.pipeline import Marker, Released
from overt.settings import Setup
from samples import BINARY, SUFFIXES, TECHNIQUES


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def metadata_marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(house, tmp_path_factory.mktemp("metadata"), only=["metadata"]) as marker:
        yield marker


@pytest.fixture(scope="module")
def label_marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(house, tmp_path_factory.mktemp("label"), only=["label"]) as marker:
        yield marker


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_released_file_is_recognised(suffix: str, released: dict[str, Released], own: Inspector):
    content = released[suffix]
    answer = own.inspect(content.path)

    assert answer.verdict.kind == "confirmed"
    assert answer.verdict.contradictions == ()
    assert answer.aigc["ProduceID"] == content.content_id
    states = {reading.mark: reading.state for reading in answer.examination.readings}
    found = {mark for mark, state in states.items() if state == "found"}
    assert found - {"fingerprint"} == {reading.mark for reading in content.marks}
    assert "unreadable" not in states.values()
    assert all(reading.defects == () for reading in answer.examination.readings)
    assert any(content.content_id in reason.text.en for reason in answer.verdict.reasons)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_stranger_without_our_record_recognises_it_by_any_name(
    suffix: str, released: dict[str, Released], stranger: Inspector, tmp_path: Path
):
    content = released[suffix]
    path = tmp_path / ("holiday.bmp" if suffix in BINARY else content.path.name)
    path.write_bytes(content.path.read_bytes())
    if content.sidecar:
        (tmp_path / content.sidecar.name).write_bytes(content.sidecar.read_bytes())
    answer = stranger.inspect(path)

    assert answer.verdict.kind == "confirmed"
    assert answer.write_back is None
    assert answer.examination.name_fits is (suffix not in BINARY)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_source_is_never_changed_and_the_record_tells_its_hash(
    suffix: str, samples: dict[str, Path], released: dict[str, Released], own: Inspector
):
    record = own.registry.by_content_id(released[suffix].content_id)

    assert record.source_sha256 == _sha256(samples[suffix])
    assert record.sha256 == _sha256(released[suffix].path)
    assert record.techniques == (TECHNIQUES[suffix],)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_metadata_mark_alone(suffix: str, samples: dict[str, Path], metadata_marker: Marker, stranger: Inspector):
    released = metadata_marker.mark(samples[suffix], metadata_marker.folder / f"out.{suffix}", ["other"])
    answer = stranger.inspect(released.path)

    assert answer.verdict.kind == "confirmed"
    assert [reading.mark for reading in released.marks] == ["metadata"]
    assert {reading.mark: reading.state for reading in answer.examination.readings}["label"] == "absent"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_label_alone_is_suspected(suffix: str, samples: dict[str, Path], label_marker: Marker, stranger: Inspector):
    released = label_marker.mark(samples[suffix], label_marker.folder / f"out.{suffix}", ["other"])
    answer = stranger.inspect(released.path)

    assert answer.verdict.kind == "suspected"
    assert answer.aigc is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_unmarked_file_has_no_sign(suffix: str, samples: dict[str, Path], stranger: Inspector):
    answer = stranger.inspect(samples[suffix])

    assert answer.verdict.kind == "none"
    assert "watermark, explicit label of Overt's own kind; not looked" in answer.verdict.reasons[0].text.en


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_marking_again_leaves_one_label_with_the_new_id(
    suffix: str, released: dict[str, Released], metadata_marker: Marker, stranger: Inspector
):
    again = metadata_marker.mark(released[suffix].path, metadata_marker.folder / f"again.{suffix}", ["other"])
    readings = stranger.inspect(again.path).examination.readings
    metadata = [reading for reading in readings if reading.mark == "metadata"]

    assert [reading.values["ProduceID"] for reading in metadata] == [again.content_id]
    assert again.content_id != released[suffix].content_id


def test_a_naive_resave_loses_the_metadata_and_keeps_the_label(
    released: dict[str, Released], stranger: Inspector, tmp_path: Path
):
    stripped = tmp_path / "stripped.jpg"
    with Image.open(released["jpg"].path) as picture:
        picture.convert("RGB").save(stripped, quality=80)
    answer = stranger.inspect(stripped)

    assert answer.verdict.kind == "suspected"
    assert answer.aigc is None


def test_an_edited_copy_contradicts_the_record(released: dict[str, Released], own: Inspector, tmp_path: Path):
    data = bytearray(released["png"].path.read_bytes())
    edited = tmp_path / "edited.png"
    edited.write_bytes(bytes(data) + b"\0")
    answer = own.inspect(edited)

    assert answer.verdict.kind == "confirmed"
    names = [contradiction.name for contradiction in answer.verdict.contradictions]
    assert names == ["credential-mismatch", "bytes-differ"]


def test_a_forged_id_is_found_out(released: dict[str, Released], own: Inspector, tmp_path: Path):
    content = released["wav"]
    forged_id = ("0" if content.content_id[0] != "0" else "1") + content.content_id[1:]
    forged = tmp_path / "forged.wav"
    forged.write_bytes(content.path.read_bytes().replace(content.content_id.encode(), forged_id.encode()))
    names = [c.name for c in own.inspect(forged).verdict.contradictions]

    assert "label-digest" in names
    assert "id-not-released" in names


def test_a_write_back_keeps_its_number_for_the_same_bytes(released: dict[str, Released], own: Inspector):
    first = own.inspect(released["jpg"].path).write_back
    second = own.inspect(released["jpg"].path).write_back

    assert first == second
    assert first["Label"] == "1"
    assert first["ContentPropagator"] == own.producer


SHOWN_BY = {
    "jpg": ("exiftool", "XMP-TC260:Aigc"),
    "png": ("exiftool", "XMP-TC260:Aigc"),
    "webp": ("exiftool", "XMP-TC260:Aigc"),
    "pdf": ("exiftool", "PDF:AIGC"),
    "docx": ("exiftool", "XML:AIGC"),
    "mp4": ("exiftool", "Keys:AIGC"),
    "flac": ("exiftool", "Vorbis:Aigc"),
    "mp3": ("ffprobe", "AIGC"),
}


@pytest.mark.parametrize("suffix", SHOWN_BY)
def test_an_independent_reader_shows_the_label_byte_for_byte(suffix: str, released: dict[str, Released]):
    program, name = SHOWN_BY[suffix]
    path = str(released[suffix].path)
    if program == "exiftool":
        output = subprocess.run(
            ["exiftool", "-j", "-G1", "-a", "-s", "-struct", path], capture_output=True, check=True
        ).stdout
        shown = json.loads(output)[0][name]
    else:
        output = subprocess.run(
            ["ffprobe", "-v", "error", "-show_format", "-of", "json", path], capture_output=True, check=True
        ).stdout
        shown = json.loads(output)["format"]["tags"][name]
    written = json.dumps(
        next(mark.values for mark in released[suffix].marks if mark.mark == "metadata"), separators=(",", ":")
    )

    assert (json.dumps(shown, separators=(",", ":")) if isinstance(shown, dict) else shown) == written


def test_nothing_is_left_beside_the_released_files(samples: dict[str, Path], house: Setup, tmp_path: Path):
    api.mark(samples["txt"], tmp_path / "out" / "a.txt", technique="other", setup=house)

    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.txt", "a.txt.aigc.json"}


def test_a_failure_releases_nothing_and_records_nothing(samples: dict[str, Path], house: Setup, tmp_path: Path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(samples["png"].read_bytes()[:2000])
    target = tmp_path / "out" / "out.png"
    with api.marker(house, target.parent) as marker:
        before = marker.registry.ledger_root()
        with pytest.raises(OvertError) as caught:
            marker.mark(broken, target, ["other"])
        after = marker.registry.ledger_root()

    assert not target.exists()
    assert before == after
    assert caught.value.diagnostics().zh


def test_wrong_uses_are_told(samples: dict[str, Path], house: Setup, tmp_path: Path):
    source = samples["png"]
    with pytest.raises(UsageError, match="technique"):
        api.mark(source, tmp_path / "a.png", technique="magic", setup=house)
    with pytest.raises(UsageError, match="another name"):
        api.mark(source, source, technique="other", setup=house)
    with pytest.raises(UsageError, match="unknown mark: fingerprint"):
        api.mark(source, tmp_path / "a.png", technique="other", only=["fingerprint"], setup=house)
    with pytest.raises(UsageError, match="no file"):
        api.mark(tmp_path / "nothing.png", tmp_path / "a.png", technique="other", setup=house)
    with pytest.raises(UsageError, match="stays so"):
        api.mark(source, tmp_path / "a.jpg", technique="other", setup=house)
    with pytest.raises(UsageError, match="style"):
        api.mark(source, tmp_path / "a.png", technique="other", style="baroque", setup=house)


@pytest.mark.parametrize("name", ["taken.txt", "free.txt"])
def test_a_folder_in_the_place_of_a_file_is_no_target(
    name: str, samples: dict[str, Path], house: Setup, tmp_path: Path
):
    (tmp_path / "taken.txt").mkdir()
    (tmp_path / "free.txt.aigc.json").mkdir()

    with pytest.raises(UsageError, match="is no file"):
        api.mark(samples["txt"], tmp_path / name, technique="other", setup=house)
    assert list((tmp_path / "taken.txt").iterdir()) == list((tmp_path / "free.txt.aigc.json").iterdir()) == []


def test_a_source_that_changes_meanwhile_is_not_released(samples: dict[str, Path], house: Setup, tmp_path: Path):
    source, target = tmp_path / "a.txt", tmp_path / "out.txt"
    source.write_bytes(samples["txt"].read_bytes())

    def somebody_writes(_: Text) -> None:
        source.write_text("other words\n", encoding="utf-8")

    with api.marker(house, tmp_path) as marker, pytest.raises(UsageError, match="changed while"):
        marker.mark(source, target, ["other"], somebody_writes)
    assert not target.exists()


def test_a_target_that_no_file_system_takes_is_told(samples: dict[str, Path], house: Setup, tmp_path: Path):
    with pytest.raises(SetupError, match="nothing was released"):
        api.mark(samples["txt"], tmp_path / ("x" * 300 + ".txt"), technique="other", setup=house)


def test_a_format_without_a_carrier_is_refused_with_the_way_out(house: Setup, tmp_path: Path):
    bitmap = tmp_path / "picture.bmp"
    Image.new("RGB", (64, 64)).save(bitmap)

    with pytest.raises(UnsupportedError) as caught:
        api.mark(bitmap, tmp_path / "out.bmp", technique="other", setup=house)
    assert "PNG" in caught.value.diagnostics().en
