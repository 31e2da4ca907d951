"""Functions and pipelines inside a program, gated and marked."""

from __future__ import annotations

import hashlib
import wave
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import overt
from overt import api, settings
from overt.errors import RefusedError, UnsupportedError
from overt.rulebook import load
from overt.settings import CredentialSettings, Setup
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.wrappers import studio

TEXT = "The keeper climbed two hundred and twelve steps every evening and wrote the weather into a green book."


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    folder = tmp_path_factory.mktemp("wrappers")
    initialise(folder, "Example-Studio")
    made = settings.load(folder / "overt.toml")
    chosen = made.settings
    # Watermark and credential are tried where they are made; they take most of the time of a mark.
    off = {"watermark": chosen.watermark.model_copy(update={"key": None}), "credential": CredentialSettings()}
    yield made.model_copy(update={"settings": chosen.model_copy(update=off)})
    for each in list(studio._studios.values()):
        each.close()


@pytest.fixture(scope="module")
def gated(setup: Setup) -> Setup:
    on = {"gate": setup.settings.gate.model_copy(update={"on": True})}
    return setup.model_copy(update={"settings": setup.settings.model_copy(update=on)})


@pytest.fixture(scope="module")
def account(gated: Setup) -> str:
    with closing(api.records(gated)) as store:
        opened = Accounts(store).open()
        Accounts(store).attest(opened, "phone", "Example Telecom", "TX-1")
        return opened


@pytest.fixture(scope="module")
def photo(media: Path) -> Image.Image:
    with Image.open(media / "images" / "kodim23.png") as picture:
        return picture.convert("RGB").resize((240, 160))


def content_id_of(path: Path, setup: Setup) -> str:
    found = api.inspect(path, kinds=("metadata", "credential", "label"), setup=setup)
    assert found.verdict.kind == "confirmed"
    return found.aigc["ProduceID"]


def labels(text: str) -> int:
    rules = load().label
    return sum(rules.has_elements(line) for line in text.splitlines())


def test_pictures_bytes_and_paths_come_back_as_they_were(setup: Setup, photo: Image.Image, tmp_path: Path) -> None:
    photo.save(tmp_path / "photo.jpg")

    @overt.generator(technique="image_generation", setup=setup, outputs=3)
    def draw(prompt: str) -> tuple[Image.Image, bytes, Path]:
        """Draws."""
        return photo, (tmp_path / "photo.jpg").read_bytes(), tmp_path / "photo.jpg"

    assert draw.__doc__ == "Draws."
    made = draw("a lighthouse")
    picture, data, path = made.value
    assert picture.size == photo.size
    assert np.any(np.asarray(picture) != np.asarray(photo))
    assert path.suffix == ".jpg"
    assert hashlib.sha256(data).hexdigest() == made.contents[1].sha256
    assert made.content_id == made.contents[0].content_id
    for content in made.contents:
        assert content_id_of(content.path, setup) == content.content_id


def test_arrays_of_pixels_and_of_samples(setup: Setup, photo: Image.Image, media: Path) -> None:
    @overt.generator(technique="image_generation", setup=setup)
    def pixels() -> np.ndarray:
        return np.asarray(photo, dtype=np.float32) / 255

    made = pixels()
    assert made.value.shape == (160, 240, 3)
    assert made.value.dtype == np.float32
    content_id_of(made.contents[0].path, setup)

    rate = 16_000
    tone = (0.3 * np.sin(np.arange(2 * rate) * 2 * np.pi * 220 / rate)).astype(np.float32)

    @overt.generator(technique="text_to_speech", setup=setup, rate=rate)
    def speak(text: str) -> np.ndarray:
        return tone

    said = speak("Good evening.")
    assert said.value.ndim == 1
    assert len(said.value) > len(tone)  # The spoken label is there.
    with wave.open(str(said.contents[0].path)) as file:
        assert file.getframerate() == rate
    content_id_of(said.contents[0].path, setup)


def test_texts_whole_and_in_pieces(setup: Setup) -> None:
    @overt.generator(technique="passage_generation", setup=setup)
    def write(prompt: str) -> str:
        return TEXT

    @overt.generator(technique="passage_generation", setup=setup)
    def stream(prompt: str) -> Iterator[str]:
        yield from (word + " " for word in TEXT.split())

    whole, pieces = write("a story"), stream("a story")
    assert labels(whole.value) == 2
    said = "".join(pieces.value)
    assert labels(said) == 2
    with closing(api.records(setup)) as store:
        for content_id, text in ((whole.content_id, whole.value), (pieces.content_id, said)):
            assert store.by_content_id(content_id).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_what_cannot_carry_marks_is_said(setup: Setup) -> None:
    @overt.generator(technique="image_generation", setup=setup)
    def answer() -> int:
        return 42

    with pytest.raises(UnsupportedError, match="int cannot be marked"):
        answer()


class Answered:
    """What transformers' pipelines give: lists of dictionaries."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def __call__(self, text_inputs: Any = "", **_: Any) -> Any:
        return self.given


def test_pipelines_of_transformers_by_the_shape_of_what_they_give(setup: Setup) -> None:
    chat = [{"generated_text": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": TEXT}]}]
    wrapped = overt.wrap(Answered(chat), technique="question_answering", setup=setup)
    made = wrapped([{"role": "user", "content": "Hi"}])
    assert labels(made.value[0]["generated_text"][-1]["content"]) == 2
    assert made.value[0]["generated_text"][0] == {"role": "user", "content": "Hi"}
    tone = np.sin(np.arange(16_000) / 20).astype(np.float32)[np.newaxis]
    spoken = overt.wrap(Answered({"audio": tone, "sampling_rate": 16_000}), technique="text_to_speech", setup=setup)(
        "Hello"
    )
    assert spoken.value["audio"].shape[0] == 1
    content_id_of(spoken.contents[0].path, setup)


@dataclass
class Output(OrderedDict):
    """An output as diffusers has it: an ordered dictionary with attributes."""

    images: Any

    def __post_init__(self) -> None:
        for field in fields(self):
            super().__setitem__(field.name, getattr(self, field.name))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.keys() and value is not None:
            super().__setitem__(name, value)
        super().__setattr__(name, value)


class Diffusion:
    """A pipeline with steps, and a callback between them."""

    def __init__(self, picture: Image.Image) -> None:
        self.picture = picture
        self.steps = 0

    def __call__(self, prompt: Any, num_images_per_prompt: int = 1, callback_on_step_end: Any = None) -> Output:
        for step in range(3):
            self.steps += 1
            if callback_on_step_end:
                callback_on_step_end(self, step, 0, {})
        return Output([self.picture] * num_images_per_prompt)


def test_pipelines_of_diffusers(
    gated: Setup, account: str, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overt.wrappers.pipelines._SECONDS", 0.0)
    pipeline = Diffusion(photo)
    draw = overt.wrap(pipeline, technique="image_generation", purpose="art", setup=gated)
    steps = []
    with overt.requested(account=account):
        made = draw(
            "a lighthouse", num_images_per_prompt=2, callback_on_step_end=lambda *told: steps.append(told[1]) or told[3]
        )
    assert steps == [0, 1, 2]
    assert draw.picture is photo
    assert len({each.content_id for each in made.contents}) == 2
    assert made.value["images"] == made.value.images
    for content in made.contents:
        assert content_id_of(content.path, gated) == content.content_id


def test_what_the_gate_refuses_does_not_run(gated: Setup, account: str, photo: Image.Image) -> None:
    pipeline = Diffusion(photo)
    draw = overt.wrap(pipeline, technique="image_generation", purpose="no-such-purpose", setup=gated)
    with overt.requested(account=account), pytest.raises(RefusedError):
        draw("a lighthouse")
    assert pipeline.steps == 0
