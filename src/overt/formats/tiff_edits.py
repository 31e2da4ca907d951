"""Changes to a TIFF that move nothing: bytes written over others, and bytes behind the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from overt.errors import FormatError
from overt.formats.splice import Buffer, Piece, Splice


@dataclass(slots=True)
class Edits:
    """Bytes that are written over others, and what is put behind the end."""

    data: Buffer
    over: dict[tuple[int, int], bytes] = field(default_factory=dict)
    behind: bytes = b""

    def put(self, start: int, stop: int, new: bytes) -> None:
        """Write bytes over as many others."""
        self.over[start, stop] = new

    def append(self, body: bytes) -> int:
        """Put bytes behind the end, where offsets may point: at an even place. Returns that place."""
        self.behind += b"\0" * ((len(self.data) + len(self.behind)) % 2)
        place = len(self.data) + len(self.behind)
        self.behind += body
        return place

    def splice(self) -> Splice:
        """The new file. Raises `FormatError` where two of the places overlap."""
        result, position = Splice(), 0
        pieces: list[Piece] = []
        for (start, stop), new in sorted(self.over.items()):
            if start < position:
                raise FormatError("values of the TIFF overlap", "TIFF 的标签值相互重叠")
            pieces += [range(position, start), new]
            position = stop
        for piece in (*pieces, range(position, len(self.data)), self.behind):
            result.add(piece)
        return result
