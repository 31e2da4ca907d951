"""The visible label of pictures.

Source: GB 45438-2025 clause 5.2 through the rulebook; Labeling Measures art. 4(1)(3).
`overt.marks.label.picture.burn` draws and measures, `overt.marks.label.picture.find` recognises.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from overt.marks.label.model import LabelReport, LabelStyle
from overt.media.budget import MARKING
from overt.rulebook import LabelRules


class ImageLabeller:
    """Labels for pictures as pixels. Pillow and NumPy are loaded with the first picture, not with the program."""

    containers: tuple[str, ...] = ("jpeg", "png", "webp", "avif", "jxl")

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: the picture with the label burnt in, measured on what was written.

        A picture that carries a sufficient label of ours stays as it is: labels do not pile up.
        Raises `MediaError` if the picture cannot be labelled, `ReadBackError` (and leaves no file) if the label
        measured on the result falls short of the rules.
        """
        from overt.marks.label.picture.burn import burn  # noqa: PLC0415  # see the class
        from overt.marks.label.picture.exact import already  # noqa: PLC0415

        if report := already(source, container, rules, MARKING):
            shutil.copyfile(source, target)
            return report
        return burn(source, target, container, rules, style)

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label of our own kind that is burnt into a picture; None means that none of our kind was found.

        It is a search for our own wording in our own type, not a reading of whatever text a picture holds.
        Raises `MediaError` where the picture could not be looked at.
        """
        from overt.marks.label.picture.find import find  # noqa: PLC0415  # see the class

        return find(path, container, rules)


LABELLER = ImageLabeller()
