"""The watermark on its whole way: put on in the order of marking, bound into the credential, found when all is lost."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt import api, settings
from overt.errors import ReadBackError, SetupError, UnsupportedError
from overt.inspection import Inspector
from overt.marking import read_back
from overt.marking.pipeline import Released
from overt.marks.credential import sdk
from overt.marks.model import Reading
from overt.marks.watermark import keyfile
from overt.marks.watermark.model import shortened, spelled
from overt.settings import Setup
from overt.setup.doctor import examine_setup
from overt.setup.initialise import initialise

TECHNIQUE = "image_generation"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("house")
    initialise(folder, "Example-Studio")
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="module")
def photo(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    with Image.open(media / "images" / "kodim19.png") as picture:
        picture.convert("RGB").save(path, quality=90)
    return path


@pytest.fixture(scope="module")
def released(photo: Path, house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Released:
    return api.mark(photo, tmp_path_factory.mktemp("out") / "photo.jpg", technique=TECHNIQUE, setup=house)


def watermarks(readings: tuple[Reading, ...]) -> list[Reading]:
    return [reading for reading in readings if reading.mark == "watermark"]


def stripped(path: Path, target: Path) -> Path:
    """As a messenger does it: smaller, coarser, without metadata; and the label is cut off, as people do."""
    with Image.open(path) as picture:
        width, height = picture.size
        kept = picture.convert("RGB").crop((0, round(height * 0.13), width, round(height * 0.87)))
        kept.resize((round(kept.width * 0.7), round(kept.height * 0.7))).save(target, quality=70)
    return target


def test_marks_go_on_in_their_order(released: Released):
    assert [reading.mark for reading in released.marks] == ["watermark", "label", "metadata", "credential"]
    assert released.remarks == ()
    values = released.marks[0].values
    assert values["id"] == spelled(shortened(released.content_id), 64)
    assert values["p"] < -30
    assert values["measures"]["psnr"] > 40


def test_the_credential_binds_to_it(released: Released):
    with sdk.load().Reader(str(released.path)) as reader:
        store = json.loads(reader.json())
    said = {each["label"]: each["data"] for each in store["manifests"][store["active_manifest"]]["assertions"]}

    assert said["c2pa.soft-binding"]["alg"] == "dev.overt.watermark.1"
    assert said["c2pa.soft-binding"]["blocks"][0]["value"] == released.marks[0].values["id"]
    actions = [each["action"] for each in said["c2pa.actions.v2"]["actions"]]
    assert actions == ["c2pa.created", "c2pa.watermarked.bound"]


def test_it_is_found_when_everything_else_is_lost(released: Released, house: Setup, tmp_path: Path):
    copy = stripped(released.path, tmp_path / "copy.jpg")
    with api.inspector(house, kinds=("metadata", "watermark", "label")) as own:
        answer = own.inspect(copy)

    states = {reading.mark: reading.state for reading in answer.examination.readings if reading.mark != "fingerprint"}
    assert states == {"metadata": "absent", "watermark": "found", "label": "absent"}
    (found,) = watermarks(answer.examination.readings)
    assert found.values["id"] == spelled(shortened(released.content_id), 64)
    assert "key" in found.values
    assert answer.verdict.kind in {"suspected", "confirmed"}


def test_a_stranger_sees_that_it_is_marked_and_not_by_whom(released: Released, stranger: Inspector, tmp_path: Path):
    answer = stranger.inspect(stripped(released.path, tmp_path / "copy.jpg"))
    (found,) = watermarks(answer.examination.readings)

    assert (found.values["id"], found.values["key"]) == (None, None)
    assert [defect.name for defect in found.defects] == ["watermark-id-unreadable"]
    assert answer.verdict.kind == "suspected"


def test_an_unmarked_picture_has_none(photo: Path, house: Setup):
    with api.inspector(house, kinds=("watermark",)) as own:
        readings = watermarks(own.inspect(photo).examination.readings)

    assert [reading.state for reading in readings] == ["absent"]


def test_a_label_with_another_number_contradicts_it(released: Released, photo: Path, house: Setup, tmp_path: Path):
    # The marked pixels under the metadata of another content.
    other = api.mark(photo, tmp_path / "other.png.jpg", technique=TECHNIQUE, only=["metadata"], setup=house)
    with Image.open(other.path) as donor, Image.open(released.path) as marked:
        marked.convert("RGB").save(tmp_path / "mixed.jpg", quality=95, xmp=donor.info["xmp"])
    with api.inspector(house, kinds=("metadata", "watermark")) as own:
        answer = own.inspect(tmp_path / "mixed.jpg")

    assert "watermark-id-differs" in {each.name for each in answer.verdict.contradictions}


def test_marking_again_leaves_both_ids(released: Released, house: Setup, tmp_path: Path):
    again = api.mark(released.path, tmp_path / "again.jpg", technique=TECHNIQUE, only=["watermark"], setup=house)
    with api.inspector(house, kinds=("watermark",)) as own:
        found = watermarks(own.inspect(again.path).examination.readings)

    ids = {reading.values["id"] for reading in found}
    assert ids == {spelled(shortened(each.content_id), 64) for each in (released, again)}


def test_text_gets_none_and_a_remark(house: Setup, tmp_path: Path):
    (tmp_path / "a.txt").write_text("一段合成的文字。", encoding="utf-8")
    marked = api.mark(tmp_path / "a.txt", tmp_path / "b.txt", technique="passage_generation", setup=house)

    assert "watermark" not in {reading.mark for reading in marked.marks}
    assert any("no watermark" in remark.en for remark in marked.remarks)
    with pytest.raises(UnsupportedError, match="carry no watermark"):
        api.mark(tmp_path / "a.txt", tmp_path / "c.txt", technique="other", only=["watermark"], setup=house)


def test_without_a_key_there_is_none(photo: Path, tmp_path: Path):
    setup = _house(tmp_path / "house", key="")
    marked = api.mark(photo, tmp_path / "out.jpg", technique=TECHNIQUE, setup=setup)

    assert "watermark" not in {reading.mark for reading in marked.marks}
    assert any("no watermark key" in remark.en for remark in marked.remarks)
    with pytest.raises(SetupError, match="no watermark key"):
        api.mark(photo, tmp_path / "out.jpg", technique=TECHNIQUE, only=["watermark"], setup=setup)


def test_former_keys_are_still_read(photo: Path, tmp_path: Path):
    home = tmp_path / "house"
    before = _house(home)
    old = api.mark(photo, tmp_path / "old.jpg", technique=TECHNIQUE, only=["watermark"], setup=before)
    (home / "keys" / "watermark.key").rename(home / "keys" / "watermark-2025.key")
    keyfile.make(home / "keys")
    after = _house(home, former='["keys/watermark-2025.key"]', fresh=False)
    with api.inspector(after, kinds=("watermark",)) as own:
        (found,) = watermarks(own.inspect(old.path).examination.readings)

    assert found.values["id"] == spelled(shortened(old.content_id), 64)
    assert found.values["key"] == keyfile.load(home / "keys" / "watermark-2025.key").name


def test_a_presence_of_ones_own_hides_the_mark_from_strangers(photo: Path, stranger: Inspector, tmp_path: Path):
    setup = _house(tmp_path / "house", presence="own")
    marked = api.mark(photo, tmp_path / "out.jpg", technique=TECHNIQUE, only=["watermark"], setup=setup)

    assert [each.state for each in watermarks(stranger.inspect(marked.path).examination.readings)] == ["absent"]
    with api.inspector(setup, kinds=("watermark",)) as own:
        assert watermarks(own.inspect(marked.path).examination.readings)[0].values["id"]


def test_secrets_stay_out_of_logs_errors_and_the_sight_of_others(
    photo: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    setup = _house(tmp_path / "house")
    path = setup.keys / keyfile.FILE_NAME
    key = keyfile.load(path)
    with caplog.at_level(logging.DEBUG, "overt"):
        api.mark(photo, tmp_path / "out.jpg", technique=TECHNIQUE, only=["watermark"], setup=setup)

    assert path.stat().st_mode & 0o777 == 0o600
    assert key.secret.hex() not in caplog.text
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)
    path.write_text(path.read_text(encoding="utf-8").replace('"', "'", 1), encoding="utf-8")
    with pytest.raises(SetupError) as broken:
        keyfile.load(path)
    assert key.secret.hex() not in str(broken.value)
    assert broken.value.__cause__ is None
    monkeypatch.setenv("OVERT_CONFIG", str(setup.home / "overt.toml"))
    assert {check.name.en: check.state for check in examine_setup()}["Watermark keys"] == "missing"


def test_the_doctor_looks_at_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    setup = _house(tmp_path / "house")
    monkeypatch.setenv("OVERT_CONFIG", str(setup.home / "overt.toml"))
    seen = []
    for mode in (0o600, 0o644):
        (setup.keys / keyfile.FILE_NAME).chmod(mode)
        seen.append({check.name.en: check.state for check in examine_setup()}["Watermark keys"])

    assert seen == ["ok", "missing"]


def test_a_picture_too_plain_for_it_is_marked_without(house: Setup, tmp_path: Path):
    Image.fromarray(np.full((90, 120, 3), 255, np.uint8)).save(tmp_path / "plain.png")
    marked = api.mark(tmp_path / "plain.png", tmp_path / "out.png", technique=TECHNIQUE, setup=house)

    assert [reading.mark for reading in marked.marks][:2] == ["label", "metadata"]
    assert any("watermark" in remark.en for remark in marked.remarks)


def _house(
    folder: Path, *, key: str = "keys/watermark.key", former: str = "[]", presence: str = "public", fresh: bool = True
) -> Setup:
    if fresh:
        initialise(folder, "Example-Studio")
    config = folder / "overt.toml"
    text = config.read_text(encoding="utf-8")
    start, stop = text.index("[watermark]"), text.index("[credential]")
    named = f'key = "{key}"\n' if key else ""
    section = f'[watermark]\n{named}former = {former}\npresence = "{presence}"\n\n'
    config.write_text(text[:start] + section + text[stop:], encoding="utf-8")
    return settings.load(config)


def test_a_watermark_that_is_lost_under_the_other_marks_is_left_out_unless_asked_for(
    house: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> Reading:
        raise read_back.WatermarkError("the watermark could not be read back", "水印未能读回")

    monkeypatch.setattr(read_back, "watermark", lost)  # No picture is known that always loses it.
    source, target = tmp_path / "plain.png", tmp_path / "marked.png"
    Image.new("RGB", (128, 128), (90, 120, 60)).save(source)
    released = api.mark(source, target, technique=TECHNIQUE, setup=house)
    assert [each.mark for each in released.marks] == ["label", "metadata", "credential"]
    assert [each.en for each in released.remarks] == ["no watermark: the watermark could not be read back"]
    found = api.inspect(target, setup=house)
    assert found.verdict.kind == "confirmed"
    assert not [each for each in watermarks(found.examination.readings) if each.state == "found"]
    with pytest.raises(ReadBackError):
        api.mark(source, tmp_path / "asked.png", technique=TECHNIQUE, setup=house, only=("watermark", "metadata"))
