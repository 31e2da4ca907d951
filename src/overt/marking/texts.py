"""A text on its way out: the label around it, the hash over what was sent, and its record.

The label is that of streamed text (`overt.marks.label.text.stream`): before the first words, and again when the answer
is whole. The `AIGC` object goes beside the text, as an `aigc` member of the answer; so does the label itself, as
`aigc_label`, where it would break the text: whoever shows such an answer shows that with it.

The record tells the two apart: `label` in the text, `label_beside` beside it.

What is recorded is what was sent, also where it was cut off: the SHA-256 of its UTF-8 bytes with the label, under the
content id of the decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal

from overt.errors import UnsupportedError
from overt.fingerprints import iscc
from overt.fingerprints import text as fingerprints
from overt.gate.model import Material
from overt.language import whole
from overt.marks.keep import text as keeping
from overt.marks.kept import Gap, Kept, Print
from overt.marks.label.text.stream import Labelling
from overt.marks.metadata.reading import aigc_of
from overt.marks.model import Declaration, Release

if TYPE_CHECKING:
    from overt.marks.label import LabelStyle
    from overt.marks.metadata.security import Seal
    from overt.rulebook import LabelRules


LABEL: Final = "label"
LABEL_BESIDE: Final = "label_beside"
"""What a record says of a label that stands beside its text, for the interface that shows it: a label around the text
(Labeling Measures, art. 4(1)(1)), but none in its bytes (art. 4(2))."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What texts of a set-up are labelled with."""

    producer: str
    system: str
    rules: LabelRules
    style: LabelStyle
    seal: Seal
    markup: Literal["text", "markdown"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent of a text, to be recorded. `source` is what came out of the generator, `text` what went on.

    `inside` is whether its label stands in the text itself, or beside it.
    """

    content_id: str
    source: str
    text: str
    labelled: bool
    inside: bool = True


class Written:
    """One text of an answer: what goes out for what comes in.

    `inside` is whether the label can go into the text; where it would break it, such as JSON, it goes beside it. There
    is none where it is not `labelled`: a decision can waive it (Labeling Measures, art. 9).
    """

    def __init__(
        self,
        content_id: str,
        techniques: tuple[str, ...],
        wording: Wording,
        *,
        labelled: bool = True,
        inside: bool = True,
    ) -> None:
        self.content_id = content_id
        self.labelled = labelled
        self.inside = inside and self.labelled
        self._labelling = Labelling(wording.rules, wording.style, markup=wording.markup)
        self._source: list[str] = []
        self._out: list[str] = []
        declaration = Declaration(content_id, wording.producer, techniques, datetime.now(UTC), system=wording.system)
        self.aigc = aigc_of(declaration, wording.seal).values()
        self._label = Labelling(wording.rules, wording.style, markup="text").start().strip()

    @property
    def beside(self) -> dict[str, Any]:
        """What stands beside the text in the answer: the metadata label, and the label where it is not inside."""
        told: dict[str, Any] = {"aigc": self.aigc}
        return told | {"aigc_label": self._label} if self.labelled and not self.inside else told

    @property
    def begun(self) -> bool:
        """Whether any words came in."""
        return bool(self._source)

    @property
    def before(self) -> int:
        """How many characters stand before the answer's own."""
        return max(0, self.text.find("".join(self._source)))

    @property
    def text(self) -> str:
        """What went out so far."""
        return "".join(self._out)

    def piece(self, text: str) -> str:
        """What goes out for a piece: the label comes with the first."""
        if not text:
            return ""
        first = not self._source
        self._source.append(text)
        if not self.inside:
            return self._goes(text)
        return self._goes((self._labelling.start() if first else "") + self._labelling.piece(text))

    def end(self) -> str:
        """What goes out when the answer is whole."""
        return self._goes(self._labelling.end()) if self.begun and self.inside else ""

    def sent(self) -> Sent:
        """What was sent so far."""
        return Sent(self.content_id, "".join(self._source), self.text, self.labelled, self.inside)

    def _goes(self, text: str) -> str:
        if text:
            self._out.append(text)
        return text


def released(sent: Sent, techniques: tuple[str, ...], producer: str, system: str) -> Release:
    """The record of a text that was sent."""
    return Release(
        content_id=sent.content_id,
        sha256=hashed(sent.text),
        source_sha256=hashed(sent.source),
        media_type="text/plain",
        producer=producer,
        techniques=techniques,
        marks=(LABEL if sent.inside else LABEL_BESIDE, "metadata") if sent.labelled else ("metadata",),
        released=datetime.now(UTC).isoformat(timespec="seconds"),
        system=system,
    )


def kept(sent: Sent, *, previews: bool) -> Kept:
    """What leads from a copy back to the record. The text is ours to read: it needs no guarded process."""
    try:
        reading = keeping.told(sent.source)
    except UnsupportedError as error:
        return Kept(gaps=(Gap("text", error.message),))
    return Kept(
        (Print.of(fingerprints.fingerprint(reading)),),
        excerpt=keeping.excerpt(reading) if previews else "",
        iscc=iscc.text(reading.text),
    )


def material(text: str, role: Literal["prompt", "output"] = "output") -> Material:
    """A text to be reviewed."""
    return Material(role, "text", hashed(text), text=text)


def hashed(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes."""
    return sha256(whole(text).encode()).hexdigest()
