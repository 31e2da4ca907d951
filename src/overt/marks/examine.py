"""Reads every mark of one file: what the read-back before a release and a stranger's inspection share.

`examine` opens untrusted bytes. Call it through the guarded process (`overt.media.guard`), never directly on
what came from outside. Each reader that cannot tell says `unreadable` with its reason; nothing is left out.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import file_digest
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash

from overt.errors import BudgetError, MediaError, SetupError, UnsupportedError
from overt.formats import Buffer, Container, Survey, identify
from overt.formats.text import read_sidecar, sidecar_name
from overt.language import Text
from overt.marks import label, trace
from overt.marks.credential.model import Trust
from overt.marks.credential.read import reading as credential_reading
from overt.marks.files import mapped
from overt.marks.metadata import reading as metadata_reading
from overt.marks.metadata.security.verify import Hashed
from overt.marks.model import Reading, ReadingKind
from overt.marks.watermark import reading as watermark_reading
from overt.marks.watermark.keys import Key
from overt.media.budget import Budget, in_force
from overt.rulebook import mark_rules

KINDS: tuple[ReadingKind, ...] = ("metadata", "credential", "trace", "watermark", "label")
"""The kinds of marks that have a reader."""
MAX_SIDECAR = 256 * 1024  # Bytes; a sidecar holds one label.


@dataclass(frozen=True, slots=True)
class Examination:
    """What one file is, and what its marks say.

    `sha256` is None where it was not asked for: it is the one thing here that takes as long as the file is big.
    `container` and `media_type` are None where the format is not known; then every reading is `unreadable`.
    `name_fits` is whether the file's name ends as its bytes are; None where there is no name or no format.
    """

    sha256: str | None
    size: int
    container: str | None
    media_type: str | None
    name_fits: bool | None
    readings: tuple[Reading, ...]


def examine(
    path: Path,
    file_name: str,
    kinds: tuple[ReadingKind, ...],
    rulebook: str,
    budget: Budget,
    hashed: bool = True,
    trust: Trust | None = None,
    keys: tuple[Key, ...] = (),
) -> Examination:
    """Examines the file at `path`, known to people as `file_name`, for these kinds of marks.

    `keys` are those whose watermark ids can be read; without them it is seen that a file is marked, where its maker
    lets anyone see that.
    Raises `BudgetError` for a file that is larger than the budget allows.
    """
    if (size := path.stat().st_size) > budget.max_bytes:
        raise BudgetError(
            f"the file has {size} bytes, {budget.max_bytes} are allowed ([budget] max_bytes)",
            f"文件为 {size} 字节，限额为 {budget.max_bytes} 字节（[budget] max_bytes）",
        )
    with in_force(budget), path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest() if hashed else None
        size = file.seek(0, os.SEEK_END)
        with mapped(path) as data:
            try:
                container = identify(data, file_name)
            except MediaError as error:
                readings = tuple(Reading(kind, "unreadable", reason=error.message) for kind in kinds)
                return Examination(sha256, size, None, None, None, readings)
            readings = _described(path, data, container, kinds)
            if "credential" in kinds:
                readings += (credential_reading(path, data, container.name, trust or Trust()),)
        if "watermark" in kinds:
            readings += watermark_reading.readings(path, container.name, keys)
        if "label" in kinds:
            readings += (_label(path, container, rulebook),)
    suffix = Path(file_name).suffix.lower()
    fits = suffix in container.suffixes if suffix else None
    return Examination(sha256, size, container.name, container.media_type, fits, readings)


def _described(path: Path, data: Buffer, container: Container, kinds: tuple[ReadingKind, ...]) -> tuple[Reading, ...]:
    """What the texts that describe the file say, of the label and of traces: they are looked through once."""
    wanted: list[ReadingKind] = [kind for kind in ("metadata", "trace") if kind in kinds]
    if not wanted:
        return ()
    try:
        survey = container.survey(data)
        sidecar = path.with_name(sidecar_name(path.name))
        if container.place == "sidecar" and sidecar.is_file():
            survey = _with_sidecar(survey, sidecar, data)
    except MediaError as error:
        return tuple(Reading(kind, "unreadable", container.place, reason=error.message) for kind in wanted)
    readings = metadata_reading.readings(survey, container, _hashed(data)) if "metadata" in kinds else ()
    return readings + (trace.readings(survey, container.place) if "trace" in kinds else ())


def _hashed(data: Buffer) -> Hashed:
    @cache
    def whole(algorithm: str) -> str:
        state = Hash(SM3() if algorithm == "SM3" else SHA256())
        state.update(data)
        return state.finalize().hex()

    return whole


def _with_sidecar(survey: Survey, sidecar: Path, data: Buffer) -> Survey:
    with sidecar.open("rb") as file:
        raw = file.read(MAX_SIDECAR + 1)
    if len(raw) > MAX_SIDECAR:
        raise UnsupportedError(
            f"the sidecar {sidecar.name} is larger than {MAX_SIDECAR} bytes",
            f"随附标识文件 {sidecar.name} 超过 {MAX_SIDECAR} 字节",
        )
    found = read_sidecar(raw, data)
    return Survey(survey.fields + found.fields, survey.faults + found.faults)


def _label(path: Path, container: Container, rulebook: str) -> Reading:
    try:
        report = label.labeller(container.name).read(path, container.name, mark_rules(rulebook).label)
    except (MediaError, SetupError) as error:  # SetupError: an extra that this reader needs is not installed
        return Reading("label", "unreadable", reason=error.message)
    if report is None:
        return Reading("label", "absent")
    return label_reading(report)


def label_reading(report: label.LabelReport) -> Reading:
    """A measured label as a reading."""
    where = ", ".join(dict.fromkeys(place.where for place in report.places))
    values = asdict(report) | {"places": [asdict(place) for place in report.places]}
    return Reading("label", "found", where or None, values=values)


def unknown(reason: Text, kinds: tuple[ReadingKind, ...]) -> tuple[Reading, ...]:
    """The readings of a file that brought its reader down."""
    return tuple(Reading(kind, "unreadable", reason=reason) for kind in kinds)
