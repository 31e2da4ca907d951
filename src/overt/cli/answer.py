"""`overt state` and `overt determine`: what people answer to the law, dated and signed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt import settings
from overt.cli.show import out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.duties.factfile import Answer
    from overt.duties.view import View

STATE_HELP = Text(
    zh="就只有人能履行的义务作出签名声明，或以 --withdraw 撤回。",
    en="State, under the set-up's signature, how a duty is met that only people can meet; --withdraw takes it back.",
)
DETERMINE_HELP = Text(
    zh="认定关于服务的事实（如舆论属性），以开启或者关闭相应义务。",
    en="Determine a fact about the service (public_opinion), which switches duties on or off.",
)
_JSON = Text(zh="输出一个 JSON 对象。", en="Print one JSON object.")
_RULEBOOK = Text(zh="规则手册（默认取自配置）。", en="The rulebook; the set-up's own where none is named.")
_ENTRY = Text(zh="账本条目", en="ledger entry")


def state(
    duties: Annotated[
        list[str] | None, typer.Argument(metavar="DUTY", help=str(Text(zh="义务编号。", en="Ids of duties.")))
    ] = None,
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=str(Text(zh="声明内容。", en="What is stated.")))
    ] = "",
    owner: Annotated[
        str,
        typer.Option(
            metavar="POST",
            help=str(Text(zh="负责的岗位，不写人名。", en="The post that answers for it; no person's name.")),
        ),
    ] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=str(Text(zh="有效期至。", en="The last day on which it counts."))),
    ] = None,
    topic: Annotated[
        str, typer.Option(metavar="NAME", help=str(Text(zh="义务的哪一部分。", en="Which part of the duty.")))
    ] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=str(Text(zh="依据文件，只记其哈希。", en="A document; its hash alone is kept."))
        ),
    ] = None,
    withdraw: Annotated[
        str, typer.Option(metavar="ID", help=str(Text(zh="撤回此声明。", en="Withdraw the statement of this id.")))
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Signs and keeps a statement, or withdraws one."""
    from overt.duties import answering  # noqa: PLC0415
    from overt.duties.view import View  # noqa: PLC0415
    from overt.store.statements import Statements  # noqa: PLC0415

    with View.opened(settings.load()) as view:
        if withdraw:
            entry = Statements(view.store).withdraw(withdraw, text, owner)
            return _done({"id": withdraw, "entry": entry}, as_json=as_json)
        if not duties or until is None:
            raise UsageError(
                "name the duties, and the last day on which it counts (--until)", "须写明义务和有效期（--until）"
            )
        made = answering.state(view, duties, text, owner, until.date(), topic=topic, document=_hash(document))
    return _done({"id": made.statement.id, "entry": made.entry}, as_json=as_json)


def determine(  # noqa: PLR0917  (Typer passes options by name)
    facts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FACT", help=str(Text(zh="事实的名称，可有多个。", en="Names of facts, one or several."))
        ),
    ] = None,
    value: Annotated[
        bool | None, typer.Option("--yes/--no", help=str(Text(zh="属于或者不属于。", en="Whether it is so.")))
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=str(Text(zh="理由。", en="Why.")))] = "",
    owner: Annotated[
        str,
        typer.Option(
            metavar="POST",
            help=str(Text(zh="负责的岗位，不写人名。", en="The post that answers for it; no person's name.")),
        ),
    ] = "",
    review_by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=str(Text(zh="最迟何时复核。", en="By when to determine it again."))),
    ] = None,
    rulebook: Annotated[str, typer.Option(metavar="ID", help=str(_RULEBOOK))] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=str(Text(zh="依据文件，只记其哈希。", en="A document; its hash alone is kept."))
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FACTS.toml", help=str(Text(zh="从文件认定多项事实。", en="Determine the facts of a file at once."))
        ),
    ] = None,
    blank: Annotated[
        bool,
        typer.Option(
            "--blank",
            help=str(Text(zh="输出可填写的文件，列出未认定的事实。", en="Print such a file with the open facts.")),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=str(_JSON))] = False,
) -> int:
    """Signs and keeps a determination of each fact."""
    from overt.duties import answering, factfile  # noqa: PLC0415
    from overt.duties.view import View  # noqa: PLC0415

    if sum((bool(facts), file is not None, blank)) != 1:
        raise UsageError("name facts, or give --file, or ask for --blank", "须写明事实，或者使用 --file 或 --blank")
    single = bool(reason or owner or document) or value is not None or review_by is not None
    if single and not facts:
        raise UsageError(
            "--yes, --no, --reason, --owner, --review-by and --document go with names of facts",
            "--yes、--no、--reason、--owner、--review-by 和 --document 须与事实的名称一起使用",
        )
    with View.opened(settings.load(), rulebook) as view:
        if blank:
            waiting = {name: title for name, title in view.rulebook.facts.items() if view.fact(name) is None}
            sys.stdout.write(factfile.blank(waiting, view.today + timedelta(days=365)))
            return 0
        if file is not None:
            answers = factfile.read(file, view.rulebook.facts)
        else:
            answers = _answers(facts or [], view, value, reason, owner, review_by, document)
        made = answering.determine(view, answers)
    told = [{"fact": each.determination.fact, "id": each.determination.id, "entry": each.entry} for each in made]
    if as_json:
        print_json({"determined": told})
    else:
        for each in told:
            _done(each, as_json=False)
    return 0


def _answers(
    facts: Sequence[str], view: View, value: bool | None, reason: str, owner: str, review_by: datetime | None,
    document: Path | None,
) -> tuple[Answer, ...]:  # fmt: skip
    """The same answer to each of the facts named."""
    from overt.duties.factfile import Answer  # noqa: PLC0415

    names = tuple(view.rulebook.facts)
    if unknown := [each for each in facts if each not in names]:
        raise UsageError(
            f"there is no fact {unknown[0]!r}; there are: {', '.join(names)}",
            f"没有事实 {unknown[0]!r}；现有：{'、'.join(names)}",
        )
    if value is None or review_by is None:
        raise UsageError("say --yes or --no, and --review-by", "须写明 --yes 或 --no，以及 --review-by")
    hashed = _hash(document)
    return tuple(Answer(each, value, reason, owner, review_by.date(), hashed) for each in dict.fromkeys(facts))


def _hash(document: Path | None) -> str:
    return sha256(document.read_bytes()).hexdigest() if document else ""


def _done(answer: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(answer)
    else:
        fact = f"{plain(answer['fact'])} [dim]·[/] " if "fact" in answer else ""
        out.print(f"[green]✓[/] {fact}{answer['id']} [dim]· {_ENTRY} {answer['entry']}[/]")
    return 0
