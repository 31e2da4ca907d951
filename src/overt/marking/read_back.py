"""What a stranger's readers must find in a marked file before it is released."""

from __future__ import annotations

from dataclasses import replace

from overt.errors import ReadBackError
from overt.language import Text
from overt.marks.examine import Examination
from overt.marks.metadata.aigc import Aigc
from overt.marks.model import Reading, ReadingKind
from overt.marks.watermark.model import WatermarkReport


class WatermarkError(ReadBackError):
    """The watermark is not read under the marks that were put over it: the file has too little that could carry it."""


def metadata(examination: Examination, aigc: Aigc) -> Reading:
    """The metadata label as it was meant, exactly once and without a defect. Raises `ReadBackError`."""
    found = _of("metadata", examination)
    if len(found) == 1 and found[0].values == aigc.values() and not found[0].defects:
        return found[0]
    told = _told(found)
    raise ReadBackError(f"the metadata label could not be read back: {told.en}", f"元数据标识未能读回：{told.zh}")


def credential(examination: Examination, aigc: Aigc | None, *, stamped: bool) -> Reading:
    """The credential: bytes and signature hold, the certificate is good, and it says what was meant.

    Whether anybody trusts the certificate is not asked: that is their affair. Raises `ReadBackError`.
    """
    found = _of("credential", examination)
    if len(found) == 1 and found[0].state == "found":
        values = found[0].values
        sound = (values["binding"], values["signature"], values["validity"]) == ("intact", "valid", "valid")
        meant = values["aigc"] == (aigc.values() if aigc else None)
        if sound and meant and (values["time"] or not stamped):
            return found[0]
    told = _told(found)
    raise ReadBackError(f"the content credential could not be read back: {told.en}", f"内容凭证未能读回：{told.zh}")


def watermark(examination: Examination, put: WatermarkReport) -> Reading:
    """The id that was put on, among all that are read, with what was measured. Raises `ReadBackError`."""
    found = _of("watermark", examination)
    for reading in found:
        if reading.values.get("id") == put.found.spelled and reading.values["key"] == put.found.key:
            return replace(reading, values=reading.values | {"measures": dict(put.measures)})
    told = _told(found)
    raise WatermarkError(f"the watermark could not be read back: {told.en}", f"水印未能读回：{told.zh}")


def label(examination: Examination) -> None:
    """The explicit label is there still, in a file that was written anew after it was measured."""
    found = _of("label", examination)
    if not any(reading.state == "found" for reading in found):
        told = _told(found)
        raise ReadBackError(f"the label could not be read back: {told.en}", f"显式标识未能读回：{told.zh}")


def _of(kind: ReadingKind, examination: Examination) -> list[Reading]:
    return [reading for reading in examination.readings if reading.mark == kind]


def _told(found: list[Reading]) -> Text:
    told = Text(zh="没有找到，或与写入的不同", en="it was not found, or differs from what was written")
    for reading in found:
        if reading.reason:
            told = reading.reason
        elif reading.defects:
            names = [defect.text for defect in reading.defects]
            told = Text(zh="；".join(text.zh for text in names), en="; ".join(text.en for text in names))
    return told
