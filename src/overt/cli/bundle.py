"""`overt bundle`: evidence that anybody can check offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from overt import settings
from overt.cli import remote
from overt.cli.show import err, out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

HELP = Text(
    zh="把关于一个编号或一段期间的证据制成一个文件；任何人都可离线用 overt-verify 核验。",
    en="Evidence about an id or a period in one file, which anybody can check offline with overt-verify.",
)


def command(
    any_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=str(
                Text(
                    zh="内容、决定、同意或案件的编号；以 --period 给出期间时省略。",
                    en="The id of a content, decision, consent or case; none with --period.",
                )
            ),
        ),
    ] = "",
    target: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help=str(Text(zh="证据包文件。", en="The bundle's file."))),
    ] = None,
    *,
    period: Annotated[
        str,
        typer.Option(metavar="A..B", help=str(Text(zh="从 A 到 B 之前（UTC）。", en="From A until before B, UTC."))),
    ] = "",
    content: Annotated[
        list[Path] | None,
        typer.Option(
            "--with-content",
            metavar="FILE",
            help=str(
                Text(
                    zh="附上发布文件及其标识读取结果（不超过 16 MiB 时放入包内）。",
                    en="The released file and what is read out of it; up to 16 MiB the file itself is put in.",
                )
            ),
        ),
    ] = None,
    personal: Annotated[
        bool,
        typer.Option(
            "--personal",
            help=str(
                Text(
                    zh="打开为个人密封的内容，并附同意收据；须写明 --ground，账本会记录。",
                    en="Open what is sealed for persons, with receipts of consents; needs --ground, and is recorded.",
                )
            ),
        ),
    ] = False,
    person: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PERSON",
            help=str(Text(zh="只打开此人的内容；须写明 --ground。", en="Open what is sealed for this person alone.")),
        ),
    ] = "",
    ground: Annotated[
        str,
        typer.Option(metavar="TEXT", help=str(Text(zh="提供个人信息的依据。", en="Why personal data are given out."))),
    ] = "",
    recipient: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=str(Text(zh="交给哪个机关或角色（不写姓名）。", en="Which authority or role gets it (no names).")),
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))] = False,
) -> int:
    """Makes the bundle."""
    from overt.bundling import bundle  # noqa: PLC0415  # slow to import
    from overt.ledger.bundle import Period  # noqa: PLC0415
    from overt.store.bundles import Order  # noqa: PLC0415

    if bool(any_id) == bool(period):
        raise UsageError("name either an id or a --period", "请给出编号或 --period 之一")
    if personal and person:
        raise UsageError("either --personal or --for", "--personal 与 --for 只能选一个")
    if remote.chosen():
        remote.without(with_content=content)
        return _by_server(
            period or any_id,
            target or Path("bundle.json"),
            {
                "personal": "all" if personal else "one" if person else "none",
                "person": person,
                "ground": ground,
                "recipient": recipient,
            },
            as_json=as_json,
        )
    order = Order(
        Period.read(period) if period else any_id,
        "all" if personal else "one" if person else "none",
        person,
        ground,
        recipient,
    )
    target = target or Path("bundle.json")
    if target.exists():
        raise UsageError(f"{target} exists", f"{target} 已存在", hint=_ANOTHER)
    if not os.access(target.parent, os.W_OK | os.X_OK):  # Before the ledger says that it was given out.
        raise UsageError(f"{target.parent} cannot be written to", f"无法写入目录 {target.parent}", hint=_ANOTHER)
    made = bundle(settings.load(), order, content or [])
    _write(target, made.data, private=personal or bool(person))
    if as_json:
        missing = [each.message.both() for each in made.missing]
        print_json({"bundle": str(target), "entries": made.entries, "bytes": len(made.data), "missing": missing})
    else:
        said = Text(zh=f"条目 {made.entries} 个", en=f"entries: {made.entries}")
        out.print(f"[green]✓[/] {plain(target)}  {said}", soft_wrap=True)
        out.print(f"  {Text(zh='核验', en='check it with')}: overt-verify {plain(target)}", soft_wrap=True)
    for error in made.missing:
        err.print(plain(error.message), style="yellow", soft_wrap=True)
    return 0


def _by_server(about: str, target: Path, order: dict[str, str], *, as_json: bool) -> int:
    if target.exists():
        raise UsageError(f"{target} exists", f"{target} 已存在", hint=_ANOTHER)
    with remote.client() as client:
        told = client.bundle(about, target, **order)
    if order["personal"] != "none":
        target.chmod(0o600)
    if as_json:
        print_json(told)
    else:
        said = Text(zh=f"条目 {told['entries']} 个", en=f"entries: {told['entries']}")
        out.print(f"[green]✓[/] {plain(target)}  {said}", soft_wrap=True)
        out.print(f"  {Text(zh='核验', en='check it with')}: overt-verify {plain(target)}", soft_wrap=True)
    return 0


def _write(target: Path, data: bytes, *, private: bool) -> None:
    """Writes all of it, or leaves nothing."""
    with target.open("xb") as file:
        try:
            if private:
                target.chmod(0o600)
            file.write(data)
            file.flush()
        except OSError:
            target.unlink()
            raise


_ANOTHER = Text(
    zh="用 -o 另取文件名；证据包不会被覆盖。", en="Name another file with -o; a bundle is never overwritten."
)
