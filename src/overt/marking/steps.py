"""The single steps of marking, each from one file to the next. They run in the guarded process."""

from __future__ import annotations

from pathlib import Path

from overt.errors import FormatError, UsageError
from overt.formats import Note, identify, meant_by, named
from overt.formats.splice import write
from overt.formats.text import sidecar, sidecar_name
from overt.language import Text
from overt.marks import label
from overt.marks.credential import presence
from overt.marks.files import mapped
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.metadata.reading import is_label
from overt.marks.watermark import carriers
from overt.marks.watermark.keys import Key
from overt.marks.watermark.model import WatermarkReport
from overt.media.budget import Budget, in_force
from overt.rulebook import mark_rules


def recognise(path: Path, file_name: str, target_name: str) -> str:
    """The name of the container format.

    Raises `UnsupportedError` for a format that cannot be marked, `UsageError` where the target's name stands for
    another one: marking converts nothing.
    """
    with mapped(path) as data:
        container = identify(data, file_name)
    meant = meant_by(target_name)
    # Some endings stand for several formats: `.usd` is text or binary.
    if meant is not None and Path(target_name).suffix.lower() not in container.suffixes:
        it, other = container.name.upper(), meant.name.upper()
        raise UsageError(
            f"{file_name} is {it} and stays so; {target_name} would seem to be {other}",
            f"{file_name} 是 {it}，标识不转换格式；{target_name} 会被当作 {other}",
            hint=Text(
                zh=f"输出文件名请以 {container.suffixes[0]} 结尾。",
                en=f"Let the output's name end in {container.suffixes[0]}.",
            ),
        )
    return container.name


def put_watermark(
    source: Path, target: Path, container: str, content_id: str, key: Key, budget: Budget
) -> WatermarkReport:
    """Puts the watermark on, and reads its id back from the result."""
    with in_force(budget):
        return carriers.carrier(container).put(source, target, container, content_id, key)


def put_label(
    source: Path, target: Path, container: str, rulebook: str, style: LabelStyle, budget: Budget
) -> LabelReport:
    """Puts the explicit label on, and measures it on the result."""
    with in_force(budget):
        return label.labeller(container).put(source, target, container, mark_rules(rulebook).label, style)


def holds_credential(path: Path) -> bool:
    """Whether the file carries a credential, so that a new one must go on with its chain."""
    with mapped(path) as data:
        return presence.holds(data)


def put_metadata(source: Path, target: Path, container: str, note: Note, file_name: str) -> Path | None:
    """Puts the metadata label on; returns the sidecar, for formats that hold none themselves.

    `file_name` is the name under which the file will be known; the sidecar repeats it.
    """
    with mapped(source) as data, source.open("rb") as old, target.open("wb") as new:
        splice = named(container).put(data, note, is_label)
        if len(splice) == 0:
            raise FormatError("the marked file would be empty", "标识后的文件为空")
        write(splice, old, new)
    if named(container).place != "sidecar":
        return None
    beside = target.with_name(sidecar_name(target.name))
    with mapped(target) as data:
        beside.write_bytes(sidecar(note, data, file_name))
    return beside
