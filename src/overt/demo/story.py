"""The whole way on one machine: set up, generate, ask the gate, mark and release, pass on, inspect, withdraw, report.

```
out/
  overt.toml, overt-data/, keys/   a set-up of its own, as `overt init --yes` makes it
  generated/                       what the generator made: no mark on anything
  released/                        the same contents, marked, read back and recorded
  returned/                        what strangers brought: copies of released files, and genuine photos
  evidence.json                    the evidence about the first content, for overt-verify
  report.html                      what came of it
```

Nothing outside that folder is written, and a folder that the demonstration did not make is never cleared.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import overt
from overt import api, settings
from overt.demo import asking, report, thumbnails
from overt.demo.asking import Gated, House, Request
from overt.demo.generate import Product, generate
from overt.demo.packaged import COLLINS, HOPPER, packaged
from overt.demo.strangers import Variant, pass_on
from overt.errors import UsageError
from overt.inspection.inspect import reading_json
from overt.language import Text
from overt.marks.label.model import where_in_words
from overt.report.wording import OUTCOMES, VERDICTS, WORDS
from overt.setup.initialise import initialise

if TYPE_CHECKING:
    from overt.gate.model import Decision
    from overt.inspection import Inspector
    from overt.marking.pipeline import Marker, Released

EVIDENCE = "evidence.json"
TRACE = ".made-by-overt-demo"
"""The file by which the demonstration knows a folder of its own making."""
PRODUCTS, VARIANTS = 12, 8

_COLOURS = {
    "confirmed": "bold red",
    "possible": "bold yellow",
    "suspected": "bold dark_orange",
    "none": "bold green",
    "unreadable": "bold magenta",
}
_OUTCOME_COLOURS = {"allow": "bold green", "hold": "bold yellow", "refuse": "bold red"}
_SIGNS = {"confirmed": "●", "possible": "◐", "suspected": "◔", "none": "○", "unreadable": "?"}

_WATERMARKED = ("image", "audio", "video")
"""Kinds of products that carry a watermark."""
_SHORT = {"metadata": Text(zh="元数据", en="metadata"), "label": Text(zh="显式", en="label")}

Tick = Callable[[Text], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file and what inspection said of it, beside what the demonstration promises."""

    path: Path
    title: Text
    answer: dict[str, Any]
    verdict: str
    contradictions: frozenset[str]
    marks: frozenset[str]

    @property
    def kept(self) -> bool:
        """Whether inspection said what was promised."""
        return (
            self.answer["verdict"] == self.verdict
            and {item["name"] for item in self.answer["contradictions"]} == self.contradictions
            and self.marks <= found(self.answer)
        )


def found(answer: dict[str, Any]) -> set[str]:
    """The kinds of marks that an inspection found."""
    return {reading["mark"] for reading in answer["readings"] if reading["state"] == "found"}


def run(folder: Path, console: Console) -> int:
    """Runs the demonstration. Returns 0 where every verdict is the promised one, else 1."""
    began = time.perf_counter()
    _clear(folder)
    made = initialise(folder, gate=True, contact="the person who runs this demonstration")
    # Nobody sits beside a demonstration to look at sound and film, which no engine here can review.
    config = made.config.read_text("utf-8").replace("on = true", 'on = true\nunseen = "pass"')
    made.config.write_text(config, "utf-8")
    setup = settings.load(made.config)
    steps = 3 * PRODUCTS + 2 * VARIANTS
    with _progress(console, steps) as tick, asking.house(setup) as house:
        products = generate(folder / "generated", _says(tick, Text(zh="生成", en="Generate")))
        requests, decisions = _ask(house, products)
        with api.marker(setup, folder / "released") as marker:
            released = {
                product.path.name: _mark(marker, product, folder / "released", decisions, tick) for product in products
            }
        paths = {name: each.path for name, each in released.items()}
        ids = {name: each.content_id for name, each in released.items()}
        variants = pass_on(paths, ids, folder / "returned", _says(tick, Text(zh="传播", en="Pass on")))
        with api.inspector(setup) as inspector:
            ours = [_look(inspector, product, paths[product.path.name], tick) for product in products]
            theirs = [_look_again(inspector, variant, tick) for variant in variants]
        first = released[products[0].path.name]
        gated = asking.Gated(requests, house.withdrawn(), asking.evidence(setup, first, folder / EVIDENCE))
    seconds = time.perf_counter() - began
    page = _write(folder, products, released, ours, variants, theirs, gated, seconds)
    _show(console, ours, theirs)
    _show_gate(console, gated)
    return _close(console, [*ours, *theirs], gated, page, seconds)


def _clear(folder: Path) -> None:
    """An empty folder: a new one, or one that an earlier run left. Raises `UsageError` for any other."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / TRACE).is_file():
            raise UsageError(
                f"{folder} holds files that the demonstration did not make",
                f"{folder} 中有并非由演示生成的文件",
                hint=Text(zh="用 --out 指定一个新目录。", en="Name a new folder with --out."),
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRACE).touch()


@contextmanager
def _progress(console: Console, steps: int) -> Iterator[Tick]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=steps)

        def tick(what: Text) -> None:
            progress.update(task, advance=1, description=escape(str(what)))

        yield tick


def _says(tick: Tick, act: Text) -> Tick:
    return lambda what: tick(Text(zh=f"{act.zh}：{what.zh}", en=f"{act.en}: {what.en}"))


def _ask(house: House, products: Sequence[Product]) -> tuple[list[Request], dict[str, Decision]]:
    """What the gate says of every product, and of two requests that it refuses."""
    requests = [house.asked_without_consent(products[0]), house.asked_for_harm()]
    house.consents_played([packaged(HOPPER), packaged(COLLINS)])
    allowed = [house.asked(product) for product in products]
    decisions = {product.path.name: each.decision for product, each in zip(products, allowed, strict=True)}
    return [*requests, *allowed], decisions


def _mark(marker: Marker, product: Product, folder: Path, decisions: Mapping[str, Decision], tick: Tick) -> Released:
    name = product.path.name
    released = marker.mark(product.path, folder / name, [product.technique], decision=decisions[name])
    _says(tick, Text(zh="标识", en="Mark"))(product.title)
    return released


def _look(inspector: Inspector, product: Product, path: Path, tick: Tick) -> Outcome:
    answer = inspector.inspect(path).as_json()
    _says(tick, Text(zh="检查", en="Inspect"))(product.title)
    marks = frozenset({"label", "metadata"} | ({"watermark"} if product.kind in _WATERMARKED else set()))
    return Outcome(path, product.title, answer, "confirmed", frozenset(), marks)


def _look_again(inspector: Inspector, variant: Variant, tick: Tick) -> Outcome:
    answer = inspector.inspect(variant.path).as_json()
    _says(tick, Text(zh="检查", en="Inspect"))(variant.title)
    return Outcome(variant.path, variant.title, answer, variant.expected, variant.contradictions, variant.marks)


def _write(
    folder: Path,
    products: tuple[Product, ...],
    released: dict[str, Released],
    ours: list[Outcome],
    variants: tuple[Variant, ...],
    theirs: list[Outcome],
    gated: Gated,
    seconds: float,
) -> Path:
    exhibits = [
        report.Exhibit(
            product.title,
            product.how,
            product.technique,
            product.kind,
            product.path,
            outcome.path,
            _marked(each),
            outcome.answer,
            product.sources,
        )
        for product, outcome in zip(products, ours, strict=True)
        for each in [released[product.path.name]]
    ]
    returned = [
        report.Returned(variant.title, variant.done, variant.path, outcome.answer, outcome.kept)
        for variant, outcome in zip(variants, theirs, strict=True)
    ]
    producer = next((item.answer["aigc"]["ContentProducer"] for item in ours if item.answer["aigc"]), "")
    about = report.Run(producer, overt.__version__, seconds, datetime.now(UTC).date().isoformat())
    return report.write(folder / "report.html", exhibits, returned, gated, about)


def _marked(released: Released) -> dict[str, Any]:
    """What `overt mark --json` says of a release, as far as the report shows it."""
    return {
        "content_id": released.content_id,
        "ledger_index": released.ledger_index,
        "marks": [reading_json(reading) for reading in released.marks],
    }


def _show(console: Console, ours: list[Outcome], theirs: list[Outcome]) -> None:
    for title, outcomes in (
        (Text(zh="发布的内容", en="What was released"), ours),
        (Text(zh="陌生人带来的文件", en="What strangers brought"), theirs),
    ):
        table = Table(title=str(title), title_justify="left", title_style="bold", expand=False)
        pictured = thumbnails.shown(console)
        if pictured:
            table.add_column(str(Text(zh="图样", en="Picture")), width=thumbnails.WIDTH, no_wrap=True)
        table.add_column(str(Text(zh="文件", en="File")), overflow="fold")
        table.add_column(str(Text(zh="内容", en="What it is")), overflow="fold")
        table.add_column(str(Text(zh="找到的标识", en="Marks found")), overflow="fold")
        table.add_column(str(WORDS["verdict"]), no_wrap=True)
        table.add_column("")
        for item in outcomes:
            kind = item.answer["verdict"]
            word = f"[{_COLOURS[kind]}]{_SIGNS[kind]} {VERDICTS[kind]}[/]"
            sign = "[green]✓[/]" if item.kept else "[bold red]✗[/]"
            cells = (escape(item.path.name), escape(str(item.title)), _marks(item.answer), word, sign)
            table.add_row(*([thumbnails.thumbnail(item.path)] if pictured else []), *cells)
        console.print(table)


def _show_gate(console: Console, gated: Gated) -> None:
    table = Table(
        title=str(Text(zh="闸口的决定", en="What the gate decided")), title_justify="left", title_style="bold"
    )
    table.add_column(str(Text(zh="请求", en="Request")), overflow="fold")
    table.add_column(str(Text(zh="决定", en="Decision")), no_wrap=True)
    table.add_column(str(WORDS["reasons"]), overflow="fold")
    table.add_column("")
    for request in gated.requests:
        outcome = request.decision.outcome
        said = "\n".join(f"{reason.text} [dim]{' '.join(reason.duties)}[/]" for reason in request.told)
        word = f"[{_OUTCOME_COLOURS[outcome]}]{OUTCOMES[outcome]}[/]"
        table.add_row(escape(str(request.title)), word, said, "[green]✓[/]" if request.kept else "[bold red]✗[/]")
    console.print(table)
    told = Text(
        zh=f"一人撤回同意：召回 {len(gated.recalled)} 件。证据包 {EVIDENCE}："
        + ("所核验各项均成立。" if gated.evidence.holds else "有不成立之处。"),
        en=f"One person withdrew: {len(gated.recalled)} contents recalled. Evidence in {EVIDENCE}: "
        + ("everything that was checked holds." if gated.evidence.holds else "not everything holds."),
    )
    console.print(escape(str(told)))


def _marks(answer: dict[str, Any]) -> str:
    """The marks found, with their places, and the names of what speaks against them."""
    lines = []
    for reading in answer["readings"]:
        if reading["state"] == "found":
            name = _SHORT.get(reading["mark"], WORDS[reading["mark"]])
            lines.append(f"{name} [dim]{escape(str(where_in_words(reading['carrier'] or '')))}[/]")
    lines += [f"[red]⚠ {escape(item['name'])}[/]" for item in answer["contradictions"]]
    return "\n".join(dict.fromkeys(lines)) or "—"


def _close(console: Console, outcomes: list[Outcome], gated: Gated, page: Path, seconds: float) -> int:
    broken = [item for item in outcomes if not item.kept]
    for item in broken:
        promised, said = VERDICTS[item.verdict], VERDICTS[item.answer["verdict"]]
        text = Text(
            zh=f"{item.path.name}：预期“{promised.zh}”，结果“{said.zh}”，或标识与矛盾不符",
            en=f"{item.path.name}: promised “{promised.en}”, got “{said.en}”, or other marks or contradictions",
        )
        console.print(f"[bold red]✗[/] {escape(str(text))}")
    kept = Text(
        zh=f"{len(outcomes) - len(broken)}/{len(outcomes)} 个结论与预期一致，用时 {seconds:.0f} 秒。",
        en=f"{len(outcomes) - len(broken)} of {len(outcomes)} verdicts as promised, in {seconds:.0f} s.",
    )
    console.print(escape(str(kept)))
    console.print(f"{Text(zh='请打开', en='Now open')} [bold]{escape(str(page.absolute()))}[/]", soft_wrap=True)
    return 1 if broken or not gated.kept else 0
