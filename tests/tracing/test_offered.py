"""Fingerprints that a visitor's device made: read with suspicion, and looked up like any other."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from overt.errors import FormatError
from overt.fingerprints import pdq
from overt.marks.kept import Kept, Print, Remembered
from overt.store.records import Store
from overt.tracing import offered
from overt.tracing.finder import Finder

HASH = "ab" * 32


def told(**more: Any) -> str:
    """What a device sends of a picture."""
    return json.dumps({"v": 1, "sha256": HASH, "type": "image/png"} | more)


def of(picture: Image.Image) -> str:
    """As a device would make it."""
    made = pdq.queries(np.asarray(picture.convert("RGB")))
    pictures = [
        {"quality": int(made.quality[at]), "hashes": [pdq.spelled(each) for each in made.values[at : at + 8]]}
        for at in range(0, len(made), 8)
    ]
    return told(pictures=pictures)


def test_what_a_device_made_leads_to_the_record_as_the_file_would(store: Store, media: Path, tmp_path: Path) -> None:
    photo = Image.open(media / "images" / "kodim23.png")
    kept = Print.of(pdq.fingerprint(np.asarray(photo.convert("RGB"))))
    store.remember(Remembered("r-1", "cd" * 32, "image/png", "why", "2026-11-23T00:00:00Z"), Kept((kept,)))
    with Finder(store, tmp_path) as finder:
        made = offered.read(of(ImageOps.mirror(photo)))
        found = finder.find_prints(made.asked, made.sha256)
        assert [(each.content_id, each.origin, each.led_by) for each in found.evidence] == [
            ("r-1", "reported", ["fingerprint"])
        ]
        assert "mirrored" in found.evidence[0].matches[0].comparison.changed
        assert finder.find_prints((), "cd" * 32).evidence[0].led_by == ["bytes"]
        other = offered.read(of(Image.open(media / "images" / "kodim01.png")))
        nothing = finder.find_prints(other.asked, other.sha256)
        assert (nothing.evidence, nothing.asked) == ((), ("pdq",))


def test_a_film_and_a_plain_picture() -> None:
    frame = (7).to_bytes(4, "little") + bytes([90]) + bytes(range(64))
    film = offered.read(told(type="video/mp4", film={"extent": 20, "frames": b64encode(frame).decode()}))
    assert [len(each.opened()) for each in film.asked] == [1, 0, 0, 0, 0, 1]
    assert film.kept[0].opened().values.tobytes() == bytes(range(32))
    plain = offered.read(told(pictures=[{"quality": 3, "hashes": [HASH] * 8}]))
    assert (plain.asked, plain.kept, plain.sha256) == ((), (), HASH)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", told(v=2), told(sha256="x", type="image/png"), told(type="text/html"), told(sha256=""),
        told(pictures=[{"quality": 101, "hashes": [HASH] * 8}]),
        told(pictures=[{"quality": True, "hashes": [HASH] * 8}]),
        told(pictures=[{"quality": 9, "hashes": [HASH] * 7}]),
        told(pictures=[{"quality": 9, "hashes": [HASH] * 8}] * 3),
        told(film={"extent": 5, "frames": "AAAA"}), told(film={"extent": -1, "frames": ""}), told(film=[1]),
        told(film={"extent": 10**12, "frames": b64encode(bytes(69)).decode()}), "[" * 9000, "x" * 99_999,
    ],
)  # fmt: skip
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        offered.read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(HASH),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["quality", "hashes", "extent", "frames"]), inner)
    ),
    max_leaves=12,
)


@given(pictures=JSON, film=JSON)
@settings(max_examples=150, deadline=None)
def test_nothing_else_comes_of_what_strangers_send(pictures: Any, film: Any) -> None:
    try:
        offered.read(told(pictures=pictures, film=film))
    except FormatError:
        return
