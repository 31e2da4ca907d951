"""USD scenes in their binary form (`.usdc`, and most `.usd`). The note is in the layer's `customLayerData`.

Source: OpenUSD (see `overt.formats.usd_crate`); no clause names a place for a metadata label in a scene [ours].
"""

from __future__ import annotations

from overt.formats import usd_crate_write
from overt.formats.container import Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.usd_crate import MAGIC


class Usdc:
    """The container format USD, binary."""

    name = "usdc"
    media_type = "model/vnd.usd"
    suffixes = (".usdc", ".usd")
    place = usd_crate_write.PLACE

    def sniff(self, head: bytes) -> int:
        """The magic number."""
        return 100 if head.startswith(MAGIC) else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of the layer's metadata: comment, documentation, `customLayerData` and the like."""
        return usd_crate_write.survey(data)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in `customLayerData`, appended; all bytes stay where they are."""
        return usd_crate_write.put(data, note, superseded)


CONTAINER = Usdc()
