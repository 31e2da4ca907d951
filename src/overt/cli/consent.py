"""`overt consent`: ask people before their likeness is used, see the answer, withdraw for them, check recordings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from overt import api, settings
from overt.cli.show import err, interactive, out, plain, print_json
from overt.errors import UsageError
from overt.language import Language, Text

if TYPE_CHECKING:
    from overt.consenting import Desk
    from overt.store.consent_rows import Asked, Upload

HELP = Text(
    zh="征求本人同意：发出链接，查看答复，代为撤回，确认录制内容，管理拒绝名单。",
    en="Ask people for their consent: make the link, see the answer, withdraw for them, check recordings, keep the "
    "register of people who refuse.",
)
_NO = 1

app = typer.Typer(no_args_is_help=True, add_completion=False)
refusals = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(
    refusals, name="refusal", help=str(Text(zh="拒绝被合成者的名单。", en="The register of people who refuse."))
)


def _help(zh: str, en: str) -> str:
    return str(Text(zh=zh, en=en))


AsJson = Annotated[bool, typer.Option("--json", help=_help("输出 JSON。", "Print JSON."))]
Waiting = Annotated[bool, typer.Option("--waiting", help=_help("只列待确认的。", "Only those that wait for you."))]
ConsentId = Annotated[str, typer.Argument(metavar="ID", help=_help("同意的编号。", "The consent's id."))]
RefusalId = Annotated[str, typer.Argument(metavar="ID", help=_help("登记的编号。", "The entry's id."))]
By = Annotated[str, typer.Option(help=_help("由谁确认或代办（内部编号）。", "Who does it: an id of your staff."))]


@app.command(
    "ask", help=_help("征求一个人的同意；输出要发给本人的链接。", "Ask a person; prints the link to send them.")
)
def ask(  # noqa: PLR0917  (options of a command)
    name: Annotated[str, typer.Option(help=_help("本人姓名。", "The person's name."))],
    contact: Annotated[str, typer.Option(help=_help("本人的手机号或邮箱。", "Their phone number or e-mail."))],
    asker: Annotated[str, typer.Option(help=_help("谁想使用（给本人看）。", "Who wants it, as the person reads it."))],
    made: Annotated[str, typer.Option(help=_help("制作什么（给本人看）。", "What will be made, in plain words."))],
    shown: Annotated[str, typer.Option(help=_help("在哪里出现（给本人看）。", "Where it may be shown."))],
    likeness: Annotated[
        list[str],
        typer.Option(
            "--likeness", "-l", help=_help("face、voice、body、name；可重复。", "face, voice, body, name; repeat.")
        ),
    ],
    technique: Annotated[list[str], typer.Option("--technique", "-t", help=_help("技术；可重复。", "How; repeat."))],
    purpose: Annotated[list[str], typer.Option("--purpose", "-p", help=_help("用途；可重复。", "What for; repeat."))],
    uses: Annotated[int, typer.Option(min=1, help=_help("最多制作几份。", "How many contents at most."))] = 1,
    days: Annotated[int, typer.Option(min=1, help=_help("有效几天。", "Valid for so many days."))] = 30,
    answer_days: Annotated[int, typer.Option(min=1, help=_help("几天内答复。", "Days to answer."))] = 14,
    account: Annotated[str, typer.Option(help=_help("仅限此账号使用。", "Only this account may use it."))] = "",
    language: Annotated[str, typer.Option(help=_help("页面语言：zh 或 en。", "Language: zh or en."))] = "zh",
    preview: Annotated[
        Path | None, typer.Option(help=_help("给本人看的示例文件。", "A picture, sound or film as an example."))
    ] = None,
    qr: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help=_help("把链接写成二维码。", "Write the link as a QR code."))
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Asks, and prints the link."""
    from overt.gate.consent.model import Scope, Told  # noqa: PLC0415  # here and below: the store is slow to import
    from overt.gate.model import Likeness  # noqa: PLC0415

    if language not in get_args(Language):
        raise UsageError(f"there is no language {language!r}: zh, en", f"没有语言 {language!r}：zh、en")
    if unknown := [each for each in likeness if each not in get_args(Likeness)]:
        raise UsageError(
            f"there is no likeness {unknown[0]!r}: face, voice, body, name",
            f"没有 {unknown[0]!r}：face、voice、body、name",
        )
    scope = Scope(
        tuple(each for each in get_args(Likeness) if each in likeness),
        tuple(dict.fromkeys(technique)),
        tuple(dict.fromkeys(purpose)),
        uses,
        days,
        account,
    )
    chosen: Language = "en" if language == "en" else "zh"
    with _desk() as desk:
        shown_as = _looked(preview) if preview else None
        told = Told(name, contact, asker, made, shown)
        link = desk.consents.ask(told, scope, language=chosen, answer_days=answer_days, preview=shown_as)
        address = desk.address(link.token)
    if qr:
        _code(address, qr)
    if as_json:
        print_json({"consent": link.consent_id, "person": link.person, "link": address})
        return 0
    out.print(plain(address), soft_wrap=True)
    err.print(f"{Text(zh='同意编号', en='consent')} {link.consent_id}")
    if not address.startswith("http"):
        told_so = Text(
            zh="请在 overt.toml 的 [consent] 填写 address，链接才完整。",
            en="Set `address` in [consent] of overt.toml to have whole links.",
        )
        err.print(f"[yellow]{told_so}[/]")
    elif interactive() and not qr:
        _code(address, None)
    return 0


@app.command("list", help=_help("列出同意。", "List consents."))
def every(waiting: Waiting = False, as_json: AsJson = False) -> int:
    """Lists what people were asked, the latest first."""
    with _desk() as desk:
        found = tuple(desk.consents.every(waiting=waiting))
    if as_json:
        print_json({"consents": [_told(each) for each in found]})
        return 0
    for each in found:
        state = each.standing.state(_now())
        told = each.told.made if each.told else ""
        out.print(f"{each.id}  {state:9}  {each.standing.proof:9}  {plain(told[:60])}", soft_wrap=True)
    return 0


@app.command("show", help=_help("查看一份同意及其录制内容。", "Show a consent, and write its recording to a file."))
def show(
    consent_id: ConsentId,
    recording: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_help("把录制内容写到此文件。", "Write the recording here."))
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Shows a consent; with `--recording` what the person recorded, beside what they were asked to do."""
    from overt.store.consent_rows import no_consent  # noqa: PLC0415

    with _desk() as desk:
        asked = desk.consents.find(consent_id)
        if asked is None:
            raise no_consent(consent_id)
        found = desk.consents.recording(consent_id)
        told = _told(asked) | {"asked_to": found[1].text.both() if found and found[1] else None}
        if recording and found:
            recording.touch(mode=0o600)
            recording.write_bytes(found[0].data)
    if as_json:
        print_json(told)
    else:
        for name, value in told.items():
            out.print(f"[dim]{name:12}[/] {plain(value)}", soft_wrap=True)
    if recording and not found:
        err.print(str(Text(zh="没有录制内容。", en="There is no recording.")))
        return _NO
    return 0


@app.command("confirm", help=_help("确认录制内容是否为本人。", "Say whether the recording shows the person."))
def confirm(
    consent_id: ConsentId,
    by: By,
    refuse: Annotated[bool, typer.Option("--refuse", help=_help("不是本人，或不符要求。", "It does not."))] = False,
) -> int:
    """Confirms a recording, or refuses it."""
    with _desk() as desk:
        desk.consents.check(consent_id, confirmed=not refuse, by=by)
    told = Text(zh="未通过", en="refused") if refuse else Text(zh="已确认", en="confirmed")
    out.print(f"[bold green]✓[/] {told} {plain(consent_id)}")
    return 0


@app.command("withdraw", help=_help("代本人撤回同意。", "Withdraw a consent for the person."))
def withdraw(consent_id: ConsentId, by: By, as_json: AsJson = False) -> int:
    """Withdraws for somebody who asked for it by phone or letter; they can do it themselves by their link."""
    with _desk() as desk:
        reached = desk.recalls.withdraw(consent_id, by=by)
        cases = [each.case_id for each in desk.recalls.cases() if each.consent_id == consent_id]
    if as_json:
        print_json({"consent": consent_id, "recalled": [each.content_id for each in reached], "cases": cases})
        return 0
    told = Text(
        zh=f"已撤回；召回 {len(reached)} 份内容，{len(cases)} 个接收方待通知",
        en=f"withdrawn; {len(reached)} contents recalled, {len(cases)} recipients to be asked",
    )
    out.print(f"[bold green]✓[/] {told}")
    return 0


@refusals.command("list", help=_help("列出登记。", "List entries."))
def entries(waiting: Waiting = False, as_json: AsJson = False) -> int:
    """Lists the register."""
    with _desk() as desk:
        found = tuple(desk.refusals.every(waiting=waiting))
    if as_json:
        told = [
            {"refusal": each.refusal_id, "state": each.state, "joined": each.joined, "names": list(each.names)}
            for each in found
        ]
        print_json({"refusals": told})
        return 0
    for each in found:
        out.print(f"{each.refusal_id}  {each.state:9}  {plain(', '.join(each.names))}", soft_wrap=True)
    return 0


@refusals.command("code", help=_help("生成验证码，由您发给本人。", "Make a contact code, for you to send."))
def code(refusal_id: RefusalId, as_json: AsJson = False) -> int:
    """Makes a fresh code; the one before is no longer good."""
    with _desk() as desk:
        contact, made = desk.refusals.new_code(refusal_id)
    if as_json:
        print_json({"contact": contact, "code": made})
    else:
        out.print(f"{plain(contact)}  [bold]{made}[/]")
    return 0


@refusals.command("verify", help=_help("由工作人员确认是本人。", "Confirm yourself that it is them."))
def verify(refusal_id: RefusalId, by: By) -> int:
    """Confirms an entry: the gate looks for them from now on."""
    with _desk() as desk:
        desk.refusals.verify(refusal_id, by)
    out.print(f"[bold green]✓[/] {Text(zh='已确认', en='verified')} {plain(refusal_id)}")
    return 0


@contextmanager
def _desk() -> Iterator[Desk]:
    with api.consents(settings.load()) as desk:
        yield desk


def _looked(path: Path) -> Upload:
    from overt.gate.consent import upload  # noqa: PLC0415
    from overt.media.guard import Guard  # noqa: PLC0415
    from overt.store.consent_rows import Upload  # noqa: PLC0415

    if not path.is_file():
        raise UsageError(f"there is no file {path}", f"文件 {path} 不存在")
    with Guard() as guard:
        return Upload(path.read_bytes(), guard.call(upload.look, path.absolute()).media_type)


def _code(address: str, path: Path | None) -> None:
    import segno  # noqa: PLC0415

    code = segno.make(address, error="m")
    if path is None:
        code.terminal(compact=True)
    else:
        code.save(str(path), scale=8, border=4)


def _told(asked: Asked) -> dict[str, Any]:
    consent = asked.standing.consent
    scope = consent or asked.scope
    return {
        "consent": asked.id,
        "person": asked.person,
        "state": asked.standing.state(_now()),
        "proof": asked.standing.proof,
        "likeness": list(scope.likeness),
        "techniques": list(scope.techniques),
        "purposes": list(scope.purposes),
        "uses": scope.uses,
        "used": asked.standing.used,
        "account": asked.scope.account,
        "asked": asked.asked,
        "answered": asked.answered or None,
        "expires": consent.expires if consent else None,
        "withdrawn": asked.standing.withdrawn or None,
        "name": asked.told.name if asked.told else None,
        "made": asked.told.made if asked.told else None,
        "notice": asked.notice or None,
        "guardian": asked.guardian_name or None,
    }


def _now() -> datetime:
    return datetime.now(UTC)
