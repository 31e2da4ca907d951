"""`overt person`: what is kept of a person, given to them or deleted."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from overt import api, settings
from overt.cli.retention import law
from overt.cli.show import err, out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.ledger.events.retention import Ground
    from overt.store.persons import Erasure

HELP = Text(
    zh="个人权利：向本人提供所保存的信息，或予以删除（个人信息保护法第四十五、四十七条）。",
    en="Rights of persons: give them what is kept of them, or delete it (PIPL, art. 45 and 47).",
)
_REFUSED = 1
app = typer.Typer(no_args_is_help=True, add_completion=False)
_Person = Annotated[
    str, typer.Argument(metavar="PERSON", help=str(Text(zh="此人的编号。", en="The person's opaque id.")))
]
_Json = Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))]


@app.command(
    "erase",
    help=str(
        Text(
            zh="删除：销毁此人的密钥，或待法定期限届满后销毁。",
            en="Destroy the person's key, now or when the law lets it go.",
        )
    ),
)
def erase(
    person: _Person,
    ground: Annotated[
        str,
        typer.Option(
            metavar="GROUND",
            help=str(
                Text(
                    zh="原因：request 本人请求、withdrawal 撤回同意、purpose-ended 目的已实现、"
                    "service-stopped 停止服务、unlawful 违法处理。",
                    en="Why: request, withdrawal, purpose-ended, service-stopped, or unlawful (PIPL, art. 47).",
                )
            ),
        ),
    ] = "request",
    yes: Annotated[
        bool, typer.Option("--yes", help=str(Text(zh="不再询问。", en="Do not ask: it cannot be undone.")))
    ] = False,
    as_json: _Json = False,
) -> int:
    """Erases; exit code 1 where the law or a hold wants something kept for now."""
    from overt.ledger.events.retention import Ground  # noqa: PLC0415
    from overt.store import persons  # noqa: PLC0415

    if ground not in get_args(Ground):
        raise UsageError(
            f"{ground!r} is no ground: {', '.join(get_args(Ground))}",
            f"“{ground}”不是删除原因：{'、'.join(get_args(Ground))}",
        )
    setup = settings.load()
    if not yes:
        if ground in persons.TAKES_BACK:
            first = Text(
                zh="此人的同意将被撤回，以此发布的内容将被召回。",
                en="This person's consents are taken back, and contents released with them are recalled.",
            )
            err.print(str(first), soft_wrap=True)
        question = Text(
            zh="销毁密钥后，此人的数据再也无法读取。继续？",
            en="Once the key is destroyed, nobody can read this person's data again. Go on?",
        )
        typer.confirm(str(question), abort=True)
    with closing(api.records(setup)) as store:
        erased = persons.erase(store, law(setup), person, cast("Ground", ground), datetime.now(UTC))
    if as_json:
        print_json(erased.told())
    else:
        _show(erased)
    return 0 if erased.destroyed else _REFUSED


@app.command(
    "export", help=str(Text(zh="提供所保存的信息（JSON）。", en="Give out what is kept of a person, as JSON."))
)
def export(
    person: _Person,
    target: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help=str(Text(zh="写入此文件。", en="Write it here.")))
    ] = None,
) -> int:
    """Writes it; the ledger tells that it was given out."""
    from overt.store import persons  # noqa: PLC0415

    with closing(api.records(settings.load())) as store:
        found = persons.export(store, person)
    if target is None:
        print_json(found)
        return 0
    with target.open("x", encoding="utf-8") as file:
        target.chmod(0o600)
        json.dump(found, file, ensure_ascii=False, indent=2)
    out.print(f"[green]✓[/] {plain(target)}", soft_wrap=True)
    return 0


def _show(erased: Erasure) -> None:
    if erased.consents:
        count, reached = len(erased.consents), len(erased.recalled)
        said = Text(
            zh=f"先撤回了 {count} 份同意；召回已发布的内容 {reached} 个。",
            en=f"Consents taken back first: {count}; contents recalled that were already issued: {reached}.",
        )
        out.print(f"[green]✓[/] {said}", soft_wrap=True)
        for content_id in erased.recalled:
            out.print(f"  {plain(content_id)}", soft_wrap=True)
    if erased.destroyed:
        said = Text(
            zh=f"密钥已销毁；{erased.entries} 个条目再也无法打开，其证明仍然成立。",
            en=f"The key is destroyed; {erased.entries} entries open no more, and their proofs still hold.",
        )
        out.print(f"[green]✓[/] {said}", soft_wrap=True)
        return
    said = Text(
        zh=f"已删除 {erased.entries} 个条目的内容；其余须继续保存，期间仅存储并采取必要的安全保护措施（第四十七条）：",
        en=f"{erased.entries} entries were deleted; the rest has to be kept, stored and secured only (PIPL, art. 47):",
    )
    out.print(f"[yellow]![/] {said}", soft_wrap=True)
    for each in erased.must:
        why = Text(zh="法律保全", en="a legal hold") if each.held else "、".join(each.duties)
        until = each.until or Text(zh="解除保全前", en="the hold is released")
        line = Text(
            zh=f"{each.record} {each.count} 条：{why}，至 {until}",
            en=f"{each.record}, {each.count}: {why}, until {until}",
        )
        out.print(f"  {plain(line)}", soft_wrap=True)
    if erased.due:
        when = Text(
            zh=f"overt retention run 将在 {erased.due} 之后销毁密钥。",
            en=f"`overt retention run` destroys the key after {erased.due}.",
        )
        out.print(f"  {plain(when)}", soft_wrap=True)
