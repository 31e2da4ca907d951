"""Notices: what an operator publishes for everybody to read. Every version stays readable at its own address.

A version has a number, both languages, a time from which it applies, and the duties that its publisher says it states
(`covers`). It is never changed; the one that applies is that with the latest `valid_from` that has come. The service
agreement and the rules are texts of their own, which accounts accept (`overt.store.agreements`): they are read here,
too. What is to be published, and under which duties, is `overt.duties.visible`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from typing import Final, Literal, get_args

from sqlalchemy import func, insert, select
from sqlalchemy.engine import RowMapping

from overt.canonical import stamp
from overt.errors import ConflictError, UsageError
from overt.language import Language, Text, whole
from overt.ledger.events.notices import NoticePublished
from overt.store.agreements import Agreements, digest
from overt.store.records import Store
from overt.store.tables.accounts import texts
from overt.store.tables.notices import notices

NoticeKind = Literal["algorithm", "filing", "complaints", "uses", "personal", "minors", "responsibility", "help"]
TextKind = Literal["agreement", "rules"]
KINDS: Final[dict[str, Text]] = {
    "agreement": Text(zh="服务协议", en="Service agreement"),
    "rules": Text(zh="管理规则和平台公约", en="Rules and platform convention"),
    "algorithm": Text(zh="算法公示", en="How our algorithms work"),
    "filing": Text(zh="备案与登记信息", en="Filings and registrations"),
    "complaints": Text(zh="投诉举报与申诉", en="Complaints and appeals"),
    "uses": Text(zh="适用人群、场合和用途", en="Whom and what it is for"),
    "personal": Text(zh="个人信息处理规则", en="Personal information"),
    "minors": Text(zh="未成年人防沉迷年度情况", en="Protection of minors: yearly note"),
    "responsibility": Text(zh="个人信息保护社会责任年度报告", en="Personal information: yearly report"),
    "help": Text(zh="求助渠道", en="Where to get help"),
}
"""What can be published, in the order in which it is shown."""
_SLACK: Final = timedelta(minutes=5)
_FAR: Final = timedelta(days=3660)
LONGEST: Final = 100_000
"""Characters of one language."""


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a published text. `version` is a number for notices, a name for the agreement and the rules."""

    kind: str
    version: str
    text: Text
    sha256: str
    valid_from: str
    published: str
    by: str
    covers: tuple[str, ...]
    entry: int

    @property
    def title(self) -> Text:
        """What kind of text it is."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison: `same`, `added` or `removed`."""

    change: Literal["same", "added", "removed"]
    text: str


class Notices:
    """The published texts of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(
        self, kind: str, text: Text, by: str, *, covers: Sequence[str] = (), valid_from: datetime | None = None
    ) -> Published:
        """Publishes the next version of a notice, which applies from `valid_from` (now, unless said).

        Raises `ConflictError` where the latest version says exactly this: somebody published it a moment ago.
        """
        checked(kind, text)
        since, now = stamp(valid_from or datetime.now(UTC)), stamp(datetime.now(UTC))
        named = tuple(dict.fromkeys(covers))
        with self._store.acting() as act:
            last = select(func.max(notices.c.version)).where(notices.c.kind == kind)
            version = int(act.connection.execute(last).scalar() or 0) + 1
            said = digest(text)
            index = act.record(NoticePublished(kind, version, said, since, named, by))
            same = select(notices.c.version).filter_by(
                kind=kind, version=version - 1, sha256=said, covers=json.dumps(named)
            )
            if valid_from is None and act.connection.execute(same).first():
                raise ConflictError(
                    f"version {version - 1} says exactly this already",
                    f"第 {version - 1} 版的文字与此完全相同",
                    hint=Text(zh="已有人发布，无需再次发布。", en="Somebody published it: nothing is left to do."),
                )
            values = {"kind": kind, "version": version, "zh": text.zh, "en": text.en, "sha256": said}
            more = {"valid_from": since, "published": now, "by": by, "covers": json.dumps(named)}
            act.connection.execute(insert(notices).values(**values, **more, ledger_index=index))
        return Published(kind, str(version), text, said, since, now, by, named, index)

    def current(self, kind: str, at: datetime | None = None) -> Published | None:
        """The version that applies at a moment; None where none does."""
        now = stamp(at or datetime.now(UTC))
        return next((each for each in self.versions(kind) if each.valid_from <= now), None)

    def versions(self, kind: str) -> tuple[Published, ...]:
        """All versions of a kind, the one that applies last first."""
        known(kind)
        with self._store.reading() as connection:
            if kind in get_args(TextKind):
                query = select(texts).where(texts.c.kind == kind)
                rows = connection.execute(query.order_by(texts.c.valid_from.desc(), texts.c.ledger_index.desc()))
                return tuple(_text(row) for row in rows.mappings())
            query = select(notices).where(notices.c.kind == kind)
            rows = connection.execute(query.order_by(notices.c.valid_from.desc(), notices.c.version.desc()))
            return tuple(_notice(row) for row in rows.mappings())

    def version(self, kind: str, version: str) -> Published | None:
        """One version; None where there is none."""
        return next((each for each in self.versions(kind) if each.version == version), None)

    def before(self, published: Published) -> Published | None:
        """The version that applied before this one."""
        versions = self.versions(published.kind)
        place = next(at for at, each in enumerate(versions) if each.version == published.version)
        return versions[place + 1] if place + 1 < len(versions) else None


def publish(
    store: Store,
    kind: str,
    text: Text,
    by: str,
    *,
    covers: Sequence[str] = (),
    valid_from: datetime | None = None,
    version: str = "",
) -> Published:
    """Publishes a text of any kind. The agreement and the rules go by a name, their `version`; notices by number."""
    known(kind)
    now = datetime.now(UTC)
    if valid_from is not None and not (now - _SLACK <= valid_from <= now + _FAR):
        raise UsageError("a text applies from now on, or from a day to come", "文本只能从现在或将来的某日起适用")
    text = Text(zh=whole(text.zh), en=whole(text.en))
    if "\0" in text.zh + text.en + version:  # No database holds it.
        raise UsageError("the text holds what is no character", "文字含有无效字符")
    if kind not in get_args(TextKind):
        return Notices(store).publish(kind, text, by, covers=covers, valid_from=valid_from)
    if "/" in version:  # It is part of an address.
        raise UsageError("a version's name has no slash", "版本名称不能含有斜杠")
    accepted: TextKind = "agreement" if kind == "agreement" else "rules"
    Agreements(store).publish(accepted, version, text, valid_from=valid_from, covers=covers)
    made = Notices(store).version(kind, version.strip())
    assert made is not None  # noqa: S101  (just published)
    return made


def checked(kind: str, text: Text) -> None:
    """Raises `UsageError` for a notice that cannot be published."""
    if kind not in get_args(NoticeKind):
        raise UsageError(f"there is no notice {kind!r}", f"没有名为 {kind!r} 的公示")
    if not text.zh.strip() or not text.en.strip():
        raise UsageError("a notice needs both languages", "公示须有中文和英文两种文字")
    if max(len(text.zh), len(text.en)) > LONGEST:
        raise UsageError(f"a notice has at most {LONGEST} characters", f"公示不超过 {LONGEST} 字")


def known(kind: str) -> None:
    """Raises `UsageError` for a kind of text that there is not."""
    if kind not in KINDS:
        raise UsageError(f"there is no text {kind!r}", f"没有名为 {kind!r} 的文本")


def compared(older: Text, newer: Text, language: Language) -> tuple[Line, ...]:
    """What changed from one version to another, line by line."""
    was, now = older.in_(language).splitlines(), newer.in_(language).splitlines()
    found: list[Line] = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Line("same", each) for each in was[a:b]]
        else:
            found += [Line("removed", each) for each in was[a:b]]
            found += [Line("added", each) for each in now[c:d]]
    return tuple(found)


def _notice(row: RowMapping) -> Published:
    text, covers = Text(zh=row["zh"], en=row["en"]), tuple(json.loads(row["covers"]))
    told = (row["sha256"], row["valid_from"], row["published"], row["by"], covers, row["ledger_index"])
    return Published(row["kind"], str(row["version"]), text, *told)


def _text(row: RowMapping) -> Published:
    text, covers = Text(zh=row["zh"], en=row["en"]), tuple(json.loads(row["covers"]))
    return Published(
        row["kind"], row["version"], text, row["sha256"], row["valid_from"], "", "", covers, row["ledger_index"]
    )
