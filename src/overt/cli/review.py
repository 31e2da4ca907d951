"""`overt review`: what the review says of a text or a file, the feature libraries, and the people's queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt import api, settings
from overt.cli.account import AsJson, opened
from overt.cli.review_items import Folder, brief, follows, show_item
from overt.cli.show import err, out, plain, print_json
from overt.errors import SetupError, UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.gate.model import Material
    from overt.gate.review.chain import Judged
    from overt.gate.review.library import Action, Library
    from overt.gate.review.model import Engine
    from overt.gate.review.queue import Answer
    from overt.store.reviews import Reviews

HELP = Text(
    zh="内容审核：试审文本或文件，检查特征库，处理人工审核队列。",
    en="Review: try a text or a file, check feature libraries, work through the people's queue.",
)
_NO, _COULD_NOT_TELL = 1, 3
_OUTCOMES = {
    "allow": (Text(zh="放行", en="allow"), "green", "●"),
    "hold": (Text(zh="待人工审核", en="hold"), "yellow", "◐"),
    "refuse": (Text(zh="拒绝", en="refuse"), "red", "■"),
}


def _help(zh: str, en: str) -> str:
    return str(Text(zh=zh, en=en))


app = typer.Typer(no_args_is_help=True, add_completion=False)
Reviewer = Annotated[str, typer.Option("--by", metavar="REVIEWER", help=_help("审核员编号。", "The reviewer's id."))]
ItemId = Annotated[str, typer.Argument(metavar="ITEM", help=_help("条目编号。", "The item's id."))]
Lists = Annotated[
    list[Path] | None, typer.Argument(metavar="LIBRARY", help=_help("特征库文件；省略则为已配置的。", "Libraries."))
]


@app.command("check", help=_help("试审：命中了什么，为什么。", "What the review says, what was hit, and why."))
def check(
    given: Annotated[
        list[str], typer.Argument(metavar="TEXT|FILE", help=_help("文本，或文件路径。", "Texts, or names of files."))
    ],
    deep: Annotated[
        bool, typer.Option("--deep", help=_help("也使用较慢的引擎。", "Ask the thorough engines, too."))
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Reviews each, and tells the strictest outcome by the exit code: 0 allow, 1 refuse, 3 hold."""
    from overt.gate.review.chain import Chain  # noqa: PLC0415  # loads the tables of readings

    judged = []
    with _engines() as engines:
        chain = Chain(engines)
        for each in given:
            judged.append((each, chain.review(_material(each), "deep" if deep else "standard")))
            if as_json:
                print_json(_judged_json(*judged[-1]))
            else:
                _show(*judged[-1])
    outcomes = {each.outcome for _, each in judged}
    return _NO if "refuse" in outcomes else _COULD_NOT_TELL if "hold" in outcomes else 0


@app.command("library", help=_help("用特征库自带的例句检验它。", "Try libraries with their own examples."))
def library(
    files: Lists = None,
    load: Annotated[
        bool, typer.Option("--load", help=_help("检验通过后，把版本记入账本。", "Record the versions, where all held."))
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Tries the examples of each library; says what differs from the version in force."""
    from overt.gate.review.check import check as failures  # noqa: PLC0415

    worst = 0
    for each in _libraries(files):
        failed = list(failures(each))
        examples = sum(len(entry.hits) + len(entry.passes) for entry in each.entry)
        told = {
            "library": each.name,
            "version": each.version,
            "digest": each.digest,
            "entries": len(each.entry),
            "examples": examples,
            "failures": [one.told.both() for one in failed],
        }
        if load and not failed:
            with opened() as store:
                changed = _queue(store).load_library(each)
            told["loaded"] = changed.model_dump(mode="json") if changed else None
        worst = _NO if failed else worst
        if as_json:
            print_json(told)
            continue
        sign = "[red]✗[/]" if failed else "[green]✓[/]"
        count = Text(
            zh=f"{len(each.entry)} 个条目，{examples} 条例句", en=f"{len(each.entry)} entries, {examples} examples"
        )
        out.print(f"{sign} {plain(each.name)} {plain(each.version)}  {count}  [dim]{each.digest[:16]}[/]")
        for one in failed:
            out.print(f"    {plain(one.told)}")
    return worst


@app.command("import", help=_help("把词表导入为特征库。", "Make a feature library of a word list."))
def take(
    source: Annotated[
        Path, typer.Argument(metavar="LIST", help=_help("CSV、TXT 或 JSONL 词表。", "CSV, TXT or JSONL."))
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help=_help("写入的 CSV 文件。", "The CSV file to write."))],
    *,
    name: Annotated[str, typer.Option(help=_help("特征库名称。", "The library's name."))],
    approver: Annotated[str, typer.Option(help=_help("批准入库者（岗位）。", "Who approves it (a post)."))],
    category: Annotated[str, typer.Option(help=_help("类别；用于没有类别的词。", "For terms without one."))] = "other",
    standard: Annotated[str, typer.Option(help=_help("入库标准。", "The standard by which terms are taken."))] = "",
    origin: Annotated[str, typer.Option("--source", help=_help("来源。", "Where they are from."))] = "",
    refuse: Annotated[
        bool, typer.Option("--refuse", help=_help("命中即拒绝。", "Hits are refused, not held."))
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Imports, and reports what was left out and what would stop harmless texts."""
    from overt.gate.review import importer  # noqa: PLC0415
    from overt.gate.review.categories import all_categories  # noqa: PLC0415

    if category not in all_categories():
        known = ", ".join(all_categories())
        raise UsageError(
            f"there is no category {category!r}; there are: {known}", f"没有类别 {category!r}；现有：{known}"
        )
    action: Action = "refuse" if refuse else "hold"
    head = importer.Head(name, category, approver, standard, origin, datetime.now(UTC).date(), action)
    made, report = importer.take(source, head)
    try:
        importer.write(made, output)
    except FileExistsError as error:
        raise UsageError(f"{output} is there already", f"{output} 已存在") from error
    if as_json:
        print_json({"library": made.name, "version": made.version, "digest": made.digest, **asdict(report)})
        return 0
    out.print(f"[green]✓[/] {plain(output)}  {Text(zh=f'{report.taken} 个词', en=f'{report.taken} terms')}")
    for told, words in (
        (Text(zh="重复，未导入", en="there twice, not taken"), report.duplicates),
        (Text(zh="过短，未导入", en="too short, not taken"), report.too_short),
        (Text(zh="命中无害文本，只作记录", en="hit harmless texts, only noted"), list(report.innocent)),
    ):
        if words:
            out.print(f"    {told}: {plain(', '.join(words[:20]))}{' …' if len(words) > 20 else ''}")
    return 0


@app.command("coverage", help=_help("特征库的覆盖情况。", "How far the libraries reach."))
def coverage(files: Lists = None, as_json: AsJson = False) -> int:
    """Counts entries, terms and examples by category and language, beside the rulebook's numbers."""
    from overt.gate.review import coverage as meter  # noqa: PLC0415
    from overt.gate.review.categories import get  # noqa: PLC0415
    from overt.rulebook import load  # noqa: PLC0415

    setup = settings.load_if_present()
    found = meter.measure(_libraries(files), load(setup.settings.rulebook if setup else "cn"))
    today = datetime.now(UTC).date()
    if as_json:
        rows = [asdict(row) | {"updated": str(row.updated or ""), "age_days": row.age(today)} for row in found.rows]
        head: dict[str, Any] = {"terms": found.terms, "updated": str(found.updated or ""), "empty": list(found.empty)}
        print_json(head | {"numbers": list(found.numbers), "rows": rows})
        return 0
    for row in found.rows:
        if row.entries:
            age = row.age(today)
            counts = Text(
                zh=f"{row.entries} 个条目，{row.terms} 个词，{row.examples} 条例句，{age} 天前更新",
                en=f"{row.entries} entries, {row.terms} terms, {row.examples} examples, updated {age} days ago",
            )
            out.print(f"  {row.language}  {row.category}  {get(row.category).name}  [dim]{counts}[/]")
    empty = Text(zh="没有条目的类别", en="categories without entries")
    out.print(f"[yellow]{empty}[/]: {plain(', '.join(found.empty))}")
    updated = found.updated or Text(zh="未知", en="unknown")
    out.print(
        str(Text(zh=f"共 {found.terms} 个词，最近更新 {updated}", en=f"{found.terms} terms, last update {updated}"))
    )
    for number in found.numbers:
        meaning = Text(**number["meaning"])
        told = f"{meter.DUTY}: {meaning} {number['value']:g} {number['unit']} [{number['mark']}]"
        out.print(f"  [dim]{plain(told)}[/]")
    return 0


@app.command("queue", help=_help("等待人工审核的条目。", "What waits for a person."))
def queue(
    everything: Annotated[bool, typer.Option("--all", help=_help("包括已处理的。", "Settled ones, too."))] = False,
    as_json: AsJson = False,
) -> int:
    """Lists the queue, without what is to be reviewed."""
    with opened() as store:
        items = _queue(store).waiting(datetime.now(UTC), everything=everything)
    for item in items:
        if as_json:
            print_json({key: value for key, value in asdict(item).items() if key not in {"materials", "answers"}})
        else:
            brief(item)
    if not items and not as_json:
        out.print(str(Text(zh="队列为空。", en="Nothing waits.")))
    return 0


@app.command("claim", help=_help("领取下一个条目，并显示内容。", "Take the next item, and see it."))
def claim(
    by: Reviewer,
    senior: Annotated[bool, typer.Option("--senior", help=_help("也领取上报的条目。", "Escalated ones, too."))] = False,
    minutes: Annotated[int, typer.Option(min=1, max=480, help=_help("领取多少分钟。", "For how many minutes."))] = 15,
    folder: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Claims for some minutes; nobody else gets the item meanwhile. Exit code 1 where nothing waits."""
    with opened() as store:
        queue = _queue(store)
        item = queue.claim(by, datetime.now(UTC), senior=senior, lease=timedelta(minutes=minutes))
        if item is not None:
            show_item(queue, item, folder, as_json=as_json)
    if item is None:
        err.print(str(Text(zh="没有可领取的条目。", en="Nothing waits for you.")))
        return _NO
    return 0


@app.command("show", help=_help("再次查看您领取的或已处理的条目。", "See an item again that is yours, or settled."))
def show(item: ItemId, by: Reviewer, folder: Folder = None, as_json: AsJson = False) -> int:
    """Shows what is reviewed to whoever has claimed it; once it is settled, to every reviewer."""
    with opened() as store:
        queue = _queue(store)
        found = queue.get(item)
        if found.state != "settled" and (found.state != "claimed" or found.claimed_by != by):
            raise UsageError(
                f"item {item} is not claimed by this reviewer",
                f"条目 {item} 未由该审核员领取",
                hint=Text(zh="先领取该条目（overt review claim）。", en="Claim it first (`overt review claim`)."),
            )
        show_item(queue, found, folder, as_json=as_json)
    return 0


@app.command("answer", help=_help("答复已领取的条目。", "Answer an item that you have claimed."))
def answer(
    item: ItemId,
    verdict: Annotated[str, typer.Argument(metavar="pass|refuse|escalate", help=_help("结论。", "The answer."))],
    *,
    by: Reviewer,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=_help("理由。", "Why."))],
    duty: Annotated[
        list[str] | None, typer.Option("--duty", metavar="ID", help=_help("依据的义务。", "A duty it rests on."))
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Records the answer. A settled item leads to a new decision, where the set-up has a gate."""
    chosen: Answer = verdict  # type: ignore[assignment]  # checked where it is taken
    setup = settings.load()
    with ExitStack() as stack:
        store = stack.enter_context(opened())
        gate = stack.enter_context(api.gate(setup, store)) if setup.settings.gate.on else None
        told = _queue(store, gate).answer(item, by, chosen, reason, duty or (), datetime.now(UTC))
    if as_json:
        print_json(asdict(told))
    else:
        brief(told)
        if told.followed:
            out.print(f"    {follows(told)}: {plain(told.followed)}", soft_wrap=True)
    return 0


def _queue(store: Any, gate: Any = None) -> Reviews:
    from overt import gated  # noqa: PLC0415  # the database is slow to import

    return gated.queue(settings.load(), store, gate)


@contextmanager
def _engines() -> Iterator[tuple[Engine, ...]]:
    """The set-up's engines; those that come with Overt where there is no set-up."""
    from overt import gated  # noqa: PLC0415
    from overt.settings import Settings, Setup  # noqa: PLC0415

    setup = settings.load_if_present() or Setup(home=Path.cwd(), settings=Settings(producer="none"))
    with ExitStack() as stack:
        yield gated.engines(setup, stack)


def _libraries(files: list[Path] | None) -> list[Library]:
    from overt import gated  # noqa: PLC0415
    from overt.gate.review.library import load, starter  # noqa: PLC0415

    if files:
        return [load(each) for each in files]
    setup = settings.load_if_present()
    return list(gated.features(setup).libraries) if setup else [starter()]


def _material(given: str) -> Material:
    """What is named: a file where there is one, else the text itself."""
    from overt.formats import identify  # noqa: PLC0415
    from overt.gate.model import Material  # noqa: PLC0415
    from overt.marks.files import mapped  # noqa: PLC0415

    path = Path(given) if len(given) < 1000 and "\n" not in given else None
    try:
        if path is None or not path.is_file():
            return Material("prompt", "text", sha256(given.encode("utf-8", "surrogateescape")).hexdigest(), given)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        with mapped(path) as data:
            kind = identify(data, path.name).media_type.partition("/")[0]
    except OSError as error:
        raise SetupError(f"{given} cannot be read: {error}", f"无法读取 {given}：{error}") from error
    medium = {"image": "image", "audio": "audio", "video": "video", "model": "scene"}.get(kind, "document")
    return Material("input", medium, digest, path=path)  # type: ignore[arg-type]


def _judged_json(given: str, judged: Judged) -> dict[str, Any]:
    return {
        "given": given,
        "sha256": judged.material.sha256,
        "outcome": judged.outcome,
        "could_not_tell": judged.could_not_tell,
        "reasons": [{"code": r.code, "text": r.text.both(), "duties": list(r.duties)} for r in judged.reasons],
        "engines": [
            {"engine": each.by, "outcome": each.outcome, "could_not_tell": each.could_not_tell, "details": each.details}
            | {"hits": [asdict(hit) for hit in each.hits]}
            for each in judged.opinions
        ],
    }


def _show(given: str, judged: Judged) -> None:
    word, colour, sign = _OUTCOMES[judged.outcome]
    out.print(f"[{colour}]{sign} {word}[/]  {plain(given[:80])}")
    for reason in judged.reasons:
        out.print(f"    {plain(reason.text)}  [dim]{' '.join(reason.duties)}[/]")
    for opinion in judged.opinions:
        for hit in opinion.hits:
            if hit.said:
                way = "" if hit.way == "plain" else f" ({hit.way})"
                told = f"{opinion.engine} · {hit.rule} [{hit.start}:{hit.stop}] {hit.said}{way} → {hit.outcome}"
                out.print(f"      [dim]{plain(told)}[/]")
