"""What was read of a watermark, as readings: one for each id, one for a mark whose id cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from overt.errors import MediaError, SetupError
from overt.language import Text
from overt.marks.model import Defect, Reading
from overt.marks.watermark import carriers
from overt.marks.watermark.keys import PUBLIC_PRESENCE, Key, derived
from overt.marks.watermark.model import Found, Place, Presence, Readout, WatermarkReport

ALGORITHM: Final = "dev.overt.watermark.1"
"""The name of the mark, for the soft binding of credentials (C2PA 2.4, 9.3): a reverse domain name of our own."""

ID_UNREADABLE: Final = Defect(
    "watermark-id-unreadable",
    "ours",
    Text(
        zh="有水印，但编号无法读取：可能由他人的密钥添加，也可能已经残缺",
        en="there is a watermark whose id cannot be read: it was put on with another key, or too little of it is left",
    ),
)


_ANYONE: Final = Key("", derived(PUBLIC_PRESENCE, "anyone"))
"""What a stranger looks with: the public presence key. No id is put on under this one."""


def readings(path: Path, container: str, keys: Sequence[Key]) -> tuple[Reading, ...]:
    """What a file's watermarks say. Opens untrusted bytes.

    A format that carries none has none: `absent`.
    """
    if not carriers.carries(container):
        return (Reading("watermark", "absent"),)
    try:
        readout = carriers.carrier(container).read(path, container, _with_public(keys))
    except (MediaError, SetupError) as error:  # SetupError: an extra that this reader needs is not installed
        return (Reading("watermark", "unreadable", reason=error.message),)
    return of_readout(readout, container)


def _with_public(keys: Sequence[Key]) -> tuple[Key, ...]:
    """These keys, and the public one where none of them is: anyone's mark is seen."""
    return (*keys, *(() if any(key.presence == PUBLIC_PRESENCE for key in keys) else (_ANYONE,)))


def of_readout(readout: Readout, container: str) -> tuple[Reading, ...]:
    """What a reader found, as readings: surest first."""
    if readout.ids:
        return tuple(Reading("watermark", "found", _where(container), values=_of_id(found)) for found in readout.ids)
    if readout.presence:
        values = _of_presence(readout.presence)
        return (Reading("watermark", "found", _where(container), values=values, defects=(ID_UNREADABLE,)),)
    return (Reading("watermark", "absent"),)


def put_on(report: WatermarkReport) -> Reading:
    """A mark that was put on, with what was measured on the result."""
    values = _of_id(report.found) | {"measures": dict(report.measures)}
    return Reading("watermark", "found", carriers.CARRIED[report.modality], values=values)


def _where(container: str) -> str:
    kind = next(module.partition(".")[0] for module, served in carriers.MODULES.items() if container in served)
    return {"picture": "pixels", "sound": "sound", "film": "film"}[kind]


def _of_id(found: Found) -> dict[str, Any]:
    return {
        "id": found.spelled,
        "bits": found.bits,
        "p": found.log10_p,
        "key": found.key,
        "algorithm": ALGORITHM,
        "places": [_place(found.place)],
    }


def _of_presence(presence: Presence) -> dict[str, Any]:
    return {
        "id": None,
        "bits": None,
        "p": presence.log10_p,
        "key": None,
        "algorithm": ALGORITHM,
        "places": [_place(presence.place)],
    }


def _place(place: Place) -> dict[str, Any]:
    """A place without what is not known of it, rounded to what can be known."""
    told = {name: value for name, value in asdict(place).items() if value not in (None, ())}
    if place.outline:
        told["outline"] = [[round(x, 1), round(y, 1)] for x, y in place.outline]
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in told.items()}
