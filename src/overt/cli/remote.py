"""`overt --server`: the same commands, carried out by a server with an API key instead of a set-up on this machine.

The address and the key's file come from the options or from `OVERT_SERVER` and `OVERT_KEY_FILE`. What is printed is
what the command prints locally; what a server is not asked for is refused, and never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overt.cli.show import out, plain, print_json
from overt.errors import SetupError, UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.client import Client

SERVER = "OVERT_SERVER"
KEY_FILE = "OVERT_KEY_FILE"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the commands of this run are carried out."""

    address: str
    key_file: Path | None


_chosen: list[Server] = []


def choose(address: str, key_file: Path | None) -> None:
    """Has the commands of this run carried out there; here where the address is empty."""
    _chosen[:] = [Server(address, key_file)] if address else []


def chosen() -> bool:
    """Whether a server carries the commands out."""
    return bool(_chosen)


@contextmanager
def client() -> Iterator[Client]:
    """The server's client."""
    from overt.client import Client  # noqa: PLC0415  # slow to import

    server = _chosen[0]
    try:
        key = server.key_file.read_text("utf-8").strip() if server.key_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"the key's file cannot be read: {error}", f"无法读取密钥文件：{error}") from error
    with Client(server.address, key) as ready:
        yield ready


def only_here(command: str) -> None:
    """Refuses a command that is carried out on this machine alone."""
    if chosen():
        raise UsageError(
            f"`overt {command}` is not carried out by a server: leave --server out, and run it where the set-up is",
            f"overt {command} 不能由服务器执行：请去掉 --server，在配置所在的机器上运行",
        )


def without(**options: object) -> None:
    """Refuses options that a server is not asked for."""
    for name, value in options.items():
        if value:
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"{flag} does not go with --server", f"{flag} 不能与 --server 一起使用")


def show_trace(told: dict[str, Any]) -> None:
    """A trace of a server, for a person."""
    from overt.cli.trace import head  # noqa: PLC0415

    head(told["outcome"], told["file"])
    for each in told["contradictions"]:
        out.print(f"   [bold red]⚠ {plain(_text(each))}[/]", soft_wrap=True)
    for number, each in enumerate(told["candidates"], 1):
        out.print(f"   {number}. [bold]{plain(each['content_id'])}[/] [dim]← {', '.join(each['led_by'])}[/]")
    for gap in told["not_compared"]:
        out.print(f"   [dim]{Text(zh='未能比对', en='not compared')}: {plain(_text(gap))}[/]", soft_wrap=True)
    out.print()


def show_dissemination(told: dict[str, Any]) -> None:
    """A write-back of a server, for a person."""
    from overt.cli.disseminate import CASES  # noqa: PLC0415

    sign = "[bold green]✓[/]" if told["out"] else "[bold magenta]?[/]"
    out.print(f"{sign} [bold]{plain(told['out'] or told['file'])}[/]  {CASES[told['case']]}", soft_wrap=True)
    out.print(f"   {Text(zh='依据', en='ground')}: {plain(_text(told['why']))}", soft_wrap=True)
    if told["notice"]:
        out.print(f"   {Text(zh='提示用语', en='notice')}: {plain(_text(told['notice']))}", soft_wrap=True)
    for each in told["contradictions"]:
        out.print(f"   [bold red]⚠ {plain(_text(each))}[/]", soft_wrap=True)
    for each in told["remaining"]:
        out.print(f"   → {plain(_text(each))} [dim]({each['duty']})[/]", soft_wrap=True)
    out.print()


def show_duties(told: dict[str, Any], *, as_json: bool) -> None:
    """The register of a server."""
    from overt.cli.duties import SIGNS  # noqa: PLC0415
    from overt.duties import words  # noqa: PLC0415

    if as_json:
        print_json(told)
        return
    out.print(f"[dim]{told['rulebook']} · {told['digest'][:16]}…[/]")
    out.print("   ".join(f"{SIGNS[state]} {count} {words.STATES[state]}" for state, count in told["counts"].items()))
    for each in told["items"]:
        out.print(f" {SIGNS[each['state']]} [bold]{each['id']:<9}[/]{plain(_text(each['text']))}", soft_wrap=True)


def _text(told: dict[str, str]) -> Text:
    return Text(zh=told["zh"], en=told["en"])
