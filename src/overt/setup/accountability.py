"""What the doctor looks at beside the marks: keys of persons and of the ledger, gate, consent, clock, checkpoints.

A set-up that was made before these keys were marks and inspects as before; what it cannot do is told here, with the
way out. Nothing is asked of another machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from overt import api
from overt.errors import SetupError
from overt.language import Text
from overt.ledger import signing
from overt.ledger.entry import now
from overt.settings import VAULT_FILE, Setup
from overt.setup.check import Check
from overt.store import vault
from overt.store.records import DATABASE
from overt.store.tables.checkpoints import ledger_checkpoints
from overt.store.tables.ledger import ledger_entries

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

STALE = timedelta(days=1)
"""Age of the oldest entry above the newest checkpoint from which on something is wrong: our choice, not the law's."""
AHEAD = timedelta(minutes=5)
"""How far the newest record may lie in the future: clocks of two machines on one database differ."""


def accountability(setup: Setup) -> Iterator[Check]:
    """The checks, in order."""
    yield _vault(setup)
    yield _ledger_key(setup)
    yield _gate(setup)
    yield _consent(setup)
    yield from _records(setup)


def _others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def _vault(setup: Setup) -> Check:
    name = Text(zh="个人信息保险库密钥", en="Key of personal data")
    path = setup.keys / VAULT_FILE
    if not path.is_file():
        return Check(
            name,
            "note",
            Text(
                zh="未设置：无法征求同意、登记账号或者保存提示词",
                en="none: nobody can be asked for consent, no accounts or prompts can be kept",
            ),
            Text(
                zh=f"(umask 077; openssl rand -hex 32 > {path})，并妥善备份；若曾有密钥，请改为从备份恢复。",
                en=f"(umask 077; openssl rand -hex 32 > {path}), and back it up; "
                "where there was one before, restore it from the backup instead.",
            ),
        )
    try:
        vault.load(path)
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)
    return _kept_to_oneself(name, path) or Check(name, "ok", Text(zh=str(path), en=str(path)))


def _ledger_key(setup: Setup) -> Check:
    name = Text(zh="账本密钥", en="Key of the ledger")
    key = setup.settings.ledger.key
    if key is None:
        path = setup.keys / "ledger.pem"
        return Check(
            name,
            "note",
            Text(
                zh="未设置：无法签署检查点、决定、声明和证据包",
                en="none: no checkpoints, decisions, statements or bundles can be signed",
            ),
            Text(
                zh=f"(umask 077; openssl genpkey -algorithm ed25519 -out {path})，"
                '并在 overt.toml 的 [ledger] 填写 key = "keys/ledger.pem"。',
                en=f"(umask 077; openssl genpkey -algorithm ed25519 -out {path}), then "
                'key = "keys/ledger.pem" in [ledger] of overt.toml.',
            ),
        )
    path = setup.home / key
    try:
        signer = signing.load(path)
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)
    found = f"Ed25519 {signer.public.hex()[:16]}…"
    return _kept_to_oneself(name, path) or Check(name, "ok", Text(zh=found, en=found))


def _kept_to_oneself(name: Text, path: Path) -> Check | None:
    if not _others_may_read(path):
        return None
    found = Text(zh="密钥可被他人读取", en="others may read the key")
    return Check(name, "missing", found, Text(zh=f"chmod 600 {path}", en=f"chmod 600 {path}"))


def _gate(setup: Setup) -> Check:
    name = Text(zh="闸口", en="Gate")
    if not setup.settings.gate.on:
        return Check(
            name,
            "note",
            Text(
                zh="未启用：不经决定即可添加标识、发布", en="off: contents are marked and released without a decision"
            ),
            Text(zh="在 overt.toml 的 [gate] 设置 on = true。", en="Set on = true in [gate] of overt.toml."),
        )
    if setup.settings.ledger.key is None:
        return Check(
            name,
            "missing",
            Text(zh="已启用，但没有账本密钥签署决定", en="on, and there is no ledger key that signs decisions"),
            Text(zh="先设置账本密钥（见上）。", en="Set the key of the ledger first (above)."),
        )
    try:
        with api.gate(setup):
            return Check(name, "ok", Text(zh="已启用", en="on"))
    except SetupError as error:
        return Check(name, "missing", error.message, error.hint)


def _consent(setup: Setup) -> Check:
    name = Text(zh="征求同意", en="Asking for consent")
    chosen = setup.settings.consent
    lacking = [each for each, there in (("reach", chosen.reach), ("address", chosen.address)) if not there]
    if lacking:
        told = ", ".join(lacking)
        return Check(
            name,
            "note",
            Text(
                zh=f"未填写 {told}：本人无从联系您，或者链接不完整",
                en=f"{told} not set: people need to reach you by it",
            ),
            Text(zh=f"在 overt.toml 的 [consent] 填写 {told}。", en=f"Set {told} in [consent] of overt.toml."),
        )
    return Check(name, "ok", Text(zh=f"{chosen.reach}，{chosen.address}", en=f"{chosen.reach}, {chosen.address}"))


def _records(setup: Setup) -> Iterator[Check]:
    """What the records tell of the clock and of the checkpoints; nothing before there are any."""
    if not setup.settings.store.url and not (setup.data / DATABASE).exists():
        return
    try:
        store = api.records(setup)
    except SetupError:  # Told of the data folder already.
        return
    try:
        with store.reading() as connection:
            yield _clock(connection)
            yield _published(connection)
    finally:
        store.close()


def _clock(connection: Connection) -> Check:
    name = Text(zh="时钟", en="Clock")
    last = connection.execute(select(func.max(ledger_entries.c.time))).scalar()
    if last and _at(last) - datetime.now(UTC) > AHEAD:
        return Check(
            name,
            "missing",
            Text(zh=f"现为 {now()}，而账本最新条目为 {last}", en=f"it is {now()}, and the newest entry is of {last}"),
            Text(zh="用 NTP 校准时钟。", en="Set the clock by NTP."),
        )
    return Check(name, "ok", Text(zh=now(), en=now()))


def _published(connection: Connection) -> Check:
    name = Text(zh="账本检查点", en="Checkpoint of the ledger")
    size = connection.execute(select(func.count()).select_from(ledger_entries)).scalar() or 0
    signed = connection.execute(select(func.max(ledger_checkpoints.c.size))).scalar() or 0
    mend = Text(
        zh="运行 overt ledger publish；overt serve 会定时签署。",
        en="`overt ledger publish`; `overt serve` does it regularly.",
    )
    if size == signed:
        return Check(name, "ok", Text(zh=f"涵盖全部 {size} 条", en=f"covers all {size} entries"))
    first = connection.execute(select(ledger_entries.c.time).where(ledger_entries.c.index == signed)).scalar()
    open_ = Text(
        zh=f"{size - signed} 条未涵盖，最早为 {first}", en=f"{size - signed} entries are above it, since {first}"
    )
    late = first and datetime.now(UTC) - _at(first) > STALE
    return Check(name, "missing" if late else "note", open_, mend)


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)  # With its zone: the ledger writes UTC.
