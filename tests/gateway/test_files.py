"""Pictures, speech, films and other interfaces through the gateway: every file that comes back is inspected."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from gateway.generator import FORBIDDEN, Generator
from gateway.test_chat import labels
from overt import api
from overt.inspection import Inspector
from overt.settings import Setup


@pytest.fixture(scope="module")
def own(home: Setup) -> Iterator[Inspector]:
    with api.inspector(home, kinds=("metadata", "credential", "label")) as inspector:
        yield inspector


def content_id_of(data: bytes, own: Inspector, folder: Path) -> str:
    """The content id of a file whose verdict is confirmed."""
    path = folder / "came-back"
    path.write_bytes(data)
    found = own.inspect(path)
    assert found.verdict.kind == "confirmed", found.verdict
    return found.aigc["ProduceID"]


def test_pictures_in_base64(client: openai.OpenAI, own: Inspector, tmp_path: Path) -> None:
    raw = client.images.with_raw_response.generate(prompt="a pier", model="small", n=2, response_format="b64_json")
    ids = raw.headers["overt-content-id"].split(", ")
    pictures = raw.parse().data
    assert len(set(ids)) == len(pictures) == 2
    for content_id, picture in zip(ids, pictures, strict=True):
        assert content_id_of(base64.b64decode(picture.b64_json), own, tmp_path) == content_id
        assert picture.content_id == content_id


def test_pictures_behind_links(client: openai.OpenAI, own: Inspector, tmp_path: Path, gateway: str) -> None:
    raw = client.images.with_raw_response.generate(prompt="a pier", model="small", response_format="url")
    url = raw.parse().data[0].url
    assert url.startswith(f"{gateway}/overt/files/")
    answer = httpx.get(url)
    assert answer.headers["content-type"] == "image/png"
    assert content_id_of(answer.content, own, tmp_path) == raw.headers["overt-content-id"]
    assert httpx.get(url[:-20] + "x" * 10 + url[-10:]).status_code == 404


def test_a_link_that_leads_elsewhere_is_not_followed(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError, match=r"elsewhere\.example") as caught:
        client.images.generate(prompt="a pier", model="elsewhere", response_format="url")
    assert caught.value.status_code == 502


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_edits_and_variations(client: openai.OpenAI, own: Inspector, tmp_path: Path, files: dict[str, Path]) -> None:
    picture = files["png"].read_bytes()
    edited = client.images.with_raw_response.edit(
        image=[("a.png", picture), ("b.png", picture)],
        prompt="a red pier",
        response_format="b64_json",
        extra_headers={"Overt-Technique": "image_restoration"},
    )
    data = base64.b64decode(edited.parse().data[0].b64_json)
    assert content_id_of(data, own, tmp_path) == edited.headers["overt-content-id"]
    with pytest.raises(openai.PermissionDeniedError):
        client.images.edit(image=picture, prompt=FORBIDDEN)
    varied = client.images.with_raw_response.create_variation(image=picture, response_format="b64_json")
    data = base64.b64decode(varied.parse().data[0].b64_json)
    assert content_id_of(data, own, tmp_path) == varied.headers["overt-content-id"]


@pytest.mark.parametrize("form", ["mp3", "wav", "flac", "opus", "aac"])
def test_speech(client: openai.OpenAI, own: Inspector, tmp_path: Path, form: Any) -> None:
    answer = client.audio.speech.with_raw_response.create(
        model="tts", voice="alloy", input="Good evening.", response_format=form
    )
    assert content_id_of(answer.content, own, tmp_path) == answer.headers["overt-content-id"]


def test_speech_without_a_place_for_marks_is_refused(client: openai.OpenAI) -> None:
    for more in ({"response_format": "pcm"}, {"stream_format": "sse"}):
        with pytest.raises(openai.BadRequestError, match="marks"):
            client.audio.speech.create(model="tts", voice="alloy", input="Good evening.", **more)


@pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")
def test_a_film_from_its_order_to_its_content(
    client: openai.OpenAI, own: Inspector, tmp_path: Path, generator: Generator
) -> None:
    ordered = client.videos.with_raw_response.create(prompt="waves at a pier", model="sora-2")
    film = client.videos.poll(ordered.parse().id)
    assert film.status == "completed"
    first = client.videos.download_content(film.id)
    assert content_id_of(first.content, own, tmp_path) == ordered.headers["overt-content-id"]
    asked = len(generator.asked)
    assert client.videos.download_content(film.id).content == first.content
    assert len(generator.asked) == asked
    with pytest.raises(openai.BadRequestError, match="film itself"):
        client.videos.download_content(film.id, variant="thumbnail")
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve("video_of_somebody_else")


def test_an_adapter_for_pictures(gateway: str, key: Any, own: Inspector, tmp_path: Path) -> None:
    answer = httpx.post(
        f"{gateway}/sdapi/v1/txt2img",
        json={"prompt": "a pier", "batch_size": 2},
        headers={"Overt-Key": key[1]},
        timeout=60,
    )
    ids = answer.headers["overt-content-id"].split(", ")
    for content_id, picture in zip(ids, answer.json()["images"], strict=True):
        assert content_id_of(base64.b64decode(picture), own, tmp_path) == content_id


def test_an_adapter_for_texts(gateway: str, key: Any) -> None:
    address, headers = f"{gateway}/api/generate", {"Overt-Key": key[1]}
    told = httpx.post(address, json={"prompt": "a pier"}, headers=headers).json()
    assert labels(told["response"]) == 2
    assert told["aigc"]["Label"] == "1"
    assert httpx.post(address, json={"prompt": FORBIDDEN}, headers=headers).status_code == 403
    refused = httpx.post(address, json={"prompt": "a pier", "stream": True}, headers=headers)
    assert refused.json()["error"]["param"] == "stream"
