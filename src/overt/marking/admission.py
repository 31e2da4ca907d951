"""What marking asks of the gate: no mark, and so no release, without a decision that allows it.

The gate is asked before the work begins, and once more in the transaction of the release (`Registry.release`), since
a consent can be withdrawn while a film is being marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from overt.errors import RefusedError, UsageError
from overt.gate.model import Decision, Material, Medium
from overt.language import Text
from overt.marks.model import MarkKind

if TYPE_CHECKING:
    from overt.gate.gate import Permit

_TREES: dict[str, Medium] = {"image": "image", "audio": "audio", "video": "video", "text": "text", "model": "scene"}


class Permits(Protocol):
    """What marking asks of a gate (`overt.gate.gate.Gate`)."""

    def permit(
        self,
        decision: Decision | str,
        techniques: Sequence[str] = (),
        material: Material | None = None,
        content_id: str = "",
    ) -> Permit:
        """The recorded decision and the content id for this output. Raises `RefusedError`."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What the gate allows for one content: under which id, which marks, in which style (empty: the set-up's own)."""

    decision_id: str
    content_id: str
    marks: tuple[MarkKind, ...]
    style: str


def admit(
    gate: Permits | None,
    decision: Decision | str | None,
    source: Path,
    media_type: str,
    techniques: Sequence[str],
    marks: tuple[MarkKind, ...],
    *,
    asked: bool,
    content_id: str = "",
) -> Admission | None:
    """What the gate allows; None without a gate. `asked`: somebody named each of `marks`. Raises `RefusedError`."""
    if gate is None:
        if decision is not None:
            raise UsageError(
                "there is a decision, and the gate is off",
                "给出了决定，但闸口未开启",
                hint=Text(zh="在 overt.toml 的 [gate] 设置 on = true。", en="Set `on = true` in [gate] of overt.toml."),
            )
        return None
    if decision is None:
        raise RefusedError(
            "the gate is on: nothing is marked without a decision that allows it",
            "闸口已开启：没有许可决定，不添加标识、不发布",
            hint=Text(
                zh="先运行 overt gate ask 取得决定，再以 overt mark --decision 编号 标识。",
                en="Get a decision with `overt gate ask`, then mark with `overt mark --decision ID`.",
            ),
        )
    with source.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
    material = Material("output", medium_of(media_type), sha256, path=source)
    permit = gate.permit(decision, techniques, material, content_id)
    held = permit.decision
    if held.label == "waived" and not asked:
        marks = tuple(each for each in marks if each != "label")
    _implicit_stays(marks)
    if "label" not in marks and held.label != "waived":
        raise RefusedError(
            f"decision {held.id} does not let the explicit label be left out",
            f"决定 {held.id} 不允许省略显式标识",
            hint=Text(
                zh="去掉 --only；或先确认标识义务（overt gate agree），再申请不加显式标识。",
                en="Leave --only out; or ask without label after taking on the duty to label (`overt gate agree`).",
            ),
        )
    return Admission(held.id, permit.content_id, marks, held.label_style)


def medium_of(media_type: str) -> Medium:
    """What kind of material a media type stands for."""
    return _TREES.get(media_type.partition("/")[0], "document")


def _implicit_stays(marks: Sequence[MarkKind]) -> None:
    if "metadata" not in marks:
        raise RefusedError(
            "the implicit label stays, whatever was asked for (Labeling Measures, art. 5)",
            "隐式标识不得省略（《标识办法》第五条）",
        )
