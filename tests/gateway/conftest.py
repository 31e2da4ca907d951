from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openai
import pytest
from PIL import Image

from gateway.gates import gates
from gateway.generator import Generator, serving
from overt import api, settings
from overt.gateway.app import application
from overt.settings import GatewaySettings, Setup, WatermarkSettings
from overt.setup.initialise import initialise
from overt.store.gateway import GatewayKey, GatewayRecords
from samples import make

CREDENTIAL = "sk-of-the-generator"


@pytest.fixture(scope="session")
def files(media: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("generated")
    made = {suffix: make(suffix, media, folder) for suffix in ("wav", "mp3", "flac", "opus", "aac", "mp4")}
    made["png"] = folder / "picture.png"
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.convert("RGB").resize((240, 160)).save(made["png"])
    return made


@pytest.fixture(scope="session")
def generator(files: dict[str, Path]) -> Generator:
    return Generator(files)


@pytest.fixture(scope="session")
def upstream(generator: Generator) -> Iterator[str]:
    with serving(generator.app) as address:
        yield address


@pytest.fixture(scope="session")
def home(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("gateway")
    initialise(folder, "Example-Studio")
    (folder / "keys" / "upstream").write_text(CREDENTIAL)
    (folder / "other.toml").write_text(ADAPTER)
    setup = settings.load(folder / "overt.toml")
    chosen = GatewaySettings(
        upstream=f"{upstream}/v1",
        credential=Path("keys/upstream"),
        adapters=(Path("other.toml"),),
        most_asked=1,
        workers=1,
    )
    # The watermark is tried where it is made; it takes most of the time of a mark.
    changed = {"gateway": chosen, "watermark": WatermarkSettings()}
    return setup.model_copy(update={"settings": setup.settings.model_copy(update=changed)})


@pytest.fixture(scope="session")
def key(home: Setup) -> tuple[GatewayKey, str]:
    with closing(api.records(home)) as store:
        return GatewayRecords(store).add_key("tests", purpose="education")


@pytest.fixture(scope="session")
def gateway(home: Setup, key: tuple[GatewayKey, str]) -> Iterator[str]:
    with serving(application(home, gates)) as address:
        yield address


@pytest.fixture(scope="session")
def client(gateway: str, key: tuple[GatewayKey, str]) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway}/v1", api_key=key[1], max_retries=0) as client:
        yield client


ADAPTER = """
[[route]]
path = "/sdapi/v1/txt2img"
function = "images.generate"
techniques = ["image_generation"]
prompts = ["/prompt", "/negative_prompt"]
outputs = "/batch_size"
answers = [{ kind = "base64", at = "/images/*", medium = "image" }]

[[route]]
path = "/api/generate"
function = "chat.completions"
techniques = ["passage_generation"]
prompts = ["/prompt", "/system"]
answers = [{ kind = "text", at = "/response", medium = "text" }]

[[route.refuse]]
at = "/stream"
equals = [true]
zh = "此路由不支持数据流"
en = "this route has no streams"
"""
