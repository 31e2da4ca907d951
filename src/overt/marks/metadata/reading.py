"""From the fields of a file to readings of its metadata label, and from a declaration to the note that is written.

Source: GB 45438-2025, 6.1 c) for "exactly one label"; Annex E note 1 for the propagator pair of a first writing;
formats/marks research section 2.3 for the shapes that occur. Pure.
"""

from __future__ import annotations

from overt.errors import FormatError
from overt.formats import Container, Field, Note, Survey
from overt.language import Text
from overt.marks.metadata.aigc import Aigc, mentions, parse
from overt.marks.metadata.defects import defect
from overt.marks.metadata.security import DigestSeal, Seal, covered_text, deviations, proofs
from overt.marks.metadata.security.verify import Hashed
from overt.marks.model import Declaration, Reading
from overt.rulebook import MetadataRules

MAX_PROVED = 8
"""Labels of one file whose signatures are verified: each may take a good deal of time. One file is to have one."""
_WRAPPED_PLACES = ("EXIF UserComment", "PNG tEXt", "PNG iTXt", "PNG zTXt")
"""Where Annex B of the image guide shows `{"AIGC": {…}}`; everywhere else the object stands bare."""


def aigc_of(declaration: Declaration, seal: Seal | None = None) -> Aigc:
    """The label for a content's first release: the propagator pair equals the producer pair.

    `seal` makes its security data: a digest, where none is given.
    """
    bare = Aigc(
        label=declaration.attribute,
        content_producer=declaration.producer,
        produce_id=declaration.content_id,
        content_propagator=declaration.producer,
        propagate_id=declaration.content_id,
    )
    return Aigc(**{**_fields(bare), "reserved_code1": (seal or DigestSeal()).seal(covered_text(bare))})


def _fields(aigc: Aigc) -> dict[str, str]:
    return {name: getattr(aigc, name) for name in Aigc.__dataclass_fields__}


def note_of(aigc: Aigc, rules: MetadataRules) -> Note:
    """The label as a container format is asked to keep it."""
    return Note(rules.key.value, aigc.to_json(), rules.namespace.value, rules.prefix.value)


def is_label(field: Field) -> bool:
    """Whether a field holds a metadata label: by its name, or by what it says."""
    if "aigc" in field.key.lower():
        return True
    if not mentions(field.text):
        return False
    try:
        parse(field.text)
    except FormatError:
        return False
    return True


def readings(survey: Survey, container: Container, hashed: Hashed | None = None) -> tuple[Reading, ...]:
    """What the metadata says: one reading for each label found, or one that says absent or unreadable.

    `hashed` gives the hash of the whole file, for labels that bind their content.
    """
    labels = [field for field in survey.fields if is_label(field)]
    several = len(labels) > 1
    result = [
        _reading(field, container, hashed, several=several, proved=number < MAX_PROVED)
        for number, field in enumerate(labels)
    ]
    if any(reading.state == "found" for reading in result):
        return tuple(result)
    if survey.faults:
        told_zh = "；".join(f"{fault.place}：{fault.reason.zh}" for fault in survey.faults)
        told_en = "; ".join(f"{fault.place}: {fault.reason.en}" for fault in survey.faults)
        reason = Text(
            zh=f"元数据未能完整读取（{told_zh}）", en=f"the metadata could not be read to its end ({told_en})"
        )
        result.append(Reading("metadata", "unreadable", survey.faults[0].place, reason=reason))
    return tuple(result) or (Reading("metadata", "absent", container.place),)


def _reading(field: Field, container: Container, hashed: Hashed | None, *, several: bool, proved: bool) -> Reading:
    names = list(field.defects)
    if several:
        names.append("several-labels")
    try:
        parsed = parse(field.text)
    except FormatError as error:
        return Reading(
            "metadata",
            "unreadable",
            field.place,
            field.offset,
            defects=tuple(defect(name) for name in names),
            reason=error.message,
        )
    names.extend((*parsed.defects, *deviations(parsed.aigc)))
    if "aigc" not in field.key.lower() and not parsed.wrapped:
        names.append("key-name")
    if parsed.wrapped != (field.place in _WRAPPED_PLACES) and field.place != "sidecar":
        names.append("envelope")
    if field.place != container.place:
        names.append("other-carrier")
    return Reading(
        "metadata",
        "found",
        field.place,
        field.offset,
        values=dict(parsed.aigc.values()),
        defects=tuple(defect(name) for name in dict.fromkeys(names)),
        proofs=proofs(parsed.aigc, hashed) if proved else (),
    )


def aigc_in(reading: Reading) -> Aigc:
    """The label that a found reading holds."""
    return parse_values(reading.values)


def parse_values(values: dict[str, str]) -> Aigc:
    """Seven values under the standard's keys, as an object."""
    return Aigc(*(values[key] for key in Aigc("1").values()))
