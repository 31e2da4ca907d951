"""The text of documents and text files, looked through by the feature libraries. Their pictures are not looked at."""

from __future__ import annotations

from pathlib import Path

from overt.errors import UnsupportedError
from overt.formats import identify
from overt.gate.model import Material, Medium
from overt.gate.review.features import Looks
from overt.gate.review.model import Opinion
from overt.marks.files import mapped
from overt.marks.keep import contents
from overt.media.guard import Guard


class TextInDocuments:
    """The engine: it takes the place of `Features` in a chain, since it looks at plain texts, too."""

    name = "features"
    media: frozenset[Medium] = frozenset({"document", "text"})
    thorough = False

    def __init__(self, features: Looks, guard: Guard) -> None:
        self.features = features
        self.guard = guard

    @property
    def version(self) -> str:
        """Of the libraries."""
        return self.features.version

    def review(self, material: Material) -> Opinion:
        """What the libraries say of a document's text. Raises `MediaError`."""
        if material.text is not None:
            said = material.text
        elif material.path is not None:
            said = self.guard.call(words, material.path)
        else:
            raise UnsupportedError("this material brings no file", "该内容没有文件")
        hits = self.features.look(said)
        return Opinion(self.name, self.version, hits[0].outcome if hits else "allow", tuple(hits))


def words(source: Path) -> str:
    """The words of a document. In the guarded process."""
    with mapped(source) as data:
        container = identify(data).name
    return contents.text(source, container)
