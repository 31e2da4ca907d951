"""Small pictures, wave forms and first words of released and reported contents, in the data folder.

They are for people, who lay a copy beside what was released, and for the comparison of a crop with the whole. Deleting
a content deletes them. They are files, not rows: the database stays small, and they can be switched off
(`[trace] previews`).

```
 previews/3f/3f0c….json     sizes, moments, wave form, first words
 previews/3f/3f0c…-0.webp   the picture, or the first moment of a film
```
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from overt.errors import UsageError
from overt.marks.kept import Kept

FOLDER = "previews"


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture on disk. `width` and `height` are those of the content itself, `time` a moment of a film."""

    path: Path
    width: int
    height: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What can be shown of a content."""

    pictures: tuple[Picture, ...] = ()
    bars: tuple[float, ...] = ()
    seconds: float = 0.0
    excerpt: str = ""


class Previews:
    """The previews of one data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def put(self, content_id: str, kept: Kept) -> None:
        """Writes what can be shown of a content; nothing where there is nothing."""
        if not (kept.views or kept.bars or kept.excerpt):
            return
        base = self._base(content_id)
        base.parent.mkdir(parents=True, exist_ok=True)
        for number, view in enumerate(kept.views):
            _picture(base, number).write_bytes(view.webp)
        told = {
            "pictures": [[view.width, view.height, view.time] for view in kept.views],
            "bars": kept.bars,
            "seconds": kept.seconds,
            "excerpt": kept.excerpt,
        }
        base.with_name(f"{base.name}.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    def has(self, content_id: str) -> bool:
        """Whether something can be shown of a content."""
        base = self._base(content_id)
        return base.with_name(f"{base.name}.json").is_file()

    def get(self, content_id: str) -> Preview:
        """What can be shown of a content; an empty preview where nothing was kept."""
        base = self._base(content_id)
        try:
            told = json.loads(base.with_name(f"{base.name}.json").read_text(encoding="utf-8"))
            pictures = tuple(
                Picture(_picture(base, number), int(width), int(height), time)
                for number, (width, height, time) in enumerate(told["pictures"])
                if _picture(base, number).is_file()
            )
            return Preview(pictures, tuple(told["bars"]), told["seconds"], told["excerpt"])
        except (OSError, ValueError, KeyError, TypeError):
            return Preview()

    def delete(self, content_id: str) -> None:
        """Removes what can be shown of a content."""
        base = self._base(content_id)
        for path in base.parent.glob(f"{base.name}*"):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def _base(self, content_id: str) -> Path:
        if not re.fullmatch(r"[0-9A-Za-z-]{2,64}", content_id):
            raise UsageError(f"{content_id[:64]!r} is no content id", f"{content_id[:64]!r} 不是内容编号")
        return self._folder / content_id[:2] / content_id


def _picture(base: Path, number: int) -> Path:
    return base.with_name(f"{base.name}-{number}.webp")
