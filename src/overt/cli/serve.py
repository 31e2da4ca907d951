"""`overt serve`: answers other programs over HTTP."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import Annotated

import typer

from overt import settings
from overt.cli.show import err, tell_troubles
from overt.errors import SetupError
from overt.language import Text
from overt.media.budget import MIB

HELP = Text(
    zh="提供网页与 HTTP 接口：本人同意、拒绝和撤回的页面，召回名单；"
    "凭水印编号或副本找回内容凭证（C2PA 软绑定解析接口）。",
    en="Answer over HTTP: pages on which people consent, refuse and withdraw, the recall list, and content credentials "
    "found again by a watermark's id or by a copy (C2PA Soft Binding Resolution API).",
)
_CONNECTIONS = 64


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
    setup = settings.load()
    try:
        import uvicorn  # noqa: PLC0415  # an extra

        from overt.publisher import publishing  # noqa: PLC0415
        from overt.web.app import application  # noqa: PLC0415
    except ImportError as error:
        raise SetupError(
            f"serving needs {error.name}",
            f"提供 HTTP 接口需要 {error.name}",
            hint=Text(zh='运行 pip install "overt[serve]"。', en='Run `pip install "overt[serve]"`.'),
        ) from error
    config = uvicorn.Config(
        application(setup, most_bytes=most * MIB),
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=30,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=_CONNECTIONS) as listening:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        err.print(str(Text(zh=f"正在监听 {address}", en=f"Listening at {address}")))
        server = uvicorn.Server(config)
        tell_troubles()
        with publishing(setup), contextlib.suppress(KeyboardInterrupt):  # It has ended what was under way by then.
            server.run(sockets=[listening])
    return 0 if server.started else 1
