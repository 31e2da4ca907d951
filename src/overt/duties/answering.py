"""People's answers to the law, made: statements on duties, determinations of facts. Checked, signed, kept.

`overt state`, `overt determine`, the console and the API are faces of what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from overt.duties.registry import controls_of
from overt.duties.standing import counts
from overt.errors import SetupError, UsageError
from overt.language import Text
from overt.ledger import signing
from overt.store.statements import Determined, Stated, Statements, determination, statement

if TYPE_CHECKING:
    from overt.duties.factfile import Answer
    from overt.duties.view import View
    from overt.ledger.events.duties import Statement
    from overt.ledger.signing import Signer
    from overt.rulebook import Duty
    from overt.settings import Setup

SOON: Final = timedelta(days=30)
"""How long before its end an answer is told to be expiring."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An answer that counts and ends soon, or that has ended and was not renewed."""

    said: Stated | Determined
    ends: str
    over: bool


def signer(setup: Setup) -> Signer:
    """The key that signs answers. Raises `SetupError` where the set-up names none."""
    key = setup.settings.ledger.key
    if key is None:
        raise SetupError(
            "statements are signed, and no key is named",
            "声明须签名，但没有配置密钥",
            hint=Text(
                zh="在 overt.toml 的 [ledger] 填写 key；运行 overt doctor 查看如何生成。",
                en="Name a key in [ledger] of overt.toml; `overt doctor` tells how to make one.",
            ),
        )
    return signing.load(setup.home / key)


def state(
    view: View, duties: Sequence[str], text: str, owner: str, until: date, *, topic: str = "", document: str = "",
    by: str = "",
) -> Stated:  # fmt: skip
    """Signs and keeps a statement that counts for each of these duties. `by` entered it. Raises `UsageError`."""
    if not duties:
        raise UsageError("name the duties", "须写明义务")
    chosen = tuple(dict.fromkeys(duties))
    said = statement(signer(view.setup), chosen, text, owner, until, topic=topic, document=document)
    for each in chosen:
        _must_count(view, view.rulebook.duty(each), said)
    return Statements(view.store).keep(said, by=by)


def determine(view: View, answers: Iterable[Answer], *, by: str = "") -> tuple[Determined, ...]:
    """Signs and keeps a determination of each fact: all of them, or none. `by` entered them. Raises `UsageError`."""
    key, known = signer(view.setup), view.rulebook.facts
    signed = []
    for each in answers:
        if each.fact not in known:
            raise UsageError(f"there is no fact {each.fact!r}", f"没有事实 {each.fact!r}")
        signed.append(
            determination(
                key, view.rulebook.id, each.fact, each.reason, each.owner, each.review_by,
                value=each.value, document=each.document,
            )
        )  # fmt: skip
    return Statements(view.store).keep_determinations(signed, by=by)


def may_be_stated(duty: Duty) -> bool:
    """Whether people's word, as a whole, answers for this duty."""
    return duty.people and not any(each.statements for each in controls_of(duty.id))


def open_duties(view: View) -> tuple[Duty, ...]:
    """The duties that wait for people's word: in force, by the facts not excluded, and nobody has stated them."""
    return tuple(
        duty
        for duty in view.rulebook.duties
        if may_be_stated(duty)
        and duty.force != "note"
        and duty.applies_on(view.today)
        and not any(view.fact(name) is False for name in duty.when)
        and not _holds(view.stated(duty.id), view)
    )


def touched(view: View) -> dict[str, tuple[Duty, ...]]:
    """Each fact of the rulebook, with the duties that it switches on and off."""
    return {name: tuple(duty for duty in view.rulebook.duties if name in duty.when) for name in view.rulebook.facts}


def ending(view: View) -> tuple[Ending, ...]:
    """Answers that end soon or have ended, the first to end first; those withdrawn or followed by others left out."""
    horizon, today = (view.today + SOON).isoformat(), view.today.isoformat()
    newest: dict[tuple[str, str], Stated] = {}
    for each in view.statements:
        for duty in each.statement.duties:
            newest.setdefault((duty, each.statement.topic), each)
    held = {each.statement.id: each for each in newest.values() if not each.withdrawn}
    ends: list[tuple[str, Stated | Determined]] = [(each.statement.expires, each) for each in held.values()]
    ends += [(each.determination.review_by, each) for each in view.determined.values()]
    soon = sorted((each for each in ends if each[0] <= horizon), key=lambda each: each[0])
    return tuple(Ending(said, last, over=last < today) for last, said in soon)


def _holds(stated: Stated | None, view: View) -> bool:
    return (
        stated is not None
        and stated.sound
        and not stated.withdrawn
        and stated.statement.expires >= view.today.isoformat()
    )


def _must_count(view: View, duty: Duty, said: Statement) -> None:
    """A statement that nothing counts would only look like an answer."""
    if not counts(view, duty, said):
        on = f" (--topic {said.topic})" if said.topic else ""
        raise UsageError(
            f"for {duty.id} such a statement{on} would not count",
            f"对 {duty.id} 作出这样的声明{on}不起作用",
            hint=Text(
                zh=f"运行 overt duties show {duty.id} 查看缺少什么，以及可以声明什么。",
                en=f"`overt duties show {duty.id}` tells what is missing, and what can be stated.",
            ),
        )
