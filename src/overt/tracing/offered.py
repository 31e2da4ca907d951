"""Fingerprints that a visitor's own device made (`web/assets/fingerprint.js`), as they arrive: untrusted JSON.

```json
{"v": 1, "sha256": "9f…", "type": "image/jpeg",
 "pictures": [{"quality": 100, "hashes": ["…", 8 of them, in the order of pdq.WAYS]}],
 "film": {"extent": 12500, "frames": "Base64 of records of 69 bytes"}}
```

`pictures` are the whole picture and, where it has plain edges, what is inside (`pdq.inside`). A record of `frames` is
the moment in milliseconds (4 bytes, little-endian), the quality (1), the hash as it is (32) and mirrored (32). The file
itself never comes with it. Nobody can tell whether a device computed honestly: what is found with such a fingerprint is
a lead for a person of staff, as everything that is reported.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from overt.errors import FormatError
from overt.fingerprints import pdq
from overt.fingerprints.model import Fingerprint
from overt.marks.kept import Print

MOST_CHARACTERS: Final = 16_000
_MOST_PICTURES: Final = 2
_MOST_EXTENT: Final = 24 * 3_600_000  # Milliseconds.
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TYPE: Final = re.compile(r"(image|video)/[a-z0-9.+-]{1,60}", re.ASCII)
_RECORD: Final = np.dtype([("place", "<u4"), ("quality", "u1"), ("as_is", "u1", 32), ("mirrored", "u1", 32)])
_MIRRORED: Final = pdq.WAYS.index("mirrored")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a device made: the fingerprints to be looked up, those to be kept, the hash of the file's bytes."""

    asked: tuple[Print, ...]
    kept: tuple[Print, ...]
    sha256: str
    media_type: str


def read(text: str) -> Offered:
    """The fingerprints in what arrived. Raises `FormatError` for what makes no sense."""
    try:
        told = json.loads(text) if len(text) <= MOST_CHARACTERS else None
        if not isinstance(told, dict) or told.get("v") != 1:
            raise _broken()
        sha256, media_type = told.get("sha256", ""), told.get("type", "")
        if (sha256 and not _HASH.fullmatch(sha256)) or not _TYPE.fullmatch(media_type):
            raise _broken()
        pairs = [_pictures(told["pictures"])] if told.get("pictures") else []
        pairs += [_film(told["film"])] if told.get("film") else []
        pairs = [each for each in pairs if each[1].opened().quality.max() >= pdq.MIN_QUALITY]  # The rest tells nothing.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error) as error:
        raise _broken() from error
    asked = tuple(each for pair in pairs for each in pair[0])
    kept = tuple(pair[1] for pair in pairs)
    if not (asked or sha256):
        raise _broken()
    return Offered(asked, kept, sha256, media_type)


def _pictures(told: Any) -> tuple[tuple[Print, ...], Print]:
    if not isinstance(told, list) or len(told) > _MOST_PICTURES:
        raise _broken()
    values, quality = [], []
    for each in told:
        hashes = each["hashes"]
        if len(hashes) != len(pdq.WAYS) or not all(_HASH.fullmatch(one) for one in hashes):
            raise _broken()
        values += [np.frombuffer(bytes.fromhex(one), np.uint8) for one in hashes]
        quality += [_quality(each["quality"])] * len(pdq.WAYS)
    places = np.repeat(np.arange(len(told)), len(pdq.WAYS))
    asked = Fingerprint("pdq", np.stack(values), places, np.array(quality, np.uint8))
    way = slice(None, None, len(pdq.WAYS))
    return (Print.of(asked),), Print.of(Fingerprint("pdq", asked.values[way], places[way], asked.quality[way]))


def _film(told: Any) -> tuple[tuple[Print, ...], Print]:
    rows = np.frombuffer(b64decode(told["frames"], validate=True), _RECORD)
    extent = told["extent"]
    if type(extent) is not int or not 0 <= extent <= _MOST_EXTENT or not len(rows):
        raise _broken()
    places = rows["place"].astype(np.int64)
    if (np.diff(places) <= 0).any() or places[-1] > extent or (rows["quality"] > 100).any():
        raise _broken()

    def way(name: str) -> Print:
        return Print.of(Fingerprint("film", np.ascontiguousarray(rows[name]), places, rows["quality"].copy(), extent))

    # `film.compare` knows by its place in the list what was done to a copy: those that were not made are empty.
    nothing = Fingerprint("film", np.zeros((0, 32), np.uint8), places[:0], rows["quality"][:0].copy(), extent)
    ways = [Print.of(nothing)] * _MIRRORED
    ways[0] = way("as_is")
    return (*ways, way("mirrored")), ways[0]


def _quality(told: Any) -> int:
    if type(told) is not int or not 0 <= told <= 100:
        raise _broken()
    return told


def _broken() -> FormatError:
    return FormatError("this is no fingerprint that our page makes", "不是本页面生成的指纹")
