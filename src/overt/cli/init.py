"""`overt init`: a guided set-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from overt.cli.show import out, plain
from overt.errors import UsageError
from overt.language import Text
from overt.marks.metadata.provider import producer_name

HELP = Text(
    zh="引导式配置：生成 overt.toml、数据目录、测试证书和各项密钥。",
    en="Set up: makes overt.toml, a data folder, a test certificate and the keys.",
)


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help=str(Text(zh="配置所在目录。", en="Folder of the set-up.")))
    ] = Path(),
    producer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_CODE",
            help=str(
                Text(
                    zh="生成服务提供者：27 位编码，或英文名称。",
                    en="Who provides the service: the 27-character provider code, or an ASCII name.",
                )
            ),
        ),
    ] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help=str(
                Text(zh="启用闸口：无许可决定即不发布。", en="Turn the gate on: nothing goes out without a decision.")
            ),
        ),
    ] = False,
    contact: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=str(Text(zh="被征求同意者的联系方式。", en="How people who are asked for consent reach you.")),
        ),
    ] = "",
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help=str(Text(zh="不提问，使用默认值。", en="Ask nothing, take the defaults."))),
    ] = False,
) -> None:
    """Makes a set-up and says what was made."""
    if producer is None and not yes:
        producer = _ask()
    from overt.setup.initialise import initialise  # noqa: PLC0415  # the store is slow to import

    made = initialise(folder, producer, gate=gate, contact=contact)
    out.print(f"[bold]{Text(zh='配置完成', en='Set-up made')}[/]")
    for name, path in (
        (Text(zh="配置", en="settings"), made.config),
        (Text(zh="数据", en="data"), made.data),
        (Text(zh="测试私钥", en="test key"), made.signing_key),
        (Text(zh="测试证书", en="test certificate"), made.certificates),
        (Text(zh="水印密钥", en="watermark key"), made.watermark_key),
        (Text(zh="账本密钥", en="ledger key"), made.ledger_key),
        (Text(zh="保险库密钥", en="vault key"), made.vault_key),
    ):
        out.print(f"  {name}  {plain(path)}")
    for remark in made.remarks:
        out.print(f"[yellow]•[/] {plain(remark)}", soft_wrap=True)
    following = Text(
        zh="下一步：overt mark 图片.png -o 输出.png --technique image_generation",
        en="Next: overt mark picture.png -o marked.png --technique image_generation",
    )
    out.print(str(following), soft_wrap=True)


def _ask() -> str | None:
    if sys.stdin is None:
        raise UsageError("there is nobody to ask; use --yes or --producer", "无法提问；请使用 --yes 或 --producer")
    question = Text(
        zh="生成服务提供者（27 位编码或英文名称；留空则暂用测试名称）",
        en="Producer (27-character code or ASCII name; empty for a test name)",
    )
    while True:
        answer: str = typer.prompt(str(question), default="", show_default=False)
        if not answer.strip():
            return None
        try:
            return producer_name(answer)
        except UsageError as error:
            out.print(f"[red]{plain(error.message)}[/]\n{plain(error.hint)}")
