"""What a reviewer is shown of a stranger's file before they ask for more: a small picture, a wave form, the words.

`glimpse` opens untrusted bytes: call it through the guarded process. Pictures are drawn anew, so that no browser
decodes what a stranger wrote; of a film it is the first moment. What cannot be shown gives an empty glimpse with its
reason, never a blank that looks like "nothing there". Scenes are not drawn.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import UnidentifiedImageError

from overt.errors import MediaError, OvertError, SetupError
from overt.formats import identify
from overt.language import Text
from overt.marks.files import mapped
from overt.marks.keep import contents, picture
from overt.media.budget import Budget, in_force
from overt.report.preview import preview
from overt.rulebook import Medium

MOST_WORDS: Final = 20_000
"""Characters of a document that are shown."""
WEBP, JPEG = "image/webp", "image/jpeg"
_NOT_DRAWN: Final = Text(zh="此类文件无法在此显示", en="files of this kind cannot be shown here")


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One of `picture` (Base64), `bars` and `words` is filled, or `why` says why none is."""

    media_type: str
    picture: str = ""
    picture_type: str = ""
    bars: tuple[float, ...] = ()
    seconds: float = 0.0
    words: str = ""
    why_zh: str = ""
    why_en: str = ""

    @property
    def why(self) -> Text | None:
        """Why nothing is shown."""
        return Text(zh=self.why_zh, en=self.why_en) if self.why_en else None

    @property
    def drawn(self) -> bytes:
        """The bytes of the small picture."""
        return base64.b64decode(self.picture)


def glimpse(path: Path, medium: Medium, budget: Budget) -> Glimpse:
    """What can be shown of the file at `path`. Opens untrusted bytes: see the module."""
    found = Glimpse("application/octet-stream")
    try:
        with in_force(budget):
            with mapped(path) as data:
                container = identify(data, path.name)
            found = replace(found, media_type=container.media_type)
            return _shown(path, container.name, medium, budget, found)
    except (MediaError, SetupError) as error:
        return _untold(found, error)
    except (UnidentifiedImageError, OSError, ValueError):
        return _untold(found, OvertError(_NOT_DRAWN.en, _NOT_DRAWN.zh))


def media_type(path: Path) -> str:
    """What a file is, by its bytes. Opens untrusted bytes. Raises `MediaError`."""
    with mapped(path) as data:
        return identify(data, path.name).media_type


def _shown(path: Path, container: str, medium: Medium, budget: Budget, found: Glimpse) -> Glimpse:
    if medium == "image":
        small = picture.view(picture.shown(path, container, budget))
        return replace(found, picture=base64.b64encode(small.webp).decode(), picture_type=WEBP)
    if medium in ("document", "text"):
        return replace(found, words=contents.text(path, container)[:MOST_WORDS])
    drawn = preview(path, container, medium, budget)
    if drawn.pictures:
        return replace(found, picture=drawn.pictures[0].jpeg, picture_type=JPEG)
    if drawn.bars:
        return replace(found, bars=drawn.bars, seconds=drawn.seconds)
    return _untold(found, OvertError(_NOT_DRAWN.en, _NOT_DRAWN.zh))


def _untold(found: Glimpse, error: OvertError) -> Glimpse:
    return replace(found, why_zh=error.message.zh, why_en=error.message.en)
