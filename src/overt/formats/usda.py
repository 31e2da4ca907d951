"""USD scenes as text (`.usda`). The note is in the layer's `customLayerData`.

Source: OpenUSD (see `overt.formats.usd_text`); no clause names a place for a metadata label in a scene [ours].
"""

from __future__ import annotations

from overt.formats import usd_text
from overt.formats.container import Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice


class Usda:
    """The container format USD, as text."""

    name = "usda"
    media_type = "model/vnd.usda"
    suffixes = (".usda", ".usd")
    place = usd_text.PLACE

    def sniff(self, head: bytes) -> int:
        """The first line."""
        return 100 if head.startswith(usd_text.MAGIC) else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of the layer's metadata: comment, documentation, `customLayerData` and the like."""
        return usd_text.survey(data)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in `customLayerData`, edited in the text."""
        return usd_text.put(data, note, superseded)


CONTAINER = Usda()
