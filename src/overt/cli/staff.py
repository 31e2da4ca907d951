"""`overt staff`: who may come into the console, for the operator at the machine. Nobody is locked out for good."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from overt import settings
from overt.access.model import ROLES
from overt.cli.account import AsJson, opened
from overt.cli.show import out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

HELP = Text(
    zh="工作人员：生成登录链接，查看，移除。",
    en="Staff: make links to sign in, see who is there, take somebody out.",
)
app = typer.Typer(no_args_is_help=True, add_completion=False)
_LOGIN = Text(zh="登录名。", en="The sign-in name.")
Login = Annotated[str, typer.Argument(metavar="LOGIN", help=str(_LOGIN))]


@app.command(
    "link",
    help=str(
        Text(
            zh="生成一次性链接：不写登录名时用于新增管理员；写登录名时重设该人的登录方式。",
            en="Make a link that works once: for a new administrator, or with a sign-in name for somebody to set anew "
            "how they sign in.",
        )
    ),
)
def link(
    login: Annotated[str, typer.Argument(metavar="[LOGIN]", help=str(_LOGIN), show_default=False)] = "",
    as_json: AsJson = False,
) -> int:
    """Prints a link."""
    from overt.store.staff import Staff  # noqa: PLC0415  # the database is slow to import
    from overt.store.staff_links import StaffLinks  # noqa: PLC0415

    with opened() as store:
        links = StaffLinks(store)
        if login:
            person = Staff(store).by_login(login)
            if person is None:
                raise _nobody(login)
            token = links.again(person.id, by=None)
        else:
            token = links.first()
    path = f"/welcome/{token}"
    address = settings.load().settings.web.address.rstrip("/")
    if as_json:
        print_json({"path": path, "link": address + path if address else None})
        return 0
    if address:
        print(address + path)
        return 0
    told = Text(
        zh=f"在控制台的地址之后打开：{path}（例如 http://localhost:8080{path}）",
        en=f"Open this below the console's address: {path} (for example http://localhost:8080{path})",
    )
    print(told)
    return 0


@app.command("list", help=str(Text(zh="全部工作人员和检查人员。", en="Everybody, inspectors too.")))
def show(as_json: AsJson = False) -> int:
    """Lists people."""
    from overt.store.staff import Staff  # noqa: PLC0415  # as above

    now = datetime.now(UTC)
    with opened() as store:
        people = [(each, each.standing(now)) for each in Staff(store).every()]
    if as_json:
        print_json({"staff": [asdict(each) | {"state": state} for each, state in people]})
        return 0
    signs = {"active": "[green]●[/]", "invited": "[yellow]○[/]", "left": "[dim]○[/]"}
    for each, state in people:
        roles = " · ".join(str(ROLES[role]) for role in each.roles)
        out.print(
            f"{signs[state]} [bold]{plain(each.login or '?')}[/] {plain(each.name)} [dim]{roles} · {each.id}[/]",
            soft_wrap=True,
        )
    if not people:
        told = Text(
            zh="还没有工作人员。运行 overt staff link 创建第一位管理员。",
            en="Nobody is there yet. `overt staff link` makes the first administrator.",
        )
        out.print(str(told))
    return 0


@app.command(
    "remove",
    help=str(
        Text(
            zh="移除一个人：其登录方式和会话立即失效；最后一位管理员不能移除。",
            en="Take somebody out: nothing of theirs opens the console any more. The last administrator stays.",
        )
    ),
)
def remove(login: Login) -> int:
    """Takes somebody out."""
    from overt.store.staff import Staff  # noqa: PLC0415  # as above

    with opened() as store:
        person = Staff(store).by_login(login)
        if person is None:
            raise _nobody(login)
        Staff(store).leave(person.id, by="operator")
    out.print(f"[green]✓[/] {plain(login)}")
    return 0


def _nobody(login: str) -> UsageError:
    return UsageError(
        f"nobody signs in as {login!r}",
        f"没有人使用登录名 {login!r}",
        hint=Text(zh="运行 overt staff list。", en="Run `overt staff list`."),
    )
