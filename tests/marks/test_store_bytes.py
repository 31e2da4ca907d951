"""The manifest store of released files as bytes, against the reference implementation of C2PA."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from overt import settings
from overt.formats import identify
from overt.marking.pipeline import Released
from overt.marks.credential.store_bytes import active_label, manifest_store
from overt.settings import Setup
from overt.store.records import Store

c2pa = pytest.importorskip("c2pa")

HOLD = (
    "jpg",
    "png",
    "webp",
    "gif",
    "tif",
    "svg",
    "avif",
    "heic",
    "jxl",
    "wav",
    "mp3",
    "flac",
    "m4a",
    "mp4",
    "avi",
    "pdf",
)
"""Formats whose store is found in the bytes; in packages and texts it is not."""


@pytest.mark.parametrize("suffix", HOLD)
def test_the_store_is_the_one_that_the_reference_reads(suffix: str, released: dict[str, Released]):
    path = released[suffix].path
    data = path.read_bytes()
    store = manifest_store(memoryview(data), identify(memoryview(data), path.name).name)
    with c2pa.Reader(str(path)) as reader:
        told = json.loads(reader.json())

    assert store is not None
    assert active_label(store) == told["active_manifest"]
    with c2pa.Reader("application/c2pa", io.BytesIO(store)) as reader:
        assert json.loads(reader.json())["active_manifest"] == told["active_manifest"]


def test_it_is_kept_with_the_release(house: Setup, released: dict[str, Released]):
    store = Store.open(settings.load(house.home / "overt.toml").data)
    content_id = released["png"].content_id
    label = store.kept.manifest_label(content_id)

    assert label
    assert label.startswith("urn:c2pa:")
    assert store.kept.by_manifest_label(label) == content_id
    assert store.kept.manifest(content_id)
    assert store.kept.manifest(released["txt"].content_id) is None
    store.close()


def test_what_is_cut_off_or_absent_is_no_store(samples: dict[str, Path], released: dict[str, Released]):
    for suffix in ("jpg", "png", "mp4", "gif", "svg"):
        data = samples[suffix].read_bytes()
        assert manifest_store(memoryview(data), identify(memoryview(data), f"a.{suffix}").name) is None
    whole = released["png"].path.read_bytes()
    at = whole.index(b"jumdc2pa")
    assert manifest_store(memoryview(whole[: at + 200]), "png") is None
    assert active_label(b"") == active_label(b"\0" * 40) == ""
