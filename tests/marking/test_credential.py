"""When a credential is put on, when it is left out with a remark, and when that is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from overt import api, settings
from overt.errors import SetupError, UnsupportedError
from overt.inspection import Inspector
from overt.marking.pipeline import Released
from overt.settings import Setup
from overt.setup.initialise import initialise
from samples import ffmpeg


@pytest.mark.parametrize("suffix", ["jpg", "png", "wav", "mp4", "pdf"])
def test_it_is_put_on_without_being_asked_for(suffix: str, released: dict[str, Released]):
    assert [reading.mark for reading in released[suffix].marks][-3:] == ["label", "metadata", "credential"]
    assert not any("credential" in remark.en for remark in released[suffix].remarks)


@pytest.mark.parametrize(("suffix", "why"), [("txt", "carry no content credential"), ("docx", "times as large")])
def test_where_it_cannot_be_the_rest_is_put_on_with_a_remark(suffix: str, why: str, released: dict[str, Released]):
    assert [reading.mark for reading in released[suffix].marks] == ["label", "metadata"]
    assert why in released[suffix].remarks[-1].en


def test_what_was_asked_for_is_refused_where_it_cannot_be(samples: dict[str, Path], house: Setup, tmp_path: Path):
    target = tmp_path / "out.txt"
    with pytest.raises(UnsupportedError, match="carry no content credential"):
        api.mark(samples["txt"], target, technique="passage_generation", only=["credential"], setup=house)
    assert not target.exists()


def test_a_document_gets_one_when_asked_and_grows(samples: dict[str, Path], house: Setup, tmp_path: Path):
    target = tmp_path / "out.docx"
    marks = ["label", "metadata", "credential"]
    made = api.mark(samples["docx"], target, technique="passage_generation", only=marks, setup=house)

    assert [reading.mark for reading in made.marks] == marks
    assert target.stat().st_size > 5 * samples["docx"].stat().st_size


def test_a_credential_alone(samples: dict[str, Path], house: Setup, tmp_path: Path, own: Inspector):
    target = tmp_path / "out.png"
    made = api.mark(samples["png"], target, technique="image_generation", only=["credential"], setup=house)
    answer = own.inspect(target)

    assert [reading.mark for reading in made.marks] == ["credential"]
    assert made.marks[0].values["aigc"] is None
    assert answer.verdict.kind == "confirmed"
    assert answer.verdict.contradictions == ()


def test_the_credential_of_a_source_stays_in_the_chain(media: Path, house: Setup, tmp_path: Path):
    source, target = media / "images" / "ai_firefly-1.png", tmp_path / "out.png"
    made = api.mark(source, target, technique="image_generation", only=["metadata", "credential"], setup=house)
    values = made.marks[-1].values

    assert values["manifests"] == 2
    assert "Adobe Firefly" in values["agents"]
    assert values["binding"] == "intact"


def test_a_set_up_without_a_key_marks_without(samples: dict[str, Path], tmp_path: Path):
    initialise(tmp_path / "home", "P")
    config = tmp_path / "home" / "overt.toml"
    kept = [line for line in config.read_text().splitlines() if not line.startswith(("certificates =", "key ="))]
    config.write_text("\n".join(kept))
    setup = settings.load(config)
    made = api.mark(samples["jpg"], tmp_path / "a.jpg", technique="image_generation", setup=setup)

    assert [reading.mark for reading in made.marks] == ["label", "metadata"]
    assert "no key for content credentials" in made.remarks[-1].en
    with pytest.raises(SetupError, match="no key"):
        api.mark(samples["jpg"], tmp_path / "b.jpg", technique="image_generation", only=["credential"], setup=setup)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('certificates = "a.pem"', "belongs together"),
        ('key = "a.pem"', "belongs together"),
        ('certificates = "a.pem"\nkey = "a.pem"\ncommand = ["b"]', "not both"),
        ('training = "maybe"', "training"),
    ],
)
def test_half_a_setting_is_told(lines: str, said: str, tmp_path: Path):
    (tmp_path / "overt.toml").write_text(f'producer = "P"\n[credential]\n{lines}\n')
    with pytest.raises(SetupError, match=said):
        settings.load(tmp_path / "overt.toml")


def test_keys_that_are_gone_are_the_set_ups_fault(samples: dict[str, Path], tmp_path: Path):
    made = initialise(tmp_path / "home", "P")
    made.signing_key.unlink()
    with pytest.raises(SetupError, match="signing key"):
        api.mark(samples["jpg"], tmp_path / "a.jpg", technique="image_generation", setup=settings.load(made.config))


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_an_rf64_is_marked_without_one_and_the_remark_says_so(magic: bytes, media: Path, house: Setup, tmp_path: Path):
    source = tmp_path / "a.wav"
    ffmpeg("-i", media / "audio" / "whisper_jfk.flac", "-t", "1", "-rf64", "always", source)
    source.write_bytes(magic + source.read_bytes()[4:])
    made = api.mark(source, tmp_path / "b.wav", technique="text_to_speech", setup=house)

    assert [reading.mark for reading in made.marks] == ["label", "metadata"]
    assert made.remarks[-1].en == f"no content credential: {magic.decode()} files carry no content credential"


def test_a_pdf_that_is_signed_again_has_no_holes_in_its_table(
    released: dict[str, Released], house: Setup, tmp_path: Path
):
    target = tmp_path / "again.pdf"
    made = api.mark(released["pdf"].path, target, technique="passage_generation", setup=house)
    read = subprocess.run(["pdfinfo", "-custom", target], capture_output=True, text=True, check=True)

    assert made.marks[-1].values["manifests"] == 2
    assert made.marks[-1].values["binding"] == "intact"
    assert read.stderr == ""
    assert made.content_id in read.stdout


def test_an_older_credential_that_no_longer_fits_is_remarked_on(released: dict[str, Released], tmp_path: Path):
    initialise(tmp_path / "home", "P")
    config = tmp_path / "home" / "overt.toml"
    kept = [line for line in config.read_text().splitlines() if not line.startswith(("certificates =", "key ="))]
    config.write_text("\n".join(kept))
    made = api.mark(
        released["png"].path, tmp_path / "out.png", technique="image_generation", setup=settings.load(config)
    )

    assert [reading.mark for reading in made.marks] == ["label", "metadata"]
    assert any("no longer fits" in remark.en for remark in made.remarks)
