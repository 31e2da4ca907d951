"""What the record tells of services that vouch for the ledger, and of programs that hold keys of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from overt.canonical import stamp
from overt.errors import OvertError
from overt.language import Text
from overt.ledger import checkpoint, cosignature
from overt.settings import Setup
from overt.setup.holding import Holding
from overt.store.api_keys import ApiKeys
from overt.store.tables.checkpoints import ledger_checkpoints
from overt.store.tables.gateway import gateway_keys

if TYPE_CHECKING:
    from overt.store.records import Store

_LOOKED_AT: Final = 50
"""Checkpoints, the newest first, among which a witness's latest cosignature is looked for."""

_MOST_KEYS: Final = 1000


def services(setup: Setup, store: Store) -> Iterator[Holding]:
    """Time-stamping authorities and witnesses, with when each answered last."""
    chosen = setup.settings.ledger
    if chosen.tsa:
        stamped = select(func.max(ledger_checkpoints.c.time)).where(ledger_checkpoints.c.stamp.is_not(None))
        with store.reading() as connection:
            last = connection.execute(stamped).scalar()
        yield _service(Text(zh="账本时间戳服务", en="Time-stamping authority of the ledger"), chosen.tsa, last or "")
    if setup.settings.credential.tsa:
        told = Text(
            zh="每次签署内容凭证时使用；没有单独记录", en="asked with each credential; nothing else is kept of it"
        )
        name = Text(zh="内容凭证时间戳服务", en="Time-stamping authority of credentials")
        yield Holding("service", name, "note", told, id=setup.settings.credential.tsa)
    if not chosen.witnesses:
        return
    newest = select(ledger_checkpoints.c.note).order_by(ledger_checkpoints.c.size.desc()).limit(_LOOKED_AT)
    with store.reading() as connection:
        notes = [bytes(each) for each in connection.execute(newest).scalars()]
    for spelled in chosen.witnesses:
        try:
            key = cosignature.witness(spelled).key
        except OvertError as error:
            yield Holding("service", _WITNESS, "missing", error.message, mend=error.hint)
            continue
        yield _service(_WITNESS, key.name, _cosigned(notes, key))


def programs(store: Store, now: datetime) -> Iterator[Holding]:
    """API keys and keys of the gateway: how many work; those whose time ends one by one."""
    works = [each for each in ApiKeys(store).every(_MOST_KEYS) if each.works(now)]
    told = Text(zh=f"{len(works)} 个有效", en=f"{len(works)} that work")
    yield Holding("program", Text(zh="接口密钥", en="API keys"), "ok", told)
    for each in works:
        if each.ends:
            name = Text(zh=f"接口密钥“{each.name}”", en=f"API key “{each.name}”")
            said = Text(zh="到期后该程序不再能调用接口", en="the program is refused from then on")
            over = Holding("program", name, "ok", said, id=each.id, since=each.made, until=each.ends)
            yield over
    query = select(func.count()).select_from(gateway_keys).where(gateway_keys.c.withdrawn.is_(None))
    with store.reading() as connection:
        count = int(connection.execute(query).scalar() or 0)
    told = Text(zh=f"{count} 个有效", en=f"{count} that work")
    yield Holding("program", Text(zh="网关密钥", en="Keys of the gateway"), "ok", told)


def _service(name: Text, address: str, last: str) -> Holding:
    if not last:
        told = Text(zh="尚未应答过", en="has not answered yet")
        return Holding("service", name, "note", told, id=address, mend=_PUBLISH)
    said = Text(
        zh=f"最近应答 {last[:16].replace('T', ' ')} UTC", en=f"answered last at {last[:16].replace('T', ' ')} UTC"
    )
    return Holding("service", name, "ok", said, id=address)


def _cosigned(notes: list[bytes], key: checkpoint.Key) -> str:
    for each in notes:
        for signature in checkpoint.note(each).signatures:
            if signature.name == key.name and signature.key_hash == key.hash:
                return stamp(datetime.fromtimestamp(cosignature.cosigned_at(signature.data), UTC))
    return ""


_WITNESS: Final = Text(zh="账本见证方", en="Witness of the ledger")
_PUBLISH: Final = Text(
    zh="运行 overt ledger publish，看它能否应答。", en="Run `overt ledger publish` and see whether it answers."
)
