"""Takes from a file what is kept of it, and what is asked of a copy. Opens untrusted bytes: call it guarded.

`take` gives what the record holds: fingerprints, small pictures, the wave form, first words. `ask` gives the
fingerprints with which a copy is looked up, which are more: a mirrored picture is looked up in both forms.

The label is no part of what is known again: all labelled sounds begin with the same words.

What cannot be taken is a `Gap` with its reason, never silence. One module for each medium.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from overt.errors import FormatError, MediaError, SetupError, UnsupportedError
from overt.formats import Buffer
from overt.language import Text
from overt.marks.credential.store_bytes import manifest_store
from overt.marks.files import mapped
from overt.marks.keep import code
from overt.marks.kept import Gap, Kept, Print
from overt.media.budget import Budget, in_force

if TYPE_CHECKING:
    from overt.fingerprints.model import Kind

_TREES = {"image": "picture", "audio": "sound", "video": "film", "text": "text", "model": ""}
_KINDS: dict[str, tuple[Kind, ...]] = {
    "picture": ("pdq", "points"),
    "sound": ("sound",),
    "film": ("film", "sound"),
    "text": ("text",),
    "document": ("text",),
}
_NOTHING = Text(zh="此格式没有可用的指纹", en="there is no fingerprint for this format")


Stretches = tuple[tuple[float, float], ...]
"""From second to second."""


class Medium(Protocol):
    """How things of one medium are taken: a module with these functions."""

    @staticmethod
    def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches) -> Kept:
        """What is kept. Raises `MediaError`."""

    @staticmethod
    def ask(path: Path, container: str, budget: Budget) -> Kept:
        """What is looked up: prints and gaps alone. Raises `MediaError`."""


def take(path: Path, container: str, media_type: str, budget: Budget, views: bool, label: Stretches = ()) -> Kept:
    """What is kept of the file at `path`; with `views`, also what a person can compare with a copy.

    `label` are the stretches (seconds) in which its label is on screen, or is heard.
    """
    name = _medium(media_type)
    with in_force(budget):
        kept = _gaps(name, _NOTHING)
        if name:
            try:
                kept = _module(name).take(path, container, budget, views=views, label=label)
            except (MediaError, SetupError) as error:
                kept = _gaps(name, error.message, failed=not isinstance(error, UnsupportedError))
        with mapped(path) as data:
            return replace(kept, manifest=_manifest(data, container), iscc=code.whole(kept.iscc, data))


def ask(path: Path, container: str, media_type: str, budget: Budget) -> Kept:
    """The fingerprints with which the file at `path` is looked up."""
    name = _medium(media_type)
    if not name:
        return _gaps(name, _NOTHING)
    with in_force(budget):
        try:
            return _module(name).ask(path, container, budget)
        except (MediaError, SetupError) as error:
            return _gaps(name, error.message, failed=not isinstance(error, UnsupportedError))


def _medium(media_type: str) -> str:
    return _TREES.get(media_type.partition("/")[0], "document")


def _module(name: str) -> Medium:
    return cast("Medium", import_module(f"{__package__}.{name}"))


def _gaps(name: str, reason: Text, *, failed: bool = False) -> Kept:
    return Kept(gaps=tuple(Gap(kind, reason, failed) for kind in _KINDS.get(name, ("",))))


def _manifest(data: Buffer, container: str) -> bytes:
    try:
        return manifest_store(data, container) or b""
    except FormatError:
        return b""


__all__ = ["Gap", "Kept", "Print", "ask", "take"]
