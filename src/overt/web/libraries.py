"""The feature libraries as the console and the API both show them: in force, checked, put into force, tried.

```
upload ──► checked: its examples tried, what differs from the version in force ──► put into force: recorded, then its
                    file stands in the data folder, where gates that are open find it
```

A library with an example that fails is not put into force. One that `overt.toml` names by its file is changed there,
and the starter list comes with Overt: neither is replaced from here.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from overt import gated
from overt.access.model import Principal
from overt.errors import SetupError, UsageError
from overt.gate.model import Material
from overt.gate.review import library as shapes
from overt.gate.review.chain import Chain, Judged
from overt.gate.review.check import Failure, check
from overt.gate.review.coverage import DUTY, Coverage, measure
from overt.gate.review.library import STARTER, Difference, Library, difference
from overt.language import Text
from overt.rulebook import Clock
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

CHECK: Final = "library-check"
TRY: Final = "library-try"
MOST_BYTES: Final = 16 << 20
"""The largest library that is taken [ours]."""
DRAFTS: Final = "library-drafts"
_NUMBER: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ODD: Final = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Report:
    """What the check of a library says. `number` is the upload's SHA-256, by which it is put into force."""

    number: str
    library: Library
    failures: tuple[Failure, ...]
    changes: Difference
    barred: Text | None
    """Why it cannot be put into force from here, whatever its examples do."""

    @property
    def examples(self) -> int:
        """How many were tried."""
        return sum(len(each.hits) + len(each.passes) for each in self.library.entry)

    @property
    def unexampled(self) -> tuple[str, ...]:
        """Entries that nothing was tried of."""
        return tuple(each.id for each in self.library.entry if not each.hits)

    @property
    def sound(self) -> bool:
        """Whether it can be put into force."""
        return not self.failures and self.barred is None and bool(self.library.entry)


def in_force(house: Site) -> tuple[Library, ...]:
    """The libraries in force."""
    return gated.features(house.setup).libraries


def one(house: Site, name: str) -> Library:
    """A library in force. Raises a 404 where there is none."""
    found = next((each for each in in_force(house) if each.name == name), None)
    if found is None:
        raise StatusError(404, "no library of this name is in force", "没有此名称的特征库", hint=_LIST)
    return found


def coverage(house: Site) -> Coverage:
    """How far the libraries in force reach, beside the rulebook's numbers."""
    return measure(in_force(house), house.rulebook)


def period(house: Site) -> Clock | None:
    """How often the rulebook wants them updated, if it says so."""
    duty = next((each for each in house.rulebook.duties if each.id == DUTY and each.applies_on(_today())), None)
    return next((each for each in duty.clocks if each.repeats), None) if duty else None


def keep(house: Site, name: str, data: bytes) -> str:
    """Keeps an upload until it is put into force. Returns its number. Raises `UsageError` for what is no list."""
    suffix = Path(name).suffix.lower()
    if suffix not in gated.SUFFIXES:
        raise UsageError("a library is a TOML, CSV or JSONL file", "特征库须为 TOML、CSV 或 JSONL 文件", hint=_FORM)
    number = sha256(data).hexdigest()
    folder = _folder(house, number)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in folder.iterdir():
        each.unlink()
    # A list without a head is called like its file.
    stem = _ODD.sub("-", Path(name).stem.lower()).strip("-._")[:60] or "library"
    (folder / f"{stem}{suffix}").write_bytes(data)
    return number


def begin_check(house: Site, who: Principal, number: str) -> Task:
    """Begins to check an upload. The task's result is a `Report`."""
    _file(house, number)
    return house.work.start(CHECK, lambda _rooms, _task: checked(house, number), owner=who.post)


def checked(house: Site, number: str) -> Report:
    """Checks an upload: its form, its examples, what it changes. Raises `UsageError` for what is no library."""
    path = _file(house, number)
    try:
        library = shapes.load(path)
    except SetupError as error:  # Where it lies on this machine is nobody's affair.
        en, zh = (each.replace(str(path), path.name) for each in (error.message.en, error.message.zh))
        raise UsageError(en, zh, hint=_FORM) from error
    last = next((each for each in in_force(house) if each.name == library.name), None)
    changes = difference(last.digests if last else {}, library.digests)
    return Report(number, library, tuple(check(library)), changes, _barred(house, library))


def put(house: Site, who: Principal, number: str) -> Library:
    """Puts a checked upload into force: recorded first, then found by every gate. Raises a 409 for one not sound."""
    report = checked(house, number)
    if not report.sound:
        why = report.barred or Text(zh="例句未全部通过", en="not all of its examples hold")
        raise StatusError(409, why.en, why.zh, hint=_FORM)
    source, folder = _file(house, number), house.setup.data / gated.LIBRARIES
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    gated.queue(house.setup, house.store).load_library(report.library, by=who.post)
    target = folder / f"{report.library.name}{source.suffix}"
    source.replace(target)
    for other in gated.SUFFIXES:
        if other != source.suffix:
            (folder / f"{report.library.name}{other}").unlink(missing_ok=True)
    source.parent.rmdir()
    return report.library


def begin_trial(house: Site, who: Principal, text: str) -> Task:
    """Begins to review a text as the gate would, by all engines. Nothing is recorded; the result is a `Judged`."""
    material = Material("prompt", "text", sha256(text.encode("utf-8", "replace")).hexdigest(), text)

    def do(rooms: Rooms, _: Task) -> Judged:
        with ExitStack() as opened:
            return Chain(gated.engines(rooms.setup, opened)).review(material)

    return house.work.start(TRY, do, owner=who.post)


def _barred(house: Site, library: Library) -> Text | None:
    if library.name == STARTER:
        return Text(zh="起始清单随 Overt 提供，请另取名称", en="the starter list comes with Overt: choose another name")
    files = gated.named(house.setup)
    if any(shapes.load(each).name == library.name for each in files if each.is_file()):
        return Text(
            zh="该特征库由 overt.toml 指定的文件提供，请更新该文件",
            en="this library is a file that overt.toml names: change that file",
        )
    return None


def _file(house: Site, number: str) -> Path:
    folder = _folder(house, number) if _NUMBER.fullmatch(number) else None
    files = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    if not files:
        raise StatusError(404, "there is no such upload", "没有这个上传的文件", hint=_LIST)
    return files[0]


def _folder(house: Site, number: str) -> Path:
    return house.setup.data / DRAFTS / number


def _today() -> date:
    return datetime.now(UTC).date()


_FORM: Final = Text(
    zh="按文档中的格式修改后重新上传；overt review library 文件 可在本机检验。",
    en="Mend it as the documents describe, and send it again; `overt review library FILE` tries it on your machine.",
)
_LIST: Final = Text(zh="返回特征库页面。", en="Go back to the feature libraries.")
