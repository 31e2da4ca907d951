"""`overt gateway`: a proxy in front of generators; and the keys with which applications use it."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli.listening import listening
from overt.cli.show import err, tell_troubles
from overt.errors import SetupError
from overt.language import Text
from overt.settings import Setup

if TYPE_CHECKING:
    from overt.store.gateway import GatewayKey, GatewayRecords

HELP = Text(
    zh="在生成服务之前设置网关：请求先经闸口，产出自动标识，应用只需改 base_url（OpenAI HTTP 接口及适配文件）。",
    en="Stand in front of a generator: requests are gated, answers are marked, and applications change nothing but "
    "their base_url (OpenAI HTTP API, and others by adapter files).",
)
_KEY_HELP = Text(zh="应用使用网关的密钥。", en="Keys with which applications use the gateway.")
_ADD = Text(
    zh="创建密钥。密钥只显示这一次；未指明账户时一并开设账户。",
    en="Make a key. It is shown this once; an account is opened for it where none is named.",
)
_LIST = Text(zh="列出密钥（不含密钥本身）。", en="List the keys, without the keys themselves.")
_WITHDRAW = Text(zh="立即废止一个密钥。", en="End a key at once.")
_UPSTREAM = Text(zh="生成服务的地址，代替配置中的地址。", en="The generator's address, in place of the set-up's.")
_ADAPTER = Text(zh="另加适配文件（TOML），可多次。", en="One more adapter file (TOML); repeatable.")
_NAME = Text(zh="密钥名称，如应用名。", en="Name of the key: the application's.")
_CONSENT = Text(zh="请求未指明时的同意编号，可多次。", en="Consent of requests that name none; repeatable.")
_NAMES = Text(
    zh="允许应用以请求头 Overt-Account 指明用户账户。", en="Let it say for which account it asks (Overt-Account)."
)
_NEXT = Text(
    zh="应用以上述地址为 base_url，以 overt gateway key add NAME 创建的密钥为 api_key。按 Ctrl+C 结束。",
    en="Applications take this address as `base_url`, and as `api_key` what `overt gateway key add NAME` makes. "
    "Ctrl+C ends it.",
)
_CONNECTIONS = 256
_SECONDS_TO_END = 60

app = typer.Typer(invoke_without_command=True, add_completion=False)
_keys = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(_keys, name="key", help=str(_KEY_HELP))


@app.callback()
def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help=str(Text(zh="监听的地址。", en="Address to listen at.")))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=str(Text(zh="端口。", en="Port.")))] = 8090,
    upstream: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help=str(_UPSTREAM),
        ),
    ] = "",
    adapter: Annotated[
        list[Path] | None,
        typer.Option(help=str(_ADAPTER)),
    ] = None,
) -> int:
    """Serves until it is told to stop."""
    if context.invoked_subcommand is not None:
        return 0
    return _serve(_chosen(settings.load(), upstream, adapter or []), host, port)


@_keys.command("add", help=str(_ADD))
def add(
    name: Annotated[str, typer.Argument(help=str(_NAME))],
    account: Annotated[
        str, typer.Option(help=str(Text(zh="所属账户的编号。", en="Id of the account that it belongs to.")))
    ] = "",
    purpose: Annotated[
        str, typer.Option(help=str(Text(zh="请求未声明时的用途。", en="Purpose of requests that name none.")))
    ] = "",
    consent: Annotated[
        list[str] | None,
        typer.Option(help=str(_CONSENT)),
    ] = None,
    names_accounts: Annotated[
        bool,
        typer.Option(
            "--names-accounts",
            help=str(_NAMES),
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))] = False,
) -> int:
    """Makes a key and prints it."""
    with _records() as records:
        key, secret = records.add_key(
            name, account=account, purpose=purpose, consents=tuple(consent or ()), names_accounts=names_accounts
        )
    if as_json:
        print(json.dumps(asdict(key) | {"key": secret}, ensure_ascii=False))
        return 0
    told = Text(
        zh=f"密钥 {key.name}，账户 {key.account}；请立即妥善保存，之后无法再显示：",
        en=f"Key {key.name} of account {key.account}. Keep it now, it cannot be shown again:",
    )
    err.print(str(told), highlight=False, markup=False, soft_wrap=True)
    print(secret)
    return 0


@_keys.command("list", help=str(_LIST))
def show(
    as_json: Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))] = False,
) -> int:
    """Prints one line for each."""
    with _records() as records:
        keys = records.keys()
    if as_json:
        print(json.dumps([asdict(each) for each in keys], ensure_ascii=False))
        return 0
    for key in keys:
        print(_line(key))
    return 0


@_keys.command("withdraw", help=str(_WITHDRAW))
def withdraw(
    name: Annotated[str, typer.Argument(help=str(Text(zh="密钥名称。", en="Name of the key.")))],
) -> int:
    """Ends it."""
    with _records() as records:
        records.withdraw_key(name)
    err.print(str(Text(zh=f"密钥 {name} 已废止。", en=f"Key {name} opens nothing any more.")), highlight=False)
    return 0


def _line(key: GatewayKey) -> str:
    state = Text(zh=f"已于 {key.withdrawn} 废止", en=f"withdrawn {key.withdrawn}") if key.withdrawn else None
    state = state or Text(zh="有效", en="holds")
    return f"{key.name}\t{state}\t{key.account}\t{key.purpose or '-'}\t{key.made}"


@contextmanager
def _records() -> Iterator[GatewayRecords]:
    from overt.store.gateway import GatewayRecords  # noqa: PLC0415  # the database is slow to import

    with closing(api.records(settings.load())) as store:
        yield GatewayRecords(store)


def _chosen(setup: Setup, upstream: str, adapters: list[Path]) -> Setup:
    """The set-up with what the command line says."""
    gateway = setup.settings.gateway
    more = tuple(path.absolute() for path in adapters)
    changed = gateway.model_copy(
        update={"upstream": upstream or gateway.upstream, "adapters": (*more, *gateway.adapters)}
    )
    return setup.model_copy(update={"settings": setup.settings.model_copy(update={"gateway": changed})})


def _serve(setup: Setup, host: str, port: int) -> int:
    try:
        import uvicorn  # noqa: PLC0415  # an extra

        from overt.gateway.app import application  # noqa: PLC0415
        from overt.publisher import publishing  # noqa: PLC0415
    except ImportError as error:
        raise SetupError(
            f"the gateway needs {error.name}",
            f"网关需要 {error.name}",
            hint=Text(zh='运行 pip install "overt[serve]"。', en='Run `pip install "overt[serve]"`.'),
        ) from error
    config = uvicorn.Config(
        application(setup),
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=_CONNECTIONS + setup.settings.gateway.at_once,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    with listening(host, port, _CONNECTIONS) as heard:
        address = f"http://{f'[{host}]' if ':' in host else host}:{heard.getsockname()[1]}"
        upstream = setup.settings.gateway.upstream
        told = Text(zh=f"网关 {address}/v1 → {upstream}", en=f"Gateway {address}/v1 → {upstream}")
        err.print(str(told), highlight=False, markup=False, soft_wrap=True)
        err.print(str(_NEXT), highlight=False, markup=False, soft_wrap=True)
        server = uvicorn.Server(config)
        tell_troubles()
        with publishing(setup), contextlib.suppress(KeyboardInterrupt):  # It has ended what was under way by then.
            server.run(sockets=[heard])
    return 0 if server.started else 1
