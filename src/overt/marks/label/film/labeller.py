"""The visible label of films.

Source: GB 45438-2025 clause 5.4 through the rulebook; Labeling Measures art. 4(1)(4).
`overt.marks.label.film.burn` draws and measures, `overt.marks.label.film.find` recognises.
PyAV, which both need, is loaded with the first film.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from overt.marks.label.model import LabelReport, LabelStyle
from overt.media.budget import MARKING
from overt.rulebook import LabelRules


class VideoLabeller:
    """Labels for MP4, MOV, M4V, MKV, WebM, FLV and AVI."""

    containers: tuple[str, ...] = ("mp4", "mkv", "webm", "flv", "avi")

    def put(
        self,
        source: Path,
        target: Path,
        container: str,  # noqa: ARG002 - the protocol's; the file itself tells
        rules: LabelRules,
        style: LabelStyle,
    ) -> LabelReport:
        """Write `target`: the film with the label on its first seconds or on all of it, measured on what was written.

        A style may ask for a smaller one in a corner, from the end of the first label to the end of the film.

        A film that carries a sufficient label of ours stays as it is: labels do not pile up.
        Raises `MediaError` if the film cannot be labelled, `ReadBackError` (and leaves no file) if the label
        measured on the result falls short of the rules.
        """
        from overt.marks.label.film.burn import burn  # noqa: PLC0415  # see the module
        from overt.marks.label.film.find import already  # noqa: PLC0415

        if report := already(source, rules, style.span, budget=MARKING):
            shutil.copyfile(source, target)
            return report
        return burn(source, target, rules, style)

    def read(
        self,
        path: Path,
        container: str,  # noqa: ARG002 - as above
        rules: LabelRules,
    ) -> LabelReport | None:
        """The label of our own kind in a film's pictures, and from when to when; None where none was found.

        It looks at the first seconds closely and at the rest here and there: "none" says nothing about labels of
        other makers, or about short ones elsewhere. Raises `MediaError` where the film could not be looked at.
        """
        from overt.marks.label.film.find import find  # noqa: PLC0415  # see the module

        return find(path, rules)


LABELLER = VideoLabeller()
