"""`overt account`: opens accounts, keeps attested identities, imposes and lifts sanctions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from overt import api, settings
from overt.cli.show import out, plain, print_json
from overt.errors import UsageError
from overt.gate.account.model import LEVEL_NAMES, METHODS, SANCTION_NAMES, Method, Sanction, SanctionKind
from overt.language import Text

if TYPE_CHECKING:
    from overt.store.accounts import Accounts
    from overt.store.records import Store
    from overt.store.sanctions import SanctionBook

HELP = Text(
    zh="账号：新建，登记身份核验结果，处置与解除。",
    en="Accounts: open them, keep the results of identity checks, impose and lift sanctions.",
)
app = typer.Typer(no_args_is_help=True, add_completion=False)

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help=str(Text(zh="账号编号。", en="The account's id.")))]
AsJson = Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))]
Reason = Annotated[str, typer.Option(metavar="TEXT", help=str(Text(zh="理由。", en="Why.")))]
Post = Annotated[
    str, typer.Option(metavar="POST", help=str(Text(zh="负责的岗位，不写人名。", en="The post; no person's name.")))
]


@contextmanager
def opened() -> Iterator[Store]:
    """The records of the set-up that applies."""
    with closing(api.records(settings.load())) as store:
        yield store


def _accounts(store: Store) -> Accounts:
    from overt.store.accounts import Accounts  # noqa: PLC0415  # the database is slow to import

    return Accounts(store)


def _sanctions(store: Store) -> SanctionBook:
    from overt.store.sanctions import SanctionBook  # noqa: PLC0415  # as above

    return SanctionBook(store)


def moment(day: datetime | None) -> datetime | None:
    """A day from the command line as its first moment in UTC."""
    return day.replace(tzinfo=UTC) if day else None


@app.command("add", help=str(Text(zh="新建账号，输出其编号。", en="Open an account, and print its id.")))
def add(as_json: AsJson = False) -> int:
    """Opens an account."""
    with opened() as store:
        account = _accounts(store).open()
    if as_json:
        print_json({"account": account})
    else:
        print(account)
    return 0


@app.command(
    "attest",
    help=str(
        Text(
            zh="登记一次真实身份核验的方式、结果和时间；绝不登记号码。",
            en="Keep the method, result and time of a check of a real identity; never the number.",
        )
    ),
)
def attest(
    account: Account,
    method: Annotated[Method, typer.Option(help=str(Text(zh="核验方式。", en="How it was checked.")))],
    provider: Annotated[
        str, typer.Option(metavar="NAME", help=str(Text(zh="核验服务方。", en="The service that checked it.")))
    ],
    reference: Annotated[
        str,
        typer.Option(
            metavar="REF",
            help=str(Text(zh="核验服务方的流水号，只存其哈希。", en="The service's reference; a keyed hash is kept.")),
        ),
    ],
    failed: Annotated[
        bool, typer.Option("--failed", help=str(Text(zh="核验未通过。", en="The check failed.")))
    ] = False,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help=str(
                Text(
                    zh="此日起须重新核验（默认一年）。",
                    en="From this day on it is to be checked again; a year where none is named.",
                )
            ),
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Keeps an attestation."""
    with opened() as store:
        made = _accounts(store).attest(account, method, provider, reference, passed=not failed, expires=moment(until))
    if as_json:
        print_json(asdict(made))
    else:
        out.print(f"[green]✓[/] {METHODS[made.method]} [dim]· {made.id} · → {made.expires}[/]")
    return 0


@app.command("show", help=str(Text(zh="账号的身份级别、核验和处置。", en="An account's level, checks and sanctions.")))
def show(account: Account, as_json: AsJson = False) -> int:
    """Prints what is known of an account; 1 where there is none."""
    now = datetime.now(UTC)
    with opened() as store:
        kept = _accounts(store)
        known = kept.known(account)
        if known is None:
            raise UsageError(f"there is no account {account!r}", f"没有账号 {account!r}")
        level, attested, sanctions = (
            kept.identified(account, now),
            kept.attested(account),
            _sanctions(store).of(account),
        )
    if as_json:
        print_json(
            {
                **asdict(known),
                "level": level.level,
                "level_until": level.expires,
                "attestations": [asdict(each) for each in attested],
                "sanctions": [asdict(each) | {"holds": each.holds(now)} for each in sanctions],
            }
        )
        return 0
    until = f" → {level.expires}" if level.expires else ""
    out.print(f"[bold]{plain(known.id)}[/] {LEVEL_NAMES[level.level]}[dim]{until} · {known.opened}[/]")
    for each in attested:
        sign = "[green]✓[/]" if each.passed else "[red]✗[/]"
        out.print(
            f"   {sign} {METHODS[each.method]} · {plain(each.provider)} [dim]{each.checked} → {each.expires}[/]",
            soft_wrap=True,
        )
    for sanction in sanctions:
        _sanction(sanction, now)
    return 0


@app.command("sanction", help=str(Text(zh="处置违规用户。", en="Decide something against a user who broke the rules.")))
def sanction(
    account: Account,
    kind: Annotated[
        SanctionKind, typer.Argument(help=str(Text(zh="处置方式，由轻到重。", en="What, from the mildest.")))
    ],
    reason: Reason,
    duty: Annotated[
        str, typer.Option(metavar="ID", help=str(Text(zh="所依据的义务。", en="The duty it rests on.")))
    ] = "DS-10e",
    function: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=str(Text(zh="限制的功能。", en="What is restricted.")))
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=str(Text(zh="到此日为止。", en="Until this day.")))
    ] = None,
    appeal: Annotated[
        str, typer.Option(metavar="WHERE", help=str(Text(zh="在哪里申诉。", en="Where the user can appeal.")))
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Imposes a sanction."""
    with opened() as store:
        made = _sanctions(store).impose(
            account, kind, reason, duty, functions=function or (), until=moment(until), appeal=appeal
        )
    if as_json:
        print_json(asdict(made))
    else:
        _sanction(made, datetime.now(UTC))
    return 0


@app.command("lift", help=str(Text(zh="解除处置。", en="Lift a sanction.")))
def lift(
    sanction_id: Annotated[
        str, typer.Argument(metavar="SANCTION", help=str(Text(zh="处置编号。", en="The sanction's id.")))
    ],
    reason: Reason,
    by: Post,
) -> int:
    """Lifts a sanction."""
    with opened() as store:
        _sanctions(store).lift(sanction_id, reason, by)
    out.print(f"[green]✓[/] {plain(sanction_id)}")
    return 0


@app.command("close", help=str(Text(zh="按用户要求注销账号。", en="Close an account for good, as its user asked.")))
def close(account: Account) -> int:
    """Closes an account."""
    with opened() as store:
        _accounts(store).close(account)
    out.print(f"[green]✓[/] {plain(account)}")
    return 0


def _sanction(each: Sanction, now: datetime) -> None:
    sign = "[red]●[/]" if each.holds(now) else "[dim]○[/]"
    until = f" → {each.until}" if each.until else ""
    named = f" ({', '.join(each.functions)})" if each.functions else ""
    out.print(
        f"   {sign} {SANCTION_NAMES[each.kind]}{plain(named)}: {plain(each.reason)}"
        f" [dim]{plain(each.duty)} · {each.id} · {each.imposed}{until}[/]",
        soft_wrap=True,
    )
