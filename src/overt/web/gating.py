"""Requests to the gate, and its decisions, as the console and the API both show them.

A request brings its files with it: no path of this machine is ever taken from it. It is decided in the line of work,
since engines look at files; the decision is recorded in one act, and stays when the task is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from starlette.datastructures import FormData, UploadFile

from overt.errors import UsageError
from overt.gate import decision as decisions
from overt.gate import policy
from overt.gate.model import Decision
from overt.gate.policy import PolicyText
from overt.gate.request import Wanted
from overt.language import Text
from overt.ledger import signing
from overt.store import decision_lists
from overt.store import life as lives
from overt.store.decision_lists import Whole
from overt.store.life import Step
from overt.store.log import entry_at
from overt.web import standing
from overt.web.acts import Folder
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from overt.web.house import Site
    from overt.web.work import Rooms, Task

Signature = Literal["good", "bad", "unknown"]
"""Ours and whole; ours and changed; of a key that this set-up does not name."""
ASK: Final = "gate-ask"
MOST_FILES: Final = 4
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)


def purposes(house: Site) -> PolicyText:
    """The policy that applies, with the purposes that can be declared."""
    named = house.setup.settings.gate.policy
    return policy.load(house.setup.home / named if named else None)


async def taken(house: Site, fields: FormData, name: str = "input") -> Folder | None:
    """The files of a form, in a folder of their own; None where there are none."""
    sent = [each for each in fields.getlist(name) if isinstance(each, UploadFile) and each.filename]
    if not sent:
        return None
    folder = Folder(house)
    for number, each in enumerate(sent[:MOST_FILES]):
        suffix = Path(each.filename or "").suffix.lower()
        target = folder.path / f"{number}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        with target.open("xb") as file:
            while piece := await each.read(1 << 20):
                file.write(piece)
    return folder


def ask(house: Site, owner: str, wanted: Wanted, folder: Folder | None = None) -> Task:
    """Begins to decide. The task's result is the decision. Raises `UsageError` for what cannot be a request."""
    if house.setup.settings.ledger.key is None:
        raise StatusError(409, "this set-up has no key to sign decisions with", "当前配置没有签署决定的密钥", hint=_KEY)
    files = sorted(folder.path.iterdir()) if folder else []
    if unknown := [each for each in wanted.techniques if each not in house.rulebook.techniques]:
        told = ", ".join(unknown)[:200]
        raise UsageError(f"unknown technique: {told}", f"未知的技术类型：{told}", hint=_TECHNIQUES)

    def do(rooms: Rooms, task: Task) -> Decision:
        task.tell(Text(zh="闸口正在审核请求", en="the gate looks at the request"))
        kept = folder  # The files stay for as long as the task works with them.
        decision = rooms.gate.decide(wanted.with_files(files))
        del kept
        return decision

    return house.work.start(ASK, do, owner=owner)


def whole(house: Site, decision_id: str) -> Whole:
    """One decision. Raises a 404 where there is none."""
    found = decision_lists.whole(house.store, decision_id, datetime.now(UTC))
    if found is None:
        raise StatusError(404, "there is no decision of this id", "没有此编号的决定", hint=_LIST)
    return found


def signature(house: Site, decision: Decision) -> Signature:
    """Whether the signature holds, by the set-up's own keys, checked now."""
    key = next((each for each in _keys(house) if signing.key_id(each) == decision.signer), None)
    if key is None:
        return "unknown"
    return "good" if decisions.verified(decision, key, signing.verified) else "bad"


def entry(house: Site, index: int) -> Step:
    """The ledger entry of a decision, with whether it lies under the latest checkpoint."""
    with house.store.reading() as connection:
        step = lives.step(entry_at(connection, house.store.vault, index))
    return lives.proved(house.store, [step], standing.checkpoint_of(house))[0]


def clauses(house: Site, ids: Sequence[str]) -> list[Any]:
    """The duties of these ids that the rulebook knows, each once."""
    book = {each.id: each for each in house.rulebook.duties}
    return [book[each] for each in dict.fromkeys(ids) if each in book]


def _keys(house: Site) -> list[bytes]:
    applies = house.setup.settings.ledger
    own = [signing.load(house.setup.home / applies.key).public] if applies.key else []
    return own + [signing.load_public(house.setup.home / path) for path in applies.former]


_KEY: Final = Text(zh="在 overt.toml 的 [ledger] 填写 key。", en="Name a key in [ledger] of overt.toml.")
_LIST: Final = Text(zh="返回决定列表查找。", en="Look for it in the list of decisions.")
_TECHNIQUES: Final = Text(zh="从规则手册列出的技术中选择。", en="Choose from the rulebook's techniques.")
