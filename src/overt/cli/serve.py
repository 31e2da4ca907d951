"""`overt serve`: the console, the public pages, and the API over HTTP."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli.listening import listening
from overt.cli.show import err, tell_troubles
from overt.errors import SetupError
from overt.language import Text
from overt.media.budget import MIB

if TYPE_CHECKING:
    from starlette.types import ASGIApp

HELP = Text(
    zh="提供控制台、公众页面（验证、举报、同意、规则）和接口 /v1；"
    "凭水印编号或副本找回内容凭证（C2PA 软绑定解析接口）。没有管理员时，输出一次性链接。",
    en="Serve the console, the public pages (verify, report, consent, rules) and the API /v1; content credentials are "
    "found again by a watermark's id or a copy (C2PA Soft Binding Resolution API). While there is no administrator, it "
    "prints the link that makes one.",
)
_LOCAL = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104  # Passkeys need a name: `localhost` is one.
_BACKLOG = 256  # Connections that wait to be taken.


def command(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help=str(Text(zh="监听的地址。", en="Address to listen at.")))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=str(Text(zh="端口。", en="Port.")))] = 8080,
    most: Annotated[
        int,
        typer.Option(
            "--max-upload",
            min=1,
            metavar="MIB",
            help=str(Text(zh="上传文件的上限（MiB）。", en="Largest file, in MiB.")),
        ),
    ] = 256,
) -> int:
    """Serves until it is told to stop."""
    setup = settings.load() if settings.find() else None
    try:
        import uvicorn  # noqa: PLC0415  # an extra

        from overt.publisher import publishing  # noqa: PLC0415
        from overt.web import serving  # noqa: PLC0415
        from overt.web.app import application  # noqa: PLC0415
        from overt.web.guide import Guided  # noqa: PLC0415
    except ImportError as error:
        raise SetupError(
            f"serving needs {error.name}",
            f"提供 HTTP 接口需要 {error.name}",
            hint=Text(zh='运行 pip install "overt[serve]"。', en='Run `pip install "overt[serve]"`.'),
        ) from error
    token = secrets.token_urlsafe(32)
    app: ASGIApp = application(setup, most_bytes=most * MIB) if setup else Guided(Path.cwd(), token, most * MIB)
    with listening(host, port, _BACKLOG) as heard:
        bound = heard.getsockname()[1]
        address = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        err.print(str(Text(zh=f"正在监听 {address}", en=f"Listening at {address}")))
        near = f"http://localhost:{bound}" if host in _LOCAL else address
        if setup:
            _invite(setup, near)
        else:
            _guide(f"{near}/set-up/{token}")
        server = uvicorn.Server(serving.config(app))
        tell_troubles()
        published = publishing(setup) if setup else contextlib.nullcontext()
        with published, contextlib.suppress(KeyboardInterrupt):  # It has ended what was under way by then.
            server.run(sockets=[heard])
    return 0 if server.started else 1


def _guide(link: str) -> None:
    """Prints the link to the guide, where nothing is set up yet."""
    told = Text(
        zh=f"此目录还没有配置。请在浏览器中打开此链接，完成配置：\n{link}",
        en=f"Nothing is set up here yet. Open this link in a browser to do it:\n{link}",
    )
    err.print(str(told), soft_wrap=True, highlight=False, markup=False)


def _invite(setup: settings.Setup, address: str) -> None:
    """Prints the link that makes the first administrator, as long as there is none."""
    from overt.store.staff import Staff  # noqa: PLC0415  # the database is slow to import
    from overt.store.staff_links import StaffLinks  # noqa: PLC0415

    with contextlib.closing(api.records(setup)) as store:
        if store.vault is None or Staff(store).has_administrator():
            return
        token = StaffLinks(store).first()
    link = f"{setup.settings.web.address.rstrip('/') or address}/welcome/{token}"
    told = Text(
        zh=f"还没有管理员。请在一小时内打开此链接（只能使用一次）：\n{link}",
        en=f"There is no administrator yet. Open this link within an hour; it works once:\n{link}",
    )
    err.print(str(told), soft_wrap=True, highlight=False, markup=False)
