"""From stripped, cut and forged copies back to the record, with real pictures, sound, film and text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt import api, settings
from overt.errors import UnsupportedError, UsageError
from overt.marking.pipeline import Released
from overt.marks.kept import Kept
from overt.marks.watermark.model import shortened
from overt.marks.watermark.picture.embed import embed
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.records import Store
from overt.tracing.catalogue import FOLDER
from overt.tracing.finder import Finder
from overt.tracing.tracer import Tracer
from samples import ffmpeg

PASSAGE = (
    "春天的早晨，河边的柳树刚刚发芽，孩子们沿着石板路跑向学校，卖豆浆的老人推着车慢慢走过桥头。"
    "雾气从水面升起来，远处的山只剩下淡淡的轮廓，谁也没有注意到钟楼上的那只白鸽已经飞走了。"
    "多年以后，当他们再次回到这座小城，桥头的豆浆摊早已不在，只有那条石板路还和从前一样湿润。"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("tracing")
    initialise(folder, "Example-Studio")
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="module")
def sources(media: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    for name in ("kodim23", "kodim04"):
        with Image.open(media / "images" / f"{name}.png") as picture:
            picture.convert("RGB").resize((576, 384) if name == "kodim23" else (384, 576)).save(folder / f"{name}.png")
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", folder / "speech.wav")
    ffmpeg("-i", media / "video" / "mdn_flower.mp4", "-t", "3", "-vf", "scale=426:-2", folder / "flower.mp4")
    (folder / "story.txt").write_text(PASSAGE, encoding="utf-8")
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def released(home: Setup, sources: dict[str, Path]) -> dict[str, Released]:
    folder = home.home / "out"
    with api.marker(home, folder) as marker:
        return {
            name: marker.mark(path, folder / path.name, ["image_generation"])
            for name, path in sources.items()
            if name != "kodim04"
        }


@pytest.fixture(scope="module")
def tracer(home: Setup, released: dict[str, Released]) -> Iterator[Tracer]:
    with api.tracer(home) as tracer:
        yield tracer


def pixels(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


EDITS = {
    "saved again, small": lambda picture: picture.resize((360, 240)),
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "cut to a quarter": lambda picture: picture.crop((150, 90, 150 + 288, 90 + 192)),
    "turned": lambda picture: picture.rotate(8, Image.Resampling.BICUBIC, expand=True),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_stripped_and_edited_picture_leads_to_its_record(
    edit: str, tracer: Tracer, released: dict[str, Released], tmp_path: Path
):
    EDITS[edit](pixels(released["kodim23"].path)).save(tmp_path / "copy.jpg", quality=80)
    trace = tracer.trace(tmp_path / "copy.jpg")

    assert (trace.outcome, trace.contradictions) == ("found", ())
    assert trace.inspection.verdict.kind == "confirmed"
    first = trace.candidates[0]
    assert first.content_id == released["kodim23"].content_id
    assert [mark.agreement for mark in first.marks] == ["agrees"]
    assert first.proved
    assert {"metadata", "credential"} <= set(first.lost)
    assert "watermark" in first.kept_marks


def test_sound_film_and_text_lead_to_their_records_by_fingerprint(
    tracer: Tracer, released: dict[str, Released], tmp_path: Path
):
    ffmpeg("-ss", "6", "-i", released["speech"].path, "-map_metadata", "-1", "-b:a", "48k", tmp_path / "speech.mp3")
    ffmpeg(
        "-i", released["flower"].path, "-map_metadata", "-1", "-an", "-vf", "scale=320:-2", "-crf", "34",
        tmp_path / "flower.mp4",
    )  # fmt: skip
    ffmpeg("-ss", "1.4", "-i", released["flower"].path, "-frames:v", "1", tmp_path / "frame.jpg")
    (tmp_path / "story.txt").write_text(f"有人在网上写道：{PASSAGE[40:]}", encoding="utf-8")
    expected = {"speech.mp3": "speech", "flower.mp4": "flower", "frame.jpg": "flower", "story.txt": "story"}

    for name, of in expected.items():
        trace = tracer.trace(tmp_path / name)
        assert trace.outcome == "found", name
        assert trace.candidates[0].content_id == released[of].content_id, name
        assert trace.candidates[0].matches, name


def test_a_stranger_leads_nowhere(tracer: Tracer, sources: dict[str, Path]):
    trace = tracer.trace(sources["kodim04"])

    assert (trace.outcome, trace.candidates, trace.gaps) == ("not-found", (), ())
    assert trace.inspection.verdict.kind == "none"


def test_a_copied_id_is_a_contradiction(
    home: Setup, tracer: Tracer, released: dict[str, Released], sources: dict[str, Path], tmp_path: Path
):
    """Whoever holds the key puts the id of one content on another."""
    key = api.watermark_keys(home)[0]
    other = np.asarray(pixels(sources["kodim04"]))
    delta = embed(other, shortened(released["kodim23"].content_id, 64), 64, key).delta
    forged = np.clip(other + delta[..., None], 0, 255).round().astype(np.uint8)
    Image.fromarray(forged).save(tmp_path / "forged.png")
    trace = tracer.trace(tmp_path / "forged.png")

    assert trace.outcome == "could-not-tell"
    assert [mark.agreement for mark in trace.candidates[0].marks] == ["differs"]
    assert "watermark-copied" in {each.name for each in trace.contradictions}
    assert trace.inspection.verdict.kind == "suspected"


def test_an_id_that_no_record_knows_is_told(home: Setup, tracer: Tracer, sources: dict[str, Path], tmp_path: Path):
    key = api.watermark_keys(home)[0]
    other = np.asarray(pixels(sources["kodim04"]))
    marked = np.clip(other + embed(other, 0x1234, 64, key).delta[..., None], 0, 255).round().astype(np.uint8)
    Image.fromarray(marked).save(tmp_path / "lost.png")
    trace = tracer.trace(tmp_path / "lost.png")

    assert [values["id"] for values in trace.unknown] == ["0000000000001234"]
    assert trace.candidates == ()
    watermark = next(each for each in trace.inspection.examination.readings if each.mark == "watermark")
    assert watermark.values["registry"] == "unknown"


def test_without_previews_and_fingerprints_nobody_can_tell(home: Setup, released: dict[str, Released], tmp_path: Path):
    """The id is read and known, but there is nothing to compare the content with."""
    cut = EDITS["cut to a quarter"](pixels(released["kodim23"].path))
    cut.save(tmp_path / "copy.png")
    shutil.copytree(home.home, tmp_path / "home")
    setup = settings.load(tmp_path / "home" / "overt.toml")
    store = Store.open(setup.data)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM fingerprints")
    store.close()
    shutil.rmtree(setup.data / "previews")
    with api.tracer(setup) as tracer:
        trace = tracer.trace(tmp_path / "copy.png")

    assert trace.outcome == "could-not-tell"
    assert [mark.agreement for mark in trace.candidates[0].marks] == ["could-not-tell"]
    assert trace.inspection.verdict.kind == "suspected"


def test_a_reported_content_is_known_until_it_is_forgotten(tracer: Tracer, sources: dict[str, Path], tmp_path: Path):
    entries = tracer.finder.store.ledger_root()[0]
    report = tracer.remember(sources["kodim04"], "reported by the person shown")
    pixels(sources["kodim04"]).resize((300, 450)).save(tmp_path / "again.jpg", quality=60)

    assert tracer.remember(sources["kodim04"], "again") == report
    trace = tracer.trace(tmp_path / "again.jpg")
    assert trace.outcome == "found"
    assert trace.candidates[0].report == report
    assert trace.inspection.verdict.kind == "none"  # What it is, a report does not say.
    tracer.forget(report.report_id)
    assert tracer.trace(tmp_path / "again.jpg").outcome == "not-found"
    assert tracer.finder.store.ledger_root()[0] == entries + 2
    assert tracer.finder.store.kept.rows_of(report.report_id) == ()
    with pytest.raises(UsageError):
        tracer.forget(report.report_id)


def test_a_reported_copy_is_not_told_as_one_with_a_copied_id(
    home: Setup, released: dict[str, Released], tmp_path: Path
):
    """The copy is like the report made of it; with the release it cannot be compared."""
    EDITS["cut to a quarter"](pixels(released["kodim23"].path)).save(tmp_path / "copy.png")
    shutil.copytree(home.home, tmp_path / "home")
    setup = settings.load(tmp_path / "home" / "overt.toml")
    store = Store.open(setup.data)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM fingerprints")
    store.close()
    shutil.rmtree(setup.data / "previews")
    with api.tracer(setup) as tracer:
        report = tracer.remember(tmp_path / "copy.png", "reported by the person shown")
        trace = tracer.trace(tmp_path / "copy.png")

    marks = {each.content_id: [mark.agreement for mark in each.marks] for each in trace.candidates}
    assert marks == {report.report_id: [], released["kodim23"].content_id: ["could-not-tell"]}
    assert not trace.contradictions


def test_what_cannot_be_known_again_is_not_remembered(tracer: Tracer, tmp_path: Path):
    Image.new("RGB", (4, 4), "white").save(tmp_path / "white.png")
    (tmp_path / "junk.bin").write_bytes(b"\0junk")

    with pytest.raises(UnsupportedError):
        tracer.remember(tmp_path / "junk.bin", "why")
    with pytest.raises(UsageError):
        tracer.remember(tmp_path / "white.png", "  ")


def test_the_index_is_made_again_from_the_record(home: Setup, released: dict[str, Released], tmp_path: Path):
    pixels(released["kodim23"].path).save(tmp_path / "copy.jpg", quality=70)
    for harm in (shutil.rmtree, lambda folder: (folder / "pdq" / "state.json").write_text("{")):
        harm(home.data / FOLDER)
        with api.tracer(home) as tracer:
            matches = tracer.trace(tmp_path / "copy.jpg").candidates[0].matches
        assert "pdq" in {match.kind for match in matches}


def test_an_index_of_another_record_is_not_believed(home: Setup, released: dict[str, Released], tmp_path: Path):
    (tmp_path / "data").mkdir()
    shutil.copytree(home.data / FOLDER, tmp_path / "data" / FOLDER)
    store = Store.open(tmp_path / "data")
    with Finder(store, tmp_path / "data") as finder, api.inspector(None) as inspector:
        examination = inspector.inspect(released["kodim23"].path).examination
        assert finder.find(released["kodim23"].path, examination).evidence == ()
    store.close()


def test_a_second_release_of_the_same_picture_is_told_beside_the_first(
    home: Setup, tracer: Tracer, released: dict[str, Released], sources: dict[str, Path], tmp_path: Path
):
    with api.marker(home, tmp_path) as marker:
        second = marker.mark(sources["kodim23"], tmp_path / "second.png", ["image_generation"])
    pixels(second.path).save(tmp_path / "copy.jpg", quality=80)
    trace = tracer.trace(tmp_path / "copy.jpg")

    assert trace.candidates[0].content_id == second.content_id
    assert released["kodim23"].content_id in {each.content_id for each in trace.candidates[1:]}
    assert trace.contradictions == ()


def test_a_release_without_fingerprints_says_why(home: Setup, tmp_path: Path):
    Image.new("RGB", (480, 320), (200, 200, 200)).save(tmp_path / "plain.png")
    with api.marker(home, tmp_path / "out", only=["metadata"]) as marker:
        done = marker.mark(tmp_path / "plain.png", tmp_path / "out" / "plain.png", ["image_generation"])
    store = Store.open(home.data)
    gaps = [row.taken for row in store.kept.rows_of(done.content_id) if hasattr(row.taken, "reason")]
    store.close()

    assert [gap.kind for gap in gaps] == ["pdq"]
    assert replace(Kept(), gaps=tuple(gaps)).gaps[0].reason.zh
