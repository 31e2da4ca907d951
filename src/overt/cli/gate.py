"""`overt gate`: ask whether something may be synthesised, look at decisions, check policies, measure the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from overt import api, settings
from overt.cli import remote
from overt.cli.show import err, interactive, out, plain, print_json
from overt.errors import SetupError, UsageError
from overt.gate import decision as decisions
from overt.gate import policy, request
from overt.gate.gate import Gate
from overt.gate.model import Ask, Decision, Depicted
from overt.gate.policy.cases import Kind, Rate, cases
from overt.language import Text, current
from overt.ledger import signing

HELP = Text(
    zh="闸口：申请合成许可，查看决定，检查用途策略，测量闸口。",
    en="The gate: ask whether something may be synthesised, look at decisions, check policies, measure it.",
)
_REFUSED, _HELD = 1, 3
_EXITS = {"allow": 0, "refuse": _REFUSED, "hold": _HELD}

app = typer.Typer(no_args_is_help=True, add_completion=False)
policies = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(policies, name="policy", help=str(Text(zh="用途策略。", en="The purposes' policy.")))


def _help(zh: str, en: str) -> str:
    return str(Text(zh=zh, en=en))


AsJson = Annotated[bool, typer.Option("--json", help=_help("输出 JSON。", "Print JSON."))]


@app.command("ask", help=_help("申请合成许可；输出签名的决定。", "Ask for a decision; prints it, signed."))
def ask(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.json", help=_help("请求文件。", "The request, in a file."))
    ] = None,
    *,
    account: Annotated[str, typer.Option(help=_help("请求者的账号编号。", "Who asks: an account's id."))] = "",
    purpose: Annotated[str, typer.Option(help=_help("用途，如 satire。", "What for, such as satire."))] = "",
    technique: Annotated[
        list[str] | None, typer.Option("--technique", "-t", help=_help("合成技术；可重复。", "How; may be repeated."))
    ] = None,
    prompt: Annotated[str, typer.Option(help=_help("提示词。", "The prompt."))] = "",
    inputs: Annotated[
        list[Path] | None, typer.Option("--input", help=_help("输入文件；可重复。", "A file put in; may be repeated."))
    ] = None,
    shows: Annotated[
        list[str] | None,
        typer.Option(
            "--shows",
            metavar="LIKENESS:WHO",
            help=_help(
                "涉及谁：face:同意编号、face:official、face:fictional 或 face:none；可重复。",
                "Whom it shows: face:CONSENT-ID, face:official, face:fictional or face:none; may be repeated.",
            ),
        ),
    ] = None,
    function: Annotated[str, typer.Option(help=_help("功能名称。", "The function's name."))] = "content.generate",
    model: Annotated[str, typer.Option(help=_help("模型名称和版本。", "Name and version of the model."))] = "",
    outputs: Annotated[int, typer.Option(min=1, help=_help("内容数量。", "How many contents."))] = 1,
    channel: Annotated[str, typer.Option(help=_help("去向：private、circle、public。", "private, circle, public."))] = (
        "public"
    ),
    recipient: Annotated[
        str, typer.Option(help=_help("不加显式标识，交给谁。", "Without explicit label, for this recipient."))
    ] = "",
    target: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help=_help("决定写入此文件。", "Write it here."))
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Asks, and prints the decision."""
    if file is not None:
        asked = request.read(file)
    else:
        fields = {
            "account": account,
            "purpose": purpose,
            "techniques": tuple(technique or ()),
            "prompt": prompt,
            "inputs": tuple(inputs or ()),
            "depicted": tuple(_depicted(each) for each in shows or ()),
            "function": function,
            "model": model,
            "outputs": outputs,
            "channel": channel,
            "recipient": recipient,
            "unlabelled": bool(recipient),
        }
        asked = _asked(fields)
    if remote.chosen():
        with remote.client() as client:
            decision = client.decide(asked)
    else:
        with _gate() as gate:
            decision = gate.decide(asked)
    if target is not None:
        target.write_text(json.dumps(decisions.decision_json(decision), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return _told(decision, as_json=as_json)


@app.command("show", help=_help("查看一份决定。", "Show a recorded decision."))
def show(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help=_help("决定编号。", "Its id."))],
    as_json: AsJson = False,
) -> int:
    """Shows a decision, and what became of it."""
    with _gate() as gate:
        known = gate.book.known(decision_id)
        if known is None:
            raise UsageError(f"there is no decision {decision_id}", f"没有决定 {decision_id}")
        lapsed = gate.book.lapsed(decision_id, gate.clock())
    if as_json:
        print_json(
            decisions.decision_json(known.decision)
            | {"free": list(known.free), "superseded": known.superseded}
            | {"lapsed": [{"code": each.code, "text": each.text.both()} for each in lapsed]}
        )
        return 0
    _told(known.decision, as_json=False)
    used = len(known.decision.content_ids) - len(known.free)
    out.print(f"   {Text(zh='已用内容编号', en='content ids used')} {used}/{len(known.decision.content_ids)}")
    if known.superseded:
        out.print(f"   {Text(zh='已由此决定取代', en='superseded by')} {known.superseded}")
    for each in lapsed:
        out.print(f"   [red]{plain(each.text)}[/]", soft_wrap=True)
    return 0


@app.command("verify", help=_help("核对决定文件的签名。", "Check the signature of a decision in a file."))
def verify(
    file: Annotated[Path, typer.Argument(metavar="DECISION.json", help=_help("决定文件。", "The decision."))],
    key: Annotated[
        str,
        typer.Option(help=_help("公钥（十六进制）；默认为当前配置的。", "Public key in hex; else our own.")),
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Says whether the signature is that of the key."""
    try:
        decision = decisions.decode(file.read_bytes())
        public = bytes.fromhex(key) if key else _own_key()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", f"无法读取 {file}：{error.strerror}") from error
    except ValueError as error:
        raise UsageError("a public key is 64 hexadecimal digits", "公钥为 64 位十六进制数字") from error
    good = decisions.verified(decision, public, signing.verified)
    if as_json:
        print_json({"id": decision.id, "signer": decision.signer, "key": signing.key_id(public), "verified": good})
    elif good:
        out.print(f"[bold green]✓[/] {plain(decision.id)} {Text(zh='签名有效', en='the signature is good')}")
        said = Text(
            zh="签名不说明：是否已被使用、其同意是否仍有效（overt gate show）。",
            en="The signature does not say whether it was used, or whether its consents still stand (overt gate show).",
        )
        out.print(f"   [dim]{said}[/]", soft_wrap=True)
    else:
        out.print(f"[bold red]✗[/] {Text(zh='签名与该公钥不符', en='this key did not sign it as it stands here')}")
    return 0 if good else _REFUSED


@app.command("agree", help=_help("登记用户确认自行标识的义务。", "Record that a user takes on the duty to label."))
def agree(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help=_help("账号编号。", "The account's id."))],
    yes: Annotated[
        bool, typer.Option("--yes", help=_help("用户已阅读并同意。", "The user has read it and agrees."))
    ] = False,
) -> int:
    """Shows the wording, and with --yes records the agreement."""
    with _gate() as gate:
        book: Any = gate.book
        if not yes:
            out.print(plain(book.duty.text), soft_wrap=True)
            out.print(str(Text(zh="用户同意后，加上 --yes 登记。", en="Once the user agrees, record it with --yes.")))
            return _HELD
        duty = book.agree(account, current())
    out.print(f"[green]✓[/] {Text(zh='已登记，文本版本', en='recorded, version of the wording')} {plain(duty.version)}")
    return 0


@app.command("measure", help=_help("用测试集测量当前闸口。", "Measure this set-up's gate with the test set."))
def measure(as_json: AsJson = False) -> int:
    """Runs the test set, and prints both rates."""
    return _measured(settings.load(), as_json=as_json)


@policies.command("check", help=_help("检查策略文件并测量。", "Check a policy file, and measure it with the test set."))
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("Cedar 文件。", "The Cedar file."))],
    quick: Annotated[bool, typer.Option("--quick", help=_help("不运行测试集。", "Do not run the test set."))] = False,
    as_json: AsJson = False,
) -> int:
    """Checks a policy: its grammar, its schema, its annotations; then the test set goes through it."""
    found = policy.load(file)
    if not as_json:
        rules, purposes = len(found.rules), len(found.purposes)
        told = Text(zh=f"{rules} 条规则，{purposes} 种用途", en=f"{rules} policies, {purposes} purposes")
        out.print(f"[green]✓[/] {plain(file)}: {told}", soft_wrap=True)
    if quick:
        return 0
    setup = settings.load()
    gate = setup.settings.gate.model_copy(update={"policy": file.absolute()})
    chosen = setup.settings.model_copy(update={"gate": gate})
    return _measured(setup.model_copy(update={"settings": chosen}), as_json=as_json)


@policies.command("purposes", help=_help("可声明的用途。", "The purposes that can be declared."))
def purposes(as_json: AsJson = False) -> int:
    """Lists the purposes of the policy that applies."""
    setup = settings.load_if_present()
    named = setup.settings.gate.policy if setup else None
    found = policy.load(setup.home / named if setup and named else None)
    if as_json:
        told = [
            {"id": each.id, "name": each.name.both(), "about": each.about.both()} for each in found.purposes.values()
        ]
        print_json({"purposes": told})
        return 0
    for each in found.purposes.values():
        out.print(f"[bold]{plain(each.id):16}[/] {plain(each.name)} [dim]{plain(each.about)}[/]", soft_wrap=True)
    return 0


@contextmanager
def _gate() -> Iterator[Gate]:
    remote.only_here("gate")
    with api.gate(settings.load()) as gate:
        yield gate


def _asked(fields: dict[str, Any]) -> Ask:
    try:
        return request.Request.model_validate(fields).ask(Path())
    except ValidationError as error:
        raise request.wrong(error, "overt gate ask") from error


def _depicted(told: str) -> Depicted:
    likeness, _, who = told.partition(":")
    if likeness not in ("face", "voice", "body", "name") or not who:
        raise UsageError(
            f"--shows {told}: LIKENESS:WHO is needed, such as face:fictional",
            f"--shows {told}：应为 LIKENESS:WHO，如 face:fictional",
        )
    if who in ("official", "fictional", "none"):
        return Depicted(likeness, official=who == "official", fictional=who == "fictional")  # type: ignore[arg-type]
    return Depicted(likeness, who)  # type: ignore[arg-type]


def _own_key() -> bytes:
    setup = settings.load()
    if setup.settings.ledger.key is None:
        raise SetupError("[ledger] names no key", "[ledger] 未指定密钥")
    return signing.load(setup.home / setup.settings.ledger.key).public


_OUTCOMES = {
    "allow": ("[bold green]✓[/]", Text(zh="许可", en="allowed")),
    "hold": ("[bold yellow]●[/]", Text(zh="等待人工审核", en="held: a person looks first")),
    "refuse": ("[bold red]✗[/]", Text(zh="不予许可", en="refused")),
}


def _told(decision: Decision, *, as_json: bool) -> int:
    if as_json:
        print_json(decisions.decision_json(decision))
        return _EXITS[decision.outcome]
    sign, word = _OUTCOMES[decision.outcome]
    out.print(f"{sign} [bold]{word}[/]")
    out.print(f"   {Text(zh='决定编号', en='decision')} {decision.id}")
    for content_id in decision.content_ids:
        out.print(f"   {Text(zh='内容编号', en='content id')} {content_id}")
    if decision.outcome == "allow":
        out.print(f"   {Text(zh='有效至', en='until')} {decision.expires}")
        label = Text(zh="可省略", en="may be left out") if decision.label == "waived" else None
        style = Text(zh=f"须添加，样式 {decision.label_style}", en=f"needed, in the style {decision.label_style}")
        plain_label = Text(zh="须添加", en="needed")
        shown = label or (style if decision.label_style else plain_label)
        out.print(f"   {Text(zh='显式标识', en='explicit label')} {plain(shown)}")
    for reason in decision.reasons:
        duties = f" [dim]({', '.join(map(plain, reason.duties))})[/]" if reason.duties else ""
        out.print(f"   • {plain(reason.text)}{duties}", soft_wrap=True)
    return _EXITS[decision.outcome]


def _measured(setup: settings.Setup, *, as_json: bool) -> int:
    from overt.setup.measure import Tried, measure, rows  # noqa: PLC0415

    results: dict[Kind, tuple[Tried, ...]] = {}
    for kind, title in _KINDS.items():
        wanted = cases(kind)
        if interactive() and not as_json:
            with err.status(str(title)) as status:
                results[kind] = measure(setup, wanted, lambda n, show=status.update: show(str(n)))  # type: ignore[misc]
        else:
            results[kind] = measure(setup, wanted)
    told: dict[str, Any] = {kind: [_row_json(row) for row in rows(tried)] for kind, tried in results.items()}
    if as_json:
        print_json(told)
        return 0
    for kind, tried in results.items():
        found = rows(tried)
        out.print(f"\n[bold]{_KINDS[kind]}[/]")
        for row in found:
            name = row.group or str(Text(zh="合计", en="all"))
            counts = f"{row.allowed.hits:4} {row.held.hits:4} {row.refused.hits:4}"
            out.print(f"  {plain(name):20} {row.allowed.of:4} {counts}")
        wrong = found[-1].refused if kind == "good" else found[-1].allowed
        out.print(f"  {_RATES[kind]} {_rate(wrong)}")
        for each in tried:
            if each.outcome == ("refuse" if kind == "good" else "allow"):
                out.print(f"   [dim]{plain(each.case.group)}: {plain(each.case.prompt)}[/]", soft_wrap=True)
    return 0


_KINDS: dict[Kind, Text] = {
    "good": Text(zh="应当放行的请求：总数、许可、人工、拒绝", en="Should pass: all, allowed, held, refused"),
    "bad": Text(zh="应当拦下的请求：总数、许可、人工、拒绝", en="Should be stopped: all, allowed, held, refused"),
}
_RATES: dict[Kind, Text] = {
    "good": Text(zh="误拒率", en="wrongly refused"),
    "bad": Text(zh="漏放率", en="let through"),
}


def _rate(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.hits}/{rate.of} = {rate.share:.1%} (95 %: {low:.1%}–{high:.1%})"


def _row_json(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"group": row.group, "cases": row.allowed.of}
    for name in ("allowed", "held", "refused"):
        rate: Rate = getattr(row, name)
        told[name] = {"count": rate.hits, "share": rate.share, "interval": list(rate.interval)}
    return told
