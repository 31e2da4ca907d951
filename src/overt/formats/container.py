"""What a container format is to the rest of the house.

A format module knows bytes: where texts that describe the file may sit, and how to put one there without
touching anything else. It knows nothing of laws or labels: what is put is a `Note`, what is found are `Field`s.

`survey` is tolerant and reports: a place that could not be read becomes a `Fault`, and what was found before
and after it still counts. `put` is strict: it raises a `FormatError` instead of writing into a broken file.
To add a format: one module with a `Container`, one line in `overt.formats.MODULES` (see CONTRIBUTING.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from overt.formats.splice import Buffer, Splice
from overt.language import Text


@dataclass(frozen=True, slots=True)
class Field:
    """One text found in a file's metadata.

    `place` says where, in the words of the format ("XMP", "EXIF UserComment", "PNG tEXt", "RIFF chunk",
    "moov/udta/meta/keys", "ID3 TXXX"); `key` is the name it has there; `namespace` the XML namespace URI, if any;
    `text` is the value, decoded; `offset` the byte where the enclosing structure begins, if it has one.
    `defects` name deviations from the format's rules that the reader tolerated.
    """

    place: str
    key: str
    text: str
    namespace: str | None = None
    offset: int | None = None
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A place that could not be read, named as in `Field`, and why. "Could not tell" begins here."""

    place: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Survey:
    """All fields found, and all places that could not be read."""

    fields: tuple[Field, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A named text to be kept in a file's metadata.

    Formats with named texts use `key`; formats whose metadata is XMP use `prefix:key` in `namespace`.
    """

    key: str
    text: str
    namespace: str
    prefix: str


Superseded = Callable[[Field], bool]
"""Which of the fields found are older versions of the note: they are replaced, so that exactly one remains."""


class Container(Protocol):
    """One container format."""

    name: str
    """Short lower-case name: "jpeg"."""
    media_type: str
    suffixes: tuple[str, ...]
    """Usual file-name endings with the dot; the first is the one we write."""
    place: str
    """Where `put` writes, in the words used for `Field.place`."""

    def sniff(self, head: bytes) -> int:
        """How sure the first 4,096 bytes make us, 0 (no) to 100 (magic number and more)."""

    def survey(self, data: Buffer) -> Survey:
        """Every text in the metadata. Raises only `MediaError`, and only if nothing at all could be read."""

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with exactly this note: superseded fields are replaced, everything else is kept.

        Writing the same note twice gives the same bytes. Raises `FormatError` or `UnsupportedError`.
        """
