"""The disseminator's act on real files, case by case (Labeling Measures art. 6; formats/marks.md 2.9)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import overt
from overt import api, settings
from overt.dissemination.act import Disseminator
from overt.errors import UsageError
from overt.inspection import Inspector
from overt.marking.pipeline import Marker
from overt.marks.metadata.reading import parse_values
from overt.marks.proof import Outcome
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.records import Store

US = "Example-Platform"
PRODUCER_FIELDS = ("ContentProducer", "ProduceID", "ReservedCode1")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """Another house than the one that marks."""
    folder = tmp_path_factory.mktemp("platform")
    initialise(folder, US)
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="module")
def disseminator(platform: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disseminator]:
    with api.disseminator(platform, tmp_path_factory.mktemp("out")) as ready:
        yield ready


@pytest.fixture(scope="module")
def stranger() -> Iterator[Inspector]:
    """Who reads metadata alone, without a set-up."""
    with Inspector(kinds=("metadata",)) as inspector:
        yield inspector


def out(disseminator: Disseminator, source: Path, name: str = "") -> Path:
    return disseminator.folder / f"{name}{source.name}"


def picture(target: Path, media: Path, **texts: str) -> Path:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    with Image.open(media / "images" / "skimage_chelsea.png") as source:
        source.resize((160, 120)).save(target, pnginfo=info)
    return target


@pytest.fixture(scope="module")
def theirs(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    """A house that marks: metadata alone, which is quick."""
    with api.marker(house, tmp_path_factory.mktemp("theirs"), only=["metadata"]) as marker:
        yield marker


def mark(theirs: Marker, source: Path) -> Path:
    return theirs.mark(source, theirs.folder / source.name, ["other"]).path


@pytest.mark.parametrize("suffix", ["jpg", "png", "wav", "mp4", "txt", "md", "html", "pdf", "docx"])
def test_what_another_house_labelled_keeps_its_producer(
    suffix: str, samples: dict[str, Path], theirs: Marker, disseminator: Disseminator, stranger: Inspector
):
    source = mark(theirs, samples[suffix])
    found = stranger.inspect(source).aigc

    done = disseminator.disseminate(source, out(disseminator, source))

    again = stranger.inspect(done.path)
    assert done.plan.case == "confirmed"
    assert again.verdict.kind == "confirmed"
    assert again.aigc == done.plan.label.values()
    assert {key: again.aigc[key] for key in PRODUCER_FIELDS} == {key: found[key] for key in PRODUCER_FIELDS}
    assert (again.aigc["Label"], again.aigc["ContentPropagator"]) == ("1", US)
    assert again.aigc["PropagateID"] == done.inspection.write_back["PropagateID"]
    assert done.plan.changes == ()
    (reading,) = [reading for reading in again.examination.readings if reading.mark == "metadata"]
    assert reading.defects == ()
    assert {proof.outcome for proof in reading.proofs} == {Outcome.DIGEST}


def test_the_same_file_gets_the_same_bytes_again_and_one_ledger_entry(
    samples: dict[str, Path], platform: Setup, disseminator: Disseminator
):
    source = samples["png"]

    first = disseminator.disseminate(source, out(disseminator, source, "a-"), declared=True)
    second = disseminator.disseminate(source, out(disseminator, source, "b-"), declared=True)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.ledger_index == second.ledger_index
    third = disseminator.disseminate(first.path, out(disseminator, source, "c-"))
    assert third.plan.kept
    assert not third.written
    assert third.path.read_bytes() == first.path.read_bytes()


def test_nothing_found_and_declared_is_possible_without_a_producer(
    samples: dict[str, Path], platform: Setup, disseminator: Disseminator, stranger: Inspector
):
    done = disseminator.disseminate(samples["wav"], out(disseminator, samples["wav"], "declared-"), declared=True)

    label = stranger.inspect(done.path).aigc
    assert done.plan.case == "possible"
    assert {key: label[key] for key in PRODUCER_FIELDS} == dict.fromkeys(PRODUCER_FIELDS, "")
    assert (label["Label"], label["ContentPropagator"]) == ("2", US)
    assert done.notice.en == "This content may be AI-generated or synthesised"
    with_record = Store.open(platform.data)
    record = with_record.dissemination(label["PropagateID"])
    with_record.close()
    assert (record.attribute, record.declared, record.sha256) == ("2", "yes", done.sha256)
    assert json.loads(record.label) == label


def test_traces_without_a_word_of_the_user_are_suspected(media: Path, tmp_path: Path, disseminator: Disseminator):
    source = picture(tmp_path / "sd.png", media, parameters="a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7")

    done = disseminator.disseminate(source, out(disseminator, source))

    assert done.plan.case == "suspected"
    assert done.plan.label.label == "3"
    assert done.plan.label.content_producer == ""
    with Image.open(done.path) as written:
        assert written.text["parameters"].startswith("a cat")  # The trace is somebody's metadata: it stays.
    declared = disseminator.disseminate(source, out(disseminator, source, "d-"), declared=True)
    assert declared.plan.label.label == "2"


def test_nothing_found_is_passed_on_as_it_is(samples: dict[str, Path], disseminator: Disseminator):
    source = samples["jpg"]

    done = disseminator.disseminate(source, out(disseminator, source, "plain-"))

    assert (done.plan.case, done.written, done.notice, done.ledger_index) == ("none", False, None, None)
    assert done.path.read_bytes() == source.read_bytes()
    assert [each.duty for each in done.plan.remaining] == ["LB-06d"]


def test_what_cannot_be_read_is_not_passed_on(samples: dict[str, Path], tmp_path: Path, disseminator: Disseminator):
    source = tmp_path / "cut.png"
    source.write_bytes(samples["png"].read_bytes()[:3000])

    done = disseminator.disseminate(source, out(disseminator, source), declared=True)

    assert (done.plan.case, done.path, done.written) == ("unreadable", None, False)
    assert not out(disseminator, source).exists()


def test_values_are_kept_as_read_and_what_is_not_is_told(
    media: Path, tmp_path: Path, disseminator: Disseminator, stranger: Inspector
):
    label = {"Label": 2, "ContentProducer": "某 公司", "ProduceID": "x1", "ReservedCode1": '{"a": "b"}'}
    source = picture(tmp_path / "han.png", media, AIGC=json.dumps({"AIGC": label}, ensure_ascii=False))

    done = disseminator.disseminate(source, out(disseminator, source))

    written = stranger.inspect(done.path).aigc
    assert written["Label"] == "2"
    assert written["ContentProducer"] == "%E6%9F%90%20%E5%85%AC%E5%8F%B8"
    assert written["ProduceID"] == "x1"
    assert written["ReservedCode1"] == '{"a":"b"}'
    assert [change.field for change in done.plan.changes] == ["ContentProducer", "ReservedCode1"]


def test_the_strongest_of_several_labels_stays_and_the_others_are_told(
    media: Path, tmp_path: Path, disseminator: Disseminator, stranger: Inspector
):
    source = picture(
        tmp_path / "two.png",
        media,
        AIGC='{"AIGC":{"Label":"3","ContentProducer":"A","ProduceID":"a"}}',
        aigc='{"AIGC":{"Label":"1","ContentProducer":"B","ProduceID":"b"}}',
    )

    done = disseminator.disseminate(source, out(disseminator, source))

    answer = stranger.inspect(done.path)
    assert (answer.aigc["Label"], answer.aigc["ContentProducer"]) == ("1", "B")
    assert [each.content_producer for each in done.plan.superseded] == ["A"]
    assert [each.name for each in done.inspection.verdict.contradictions] == ["labels-disagree"]
    assert len([each for each in answer.examination.readings if each.mark == "metadata"]) == 1


def test_exactly_what_we_released_needs_nothing(samples: dict[str, Path], theirs: Marker, house: Setup, tmp_path: Path):
    source = mark(theirs, samples["webp"])
    with api.disseminator(house, tmp_path) as own:
        done = own.disseminate(source, tmp_path / "own.webp")

    assert done.plan.kept
    assert done.path.read_bytes() == source.read_bytes()


def test_our_release_whose_label_was_lost_gets_it_again(
    samples: dict[str, Path], house: Setup, tmp_path: Path, stranger: Inspector
):
    with api.marker(house, tmp_path, only=["label"]) as marker:
        only_label = marker.mark(samples["jpg"], tmp_path / "label-only.jpg", ["image_generation"])
    with api.disseminator(house, tmp_path) as own:
        done = own.disseminate(only_label.path, tmp_path / "again.jpg")

    written = stranger.inspect(done.path).aigc
    assert (written["Label"], written["ProduceID"]) == ("1", only_label.content_id)


@pytest.mark.parametrize("sign", ["none", "es256", "sm2"])
def test_the_propagators_own_security_data(sign: str, samples: dict[str, Path], tmp_path: Path, stranger: Inspector):
    initialise(tmp_path, US)
    key = {"es256": "TEST-ONLY-signing-key.pem", "sm2": "TEST-ONLY-sm2-key.pem"}.get(sign)
    config = tmp_path / "overt.toml"
    text = config.read_text(encoding="utf-8").replace('sign = "digest"', f'sign = "{sign}"')
    config.write_text(text.replace("# key =", f'key = "keys/{key}"\n#') if key else text, encoding="utf-8")
    setup = settings.load(config)

    done = overt.disseminate(samples["png"], tmp_path / "1.png", declared=True, setup=setup)
    again = overt.disseminate(samples["png"], tmp_path / "2.png", declared=True, setup=setup)

    assert done.path.read_bytes() == again.path.read_bytes()
    assert done.ledger_index == again.ledger_index
    seen = _proof(stranger.inspect(done.path))
    own = _proof(overt.inspect(done.path, kinds=("metadata",), setup=setup))
    assert (seen, own) == {
        "none": (Outcome.NONE, Outcome.NONE),
        "es256": (Outcome.SELF_SUPPLIED, Outcome.PINNED),
        "sm2": (Outcome.SELF_SUPPLIED, Outcome.PINNED),
    }[sign]


def _proof(answer) -> Outcome:
    (reading,) = [reading for reading in answer.examination.readings if reading.mark == "metadata"]
    assert parse_values(reading.values).label == "2"
    return next(proof.outcome for proof in reading.proofs if proof.field == "ReservedCode2")


def test_wrong_use_is_named(samples: dict[str, Path], tmp_path: Path, disseminator: Disseminator):
    with pytest.raises(UsageError):
        disseminator.disseminate(tmp_path / "none.png", tmp_path / "out.png")
    with pytest.raises(UsageError):
        disseminator.disseminate(samples["png"], samples["png"])
    with pytest.raises(UsageError):
        disseminator.disseminate(samples["png"], disseminator.folder / "out.jpg", declared=True)


def test_exiftool_shows_the_written_label(samples: dict[str, Path], disseminator: Disseminator):
    done = disseminator.disseminate(samples["webp"], out(disseminator, samples["webp"]), declared=True)
    told = subprocess.run(["exiftool", "-s3", "-XMP-TC260:Aigc", done.path], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == done.plan.label.to_json()


CREDENTIALS = {
    "with a key": ("signed-anew", "3", ""),
    "without a key": ("broken", "3", "[dissemination]\n"),
    "without a key, for the credential's sake": (
        "kept", None, '[dissemination]\ncredential = "keep"\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("state", "attribute", "more"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_file_with_a_credential(state: str, attribute: str | None, more: str, media: Path, tmp_path: Path):
    initialise(tmp_path, US)
    config = tmp_path / "overt.toml"
    if more:
        head = config.read_text(encoding="utf-8").partition("[credential]\n")[0]
        config.write_text(head + more, encoding="utf-8")
    setup = settings.load(config)
    source = media / "images" / "ai_chatgpt-1.png"

    done = overt.disseminate(source, tmp_path / "out.png", setup=setup)

    assert (done.plan.case, done.credential) == ("suspected", state)
    with Inspector(kinds=("metadata", "credential")) as inspector:
        answer = inspector.inspect(done.path)
    assert (answer.aigc or {}).get("Label") == attribute
    credential = next(each for each in answer.examination.readings if each.mark == "credential")
    assert credential.values["binding"] == {"signed-anew": "intact", "broken": "mismatch", "kept": "intact"}[state]
    assert ("LB-06e" in {each.duty for each in done.plan.remaining}) == (state != "signed-anew")
    again = overt.inspect(done.path, kinds=("metadata", "credential"), setup=setup)
    assert again.verdict.kind == "suspected"  # Passing a statement on does not make it ours.
    if state == "signed-anew":
        assert credential.values["manifests"] > 1  # The received file's chain goes on.
    if state == "kept":
        assert done.path.read_bytes() == source.read_bytes()
